"""``%flops`` and ``%%flops`` of IPython and Jupyter, after ``%load_ext flopscope``."""

from __future__ import annotations

import ast
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, needs_local_scope
from IPython.display import display

from flopscope._counting import count

__all__ = ["FlopsMagics"]


@magics_class
class FlopsMagics(Magics):
    """What a statement or a cell costs."""

    shell: Any

    @needs_local_scope
    @line_cell_magic
    def flops(self, line: str, cell: str | None = None, local_ns: Any = None) -> Any:
        """Count the FLOPs of a statement (``%flops a @ b``) or of a cell (``%%flops``).

        Options: ``--lines`` by source line as well, ``--time`` seconds as well. The value of the
        last expression is that of the cell, as it would be without.
        """
        options, statement = self.parse_options(
            line, "", "lines", "time", posix=False, strict=False, preserve_non_opts=True
        )
        if cell is None and not statement.strip():
            raise UsageError("%flops needs a statement: %flops a @ b, or %%flops above a cell")
        if cell is not None and statement.strip():
            raise UsageError(f"%%flops takes --lines and --time, not {statement.strip()!r}")
        body, last = self._compiled(statement if cell is None else cell)
        names = self.shell.user_ns
        counted = count(lines="lines" in options, timing="time" in options)
        try:
            with counted:
                exec(body, names, local_ns)  # noqa: S102 - the user's own cell
                value = None if last is None else eval(last, names, local_ns)  # noqa: S307
        finally:
            display(counted)
        return value

    def _compiled(self, text: str) -> tuple[Any, Any]:
        """Compile all but a last expression, and that; tracebacks and lines know the text."""
        shell = self.shell
        code = shell.transform_cell(text)
        number = len(shell.user_ns.get("In", [""])) - 1  # of this cell, which is in there already
        name = shell.compile.cache(code, number, raw_code=text)
        tree: Any = shell.compile.ast_parse(code, filename=name)
        for transformer in shell.ast_transformers:
            tree = transformer.visit(tree)
        last = None
        is_quiet = text.rstrip().endswith(";")
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not is_quiet:
            last = compile(ast.Expression(tree.body.pop().value), name, "eval")
        return compile(tree, name, "exec"), last
