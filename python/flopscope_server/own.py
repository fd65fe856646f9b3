"""Operations of the session itself: budgets inside its own, namespaces, inputs and outputs.

A budget that the client opens lies inside the session's, so it can only lower what there is.
"""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

import flopscope
from flopscope import _shim

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopscope_server.session import Session

__all__ = ["own_operations"]

_DEEPEST = 64
_READABLE = frozenset(
    [
        "flop_budget",
        "flops_used",
        "flops_remaining",
        "wall_time_s",
        "elapsed_s",
        "wall_time_limit_s",
        "namespace",
        "flopscope_backend_time_s",
        "flopscope_overhead_time_s",
        "residual_wall_time_s",
    ]
)


class _Summaries:
    """What the client is told of all budgets together; it may begin them anew.

    Parameters
    ----------
    session : Session
        Whose.
    """

    def __init__(self, session: Session) -> None:
        self._limit = session.limits.budget
        self._forgotten: dict[str, Any] = {}
        self.opened: list[float] = []  # budgets of the client's
        self.reset()

    def give(self, context: Any, by_namespace: bool) -> Any:
        if context is None:
            return self._whole(by_namespace)
        if not isinstance(context, flopscope.BudgetContext):
            raise TypeError("only a budget has a summary")
        return context.summary_dict(by_namespace=by_namespace)

    def _whole(self, by_namespace: bool) -> dict[str, Any]:
        found = flopscope.budget_summary_dict(by_namespace)
        used, limit = found["flops_used"], self._limit
        found = _less(found, self._forgotten)
        if limit is None:  # as without a server: what the program has set itself
            used, limit = found["flops_used"], sum(self.opened) if self.opened else None
        left = None if limit is None else limit - used
        return found | {"flop_budget": limit, "flops_remaining": left}

    def reset(self) -> None:
        self._forgotten = flopscope.budget_summary_dict(by_namespace=True)
        self.opened.clear()


def own_operations(session: Session) -> dict[str, Callable[..., Any]]:
    """Make the operations of one session, by name."""
    entered: list[Any] = []
    submitted: dict[str, Any] = {}
    summaries = _Summaries(session)

    def enter(context: Any) -> Any:
        if len(entered) >= _DEEPEST:
            raise RuntimeError(f"more than {_DEEPEST} budgets and namespaces inside one another")
        context.__enter__()
        entered.append(context)
        return context

    def open_budget(limit: Any, name: str | None, seconds: float | None) -> Any:
        context = flopscope.BudgetContext(
            limit, quiet=True, namespace=name, wall_time_limit_s=seconds
        )
        summaries.opened.append(limit)
        return enter(context)

    def leave(context: Any) -> None:
        if not entered or entered[-1] is not context:
            raise RuntimeError("budgets and namespaces are left in the order of their opening")
        entered.pop().__exit__(None, None, None)

    def read_budget(context: Any, name: str) -> Any:
        if not isinstance(context, flopscope.BudgetContext) or name not in _READABLE:
            raise ValueError(f"a budget has no {name!r} to be read")
        return getattr(context, name)

    def log(context: Any) -> Any:
        if not isinstance(context, flopscope.BudgetContext):
            raise TypeError("only a budget has a log")
        return [dict(record._asdict()) for record in context.op_log]

    def current() -> tuple[float, int, float]:
        for context in reversed(entered):
            if isinstance(context, flopscope.BudgetContext):
                return context.flop_budget, context.flops_used, context.flops_remaining
        whole = session.budget
        return whole.flop_budget, whole.flops_used, whole.flops_remaining

    def give(name: str) -> Any:
        try:
            return session.inputs[name]
        except KeyError:
            there = ", ".join(sorted(session.inputs)) or "none at all"
            raise KeyError(f"no input {name!r}; there are {there}") from None

    def submit(**arrays: Any) -> None:
        if session.outputs is None:
            raise RuntimeError("this session takes no outputs")
        for name, array in arrays.items():
            if not isinstance(array, (np.ndarray, np.generic)) or not name.isidentifier():
                raise TypeError(f"{name!r}: arrays are handed back, by a name like a variable's")
        _write(session.outputs, submitted | arrays)
        submitted.update(arrays)

    return {
        "session.budget": open_budget,
        "session.namespace": lambda name: enter(flopscope.namespace(name)),
        "session.leave": leave,
        "session.read": read_budget,
        "session.summary": summaries.give,
        "session.reset": summaries.reset,
        "session.counters": _shim.counters,
        "session.log": log,
        "session.current": current,
        "session.inputs": lambda: sorted(session.inputs),
        "session.input": give,
        "session.submit": submit,
    }


def _less(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Subtract from a summary what was in it before; the budget and what is left of it stay."""
    less: dict[str, Any] = {}
    for name, value in now.items():
        known = before.get(name)
        if known is None or name in ("flop_budget", "flops_remaining"):
            less[name] = value
        elif isinstance(value, dict):
            less[name] = _less(value, known)
        else:
            less[name] = max(0, value - known)
    return {name: value for name, value in less.items() if not _is_nothing(value)}


def _is_nothing(value: Any) -> bool:
    return isinstance(value, dict) and value.get("calls") == 0


def _write(path: Any, arrays: dict[str, Any]) -> None:
    """Write an ``.npz``, whole or not at all."""
    beside = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
            for name, array in arrays.items():
                whole = io.BytesIO()
                np.lib.format.write_array(whole, np.asanyarray(array), allow_pickle=False)
                archive.writestr(f"{name}.npy", whole.getbuffer())
        os.replace(beside, path)  # noqa: PTH105 - both are in one folder
    finally:
        beside.unlink(missing_ok=True)
