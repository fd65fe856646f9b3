"""Dask: a real cluster of worker processes, counted by worker, task prefix and operation."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import flopscope
from flopscope import recording

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

from flopscope import dask as flopscope_dask  # noqa: E402
from flopscope.dask import Collected, FlopCounter, collect  # noqa: E402

SECONDS = 120  # for what takes a second, on a machine that is busy

A = np.ones((100, 100))
PRODUCT = 100 * 100 * 199


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """A busy machine is no failure of the cluster."""
    timeouts = {
        "distributed.comm.timeouts.connect": f"{SECONDS}s",
        "distributed.comm.timeouts.tcp": f"{SECONDS}s",
        "distributed.scheduler.worker-ttl": None,
        "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": 1,
    }
    with dask.config.set(timeouts):
        yield


def start(workers: int, threads: int) -> Any:
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=threads,
        processes=True,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
        memory_limit=0,
    )


@pytest.fixture(scope="module")
def shared(patient: None) -> Iterator[Any]:
    """A client whose cluster is counted; tests look at what they add."""
    with start(2, 2) as cluster, distributed.Client(cluster, timeout=SECONDS) as client:
        client.wait_for_workers(2, timeout=SECONDS)
        client.register_plugin(FlopCounter())
        yield client


@pytest.fixture
def fresh(patient: None) -> Iterator[Any]:
    """A cluster that may be broken."""
    with start(2, 1) as cluster, distributed.Client(cluster, timeout=SECONDS) as client:
        client.wait_for_workers(2, timeout=SECONDS)
        client.register_plugin(FlopCounter())
        yield client


def in_tasks(collected: Collected) -> dict[str, int]:
    """FLOPs by operation, without what workers do besides."""
    flops: dict[str, int] = {}
    for row in collected.recording()["namespaces"]:
        if row["name"] and row["flops"]:
            flops[row["operation"]] = flops.get(row["operation"], 0) + row["flops"]
    return flops


def added(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    more = {name: after[name] - before.get(name, 0) for name in after}
    return {name: flops for name, flops in more.items() if flops}


def flops_of(count: Any) -> dict[str, int]:
    """FLOPs by operation in the namespace: the cluster's scheduler runs in this process as well."""
    rows = count.recording()["namespaces"]
    return {
        row["operation"]: row["flops"] for row in rows if row["name"] == "here" and row["flops"]
    }


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    pytest.fail(f"not within {SECONDS} s")


def product(x: Any) -> Any:
    return (x @ x.T).sum()


def singular_values(x: Any) -> Any:
    return da.linalg.svd(x)[1]


@pytest.mark.parametrize("work", [product, singular_values])
def test_a_cluster_counts_what_the_same_blocks_cost_in_one_process(
    work: Callable[[Any], Any], shared: Any
) -> None:
    blocks = np.random.default_rng(1).normal(size=(400, 60))
    graph = work(da.from_array(blocks, chunks=(100, 60)))  # to build it takes some FLOPs as well
    with flopscope.count(lines=True) as here, flopscope.namespace("here"):
        expected = graph.compute(scheduler="synchronous")
    before = in_tasks(collect(shared))
    result = graph.compute()
    np.testing.assert_allclose(result, expected)
    assert added(before, in_tasks(collect(shared))) == flops_of(here)
    assert sum(flops_of(here).values()) > 400 * 60


def one_fit(seed: int) -> float:
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    x, y = load_digits(return_X_y=True)
    model = MLPClassifier((16,), max_iter=2, random_state=seed, batch_size=200)
    return float(model.fit(x[:600], y[:600]).loss_)


@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_through_joblibs_dask_backend(shared: Any) -> None:
    pytest.importorskip("sklearn")
    joblib = pytest.importorskip("joblib")
    one_fit(0)  # what is imported and cached is so on both sides
    wait_for(lambda: all(shared.run(lambda: one_fit(0)).values()))
    with flopscope.count(lines=True) as here, flopscope.namespace("here"):
        expected = [one_fit(seed) for seed in range(4)]
    before = in_tasks(collect(shared))
    with joblib.parallel_config(backend="dask"):
        losses = joblib.Parallel(n_jobs=4)(joblib.delayed(one_fit)(seed) for seed in range(4))
    assert losses == pytest.approx(expected)
    counted = added(before, in_tasks(collect(shared)))
    assert counted == flops_of(here)
    assert counted["matmul"] > 1e6


def several(x: np.ndarray) -> float:
    return float((x @ x).sum())


def with_a_namespace(x: np.ndarray) -> float:
    with flopscope.namespace("inner"):
        return float((x @ x)[0, 0])


