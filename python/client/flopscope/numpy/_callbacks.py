"""Functions that call a function of the program's, which runs here: its arrays are the server's.

What they ask of the server is what NumPy's ask of NumPy, so that they are charged alike.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, Any

from flopscope._arguments import Raw
from flopscope._array import RemoteArray, ndarray
from flopscope._call import call
from flopscope._dtypes import dtype
from flopscope._rules import broadcast_shape, shape_of
from flopscope._scalars import array_of, elements_of, packed, packed_of
from flopscope.numpy._index_tricks import ndindex, together
from flopscope.numpy._local import isscalar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["apply_along_axis", "apply_over_axes", "fromfunction", "piecewise", "vectorize"]


def _array(value: Any) -> Any:
    return call("asanyarray", (value,), {})


def fromfunction(
    function: Callable[..., Any], shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    """Call a function with the indices of all elements, as one array for each axis.

    Parameters
    ----------
    function : callable
        Called once.
    shape : tuple of int
        Of the arrays.
    dtype : dtype
        Of the arrays.
    like : None
        Taken for NumPy's sake.
    **kwargs : object
        For `function`.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.fromfunction(lambda i, j: i + j, (2, 2)).tolist()
    [[0.0, 1.0], [1.0, 2.0]]
    """
    indices = call("indices", (shape,), {"dtype": dtype})
    return function(*(indices[i] for i in range(len(shape))), **kwargs)


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """Call a function with each one-dimensional slice along an axis.

    Parameters
    ----------
    func1d : callable
        Its results have one shape, and take the axis' place.
    axis : int
        Along which.
    arr : array_like
        Whose slices.
    *args, **kwargs : object
        For `func1d`.
    """
    array = _array(arr)
    ndim = array.ndim
    at = normalize_axis_index(axis, ndim)
    others = [each for each in range(ndim) if each != at]
    turned = call("transpose", (array, [*others, at]), {})
    lead = turned.shape[:-1]
    result: Any = None
    for index in ndindex(lead):
        made = _array(func1d(turned[(*index, ...)], *args, **kwargs))
        if result is None:
            inner = made.ndim
            result = call("zeros_like", (made,), {"shape": lead + made.shape})
        result[(*index, ...)] = made
    if result is None:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    outer = list(range(len(lead)))
    axes = [*outer[:at], *range(len(lead), len(lead) + inner), *outer[at:]]
    return call("transpose", (result, axes), {})


def apply_over_axes(func: Callable[[Any, int], Any], a: Any, axes: Any) -> Any:
    """Call a function with an array and one axis after the other.

    Parameters
    ----------
    func : callable
        Of an array and an axis; its result has as many axes or one less.
    a : array_like
        What to begin with.
    axes : int or sequence of int
        One after the other.
    """
    value = call("asarray", (a,), {})
    ndim = value.ndim
    if call("array", (axes,), {}).ndim == 0:
        axes = (axes,)
    for axis in axes:
        at = axis + ndim if axis < 0 else axis
        result = func(value, at)
        if result.ndim != value.ndim:
            result = call("expand_dims", (result, at), {})
            if result.ndim != value.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        value = result
    return value


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Choose a value or a function by conditions.

    Parameters
    ----------
    x : array_like
        Read where there are functions: the elements that one is called with are picked here.
    condlist : list of array of bool
        Conditions.
    funclist : list of callable or scalar
        One for each, and one more for the rest.
    *args, **kw : object
        For the functions.
    """
    if any(map(callable, funclist)):
        funclist = _evaluated(x, condlist, list(funclist), args, kw)
    return call("piecewise", (x, condlist, funclist), {})


def _evaluated(
    x: Any, condlist: Any, funclist: list[Any], args: tuple[Any, ...], kw: dict[str, Any]
) -> list[Any]:
    kind, count, elements = _read(x)
    size = kind.itemsize
    several = not isscalar(condlist) and (
        isinstance(condlist[0], (list, ndarray)) or not shape_of(_known(x))
    )
    conditions = [
        bytes(map(bool, elements_of(each))) for each in (condlist if several else [condlist])
    ]
    if len(conditions) == len(funclist) - 1:
        conditions.append(bytes(not any(each) for each in zip(*conditions, strict=True)))
    if len(conditions) != len(funclist):
        return [0] * len(funclist)  # NumPy tells what is wrong
    result = []
    for condition, given in zip(conditions, funclist, strict=True):
        if not callable(given):
            result.append(given)
            continue
        picked = [elements[i * size : (i + 1) * size] for i in range(count) if condition[i]]
        chosen = call("asarray", (Raw(kind.str, (len(picked),), b"".join(picked)),), {})
        result.append(given(chosen, *args, **kw) if picked else 0)
    return result


def _known(x: Any) -> Any:
    return x._shape_known() if isinstance(x, RemoteArray) else x


def _read(x: Any) -> tuple[Any, int, bytes]:
    """Give dtype, number and bytes of elements."""
    if isinstance(x, RemoteArray):
        return x.dtype, x.size, bytes(x._bytes())
    whole = packed_of(x)
    return dtype(whole.text), math.prod(whole.shape), whole.data


