"""``flopscope report``: print the report of a recording again, or another view of it."""

from __future__ import annotations

import sys

import click

from flopscope import report as reports
from flopscope import roofline
from flopscope.commands._recordings import RecordingFile
from flopscope.grouping import GROUPINGS, NotRecordedError, recorded
from flopscope.recording import Recording
from flopscope.stacks import COUNTED

__all__ = ["report"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Print the report of a recording.",
)
@click.argument("recording", metavar="FILE", type=RecordingFile())
@click.option("--by", type=click.Choice(GROUPINGS), help="One table, by this.")
@click.option(
    "--sort", type=click.Choice(COUNTED), help="By default seconds, or charged without time."
)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Show the N dearest rows.")
def report(*, recording: Recording, by: str | None, sort: str | None, top: int | None) -> None:
    """Print the report of a recording; FILE may be - for standard input.

    \b
    Examples:
      flopscope report run.flops.json
      flopscope report run.flops.json --by line --sort bytes --top 10
      flopscope report run.flops.json --by process
    """
    if by is not None and not recorded(recording, by):
        from flopscope.grouping import group

        try:
            group(recording, by)
        except NotRecordedError as error:
            raise click.ClickException(str(error)) from None
    reports.write(recording, sys.stdout, by=by, sort=sort, top=top, roofline=roofline.of(recording))
