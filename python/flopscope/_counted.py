"""Operations that users register: :func:`flopscope.counted`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar, overload

from flopscope import _shim

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = ["counted"]


@overload
def counted(name: Function, /) -> Function: ...


@overload
def counted(
    name: str,
    *,
    flops: str,
    charge: str | None = None,
    extents: Mapping[str, str] | None = None,
    parameters: str | None = None,
    source: str = "",
) -> Callable[[Function], Function]: ...


def counted(
    name: Any,
    *,
    flops: str | None = None,
    charge: str | None = None,
    extents: Mapping[str, str] | None = None,
    parameters: str | None = None,
    source: str = "",
) -> Any:
    """Count each call of a function: by what it asks of NumPy, or as one operation of its own.

    Without arguments, ``@counted``, the function tells what its calls cost: ``function.count`` is
    the :class:`~flopscope.count` of all of them so far and ``function.last_count`` of the last one.
    They count nothing else and nothing less than they do undecorated.

    With a name and a formula, each call is one operation. The price stands for everything that is
    computed inside the call, whether NumPy does it or something that flopscope does not see, such
    as a BLAS that an extension brings: what NumPy is asked for in there is not counted besides. The
    operation has a row in reports and recordings, draws on budgets, and ``flopscope ops`` shows it
    where it is registered.

    Parameters
    ----------
    name : str
        Of the operation: ``"mylib.solve"``. Registering a name again replaces its formulas for
        functions that are decorated from then on.
    flops : str
        The textbook count, a formula over `extents`: numbers, ``+ - * / **``, ``<``, parentheses,
        ``min``, ``max``, ``log2``, ``ceil``, ``floor`` and ``select(condition, then, otherwise)``.
        ``cm`` and ``ca`` are the FLOPs of a multiplication and of an addition: 1, and 6 and 2 for
        complex operands.
    charge : str, optional
        Units of the cost model, before dtype rate and weight; by default as many as `flops`.
    extents : dict of str to str
        How each extent is read from the arguments of a call: ``"a.shape[0]"``, ``"a.shape[-1]"``,
        ``"a.size"``, ``"a.ndim"``, or ``"k"`` for a parameter that is an integer.
    parameters : str, optional
        Of a callable that has no signature to look at, those that `extents` read and all before
        them: ``"a b"``, keyword-only ones after a ``|``.
    source : str, optional
        Where the formula comes from, for ``flopscope ops``.

    Returns
    -------
    callable
        A decorator. What it returns is called, inspected and pickled like the function.

    Raises
    ------
    ValueError
        A formula, an extent or the name is wrong; the message names the place.
    TypeError
        A name without a formula, or ``@counted`` on what is no function or runs later than it is
        called (generators, coroutines).

    Notes
    -----
    Formulas are parsed once and evaluated natively; no Python code runs to price a call. The dtype
    that sets the rate is the result type of the arrays that the extents are read from, float64 for
    integers. A call whose arguments do not have what an extent reads is counted by what it asks of
    NumPy instead.

    Examples
    --------
    >>> import flopscope
    >>> import numpy as np
    >>> @flopscope.counted
    ... def norm(x):
    ...     return np.sqrt(x @ x)
    >>> _ = norm(np.ones(10)), norm(np.ones(20))
    >>> norm.last_count.flops, norm.count.flops  # a product of length n has 2n - 1
    (40, 60)

    >>> @flopscope.counted(
    ...     "mylib.solve", flops="2*n**3/3 + 2*n**2", extents={"n": "a.shape[-1]"}
    ... )
    ... def solve(a, b):
    ...     return np.linalg.inv(a) @ b
    >>> a, b = np.eye(10), np.ones(10)
    >>> with flopscope.BudgetContext(10_000, quiet=True) as budget:
    ...     _ = solve(a, b)
    >>> budget.flops_used
    1733

    A function that NumPy never sees:

    >>> from scipy.linalg import lapack
    >>> dgesv = flopscope.counted(
    ...     "lapack.dgesv",
    ...     flops="2*n**3/3 + 2*n*size",
    ...     extents={"n": "a.shape[0]", "size": "b.size"},
    ...     parameters="a b",
    ... )(lapack.dgesv)
    >>> flopscope.accounting.cost("lapack.dgesv", (30, 30), (30,)).flops
    19800

    >>> flopscope.counted("mylib.other", flops="2*m", extents={"n": "a.shape[0]"})(solve)
    Traceback (most recent call last):
        ...
    ValueError: mylib.other: flops '2*m': no extent is called 'm'
    """
    if not isinstance(name, str):
        from flopscope._counting import Count
        from flopscope._totals import count_calls

        return count_calls(name, Count)
    if flops is None:
        raise TypeError(f'counted: {name!r} needs a formula: flops="..."')

    def decorate(function: Function) -> Function:
        words, defaults = (
            (parameters, {}) if parameters is not None else _parameters(name, function)
        )
        _shim.register(
            name,
            words,
            flops,
            flops if charge is None else charge,
            source,
            dict(extents or {}),
            defaults,
        )
        return _shim.counted(name, function)

    return decorate


def _parameters(name: str, function: Callable[..., Any]) -> tuple[str, dict[str, int]]:
    """List the parameters as the native module takes them, and which integers they default to."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        raise ValueError(
            f'{name}: {function!r} has no signature to look at: give parameters="a b ..."'
        ) from None
    words = []
    defaults = {}
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and "|" not in words:
            words.append("|")
        starred = parameter.kind is parameter.VAR_POSITIONAL
        words.append(f"*{parameter.name}" if starred else parameter.name)
        if isinstance(parameter.default, int):
            defaults[parameter.name] = int(parameter.default)
    return " ".join(words), defaults
