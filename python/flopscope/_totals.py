"""What every count tells, and functions that tell what their calls cost.

The client has a copy of this file, which ``scripts/make_client.py`` makes.
"""

from __future__ import annotations

import functools
import inspect
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

from flopscope.quantities import amount

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = ["COUNTED", "Counts", "Totals", "count_calls"]


class Counts(TypedDict):
    """What is counted: calls, textbook FLOPs, charged units, bytes moved and seconds."""

    calls: int
    flops: int
    charged: int
    bytes: int
    seconds: float


COUNTED = tuple(Counts.__annotations__)


class Totals(ABC):
    """The numbers of a count, all its rows together."""

    @abstractmethod
    def _total(self, column: int) -> float:
        """Give one of :data:`COUNTED`."""

    @property
    def calls(self) -> int:
        """Counted calls."""
        return int(self._total(0))

    @property
    def flops(self) -> int:
        """Textbook FLOPs."""
        return int(self._total(1))

    @property
    def charged(self) -> int:
        """Units of the cost model."""
        return int(self._total(2))

    @property
    def bytes(self) -> int:
        """Bytes read and written."""
        return int(self._total(3))

    @property
    def seconds(self) -> float:
        """Seconds in counted operations; 0 where they are not timed."""
        return float(self._total(4))

    def __repr__(self) -> str:
        numbers = (
            f"{self.calls} calls, {amount(self.flops, 'FLOP')}, {amount(self.charged)} charged"
        )
        return f"<flopscope.count: {numbers}>"


def count_calls(function: Function, count: Callable[[], Any]) -> Function:
    """Wrap a function so that it tells what its calls cost: ``@flopscope.counted``.

    Parameters
    ----------
    function : callable
        Whose body runs when it is called.
    count : callable
        Makes a count.

    Returns
    -------
    callable
        With ``last_count``, the count of the call that ended last, and ``count``, that of all calls
        so far. A call from within another one of the same thread is part of that.

    Raises
    ------
    TypeError
        It is not a function, or its body runs later (generators, coroutines).
    """
    if not callable(function) or isinstance(function, type):
        raise TypeError(f"counted: {function!r} is neither a function nor the name of an operation")
    if (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    ):
        raise TypeError(
            f"counted: the body of {function.__qualname__} runs after its call has returned;"
            " use flopscope.count() inside it"
        )
    inside = threading.local()
    lock = threading.Lock()
    total = count()

    @functools.wraps(function)
    def counting(*args: Any, **kwargs: Any) -> Any:
        if getattr(inside, "call", False):
            return function(*args, **kwargs)
        inside.call = True
        call = count()
        try:
            with call:
                return function(*args, **kwargs)
        finally:
            inside.call = False
            with lock:
                total._absorb(call)
                wrapper.last_count = call

    wrapper = cast(Any, counting)
    wrapper.count = total
    wrapper.last_count = count()
    return cast("Function", counting)
