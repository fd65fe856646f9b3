"""What the site knows of an operation: its row in the index, its payload and its page."""

from __future__ import annotations

import html
import json
from typing import Any

from flopscope.apidocs.mathml import mathml
from flopscope.commands.ops import POLICIES, WITNESSES, _by_owner, letters

__all__ = ["file_of", "index_row", "page", "payload", "positional", "public_name", "signature"]

Operation = dict[str, Any]
Payload = dict[str, Any]


def public_name(name: str) -> str:
    """Return how a program writes an operation.

    Examples
    --------
    >>> from flopscope.apidocs.operations import public_name
    >>> public_name("linalg.svd"), public_name("stats.norm.pdf")
    ('np.linalg.svd', 'flopscope.stats.norm.pdf')
    """
    special = {"getitem": "ndarray.__getitem__", "setitem": "ndarray.__setitem__"}
    return f"flopscope.{name}" if name.startswith("stats.") else f"np.{special.get(name, name)}"


def file_of(name: str) -> str:
    """Return the name of an operation's page, which is its address below ``api/``."""
    return f"{name}.md"


def signature(operation: Operation) -> str:
    """Return an operation as it is called, from the parameters that pricing knows.

    Examples
    --------
    >>> from flopscope.apidocs.operations import signature
    >>> signature({"name": "sum", "params": "a axis dtype out | keepdims"})
    'np.sum(a, axis, dtype, out, *, keepdims)'
    """
    words = ["*" if word == "|" else word for word in operation["params"].split()]
    if any(word.startswith("*") and word != "*" for word in words):
        words = [word for word in words if word != "*"]  # *args make the rest keyword-only
    return f"{public_name(operation['name'])}({', '.join(words)})"


def positional(operation: Operation) -> list[str]:
    """Return the operands that the shape rule reads, without other names for the same one."""
    names = operation["params"].split()
    named = names[names.index("|") :] if "|" in names else []
    return [
        name
        for name in operation["operands"]
        if name not in named or operation["shape_rule"] != "broadcast"
    ]


def index_row(operation: Operation, kinds: list[str]) -> dict[str, Any]:
    """Return the operation's row in ``ops.json``."""
    return {
        "name": operation["name"],
        "aliases": operation["aliases"],
        "family": operation["family"],
        "kinds": kinds,
        "policy": operation["policy"],
        "weight": operation["default_weight"],
        "flops": operation["flops"]["text"] if operation["flops"] else None,
        "witness": operation["witness"],
    }


def payload(
    operation: Operation,
    kinds: list[str],
    measured: dict[str, Any],
    rules: dict[str, dict[str, str]],
) -> Payload:
    """Return all that is known of an operation, as JSON has it.

    Parameters
    ----------
    operation : dict
        As ``flopscope._shim.operations()`` returns it.
    kinds : list of str
        Kinds of its entry points.
    measured : dict
        ``examples``, ``signature``, ``dtypes``, ``numpy`` and ``overridden`` (rates by the dtype
        argument, where it comes before that of the operands) of this operation.
    rules : dict
        As ``flopscope._shim.rules()`` returns them.

    Returns
    -------
    dict
        Charges in charged units, ``bytes`` in bytes, formulas as text, LaTeX and tree.
    """

    def formula(key: str) -> dict[str, Any] | None:
        given: dict[str, Any] | None = operation[key]
        return None if given is None else {**given, "json": json.loads(given["json"])}

    return {
        "name": operation["name"],
        "signature": measured.get("signature") or signature(operation),
        "aliases": operation["aliases"],
        "family": operation["family"],
        "entry_points": operation["entry_points"],
        "kinds": kinds,
        "policy": operation["policy"],
        "reason": operation["reason"],
        "flops": formula("flops"),
        "charge": formula("charge"),
        "weight": operation["default_weight"],
        "complex_factor": operation["complex_factor"],
        "shape_rule": operation["shape_rule"],
        "extents": rules["shape"][operation["shape_rule"]],
        "letters": letters(operation, rules["shape"]),
        "operands": positional(operation),
        "parameters": [word for word in operation["params"].split() if word != "|"],
        "dtype_rule": operation["dtype_rule"],
        "dtype": rules["dtype"][operation["dtype_rule"]],
        "dtypes": measured.get("dtypes", {}),
        "overridden": measured.get("overridden", {}),
        "witness": operation["witness"],
        "source": operation["source"],
        "result": operation["result"] and operation["result"]["text"],
        "numpy": measured.get("numpy", ""),
        "examples": measured.get("examples", []),
    }


