"""The sandbox of a submission: bubblewrap, a filter of system calls, limits, and a watch on it.

Inside there are a Python without NumPy, the client, the submission, a scratch folder and the socket
of one session; no network, no other process, no other file. What limits of a process cannot hold
(their number, and what they use together) is counted from outside.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from flopscope._apart import end_with
from flopscope_server import seccomp
from flopscope_server.process_limit import lower, whole_seconds
from flopscope_server.python_view import CLIENT, View

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Outcome", "Sandbox", "SandboxError"]

_SUBMISSION = "/submission"
_SOCKET = "/run/session"
_SCRATCH = "/tmp"  # noqa: S108 - in the sandbox
_SCRATCH_BYTES = 64 << 20
_MACHINE = (
    *("sys", "fs", "bus", "irq", "scsi", "acpi", "asound", "driver", "tty", "sysrq-trigger"),
    *("kcore", "kmsg", "keys", "key-users", "kallsyms", "kpagecount", "kpageflags", "kpagecgroup"),
    *("timer_list", "sched_debug", "latency_stats", "interrupts", "modules", "mtrr", "slabinfo"),
    *("config.gz", "iomem", "ioports", "pagetypeinfo", "vmallocinfo", "zoneinfo"),
)
_NOBODY = "65534"
_FILES = 128  # descriptors of a process
_LOOK = 0.05  # seconds between two looks at the processes
_CHUNK = 1 << 16


class SandboxError(Exception):
    """There can be no sandbox, so nothing is run."""


@dataclass(frozen=True)
class Outcome:
    """How a run in the sandbox ended.

    Attributes
    ----------
    exit_code : int, optional
        As the kernel told it: 128 and more is the signal that ended it; ``None`` if it was stopped
        from here.
    stopped : str
        Why it was stopped: ``cpu``, ``memory``, ``processes``, what `over` gave, or empty.
    cpu_s : float
        Seconds of processor time of all its processes.
    peak_bytes : int
        Memory of its own of all its processes at a look, or resident of the largest.
    stdout, stderr : str
        The first of what it wrote.
    cut : bool
        Whether it wrote more than that.
    """

    exit_code: int | None
    stopped: str
    cpu_s: float
    peak_bytes: int
    stdout: str
    stderr: str
    cut: bool


@dataclass(frozen=True)
class Sandbox:
    """What a sandbox shows, and its limits.

    Attributes
    ----------
    view : View
        The Python to show.
    cpu_s : float, optional
        Seconds of processor time, of all processes together.
    memory_bytes : int, optional
        Of each process's address space, and resident of all together, what they share left out.
    processes : int
        Processes and threads at a time.
    output_bytes : int
        Of each of stdout and stderr that are kept.
    """

    view: View
    cpu_s: float | None = None
    memory_bytes: int | None = None
    processes: int = 64
    output_bytes: int = 1 << 16

    def check(self) -> None:
        """Try it on a program that only imports the client.

        Raises
        ------
        SandboxError
            bubblewrap is missing, or the kernel does not grant what it needs.
        """
        with tempfile.TemporaryDirectory() as folder:
            trial = Path(folder) / "trial.py"
            trial.write_text(
                "import zmq, msgspec, importlib.util as u\nassert u.find_spec('flopscope')\n"
            )
            outcome = self.run(trial, [], None, lambda: "")
        if outcome.exit_code != 0:
            raise SandboxError(
                "the sandbox does not work here, so nothing is run:"
                f" {' '.join(outcome.stderr.split())[-500:] or outcome}"
            )

    def run(
        self,
        submission: Path,
        arguments: list[str],
        session: tuple[str, bytes] | None,
        over: Callable[[], str],
    ) -> Outcome:
        """Run a submission until it ends or has to.

        Parameters
        ----------
        submission : pathlib.Path
            A Python file.
        arguments : list of str
            Its own.
        session : tuple of str and bytes, optional
            Path of the socket and the key of its session.
        over : callable
            Asked now and then; what is not empty stops the submission.

        Returns
        -------
        Outcome

        Raises
        ------
        SandboxError
            bubblewrap is missing.
        """
        bubblewrap = shutil.which("bwrap")
        if bubblewrap is None:
            raise SandboxError(
                "bubblewrap is missing, and without a sandbox nothing is run:"
                " apt install bubblewrap"
            )
        try:
            rules = _file(seccomp.program())
        except seccomp.UnsupportedMachineError as error:
            raise SandboxError(str(error)) from None
        options = [
            *self._namespaces(),
            *self._files(submission, session),
            *self._environment(session),
            *("--seccomp", str(rules.fileno())),
        ]
        # By descriptor: the command line can be read inside, where it is the first process's.
        told = _file(b"".join(os.fsencode(each) + b"\0" for each in options))
        with rules, told:
            process = subprocess.Popen(
                [
                    *(bubblewrap, "--args", str(told.fileno()), "--", self.view.interpreter),
                    *("-s", "-B", f"{_SUBMISSION}/{submission.name}", *arguments),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[rules.fileno(), told.fileno()],
                env={},
                preexec_fn=functools.partial(self._begin, os.getpid()),  # noqa: PLW1509 - there is one thread
            )
        return _watch(process, self, over)

    @staticmethod
    def _namespaces() -> list[str]:
        return [
            *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
            *("--unshare-cgroup-try", "--disable-userns", "--uid", _NOBODY, "--gid", _NOBODY),
            *("--hostname", "sandbox", "--cap-drop", "ALL", "--new-session", "--die-with-parent"),
        ]

    def _files(self, submission: Path, session: tuple[str, bytes] | None) -> list[str]:
        mounts = []
        for inside, outside in self.view.shown.items():
            mounts += ["--ro-bind", str(outside), inside]
        for folder in self.view.covered:
            mounts += ["--size", "4096", "--tmpfs", folder, "--remount-ro", folder]
        mounts += [*_proc(), "--dev", "/dev", "--remount-ro", "/dev"]
        mounts += ["--size", str(_SCRATCH_BYTES), "--tmpfs", _SCRATCH, "--chdir", _SCRATCH]
        mounts += ["--ro-bind", str(submission.resolve()), f"{_SUBMISSION}/{submission.name}"]
        if session is not None:
            mounts += ["--bind", session[0], _SOCKET]
        return [*mounts, "--remount-ro", "/"]

    @staticmethod
    def _environment(session: tuple[str, bytes] | None) -> list[str]:
        variables = {
            "HOME": _SCRATCH,
            "TMPDIR": _SCRATCH,
            "LANG": "C.UTF-8",
            "PATH": "/python/bin",
            "PYTHONPATH": CLIENT,
        }
        if session is not None:
            opened = {"url": f"ipc://{_SOCKET}", "key": session[1].hex()}
            variables["FLOPSCOPE_SESSION"] = json.dumps(opened)
        options = ["--clearenv"]
        for name, value in variables.items():
            options += ["--setenv", name, value]
        return options

    def _begin(self, parent: int) -> None:
        end_with(parent, signal.SIGKILL)  # bubblewrap asks for it too, a little later
        limits = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NOFILE: _FILES,
            resource.RLIMIT_FSIZE: _SCRATCH_BYTES,
            resource.RLIMIT_MEMLOCK: 0,
            resource.RLIMIT_MSGQUEUE: 0,
        }
        if self.cpu_s is not None:
            # One more: that of all processes is watched, and this is for when nobody looks.
            limits[resource.RLIMIT_CPU] = whole_seconds(self.cpu_s) + 1
        if self.memory_bytes is not None:
            limits[resource.RLIMIT_AS] = self.memory_bytes
        for what, value in limits.items():
            lower(what, value)


def _proc() -> list[str]:
    """Show the processes inside, and nothing of the machine that can be changed.

    Where this is run by root, the submission's user is root to the kernel as far as the owner of a
    file is asked for, and `/proc/sys` is full of files that root may write.
    """
    mounts = ["--proc", "/proc"]
    for name in _MACHINE:
        path = Path("/proc", name)
        if path.is_dir():
            mounts += ["--size", "4096", "--tmpfs", str(path), "--remount-ro", str(path)]
        elif path.exists():
            mounts += ["--ro-bind", os.devnull, str(path)]
    return [*mounts, "--remount-ro", "/proc"]


def _file(content: bytes) -> IO[bytes]:
    """Make a file without a name, to be read by descriptor."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever calls closes it
    file.write(content)
    file.seek(0)
    return file


