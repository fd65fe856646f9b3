"""Ways out of the sandbox, tried in it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flopscope_server import python_view
from flopscope_server.sandbox import Outcome, Sandbox, SandboxError
from flopscope_server.seccomp import UnsupportedMachineError, program
from tests.sanitizer import limits_memory
from tests.serving import TOKEN, serving

pytestmark = [
    limits_memory,
    pytest.mark.skipif(
        shutil.which("bwrap") is None, reason="bubblewrap is not installed: apt install bubblewrap"
    ),
]


@pytest.fixture(scope="module")
def view() -> python_view.View:
    return python_view.view()


PRELUDE = """
def writable(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
import ctypes, errno, json, os, signal, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return errno.errorcode.get(ctypes.get_errno(), 0) if result == -1 else f"done: {result}"
found = {}
def attempt(name, function):
    try:
        found[name] = repr(function())
    except BaseException as error:
        found[name] = type(error).__name__
"""


def inside(
    view: python_view.View, tmp_path: Path, code: str, session: Any = None, **limits: Any
) -> Outcome:
    submission = tmp_path / "submission.py"
    submission.write_text(PRELUDE + code)
    return Sandbox(view, **limits).run(submission, [], session, lambda: "")


def attempts(view: python_view.View, tmp_path: Path, tried: dict[str, str]) -> dict[str, str]:
    code = "".join(f"attempt({name!r}, lambda: {tried[name]})\n" for name in tried)
    outcome = inside(view, tmp_path, code + "print(json.dumps(found))")
    assert outcome.exit_code == 0, outcome
    found: dict[str, str] = json.loads(outcome.stdout)
    return found


def test_files_outside_are_not_there(view: python_view.View, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    site = sysconfig.get_path("purelib")
    paths = {
        "/etc/passwd", "/etc/shadow", "/etc/hostname", "/bin/sh", "/usr/bin/env", "/var/log", "/home", "/sys", "/boot",
        str(tmp_path / "secret"), str(Path(__file__)), site, f"{site}/numpy/__init__.py", np.__file__,
        "/proc/1/root/etc/passwd", "/proc/self/root/etc/passwd", "/proc/1/cwd/secret",
        "/python/lib/python3.11/site-packages/numpy", "/client/numpy",
    }  # fmt: skip
    found = attempts(view, tmp_path, {path: f"os.stat({path!r})" for path in paths})
    assert set(found.values()) <= {"FileNotFoundError", "PermissionError"}, found


def test_numpy_cannot_be_imported_by_any_path(view: python_view.View, tmp_path: Path) -> None:
    site = sysconfig.get_path("purelib")
    found = attempts(
        view,
        tmp_path,
        {
            "by name": "__import__('numpy')",
            "by path": f"[sys.path.insert(0, {site!r}), __import__('numpy')]",
            "by file": f"__import__('importlib.util', fromlist=['x']).spec_from_file_location('numpy', {np.__file__!r}).loader.get_code('numpy')",
            "by pip": "subprocess.run([sys.executable, '-m', 'pip', '--version'], check=True, stderr=subprocess.DEVNULL)",
            "by ensurepip": "__import__('ensurepip').bootstrap()",
            "its native part": "__import__('_multiarray_umath')",
        },
    )
    assert set(found.values()) <= {
        "ModuleNotFoundError", "ImportError", "FileNotFoundError", "CalledProcessError", "AttributeError",
    }, found  # fmt: skip


def test_there_is_no_network(view: python_view.View, tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as outside,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(b"\0flopscope-test-%d" % os.getpid())
        abstract.listen()
        address = outside.getsockname()
        found = attempts(
            view,
            tmp_path,
            {
                "tcp": f"socket.create_connection({address!r}, 2)",
                "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
                "v6": "socket.socket(socket.AF_INET6)",
                "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
                "packet": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
                "abstract": f"socket.socket(socket.AF_UNIX).connect(b'\\0flopscope-test-{os.getpid()}')",
                "name": "socket.getaddrinfo('localhost.localdomain', 80)",
            },
        )
    assert set(found.values()) <= {
        "OSError",
        "ConnectionRefusedError",
        "gaierror",
        "PermissionError",
    }, found


def test_other_processes_are_not_there(view: python_view.View, tmp_path: Path) -> None:
    mine = os.getpid()
    found = attempts(
        view,
        tmp_path,
        {
            "signal": f"os.kill({mine}, 0) if {mine} > 64 else os.kill(10**6, 0)",
            "kill": f"os.kill({os.getppid() + 10**5}, signal.SIGKILL)",
            "group": f"os.killpg({os.getpgid(0) + 10**5}, signal.SIGKILL)",
            "proc": "sorted(int(n) for n in os.listdir('/proc') if n.isdigit())[-1] < 10",
            "command lines": "'pytest' in ''.join(open(f'/proc/{n}/cmdline').read() for n in os.listdir('/proc') if n.isdigit())",
            "sysctl": "open('/proc/sys/kernel/core_pattern', 'w')",
            "sysctls": "os.listdir('/proc/sys')",
            "all of /proc": "[p for p, _, names in os.walk('/proc') for n in names if not p.endswith('fd') and writable(os.path.join(p, n))]",
            "sysrq": "open('/proc/sysrq-trigger', 'w')",
            "memory": "open('/proc/1/mem', 'r+b').read(1)",
            "parent": "os.getppid() < 10",
        },
    )  # fmt: skip
    assert found.pop("proc") == "True"
    assert found.pop("parent") == "True"
    assert found.pop("sysctls") == "[]"
    assert found.pop("all of /proc") == "[]"
    assert found.pop("command lines") == "False"
    assert set(found.values()) <= {
        "ProcessLookupError", "PermissionError", "OSError", "FileNotFoundError",
    }, found  # fmt: skip


CALLS = {
    "ptrace": "call(101, 0, 0, 0, 0)",
    "process_vm_readv": "call(310, 1, 0, 0, 0, 0, 0)",
    "mount": "call(165, b'none', b'/tmp', b'tmpfs', 0, 0)",
    "umount2": "call(166, b'/tmp', 2)",
    "pivot_root": "call(155, b'/tmp', b'/tmp')",
    "chroot": "call(161, b'/tmp')",
    "keyctl": "call(250, 0, 0, 0)",
    "bpf": "call(321, 0, 0, 0)",
    "perf_event_open": "call(298, 0, 0, -1, -1, 0)",
    "unshare": "call(272, 0x10000000)",
    "setns": "call(308, 0, 0)",
    "userfaultfd": "call(323, 0)",
    "io_uring_setup": "call(425, 1, 0)",
    "open_by_handle_at": "call(304, 0, 0, 0)",
    "clone with a namespace": "call(56, 0x10000000 | 17, 0, 0, 0, 0)",
    "memfd_create": "call(319, b'x', 0)",
    "shmget": "call(29, 0, 4096, 0o1600)",
    "personality": "call(135, 0x0040000)",
    "kexec_load": "call(246, 0, 0, 0, 0)",
    "init_module": "call(175, 0, 0, b'')",
    "syslog": "call(103, 3, 0, 0)",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
def test_calls_that_no_program_needs_are_refused(view: python_view.View, tmp_path: Path) -> None:
    found = attempts(view, tmp_path, CALLS | {"clone3": "call(435, 0, 0)"})
    assert found.pop("clone3") == "'ENOSYS'"
    assert found == dict.fromkeys(CALLS, "'EPERM'")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the other set is of x86-64")
def test_the_other_set_of_calls_ends_the_program(view: python_view.View, tmp_path: Path) -> None:
    outcome = inside(view, tmp_path, "call(0x40000000 | 39)")
    assert outcome.exit_code == 128 + 31  # SIGSYS


def test_nothing_outside_the_scratch_folder_can_be_written(
    view: python_view.View, tmp_path: Path
) -> None:
    paths = ["/x", "/submission/x", "/client/x", "/python/lib/x", "/dev/x", "/dev/shm/x", "/run/x", "/client/flopscope/x.py"]  # fmt: skip
    tried = {path: f"open({path!r}, 'w')" for path in paths}
    tried["the submission"] = "open(__file__, 'a')"
    tried["the scratch folder"] = "open('/tmp/x', 'w').write('text')"
    tried["more than there is room for"] = (
        "[open(f'/tmp/{n}', 'wb').write(bytes(1 << 25)) for n in range(9)]"
    )
    found = attempts(view, tmp_path, tried)
    assert found.pop("the scratch folder") == "4"
    allowed = {"OSError", "PermissionError", "FileNotFoundError"}
    assert found.pop("/dev/shm/x") in allowed
    assert set(found.values()) <= allowed, found
    assert "x" not in (tmp_path / "submission.py").read_text()[-1:]


def test_it_has_no_privileges_and_cannot_get_any(view: python_view.View, tmp_path: Path) -> None:
    found = attempts(
        view,
        tmp_path,
        {
            "status": "{l.split()[0]: l.split()[1] for l in open('/proc/self/status') if l.startswith(('CapEff', 'CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp:'))}",
            "root": "os.setuid(0)",
            "ids": "(os.getuid(), os.getgid())",
            "priority": "os.nice(-5)",
            "limits": "__import__('resource').setrlimit(7, (4096, 4096))",
        },
    )  # fmt: skip
    assert eval(found["status"]) == {"CapPrm:": "0" * 16, "CapEff:": "0" * 16, "CapBnd:": "0" * 16, "NoNewPrivs:": "1", "Seccomp:": "2"}  # fmt: skip
    assert found["ids"] == "(65534, 65534)"
    assert {found["root"], found["priority"]} <= {"PermissionError", "OSError"}
    assert found["limits"] == "ValueError"


def test_nothing_of_the_organisers_process_comes_along(
    view: python_view.View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_ORGANISER", "secret")
    with (tmp_path / "open").open("w") as stream:
        os.set_inheritable(stream.fileno(), True)
        found = attempts(
            view,
            tmp_path,
            {
                "environment": "sorted(os.environ)",
                "descriptors": "sorted(map(int, os.listdir('/proc/self/fd')))[:-1]",
                "input": "sys.stdin.read()",
            },
        )
    assert "SECRET" not in found["environment"]
    assert (found["descriptors"], found["input"]) == ("[0, 1, 2]", "''")


def test_a_fork_bomb_is_stopped(view: python_view.View, tmp_path: Path) -> None:
    outcome = inside(view, tmp_path, "while True:\n    os.fork()", processes=16)
    assert (outcome.stopped, outcome.exit_code) == ("processes", None)


def test_threads_count_as_processes(view: python_view.View, tmp_path: Path) -> None:
    code = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(999,)).start()"
    assert inside(view, tmp_path, code, processes=16).stopped == "processes"


def test_a_memory_bomb_is_stopped_in_one_process_and_in_several(
    view: python_view.View, tmp_path: Path
) -> None:
    one = inside(view, tmp_path, "x = []\nwhile True: x.append(b'x' * 10**7)", memory_bytes=1 << 28)
    assert one.exit_code == 1
    assert "MemoryError" in one.stderr
    code = "import time\nfor _ in range(8): os.fork()\nx = b'x' * (1 << 27)\ntime.sleep(600)"
    several = inside(view, tmp_path, code.replace("range(8)", "range(3)"), memory_bytes=1 << 28)
    assert several.stopped == "memory"


def test_processor_time_is_that_of_all_processes(view: python_view.View, tmp_path: Path) -> None:
    code = "while True:\n    if not os.fork():\n        for _ in range(10**6): pass\n        os._exit(0)\n    os.wait()"
    outcome = inside(view, tmp_path, code, cpu_s=1)
    assert (outcome.stopped, outcome.exit_code) == ("cpu", None)
    assert outcome.cpu_s >= 1


def test_what_is_written_without_end_is_cut(view: python_view.View, tmp_path: Path) -> None:
    code = "for _ in range(300): sys.stdout.write('x' * 10**5)\nsys.stderr.write('the end')"
    outcome = inside(view, tmp_path, code, output_bytes=1000)
    assert (outcome.stdout, outcome.stderr, outcome.cut) == ("x" * 1000, "the end", True)


def test_a_signal_and_an_exit_code_are_told_as_they_were(
    view: python_view.View, tmp_path: Path
) -> None:
    assert inside(view, tmp_path, "sys.exit(3)").exit_code == 3
    assert inside(view, tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)").exit_code == 139


def test_killing_everything_ends_only_the_sandbox(view: python_view.View, tmp_path: Path) -> None:
    outcome = inside(view, tmp_path, "os.kill(-1, signal.SIGKILL)\nprint('alive')")
    assert outcome.exit_code in (0, 1, 137)  # there may be nothing else to kill


def test_what_the_session_sends_to_stop_it_stops_it(view: python_view.View, tmp_path: Path) -> None:
    submission = tmp_path / "submission.py"
    submission.write_text("while True: pass")
    outcome = Sandbox(view).run(submission, [], None, lambda: "time")
    assert (outcome.stopped, outcome.exit_code) == ("time", None)


def test_bytes_written_raw_to_the_socket_hurt_the_own_session_only(
    view: python_view.View, tmp_path: Path
) -> None:
    with serving("--unused", "600", program="obeying_server.py") as server:
        other, _ = server.peer()
        opened = server.open()
        code = (
            "for raw in (b'GET / HTTP/1.1', os.urandom(10**6), b'\\xff' + bytes(8) + b'\\x7f'):\n"
            "    try:\n"
            "        with socket.socket(socket.AF_UNIX) as s:\n"
            "            s.settimeout(5); s.connect('/run/session'); s.sendall(raw)\n"
            "    except OSError as error: print(error)\n"
            "print(sorted(os.listdir('/run')))\n"
        )
        outcome = inside(
            view, tmp_path, code, (opened["url"].removeprefix("ipc://"), opened["key"])
        )
        assert outcome.exit_code == 0, outcome
        assert "['session']" in outcome.stdout
        assert other.ask("1 + 1") == "2"
        assert server.account(opened["session"])["charged"] == 0
        server.request("close", token=TOKEN, session=opened["session"])


def test_without_bubblewrap_nothing_is_run(
    view: python_view.View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="apt install bubblewrap"):
        inside(view, tmp_path, "open('/tmp/ran', 'w')")


def test_where_the_sandbox_does_not_work_nothing_is_run(
    view: python_view.View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="No permissions to create new namespace"):
        Sandbox(view).check()


def test_another_machine_has_no_filter() -> None:
    with pytest.raises(UnsupportedMachineError, match="sparc"):
        program("sparc")
    assert program("x86_64") != program("aarch64")


def processes_with(argument: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and argument.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:  # it is gone
            continue
    return found


def test_one_that_is_stopped_as_it_starts_leaves_no_process(
    view: python_view.View, tmp_path: Path
) -> None:
    submission = tmp_path / "submission.py"
    submission.write_text("while True: pass")
    mark = f"stopped at once {os.getpid()}"
    for _ in range(60):
        outcome = Sandbox(view).run(submission, [mark], None, lambda: "time")
        assert (outcome.stopped, outcome.exit_code) == ("time", None)
        assert processes_with(mark) == []
