"""What can be asked of NumPy's objects."""

import _thread
import functools
import inspect
import pydoc
import types

import numpy as np

A = np.arange(6.0).reshape(2, 3)
SEEN = {
    np.zeros: "zeros",
    np.dot: "dot",
    A.sum: "method",
    _thread.start_new_thread: "thread",
    exec: "exec",
}
ASKED = (np.add, np.mean, np.zeros, np.dot, np.linalg.inv, np.einsum, np.ndarray.sum, np.add.reduce)
ASKED += (np.ndarray.__add__, np.float64.__add__, np.random.Generator.normal, np.random.rand)


def dictionaries_keyed_by_builtins():
    return [SEEN[f] for f in (np.zeros, np.dot, A.sum, _thread.start_new_thread, exec)]


def new_keys_are_found_too():
    fresh = {f: i for i, f in enumerate(ASKED)}
    return [fresh[f] for f in ASKED] + [np.zeros in {np.zeros}, len({np.zeros, np.zeros, np.ones})]


def bound_methods_compare():
    return [A.sum == A.sum, A.sum == A.copy().sum, hash(A.sum) == hash(A.sum), A.sum is A.sum]


def signatures():
    found = []
    for function in ASKED:
        try:
            found.append(str(inspect.signature(function)))
        except ValueError as error:
            found.append(str(error).partition(" at 0x")[0])
    return found


def texts_of_functions():
    return [(f.__name__, f.__doc__, getattr(f, "__text_signature__", None)) for f in ASKED]


def attributes_of_functions():
    names = [
        "__module__",
        "__qualname__",
        "__self__",
        "nin",
        "nout",
        "ntypes",
        "types",
        "identity",
        "signature",
    ]
    return [
        [
            type(getattr(f, n, None)).__name__ + str(getattr(f, n, None))[:99]
            for n in names
            if n != "__self__" or isinstance(getattr(f, n, None), types.ModuleType)
        ]
        for f in ASKED
    ]


def directories():
    return [dir(x) for x in (np, np.ndarray, np.add, np.float64, np.linalg, np.mean, A)]


def representations():
    return [repr(f).partition(" at 0x")[0] for f in (*ASKED, A.sum, np.add.at)]


def kinds():
    checks = (inspect.isbuiltin, inspect.ismethoddescriptor, inspect.isroutine, callable)
    return [[type(f).__name__, *(check(f) for check in checks)] for f in ASKED]


def help_texts():
    return [pydoc.plain(pydoc.render_doc(f)) for f in (np.add, np.zeros, np.mean)]


def where_functions_are_written():
    return [
        inspect.getsource(np.mean)[:200],
        inspect.unwrap(np.mean).__name__,
        np.mean.__wrapped__ is not None,
    ]


def partial_and_wraps():
    half = functools.partial(np.multiply, 0.5)
    wrapped = functools.wraps(np.dot)(lambda *a: np.dot(*a))
    return [half(A), wrapped.__name__, wrapped(A, A.T), functools.reduce(np.add, [A, A, A])]


def sizes():
    return [f.__sizeof__() for f in (np.add, np.mean, np.zeros, A, np.float64(1))]


def equality_of_functions():
    return [np.add == np.add, np.abs is np.absolute, np.zeros == np.ones, np.mean != np.std]


def functions_as_arguments():
    return [
        list(map(np.sqrt, [1.0, 4.0])),
        sorted(A.ravel(), key=np.negative),
        max(A[0], key=np.sin),
    ]


def methods_looked_up_by_name():
    return [
        getattr(A, name)() for name in ("sum", "mean", "max", "cumsum", "ravel", "tolist", "copy")
    ]


def the_stack_inside_a_callback():
    return np.apply_along_axis(lambda v: len(inspect.stack()), 0, A), np.vectorize(
        lambda x: inspect.stack()[1].function
    )(A)


def the_profiler_sees_the_same_calls():
    import sys

    calls = []
    sys.setprofile(
        lambda frame, event, arg: calls.append(
            (event, getattr(arg, "__name__", frame.f_code.co_name))
        )
    )
    try:
        np.mean(A)
        A + 1
        np.add.reduce(A)
        np.zeros(3)
    finally:
        sys.setprofile(None)
    return calls


def the_tracer_sees_the_same_lines():
    import sys

    lines = []

    def trace(frame, event, arg):
        lines.append((event, frame.f_code.co_name, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        np.linalg.norm(A)
        np.median(A)
    finally:
        sys.settrace(None)
    return lines