def _watch(process: subprocess.Popen[bytes], sandbox: Sandbox, over: Callable[[], str]) -> Outcome:
    """Take what it writes and stop it where it uses too much, until it is gone."""
    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - for mypy
    streams = (process.stdout, process.stderr)
    kept: list[bytearray] = [bytearray(), bytearray()]
    written = [0, 0]
    handle = os.pidfd_open(process.pid)
    stopped, peak, cpu = "", 0, 0.0
    with selectors.DefaultSelector() as selector:
        for index, stream in enumerate(streams):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, index)
        selector.register(handle, selectors.EVENT_READ)
        due = 0.0
        while True:
            gone = False
            for key, _ in selector.select(max(0.0, due - time.monotonic())):
                if key.fileobj == handle:
                    gone = True
                elif not _take(key, kept, written, sandbox.output_bytes):
                    selector.unregister(key.fileobj)
            if gone:
                break
            if time.monotonic() < due or stopped:
                continue
            due = time.monotonic() + _LOOK
            used = _use(process.pid)
            peak, cpu = max(peak, used.private), max(cpu, used.cpu_s)
            stopped = _excess(used, sandbox) or over()
            if stopped:
                due = time.monotonic() + 3600
                _kill(process.pid)
        for key in list(selector.get_map().values()):  # what it wrote last
            if key.fileobj != handle:
                _take(key, kept, written, sandbox.output_bytes)
    os.close(handle)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for stream in streams:
        stream.close()
    spent = usage.ru_utime + usage.ru_stime
    if not stopped and sandbox.cpu_s is not None and process.returncode != 0:
        stopped = "cpu" if max(spent, cpu) >= sandbox.cpu_s else ""
    code = process.returncode
    return Outcome(
        exit_code=None if stopped else (128 - code if code < 0 else code),
        stopped=stopped,
        cpu_s=round(max(spent, cpu), 6),
        peak_bytes=max(peak, usage.ru_maxrss * 1024),
        stdout=kept[0].decode("utf-8", "replace"),
        stderr=kept[1].decode("utf-8", "replace"),
        cut=any(count > len(text) for count, text in zip(written, kept, strict=True)),
    )


