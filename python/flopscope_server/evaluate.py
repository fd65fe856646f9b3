"""An evaluation: a server for one session, a submission in a sandbox, and what became of both.

Budget, time, memory and charge are the server's account; how the submission ended is the kernel's
word. Nothing that the submission says of itself is believed.
"""

from __future__ import annotations

import functools
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from flopscope._apart import end_with
from flopscope_server import python_view
from flopscope_server.protocol import PROTOCOL
from flopscope_server.sandbox import Outcome, Sandbox, SandboxError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["EvaluationError", "Terms", "evaluate"]

_PATIENCE = 60.0  # seconds for a server to start or to answer
_LAST_WORDS = 5.0  # seconds for a worker to end once the submission has
_GRACE = 2.0  # seconds after its time in which the server ends it, if there still is a session
_BY_CLIENT = ("closed", "lost", "unused")
_CRASHES = ("crashed", "killed", "orphaned")
_ENDED_BY = {"time": "time_exhausted", "cpu": "time_exhausted", "memory": "memory_exhausted"}
_REFUSED_BY = {"budget": "budget_exhausted", "time": "time_exhausted", "memory": "memory_exhausted"}


class EvaluationError(Exception):
    """The evaluation could not be made; it says nothing about the submission."""


class _ServerLostError(EvaluationError):
    """The server has ended."""


@dataclass(frozen=True)
class Terms:
    """What a submission may use.

    Attributes
    ----------
    budget : float
        Charged units.
    time_s : float
        Seconds from the opening of its session.
    memory_bytes : int, optional
        Of the worker that computes for it, and of the sandbox, each.
    cpu_s : float, optional
        Seconds of processor time of the sandbox.
    read_bytes : int, optional
        Values that it may read.
    processes : int
        Processes and threads in the sandbox at a time.
    output_bytes : int
        Of each of stdout and stderr that the result has.
    """

    budget: float
    time_s: float
    memory_bytes: int | None = None
    cpu_s: float | None = None
    read_bytes: int | None = None
    processes: int = 64
    output_bytes: int = 1 << 16


def evaluate(
    submission: Path,
    arguments: list[str],
    terms: Terms,
    inputs: Path | None = None,
    outputs: Path | None = None,
) -> dict[str, Any]:
    """Run a submission and tell what it did.

    Parameters
    ----------
    submission : pathlib.Path
        A Python file.
    arguments : list of str
        Its command line.
    terms : Terms
        Its limits.
    inputs, outputs : pathlib.Path, optional
        An ``.npz`` that it is offered, and where to write the one that it hands back.

    Returns
    -------
    dict
        The result (docs/evaluation.md).

    Raises
    ------
    EvaluationError
        The server or the sandbox does not work here.
    """
    try:
        sandbox = Sandbox(
            python_view.view(), terms.cpu_s, terms.memory_bytes, terms.processes, terms.output_bytes
        )
    except FileNotFoundError as error:
        raise EvaluationError(str(error)) from None
    with tempfile.TemporaryDirectory(prefix="flopscope-", dir=_short_folder()) as name:
        folder = Path(name)
        with _Server(folder, terms, inputs) as server:  # which says so where there is no memory
            try:
                sandbox.check()
            except SandboxError as error:
                raise EvaluationError(str(error)) from None
            opened = server.ask("open", client="evaluate", limits={})
            session, started = opened["session"], time.monotonic()

            def ended() -> str:
                return server.account(session)["ended"] or ""

            def over() -> str:
                """Tell why the submission has to end: its session did, but not by its own will."""
                if time.monotonic() - started > terms.time_s + _GRACE:
                    return "time"
                reason = ended()
                return "" if reason in _BY_CLIENT else reason

            try:
                outcome = sandbox.run(
                    submission,
                    arguments,
                    (opened["url"].removeprefix("ipc://"), opened["key"]),
                    over,
                )
            except SandboxError as error:
                raise EvaluationError(str(error)) from None
            wall = time.monotonic() - started
            before = ended()
            account = _last_words(server, session)
            if not (before or outcome.stopped) and account["ended"] in _ENDED_BY:
                account["ended"] = "closed"  # its time passed when the submission had ended
        handed_back = folder / "outputs" / f"{session}.npz"
        if outputs is not None and handed_back.exists():
            try:
                shutil.copyfile(handed_back, outputs)
            except OSError as error:
                raise EvaluationError(f"can't write {str(outputs)!r}: {error.strerror}") from None
    return _result(outcome, account, terms, wall)


def _last_words(server: _Server, session: str) -> dict[str, Any]:
    """Let the worker write what was handed back and end by itself; give the account."""
    end = time.monotonic() + _LAST_WORDS
    account = server.account(session)
    while account["attached"] and not account["ended"] and time.monotonic() < end:
        time.sleep(0.01)
        account = server.account(session)
    return server.account(session, "close")


