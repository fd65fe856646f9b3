"""``python -m bench.remote``: the client and server, beside the reference's pair.

Each measurement is made by a fresh process; the table has medians. The reference's own client and
server run in an environment of their own, named with ``--reference``.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.results import environment as versions

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "python" / "client"

RESULTS = ROOT / "bench" / "results" / "remote.json"

# What has to be reached: a multiple of the reference's rate.
WANTED = {
    "pipelined": 100.0,
    "synchronous": 6.0,
    "upload": 50.0,
    "download": 25.0,
    "network": 50.0,
}
# Its measured figures, for where it is not run: operations and bytes a second, steps a second.
KNOWN = {
    "pipelined": 670.0,
    "synchronous": 670.0,
    "upload": 12e6,
    "download": 53e6,
    "network": 247.0,
}

PROGRAM = r"""
import array, contextlib, json, statistics, sys, time
import flopscope as flops
import flopscope.numpy as fnp

ours, count, elements = sys.argv[1] == "ours", int(sys.argv[2]), int(sys.argv[3])
clock = time.perf_counter
began = clock()
result = {}
with flops.BudgetContext(10**15, quiet=True):
    a, b = fnp.array([1.0] * 10), fnp.array([2.0] * 10)
    float((a + b)[0])
    result["session"] = clock() - began

    start = clock()
    for _ in range(count):
        c = a + b
    float(c[0])
    result["pipelined"] = count / (clock() - start)

    # The reference waits for each operation; ours where it is told to, or a value is wanted.
    few = max(50, count // 20)
    with flops.synchronous() if ours else contextlib.nullcontext():
        start = clock()
        for _ in range(few):
            a + b
        result["synchronous"] = few / (clock() - start)
    start = clock()
    for _ in range(few):
        float((a + b)[0])
    result["synchronous, a value read"] = few / (clock() - start)

    numbers = array.array("d", [1.5]) * elements
    listed = numbers.tolist()
    def timed(function):
        function()
        seconds = []
        for _ in range(11):
            start = clock()
            value = function()
            seconds.append(clock() - start)
        return value, statistics.median(seconds)
    def up(values):
        x = fnp.array(values)
        float(x[0])
        return x
    whole, seconds = timed(lambda: up(listed))
    result["upload of a list"] = elements * 8 / seconds
    if ours:
        whole, seconds = timed(lambda: up(numbers))
        result["upload"] = elements * 8 / seconds
        seconds = timed(whole.tobytes)[1]
        result["download"] = elements * 8 / seconds
    else:
        result["upload"] = result["upload of a list"]
    seconds = timed(whole.tolist)[1]
    result["download into a list"] = elements * 8 / seconds
    result.setdefault("download", result["download into a list"])

    del listed, numbers, whole
    def normal(*shape):
        return fnp.random.normal(0.0, 1.0, shape)
    x, y = normal(64, 32), normal(64, 1)
    first, second = normal(32, 16), normal(16, 1)
    start = clock()
    for _ in range(200):
        hidden = fnp.tanh(fnp.matmul(x, first))
        error = fnp.subtract(fnp.matmul(hidden, second), y)
        into_second = fnp.matmul(fnp.transpose(hidden), error)
        back = fnp.matmul(error, fnp.transpose(second))
        into_first = fnp.matmul(fnp.transpose(x), back * (1.0 - hidden * hidden))
        first = first - 0.001 * into_first
        second = second - 0.001 * into_second
    float(fnp.mean(error * error))
    result["network"] = 200 / (clock() - start)
print(json.dumps(result))
"""


@contextlib.contextmanager
def server(python: str, *options: str) -> Iterator[str]:
    """A server run by a Python, at a URL."""
    folder = Path(tempfile.mkdtemp(prefix="fs", dir="/tmp"))
    url = f"ipc://{folder}/s"
    process = subprocess.Popen(
        [python, "-m", "flopscope_server", "--url", url, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=folder,
    )
    try:
        until = time.monotonic() + 60
        while not (folder / "s").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server of {python} did not start")
            time.sleep(0.02)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def packages() -> Iterator[str]:
    """Search path of the client and what it needs, without NumPy and the core library."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("zmq", "msgspec"):
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                raise RuntimeError(f"{name} is not installed: pip install .[server]")
            package = Path(spec.origin).parent
            (Path(folder) / name).symlink_to(package)
            for libraries in package.parent.glob(f"*{name}.libs"):
                (Path(folder) / libraries.name).symlink_to(libraries)
        yield os.pathsep.join([str(CLIENT), folder])


def environment(**more: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FLOPSCOPE", "PYTHON", "VIRTUAL_ENV"))
    }
    return kept | more


def measured(
    server_python: str, client: list[str], path: str, sizes: tuple[int, int, int]
) -> dict[str, float]:
    """Medians of fresh processes; `path` is our client's search path, or nothing."""
    which, more = ("ours", {"PYTHONPATH": path}) if path else ("reference", {})
    rounds, count, elements = sizes
    results: list[dict[str, float]] = []
    with server(server_python) as url:
        for _ in range(rounds):
            done = subprocess.run(
                [*client, "-c", PROGRAM, which, str(count), str(elements)],
                env=environment(FLOPSCOPE_SERVER_URL=url, **more),
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
                cwd="/",
            )
            if done.returncode:
                raise RuntimeError(f"{which}: {done.stderr.strip().splitlines()[-1:]}")
            results.append(json.loads(done.stdout))
    return {name: statistics.median(each[name] for each in results) for name in results[0]}


def opening(python: str, path: str, sessions: int) -> dict[str, float]:
    """Seconds to open a session, and how fairly many at once share the machine."""
    import msgspec
    import zmq

    alone = 20
    at_once = ("--at-once", str(alone + sessions))
    with (
        server(python, *at_once) as url,
        zmq.Context() as context,
        context.socket(zmq.REQ) as door,
    ):
        door.connect(url)
        seconds = []
        for _ in range(alone):
            start = time.perf_counter()
            door.send(msgspec.msgpack.encode({"protocol": 1, "do": "open", "client": "bench"}))
            reply = msgspec.msgpack.decode(door.recv())
            seconds.append(time.perf_counter() - start)
            if not reply.get("ok"):
                raise RuntimeError(f"no session: {reply}")
        program = (
            "import time, flopscope.numpy as fnp\n"
            "a = fnp.ones(1000); float(a[0]); print('ready', flush=True); input()\n"
            "end = time.perf_counter() + 4; n = 0\n"
            "while time.perf_counter() < end:\n"
            "    for _ in range(100): a + a\n"
            "    float(a[0]); n += 100\n"
            "print(n)\n"
        )
        running = [
            subprocess.Popen(
                [python, "-S", "-c", program],
                env=environment(FLOPSCOPE_SERVER_URL=url, PYTHONPATH=path),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd="/",
            )
            for _ in range(sessions)
        ]
        for process in running:
            if not process.stdout or process.stdout.readline() != "ready\n":
                raise RuntimeError("a client did not reach its session")
        for process in running:  # all of them begin when the last one can
            print(file=process.stdin, flush=True)
        counts = [int(process.communicate()[0]) for process in running]
    return {
        "open": statistics.median(seconds),
        "unfairness": statistics.mean(counts) / max(min(counts), 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.remote", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, small")
    parser.add_argument(
        "--reference",
        metavar="PYTHON",
        help="a Python with the reference and its server",
    )
    parser.add_argument(
        "--reference-client", metavar="PYTHON", help="a Python with the reference's client"
    )
    parser.add_argument("--sessions", type=int, default=64, help="at once, for fairness")
    parser.add_argument(
        "--results", type=Path, help="a JSON file (bench/results/remote.json, unless --quick)"
    )
    options = parser.parse_args()
    sizes = (1, 5000, 1_000_000) if options.quick else (5, 50_000, 1_000_000)
    with packages() as path:
        ours = measured(sys.executable, [sys.executable, "-S"], path, sizes)
        more = opening(sys.executable, path, 8 if options.quick else options.sessions)
    theirs: dict[str, Any] = dict(KNOWN)
    if options.reference:
        client = options.reference_client or options.reference
        theirs = measured(options.reference, [client], "", (sizes[0], 500, sizes[2]))
    beside = "measured" if options.reference else "known figures"
    print(f"{'':<28}{'flopscope':>16}{'reference':>16}{'ratio':>10}{'wanted':>10}   ({beside})")
    missed = 0
    rows = []
    for name, value in ours.items():
        if name == "session":
            continue
        other, wanted = theirs.get(name), WANTED.get(name)
        ratio = value / other if other else None
        missed += bool(wanted and ratio and ratio < wanted)
        rows.append({"name": name, "measured": value, "reference": other, "wanted": wanted})
        print(
            f"{name:<28}{value:>16,.0f}{f'{other:,.0f}' if other else '':>16}"
            f"{f'{ratio:.1f}x' if ratio else '':>10}{f'{wanted:.0f}x' if wanted else '':>10}"
        )
    print(f"{'a session opens in':<28}{more['open'] * 1e3:>13.1f} ms{'':>26}{'20 ms':>10}")
    print(f"{'mean to worst of many':<28}{more['unfairness']:>15.2f}x{'':>26}{'2x':>10}")
    missed += more["open"] > 0.02
    missed += more["unfairness"] > 2
    results = options.results or (None if options.quick else RESULTS)
    if results is not None:
        told = {"environment": versions(), "reference": beside, "rates": rows, **more}
        results.write_text(json.dumps(told, indent=1) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
