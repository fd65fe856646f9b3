"""Calling an operation of the server: the one way in which all functions and methods do it."""

from __future__ import annotations

from typing import Any

from flopscope import _protocol as protocol
from flopscope import _session, _tables
from flopscope._arguments import Encoder, Remote
from flopscope._results import Known, UnknownError, result_of

__all__ = ["ask", "call", "fetched", "foretell", "meet", "remember"]

_WAIT = object()
_ARRAY = object()
_ENTRIES = _tables.operations
_foretold: dict[Any, Any] = {}
_met: dict[Any, tuple[Known | None, bool | None]] = {}
_MOST = 20_000  # foretold calls that are kept


def call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call an operation, and give its result: at once, where it is known what that is.

    Parameters
    ----------
    name : str
        Of the operation.
    args, kwargs
        Its arguments.

    Raises
    ------
    TypeError
        An argument does not travel.
    """
    met: Any = None
    if args and not kwargs:
        # Arrays alone, the most frequent ones: what it gives is found without evaluating a rule.
        operation, seen = [name], [name]
        for value in args:
            if type(value) is not _array.RemoteArray or not value._handle:
                break
            operation.append(value._handle)
            seen.append(value._known)
        else:
            met = tuple(seen)
            if (made := _met.get(met)) is not None:
                return _array.RemoteArray(_session.connection().submit(operation), *made)
    encoder = Encoder()
    operation = [name]
    known = []
    for value in args:
        encoded, what = encoder.encode(value)
        operation.append(encoded)
        known.append(what)
    named = {}
    if kwargs:
        encoded_kwargs = {}
        for key, value in kwargs.items():
            encoded_kwargs[key], named[key] = encoder.encode(value)
        operation.append(encoded_kwargs)
    session = _session.connection()
    handle = session.submit(operation, encoder.buffers or None)
    out = kwargs.get("out")
    if out is None:
        if name in _OF_POLYNOMIALS and any(map(_is_object, args)):
            return fetched(handle)  # perhaps a poly1d, as they are
        entry = _ENTRIES.get(name)
        return _result(name, handle, foretell(name, entry, tuple(known), named), met)
    if isinstance(out, tuple):
        if len(out) == 1 or all(each is not None for each in out):
            session.drop(handle)
            return out[0] if len(out) == 1 else out
        return fetched(handle)
    session.drop(handle)
    return out


def foretell(name: str, entry: Any, known: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Foretell what a call gives, or that it has to be waited for, and keep that."""
    if entry is None or "result" not in entry:
        return _WAIT
    rule = entry["result"]
    if name.startswith(("random.Generator.", "random.RandomState.")):
        known = known[1:]
    elif name in ("ndarray.reshape", "ndarray.transpose", "ndarray.resize") and len(known) > 2:
        known = (known[0], known[1:])
    try:
        key: Any = (name, _key(known), _key(tuple(named.items())))
        return _foretold[key]
    except KeyError:
        pass
    except TypeError:
        key = None
    try:
        result = result_of(entry, known, named)
    except UnknownError:
        result = _ARRAY if rule[0] == "array" else _WAIT
    if key is not None:
        remember(key, result)
    return result


def _is_object(value: Any) -> bool:
    return isinstance(value, Remote) and not hasattr(value, "_known")


def remember(key: Any, result: Any) -> None:
    """Keep what was foretold of a call."""
    if len(_foretold) >= _MOST:
        _foretold.clear()
    _foretold[key] = result


def _key(value: Any) -> Any:
    """Give a key that tells 1 from 1.0 and True, and holds no list."""
    kind = type(value)
    if kind is Known:
        return value
    if kind is tuple or kind is list:
        return (kind, *map(_key, value))
    if kind is slice:
        return (slice, value.start, value.stop, value.step)
    return kind, value


def meet(met: Any, known: Known | None, is_scalar: bool | None) -> None:
    """Note what a call of arrays gives, for the next one of the same shapes and dtypes."""
    if len(_met) >= _MOST:
        _met.clear()
    _met[met] = known, is_scalar


def _result(name: str, handle: int, foretold: Any, met: Any) -> Any:
    if type(foretold) is Known:
        if not foretold.shape and name not in _SCALARS:
            return fetched(handle)  # a scalar, an array of no dimensions or Python's own
        if met is not None:
            meet(met, foretold, None if foretold.shape else True)
        return _array.RemoteArray(handle, foretold, None if foretold.shape else True)
    if foretold is _ARRAY:
        return _array.RemoteArray(handle, None)
    if foretold is None:
        _session.connection().drop(handle)
        return None
    if foretold is _WAIT:
        return fetched(handle)
    if all(type(each) is Known for each in foretold) and name not in _NAMED:
        items = tuple(_array.RemoteArray(_item(handle, i), each) for i, each in enumerate(foretold))
        _session.connection().drop(handle)
        return items
    return fetched(handle)


