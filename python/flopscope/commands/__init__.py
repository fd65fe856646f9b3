"""The ``flopscope`` command line: one file a subcommand."""

from __future__ import annotations

import importlib
import sys
from typing import NoReturn

import click

from flopscope import __version__

__all__ = ["cli", "main"]

SUBCOMMANDS = (
    *("run", "report", "html", "export", "compare", "merge"),
    *("roofline", "evaluate", "ops", "doctor", "docs"),
)


class Subcommands(click.Group):
    """Subcommands, each imported when it is named: ``run`` must start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which the help shows them."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = importlib.import_module(f"flopscope.commands.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=Subcommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flopscope")
def cli() -> None:
    """Count the floating-point operations of NumPy programs that nobody changed.

    \b
    Examples:
      flopscope run train.py --epochs 3
      flopscope run --lines --json run.json -m pytest -q
      flopscope evaluate --budget 1e9 --time 60 submission.py
      flopscope compare before.flops.json after.flops.json
      flopscope ops linalg.svd
      flopscope doctor
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit; whatever the user got wrong is told in one line.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of this process.

    Raises
    ------
    SystemExit
        Always: 0, 1 for what failed, 2 for a wrong use.
    """
    try:
        status = cli.main(arguments, prog_name="flopscope", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        status = 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        name = context.command_path if context is not None else "flopscope"
        click.echo(f"{name}: {' '.join(error.format_message().split())}", err=True)
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:
        # Whoever read the output has read enough (flopscope ops | head).
        sys.stderr.close()
        status = 0
    sys.exit(status)
