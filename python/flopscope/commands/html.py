"""``flopscope html``: a recording as one page."""

from __future__ import annotations

from pathlib import Path

import click

from flopscope.commands._recordings import RecordingFile
from flopscope.recording import Recording

__all__ = ["html"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Make one self-contained page of a recording.",
)
@click.argument("recording", metavar="FILE", type=RecordingFile())
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="Where to write the page.",
)
def html(*, recording: Recording, output: Path) -> None:
    """Make a page of a recording: tables, flame graph, annotated source, roofline.

    It is one file that opens in any browser of 2023 or newer and needs no network. It holds the
    source lines that the recording holds (flopscope run --no-source leaves them out).

    \b
    Examples:
      flopscope run --lines --stacks -o run.flops.json train.py
      flopscope html run.flops.json -o report.html
    """
    from flopscope import roofline
    from flopscope.page import page

    try:
        text = page(recording, roofline.of(recording))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "bokeh":
            raise
        raise click.ClickException(
            "Bokeh is not installed: pip install bokeh, or this package with its extra [html]"
        ) from None
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"can't write {str(output)!r}: {error.strerror}") from None
