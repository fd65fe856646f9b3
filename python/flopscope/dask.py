"""Dask: what a cluster's workers count, by worker, by task prefix and by operation.

    from flopscope.dask import FlopCounter, collect

    client.register_plugin(FlopCounter())
    (x @ x.T).compute()
    print(collect(client))

Needs the extra ``[dask]``. Each worker tells the scheduler twice a second what it has
counted, so that what a worker counted is known when it has died, but for its last second.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from typing import TYPE_CHECKING, Any

from dask.utils import key_split
from distributed import SchedulerPlugin, WorkerPlugin
from tornado.ioloop import PeriodicCallback

from flopscope.dask_report import Collected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from distributed import Client, Scheduler, Worker

__all__ = ["Collected", "FlopCounter", "collect"]

NAME = "flopscope"
MILLISECONDS_BETWEEN = 500

# The namespace of what a worker counts outside tasks: serialization, spilling, its own upkeep.
NO_TASK = ""


class FlopCounter(WorkerPlugin):
    """A plugin that counts on every worker, those that join later included.

    Registering it again begins anew; ``client.unregister_worker_plugin("flopscope")`` ends it.

    Parameters
    ----------
    timing : bool
        Also seconds: two readings of the clock more a call.

    Examples
    --------
    >>> from dask.distributed import Client  # doctest: +SKIP
    >>> from flopscope.dask import FlopCounter, collect  # doctest: +SKIP
    >>> client = Client()  # doctest: +SKIP
    >>> client.register_plugin(FlopCounter())  # doctest: +SKIP
    """

    name = NAME

    def __init__(self, *, timing: bool = False) -> None:
        self.timing = timing

    async def setup(self, worker: Worker) -> None:
        """Activate the shim, and have the scheduler keep what this worker tells it."""
        import numpy as np  # noqa: F401 - the native module goes into it

        worker.flopscope = _WorkerCounting(worker, timing=self.timing)
        await worker.scheduler.register_scheduler_plugin(
            plugin=pickle.dumps(_Keeper()), name=NAME, idempotent=True
        )
        worker.flopscope.begin()

    def teardown(self, worker: Worker) -> None:
        """Tell the scheduler for the last time, and switch off what was switched on."""
        counting = getattr(worker, "flopscope", None)
        if counting is not None:
            counting.end()
            del worker.flopscope


class _WorkerCounting:
    """Counts in one worker's process, and tells the scheduler of it."""

    def __init__(self, worker: Worker, *, timing: bool) -> None:
        from flopscope._counting import Count

        self.worker = worker
        self.count = Count(timing=timing, details=True)
        self.execute: Callable[..., Awaitable[Any]] = worker.execute
        self.callback = PeriodicCallback(self.tell, MILLISECONDS_BETWEEN)
        self.scopes: dict[str, Any] = {}
        self.started = time.time()
        self.told = -1

    def begin(self) -> None:
        self.count.__enter__()
        self.worker.execute = self.execute_in_scope
        self.tell()
        self.callback.start()

    def end(self) -> None:
        self.callback.stop()
        self.worker.execute = self.execute
        self.tell(is_last=not self.worker.active_keys)
        self.count.__exit__(None, None, None)

    async def execute_in_scope(self, key: Any, **keywords: Any) -> Any:
        """Execute a task with its prefix as the namespace, which its thread takes over."""
        from flopscope._budget import Scope

        prefix = key_split(key)
        if prefix not in self.scopes:
            self.scopes[prefix] = Scope(None, None, prefix)
        scope = self.scopes[prefix]
        token = scope.enter()
        try:
            return await self.execute(key, **keywords)
        finally:
            scope.leave(token)

    def observe(self) -> dict[str, Any]:
        """Tell what was counted so far, in types that messages carry."""
        observation = self.count.observe()
        return {
            name: observation[name]
            for name in (
                "counters",
                "namespaces",
                "settings",
                "weights",
                "active",
                "numpy",
                "python",
                "extensions",
                "child_seconds",
                "pid",
            )
        } | {
            "prefixes": list(self.scopes),
            "address": self.worker.address,
            "name": str(self.worker.name),
            "host": os.uname().nodename,
            "started": self.started,
            "told": time.time(),
        }

    def tell(self, *, is_last: bool = False) -> None:
        """Send what was counted to the scheduler, where it has changed."""
        calls = self.count.calls
        if (calls == self.told and not is_last) or self.worker.batched_stream is None:
            return
        message = {"op": NAME, "observation": self.observe() | {"is_last": is_last}}
        # The stream is closed where the scheduler has gone.
        with contextlib.suppress(Exception):
            self.worker.batched_stream.send(message)
            self.told = calls


class _Keeper(SchedulerPlugin):
    """Keeps on the scheduler what each worker told last, also when it is gone."""

    name = NAME

    def start(self, scheduler: Scheduler) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        scheduler.stream_handlers[NAME] = self.take

    def take(self, worker: str, observation: dict[str, Any]) -> None:
        """Take over what a worker tells."""
        self.known[worker] = observation


def _told_to_scheduler(dask_scheduler: Scheduler) -> dict[str, dict[str, Any]]:
    keeper = dask_scheduler.plugins.get(NAME)
    return {} if keeper is None else keeper.known


def _observe_worker(dask_worker: Worker) -> dict[str, Any] | None:
    counting = getattr(dask_worker, "flopscope", None)
    return None if counting is None else counting.observe()


def collect(client: Client) -> Collected:
    """Gather what the workers of a cluster have counted so far.

    Parameters
    ----------
    client : distributed.Client
        Of a cluster on which :class:`FlopCounter` was registered.

    Returns
    -------
    Collected
        Living workers are asked now, while their tasks run. Of those that have gone it has what
        they told last, and says so.

    Raises
    ------
    RuntimeError
        :class:`FlopCounter` is not registered, or no worker has started yet.
    """
    answers = client.run(_observe_worker, on_error="return")
    living = {address: one for address, one in answers.items() if isinstance(one, dict)}
    told = client.run_on_scheduler(_told_to_scheduler)
    observations = told | living
    if not observations:
        raise RuntimeError(
            "no worker is counting: client.register_plugin(flopscope.dask.FlopCounter()) first,"
            " with a worker started"
        )
    return Collected(list(observations.values()), set(living))
