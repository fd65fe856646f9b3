"""``flopscope roofline``: measure what this machine can do at most."""

from __future__ import annotations

import json
import sys

import click

from flopscope.quantities import amount

__all__ = ["roofline"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Measure this machine's peak and bandwidth, for reports.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How long each of the three measurements takes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def roofline(*, seconds: float, as_json: bool) -> None:
    """Measure peak FLOP/s (matrix product) and memory bandwidth (triad) of this machine.

    They are stored under the machine's name in the user's state folder, and the reports and pages
    of recordings made on this machine show how far below them each operation stayed. Measure while
    the machine does nothing else.

    \b
    Examples:
      flopscope roofline
      OMP_NUM_THREADS=1 flopscope roofline --json
    """
    from flopscope.roofline import measure, store

    def say(name: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{name}", err=True, nl=False)

    try:
        found = measure(seconds, say)
    except ImportError as error:
        raise click.ClickException(f"NumPy is needed to measure: {error}") from None
    say("")
    try:
        file = store(found)
    except OSError as error:
        raise click.ClickException(f"can't write {error.filename!r}: {error.strerror}") from None
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"{found['machine']}: {found['processor']}, {found['processors']} processors")
    for width, flops in found["peak"].items():
        click.echo(f"  matrix product, {width}  {amount(float(str(flops)), 'FLOP')}/s")
    click.echo(f"  memory, triad            {amount(found['bandwidth'], 'B')}/s")
    click.echo(f"written to {file}")
