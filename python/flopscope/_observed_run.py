"""The program's side of ``flopscope run``: set up before the first line, report after the last.

``flopscope run`` replaces itself with a plain Python that runs the program, so that everything a
program can see of its interpreter is as it would be without us: no frame of ours below its own, its
own ``__main__``, its own exit status. What has to happen inside that process happens here:

    start of Python --> begin()      reads its orders from the environment and removes them
    NumPy imported  --> activate()   shim, timing, budget
    end of Python   --> finish()     starts a second process that reports
    exit            --> status       told to the second process, which is waited for

The report is made by a second process because this one may be in any state by then: modules
replaced, ``sys.path`` changed, memory limited. It reads the counts from memory that all processes
of the run share (``counters/ledger.hpp``). As in ``_startup``, only built-in modules are used.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal.py imports more
import atexit
import marshal
import os
import sys
import time

from flopscope._observation import observe, other_weights
from flopscope._startup import gather

TYPE_CHECKING = False  # typing.py imports half of the standard library
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

__all__ = ["NO_LIMIT", "PREFIX", "REPORTS", "SEEN", "STATUS", "ObservedRun", "report_flags"]

PREFIX = "FLOPSCOPE_RUN"

# The descriptor that the second process reads this one's exit status from.
STATUS = 3

# In the run's folder, for who reports where this process cannot (_run_watch): there once it does
# itself, and what it alone knows.
REPORTS, SEEN = "reports", "seen"

# A budget context needs a budget even where only its time is limited.
NO_LIMIT = 2**62


class ObservedRun:
    """One program run by ``flopscope run``.

    Parameters
    ----------
    orders : dict of str to str
        ``TIMING``, ``LINES``, ``STACKS``, ``DETAILS``, ``QUIET``, ``NO_SOURCE`` (present or
        not), ``BUDGET`` (charged units), ``TIME_LIMIT`` (seconds), ``JSON`` (absolute path),
        ``ROOT`` (folder of the user's code), ``GATHER`` (folder of the run's counts).
    environment : dict of str to str
        The environment as the program was given it.
    """

    def __init__(self, orders: dict[str, str], environment: dict[str, str]) -> None:
        self.orders = orders
        self.environment = environment
        self.executable = sys.executable
        self.arguments = list(sys.orig_argv[1:])
        self.process = os.getpid()
        self.started = time.time()
        self.clock = time.perf_counter()
        self.shim: Any = None
        self.budget: Any = None
        self.failure: str | None = None
        self.finished = False

    @classmethod
    def begin(cls, environment: MutableMapping[str, str]) -> ObservedRun:
        """Take the orders out of the environment, and arrange for the report.

        Neither the program nor its children see the orders.
        """
        orders = {}
        for name in [name for name in environment if name.startswith(PREFIX)]:
            orders[name.removeprefix(PREFIX).lstrip("_")] = environment.pop(name)
        environment.pop("FLOPSCOPE_GATHER", None)  # of a run that this one is inside
        run = cls(orders, dict(environment))
        if "GATHER" in orders:
            run._announce(orders["GATHER"])
        # Exit functions are called last in, first out: registered before the program starts, this
        # one runs when all of the program's have run.
        atexit.register(run.finish)
        return run

    def activate(self) -> None:
        """Activate the shim and open the budget; called when NumPy has been imported.

        A program whose calls cannot be counted still runs, but not if it was to be limited.
        """
        try:
            from flopscope import _shim

            if "GATHER" in self.orders:
                gather(self.orders["GATHER"], self._settings)
                self._leave(SEEN, marshal.dumps(self._seen(_shim)))
            else:
                _shim.configure(**self._settings)
            from flopscope import shim

            shim.activate()
            self.shim = _shim
            _shim.call_before_exit(self.finish_at_once)
        except Exception as error:
            self.failure = str(error)
            if self._limited:
                os.write(2, f"flopscope run: {error}\n".encode())
                raise SystemExit(1) from None
            return
        if self._limited:
            self._open_budget()

    @property
    def _settings(self) -> dict[str, Any]:
        """What is to be counted, as ``_shim.configure`` takes it."""
        switches = ("TIMING", "LINES", "STACKS", "DETAILS")
        return {name.lower(): name in self.orders for name in switches} | {
            "root": self.orders.get("ROOT")
        }

    def _announce(self, folder: str) -> None:
        """Have the children of the program counted; it does not see that in ``os.environ``."""
        with open(f"{folder}/settings", "wb") as file:  # noqa: PTH123 - pathlib imports more
            file.write(marshal.dumps(self._settings))
        os.putenv("FLOPSCOPE_GATHER", folder)

    def _seen(self, shim: Any) -> dict[str, Any]:
        return {
            "settings": self._settings,
            "numpy": str(getattr(sys.modules["numpy"], "__version__", "unknown")),
            "weights": other_weights(shim),
        }

    def _leave(self, name: str, content: bytes) -> None:
        """Write a file into the run's folder, where that is still there."""
        try:
            with open(f"{self.orders['GATHER']}/{name}", "wb") as file:  # noqa: PTH123
                file.write(content)
        except (KeyError, OSError):
            pass

    @property
    def _limited(self) -> bool:
        return "BUDGET" in self.orders or "TIME_LIMIT" in self.orders

    def _open_budget(self) -> None:
        from flopscope._budget import BudgetContext

        limit = None
        if "TIME_LIMIT" in self.orders:
            # The clock of the program runs since its start, not since it imported NumPy.
            elapsed = time.perf_counter() - self.clock
            limit = max(float(self.orders["TIME_LIMIT"]) - elapsed, 1e-9)
        budget = float(self.orders["BUDGET"]) if "BUDGET" in self.orders else NO_LIMIT
        self.budget = BudgetContext(
            int(budget) if budget == int(budget) else budget, quiet=True, wall_time_limit_s=limit
        )
        self.budget.__enter__()

    def finish(self) -> None:
        """Hand what was counted to a process that writes the recording and prints the report."""
        if os.getpid() != self.process:
            return  # a forked child that left through its parent's exit functions
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # noqa: S110 - Python flushes again, and then says so itself
                pass
        self.finish_at_once()

    def finish_at_once(self) -> None:
        """Do the same before ``os._exit``, which flushes nothing."""
        if os.getpid() != self.process or self.finished:
            return
        self.finished = True
        self._leave(REPORTS, b"")
        wall_seconds = time.perf_counter() - self.clock
        try:
            self._report(wall_seconds)
        except Exception as error:
            text = f"flopscope run: no report: {type(error).__name__}: {error}\n"
            os.write(2, text.encode(errors="backslashreplace"))

    def _report(self, wall_seconds: float) -> None:
        observation = observe(self.shim)
        observation.update(
            wall_seconds=wall_seconds,
            started=self.started,
            arguments=self.arguments,
            failure=self.failure,
            ended=_exception_that_ended_it(),
            gathered=self.orders.get("GATHER"),
            root=self.orders.get("ROOT"),
        )
        if self.budget is not None and "BUDGET" in self.orders:
            observation["budget"] = {
                "flop_budget": self.budget.flop_budget,
                "flops_used": self.budget.flops_used,
            }
        # After Ctrl-C Python ends itself by the signal, without leaving.
        interrupted = (observation["ended"] or {}).get("signal") is not None
        # A file in memory and not a pipe: nothing to deadlock on, and no SIGPIPE.
        carrier = os.memfd_create("flopscope", 0)
        waits, tells = os.pipe()
        # Ctrl-C at this point would end the second process in the middle of a line. Whatever is
        # ignored here is ignored there.
        interrupt = _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        try:
            os.write(carrier, marshal.dumps({"orders": self.orders, "observation": observation}))
            os.lseek(carrier, 0, os.SEEK_SET)
            child = os.posix_spawn(
                self.executable,
                [self.executable, *report_flags(), "-m", "flopscope._run_report"],
                self.environment,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, carrier, 0),
                    (os.POSIX_SPAWN_DUP2, waits, STATUS),
                ],
            )
            if self.shim is not None and not interrupted:
                # When Python has ended, the status is told and the report waited for.
                self.shim.report_status(child, tells)
                return
            os.close(tells)
            tells = -1
            try:
                os.waitpid(child, 0)
            except ChildProcessError:
                pass  # the program ignores SIGCHLD: nothing is left to wait for when it is done
        finally:
            os.close(carrier)
            os.close(waits)
            _signal.signal(_signal.SIGINT, interrupt or _signal.SIG_DFL)


def report_flags() -> list[str]:
    """Options of the Python that reports: it is the program's in nothing but where packages are."""
    return ["-E", "-P"] + (["-s"] if sys.flags.no_user_site else [])


def _exception_that_ended_it() -> dict[str, Any] | None:
    """Tell of the exception that nobody caught; None where there is none, as for ``sys.exit``."""
    kind = getattr(sys, "last_type", None)
    if not isinstance(kind, type):
        return None
    if issubclass(kind, KeyboardInterrupt):
        return {"how": "signal", "status": None, "signal": "SIGINT", "exception": None}
    try:
        text = str(sys.last_value)
    except Exception:
        text = ""
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return {
        "how": "exception",
        "status": None,
        "signal": None,
        "exception": f"{name}: {text}" if text else name,
    }
