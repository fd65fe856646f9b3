"""``flopscope evaluate``: run a submission that nobody trusts under limits that hold."""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
from pathlib import Path

import click

from flopscope_server.settings import Amount, Bytes, Count

__all__ = ["evaluate"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Run an untrusted submission in a sandbox, under limits that hold.",
)
@click.option("--budget", type=Amount(), required=True, help="Charged units.")
@click.option("--time", "time_s", type=Amount(), required=True, help="Seconds of wall time.")
@click.option("--memory", type=Bytes(), help="Bytes (2G) of the worker and of the sandbox, each.")
@click.option("--cpu", type=Amount(), help="Seconds of the submission's own processor time.")
@click.option("--max-read", type=Bytes(), help="Bytes of values that it may read.")
@click.option(
    "--processes",
    type=Count,
    default=64,
    show_default=True,
    help="Processes and threads at a time.",
)
@click.option(
    "--max-output",
    type=Bytes(),
    default="64K",
    show_default=True,
    help="Bytes of stdout and of stderr in the result.",
)
@click.option("--inputs", type=click.Path(path_type=Path), help="An .npz that it is offered.")
@click.option("--outputs", type=click.Path(path_type=Path), help="Where to write what it submits.")
@click.option("--out", type=click.Path(path_type=Path), help="The result [default: stdout].")
@click.argument("submission", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1)
def evaluate(
    *,
    budget: float,
    time_s: float,
    memory: int | None,
    cpu: float | None,
    max_read: int | None,
    processes: int,
    max_output: int,
    inputs: Path | None,
    outputs: Path | None,
    out: Path | None,
    submission: Path,
    arguments: tuple[str, ...],
) -> None:
    """Run SUBMISSION, a Python file, in a sandbox against a server with limits.

    In the sandbox there are a Python without NumPy, the client of flopscope, and a socket. The
    result is JSON; the exit status is 0 when there is one, whatever became of the submission.
    Options stand before SUBMISSION or behind it; behind `--` is what SUBMISSION itself is given.

    \b
    Examples:
      flopscope evaluate --budget 1e9 --time 60 --memory 2G submission.py
      flopscope evaluate --budget 1e6 --time 10 submission.py --inputs data.npz \\
          --outputs out.npz --out result.json
      flopscope evaluate --budget 1e6 --time 10 submission.py -- --its --arguments
    """
    missing = [name for name in ("zmq", "msgspec") if importlib.util.find_spec(name) is None]
    if missing:
        raise click.ClickException(
            f"{' and '.join(missing)} of the extra [server] is missing: pip install '.[server]'"
            " in a checkout"
        )
    from flopscope_server import evaluate as evaluation

    for option, path in (("SUBMISSION", submission), ("--inputs", inputs)):
        if path is not None and not path.is_file():
            raise click.UsageError(f"{option}: there is no file {str(path)!r}")
    for option, path in (("--out", out), ("--outputs", outputs)):
        if path is not None and not path.absolute().parent.is_dir():
            raise click.UsageError(f"{option}: there is no folder for {str(path)!r}")
        if path is not None and path.is_dir():
            raise click.UsageError(f"{option}: {str(path)!r} is a folder")
    # As Ctrl-C does: the server and the folder of this evaluation go first.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup lets it be
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # or nobody could tell how the submission ended
    terms = evaluation.Terms(budget, time_s, memory, cpu, max_read, processes, max_output)
    try:
        result = evaluation.evaluate(submission, list(arguments), terms, inputs, outputs)
    except evaluation.EvaluationError as error:
        raise click.ClickException(str(error)) from None
    text = json.dumps(result, indent=2)
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        click.echo(text)  # it took a while to get
        raise click.ClickException(f"can't write {str(out)!r}: {error.strerror}") from None