def page(about: Payload) -> str:
    """Return the page of an operation, as Markdown.

    Parameters
    ----------
    about : dict
        Its payload.
    """
    lines = [f"# {about['name']}", "", f"```python\n{about['signature']}\n```", ""]
    lines += _summary(about)
    if about["policy"] == "formula":
        lines += _formulas(about)
        lines += _calculator(about)
    lines += _examples(about)
    lines += _rates(about)
    lines += _entry_points(about)
    lines += ["", "[All operations](index.md) · [The cost model](../cost-model.md)", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def _summary(about: Payload) -> list[str]:
    rows = [("family", about["family"]), ("policy", POLICIES[about["policy"]])]
    if about["reason"]:
        rows.append(("because", about["reason"]))
    if about["aliases"]:
        rows.append(("also called", ", ".join(map(public_name, about["aliases"]))))
    if about["numpy"]:
        rows.append(("NumPy", about["numpy"]))
    if about["policy"] == "formula":
        rows.append(("weight", f"{about['weight']:g}"))
        if about["complex_factor"] != 1:
            rows.append(("complex factor", f"{about['complex_factor']:g}"))
        if about["witness"] != "none":
            rows.append(("count checked by", WITNESSES[about["witness"]]))
        if about["source"]:
            rows.append(("source", about["source"]))
    return ["| | |", "|---|---|", *(f"| {key} | {_cell(value)} |" for key, value in rows), ""]


def _formulas(about: Payload) -> list[str]:
    lines = ["## What it costs", ""]
    for heading, key in (("FLOPs", "flops"), ("Cost", "charge")):
        formula = about[key]
        # One line and without blank ones, or Markdown would end the block in the middle.
        lines += [
            f'<div class="formula"><span>{heading} =</span>{mathml(formula["json"])}</div>',
            "",
        ]
    if about["letters"]:
        lines += ["| | |", "|---|---|"]
        lines += [f"| `{names}` | {_cell(text)} |" for names, text in about["letters"].items()]
        lines += [""]
    return [
        *lines,
        "    charged = int(cost x dtype rate x complex factor x weight)",
        "",
        "As text: FLOPs `" + about["flops"]["text"] + "`, cost `" + about["charge"]["text"] + "`.",
        "",
    ]


def _calculator(about: Payload) -> list[str]:
    needed = ("name", "flops", "charge", "weight", "complex_factor", "shape_rule", "operands")
    data = {key: about[key] for key in (*needed, "parameters", "dtypes", "overridden")}
    for key in ("flops", "charge"):
        data[key] = about[key]["json"]
    text = html.escape(json.dumps(data), quote=True)
    return [
        "## Calculator",
        "",
        f'<div class="calculator" data-operation="{text}"><noscript>The calculator needs '
        "JavaScript; <code>flopscope.accounting.cost</code> does not.</noscript></div>",
        "",
    ]


def _examples(about: Payload) -> list[str]:
    if not about["examples"]:
        return []
    lines = ["## Measured", "", "| call | FLOPs | charged units |", "|---|---:|---:|"]
    lines += [
        f"| `{example['call']}` | {example['flops']:,} | {example['charged']:,} |"
        for example in about["examples"]
    ]
    return [*lines, ""]


def _rates(about: Payload) -> list[str]:
    if not about["dtypes"]:
        return []
    by_rate: dict[tuple[int, bool], list[str]] = {}
    for dtype, (rate, is_complex, _) in about["dtypes"].items():
        by_rate.setdefault((rate, bool(is_complex)), []).append(dtype)
    lines = ["## Dtype rates", "", f"Rate by: {_cell(about['dtype'])}.", ""]
    lines += ["| dtype | rate | complex factor applies |", "|---|---:|---|"]
    for (rate, is_complex), dtypes in sorted(by_rate.items()):
        lines.append(f"| {', '.join(dtypes)} | {rate} | {'yes' if is_complex else 'no'} |")
    return [*lines, ""]


def _entry_points(about: Payload) -> list[str]:
    if not about["entry_points"]:
        return []
    lines = ["## Entry points", "", f"Kinds: {', '.join(about['kinds'])}.", ""]
    return [*lines, *(f"- `{entry}`" for entry in _by_owner(about["entry_points"])), ""]
