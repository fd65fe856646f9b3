"""Calls of any shape, in any mode: what NumPy does with them alone, it does under the shim.

More of them, and others each time:

    pytest tests/test_fuzz.py --hypothesis-profile=long -o faulthandler_timeout=0
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from flopscope import BudgetContext, _shim
from flopscope.coverage import public_callables
from tests.conftest import clean_environment
from tests.fuzz import KEYWORDS, OPERANDS, UNFIT, Call, made, outcome

ROOT = Path(__file__).parents[1]


def is_made(name: str) -> bool:
    try:
        return callable(made(name))
    except (AttributeError, StopIteration):
        return False


NAMES = [name for name, _ in public_callables() if not UNFIT.search(name) and is_made(name)]
FUNCTIONS = [name for name in NAMES if name.split(".")[-2].islower()]
METHODS = sorted(name for name in set(NAMES) - set(FUNCTIONS) if "numpy.ufunc." not in name)
UFUNC_METHODS = [
    f"numpy.{ufunc}.{method}"
    for ufunc in sorted(set(vars(np)) - {"pow"})
    if isinstance(getattr(np, ufunc), np.ufunc) and is_made(f"numpy.{ufunc}")
    for method in ("reduce", "accumulate", "reduceat", "outer", "at")
]
OPERAND = st.integers(0, len(OPERANDS) - 1)
PLAIN_ARRAY = st.integers(0, 8)  # the first ones are arrays of numbers
CALLS = st.builds(
    Call,
    st.one_of(*map(st.sampled_from, (FUNCTIONS, METHODS, UFUNC_METHODS))),
    st.builds(
        lambda first, more: first + more,
        st.lists(PLAIN_ARRAY, max_size=2),
        st.lists(OPERAND, max_size=3),
    ),
    st.one_of(
        st.just({}),
        st.dictionaries(st.sampled_from(KEYWORDS), OPERAND, max_size=2),
        st.dictionaries(st.sampled_from(["axis", "out", "dtype"]), OPERAND, max_size=1),
    ),
)


KNOWN = Call("numpy.add", [0, 0], {})


class Plain:
    """A process without the shim, which makes the same calls."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as this

    def outcome(self, call: Call) -> Any:
        """Give what NumPy alone does; None where that ends the process."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                cwd=ROOT,
                env=clean_environment(),
                text=True,
            )
            self.errors.truncate(0)
            assert self.outcome(KNOWN) is not None, self.said()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(call), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.process = None
            return None
        return json.loads(line)

    def said(self) -> str:
        """Give what the process wrote on stderr."""
        self.errors.seek(0)
        return f"the plain process does not answer:\n{self.errors.read()}"


PLAIN = Plain()


class Modes(RuleBasedStateMachine):
    """The shim, switched into any mode between calls."""

    def __init__(self) -> None:
        super().__init__()
        self.budgets: list[BudgetContext] = []
        _shim.activate()

    @rule(call=CALLS)
    def makes_a_call(self, call: Call) -> None:
        expected = PLAIN.outcome(call)
        note(str(call))
        if expected is not None:
            # As JSON has it: tuples are lists there.
            assert json.loads(json.dumps(outcome(call))) == expected

    @rule(lines=st.booleans(), timing=st.booleans(), meter=st.booleans())
    def configures(self, lines: bool, timing: bool, meter: bool) -> None:
        _shim.configure(lines=lines, timing=timing, meter=meter)

    @rule()
    def opens_a_budget(self) -> None:
        self.budgets.append(BudgetContext(1e18, quiet=True))
        self.budgets[-1].__enter__()

    @precondition(lambda self: self.budgets)
    @rule()
    def leaves_a_budget(self) -> None:
        self.budgets.pop().__exit__(None, None, None)

    @precondition(lambda self: not self.budgets)
    @rule()
    def switches_it_off_and_on(self) -> None:
        _shim.deactivate()
        _shim.activate()

    @rule()
    def reads_counters(self) -> None:
        _shim.counters()
        _shim.records()

    def teardown(self) -> None:
        while self.budgets:
            self.leaves_a_budget()
        _shim.configure(lines=False, timing=False, meter=False)
        _shim.deactivate()


TestAnyCalls = Modes.TestCase
TestAnyCalls.settings = settings(stateful_step_count=40)
