"""``flopscope ops``: what is known of the operations."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flopscope.coverage import KINDS, Callable, coverage, load_lazy_modules
from flopscope.report import print_to

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["find_operation", "ops"]

POLICIES = {
    "formula": "priced by formula; what NumPy does inside is covered by it",
    "free": "counted, and free of charge",
    "transparent": "not priced itself; the primitives that it calls are counted",
}

# What checks the count of FLOPs apart from the formula.
WITNESSES = {
    "none": "",
    "loops": "the elements that NumPy's own loops ran over",
    "scalars": "NumPy's algorithm run over numbers that count their operations",
    "published": "the count that the literature gives",
    "definition": "the definition in the source below, run over numbers that count",
}


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Show what is known of an operation, or list them all.",
)
@click.argument("name", required=False)
@click.option("--family", help="List only this family: linalg, fft, reductions, ...")
@click.option(
    "--coverage",
    "show_coverage",
    is_flag=True,
    help="Say of every public callable of NumPy how it is accounted for; exit status 1 if not.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--import", "modules", metavar="MODULE", multiple=True, help="With what this one registers."
)
@click.pass_context
def ops(
    ctx: click.Context,
    *,
    name: str | None,
    family: str | None,
    show_coverage: bool,
    as_json: bool,
    modules: tuple[str, ...],
) -> None:
    """Show entry points, formulas, weight and policy of an operation, or list them all.

    \b
    Examples:
      flopscope ops
      flopscope ops --family linalg
      flopscope ops linalg.svd
      flopscope ops abs --json
      flopscope ops --coverage
      flopscope ops mylib.solve --import mylib
    """
    operations = load_operations(modules)
    if show_coverage:
        if name is not None or family is not None:
            raise click.UsageError("--coverage is about all of NumPy", ctx)
        _print_coverage(coverage(), as_json)
        return
    if name is not None:
        operation = find_operation(operations, name)
        if operation is None:
            raise click.UsageError(_unknown("operation", name, _all_names(operations)), ctx)
        if as_json:
            click.echo(json.dumps(operation, indent=1))
        else:
            print_to(sys.stdout, lambda width: _detail(operation))
        return
    if family is not None:
        families = sorted({operation["family"] for operation in operations})
        if family not in families:
            raise click.UsageError(_unknown("family", family, families), ctx)
        operations = [operation for operation in operations if operation["family"] == family]
    if as_json:
        click.echo(json.dumps(operations, indent=1))
    else:
        print_to(sys.stdout, lambda width: _listing(operations))


def load_operations(modules: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Ask the native module for its operations.

    Parameters
    ----------
    modules : sequence of str
        Imported before, for the operations that they register.

    Raises
    ------
    click.ClickException
        NumPy is missing or unsupported, or a module cannot be imported.
    """
    try:
        from flopscope import _shim, shim

        shim.activate()  # entry points are known once they are found
        load_lazy_modules()
    except Exception as error:
        raise click.ClickException(f"the shim cannot be activated: {error}") from None
    if modules:
        sys.path.insert(0, "")  # as python -m has it
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
            raise click.ClickException(f"{module} cannot be imported: {fault}") from None
    operations: list[dict[str, Any]] = _shim.operations()
    return operations


