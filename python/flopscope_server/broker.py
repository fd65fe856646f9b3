"""The broker: opens sessions, ends those that are past their limits, and keeps their accounts.

One thread, one loop, no ZeroMQ: requests come as small packets from the door (door.py), the end of
a worker as a readable descriptor, signals through a pipe; what is to be logged goes to the recorder
(log.py), which tells the accounts of open sessions should this process be killed. Having NumPy and
the shim loaded it is also the warm process that workers are forked from.
"""

from __future__ import annotations

import gc
import os
import secrets
import selectors
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import flopscope
from flopscope_server import control, door
from flopscope_server.control import Refusal, Request, Token
from flopscope_server.listening import AddressError, listen, session_url, sweep
from flopscope_server.opened import UNLIMITED, Opened, least_memory
from flopscope_server.protocol import PROTOCOL
from flopscope_server.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from flopscope_server.log import Log
    from flopscope_server.session import Limits
    from flopscope_server.settings import Settings

__all__ = ["Broker"]

_KEPT = 1024  # accounts of sessions that have ended
_PACKET = 1 << 16
_AGAIN = 0.1  # seconds between two doors, and between two recorders


class Broker:
    """Runs until it is told to end.

    Parameters
    ----------
    settings : Settings
        What to listen at and what to allow.
    inputs : dict of str to numpy.ndarray
        Arrays for the sessions.
    serve : callable
        What a worker does with its :class:`~flopscope_server.session.Session`.
    log : Log
        Where to write what happens.
    """

    def __init__(
        self,
        settings: Settings,
        inputs: dict[str, np.ndarray[Any, Any]],
        serve: Callable[[Session], None],
        log: Log,
    ) -> None:
        self._settings = settings
        self._inputs = inputs
        self._serve = serve
        self._log = log
        self._token = Token(settings.token)
        self._open: dict[str, Opened] = {}
        self._ended: dict[str, dict[str, Any]] = {}
        self._opened_by_strangers = 0
        self._draining_until: float | None = None
        self._selector = selectors.DefaultSelector()
        self._door: tuple[subprocess.Popen[bytes], socket.socket] | None = None
        self._door_due = 0.0
        self._recorder: socket.socket | None = None
        self._recorder_due = 0.0
        self._handlers: dict[str, Callable[[Request], dict[str, Any]]] = {
            "hello": self._hello,
            "open": self._open_session,
            "account": self._tell_account,
            "close": self._close_session,
            "shutdown": self._shut_down,
        }

    def run(self) -> None:
        """Listen, serve and return when everything has ended.

        Raises
        ------
        AddressError
            Nothing can listen at the address.
        """
        self._listener, self._url = listen(self._settings.url)
        sweep(self._url)
        wake, self._woken = socket.socketpair()
        wake.setblocking(False)
        self._woken.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever ignores it is not told how they end
        self._selector.register(self._woken, selectors.EVENT_READ, self._take_signals)
        gc.collect()
        gc.freeze()  # what is here stays: workers need not copy its pages to look at it
        try:
            self._make_recorder()
            self._make_door()
            self._log.write("listening", url=self._url, pid=os.getpid(), protocol=PROTOCOL)
            while self._draining_until is None or self._open:
                for key, _ in self._selector.select(self._pause()):
                    key.data()
                self._keep_time()
        finally:
            self._stop()
            self._log.close()
            for number in (signal.SIGTERM, signal.SIGINT):  # what is left of Python's end is short
                signal.signal(number, signal.SIG_IGN)

    # What has to be done at some time.

    def _pause(self) -> float | None:
        times = [each.deadline(self._settings.unused_s) for each in self._open.values()]
        times.append(self._draining_until)
        if self._door is None:
            times.append(self._door_due)
        if self._recorder is None:
            times.append(self._recorder_due)
        elif self._log.is_behind:
            times.append(time.monotonic() + _AGAIN)
        due = min((at for at in times if at is not None), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _keep_time(self) -> None:
        now = time.monotonic()
        if self._door is None and now >= self._door_due:
            self._make_door()
        if self._recorder is None and now >= self._recorder_due:
            self._make_recorder()
        self._log.push()
        if self._draining_until is not None and now >= self._draining_until:
            self._draining_until = now + 1
            for each in self._open.values():
                each.kill("drained")
        for each in self._open.values():
            due = each.deadline(self._settings.unused_s)
            if due is not None and now >= due and not each.reason:
                wall = each.limits.wall_s
                each.kill("time" if wall is not None and now >= each.since + wall else "unused")

    def _take_signals(self) -> None:
        try:
            numbers = self._woken.recv(4096)
        except BlockingIOError:
            return
        for number in numbers:
            if number in (signal.SIGTERM, signal.SIGINT):
                self._drain(signal.Signals(number).name)

    def _drain(self, why: str) -> None:
        now = time.monotonic()
        again = self._draining_until is not None
        self._draining_until = now if again else now + self._settings.drain_s
        self._log.write("draining", why=why, open=len(self._open), at_once=again)

    def _stop(self) -> None:
        for each in list(self._open.values()):
            each.kill("drained")
            self._reap(each)
        signal.set_wakeup_fd(-1)
        if self._door is not None:
            process, connection = self._door
            connection.close()
            process.wait()
        self._listener.close()
        if self._url.startswith("ipc://"):
            Path(self._url.removeprefix("ipc://")).unlink(missing_ok=True)
        self._selector.close()

    # The recorder.

    def _make_recorder(self) -> None:
        self._recorder_due = time.monotonic() + _AGAIN
        try:
            self._recorder = self._log.start()
        except OSError:
            return  # there is no process to be had now: what is to be written waits
        self._selector.register(self._recorder, selectors.EVENT_READ, self._lose_recorder)

    def _lose_recorder(self) -> None:
        if self._recorder is not None:
            self._selector.unregister(self._recorder)
        self._recorder = None
        self._log.lost()
        self._log.write("recorder lost")

    # The door.

    def _make_door(self) -> None:
        self._door_due = time.monotonic() + _AGAIN
        try:
            process, connection = self._door = door.start(self._listener, self._url)
        except OSError:
            return  # no process or descriptor is to be had now: whoever asks waits
        self._selector.register(
            connection, selectors.EVENT_READ, lambda: self._hear(process, connection)
        )

    def _lose_door(self, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()
        process.kill()
        status = process.wait()
        self._door = None
        self._log.write("door lost", status=status)

    def _hear(self, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        try:
            packet = connection.recv(_PACKET)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._lose_door(process, connection)
            return
        caller, raw = door.unpack(packet)
        answer = door.pack(caller, control.reply(self._answer(raw)))
        try:
            connection.send(answer)
        except OSError:  # also where it does not take its replies: another will
            self._lose_door(process, connection)

    # Requests.

    def _answer(self, raw: bytes) -> dict[str, Any]:
        try:
            request = control.read(raw)
            handler = self._handlers.get(request.do)
            if handler is None:
                known = ", ".join(self._handlers)
                raise Refusal(
                    "malformed", f"nothing is called {request.do[:40]!r}; there are {known}"
                )
            return {"ok": True, "protocol": PROTOCOL, **handler(request)}
        except Refusal as refusal:
            self._log.write("refused", kind=refusal.kind, message=str(refusal))
            return {
                "ok": False,
                "protocol": PROTOCOL,
                "error": refusal.kind,
                "message": str(refusal),
            }

    def _hello(self, request: Request) -> dict[str, Any]:
        return {"version": flopscope.__version__, "numpy": np.__version__}

    def _open_session(self, request: Request) -> dict[str, Any]:
        limits = self._settings.limits
        if request.token is not None:
            self._token.check(request.token)
            limits = control.changed(limits, request.limits or {})
            if limits.memory_bytes is not None and limits.memory_bytes < (least := least_memory()):
                raise Refusal(
                    "limits", f"memory_bytes must be at least {least}, for a worker alone"
                )
        elif request.limits:
            raise Refusal("token", "limits are the organiser's to set: they need the control token")
        if self._draining_until is not None:
            raise Refusal("draining", "the server is ending and opens no session any more")
        if request.token is None:
            in_all = self._settings.in_all
            if in_all is not None and self._opened_by_strangers >= in_all:
                raise Refusal("full", f"all {in_all} sessions of this server have been opened")
        if self._log.is_full:
            raise Refusal(
                "unavailable",
                "no session can be opened now: the server's log cannot be written"
                " (its disk is full, or nobody reads it)",
            )
        if len(self._open) >= self._settings.at_once:
            raise Refusal(
                "full", f"{len(self._open)} sessions are open, which is all: try again later"
            )
        try:
            opened, key = self._start(limits)
        except (OSError, AddressError, MemoryError) as error:
            raise Refusal("unavailable", f"no session can be opened now: {error}") from None
        self._opened_by_strangers += request.token is None
        self._log.write(
            "session opened",
            opens=opened.known,
            session=opened.name,
            pid=opened.pid,
            client=request.client[:40],
            limits=limits.as_dict(),
        )
        return {
            "session": opened.name,
            "url": opened.url,
            "key": key,
            "limits": limits.as_dict(),
        }

    def _start(self, limits: Limits) -> tuple[Opened, bytes]:
        name, key = secrets.token_hex(8), secrets.token_bytes(32)
        place, account = self._log.accounts.take()
        outputs = self._settings.outputs
        budget = flopscope.BudgetContext(
            min(limits.budget or UNLIMITED, UNLIMITED),
            quiet=True,
            scope="task",
            wall_time_limit_s=limits.wall_s,
        )
        try:
            listener, url = listen(session_url(self._url, name))
            opened = Opened(name, url, limits, place, account, budget)
            session = Session(
                name,
                url,
                key,
                limits,
                account,
                listener.fileno(),
                self._log.presence,
                budget,
                self._inputs,
                None if outputs is None else outputs / f"{name}.npz",
            )
            with listener:  # the worker's copy stays
                opened.start(session, self._work)
        except BaseException:
            account.release()
            self._log.accounts.put(place)
            raise
        self._open[name] = opened
        self._selector.register(opened.handle, selectors.EVENT_READ, lambda: self._reap(opened))
        return opened, key

    def _work(self, session: Session) -> None:
        """In the worker: nothing of the other sessions is left within reach."""
        for each in self._open.values():
            each.account.release()
        self._open.clear()
        self._ended.clear()
        self._log.release()
        self._serve(session)

    def _reap(self, opened: Opened) -> None:
        if opened.name not in self._open:
            return  # it was closed by a request that came at the same time
        self._selector.unregister(opened.handle)
        opened.reap()
        record = opened.record()
        del self._open[opened.name]
        self._ended[opened.name] = record
        if len(self._ended) > _KEPT:
            del self._ended[next(iter(self._ended))]
        opened.account.release()
        self._log.write("session ended", ends=opened.name, **record)

    def _tell_account(self, request: Request) -> dict[str, Any]:
        self._token.check(request.token)
        name = request.session or ""
        if name in self._open:
            return self._open[name].record()
        if name in self._ended:
            return self._ended[name]
        raise Refusal("session", f"no session is called {name[:40]!r}")

    def _close_session(self, request: Request) -> dict[str, Any]:
        self._token.check(request.token)
        name = request.session or ""
        if name in self._open:
            opened = self._open[name]
            opened.kill("closed")
            self._reap(opened)
        return self._tell_account(request)

    def _shut_down(self, request: Request) -> dict[str, Any]:
        self._token.check(request.token)
        self._drain("asked to")
        return {"open": len(self._open)}
