"""Errors of the connection, and errors of the server's made into the exceptions they were."""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING, Any

from flopscope import errors

if TYPE_CHECKING:
    from flopscope._protocol import Failure

__all__ = [
    "AxisError",
    "ComplexWarning",
    "DTypePromotionError",
    "LinAlgError",
    "ModuleDeprecationWarning",
    "NoServerError",
    "RankWarning",
    "ServerLostError",
    "ServerTimeoutError",
    "TooHardError",
    "VisibleDeprecationWarning",
    "exception_of",
    "out_of_time",
    "warning_class",
]


class ServerLostError(errors.FlopscopeError, ConnectionError):
    """The server, or the worker of this session, has gone away."""


class NoServerError(errors.FlopscopeError, ConnectionError):
    """It is not said where the server is, or none is there."""


class ServerTimeoutError(errors.FlopscopeError, TimeoutError):
    """The server did not answer in time; the connection can be used on."""


class LinAlgError(ValueError):
    """A matrix is not what an operation of linear algebra needs."""


class AxisError(ValueError, IndexError):
    """An array has no such axis.

    Parameters
    ----------
    axis : int or str
        The axis, or the whole message.
    ndim : int, optional
        How many axes there are.
    msg_prefix : str, optional
        Before the message.
    """

    def __init__(self, axis: Any, ndim: int | None = None, msg_prefix: str | None = None) -> None:
        self.axis = self.ndim = None
        message = str(axis)
        if ndim is not None or msg_prefix is not None:
            self.axis, self.ndim = axis, ndim
            message = f"axis {axis} is out of bounds for array of dimension {ndim}"
            message = message if msg_prefix is None else f"{msg_prefix}: {message}"
        super().__init__(message)


class ComplexWarning(RuntimeWarning):
    """The imaginary part of a complex number is dropped."""


class VisibleDeprecationWarning(UserWarning):
    """What NumPy will change."""


class RankWarning(RuntimeWarning):
    """A fit of a polynomial has too few points."""


class ModuleDeprecationWarning(DeprecationWarning):
    """A whole module is not to be used any more."""


class TooHardError(RuntimeError):
    """NumPy has given up."""


class DTypePromotionError(TypeError):
    """Two dtypes have no common one."""


_OWN: dict[str, type[BaseException]] = {
    each.__name__: each for each in (LinAlgError, AxisError, TooHardError, DTypePromotionError)
} | {
    name: getattr(errors, name)
    for name in errors.__all__
    if issubclass(getattr(errors, name), Exception)
}
_WARNINGS = {
    each.__name__: each
    for each in (ComplexWarning, ModuleDeprecationWarning, VisibleDeprecationWarning, RankWarning)
}


def _class_of(names: list[str]) -> type[BaseException]:
    for name in names:
        known = _OWN.get(name) or getattr(builtins, name, None)
        if isinstance(known, type) and issubclass(known, Exception):
            return known
    return RuntimeError


def exception_of(failure: Failure, place: str) -> BaseException:
    """Make the exception that an operation raised on the server.

    Parameters
    ----------
    failure : Failure
        What the worker told.
    place : str
        File and line of the call, if known: it goes into a note.
    """
    kind, details = _class_of(failure.classes), failure.details
    error: BaseException
    try:
        if kind is errors.BudgetExhaustedError:
            error = errors.BudgetExhaustedError(
                details["op_name"],
                flop_cost=details["flop_cost"],
                flops_remaining=details["flops_remaining"],
            )
        elif kind is errors.TimeExhaustedError:
            error = errors.TimeExhaustedError(
                details["op_name"], elapsed_s=details["elapsed_s"], limit_s=details["limit_s"]
            )
        else:
            error = kind(failure.message)
            if kind is AxisError:
                error.axis, error.ndim = details.get("axis"), details.get("ndim")  # type: ignore[attr-defined]
    except (KeyError, TypeError):
        error = RuntimeError(f"{failure.classes[0]}: {failure.message}")
    if place:
        error.add_note(f"The call was made at {place}")
    return error


def out_of_time(sentence: str) -> errors.TimeExhaustedError:
    """Make the error of a session whose time has passed."""
    numbers = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", sentence)]
    elapsed, limit = [*numbers, 0.0, 0.0][:2]
    return errors.TimeExhaustedError("session", elapsed_s=elapsed, limit_s=limit)


def warning_class(name: str) -> type[Warning]:
    """Give the class of a warning by its name."""
    known: Any = _WARNINGS.get(name) or getattr(builtins, name, None)
    return known if isinstance(known, type) and issubclass(known, Warning) else RuntimeWarning
