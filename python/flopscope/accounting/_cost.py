"""Prices of calls that are not made."""

from __future__ import annotations

import inspect
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from flopscope import _shim
from flopscope._cost_model import unknown
from flopscope.coverage import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

    from flopscope.accounting._names import OperationName

__all__ = ["Cost", "charge", "charge_by_formula", "cost", "get_weight", "operand"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call costs.

    Attributes
    ----------
    flops : int
        Textbook count of floating-point operations.
    charged : int
        Units of the cost model, which budgets are in.
    bytes : int or None
        Operands read plus result written; ``None`` where the size of the result cannot be known.
    """

    flops: int
    charged: int
    bytes: int | None


def cost(
    operation: OperationName | str,
    *operands: Any,
    dtype: DTypeLike | None = None,
    **parameters: Any,
) -> Cost:
    """Price a call of any operation without making it.

    Parameters
    ----------
    operation : str
        A name that ``flopscope ops`` lists, one of its aliases, or a method: ``"linalg.svd"``,
        ``"abs"``, ``"ndarray.sum"``.
    *operands : tuple of int, list or object
        The positional arguments. A tuple of integers is the shape of an array, which takes no
        memory however large it is; a list holds several. Everything else is given as it is:
        numbers, strings, real arrays, and what :func:`operand` makes.
    dtype : dtype_like, optional
        Of the arrays given by shape; by default float64. Where none is, the parameter of the
        operation that has this name.
    **parameters : object
        The other arguments, as the operation takes them: ``axis=0``, ``full_matrices=False``.

    Returns
    -------
    Cost

    Raises
    ------
    ValueError
        There is no such operation, it has no price of its own, or it cannot be called so.
    TypeError
        The dtype is none of NumPy's.

    Notes
    -----
    Where a price depends on elements (masks, coefficients), those of an array given by shape are
    one.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.cost("matmul", (50, 40), (40, 30))
    Cost(flops=118500, charged=237000, bytes=37600)
    >>> accounting.cost("sum", (10**6, 10**6), axis=0, dtype="float32").flops
    999999000000
    >>> accounting.cost("einsum", "ij,jk->ik", (3, 4), (4, 5)).charged
    210
    """
    if dtype is not None and not any(map(_holds_shape, operands)):
        parameters["dtype"] = _dtype(dtype)
    return _price(operation, operands, parameters, dtype, rated=True)


def charge(
    operation: str, *operands: Any, charged_as: DTypeLike | None = None, **parameters: Any
) -> int:
    """Units that a call is charged; without ``charged_as``, as if all dtype rates were one."""
    return _price(operation, operands, parameters, charged_as, rated=charged_as is not None).charged


def charge_by_formula(
    operation: str, formula: str, charged_as: DTypeLike | None = None, **extents: int
) -> int:
    """Units of a way to compute an operation that NumPy does not have."""
    units = _shim._evaluate_text(formula, extents)
    if charged_as is not None:
        units *= _shim._cost_model()[2].get(_dtype(charged_as).name, 1.0)
    return int(units * get_weight(operation))


def get_weight(operation: str) -> float:
    """Give the weight of an operation in the cost model in force.

    Parameters
    ----------
    operation : str
        Its name, or one of its aliases.

    Returns
    -------
    float
        What its cost is multiplied by; 0 for what is free.

    Raises
    ------
    ValueError
        There is no such operation.

    Examples
    --------
    >>> from flopscope import accounting
    >>> accounting.get_weight("exp")
    16.0
    """
    _shim.read_environment()
    weight = _shim._weight(_path(operation))
    if weight is None:
        raise unknown(operation)
    return weight


def operand(shape: int | Sequence[int], dtype: DTypeLike = "float64") -> NDArray[Any]:
    """Stand in for an array, for :func:`cost`, in the memory of one element.

    Parameters
    ----------
    shape : int or tuple of int
        Its shape.
    dtype : dtype_like
        Its dtype.

    Returns
    -------
    ndarray
        All one, read-only.

    Examples
    --------
    >>> from flopscope import accounting
    >>> indices = accounting.operand((5,), "int64")
    >>> accounting.cost("take", (3, 4), indices, axis=1).bytes
    256
    """
    lengths = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    for length in lengths:
        if not isinstance(length, (int, np.integer)) or isinstance(length, bool):
            raise TypeError(f"shape {shape!r}: {length!r} is no integer")
        if length < 0:
            raise ValueError(f"shape {shape!r}: {length} is negative, and lengths are 0 or more")
    try:
        return cast("NDArray[Any]", _shim._operand(lengths, _dtype(dtype)))
    except ValueError as fault:
        raise ValueError(f"shape {shape!r}: NumPy has no such array ({fault})") from None


def size(name: str, value: int) -> int:
    """Check an extent that is given as a number."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}, and has to be an integer") from None
    if number < 0:
        raise ValueError(f"{name} is {number}, and has to be 0 or more")
    return number


