"""What a NumPy program can see, written down by programs that know nothing of the shim.

Each public function of the modules here is one behaviour. ``python -m tests.unchanged MODE`` calls
all of them in one process and prints what each returned, raised and warned; ``test_unchanged.py``
compares what the modes print.
"""

import importlib
from types import FunctionType

TOPICS = (
    "dtypes",
    "errors",
    "introspection",
    "overrides",
    "pickling",
    "results",
    "subclasses",
    "warned",
)

# "never": the shim is not imported; "before": active before the behaviours' modules are imported;
# "after": activated when their classes, arrays and dictionaries exist; "measured": with a budget,
# timing and lines too; "off": deactivated again.
MODES = ("never", "before", "after", "measured", "off")


def behaviours(topic: str) -> dict[str, FunctionType]:
    """Find the behaviours of a topic, by the names that reports and tests show."""
    module = importlib.import_module(f"tests.unchanged.{topic}")
    return {
        f"{topic}: {name}": value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }
