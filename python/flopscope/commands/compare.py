"""``flopscope compare``: what changed between two recordings of a program."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flopscope import recording
from flopscope.compare import compare as compare_recordings
from flopscope.compare_report import layout, markdown, share
from flopscope.report import print_to

if TYPE_CHECKING:
    from flopscope.recording import Recording

__all__ = ["compare", "read"]


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


def read(name: str) -> Recording:
    """Read a recording.

    Parameters
    ----------
    name : str
        Of the file.

    Raises
    ------
    click.ClickException
        It cannot be read, or is none.
    """
    try:
        return recording.read(Path(name))
    except OSError as error:
        raise click.ClickException(f"can't read {name!r}: {error.strerror}") from None
    except ValueError as error:
        raise click.ClickException(f"{name}: {error}") from None


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Show what changed between two recordings.",
)
@click.argument("before")
@click.argument("after")
@click.option(
    "--fail-above",
    type=Percentage(),
    metavar="P%",
    help="Exit with status 1 where FLOPs or charged units grew by more.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown: for a pull request.")
def compare(before: str, after: str, *, fail_above: float | None, as_markdown: bool) -> None:
    r"""Show what changed from one recording to another, by operation and by line.

    Lines are those whose text is the same, wherever they are now. Record with --lines for them.

    \b
    Examples:
      flopscope run --lines --json before.flops.json train.py
      flopscope run --lines --json after.flops.json train.py
      flopscope compare before.flops.json after.flops.json
      flopscope compare --fail-above 5% --markdown before.flops.json after.flops.json
    """
    try:
        changed = compare_recordings(read(before), read(after))
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
