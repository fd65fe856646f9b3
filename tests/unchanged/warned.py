"""Warnings: category, message, and the file and line that they name."""

import warnings

import numpy as np


def _level_three():
    return np.log(np.zeros(2))


def a_division_by_zero():
    return np.ones(2) / np.zeros(2)


def a_division_by_zero_of_scalars():
    return np.float64(1) / np.float64(0)


def an_overflow_of_scalars():
    return np.float32(1e30) * np.float32(1e30), np.int8(100) + np.int8(100)


def an_invalid_value_in_a_function():
    return _level_three()


def an_overflow_in_a_reduction():
    return np.multiply.reduce(np.full(400, 10.0))


def an_overflow_in_a_cast():
    return np.array([1e300]).astype("f4")


def an_overflow_in_place():
    a = np.full(2, 1e300)
    a *= a
    return a


def a_mean_of_nothing():
    return np.mean([])


def a_mean_of_nothing_as_a_method():
    return np.zeros(0).mean()


def a_variance_with_too_few_numbers():
    return np.var([1.0], ddof=1), np.nanmean([np.nan]), np.nanmax([np.nan])


def imaginary_parts_that_are_dropped():
    return np.array([1 + 1j]).astype(float)


def a_fit_that_is_not_well_conditioned():
    return np.polyfit([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], 2)


def a_fit_of_a_series():
    return np.polynomial.Polynomial.fit([1.0, 2.0], [1.0, 2.0], 3).degree()


def a_row_of_a_matrix():
    return np.asmatrix([[1.0, 2.0]])


def power_of_zero():
    return np.zeros(2) ** -1.0, np.float64(0) ** -1.0


def warnings_once_a_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            np.sqrt(np.array([-1.0]))
    warnings.warn(f"{len(caught)}", UserWarning, stacklevel=1)


def a_hook_of_the_program():
    shown = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda *a, **k: shown.append((str(a[0]), a[3]))
        np.sqrt(np.array([-1.0])) + np.float64(1)
    warnings.warn("seen", UserWarning, stacklevel=1)
    return shown


def floating_point_errors_that_are_called():
    calls = []
    with np.errstate(
        all="call", call=lambda kind, flag: calls.append((kind, flag, np.ones(2).sum()))
    ):
        np.ones(2) / np.zeros(2)
        np.float64(1e300) * np.float64(1e300)
    warnings.warn("called", UserWarning, stacklevel=1)
    return calls


def floating_point_errors_that_are_logged():
    class Log:
        def __init__(self):
            self.lines = []

        def write(self, text):
            self.lines.append(text)

    log = Log()
    with np.errstate(all="log", call=log):
        np.sqrt(np.array([-1.0]))
    warnings.warn("logged", UserWarning, stacklevel=1)
    return log.lines


def states_that_nest():
    with np.errstate(all="ignore"):
        np.ones(2) / np.zeros(2)
        with np.errstate(divide="warn"):
            np.ones(2) / np.zeros(2)
        np.ones(2) / np.zeros(2)
    return np.geterr()


def a_warning_in_a_callback():
    return np.apply_along_axis(lambda v: np.log(v), 0, np.zeros((1, 2)))


def a_warning_of_an_old_name():
    return np.ma.masked_array([1.0, 0.0]).var(ddof=3), np.cov([1.0])
