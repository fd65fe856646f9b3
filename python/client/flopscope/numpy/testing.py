"""The assertions of ``numpy.testing`` that programs use most, on arrays of the server."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flopscope._call import call

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "assert_",
    "assert_allclose",
    "assert_almost_equal",
    "assert_array_almost_equal",
    "assert_array_equal",
    "assert_array_less",
    "assert_equal",
    "assert_raises",
]


def assert_(val: Any, msg: str = "") -> None:
    """Assert that something is true."""
    if not val:
        raise AssertionError(msg() if callable(msg) else msg)


def _fail(what: str, actual: Any, desired: Any, err_msg: str) -> None:
    raise AssertionError(f"{what}\n{err_msg}\n ACTUAL: {actual!r}\n DESIRED: {desired!r}")


def assert_allclose(
    actual: Any, desired: Any, rtol: float = 1e-7, atol: float = 0, equal_nan: bool = True,
    err_msg: str = "", verbose: bool = True,
) -> None:  # fmt: skip
    """Assert that two arrays are equal within tolerances.

    Parameters
    ----------
    actual, desired : array_like
        What is compared.
    rtol, atol : float
        Relative and absolute tolerance.
    equal_nan : bool
        Whether NaN is equal to NaN.
    err_msg : str
        Printed on failure.
    verbose : bool
        Taken for NumPy's sake.
    """
    if not call("allclose", (actual, desired, rtol, atol, equal_nan), {}):
        _fail(f"Not equal to tolerance rtol={rtol:g}, atol={atol:g}", actual, desired, err_msg)


def assert_array_equal(actual: Any, desired: Any, err_msg: str = "", verbose: bool = True) -> None:
    """Assert that two arrays are equal, NaN to NaN too; a scalar stands for all elements."""
    equal = call("equal", (actual, desired), {})
    both = (
        call("isnan", (actual,), {}) & call("isnan", (desired,), {})
        if _floats(actual, desired)
        else False
    )
    if not call("all", (equal | both,), {}):
        _fail("Arrays are not equal", actual, desired, err_msg)


def _floats(*all_of: Any) -> bool:
    return all(call("asarray", (each,), {}).dtype.kind in "fc" for each in all_of)


def assert_equal(actual: Any, desired: Any, err_msg: str = "", verbose: bool = True) -> None:
    """Assert that two things are equal: arrays, numbers, texts, or lists and dictionaries."""
    if isinstance(desired, dict):
        if set(actual) != set(desired):
            _fail("Keys are not equal", actual, desired, err_msg)
        for key, value in desired.items():
            assert_equal(actual[key], value, err_msg)
    elif isinstance(desired, (list, tuple)) and isinstance(actual, (list, tuple)):
        if len(actual) != len(desired):
            _fail("Lengths are not equal", actual, desired, err_msg)
        for a, b in zip(actual, desired, strict=True):
            assert_equal(a, b, err_msg)
    elif isinstance(desired, (str, bytes, type(None), bool)):
        if actual != desired:
            _fail("Items are not equal", actual, desired, err_msg)
    else:
        assert_array_equal(actual, desired, err_msg)


def assert_almost_equal(
    actual: Any, desired: Any, decimal: int = 7, err_msg: str = "", verbose: bool = True
) -> None:
    """Assert that two arrays are equal to so many decimals."""
    assert_allclose(actual, desired, rtol=0, atol=1.5 * 10.0**-decimal, err_msg=err_msg)


def assert_array_almost_equal(
    actual: Any, desired: Any, decimal: int = 6, err_msg: str = "", verbose: bool = True
) -> None:
    """Assert that two arrays are equal to so many decimals."""
    assert_almost_equal(actual, desired, decimal, err_msg)


def assert_array_less(x: Any, y: Any, err_msg: str = "", verbose: bool = True) -> None:
    """Assert that each element is less than the other's."""
    if not call("all", (call("less", (x, y), {}),), {}):
        _fail("Arrays are not strictly ordered `x < y`", x, y, err_msg)


def assert_raises(kind: Any, *args: Any, **kwargs: Any) -> Any:
    """Assert that an error is raised, by a call or inside a ``with`` block."""
    if args:
        with _raises(kind):
            args[0](*args[1:], **kwargs)
        return None
    return _raises(kind)


@contextmanager
def _raises(kind: Any) -> Iterator[None]:
    from flopscope._session import synchronous

    try:
        with synchronous():
            yield
    except kind:
        return
    raise AssertionError(f"{kind.__name__} not raised")