def status_of(outcome: Outcome, account: dict[str, Any], terms: Terms) -> str:
    """Say in a word how it went.

    A submission that ended well is ``ok``. Otherwise the first limit that refused it something is
    taken for the reason, else how it ended.

    Parameters
    ----------
    outcome : Outcome
        Of the sandbox.
    account : dict
        Of the session.
    terms : Terms
        The limits.

    Returns
    -------
    str
        ``ok``, ``budget_exhausted``, ``time_exhausted``, ``memory_exhausted``, ``error`` or
        ``crashed``.
    """
    if outcome.exit_code == 0 and account["ended"] not in (*_CRASHES, *_ENDED_BY):
        return "ok"
    for reason in (outcome.stopped, account["ended"]):
        if reason in _ENDED_BY:
            return _ENDED_BY[reason]
    for kind, status in _REFUSED_BY.items():
        if account["refused"].get(kind):
            return status
    if terms.memory_bytes is not None:
        last_words = outcome.stderr.rstrip().rpartition("\n")[2]
        # The peak is looked for now and then. Python may lack a quarter of it at once.
        if last_words.startswith("MemoryError") or outcome.peak_bytes > terms.memory_bytes * 3 // 4:
            return "memory_exhausted"
    if outcome.exit_code is None or outcome.exit_code > 128 or account["ended"] in _CRASHES:
        return "crashed"
    return "error"


def _result(outcome: Outcome, account: dict[str, Any], terms: Terms, wall: float) -> dict[str, Any]:
    return {
        "status": status_of(outcome, account, terms),
        "exit_code": outcome.exit_code,
        "stopped": outcome.stopped or None,
        "charged": account["charged"],
        "flops": account["flops"],
        "operations": account["operations"],
        "refused": account["refused"],
        "wall_s": round(wall, 6),
        "cpu_s": outcome.cpu_s,
        "peak_bytes": account["peak_bytes"],
        "sandbox_peak_bytes": outcome.peak_bytes,
        "bytes_read": account["bytes_out"],
        "bytes_sent": account["bytes_in"],
        "session_ended": account["ended"],
        "session_detail": account["detail"],
        "limits": account["limits"] | {"sandbox_cpu_s": terms.cpu_s, "processes": terms.processes},
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "cut": outcome.cut,
    }


def _short_folder() -> str | None:
    """Give a folder where a socket's path is short enough: not every ``TMPDIR`` is."""
    return "/tmp" if len(tempfile.gettempdir()) > 40 else None  # noqa: S108


class _Server:
    """A server for one session, which nobody else can reach, until the end of the block."""

    def __init__(self, folder: Path, terms: Terms, inputs: Path | None) -> None:
        self._url = f"ipc://{folder}/server"
        self._log = folder / "log"
        self._errors = folder / "errors"
        self._token = secrets.token_bytes(32).hex().encode()
        (folder / "outputs").mkdir()
        options: dict[str, Any] = {
            "--url": self._url,
            "--log": self._log,
            "--outputs": folder / "outputs",
            "--budget": terms.budget,
            "--time": terms.time_s,
            "--memory": terms.memory_bytes,
            "--max-read": terms.read_bytes,
            "--inputs": None if inputs is None else inputs.absolute(),
            "--at-once": 1,
            "--in-all": 1,
            "--unused": max(terms.time_s, 1.0),
            "--drain": 0.001,
        }
        self._options = [
            text
            for name, value in options.items()
            if value is not None
            for text in (name, str(value))
        ]

    def __enter__(self) -> Self:
        import zmq

        read, write = os.pipe()
        os.write(write, self._token)
        os.close(write)
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "flopscope_server", *self._options),
                    *("--token-fd", str(read)),
                ],
                pass_fds=[read],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                preexec_fn=functools.partial(end_with, os.getpid(), signal.SIGTERM),  # noqa: PLW1509
            )
        os.close(read)
        self._context = zmq.Context()
        self._context.linger = 0
        self._socket: Any = None
        try:
            end = time.monotonic() + _PATIENCE
            while not (self._log.exists() and self._log.stat().st_size):
                self._check_that_it_runs()
                if time.monotonic() > end:
                    raise EvaluationError(f"the server does not start: {self._said()}")
                time.sleep(0.005)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(number)
            try:
                self._process.wait(_PATIENCE)
                break
            except subprocess.TimeoutExpired:
                continue
        self._context.destroy(linger=0)

    def account(self, session: str, do: str = "account") -> dict[str, Any]:
        """Ask for a session's account; where the server is gone its last one is in the log."""
        try:
            return self.ask(do, session=session)
        except _ServerLostError:
            end = time.monotonic() + _PATIENCE
            while time.monotonic() < end:
                for line in self._log.read_bytes().split(b"\n")[:-1]:
                    told: dict[str, Any] = json.loads(line)
                    if told["event"] == "session ended" and told["session"] == session:
                        return told
                time.sleep(0.01)
            raise

    def ask(self, do: str, **content: Any) -> dict[str, Any]:
        """Make a request with the token."""
        import zmq

        content |= {"protocol": PROTOCOL, "do": do, "token": self._token}
        end = time.monotonic() + _PATIENCE
        while True:
            if self._socket is None:
                self._socket = self._context.socket(zmq.DEALER)
                self._socket.connect(self._url)
            self._check_that_it_runs()
            self._socket.send(msgspec.msgpack.encode(content))
            if self._socket.poll(1000 * (_PATIENCE if do == "open" else 2)):
                reply: dict[str, Any] = msgspec.msgpack.decode(self._socket.recv())
                break
            # The door may have been made again meanwhile.
            self._socket.close(linger=0)
            self._socket = None
            self._check_that_it_runs()
            if time.monotonic() > end:
                raise EvaluationError(f"the server does not answer: {self._said()}")
        if not reply["ok"]:
            raise EvaluationError(f"the server refuses {do}: {reply['message']}")
        return reply

    def _check_that_it_runs(self) -> None:
        if self._process.poll() is not None:
            raise _ServerLostError(
                f"the server has ended, with status {self._process.returncode}: {self._said()}"
            )

    def _said(self) -> str:
        return " ".join(self._errors.read_text(errors="replace").split())[-1000:]
