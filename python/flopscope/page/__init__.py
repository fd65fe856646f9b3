"""A recording as one HTML file: everything is in it, and nothing is asked of any network."""

from __future__ import annotations

import html
import shlex
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from flopscope.grouping import described_end, was_asked
from flopscope.page.data import packed, page_data
from flopscope.page.plots import library, plots
from flopscope.quantities import amount, bytes_moved, duration, percentage, ratio
from flopscope.recording import add_up

if TYPE_CHECKING:
    from flopscope.recording import Recording
    from flopscope.roofline import Roofline

__all__ = ["page"]

# In this order: each uses what stands before it.
SCRIPTS = ("quantities.js", "tables.js", "flame.js", "source.js", "roofline.js", "page.js")


def page(recording: Recording, roofline: Roofline | None = None) -> str:
    """Make the page of a recording.

    Parameters
    ----------
    recording : Recording
        What to show.
    roofline : Roofline, optional
        Of the machine that the recording was made on; without it the plot has no roof.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    ImportError
        Bokeh is not installed.
    """
    folder = resources.files("flopscope.page")

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    data = page_data(recording, roofline) | {"plots": plots()}
    command = shlex.join(recording["environment"]["arguments"])
    script = "\n".join(read(name) for name in SCRIPTS)
    text = Template(read("page.html")).substitute(
        title=_escaped(f"flopscope {command}"),
        command=_escaped(command),
        style=read("page.css"),
        facts=_escaped(_facts(recording)),
        totals=_totals(recording),
        notices="".join(f'<p class="notice">{_escaped(note)}</p>' for note in _notices(recording)),
        roofline=_escaped(_about_roofline(recording, roofline)),
        missing=_missing(recording),
        versions=_escaped(_versions(recording)),
        data=packed(data),
        script=f'"use strict";\n(() => {{\n{script}\n}})();',
        library=library(),
    )
    # A file name that is not valid UTF-8 arrives as lone surrogates.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escaped(text: str) -> str:
    return html.escape(text)


def _facts(recording: Recording) -> str:
    environment = recording["environment"]
    facts = []
    if environment["started"] is not None:
        facts.append(environment["started"].replace("T", " ")[:19] + " UTC")
    facts.append(" ".join(filter(None, (environment["host"], environment["processor"]))))
    if environment["wall_seconds"] is not None:
        facts.append(f"wall time {duration(environment['wall_seconds'])}")
    if recording["ended"]["how"] != "unknown":
        facts.append(described_end(recording["ended"]))
    if len(recording["processes"]) > 1:
        facts.append(f"{len(recording['processes'])} processes")
    return " · ".join(filter(None, facts))


def _totals(recording: Recording) -> str:
    totals = recording["totals"]
    facts = [
        ("FLOPs", amount(totals["flops"], "FLOP")),
        ("Charged units", amount(totals["charged"])),
        ("Bytes moved", bytes_moved(totals["bytes"])),
        ("Calls", amount(totals["calls"])),
        ("FLOPs a byte", ratio(totals["flops"], totals["bytes"])),
    ]
    if recording["environment"]["timing"]:
        facts.append(("In operations", duration(totals["seconds"])))
        facts.append(("GFLOP/s", ratio(totals["flops"] / 1e9, totals["seconds"])))
    budget = recording["environment"]["budget"]
    if budget is not None:
        share = percentage(budget["flops_used"], budget["flop_budget"])
        facts.append((f"Of {amount(budget['flop_budget'])} budget", share))
    return "".join(f"<div><dt>{_escaped(a)}</dt><dd>{_escaped(b)}</dd></div>" for a, b in facts)


def _notices(recording: Recording) -> list[str]:
    """Say before all numbers what a reader has to know of them."""
    notices = []
    if recording["not_counted"]["reason"] is not None:
        notices.append(f"Nothing was counted: {recording['not_counted']['reason']}.")
    unpriced = add_up(row for row in recording["operations"] if row["priced"] == "none")
    if unpriced["calls"]:
        share = percentage(unpriced["calls"], recording["totals"]["calls"])
        notices.append(
            f"Calls that were not priced: {amount(unpriced['calls'])} ({share}). Their FLOPs are"
            " not in these numbers; what was called is named at the end."
        )
    if recording["environment"].get("weights"):
        notices.append("Charged with weights that are not the cost model's own.")
    died = [one for one in recording["processes"] if one["ended"]["how"] == "died"]
    if died:
        notices.append(
            f"Processes died without saying how: {', '.join(str(one['pid']) for one in died)}."
            " What they counted until then is in these numbers."
        )
    return notices


def _about_roofline(recording: Recording, roofline: Roofline | None) -> str:
    if not recording["environment"]["timing"]:
        return "Recorded without time (--no-time), so nothing is known of rates."
    if roofline is None:
        return (
            "What the machine can do is not known here: run flopscope roofline on"
            f" {recording['environment']['host']}, then make this page again."
        )
    peaks = ", ".join(
        f"{amount(value, 'FLOP')}/s {name}"
        for name, value in (
            ("float32", roofline["peak"]["float32"]),
            ("float64", roofline["peak"]["float64"]),
        )
    )
    return (
        f"Each dot is an operation, the larger the more time it took. Measured roof: {peaks},"
        f" {bytes_moved(roofline['bandwidth'])}/s. On the slope the memory's bandwidth is the"
        " limit, on the level the peak. Dots above it read from a cache. Blue computed in"
        " float64, orange in float32."
    )


def _missing(recording: Recording) -> str:
    parts = []
    missed = recording["not_counted"]
    wall = recording["environment"]["wall_seconds"]
    if missed["seconds"] is not None and wall:
        share = percentage(missed["seconds"], wall)
        parts.append(
            f"{duration(missed['seconds'])} of the wall time ({share}) was spent outside"
            " counted operations."
        )
    for priced, label in (
        ("none", "Not priced, their FLOPs are unknown"),
        ("primitives", "Not priced themselves, through the operations that they call"),
    ):
        rows = [row for row in recording["operations"] if row["priced"] == priced]
        if rows:
            named = ", ".join(f"{row['name']} ({_calls(row['calls'])})" for row in rows)
            parts.append(f"{label}: {named}.")
    for package in dict.fromkeys(kernel["package"] for kernel in missed["kernels"]):
        kernels = [one["kernels"] for one in missed["kernels"] if one["package"] == package]
        parts.append(f"{package} was loaded; its kernels are not counted: {', '.join(kernels)}.")
    if not was_asked(recording["ended"]):
        parts.append("Which kernels of their own the program's modules have is not known.")
    if lost := missed.get("lost", 0):
        parts.append(f"{lost} pieces of children's counts had no room in shared memory.")
    if missed["child_seconds"] >= 0.01 and len(recording["processes"]) < 2:
        parts.append(
            f"{duration(missed['child_seconds'])} of processor time in child processes that were"
            " not counted."
        )
    if not parts:
        parts.append("Nothing that is known: every call was priced by formula.")
    return f'<ul class="plain">{"".join(f"<li>{_escaped(part)}</li>" for part in parts)}</ul>'


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{amount(number)} calls"


def _versions(recording: Recording) -> str:
    environment = recording["environment"]
    numpy = f"NumPy {environment['numpy']}, " if environment["numpy"] else ""
    return (
        f"flopscope {environment['flopscope']}, {numpy}Python {environment['python']},"
        f" charges of {environment['cost_model']}"
    )
