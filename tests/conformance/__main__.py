"""``python -m tests.conformance``: the exact share of the recorded charges, by family."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flopscope import shim
from tests.conformance import cases, shares


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance",
        description="Make every recorded call under the active shim and print how many of the "
        "charges are exact. Fails if not all of them are.",
    )
    parser.add_argument("--misses", action="store_true", help="list the calls that differ")
    parser.add_argument("--only", metavar="OP", help="operations that begin with this text")
    parser.add_argument(
        "--cases",
        metavar="FILE",
        type=Path,
        default=cases.RECORDED,
        help="cases recorded elsewhere, by scripts/record_charges.py",
    )
    options = parser.parse_args()

    with shim.active():
        results = shares.outcomes(
            case for case in cases.recorded(options.cases) if case.op.startswith(options.only or "")
        )
    if not results:
        parser.error(f"no case of {options.only}")
    if options.misses:
        for result in results:
            if not result.exact:
                print(result)
    table = shares.by_family(results)
    for share in [*table, shares.in_total(table)]:
        print(f"{share.family:<20}{share.exact:>6} of {share.cases:>5}{share.fraction:>9.2%}")
    return 0 if all(result.exact for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
