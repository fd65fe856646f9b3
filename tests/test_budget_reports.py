"""What a budget tells about itself: attributes, namespaces, times, summaries."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pytest

import flopscope
from flopscope import BudgetContext, current_budget, namespace
from tests.conftest import Run

A = np.ones(10)


def budget(units: float = 1e6, **keywords: Any) -> BudgetContext:
    return BudgetContext(units, quiet=True, **keywords)


def test_everything_is_readable_after_it_has_been_left() -> None:
    with budget(1000, namespace="here", wall_time_limit_s=60) as context:
        np.exp(A)
    first = context.wall_time_s
    time.sleep(0.01)
    assert context.flop_budget == 1000
    assert context.flops_used == 320
    assert context.flops_remaining == 680
    assert context.namespace == "here"
    assert context.wall_time_limit_s == 60
    assert context.wall_time_s == pytest.approx(first, rel=1e-3)
    assert context.elapsed_s == pytest.approx(first, rel=1e-3)
    assert "320" in context.summary()
    assert context.summary_dict()["flops_used"] == 320


def test_everything_is_readable_before_it_has_been_entered() -> None:
    context = budget(1000)
    assert (context.flops_used, context.flops_remaining, context.wall_time_s) == (0, 1000, 0)
    assert context.summary_dict()["operations"] == {}


def test_the_wall_time_is_split_in_three() -> None:
    a = np.ones((200, 200))
    with budget(1e12) as context:
        for _ in range(20):
            a @ a
        time.sleep(0.02)
    parts = (
        context.flopscope_backend_time_s,
        context.flopscope_overhead_time_s,
        context.residual_wall_time_s,
    )
    assert sum(parts) == pytest.approx(context.wall_time_s, rel=1e-6)
    assert parts[0] > 0
    # What counting took is estimated from a sample: it may be told a little long, and the rest short.
    assert 0.0199 <= parts[1] + parts[2] <= context.wall_time_s
    assert parts[1] >= 0
    assert parts[2] >= 0


def test_time_in_operations_is_that_of_the_operations() -> None:
    with budget(1e12) as context:
        np.vectorize(lambda x: time.sleep(0.02) or x)(np.ones(1))
        for _ in range(50):
            np.add(A, 1.0)
    summary = context.summary_dict()
    backend = sum(row["flopscope_backend_time_s"] for row in summary["operations"].values())
    assert backend == pytest.approx(summary["flopscope_backend_time_s"], rel=0.01)
    assert backend <= summary["wall_time_s"]


def test_a_nested_contexts_operations_take_time_of_the_outer_one_too() -> None:
    a = np.ones((100, 100))
    with budget(1e12) as outer, budget(1e12) as inner:
        for _ in range(20):
            a @ a
    assert outer.flopscope_backend_time_s == pytest.approx(inner.flopscope_backend_time_s, rel=1e-3)
    assert inner.flopscope_backend_time_s > 0


KEYS = {
    "flop_budget",
    "flops_used",
    "flops_remaining",
    "wall_time_s",
    "flopscope_backend_time_s",
    "flopscope_overhead_time_s",
    "residual_wall_time_s",
    "operations",
}


def test_a_summary_has_the_keys_that_programs_read() -> None:
    with budget() as context:
        np.exp(A)
        np.add(A, 1.0)
        np.add(A, 1.0)
    summary = context.summary_dict()
    assert set(summary) == KEYS
    assert set(summary["operations"]) == {"exp", "add"}
    assert {key: summary["operations"]["add"][key] for key in ("flop_cost", "calls")} == {
        "flop_cost": 40,
        "calls": 2,
    }
    assert set(context.summary_dict(by_namespace=True)) == KEYS | {"by_namespace"}


def test_namespaces_join_with_a_dot_and_none_is_the_default() -> None:
    with budget() as context:
        np.exp(A)
        with namespace("model"):
            np.add(A, 1.0)
            with namespace("head"):
                np.add(A, 1.0)
            np.zeros(3)
    parts = context.summary_dict(by_namespace=True)["by_namespace"]
    assert {name: (part["flops_used"], part["calls"]) for name, part in parts.items()} == {
        None: (320, 1),
        "model": (20, 2),
        "model.head": (20, 1),
    }
    assert set(parts["model"]) == {
        "flops_used",
        "calls",
        "flopscope_backend_time_s",
        "flopscope_overhead_time_s",
        "operations",
    }
    assert parts["model"]["operations"]["zeros"]["flop_cost"] == 0
    assert sum(part["flops_used"] for part in parts.values()) == context.flops_used


def test_a_contexts_own_namespace_comes_first() -> None:
    with budget(namespace="run") as context, namespace("step"):
        np.add(A, 1.0)
    assert list(context.summary_dict(by_namespace=True)["by_namespace"]) == ["run.step"]


def test_a_namespace_entered_again_is_the_same_one() -> None:
    with budget() as context:
        again = namespace("n")
        for _ in range(3):
            with again:
                np.add(A, 1.0)
    (part,) = context.summary_dict(by_namespace=True)["by_namespace"].values()
    assert part["calls"] == 3


def test_an_exception_leaves_the_namespace_too() -> None:
    with budget() as context:
        with pytest.raises(KeyError), namespace("n"):
            raise KeyError
        np.add(A, 1.0)
    assert list(context.summary_dict(by_namespace=True)["by_namespace"]) == [None]


@pytest.mark.parametrize(("name", "error"), [("", ValueError), (None, TypeError), (3, TypeError)])
def test_what_is_no_name_is_refused(name: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="namespace"):
        namespace(name)


def test_a_text_summary_names_operations_dearest_first() -> None:
    with budget(1000, namespace="n") as context:
        np.add(A, 1.0)
        np.exp(A)
    text = context.summary(by_namespace=True)
    assert text.splitlines()[0] == "flopscope FLOP budget summary [n]"
    assert text.index("  exp ") < text.index("  add ")
    assert "1,000" in text
    assert "34.0%" in text
    assert "[1 call]" in text


def test_current_budget_is_a_snapshot() -> None:
    with budget(1000):
        before = current_budget()
        np.add(A, 1.0)
        after = current_budget()
    assert before == (1000, 0, 1000)
    assert after == (1000, 20, 980)
    assert after is not None
    assert (after.flop_budget, after.flops_used, after.flops_remaining) == (1000, 20, 980)


SESSION = """
import json, sys
import numpy as np, flopscope, flopscope.shim
def b(units): return flopscope.BudgetContext(units, quiet=True)
def show(): print(json.dumps({k: v for k, v in flopscope.budget_summary_dict().items() if 'time' not in k
                             and k != 'operations'}))
