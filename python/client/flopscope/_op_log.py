# A copy, made by scripts/make_client.py: change python/flopscope/_op_log.py instead.
"""The calls of a budget context, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OpRecord", "records"]


class OpRecord(NamedTuple):
    """A counted call.

    Attributes
    ----------
    op_name : str
        The canonical name: ``"linalg.svd"``.
    subscripts : str or None
        Of ``einsum``.
    shapes : tuple of tuple of int
        Of the first four array operands; of element-wise operations, of numbers too.
    flop_cost, cumulative : int
        Charged units of this call, and of all until it.
    namespace : str or None
    flopscope_context_start_offset_s : float
        Seconds from the context's start to the call's.
    flopscope_backend_duration_s : float
        Seconds inside the operation.
    flopscope_overhead_duration_s : float
        Seconds spent on counting it: the context's average, as not every call is measured.
    resolved_dtype : str or None
        Of the dtype that set the rate.
    """

    op_name: str
    subscripts: str | None
    shapes: tuple[tuple[int, ...], ...]
    flop_cost: int
    cumulative: int
    namespace: str | None
    flopscope_context_start_offset_s: float
    flopscope_backend_duration_s: float
    flopscope_overhead_duration_s: float
    resolved_dtype: str | None


def records(calls: Iterable[tuple[Any, ...]], overhead: float) -> list[OpRecord]:
    """Decode what the native log holds; `overhead` is that of a call, in seconds."""
    return [
        OpRecord(
            name, text, shapes, charged, total, space or None, offset, seconds, overhead, dtype
        )
        for name, text, shapes, charged, total, space, offset, seconds, dtype in calls
    ]
