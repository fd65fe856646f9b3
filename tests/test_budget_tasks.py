"""Who draws on a budget: threads, tasks, pools and processes."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext, BudgetExhaustedError, current_budget, namespace
from tests.conftest import Run

A = np.ones(10)


def spend() -> None:
    """Twenty units."""
    np.add(A, 1.0)


def budget(units: float = 1e6, **keywords: Any) -> BudgetContext:
    return BudgetContext(units, quiet=True, **keywords)


def in_thread(function: Callable[[], object]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_threads_started_inside_draw_on_it() -> None:
    with budget() as context:
        in_thread(spend)
        in_thread(lambda: in_thread(spend))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: spend(), range(5)))
    assert context.flops_used == 7 * 20


def test_a_thread_that_outlives_its_context_draws_on_those_that_are_open() -> None:
    with ThreadPoolExecutor(1) as pool:
        with budget() as around:
            with budget() as first:
                pool.submit(spend).result()
            pool.submit(spend).result()
        pool.submit(spend).result()
        with budget(30) as second:
            pool.submit(spend).result()
            with pytest.raises(BudgetExhaustedError):
                pool.submit(spend).result()
    assert (first.flops_used, around.flops_used, second.flops_used) == (20, 40, 20)


def test_a_thread_inherits_the_innermost_context_and_its_namespace() -> None:
    with budget() as outer, budget() as inner, namespace("part"):
        in_thread(spend)
    assert (outer.flops_used, inner.flops_used) == (20, 20)
    assert list(inner.summary_dict(by_namespace=True)["by_namespace"]) == ["part"]


def test_a_context_opened_in_a_thread_is_that_threads_own() -> None:
    inside: list[BudgetContext] = []

    def work() -> None:
        with budget() as context:
            spend()
        inside.append(context)

    with budget() as outer:
        in_thread(work)
        spend()
    assert inside[0].flops_used == 20
    assert outer.flops_used == 40


def test_a_pool_older_than_the_budget_draws_on_the_outermost() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(spend).result()
        with budget() as outer, budget() as inner:
            pool.submit(spend).result()
        pool.submit(spend).result()
    assert (outer.flops_used, inner.flops_used) == (20, 0)


def test_a_pool_older_than_the_budget_is_refused_too() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(spend).result()
        with budget(30):
            pool.submit(spend).result()
            with pytest.raises(BudgetExhaustedError):
                pool.submit(spend).result()


def test_code_in_an_empty_context_draws_on_the_outermost() -> None:
    with budget() as context:
        contextvars.Context().run(spend)
    assert context.flops_used == 20


def test_a_budget_of_a_task_is_not_drawn_on_by_others() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(spend).result()
        with budget(scope="task") as context:
            pool.submit(spend).result()
            spend()
            in_thread(spend)
    assert context.flops_used == 40


def test_two_contexts_of_two_threads_are_both_drawn_on_by_a_third() -> None:
    opened, done = threading.Barrier(3), threading.Barrier(3)
    found: list[BudgetContext] = []

    def work() -> None:
        with budget() as context:
            opened.wait()
            done.wait()
        found.append(context)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(spend).result()
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        opened.wait()
        pool.submit(spend).result()
        done.wait()
        for thread in threads:
            thread.join()
    assert [context.flops_used for context in found] == [20, 20]


def test_tasks_inherit_what_they_are_started_in() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        spend()

    async def main() -> tuple[int, int]:
        with budget() as outer:
            first = asyncio.create_task(work())
            with budget() as inner:
                await asyncio.gather(work(), work())
                await asyncio.to_thread(spend)
            await first
        return outer.flops_used, inner.flops_used

    assert asyncio.run(main()) == (80, 60)


def test_tasks_do_not_see_each_others_contexts() -> None:
    async def work(times: int) -> int:
        with budget(scope="task") as context:
            for _ in range(times):
                await asyncio.sleep(0)
                spend()
        return context.flops_used

    async def main() -> list[int]:
        return await asyncio.gather(*(work(n) for n in range(4)))

    assert asyncio.run(main()) == [0, 20, 40, 60]


def test_current_budget_is_the_tasks_own() -> None:
    def limit() -> float | None:
        current = current_budget()
        return current and current.flop_budget

    seen: list[Any] = []
    with budget(1000):
        with budget(10, scope="task"):
            in_thread(lambda: seen.append(limit()))
        seen.append(limit())
    assert seen == [10, 1000]


def test_threads_never_overdraw_together() -> None:
    counted: list[int] = []

    def work() -> None:
        done = 0
        for _ in range(300):
            try:
                spend()
                done += 1
            except BudgetExhaustedError:
                pass
        counted.append(done)

    with budget(20 * 500) as context:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(counted) == 500
    assert context.flops_used == 20 * 500


def test_the_function_of_a_thread_is_not_seen_wrapped(capfd: pytest.CaptureFixture[str]) -> None:
    import _thread

    stopped = threading.Event()

    def fails() -> None:
        stopped.set()
        raise KeyError("in a thread")

    hooked: list[Any] = []
    with budget():
        before = threading.excepthook
        threading.excepthook = lambda args: hooked.append(args.exc_type)
        in_thread(fails)
        threading.excepthook = before
        done = threading.Event()
        _thread.start_new_thread(
            lambda *a, **k: (hooked.append((a, k)), done.set()), (1,), {"x": 2}
        )
        assert done.wait(10)
    assert hooked == [KeyError, ((1,), {"x": 2})]


def test_wrong_arguments_for_a_thread_give_pythons_own_error() -> None:
    import _thread

    def message(*arguments: Any) -> str:
        with pytest.raises(TypeError) as caught:
            _thread.start_new_thread(*arguments)
        return str(caught.value)

    wrong: list[tuple[Any, ...]] = [(), (1,), (print,), (print, 1), (print, (), 1)]
    plain = [message(*arguments) for arguments in wrong]
    with budget():
        assert [message(*arguments) for arguments in wrong] == plain


def test_a_forked_child_draws_on_the_same_budget() -> None:
    with budget(100) as context:
        spend()
        child = os.fork()
        if not child:
            try:
                spend()
                spend()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert context.flops_used == 60
        spend()
        spend()
        with pytest.raises(BudgetExhaustedError):
            spend()
    assert context.flops_used == 100


def test_processes_of_a_forking_pool_draw_on_it_together(python: Run, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import multiprocessing as mp\n"
        "import numpy as np, flopscope\n"
        "def work(_):\n"
        "    done = 0\n"
        "    for _ in range(100):\n"
        "        try: np.add(np.float64(1), 1.0); done += 1\n"
        "        except flopscope.BudgetExhaustedError: pass\n"
        "    return done\n"
        "with flopscope.BudgetContext(300, quiet=True) as context:\n"
        "    with mp.get_context('fork').Pool(2) as pool: print(sum(pool.map(work, range(4))))\n"
        "print(context.flops_used)\n"
    )
    done = python("program.py")
    assert (done.stdout, done.stderr) == ("150\n300\n", "")