def operations(): print({n: (o['calls'], o['flop_cost']) for n, o in
                         flopscope.budget_summary_dict()['operations'].items()})
a = np.full(10, 1.0)
flopscope.budget_reset()
"""


def session(python: Run, code: str, **env: str) -> list[str]:
    done = python("-c", SESSION + code, env=env)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return list(done.stdout.splitlines())


def test_the_session_adds_up_all_contexts_and_what_was_outside(python: Run) -> None:
    code = (
        "with b(1000): np.add(a, 1.0)\n"
        "with b(500): np.exp(a)\n"
        "np.add(a, 1.0)\n"
        "show(); operations()\n"
    )
    assert session(python, code) == [
        '{"flop_budget": 1500, "flops_used": 360, "flops_remaining": 1140}',
        "{'add': (2, 40), 'exp': (1, 320)}",
    ]


def test_the_session_without_any_limit_has_none(python: Run) -> None:
    code = "np.add(a, 1.0)\nshow()\n"
    assert session(python, code) == [
        '{"flop_budget": null, "flops_used": 20, "flops_remaining": null}'
    ]


def test_namespaces_of_the_session_are_those_of_all_contexts(python: Run) -> None:
    code = (
        "with flopscope.namespace('n'): np.add(a, 1.0)\n"
        "with b(1000), flopscope.namespace('n'): np.add(a, 1.0)\n"
        "np.add(a, 1.0)\n"
        "parts = flopscope.budget_summary_dict(by_namespace=True)['by_namespace']\n"
        "print(len(parts), parts['n']['calls'], parts[None]['calls'])\n"
    )
    assert session(python, code) == ["2 2 1"]


def test_a_reset_starts_the_session_anew(python: Run) -> None:
    code = (
        "with b(1000): np.add(a, 1.0)\n"
        "np.exp(a)\n"
        "flopscope.budget_reset()\n"
        "operations()\n"
        "np.add(a, 1.0)\n"
        "operations()\n"
    )
    assert session(python, code) == ["{}", "{'add': (1, 20)}"]


def test_a_reset_leaves_open_contexts_alone(python: Run) -> None:
    code = (
        "with b(1000) as context:\n"
        "    np.add(a, 1.0)\n"
        "    flopscope.budget_reset()\n"
        "    np.add(a, 1.0)\n"
        "    print(context.flops_used)\n"
        "    operations()\n"
        "operations()\n"
    )
    assert session(python, code) == ["40", "{'add': (2, 40)}", "{'add': (2, 40)}"]


def test_nested_contexts_are_not_added_up_twice(python: Run) -> None:
    code = "with b(1000), b(500): np.add(a, 1.0)\noperations()\n"
    assert session(python, code) == ["{'add': (1, 20)}"]


def test_the_summary_is_printed_to_stdout(python: Run) -> None:
    printed = session(python, "with b(1000): np.exp(a)\nflopscope.budget_summary()\n")
    assert printed[0] == "flopscope FLOP budget summary"
    assert any("exp" in line and "320" in line for line in printed)


def test_contexts_that_are_gone_leave_no_memory_behind(python: Run) -> None:
    code = (
        "import gc\n"
        "def resident(): gc.collect(); return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "def many(n):\n"
        "    for _ in range(n):\n"
        "        with b(1000), b(500), flopscope.namespace('n'): np.add(a, 1.0)\n"
        "many(500); size = resident(); many(8000)\n"
        "print(resident() - size < 3 * 2 ** 20)\n"
        "show(); operations()\n"
    )
    # Python takes memory a mebibyte at a time; 200 bytes kept of each context would be more.
    # AddressSanitizer keeps freed memory aside to find later uses of it.
    at_once = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    sanitizer = f"{os.environ.get('ASAN_OPTIONS', '')}:{at_once}"
    assert session(python, code, ASAN_OPTIONS=sanitizer) == [
        "True",
        '{"flop_budget": 12750000, "flops_used": 170000, "flops_remaining": 12580000}',
        "{'add': (8500, 170000)}",
    ]


def test_a_context_that_nobody_has_is_gone_at_once(python: Run) -> None:
    code = (
        "import gc, weakref\n"
        "gc.disable()\n"
        "def left():\n"
        "    with b(1000) as context, flopscope.namespace('n'): np.add(a, 1.0)\n"
        "    return weakref.ref(context)\n"
        "print(left()())\n"
    )
    assert session(python, code) == ["None"]


def test_the_package_offers_what_programs_import() -> None:
    for name in [
        "BudgetContext",
        "budget",
        "namespace",
        "budget_summary",
        "budget_summary_dict",
        "budget_reset",
        "current_budget",
        "BudgetSnapshot",
        "BudgetExhaustedError",
        "TimeExhaustedError",
        "FlopscopeError",
        "FlopscopeWarning",
        "NoBudgetContextError",
        "UnsupportedFunctionError",
    ]:
        assert getattr(flopscope, name).__name__ == name
