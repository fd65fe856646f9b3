"""Results that depend on the type of the elements."""

import datetime
import itertools
import pathlib
import tempfile
import warnings
from fractions import Fraction

import numpy as np

TYPES = "?bBhHiIlLefdgFDG"
OPERATIONS = (np.add, np.subtract, np.multiply, np.maximum, np.equal, np.true_divide, np.power)


def every_pair_of_types():
    found = {}
    for first, second in itertools.product(TYPES, TYPES):
        a, b = np.array([1, 2, 3], first), np.array([3, 2, 1], second)
        for operation in OPERATIONS:
            try:
                with np.errstate(all="ignore"):
                    found[f"{operation.__name__} {first} {second}"] = operation(a, b)
            except (TypeError, ValueError) as error:
                found[f"{operation.__name__} {first} {second}"] = str(error)
    return found


def every_type_with_python_numbers():
    with np.errstate(all="ignore"):
        return [
            np.array([1, 2], code) + number for code in TYPES for number in (True, 1, 0.5, 1j)
        ] + [np.dtype(code).type(3) * number for code in TYPES for number in (1, 0.5, 1j)]


def reductions_of_every_type():
    found = {}
    for code, name in itertools.product(TYPES, ("sum", "prod", "mean", "max", "std", "cumsum")):
        found[f"{name} {code}"] = getattr(np.array([[1, 2], [3, 4]], code), name)(axis=0)
    return found


def half_precision_rounds_as_before():
    a = np.linspace(0.1, 2, 30).astype("f2")
    return [a + a, a * a, a.sum(), a.mean(), a @ a, np.exp(a), a**2, a.astype("f4"), a.cumsum()]


def long_doubles():
    a = np.linspace(0.1, 2, 7).astype("g")
    return [a + a, a / 3, a.sum(), np.sqrt(a), a @ a, a.mean(), np.longdouble(1) / 3, a**2]


def integers_wrap_around():
    a = np.array([250, 255], "u1")
    return [a + a, a * np.uint8(3), a.sum(), a << 1, -a, a @ a, a.prod(), a.astype("i1"), ~a]


def fractions_in_object_arrays():
    a = np.array([Fraction(1, 3), Fraction(2, 5), Fraction(7, 9)], object)
    values = [a + a, a * 2, a.sum(), a @ a, a**2, np.dot(a, a), a.mean(), np.add.reduce(a), -a]
    return [*values, np.sort(a), a.max(), np.cumsum(a), np.outer(a, a), a < Fraction(1, 2), a / 3]


def arrays_in_object_arrays():
    a = np.empty(2, object)
    a[:] = [np.arange(3.0), np.ones(3)]
    return [a + a, a * 2, a.sum(), np.add.reduce(a), np.multiply(a, a)]


def dates_and_durations():
    days = np.arange("2024-02-27", "2024-03-03", dtype="M8[D]")
    step = np.diff(days)
    values = [
        days,
        step,
        days + np.timedelta64(3, "D"),
        days - days[0],
        days.max(),
        step.sum(),
        step / 2,
        step // 2,
    ]
    values += [days[0] + np.timedelta64(1, "h"), np.isnat(np.datetime64("NaT", "D")), step.mean()]
    return [*values, np.busday_count(days[0], days[-1]), days > np.datetime64("2024-03-01")]


def dates_and_pythons_datetime():
    return [np.datetime64("2024-01-01") > datetime.date(2023, 1, 1), np.array([datetime.date.min])]


def texts():
    a = np.array(["ab", "cde", ""])
    values = [np.strings.add(a, "x"), np.strings.upper(a), np.strings.find(a, "d"), a == "ab"]
    return [*values, np.char.multiply(a, 2), a + a, np.strings.str_len(a), np.sort(a), a < "b"]


def texts_of_variable_width():
    a = np.array(["ab", "cde" * 20, ""], dtype=np.dtypes.StringDType())
    return [a + a, a == a[::-1], np.strings.upper(a), np.sort(a), np.strings.str_len(a), a * 2]


def bytes_and_voids():
    a = np.array([b"ab", b"c"])
    return [a == b"ab", np.strings.str_len(a), a.view("V2"), np.array([b"x\0y"], "V3")]


def structured_arrays():
    a = np.array([(1, 2.5), (3, 4.5)], [("n", "i4"), ("x", "f8")])
    a["x"] += 1
    a[0]["n"] = 9
    values = [a, a["x"].sum(), a == a, np.sort(a, order="x"), a[["x"]], a[a["n"] > 3], a.copy()]
    return [*values, np.rec.array(a).x * 2, a[1].tolist()]


def byte_order_and_alignment():
    a = np.arange(5.0).astype(">f8")
    packed = np.zeros(4, np.dtype([("c", "i1"), ("x", "f8")]))["x"]
    values = [a + 1, a.sum(), a @ a, a + a.astype("<f4"), packed + 1, np.exp(a), a.byteswap()]
    return [*values, a.view("<f8"), a.tolist(), np.sort(a[::-1]), a[::-2] * 2]


def masked_arrays():
    a = np.ma.array([1.0, 2.0, 3.0, 4.0], mask=[0, 1, 0, 0])
    b = np.ma.masked_where(np.arange(4.0) > 2, np.arange(4.0))
    values = [a + b, a * 2, a.sum(), a.mean(), np.ma.sqrt(a), a > 1, np.add(a, 1), a / b, -a, a**2]
    return [
        *values,
        np.ma.median(a),
        a.filled(0),
        np.ma.dot(a, b),
        a.std(),
        np.ma.concatenate([a, b]),
    ]


def memory_maps():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "numbers"
        np.arange(6.0).tofile(path)
        a = np.memmap(path, "f8", "r+", shape=(2, 3))
        a[0] *= 2
        values = [a + 1, a.sum(), a.sum(axis=0), a[0], a @ a.T, np.sqrt(a), a.copy(), a**2]
        a.flush()
        again = np.fromfile(path)
        del a
        return [*values, again]


def matrices():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return _of_a_matrix(np.asmatrix([[1.0, 2.0], [3.0, 4.0]]))


def _of_a_matrix(a):
    return [a * a, a**2, a + a, a.I, a.sum(0), np.multiply(a, a), a[0], a.T @ a, np.linalg.det(a)]


def polynomials():
    p = np.polynomial.Polynomial([1.0, 2.0, 3.0])
    old = np.poly1d([1.0, -3.0, 2.0])
    values = [
        (p * p).coef,
        p(2.0),
        p.deriv().coef,
        p.roots(),
        old.roots,
        old(3),
        (old * old).coeffs,
    ]
    return [*values, np.polyfit([0, 1, 2], [1.0, 3.0, 7.0], 2), np.polyval([1, 2, 3], 2.0)]