def _take(key: Any, kept: list[bytearray], written: list[int], most: int) -> bool:
    """Read what there is, keep the first of it; false at the end."""
    while True:
        try:
            text = os.read(key.fd, _CHUNK)
        except BlockingIOError:
            return True
        if not text:
            return False
        written[key.data] += len(text)
        kept[key.data] += text[: max(0, most - len(kept[key.data]))]
        if len(text) < _CHUNK:
            return True


@dataclass
class _Use:
    tasks: int = 0
    private: int = 0
    cpu_s: float = 0.0


def _stats() -> dict[int, list[str]]:
    """Give the third and later fields of proc(5)'s stat, by process."""
    fields = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                text = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
                fields[int(entry.name)] = text.rpartition(")")[2].split()
    return fields


def _use(root: int) -> _Use:
    """Sum what the processes that descend from one use (without itself)."""
    stats = _stats()
    ticks, page = os.sysconf("SC_CLK_TCK"), resource.getpagesize()
    total = _Use()
    for pid in _descendants(root, stats):
        values = stats[pid]
        # Its own seconds and those of the children that it has waited for; its threads.
        total.cpu_s += sum(map(int, values[11:15])) / ticks
        total.tasks += int(values[17])
        with contextlib.suppress(OSError):
            pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
            total.private += (int(pages[1]) - int(pages[2])) * page  # resident less shared
    return total


def _descendants(root: int, stats: dict[int, list[str]], generations: int = 1000) -> set[int]:
    found, newest = {root}, {root}
    while newest and generations:
        newest = {pid for pid, values in stats.items() if int(values[1]) in newest} - found
        found |= newest
        generations -= 1
    return found - {root}


def _excess(used: _Use, sandbox: Sandbox) -> str:
    if used.tasks > sandbox.processes + 1:  # and bubblewrap's own
        return "processes"
    if sandbox.cpu_s is not None and used.cpu_s > sandbox.cpu_s:
        return "cpu"
    if sandbox.memory_bytes is not None and used.private > sandbox.memory_bytes:
        return "memory"
    return ""


def _kill(bubblewrap: int) -> None:
    """Kill the first process of the namespace, and by that all in it, which bubblewrap then reaps.

    Before there is one, bubblewrap itself. It stands still while that is found out: one that it
    started at the same moment would outlive it, since it asks to die with it a little later.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(bubblewrap, signal.SIGSTOP)
        while _stats().get(bubblewrap, "Z")[0] not in "TtZX":
            time.sleep(0.001)
        # Listed anew: what is seen of one process may be later than the list of all.
        for pid in _descendants(bubblewrap, _stats(), 1) or {bubblewrap}:
            os.kill(pid, signal.SIGKILL)
        os.kill(bubblewrap, signal.SIGCONT)