class vectorize:  # noqa: N801 - NumPy's name
    """A function of numbers as one of arrays: called here, for one element after the other.

    Parameters
    ----------
    pyfunc : callable
        Of Python's numbers and texts.
    otypes : str or list of dtype, optional
        Of the results; otherwise those of the first call's, which is made once more.
    doc : str, optional
        Its docstring.
    excluded : set of str or int, optional
        Arguments that are given as they are.
    cache : bool
        Whether the first call is not made twice.
    signature : str, optional
        Such as ``"(n),(n)->()"``: the function takes and gives arrays.

    Examples
    --------
    >>> import flopscope.numpy as fnp
    >>> fnp.vectorize(lambda x: x + 1 if x > 1 else 0)([1, 2]).tolist()
    [0, 3]
    """

    def __init__(
        self,
        pyfunc: Any = None,
        otypes: Any = None,
        doc: str | None = None,
        excluded: Any = None,
        cache: bool = False,
        signature: str | None = None,
    ) -> None:
        self.pyfunc, self.cache, self.signature = pyfunc, cache, signature
        self.excluded = set(excluded or ())
        self.otypes = list(otypes) if otypes is not None else None
        self.__doc__ = doc
        if pyfunc is not None:
            self._named(doc)

    def _named(self, doc: str | None) -> None:
        self.__name__ = getattr(self.pyfunc, "__name__", "vectorize")
        self.__doc__ = doc if doc is not None else self.pyfunc.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.pyfunc is None:  # used as a decorator with arguments
            self.pyfunc = args[0]
            self._named(self.__doc__)
            return self
        names = [name for name in kwargs if name not in self.excluded]
        places = [i for i in range(len(args)) if i not in self.excluded]
        arrays = [args[i] for i in places] + [kwargs[name] for name in names]

        def function(*elements: Any) -> Any:
            given = list(args)
            for i, element in zip(places, elements, strict=False):
                given[i] = element
            named = dict(zip(names, elements[len(places) :], strict=True))
            return self.pyfunc(*given, **(kwargs | named))

        if self.signature is not None:
            return _by_signature(self.signature, function, arrays, self.otypes)
        return self._of_elements(function, arrays)

    def _of_elements(self, function: Callable[..., Any], arrays: list[Any]) -> Any:
        otypes = self.otypes
        first: list[Any] = []
        if otypes is None:
            arrays = [call("asarray", (each,), {}) for each in arrays]
            if any(each.size == 0 for each in arrays):
                raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
            outputs = function(*(each.flat[0] for each in arrays))
            first = [outputs] if self.cache else []
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            otypes = [call("asarray", (each,), {}).dtype for each in outputs]
        for each in arrays:
            call("vectorize.argument", (each,), {})
        arrays = [array_of(each) for each in arrays]
        shape = together(arrays)
        elements = [call("broadcast_to", (each, shape), {}).tolist() for each in arrays]
        for _ in shape[1:]:
            elements = [list(itertools.chain.from_iterable(each)) for each in elements]
        columns = elements if shape else [[each] for each in elements]
        rest = zip(*(each[len(first) :] for each in columns), strict=True)
        results = [*first, *itertools.starmap(function, rest)]
        if len(otypes) == 1:
            return _shaped(otypes[0], results, shape)
        return tuple(
            _shaped(kind, each, shape)
            for kind, each in zip(otypes, zip(*results, strict=True), strict=True)
        )


def _shaped(kind: Any, results: Any, shape: tuple[int, ...]) -> Any:
    return call("asarray", (packed(kind, list(results), shape),), {})


def _by_signature(
    signature: str, function: Callable[..., Any], arrays: list[Any], otypes: Any
) -> Any:
    """Call a function with the last axes of arrays, for all of the axes before them."""
    before, arrow, after = signature.replace(" ", "").partition("->")
    if not arrow or not re.fullmatch(r"\([\w,]*\)(,\([\w,]*\))*", before):
        raise ValueError(f"not a valid gufunc signature: {signature}")
    cores = [_names(each) for each in re.findall(r"\(([\w,]*)\)", before)]
    if len(cores) != len(arrays):
        raise TypeError(
            f"wrong number of positional arguments: expected {len(cores)}, got {len(arrays)}"
        )
    outputs = [_names(each) for each in re.findall(r"\(([\w,]*)\)", after)]
    arrays = [_array(each) for each in arrays]
    shapes = [each.shape[: each.ndim - len(core)] for each, core in zip(arrays, cores, strict=True)]
    lead = broadcast_shape(shapes)
    whole = [
        call("broadcast_to", (each, lead + each.shape[each.ndim - len(core) :]), {})
        for each, core in zip(arrays, cores, strict=True)
    ]
    made: list[Any] = []
    for index in ndindex(lead):
        results = function(*(each[index] for each in whole))
        several = results if len(outputs) > 1 else (results,)
        if not made:
            made = [
                _empty(each, lead, core, kind)
                for each, core, kind in zip(
                    several, outputs, otypes or [None] * len(outputs), strict=True
                )
            ]
        for target, each in zip(made, several, strict=True):
            target[index] = each
    if not made:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    return made[0] if len(made) == 1 else tuple(made)


def _names(text: str) -> list[str]:
    return [each for each in text.split(",") if each]


def _empty(first: Any, lead: tuple[int, ...], core: list[str], kind: Any) -> Any:
    shape = lead + (first.shape if core else ())
    return call("empty_like", (first,), {"shape": shape, "dtype": kind})


def normalize_axis_index(axis: int, ndim: int, msg_prefix: str | None = None) -> int:
    """Give an axis counted from the first.

    Parameters
    ----------
    axis : int
        From -ndim to ndim - 1.
    ndim : int
        How many there are.
    msg_prefix : str, optional
        Before the message.

    Raises
    ------
    AxisError
        There is none such.
    """
    from flopscope._failures import AxisError

    at = axis.__index__()
    if not -ndim <= at < ndim:
        raise AxisError(at, ndim, msg_prefix)
    return at % ndim
