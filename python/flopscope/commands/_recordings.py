"""Recordings as arguments of commands: what is wrong with a file is told in one line."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flopscope import recording as recordings

if TYPE_CHECKING:
    from flopscope.recording import Recording

__all__ = ["RecordingFile"]


class RecordingFile(click.ParamType["Recording"]):
    """A file with a recording; ``-`` is standard input."""

    name = "recording"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Recording:
        """Read and check it, or fail in one line that names it."""
        name = str(value)
        # A large recording is a million objects without a cycle, and this process does not live
        # long: looking for cycles would take a third of its time.
        gc.disable()
        try:
            return recordings.read(sys.stdin if name == "-" else Path(name))
        except OSError as error:
            reason = error.strerror or str(error)
        except ValueError as error:  # UnicodeDecodeError too: a file that is not text
            reason = str(error)
        raise click.ClickException(f"{name}: {reason}")
