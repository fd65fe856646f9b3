"""Attempts by arguments that are read late: what makes an operand larger, sizes with code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flopscope import BudgetContext, _shim
from tests.attempts import Attempts
from tests.unchanged.describe import without_addresses

N = 1000


class Grows:
    """Makes a list longer when NumPy asks what it is."""

    def __init__(self, values: list[float], meaning: Any) -> None:
        self.values, self.meaning = values, meaning

    def read(self) -> Any:
        self.values.extend([1.0] * (N - len(self.values)))
        return self.meaning

    @property
    def dtype(self) -> Any:
        return self.read()

    def __bool__(self) -> bool:
        return bool(self.read())

    def __index__(self) -> int:
        return int(self.read())


DOUBLE = np.dtype(np.float64)
GROWING: dict[str, Callable[[Any], object]] = {
    "a dtype": lambda x: np.exp(x, dtype=Grows(x, DOUBLE)),
    "a signature": lambda x: np.add(x, 1.0, signature=(Grows(x, DOUBLE), None, None)),
    "a dtype of a product": lambda x: np.matmul(x, x, dtype=Grows(x, DOUBLE)),
    "a dtype of a sum": lambda x: np.sum(x, dtype=Grows(x, DOUBLE)),
    "a dtype of a reduction": lambda x: np.add.reduce(x, dtype=Grows(x, DOUBLE)),
    "a dtype by position": lambda x: np.add.accumulate(x, 0, Grows(x, DOUBLE)),
    "a dtype of parts": lambda x: np.add.reduceat(x, [0], dtype=Grows(x, DOUBLE)),
    "a dtype of an outer product": lambda x: np.multiply.outer(x, [1.0], dtype=Grows(x, DOUBLE)),
    "a flag": lambda x: np.add.reduce(x, keepdims=Grows(x, False)),
    "a flag of a sum": lambda x: np.sum(x, keepdims=Grows(x, False)),
    "an axis": lambda x: np.add.reduce(x, axis=Grows(x, 0)),
    "axes": lambda x: np.add.reduce(x, axis=(Grows(x, 0),)),
}


@pytest.mark.parametrize("name", GROWING)
def test_an_operand_that_grows_while_the_others_are_read_is_counted_as_it_is(name: str) -> None:
    attempts = Attempts()

    @attempts.costs(N - 1)
    def attempt() -> None:
        values = [1.0]
        GROWING[name](values)
        assert len(values) == N

    attempts.assert_drawn("attempt")


def test_what_is_no_dtype_is_refused_as_ever() -> None:
    class Raises:
        @property
        def dtype(self) -> Any:
            raise ValueError("no dtype")

    asked: Any = Raises()  # the same both times: NumPy 2.0 shows its address

    def refusal() -> str:
        with pytest.raises((TypeError, ValueError)) as caught:
            np.add.reduce([1.0], dtype=asked)
        return repr(caught.value)

    before = refusal()
    with BudgetContext(10**9, quiet=True):
        assert refusal() == before


class Refuses:
    """What cannot be read."""

    dtype = property(lambda self: 1 / 0)

    def __index__(self) -> int:
        raise LookupError("no index")

    def __bool__(self) -> bool:
        raise LookupError("no truth")

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        raise LookupError("no array")


class OnlyArray:
    """An array, and no number."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.array(0)


GRID = np.ones((3, 4))