def test_a_report_by_worker_prefix_and_operation(shared: Any) -> None:
    before = collect(shared)
    futures = [shared.submit(several, A + number) for number in range(8)]
    futures += [shared.submit(with_a_namespace, A, pure=False) for _ in range(3)]
    shared.gather(futures)
    collected = collect(shared)

    def more(rows: str, name: str, column: str) -> int:
        then = getattr(before, rows).get(name, {column: 0})
        return int(getattr(collected, rows)[name][column] - then[column])

    assert more("prefixes", "several", "flops") == 8 * (PRODUCT + 100 * 100 - 1)
    assert more("prefixes", "with_a_namespace", "flops") == 3 * PRODUCT
    assert more("operations", "matmul", "calls") == 11
    addresses = set(shared.scheduler_info()["workers"])
    assert set(collected.workers) == addresses
    assert sum(row["flops"] for row in collected.workers.values()) == collected.totals["flops"]
    assert sum(row["flops"] for row in collected.prefixes.values()) == collected.totals["flops"]
    assert collected.notes == []
    recording.validate(collected.to_dict())
    text = str(collected)
    for name in (*addresses, "several", "(no task)", "matmul"):
        assert name in text
    assert "2 workers" in repr(collected)
    assert "matmul" in collected._repr_html_()


def holds(x: np.ndarray) -> int:
    x @ x
    distributed.Event("go on").wait(SECONDS)
    x @ x
    return 1


def test_it_is_collected_while_tasks_run(shared: Any) -> None:
    future = shared.submit(holds, A)
    wait_for(lambda: "holds" in collect(shared).prefixes)
    assert collect(shared).prefixes["holds"]["flops"] == PRODUCT
    assert not future.done()
    distributed.Event("go on", client=shared).set()
    assert future.result(SECONDS) == 1
    assert collect(shared).prefixes["holds"]["flops"] == 2 * PRODUCT


def test_a_worker_that_dies_leaves_what_it_told_and_that_is_said(fresh: Any) -> None:
    victim, other = sorted(fresh.scheduler_info()["workers"])
    for worker in (victim, other):
        fresh.submit(several, A, workers=[worker], pure=False).result(SECONDS)
    once = PRODUCT + 100 * 100 - 1

    def told() -> int:
        known = fresh.run_on_scheduler(flopscope_dask._told_to_scheduler)
        rows = known.get(victim, {"namespaces": []})["namespaces"]
        return sum(row[3] for row in rows if row[0] == "several")

    wait_for(lambda: told() == once)
    pids = fresh.run(os.getpid)
    os.kill(pids[victim], signal.SIGKILL)
    wait_for(lambda: victim not in fresh.scheduler_info()["workers"])
    collected = wait_for(lambda: (c := collect(fresh)).notes and c)
    assert collected.notes == [f"{victim} died: what it counted in its last second is missing"]
    assert collected.notes[0] in str(collected)
    assert collected.prefixes["several"]["flops"] == 2 * once
    (process,) = (p for p in collected.recording()["processes"] if p["pid"] == pids[victim])
    assert process["ended"]["how"] == "died"
    # Whoever takes its place is counted too.
    fresh.wait_for_workers(2, timeout=SECONDS)
    (new,) = set(fresh.scheduler_info()["workers"]) - {victim, other}
    fresh.submit(several, A, workers=[new], pure=False).result(SECONDS)
    assert collect(fresh).prefixes["several"]["flops"] == 3 * once


def test_a_worker_that_is_retired_loses_nothing(fresh: Any) -> None:
    leaving, staying = sorted(fresh.scheduler_info()["workers"])
    future = fresh.submit(several, A, workers=[leaving])
    future.result(SECONDS)
    fresh.retire_workers([leaving], close_workers=True)
    wait_for(lambda: leaving not in fresh.scheduler_info()["workers"])

    def ended() -> Any:
        collected = collect(fresh)
        hows = [p["ended"]["how"] for p in collected.recording()["processes"]]
        return collected if "exited" in hows else None

    collected = wait_for(ended)
    assert collected.notes == []
    assert collected.prefixes["several"]["flops"] == PRODUCT + 100 * 100 - 1
    assert set(collected.workers) == {leaving, staying}


def test_without_the_plugin_it_says_what_to_do(patient: None) -> None:
    with start(1, 1) as cluster, distributed.Client(cluster, timeout=SECONDS) as client:
        with pytest.raises(RuntimeError, match=r"register_plugin\(flopscope.dask.FlopCounter"):
            collect(client)
        # And switched off again it leaves workers as they were.
        client.register_plugin(FlopCounter())
        client.submit(several, A).result(SECONDS)
        client.unregister_worker_plugin("flopscope")
        assert client.run(_is_active) == dict.fromkeys(client.scheduler_info()["workers"], False)


def _is_active() -> bool:
    from flopscope import _shim

    return _shim.is_active()
