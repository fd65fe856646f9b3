"""Formulas as MathML, which browsers show without any script.

A formula is the expression tree that the registry has for it: a number, the name of an extent, or
``[operator, operands...]``. LaTeX and text come from the same tree, natively.
"""

from __future__ import annotations

from typing import Any

__all__ = ["mathml"]

Tree = Any  # int | float | str | list[Tree]

COMPARING, ADDING, MULTIPLYING, ATOM = 1, 2, 3, 4
SIGNS = {"+": ("+", ADDING), "-": ("\N{MINUS SIGN}", ADDING), "<": ("&lt;", COMPARING)}
FENCES = {"ceil": ("\N{LEFT CEILING}", "\N{RIGHT CEILING}"), "floor": ("⌊", "⌋")}


def mathml(tree: Tree) -> str:
    """Render an expression tree.

    Parameters
    ----------
    tree : int, float, str or list
        As ``flopscope ops NAME --json`` has it under ``json``, parsed.

    Returns
    -------
    str
        A ``<math>`` element.

    Examples
    --------
    >>> from flopscope.apidocs.mathml import mathml
    >>> mathml(["*", 2, "n"])
    '<math display="block"><mrow><mn>2</mn><mo>&#x2062;</mo><mi>n</mi></mrow></math>'
    """
    return f'<math display="block">{_markup(tree)}</math>'


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _fenced(markup: str, left: str = "(", right: str = ")") -> str:
    return _row(f"<mo>{left}</mo>", markup, f"<mo>{right}</mo>")


def _name(extent: str) -> str:
    if len(extent) == 1:
        return f"<mi>{extent}</mi>"
    return f"<msub><mi>{extent[0]}</mi><mi>{extent[1:]}</mi></msub>"


def _markup(tree: Tree, outer: int = 0) -> str:
    if isinstance(tree, str):
        return _name(tree)
    if not isinstance(tree, list):
        return f"<mn>{tree:g}</mn>"
    operator, *operands = tree
    if operator == "/":
        return f"<mfrac>{_markup(operands[0])}{_markup(operands[1])}</mfrac>"
    if operator == "**":
        return f"<msup>{_markup(operands[0], ATOM)}{_markup(operands[1])}</msup>"
    if operator in FENCES:
        return _fenced(_markup(operands[0]), *FENCES[operator])
    if operator == "log2":
        return _row("<msub><mi>log</mi><mn>2</mn></msub>", "<mo>&#x2061;</mo>", _argument(operands))
    if operator in ("min", "max"):
        return _row(f"<mi>{operator}</mi>", "<mo>&#x2061;</mo>", _argument(operands))
    if operator == "select":
        return _cases(*operands)
    if operator == "*":
        # Two numbers side by side would read as one.
        times = "&#x2062;" if isinstance(operands[1], (str, list)) else "&#xd7;"
        sign, precedence = times, MULTIPLYING
    else:
        sign, precedence = SIGNS[operator]
    right = _markup(operands[1], precedence + 1)
    made = _row(_markup(operands[0], precedence), f"<mo>{sign}</mo>", right)
    return _fenced(made) if precedence < outer else made


def _argument(operands: list[Tree]) -> str:
    return _fenced("<mo>,</mo>".join(map(_markup, operands)))


def _cases(condition: Tree, then: Tree, otherwise: Tree) -> str:
    when = _markup(condition)
    if isinstance(condition, str):
        when = _row(when, "<mo>=</mo>", "<mn>1</mn>")
    rows = (
        (_markup(then), _row("<mtext>if&#xa0;</mtext>", when)),
        (_markup(otherwise), "<mtext>otherwise</mtext>"),
    )
    table = "".join(
        f"<mtr><mtd>{value}</mtd><mtd>{condition}</mtd></mtr>" for value, condition in rows
    )
    # The brace is drawn by site.css: without a mathematical font none would be as high as the rows.
    return f'<mtable class="cases" columnalign="left left">{table}</mtable>'
