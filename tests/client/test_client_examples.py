"""The examples in the client's docstrings run where the client is: without NumPy, on a server."""

from __future__ import annotations

from tests.client.conftest import Client

PROGRAM = """
import doctest
import importlib
import pkgutil
import flopscope

found = pkgutil.walk_packages(flopscope.__path__, "flopscope.")
names = ["flopscope", *(module.name for module in found)]
tried = 0
for name in names:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0, name
    tried += result.attempted
print(tried)
"""


def test_examples_in_docstrings_run(client: Client) -> None:
    assert int(client(PROGRAM).stdout) >= 20
