"""``flopscope merge``: one recording of those of ranks, array jobs or several runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flopscope import recording as recordings
from flopscope.commands._recordings import RecordingFile
from flopscope.merge import merge as merge_recordings
from flopscope.quantities import amount, bytes_moved
from flopscope.report import print_to

if TYPE_CHECKING:
    from rich.console import RenderableType

    from flopscope.recording import Counts, Recording

__all__ = ["merge"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Join the recordings of ranks or array jobs.",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, metavar="FILE", help="Write the joined recording.")
def merge(files: tuple[str, ...], *, output: str) -> None:
    """Join recordings into one, and say what came from where.

    \b
    Examples:
      mpirun -n 8 sh -c 'flopscope run --quiet -o $OMPI_COMM_WORLD_RANK.flops.json train.py'
      flopscope merge *.flops.json -o all.flops.json
    """
    twice = [name for at, name in enumerate(files) if name in files[:at]]
    if twice:
        raise click.ClickException(f"{twice[0]} is named twice, and would be counted twice")
    found: dict[str, Recording] = {}
    for name in files:
        if Path(name).absolute() == Path(output).absolute():
            raise click.ClickException(f"{output} is to be written, and would be lost")
        found[name] = RecordingFile().convert(name, None, None)
    try:
        joined = merge_recordings(found)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    try:
        recordings.write(joined, Path(output))
    except OSError as error:
        raise click.ClickException(f"can't write {output!r}: {error.strerror}") from None
    print_to(sys.stdout, lambda width: _layout(found, joined))


def _layout(found: dict[str, Recording], joined: Recording) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    for head in ("recording", "host", "ended"):
        table.add_column(head, overflow="fold")
    for head in ("processes", "calls", "FLOP", "charged", "bytes"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, one in found.items():
        processes = max(1, len(one["processes"]))
        table.add_row(
            Text(name, style="cyan"),
            one["environment"]["host"],
            _how(one),
            str(processes),
            *_cells(one["totals"]),
        )
    table.add_section()
    whole = str(len(joined["processes"]))
    table.add_row(f"all {len(found)}", "", "", whole, *_cells(joined["totals"]))
    notes = [Text(note, style="yellow") for note in _notes(found)]
    return Padding(Group(table, *notes), (0, 1))


def _cells(totals: Counts) -> list[str]:
    numbers = [amount(totals[name]) for name in ("calls", "flops", "charged")]
    return [*numbers, bytes_moved(totals["bytes"])]


def _how(one: Recording) -> str:
    """Say how a program ended, in a word or two."""
    ended = one["ended"]
    if ended["how"] == "exited":
        return f"status {ended['status']}"
    return ended["signal"] or ended["exception"] or ended["how"]


def _notes(found: dict[str, Recording]) -> list[str]:
    """Say what of the recordings does not fit together."""
    notes = []
    for name, called in (("numpy", "NumPy"), ("flopscope", "flopscope"), ("python", "Python")):
        versions = sorted({str(one["environment"][name]) for one in found.values()})  # type: ignore[literal-required]
        if len(versions) > 1:
            notes.append(f"They have different versions of {called}: {', '.join(versions)}")
    digests: dict[str, tuple[str, str | None]] = {}
    for name, one in found.items():
        for source in one["sources"]:
            first, digest = digests.setdefault(source["file"], (name, source["sha256"]))
            if digest != source["sha256"]:
                notes.append(
                    f"{source['file']} was not the same for {first} and {name}: its lines are"
                    f" shown as they were for {first}"
                )
    return notes
