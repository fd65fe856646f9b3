"""``flopscope run``: run a program as ``python`` would, and report where its FLOPs went.

The program is run by replacing this process with a plain Python (``exec``), whose start-up file
``flopscope_shim.pth`` finds its orders in the environment: see :mod:`flopscope._observed_run`.
So nothing has to be imitated. ``sys.argv``, ``__main__``, tracebacks, Ctrl-C, exit functions, the
exit status and child processes that import the main module are Python's own.
"""

from __future__ import annotations

import importlib.machinery
import math
import os
import sys
from pathlib import Path

import click

from flopscope import _run_watch, counts_folder
from flopscope._observed_run import PREFIX
from flopscope.supported import reason_not_to_run

__all__ = ["run", "split_program"]

OPTIONS_WITH_VALUE = ("--budget", "--time-limit", "--json", "--output", "-o", "--by", "--root")

GROUPINGS = ("op", "line", "function", "stack", "namespace", "process", "thread", "dtype")


class Amount(click.ParamType[float]):
    """A number greater than zero, written as Python writes numbers: ``5000``, ``1e9``."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or fail in one line."""
        try:
            number = float(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not (math.isfinite(number) and number > 0):
            self.fail(f"{value!r} is not a number greater than 0", param, ctx)
        return number


def split_program(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Split what is ours from what Python is given: options count only before the program.

    Parameters
    ----------
    arguments : list of str
        Everything after ``flopscope run``.

    Returns
    -------
    own, program : list of str
        `program` begins with the script, with ``-m`` and a module, or with ``-c`` and code, and is
        empty where there is none.

    Examples
    --------
    >>> from flopscope.commands.run import split_program
    >>> split_program(["--lines", "--budget", "1e9", "train.py", "--json", "its.json"])
    (['--lines', '--budget', '1e9'], ['train.py', '--json', 'its.json'])
    >>> split_program(["--quiet", "-m", "pytest", "--lines"])
    (['--quiet'], ['-m', 'pytest', '--lines'])
    """
    index = 0
    while index < len(arguments):
        argument = arguments[index]
        if argument == "--":
            return arguments[:index], arguments[index + 1 :]
        is_ours = argument.startswith("--") or argument[:2] in ("-h", "-o")
        if not is_ours and (argument[:2] in ("-m", "-c") or argument[:1] != "-" or argument == "-"):
            return arguments[:index], arguments[index:]
        index += 2 if argument in OPTIONS_WITH_VALUE else 1  # not for --json=FILE
    return arguments, []


class ProgramCommand(click.Command):
    """A command whose arguments end with a program and the program's own arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the program aside and parse the rest."""
        own, ctx.meta["flopscope.program"] = split_program(args)
        return super().parse_args(ctx, own)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Show the program in the usage line."""
        return ["[OPTIONS]", "SCRIPT | -m MODULE | -c CODE", "[ARGUMENTS]..."]


@click.command(
    cls=ProgramCommand,
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Run a program and report where its FLOPs went.",
)
@click.option("--lines", is_flag=True, help="Add a table by source line and function.")
@click.option("--stacks", is_flag=True, help="Record whole Python call stacks, and lines.")
@click.option(
    "--by",
    type=click.Choice(GROUPINGS),
    help="Show one table by this instead; what it needs is recorded.",
)
@click.option(
    "--root",
    metavar="DIR",
    help="Count what code outside of DIR calls in the line inside that called it. By default the"
    " script's folder; / for every line where it is.",
)
@click.option("--live", is_flag=True, help="Show what is counted while the program runs.")
@click.option("--budget", type=Amount(), help="Refuse operations beyond N charged units.")
@click.option(
    "--time-limit", type=Amount(), metavar="SECONDS", help="Refuse operations after this time."
)
@click.option(
    "-o",
    "--output",
    "--json",
    "json_file",
    metavar="FILE",
    help="Write the recording to FILE, with the source lines that appear.",
)
@click.option("--no-source", is_flag=True, help="Leave source lines out of the recording.")
@click.option("--quiet", is_flag=True, help="Print no report.")
@click.option("--no-time", is_flag=True, help="Do not time operations (20 to 50 ns a call less).")
@click.pass_context
def run(
    ctx: click.Context,
    *,
    lines: bool,
    stacks: bool,
    by: str | None,
    root: str | None,
    live: bool,
    no_source: bool,
    budget: float | None,
    time_limit: float | None,
    json_file: str | None,
    quiet: bool,
    no_time: bool,
) -> None:
    """Run a program as python would, then report on stderr where its FLOPs went.

    Options before the program are ours, and everything after it is the program's. The exit status
    is the program's.

    \b
    Examples:
      flopscope run train.py --epochs 3
      flopscope run --lines -m package.module
      flopscope run --stacks -o run.flops.json train.py
      flopscope run --budget 1e9 --json run.json train.py
      flopscope run -c "import numpy as np; np.ones((9, 9)) @ np.ones(9)"
    """
    program: list[str] = ctx.meta["flopscope.program"]
    _check_program(ctx, program)
    if (reason := reason_not_to_run()) is not None:
        raise click.ClickException(reason)
    orders = {"": "1"}
    orders |= {} if no_time else {"_TIMING": "1"}
    orders |= {"_LINES": "1"} if lines or by in ("line", "function") else {}
    orders |= {"_STACKS": "1"} if stacks or by == "stack" else {}
    orders |= {"_DETAILS": "1"} if by in ("namespace", "thread", "dtype") else {}
    orders |= {} if by is None else {"_BY": by}
    orders |= {"_NO_SOURCE": "1"} if no_source else {}
    orders["_ROOT"] = _root(ctx, root, program)
    orders |= {"_QUIET": "1"} if quiet else {}
    orders |= {} if budget is None else {"_BUDGET": repr(budget)}
    orders |= {} if time_limit is None else {"_TIME_LIMIT": repr(time_limit)}
    if json_file is not None:
        # The program may change the working directory.
        orders["_JSON"] = str(_writable(ctx, json_file))
    orders["_GATHER"] = counts_folder.make()
    if live:
        from flopscope import _live_run

        orders["_LIVE"] = "1"
        _live_run.start(orders["_GATHER"])
    environment = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {PREFIX + name: text for name, text in orders.items()}
    command = [sys.executable, *interpreter_options(), *program]
    _run_watch.start(
        {name.lstrip("_"): text for name, text in orders.items()}, command, dict(os.environ)
    )
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.execve(command[0], command, environment)  # noqa: S606


def _check_program(ctx: click.Context, program: list[str]) -> None:
    """Say at once what Python would say later."""
    if not program:
        raise click.UsageError("nothing to run: give a SCRIPT, -m MODULE or -c CODE", ctx)
    first = program[0]
    if first in ("-m", "-c"):
        if len(program) == 1:
            raise click.UsageError(f"{first} needs {'MODULE' if first == '-m' else 'CODE'}", ctx)
        if first == "-m":
            _check_module(program[1])
    elif first[:2] not in ("-m", "-c") and first != "-":
        try:
            # A directory or a zip file with a __main__.py is a program too.
            if not Path(first).is_dir():
                Path(first).open("rb").close()
        except OSError as error:
            raise click.UsageError(f"can't open {first!r}: {error.strerror}", ctx) from None
        except ValueError as error:
            raise click.UsageError(f"can't open {first!r}: {error}", ctx) from None


def _root(ctx: click.Context, root: str | None, program: list[str]) -> str:
    """Give the folder of the user's own code."""
    if root is not None:
        if not Path(root).is_dir():
            raise click.UsageError(f"--root: {root!r} is no folder", ctx)
        return _as_seen(Path(root))
    first = program[0]
    if first[:2] == "-m":
        name = first[2:] or program[1]
        spec = importlib.machinery.PathFinder.find_spec(
            name.partition(".")[0], [*_here(), *sys.path]
        )
        if spec is not None and spec.submodule_search_locations:
            return _as_seen(Path(next(iter(spec.submodule_search_locations))))
        return _as_seen(Path(spec.origin).parent if spec and spec.origin else Path.cwd())
    if first[:2] == "-c" or first == "-":
        return _as_seen(Path.cwd())
    path = Path(first)
    return _as_seen(path if path.is_dir() else path.parent)


def _as_seen(folder: Path) -> str:
    """Write a folder as its files' names begin: Python follows links for some of them."""
    return "\n".join(dict.fromkeys((os.path.abspath(folder), os.path.realpath(folder))))  # noqa: PTH100


def _here() -> list[str]:
    return [] if sys.flags.safe_path else [str(Path.cwd())]


def _check_module(name: str) -> None:
    """Fail where no module of this name will be found; what it imports is seen when it runs."""
    package = name.partition(".")[0]
    known = package in sys.builtin_module_names or package in sys.stdlib_module_names
    paths = [*_here(), *sys.path]
    if not known and importlib.machinery.PathFinder.find_spec(package, paths) is None:
        raise click.ClickException(f"no module named {package!r}")


def _writable(ctx: click.Context, name: str) -> Path:
    """Tell before a long run, not after it, that its recording cannot be written."""
    path = Path(name).absolute()
    try:
        path.open("ab").close()
    except OSError as error:
        raise click.UsageError(f"can't write {name!r}: {error.strerror}", ctx) from None
    return path


def interpreter_options() -> list[str]:
    """Options that this Python was started with (``-X dev``, ``-W error``, ``-u``).

    Returns
    -------
    list of str
        To be given to the Python that runs the program.
    """
    head = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]
    # What is left ends with our own script, or with "-m flopscope" in one word or two.
    if head and head[-1] == "flopscope" and head[-2:-1] == ["-m"]:
        return head[:-2]
    return head[:-1]
