"""``python -m bench``: measure what counting costs, print it, and judge it."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

# Before NumPy is imported: one thread, so that a program's time is its work and not its waiting,
# and no budget, mode or activation but those that are measured.
for _name in [name for name in os.environ if name.startswith("FLOPSCOPE_")]:
    if _name != "FLOPSCOPE_BENCH_REFERENCE":
        del os.environ[_name]
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

if TYPE_CHECKING:
    from bench.results import Results

# Of the small calls: rounds in each process, and processes.
CALL_ROUNDS, CALL_PROCESSES, PROGRAM_ROUNDS, PROCESS_ROUNDS = 40, 5, 8, 21
QUICK = (12, 1, 2, 9)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure NumPy without the shim, with it, in a budget context and with lines, "
        "interleaved in one process; print the costs and write them as JSON. The exit status is 1 "
        "where a figure is missed.",
    )
    parser.add_argument("--quick", action="store_true", help="few rounds: a rough idea in a minute")
    parser.add_argument(
        "--call",
        metavar="PATTERN",
        help="only the small calls that match a regular expression, by text or by kind; "
        "nothing is judged",
    )
    parser.add_argument(
        "--reference",
        metavar="PYTHON",
        default=os.environ.get("FLOPSCOPE_BENCH_REFERENCE"),
        help="a Python that has the reference installed: run the same calls under it "
        "(by default $FLOPSCOPE_BENCH_REFERENCE)",
    )
    parser.add_argument(
        "--name", help="of the results; by default the platform's, or 'partial' of a partial run"
    )
    parser.add_argument(
        "--results", metavar="FOLDER", type=Path, help="where to write them (bench/results)"
    )
    chosen = parser.parse_args()
    if chosen.call is not None:
        try:
            re.compile(chosen.call)
        except re.error as error:
            parser.error(f"{chosen.call!r} is not a regular expression: {error}")
    return chosen


@contextmanager
def progress(text: str, total: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how far a measurement is; the terminal is silent while one is timed."""
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            print(f"\r{text}: {done} of {total}", end="", file=sys.stderr, flush=True)

    yield advance
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def measured(chosen: argparse.Namespace) -> Results:
    """Measure what was asked for."""
    from bench import figures, footprint, page, reference, small_calls, whole_programs
    from bench.calls import matching
    from bench.results import Results
    from flopscope import shim

    shim.deactivate()
    calls = matching(chosen.call)
    if not calls:
        raise RuntimeError(f"no call matches {chosen.call!r}")
    call_rounds, call_processes, program_rounds, process_rounds = (
        QUICK if chosen.quick else (CALL_ROUNDS, CALL_PROCESSES, PROGRAM_ROUNDS, PROCESS_ROUNDS)
    )
    with progress("calls", call_processes) as advance:
        unit_ns, small = small_calls.measure_in_processes(
            calls, call_rounds, call_processes, advance
        )
    results = Results({"calls": call_rounds * call_processes}, unit_ns, small)
    if chosen.reference:
        results.reference = reference.measure(chosen.reference, calls)
    if chosen.call is not None:
        return results
    results.rounds |= {"programs": program_rounds, "processes": process_rounds}
    with progress("programs", program_rounds * len(whole_programs.PROGRAMS)) as advance:
        results.programs = whole_programs.measure(program_rounds, advance)
    with progress("processes", process_rounds) as advance:
        results.footprint = footprint.measure(process_rounds, advance)
    results.figures = [
        *figures.of_calls(small),
        *figures.of_programs(results.programs),
        *figures.of_footprint(results.footprint),
        *page.measure(),
    ]
    return results


def main() -> int:
    """Measure, write, print; tell whether every figure was reached."""
    chosen = options()
    try:
        results = measured(chosen)
    except RuntimeError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    from bench.results import FOLDER, usual_name
    from bench.table import show
    from flopscope.report import console_for

    partial = chosen.quick or chosen.call is not None
    folder = chosen.results or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{chosen.name or ('partial' if partial else usual_name())}.json"
    file.write_text(json.dumps(results.as_json(), indent=1) + "\n", encoding="utf-8")
    show(results, console_for(sys.stdout))
    print(f"written to {file}")
    return 0 if results.reached else 1


if __name__ == "__main__":
    sys.exit(main())
