"""A session as its worker sees it: what it may use, what it has used, and where its client comes.

The broker makes a :class:`Session`, opens its budget and forks; the child calls
:func:`flopscope_server.worker.serve` with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import flopscope
    from flopscope_server.account import Account

__all__ = ["Limits", "Session"]


@dataclass(frozen=True)
class Limits:
    """What one session may use; ``None`` is no limit.

    Attributes
    ----------
    budget : float
        Charged units.
    wall_s, cpu_s : float
        Seconds since it was opened, and of its worker's processor time (whole ones: 1.5 is 2).
    memory_bytes : int
        Address space of its worker, with the 130 MB that Python and NumPy take.
    arrays : int
        Arrays held at a time.
    message_bytes : int
        Of one message from the client, and of one from the worker.
    read_bytes : int
        Values sent to the client, in all.
    """

    budget: float | None = None
    wall_s: float | None = None
    cpu_s: float | None = None
    memory_bytes: int | None = None
    arrays: int | None = 1_000_000
    message_bytes: int | None = 1 << 30
    read_bytes: int | None = None

    def as_dict(self) -> dict[str, float | int | None]:
        """Give the limits by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass
class Session:
    """One client's session, in its worker.

    Attributes
    ----------
    id, url : str
        Its name, and where its client connects to.
    key : bytes
        32 bytes that the client's first message shows.
    listener : int
        Descriptor of the socket that listens at `url` already: the broker has made it before it
        tells the client where, so nobody connects too early.
    presence : int
        Descriptor that closes when the worker is gone.
    budget : flopscope.BudgetContext
        Entered; whatever the worker computes draws on it.
    inputs : mapping of str to numpy.ndarray
        The organiser's arrays, read-only.
    outputs : pathlib.Path, optional
        Where the arrays that the client hands back are to be written, as ``.npz``.
    """

    id: str
    url: str
    key: bytes = field(repr=False)
    limits: Limits
    account: Account
    listener: int
    presence: int
    budget: flopscope.BudgetContext
    inputs: Mapping[str, Any]
    outputs: Path | None
