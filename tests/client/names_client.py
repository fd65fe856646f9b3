"""In the client's Python: print, of names that the core library has, those that are not there."""

from __future__ import annotations

import json
import sys
from typing import Any

import flopscope as flops
import flopscope.numpy as fnp


def lacks(owner: Any, name: str) -> bool:
    try:
        getattr(owner, name)
    except AttributeError:
        return True
    except ValueError:  # nditer's that no flag was given for
        return False
    return False


def main() -> None:
    wanted: dict[str, list[str]] = json.load(sys.stdin)
    missing: dict[str, Any] = {}
    for expression, names in wanted.items():
        owner: Any = eval(expression, {"flops": flops, "np": fnp})
        missing[expression] = [name for name in names if lacks(owner, name)]
    from flopscope._absent import ABSENT

    json.dump({"missing": missing, "told": ABSENT}, sys.stdout)


if __name__ == "__main__":
    main()
