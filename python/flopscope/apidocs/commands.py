"""The pages of the command line, from ``--help``."""

from __future__ import annotations

import click

from flopscope.commands import cli

__all__ = ["help_of", "page", "subcommands"]

WIDTH = 90


def subcommands() -> list[str]:
    """Return the names of the subcommands, in the order of the help."""
    return cli.list_commands(click.Context(cli))


def help_of(name: str | None = None) -> str:
    """Return what ``flopscope NAME --help`` prints.

    Parameters
    ----------
    name : str, optional
        A subcommand; by default the command itself.

    Examples
    --------
    >>> from flopscope.apidocs.commands import help_of
    >>> help_of("doctor").splitlines()[0]
    'Usage: flopscope doctor [OPTIONS]'
    """
    context = click.Context(
        cli, info_name="flopscope", terminal_width=WIDTH, max_content_width=WIDTH
    )
    if name is None:
        return cli.get_help(context)
    command = cli.get_command(context, name)
    if command is None:
        raise KeyError(name)
    inner = click.Context(
        command, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH
    )
    return command.get_help(inner)


def page() -> str:
    """Return the page of the command line, as Markdown."""
    parts = ["# Command line", f"```text\n{help_of()}\n```"]
    for name in subcommands():
        parts += [f"## flopscope {name}", f"```text\n{help_of(name)}\n```"]
    return "\n\n".join(parts) + "\n"
