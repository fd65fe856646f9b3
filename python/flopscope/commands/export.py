"""``flopscope export``: a recording in another program's format."""

from __future__ import annotations

from pathlib import Path

import click

from flopscope.commands._recordings import RecordingFile
from flopscope.grouping import GROUPINGS, NotRecordedError
from flopscope.recording import Recording
from flopscope.stacks import COUNTED

__all__ = ["export"]

TABLES = ("csv", "markdown")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Write a recording for speedscope, a flame graph or a table.",
)
@click.argument("recording", metavar="FILE", type=RecordingFile())
@click.option(
    "--format",
    "target",
    type=click.Choice(("speedscope", "collapsed", *TABLES)),
    required=True,
    help="What to write.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default=Path("-"),
    help="Where to; by default standard output.",
)
@click.option("--by", type=click.Choice(GROUPINGS), help="A row of a table for each of these.")
@click.option("--measure", type=click.Choice(COUNTED), help="Of collapsed stacks: flops.")
@click.pass_context
def export(
    ctx: click.Context,
    *,
    recording: Recording,
    target: str,
    output: Path,
    by: str | None,
    measure: str | None,
) -> None:
    """Write a recording in another program's format; FILE may be - for standard input.

    speedscope and collapsed have call stacks, where the recording has them; csv and markdown are
    tables. Collapsed seconds are written as nanoseconds.

    \b
    Examples:
      flopscope export run.flops.json --format speedscope -o run.speedscope.json
      flopscope export run.flops.json --format collapsed --measure bytes | flamegraph.pl
      flopscope export run.flops.json --format csv --by line -o lines.csv
    """
    from flopscope import export as formats

    if by is not None and target not in TABLES:
        raise click.UsageError(f"--by is of tables, and {target} is none", ctx)
    if measure is not None and target != "collapsed":
        raise click.UsageError(f"--measure is of collapsed stacks, and {target} has them all", ctx)
    try:
        text = {
            "speedscope": lambda: formats.speedscope(recording),
            "collapsed": lambda: formats.collapsed(recording, measure or "flops"),
            "csv": lambda: formats.csv_table(recording, by or "op"),
            "markdown": lambda: formats.markdown_table(recording, by or "op"),
        }[target]()
    except NotRecordedError as error:
        raise click.ClickException(str(error)) from None
    # File names that are not valid UTF-8 are lone surrogates.
    content = text.encode("utf-8", "backslashreplace")
    if str(output) == "-":
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"can't write {str(output)!r}: {error.strerror}") from None
