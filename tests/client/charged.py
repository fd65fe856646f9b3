"""Run a program with `flopscope.numpy` for `numpy`, and print what was charged for it."""

from __future__ import annotations

import sys
from pathlib import Path

import flopscope as flops
import flopscope.numpy as fnp


def main() -> None:
    source = Path(sys.argv[1]).read_text()
    code = compile(
        source.replace("import numpy as np", "import flopscope.numpy as np"), "program", "exec"
    )
    for kind in ("f4", "f8"):
        fnp.finfo(kind)  # an older NumPy computes the limits once, and is charged for it
    with flops.BudgetContext(1e15, quiet=True) as budget:
        exec(code, {"__name__": "__main__"})
    print(budget.flops_used)
    operations = budget.summary_dict()["operations"]
    for name in sorted(operations):
        if operations[name]["flop_cost"]:
            print(name, operations[name]["calls"], operations[name]["flop_cost"])


if __name__ == "__main__":
    main()
