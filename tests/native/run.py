"""Run the native checks of one file: ``python run.py DIRECTORY FILE``; ctest does."""

import sys

import numpy as np  # noqa: F401 - the module imports its C API

directory, name = sys.argv[1:]
sys.path.insert(0, directory)
import _checks  # noqa: E402

ran, failed = _checks.run(name)
print(f"{ran} checks, {failed} failures")
sys.exit(failed != 0 or ran == 0)