def find_operation(operations: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """Find an operation by its name, one of its aliases or one of its entry points.

    Parameters
    ----------
    operations : list of dict
        As ``flopscope._shim.operations()`` returns them.
    name : str
        ``"matmul"``, ``"abs"``, ``"numpy.linalg.svd"``, ``"np.add"`` or ``"ndarray.sum"``.

    Returns
    -------
    dict or None

    Examples
    --------
    >>> from flopscope.commands.ops import find_operation
    >>> known = [{"name": "absolute", "aliases": ["abs"], "entry_points": ["numpy.absolute"]}]
    >>> find_operation(known, "np.abs")["name"]
    'absolute'
    """
    short = name.removeprefix("numpy.").removeprefix("np.")
    for operation in operations:
        if short == operation["name"] or short in operation["aliases"]:
            return operation
    for operation in operations:
        entry_points = (point.removeprefix("numpy.") for point in operation["entry_points"])
        if short in entry_points:
            return operation
    return None


def _all_names(operations: list[dict[str, Any]]) -> list[str]:
    return [name for entry in operations for name in (entry["name"], *entry["aliases"])]


def _unknown(kind: str, name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"no {kind} is called {name!r}{hint}"


def _detail(operation: dict[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")

    def formula(key: str) -> str:
        return operation[key]["text"] if operation[key] else "-"

    policy = operation["policy"]
    rows = [
        ("family", operation["family"]),
        ("aliases", ", ".join(operation["aliases"])),
        ("parameters", operation["params"]),
        ("policy", f"{policy}: {POLICIES.get(policy, '')}"),
        ("reason", operation["reason"]),
        ("FLOPs", formula("flops")),
        ("cost", formula("charge")),
        ("weight", _weight(operation)),
        ("complex factor", f"{operation['complex_factor']:g}"),
        ("dtype rule", operation["dtype_rule"]),
        ("shape rule", operation["shape_rule"]),
        ("result", formula("result")),
        ("witness", WITNESSES[operation["witness"]]),
        ("source", operation["source"]),
        ("entry points", "\n".join(_by_owner(operation["entry_points"]))),
    ]
    for label, value in rows:
        if value:
            table.add_row(label, value)
    charged = Text("charged = int(cost x dtype rate x complex factor x weight)", style="dim")
    return Group(Text(operation["name"], style="bold cyan"), table, charged)


def _weight(operation: dict[str, Any]) -> str:
    changed = operation["weight"] != operation["default_weight"]
    default = f" (by default {operation['default_weight']:g})" if changed else ""
    return f"{operation['weight']:g}{default}"


def _by_owner(entry_points: list[str]) -> list[str]:
    """Group entry points, since every scalar type has the same few."""
    methods: dict[str, list[str]] = {}
    for entry_point in entry_points:
        owner, _, method = entry_point.rpartition(".")
        methods.setdefault(owner, []).append(method)
    owners: dict[tuple[str, ...], list[str]] = {}
    for owner, names in methods.items():
        owners.setdefault(tuple(names), []).append(owner)
    return [
        f"{same[0]}.{{{', '.join(names)}}}" + (f", and of {', '.join(rest)}" if rest else "")
        if len(names) > 1
        else ", ".join(f"{owner}.{names[0]}" for owner in same)
        for names, same in owners.items()
        for rest in [[owner.removeprefix("numpy.") for owner in same[1:]]]
    ]


def _listing(operations: list[dict[str, Any]]) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column("operation", style="cyan", overflow="fold")
    table.add_column("family", style="dim", no_wrap=True)
    table.add_column("policy", no_wrap=True)
    table.add_column("weight", justify="right", no_wrap=True)
    table.add_column("FLOPs", overflow="fold")
    for operation in sorted(operations, key=lambda entry: (entry["family"], entry["name"])):
        table.add_row(
            operation["name"],
            operation["family"],
            operation["policy"],
            _weight(operation),
            operation["flops"]["text"] if operation["flops"] else "-",
        )
    return Group(table, Text(f"{len(operations)} operations"))


def _print_coverage(entries: list[Callable], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(entry) for entry in entries], indent=1))
    else:
        print_to(sys.stdout, lambda width: _coverage_table(entries))
    if any(entry.kind == "none" for entry in entries):
        sys.exit(1)


def _coverage_table(entries: list[Callable]) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column("module or class", no_wrap=True)
    for kind in KINDS:
        table.add_column(kind, justify="right")
    owners = Counter((entry.owner, entry.kind) for entry in entries)
    for owner in sorted({entry.owner for entry in entries}):
        table.add_row(owner, *(str(owners[owner, kind] or "-") for kind in KINDS))
    table.add_section()
    kinds = Counter(entry.kind for entry in entries)
    table.add_row(Text("all", style="bold"), *(str(kinds[kind]) for kind in KINDS))
    reasons = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    reasons.add_column("no price of their own, because")
    reasons.add_column("kind")
    reasons.add_column("callables", justify="right")
    grouped = Counter((e.kind, e.reason) for e in entries if e.kind in ("free", "transparent"))
    for (kind, reason), count in sorted(grouped.items(), key=lambda item: (item[0][0], -item[1])):
        reasons.add_row(reason, kind, str(count))
    missing = [entry.name for entry in entries if entry.kind == "none"]
    verdict = (
        Text(f"Not accounted for: {', '.join(missing)}", style="red")
        if missing
        else Text(f"All {len(entries)} public callables are accounted for.", style="green")
    )
    return Group(table, reasons, verdict)
