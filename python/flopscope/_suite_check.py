"""Whether the shim was there while a test suite ran, and what it counted, in all processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from flopscope import _shim
from flopscope.quantities import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

INACTIVE = "the shim was deactivated by a test"


def faults(records: Sequence[dict[str, Any]], *, active: bool) -> list[str]:
    """Find the slots that lost our pointer although nobody deactivated the shim.

    Parameters
    ----------
    records : sequence of dict
        As ``flopscope._shim.records()`` returns them.
    active : bool
        Whether the shim is active. Where a test has deactivated it, restored slots are on purpose,
        and overwritten ones still are not.

    Returns
    -------
    list of str
        One line a slot.

    Examples
    --------
    >>> from flopscope._suite_check import faults
    >>> record = {"kind": "ufunc call", "name": "numpy.add", "state": "restored"}
    >>> faults([record], active=True)
    ['numpy.add (ufunc call) is restored']
    >>> faults([record], active=False)
    []
    """
    wanted = ("installed",) if active else ("installed", "restored")
    return [
        f"{record['name']} ({record['kind']}) is {record['state']}"
        for record in records
        if record["state"] not in wanted
    ]


def observed() -> dict[str, Any]:
    """Tell what this process counted, in types that execnet carries between processes."""
    records = _shim.records()
    hit: dict[str, bool] = {}
    for record in records:
        name = f"{record['kind']} {record['name']}"
        hit[name] = hit.get(name, False) or record["hit"]
    active = _shim.is_active()
    counters = _shim.counters()
    return {
        "active": active,
        "calls": sum(row[2] for row in counters),
        # execnet has no integers of more than 32 bits without a fuss; text has no limit.
        "flops": str(sum(row[3] for row in counters)),
        "faults": faults(records, active=active),
        "hit": hit,
    }


class ShimCheck:
    """Gathers what each process observed, and fails the run where a slot was lost.

    Where the shim has to be active at the end, a test that deactivates it fails the run too.
    """

    def __init__(self, config: pytest.Config, *, active_at_end: bool = False) -> None:
        self.config = config
        self.active_at_end = active_at_end
        self.observations: dict[str, dict[str, Any]] = {}

    @property
    def is_worker(self) -> bool:
        """Whether this process runs tests for another one (pytest-xdist)."""
        return hasattr(self.config, "workerinput")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker observed; one that crashed has nothing to say."""
        output = getattr(node, "workeroutput", None) or {}
        if "flopscope" in output:
            self.observations[node.gateway.id] = output["flopscope"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Check this process, or in the controller of several all of them."""
        if self.is_worker:
            self.config.workeroutput["flopscope"] = observed()  # type: ignore[attr-defined]
            return
        if not self.observations:
            self.observations["main"] = observed()
        if self.lost() and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def hit(self) -> dict[str, bool]:
        """Tell of each entry point whether it was called in any process."""
        found: dict[str, bool] = {}
        for observation in self.observations.values():
            for name, hit in observation["hit"].items():
                found[name] = found.get(name, False) or hit
        return found

    def lost(self) -> list[str]:
        """Name the lost slots of all processes, and the processes that lost them all."""
        return [
            f"{process}: {fault}"
            for process, observation in sorted(self.observations.items())
            for fault in (
                *observation["faults"],
                *([INACTIVE] if self.active_at_end and not observation["active"] else []),
            )
        ]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what was counted, and each slot that was lost."""
        if not self.observations:
            return
        everyone = self.observations.values()
        calls = sum(observation["calls"] for observation in everyone)
        flops = sum(int(observation["flops"]) for observation in everyone)
        hit = self.hit()
        lost = self.lost()
        terminalreporter.section("flopscope", yellow=bool(lost), green=not lost)
        terminalreporter.line(
            f"{calls:,} calls counted, {amount(flops, 'FLOP')},"
            f" {sum(hit.values())} of {len(hit)} records hit,"
            f" {len(self.observations)} processes checked"
        )
        for name, observation in sorted(self.observations.items()):
            if not observation["active"]:
                terminalreporter.line(f"{name}: {INACTIVE}")
        for fault in lost[:50]:
            terminalreporter.line(fault, red=True)
        if lost:
            terminalreporter.line(f"{len(lost)} slots lost our pointer: the run fails", red=True)
