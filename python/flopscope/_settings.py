"""All settings in one place: :func:`flopscope.configure`."""

from __future__ import annotations

import warnings
from typing import Any

from flopscope import _shim
from flopscope._cost_model import change_weights, restore_default
from flopscope.errors import FlopscopeWarning

__all__ = ["configure"]

_COUNTING = ("timing", "lines", "meter")

# Of the reference implementation, for what there is none of here: arrays that know their symmetry,
# operations that send functions to a server, a cache of paths.
_WITHOUT_EFFECT = (
    "callback_warnings",
    "check_nan_inf",
    "dimino_budget",
    "einsum_path_cache_size",
    "partition_budget",
    "symmetry_warnings",
)


def configure(**settings: Any) -> dict[str, Any]:
    """Change settings of this process.

    Parameters
    ----------
    weights : dict of str to float, or None
        Weights of operations in the cost model, by name or alias: these change, the others stay.
        Calls from now on are charged by them. ``None`` restores the default cost model, dtype rates
        included.
    timing, lines, meter : bool
        See :func:`flopscope.shim.configure`.
    callback_warnings, check_nan_inf, dimino_budget, einsum_path_cache_size, partition_budget, \
symmetry_warnings
        Settings of the reference implementation. They are accepted and change nothing.

    Returns
    -------
    dict
        The settings as they are now; ``weights`` has those that differ from the default.

    Raises
    ------
    ValueError
        There is no such setting, no such operation, or a weight is no number from 0 up. Nothing has
        changed then.

    Examples
    --------
    >>> import flopscope
    >>> flopscope.configure(weights={"exp": 20})["weights"]
    {'exp': 20.0}
    >>> flopscope.accounting.cost("exp", (10,)).charged
    400
    >>> flopscope.configure(weights=None)["weights"]
    {}
    >>> flopscope.configure(weight={"exp": 20})
    Traceback (most recent call last):
        ...
    ValueError: no setting is called 'weight': there are weights, timing, lines and meter
    """
    for name in settings:
        if name not in ("weights", *_COUNTING, *_WITHOUT_EFFECT):
            raise ValueError(
                f"no setting is called {name!r}: there are weights, timing, lines and meter"
            )
    _shim.read_environment()
    if "weights" in settings:
        if settings["weights"] is None:
            restore_default()
        else:
            change_weights(settings["weights"])
    if settings.get("check_nan_inf"):
        warnings.warn(
            "check_nan_inf does nothing here: numpy.errstate(all='raise') finds where nan and"
            " infinity come from",
            FlopscopeWarning,
            stacklevel=2,
        )
    counting = _shim.configure(**{name: settings.get(name) for name in _COUNTING})
    return {"weights": _shim._cost_model()[0], **counting}