def _price(
    operation: str,
    operands: Sequence[Any],
    parameters: dict[str, Any],
    dtype: DTypeLike | None,
    *,
    rated: bool,
) -> Cost:
    if not isinstance(operation, str):
        raise TypeError(f"an operation is given by its name, not by {operation!r}")
    _shim.read_environment()
    _check_arguments(operation, operands, parameters)
    wanted = _dtype("float64" if dtype is None else dtype)
    arguments = tuple(_stand_in(value, wanted) for value in operands)
    try:
        flops, charged, moved, verdict = _shim._price(
            _path(operation), arguments, parameters, rated
        )
    except KeyError:
        raise unknown(operation) from None
    if verdict == "priced":
        return Cost(flops, charged, moved)
    known = next((o for o in _shim.operations() if o["name"] == _path(operation)), None)
    if verdict == "transparent" or (known is not None and known["policy"] == "transparent"):
        reason = f" ({known['reason']})" if known is not None and known["reason"] else ""
        raise ValueError(
            f"{operation} has no price of its own{reason}: price the operations that it calls"
        )
    if verdict == "afterwards":
        raise ValueError(
            f"the price of {operation} depends on the elements of its operands, which shapes do"
            " not tell: run it inside a BudgetContext, and read what it used"
        )
    given = [*map(_described, operands), *(f"{k}={_described(v)}" for k, v in parameters.items())]
    takes = (
        f"; it takes {known['params'].replace('|', '*').replace(' ', ', ')}"
        if known is not None
        else ""
    )
    raise ValueError(
        f"{operation}({', '.join(given)}) cannot be priced: see that the shapes fit and the"
        f" parameters are its own{takes}"
    )


def _check_arguments(operation: str, operands: Sequence[Any], parameters: dict[str, Any]) -> None:
    """Refuse what NumPy's function would refuse, where it says what it takes."""
    function = resolve(f"numpy.{_path(operation)}")
    if isinstance(function, np.ufunc):
        if len(operands) < function.nin:
            raise ValueError(f"{operation} takes {function.nin} operands, and not {len(operands)}")
        return
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*operands, **parameters)
    except TypeError as fault:
        raise ValueError(f"{operation}: {fault}; it takes {signature}") from None


def _path(operation: str) -> str:
    return operation.removeprefix("numpy.").removeprefix("np.")


def _dtype(dtype: DTypeLike) -> np.dtype[Any]:
    try:
        return np.dtype(dtype)
    except TypeError:
        raise TypeError(
            f"dtype {dtype!r} is none of NumPy's: give one such as 'float32' or 'complex128'"
        ) from None


def _is_shape(value: object) -> bool:
    return type(value) is tuple and all(
        isinstance(length, (int, np.integer)) and not isinstance(length, bool) for length in value
    )


def _holds_shape(value: object) -> bool:
    return _is_shape(value) or (isinstance(value, (list, tuple)) and any(map(_holds_shape, value)))


def _stand_in(value: Any, dtype: np.dtype[Any]) -> Any:
    if _is_shape(value):
        return operand(value, dtype)
    if _holds_shape(value):
        return type(value)(_stand_in(item, dtype) for item in value)
    return value


def _described(value: object) -> str:
    return f"array of {value.shape}" if isinstance(value, np.ndarray) else repr(value)
