"""States of sources of random bits, as a client gives them back: JSON, looked at before NumPy is.

Their numbers have up to 128 bits, and NumPy takes positions in them without a look.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

__all__ = ["state_of"]

_LONGEST = 20_000  # characters: MT19937's 624 numbers need 8,000
# Of each source: the numbers of its state with their bits, and the arrays with length and bits.
_NUMBERS = {
    "PCG64": {"state": 128, "inc": 128},
    "PCG64DXSM": {"state": 128, "inc": 128},
    "MT19937": {"pos": 10},
    "Philox": {},
    "SFC64": {},
}
_ARRAYS = {
    "PCG64": {},
    "PCG64DXSM": {},
    "MT19937": {"key": (624, 32)},
    "Philox": {"counter": (4, 64), "key": (2, 64)},
    "SFC64": {"state": (4, 64)},
}
_LAST_POSITION = {"MT19937": 624, "Philox": 4}


def state_of(kind: str, text: Any) -> dict[str, Any]:
    """Make the state of a source of random bits from its JSON.

    Parameters
    ----------
    kind : str
        The source's class.
    text : str
        The ``state`` of one, arrays as lists.

    Returns
    -------
    dict
        For NumPy, which may look at the rest of it.

    Raises
    ------
    ValueError
        It is no such state.

    Examples
    --------
    >>> import json
    >>> from flopscope_server.random_state import state_of
    >>> state_of("MT19937", json.dumps({"bit_generator": "MT19937", "state": {"pos": 900}}))
    Traceback (most recent call last):
    ValueError: a state of MT19937 has key and pos, and no others
    """
    if kind not in _NUMBERS or not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError("a state is set as it was read")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("a state is set as it was read") from None
    if not isinstance(given, dict) or given.get("bit_generator") != kind:
        raise ValueError(f"state must be for a {kind} RNG")
    inner = given.get("state")
    names = sorted([*_NUMBERS[kind], *_ARRAYS[kind]])
    if not isinstance(inner, dict) or sorted(inner) != names:
        raise ValueError(f"a state of {kind} has {' and '.join(names)}, and no others")
    state: dict[str, Any] = {
        name: _number(name, inner[name], 2**bits - 1) for name, bits in _NUMBERS[kind].items()
    }
    for name, (length, bits) in _ARRAYS[kind].items():
        state[name] = _array(name, inner[name], length, bits)
    made: dict[str, Any] = {"bit_generator": kind, "state": state}
    if kind == "MT19937":
        state["pos"] = _number("pos", state["pos"], _LAST_POSITION[kind])
        return made
    if kind == "Philox":
        made["buffer"] = _array("buffer", given.get("buffer"), 4, 64)
        made["buffer_pos"] = _number("buffer_pos", given.get("buffer_pos"), _LAST_POSITION[kind])
    made["has_uint32"] = _number("has_uint32", given.get("has_uint32"), 1)
    made["uinteger"] = _number("uinteger", given.get("uinteger"), 2**32 - 1)
    return made


def _number(name: str, given: Any, most: int) -> int:
    if type(given) is not int or not 0 <= given <= most:
        raise ValueError(f"{name} of a state is an integer from 0 to {most}, not {given!r:.40}")
    return given


def _array(name: str, given: Any, length: int, bits: int) -> Any:
    if not isinstance(given, list) or len(given) != length:
        raise ValueError(f"{name} of a state has {length} integers")
    return np.array([_number(name, each, 2**bits - 1) for each in given], f"u{bits // 8}")
