"""``python -m flopscope_server``: the server's command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flopscope_server.session import Limits
from flopscope_server.settings import Amount, Bytes, Count, Settings, from_toml

if TYPE_CHECKING:
    import numpy as np

__all__ = ["main", "server"]

_SHORTEST_TOKEN = 16
_LONGEST_TOKEN = 4096


def _configure(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
    if path is not None:
        options = {
            option.removeprefix("--"): each
            for each in ctx.command.params
            for option in each.opts
            if each is not param and option.startswith("--")
        }
        ctx.default_map = from_toml(path, options)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    callback=_configure,
    is_eager=True,
    expose_value=False,
    help="A TOML file with the options below by name; the command line goes first.",
)
@click.option("--url", required=True, help="ipc://<path> or tcp://127.0.0.1:<port>.")
@click.option("--budget", type=Amount(), help="Charged units of a session.")
@click.option("--time", "wall_s", type=Amount(), help="Seconds of a session.")
@click.option("--cpu", "cpu_s", type=Amount(), help="Seconds of processor time of a session.")
@click.option("--memory", "memory_bytes", type=Bytes(), help="Bytes of its worker, such as 2G.")
@click.option(
    "--arrays",
    type=Count,
    default=Limits.arrays,
    show_default=True,
    help="Arrays that it may hold.",
)
@click.option(
    "--max-message",
    "message_bytes",
    type=Bytes(),
    default=str(Limits.message_bytes),
    show_default=True,
    help="Bytes of one message.",
)
@click.option("--max-read", "read_bytes", type=Bytes(), help="Bytes of values that it may read.")
@click.option(
    "--at-once", type=Count, default=Settings.at_once, show_default=True, help="Sessions together."
)
@click.option("--in-all", type=Count, help="Sessions opened without the token, until the end.")
@click.option(
    "--unused",
    "unused_s",
    type=Amount(),
    default=Settings.unused_s,
    show_default=True,
    help="Seconds after which a session ends that nobody has come to.",
)
@click.option(
    "--drain",
    "drain_s",
    type=Amount(),
    default=Settings.drain_s,
    show_default=True,
    help="Seconds that open sessions have to end after SIGTERM.",
)
@click.option("--token-fd", type=click.IntRange(min=0), help="Read the control token from here.")
@click.option("--inputs", type=click.Path(path_type=Path), help="An .npz for every session.")
@click.option(
    "--outputs", type=click.Path(path_type=Path), help="A folder for what sessions hand back."
)
@click.option(
    "--log", "log_file", type=click.Path(path_type=Path), help="JSON lines [default: stderr]."
)
def server(
    *,
    url: str,
    token_fd: int | None,
    inputs: Path | None,
    outputs: Path | None,
    log_file: Path | None,
    at_once: int,
    in_all: int | None,
    unused_s: float,
    drain_s: float,
    **limits: Any,
) -> None:
    """Open sessions for clients that have no NumPy, each with the limits given here.

    \b
    Examples:
      python -m flopscope_server --url ipc:///tmp/flopscope.sock --budget 1e9 --time 60
      python -m flopscope_server --config server.toml --url tcp://127.0.0.1:5555
    """
    settings = Settings(
        url=url,
        limits=Limits(**limits),
        at_once=at_once,
        in_all=in_all,
        unused_s=unused_s,
        drain_s=drain_s,
        token=None if token_fd is None else _token(token_fd),
        inputs=inputs,
        outputs=outputs,
    )
    if outputs is not None and not outputs.is_dir():
        raise click.UsageError(f"--outputs: {str(outputs)!r} is not a folder; make it first")
    # Before NumPy is loaded: its threads would not survive the fork.
    os.environ |= dict.fromkeys(
        ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
    )
    try:
        import msgspec  # noqa: F401
        import zmq  # noqa: F401
    except ImportError as error:
        raise click.ClickException(
            f"the server needs pyzmq and msgspec ({error}): pip install '.[server]'"
        ) from None
    from flopscope import _shim
    from flopscope.supported import reason_not_to_run
    from flopscope_server import tables
    from flopscope_server.account import Accounts
    from flopscope_server.broker import Broker
    from flopscope_server.listening import AddressError
    from flopscope_server.log import Log
    from flopscope_server.opened import least_memory
    from flopscope_server.target import Target
    from flopscope_server.worker import serve, table

    if (reason := reason_not_to_run()) is not None:
        raise click.ClickException(reason)
    arrays = _load(inputs)
    _shim.activate()
    table()  # before the fork, for all sessions
    tables.prepare()
    _shim.reset()
    least = least_memory()
    if settings.limits.memory_bytes is not None and settings.limits.memory_bytes < least:
        raise click.UsageError(
            f"--memory: a worker takes {least >> 20}M before it computes anything; give more"
        )
    try:
        log = Log(Target(path=log_file), Accounts())
    except OSError as error:
        raise click.UsageError(f"--log: can't write {str(log_file)!r}: {error.strerror}") from None
    try:
        Broker(settings, arrays, serve, log).run()
    except AddressError as error:
        raise click.ClickException(str(error)) from None


def _token(descriptor: int) -> bytes:
    try:
        # A standard stream stays open: another descriptor would get its number.
        with open(descriptor, "rb", closefd=descriptor > 2) as stream:
            secret = stream.read(_LONGEST_TOKEN + 1).strip(b"\r\n")
    except OSError as error:
        raise click.UsageError(f"--token-fd {descriptor}: {error.strerror}") from None
    if not _SHORTEST_TOKEN <= len(secret) <= _LONGEST_TOKEN:
        raise click.UsageError(
            f"--token-fd {descriptor}: a token has {_SHORTEST_TOKEN} to {_LONGEST_TOKEN} bytes,"
            f" and this one {len(secret)}"
        )
    return secret


def _load(path: Path | None) -> dict[str, np.ndarray[Any, Any]]:
    """Load the organiser's arrays, and the parts of NumPy that a session may need."""
    import zipfile
    import zlib

    import numpy as np
    import numpy.fft
    import numpy.linalg
    import numpy.random

    if path is None:
        return {}
    arrays = {}
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("it is one array: write it with numpy.savez(path, name=array)")
        with archive:
            for name in archive.files:
                array = archive[name]
                if array.dtype.kind not in "biufcmMSU":
                    raise ValueError(f"{name!r} has dtype {array.dtype}, which does not travel")
                array.setflags(write=False)
                arrays[name] = array
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise click.UsageError(f"--inputs: cannot load {str(path)!r}: {error}") from None
    return arrays


def _open_standard_streams() -> None:
    """Open those that whoever started this has closed: what is opened later has other numbers."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
        name = ("stdin", "stdout", "stderr")[descriptor]
        stream = open(descriptor, "w" if descriptor else "r", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
    os.close(descriptor)


def main() -> None:
    """Run the server and exit; what is wrong with how it was started is told in one line."""
    _open_standard_streams()
    try:
        status = server.main(prog_name="flopscope_server", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"flopscope_server: {' '.join(error.format_message().split())}", err=True)
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]
    main()
