"""What a worker does with its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flopscope_server.session import Session

__all__ = ["serve"]


def serve(session: Session) -> None:
    """Serve one client until it leaves."""
    raise NotImplementedError("operations are served by the wire's part")
