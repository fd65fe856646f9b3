"""Limits that a process takes on, which the kernel keeps."""

from __future__ import annotations

import resource

__all__ = ["lower", "whole_seconds"]


def lower(what: int, value: int) -> None:
    """Set a limit of this process for good, or leave a lower one that it has.

    Parameters
    ----------
    what : int
        ``RLIMIT_AS`` or another of :mod:`resource`.
    value : int
        The most of it.
    """
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def whole_seconds(seconds: float) -> int:
    """Round up: the kernel limits processor time in whole seconds."""
    return max(1, -int(-seconds // 1))
