"""What an organiser sets: on the command line, or in a TOML file by the same names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from flopscope_server.session import Limits

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Amount", "Bytes", "Count", "Settings", "parse_bytes"]

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse_bytes(text: str) -> int:
    """Read a number of bytes: ``2G`` is 2 * 1024**3.

    Raises
    ------
    ValueError
        It is none, or not greater than 0.

    Examples
    --------
    >>> from flopscope_server.settings import parse_bytes
    >>> parse_bytes("1.5M")
    1572864
    """
    found = re.fullmatch(
        r"(\d+(?:\.\d+)?(?:e\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE
    )
    if found is None:
        raise ValueError(f"{text!r} is not a number of bytes, such as 500000, 64M or 2G")
    number = float(found[1]) * _UNITS[found[2].upper()]
    if not 1 <= number < 2**62:
        raise ValueError(f"{text!r} is not a number of bytes greater than 0")
    return int(number)


class Amount(click.ParamType[float]):
    """A finite number greater than 0."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or fail in one line."""
        try:
            number = math.nan if isinstance(value, bool) else float(str(value))
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number > 0):
            self.fail(f"{value!r} is not a finite number greater than 0", param, ctx)
        return number


class Bytes(click.ParamType[int]):
    """A number of bytes, also as ``64M`` or ``2G``."""

    name = "bytes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number, or fail in one line."""
        try:
            return parse_bytes(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


Count = click.IntRange(min=1)


@dataclass(frozen=True)
class Settings:
    """How a server is to be run.

    Attributes
    ----------
    url : str
        Where it listens.
    limits : Limits
        Of a session that is opened without the token.
    at_once, in_all : int
        Sessions that may be open together, and that may be opened without the token until the
        server ends.
    unused_s : float
        Seconds after which a session ends that nobody has come to.
    drain_s : float
        Seconds that open sessions have to end after SIGTERM.
    token : bytes, optional
        The control token.
    inputs : pathlib.Path, optional
        An ``.npz`` of arrays that each session is offered by name.
    outputs : pathlib.Path, optional
        A folder; what a session hands back is written to ``<session>.npz`` there.
    """

    url: str
    limits: Limits = field(default_factory=Limits)
    at_once: int = 64
    in_all: int | None = None
    unused_s: float | None = 60.0
    drain_s: float = 30.0
    token: bytes | None = None
    inputs: Path | None = None
    outputs: Path | None = None


def from_toml(path: Path, options: dict[str, click.Parameter]) -> dict[str, Any]:
    """Read a TOML file whose keys are the long options' names.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    options : dict
        The parameters that there are, by the name that the file uses (``at-once``).

    Returns
    -------
    dict
        Values by the parameter's own name.

    Raises
    ------
    click.UsageError
        It cannot be read, or has a key that is no option.
    """
    import tomllib

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"cannot read the configuration {str(path)!r}: {error}") from None
    values = {}
    for key, value in content.items():
        name = key.replace("_", "-")
        if name not in options:
            raise click.UsageError(
                f"{str(path)!r} has the key {key!r}, which is no option; there are"
                f" {', '.join(sorted(options))}"
            )
        values[str(options[name].name)] = value
    return values
