"""The assertions of ``numpy.testing``: on arrays they are made on the server, and charged there."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flopscope import _tables
from flopscope._absent import absent
from flopscope._call import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "assert_",
    "assert_allclose",
    "assert_almost_equal",
    "assert_approx_equal",
    "assert_array_almost_equal",
    "assert_array_almost_equal_nulp",
    "assert_array_equal",
    "assert_array_less",
    "assert_array_max_ulp",
    "assert_equal",
    "assert_no_warnings",
    "assert_raises",
    "assert_raises_regex",
    "assert_string_equal",
    "assert_warns",
]


def __getattr__(name: str) -> Any:
    raise absent("numpy.testing", name)


def assert_(val: Any, msg: Any = "") -> None:
    """Assert that something is true."""
    __tracebackhide__ = True
    if not val:
        raise AssertionError(msg() if callable(msg) else msg)


def _assertion(name: str) -> Callable[..., Any]:
    operation = f"testing.{name}"

    def assertion(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return ask(operation, *args, **kwargs)

    entry = _tables.operations[operation]
    assertion.__name__ = assertion.__qualname__ = name
    assertion.__doc__ = entry.get("summary")
    assertion.__text_signature__ = entry["signature"]  # type: ignore[attr-defined]
    return assertion


assert_allclose, assert_almost_equal, assert_approx_equal, assert_array_almost_equal = map(
    _assertion,
    ("assert_allclose", "assert_almost_equal", "assert_approx_equal", "assert_array_almost_equal"),
)
assert_array_almost_equal_nulp, assert_array_equal, assert_array_less, assert_array_max_ulp = map(
    _assertion,
    (
        *("assert_array_almost_equal_nulp", "assert_array_equal", "assert_array_less"),
        "assert_array_max_ulp",
    ),
)
assert_string_equal = _assertion("assert_string_equal")
_equal = _assertion("assert_equal")


def assert_equal(
    actual: Any, desired: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False
) -> None:
    """Assert that two things are equal: arrays, numbers, texts, lists, dictionaries or others.

    Parameters
    ----------
    actual, desired : object
        What is compared.
    err_msg : str
        Printed on failure.
    verbose : bool
        Whether the values are printed too.
    strict : bool
        Whether shape and dtype have to be the same.
    """
    __tracebackhide__ = True
    if isinstance(desired, dict):
        if not isinstance(actual, dict):
            raise AssertionError(repr(type(actual)))
        assert_equal(len(actual), len(desired), err_msg, verbose)
        for key, value in desired.items():
            if key not in actual:
                raise AssertionError(repr(key))
            assert_equal(actual[key], value, f"key={key!r}\n{err_msg}", verbose, strict=strict)
        return
    try:
        _equal(actual, desired, err_msg, verbose, strict=strict)
    except TypeError as error:
        if "travel" not in str(error):
            raise
        if actual != desired:
            raise AssertionError(
                f"Items are not equal:\n{err_msg}\n ACTUAL: {actual!r}\n DESIRED: {desired!r}"
            ) from None


def _called(context: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not args:
        return context
    function, *rest = args
    with context:
        return function(*rest, **kwargs)


def assert_raises(exception_class: Any, *args: Any, **kwargs: Any) -> Any:
    """Assert that an error is raised, by a call or inside a ``with`` block.

    Parameters
    ----------
    exception_class : type, or tuple of them
        Of the error.
    *args, **kwargs : object
        A callable and its arguments; without them, for a ``with`` block.
    """
    return _called(_raises(exception_class, None), args, kwargs)


def assert_raises_regex(
    exception_class: Any, expected_regexp: str, *args: Any, **kwargs: Any
) -> Any:
    """Assert that an error is raised whose text matches an expression.

    Parameters
    ----------
    exception_class : type, or tuple of them
        Of the error.
    expected_regexp : str
        Searched in its text.
    *args, **kwargs : object
        A callable and its arguments; without them, for a ``with`` block.
    """
    return _called(_raises(exception_class, expected_regexp), args, kwargs)


def assert_warns(warning_class: type[Warning], *args: Any, **kwargs: Any) -> Any:
    """Assert that a warning comes, from a call or inside a ``with`` block.

    Parameters
    ----------
    warning_class : type
        Of the warning.
    *args, **kwargs : object
        A callable and its arguments; without them, for a ``with`` block.
    """
    return _called(_warns(warning_class), args, kwargs)


def assert_no_warnings(*args: Any, **kwargs: Any) -> Any:
    """Assert that no warning comes, from a call or inside a ``with`` block.

    Parameters
    ----------
    *args, **kwargs : object
        A callable and its arguments; without them, for a ``with`` block.
    """
    return _called(_warns(None), args, kwargs)


@contextmanager
def _raises(kind: Any, expression: str | None) -> Iterator[None]:
    from flopscope._session import synchronous

    try:
        with synchronous():
            yield
    except kind as error:
        if expression is not None and not re.search(expression, str(error)):
            raise AssertionError(f"{expression!r} does not match {str(error)!r}") from error
        return
    raise AssertionError(f"{getattr(kind, '__name__', kind)} not raised")


@contextmanager
def _warns(kind: type[Warning] | None) -> Iterator[None]:
    from flopscope._session import synchronous

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with synchronous():
            yield
    if kind is None and caught:
        raise AssertionError(f"Got warnings: {[str(each.message) for each in caught]}")
    if kind is not None and not any(issubclass(each.category, kind) for each in caught):
        raise AssertionError("No warning raised")
