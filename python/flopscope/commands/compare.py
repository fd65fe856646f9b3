"""``flopscope compare``: what changed between two recordings of a program."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import click

from flopscope.commands._recordings import RecordingFile
from flopscope.compare import compare as compare_recordings
from flopscope.compare_report import layout, markdown, share
from flopscope.report import print_to

if TYPE_CHECKING:
    from flopscope.recording import Recording

__all__ = ["compare"]


class Percentage(click.ParamType[float]):
    """A share written in percent: ``5%``."""

    name = "percentage"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the share, 0.05 for ``5%``, or fail in one line."""
        text = str(value)
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            number = math.nan
        if not (text.endswith("%") and math.isfinite(number) and number >= 0):
            self.fail(f"{text!r} is not a percentage, such as 5%", param, ctx)
        return number / 100


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Show what changed between two recordings.",
)
@click.argument("before", type=RecordingFile())
@click.argument("after", type=RecordingFile())
@click.option(
    "--fail-above",
    type=Percentage(),
    metavar="P%",
    help="Exit with status 1 where FLOPs or charged units grew by more.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown: for a pull request.")
def compare(
    before: Recording, after: Recording, *, fail_above: float | None, as_markdown: bool
) -> None:
    """Show what changed from one recording to another, by operation and by line.

    Lines are those whose text is the same, wherever they are now. Record with --lines for them.

    \b
    Examples:
      flopscope run --lines -o before.flops.json train.py
      flopscope run --lines -o after.flops.json train.py
      flopscope compare before.flops.json after.flops.json
      flopscope compare --fail-above 5% before.flops.json after.flops.json
    """
    try:
        changed = compare_recordings(before, after)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if as_markdown:
        click.echo(markdown(changed), nl=False)
    else:
        print_to(sys.stdout, lambda width: layout(changed, width))
    growth = changed.growth()
    if fail_above is not None and growth > fail_above:
        grown = f"by {share(growth)}" if math.isfinite(growth) else "from nothing"
        raise click.ClickException(f"the work grew {grown}, more than {share(fail_above)}")