@pytest.mark.parametrize(
    "call",
    [
        lambda: np.add.reduce(GRID, Refuses()),
        lambda: np.add.reduce(GRID, (0, Refuses())),
        lambda: np.add.reduce(GRID, 0, Refuses()),
        lambda: np.add.reduce(GRID, keepdims=Refuses()),
        lambda: np.add.reduce(GRID, where=Refuses()),
        lambda: np.add.reduce(GRID, initial=Refuses()),
        lambda: np.add.accumulate(GRID, Refuses()),
        lambda: np.add.reduceat(GRID, [0], Refuses()),
        lambda: np.add(GRID, GRID, dtype=Refuses()),
        lambda: np.add(GRID, GRID, casting=Refuses()),
        lambda: np.add(GRID, GRID, order=Refuses()),
        lambda: np.add(GRID, GRID, where=Refuses()),
        lambda: np.add(GRID, GRID, signature=(Refuses(), None, None)),
        # NumPy refuses something else first, and does not read it.
        lambda: np.abs.reduce(GRID, Refuses()),
        lambda: np.abs.reduce(GRID, 0, Refuses()),
        lambda: np.arctan2.reduce(GRID, 0, Refuses(), axis=0),
        lambda: np.matmul.reduce(GRID, keepdims=Refuses()),
        lambda: np.frexp.at(GRID, Refuses()),
        # A number that is no array.
        lambda: np.cumprod(GRID, OnlyArray()),
        lambda: GRID.sum(OnlyArray()),
        lambda: GRID.sort(axis=OnlyArray()),
        lambda: np.add.reduce(GRID, OnlyArray()),
        lambda: GRID.repeat(Refuses()),
        lambda: np.random.default_rng(1).rayleigh(GRID, OnlyArray()),
        lambda: np.random.default_rng(1).rayleigh(GRID, "3"),
        lambda: np.random.default_rng(1).rayleigh(1.0, range(3)),
        lambda: np.cumprod(GRID, range(1)),
        lambda: np.cumprod(GRID, "0"),
        lambda: np.random.RandomState(1).random_integers(memoryview(b"12"), 12, 3),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:'where' used:UserWarning")
def test_an_error_is_the_one_that_numpy_comes_to_first(call: Callable[[], Any]) -> None:
    _shim.deactivate()

    def outcome() -> Any:
        try:
            return np.asarray(call()).tolist()
        except Exception as error:
            return type(error), without_addresses(str(error))

    alone = outcome()
    with BudgetContext(1e9, quiet=True):
        assert outcome() == alone


class Index:
    def __index__(self) -> int:
        return N


class Sizes(tuple[int, ...]):
    pass


class Sequence:
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        return [N][index]


SIZES: dict[str, Callable[[], Any]] = {
    "an index": Index,
    "a subclass of tuple": lambda: Sizes((N,)),
    "a sequence": Sequence,
    "an array": lambda: np.array([N]),
}
RNG = np.random.default_rng(1)
DRAWS: dict[str, Callable[[Any], object]] = {
    "normal": lambda size: RNG.normal(0.0, 1.0, size),
    "normal by name": lambda size: RNG.normal(0.0, 1.0, size=size),
    "normal of a list": lambda size: RNG.normal([0.0], 1.0, size=size),
    "normal of the module": lambda size: np.random.normal(0.0, 1.0, size=size),
    "random": lambda size: RNG.random(size),
    "integers": lambda size: RNG.integers(0, 5, size),
    "choice": lambda size: RNG.choice(5, size),
    "multinomial": lambda size: RNG.multinomial([5], [0.5, 0.5], size),
    "dirichlet": lambda size: RNG.dirichlet([1.0, 1.0], size=size),
}


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("size", SIZES)
def test_numbers_are_drawn_at_the_same_price_whatever_says_how_many(size: str, draw: str) -> None:
    asked = SIZES[size]()
    with BudgetContext(10**9, quiet=True) as plain:
        DRAWS[draw](N)
    with BudgetContext(10**9, quiet=True) as other:
        DRAWS[draw](asked)
    assert other.flops_used == plain.flops_used > 0


@pytest.mark.parametrize("shuffle", [RNG.shuffle, np.random.shuffle])
def test_a_sequence_is_shuffled_in_place_in_a_budget_too(shuffle: Callable[[Any], None]) -> None:
    class List(list[int]):
        pass

    values = List(range(100))
    with BudgetContext(10**9, quiet=True):
        shuffle(values)
    assert sorted(values) == list(range(100)) != values


class Held:
    """No array, but NumPy makes one of it."""

    def __init__(self) -> None:
        self.data = np.arange(4.0)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.data


WRITERS: dict[str, Callable[[Any], Any]] = {
    "copyto": lambda a: np.copyto(a, 1.0),
    "copyto by name": lambda a: np.copyto(dst=a, src=1.0),
    "fill_diagonal": lambda a: np.fill_diagonal(a, 1.0),
    "place": lambda a: np.place(a, np.array([True, False, False, True]), [5.0]),
    "put": lambda a: np.put(a, [0], 9.0),
    "putmask": lambda a: np.putmask(a, [True, False, False, True], [5.0]),
    "put_along_axis": lambda a: np.put_along_axis(a, np.array([1]), 7.0, 0),
    "shuffle": lambda a: RNG.shuffle(a),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=list(WRITERS))
def test_what_is_written_into_is_not_another_array_in_a_budget(write: Callable[[Any], Any]) -> None:
    def outcome() -> tuple[str, list[float]]:
        held = Held()
        try:
            told = repr(write(held))
        except (AttributeError, TypeError, ValueError) as error:
            told = repr(error)
        return told.replace(hex(id(held)), ""), held.data.tolist()

    before = outcome()
    with BudgetContext(10**9, quiet=True):
        assert outcome() == before