# They give scalars and no arrays of no dimensions.
_REDUCTIONS = [
    "sum",
    "prod",
    "mean",
    "std",
    "var",
    "max",
    "min",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "any",
    "all",
    "ptp",
    "trace",
    "dot",
    "median",
    "average",
    "nansum",
    "nanprod",
    "nanmean",
    "nanstd",
    "nanvar",
    "nanmax",
    "nanmin",
    "inner",
    "vdot",
    "einsum",
    "percentile",
    "quantile",
    "linalg.norm",
    "linalg.det",
    "linalg.trace",
    "trapezoid",
    "tensordot",
]
_SCALARS = frozenset(
    (*_tables.ufuncs, *_REDUCTIONS, *(f"ndarray.{name}" for name in _REDUCTIONS))
) - {"tensordot", "einsum"}
# They take poly1d as well, and give it then.
_OF_POLYNOMIALS = frozenset(
    ("polyadd", "polysub", "polymul", "polydiv", "polyint", "polyder", "polyval")
)
# They return named tuples, whose names the server tells.
_NAMED = frozenset(
    [
        "linalg.eig",
        "linalg.eigh",
        "linalg.svd",
        "linalg.qr",
        "linalg.slogdet",
        "unique_all",
        "unique_counts",
        "unique_inverse",
    ]
)


def _item(handle: int, index: int) -> int:
    return _session.connection().submit(["ndarray.__getitem__", handle, [protocol.INTEGER, index]])


def fetched(handle: int) -> Any:
    """Wait to be told what a result is, and give it."""
    stays = False
    try:
        description, _ = _session.connection().ask(protocol.DESCRIPTION, handle)
        made = _made(handle, description)
        stays = description[0] in (protocol.ARRAY, protocol.OBJECT)
    finally:
        if not stays:
            _session.connection().drop(handle)
    return made


def _made(handle: int, description: list[Any]) -> Any:
    from flopscope import _objects
    from flopscope._dtypes import dtype

    tag = description[0]
    if tag == protocol.ARRAY:
        return _array.RemoteArray(handle, Known(tuple(description[1]), description[2]), False)
    if tag == protocol.ITEM:
        return _array.item_of(description[1], description[2])
    if tag == protocol.LITERAL:
        return description[1]
    if tag == protocol.BIG:
        return int(description[1])
    if tag == protocol.PAIR:
        return complex(description[1], description[2])
    if tag == protocol.TYPE:
        return dtype(description[1]).type if len(description) > 2 else dtype(description[1])
    if tag == protocol.OBJECT:
        return _objects.made(description[1], handle)
    if tag == protocol.SEQUENCE:
        return [_part(handle, i, each) for i, each in enumerate(description[1:])]
    _, name, fields, *items = description
    if name == "dict":
        return dict(_part(handle, i, each) for i, each in enumerate(items))
    parts = tuple(_part(handle, i, each) for i, each in enumerate(items))
    return parts if name is None else _objects.named_tuple(name, tuple(fields))(*parts)


def _part(handle: int, index: int, description: list[Any]) -> Any:
    """Give one of several results, by a handle of its own where it needs one."""
    if not _has_remote(description):
        return _made(0, description)
    own = _item(handle, index)
    made = _made(own, description)
    if description[0] not in (protocol.ARRAY, protocol.OBJECT):
        _session.connection().drop(own)
    return made


def _has_remote(description: list[Any]) -> bool:
    """Tell whether something in a result stays on the server."""
    tag = description[0]
    if tag in (protocol.SEQUENCE, protocol.NAMED):
        return any(map(_has_remote, description[1 if tag == protocol.SEQUENCE else 3 :]))
    return tag in (protocol.ARRAY, protocol.OBJECT)


def ask(name: str, *args: Any, **kwargs: Any) -> Any:
    """Call an operation whose result is waited for, whatever is known of it."""
    encoder = Encoder()
    operation: list[Any] = [name, *(encoder.encode(each)[0] for each in args)]
    if kwargs:
        operation.append({key: encoder.encode(each)[0] for key, each in kwargs.items()})
    return fetched(_session.connection().submit(operation, encoder.buffers or None))


from flopscope import _array  # noqa: E402 - it needs what is above
