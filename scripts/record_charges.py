"""Record what flopscope 0.12.4, the reference, charges for calls that nobody has looked at yet.

    python scripts/record_charges.py --python REFERENCE --seed 1 fresh.jsonl
    python -m tests.conformance --cases fresh.jsonl --misses

REFERENCE is the Python of an environment of its own:

    python3.11 -m venv reference && reference/bin/pip install flopscope==0.12.4 numpy==2.4.6

Each of the cases in ``tests/conformance/cases.jsonl`` is varied several times: other sizes, values,
dtypes, keywords. What the reference refuses is drawn again, a few times. The same seed gives the
same cases.
"""

from __future__ import annotations

import argparse
import inspect
import json
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.conformance import arrays  # noqa: E402

Json = Any
Case = dict[str, Any]

LARGEST = 4_000  # elements of an operand, so that no call takes long
MEMORY = 3 << 30  # bytes that the reference may have: a result may be much larger
TRIES = 12  # until the reference accepts one

DTYPES = [
    "float64",
    "float32",
    "float16",
    "longdouble",
    "complex128",
    "complex64",
    "clongdouble",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint64",
    "uint32",
    "uint16",
    "uint8",
    "bool",
]

# What a text may be exchanged for.
TEXTS: Sequence[Sequence[str]] = (
    ("full", "same", "valid"),
    ("stable", "heapsort", "quicksort", "mergesort"),
    (
        "constant",
        "edge",
        "reflect",
        "symmetric",
        "wrap",
        "linear_ramp",
        "mean",
        "maximum",
        "median",
    ),
    ("auto", "sturges", "fd", "scott", "rice", "doane", "sqrt", "stone"),
    ("reduced", "complete", "r", "raw"),
    ("ortho", "forward", "backward"),
    ("C", "F", "A", "K"),
)

# Values for keywords that a signature has. An axis or a size is drawn, not listed.
KEYWORDS: Mapping[str, Sequence[Json]] = {
    "keepdims": [True, False],
    "ddof": [0, 1, 2],
    "correction": [0, 1],
    "endpoint": [True, False],
    "retstep": [True],
    "include_initial": [True],
    "initial": [0.5, 2],
    "rowvar": [True, False],
    "bias": [True],
    "return_index": [True],
    "return_inverse": [True],
    "return_counts": [True],
    "equal_nan": [True, False],
    "assume_unique": [True],
    "invert": [True],
    "density": [True],
    "bins": [3, 7, *TEXTS[3], [-1.0, 0.0, 2.5]],
    "range": [{"tuple": [-1.0, 2.0]}],
    "mode": [*TEXTS[0], "wrap", "clip", "raise", "reflect", *TEXTS[4]],
    "method": ["linear", "lower", "nearest", "median_unbiased", "inverted_cdf", "hazen"],
    "kind": TEXTS[1],
    "norm": TEXTS[5],
    "order": TEXTS[6],
    "side": ["left", "right"],
    "optimize": [True, False, "greedy", "optimal"],
    "hermitian": [True],
    "compute_uv": [True, False],
    "full_matrices": [True, False],
    "UPLO": ["L", "U"],
    "upper": [True, False],
    "rcond": [1e-8],
    "rtol": [1e-5],
    "atol": [1e-3],
    "sparse": [True, False],
    "indexing": ["ij", "xy"],
    "copy": [True, False],
    "increasing": [True],
    "wrap": [True],
    "descending": [True],
    "stable": [True],
    "full": [True],
    "cov": [True, "unscaled"],
    "right": [True],
    "period": [3.0],
    "left": [0.0],
    "discont": [3.5],
    "returned": [True],
    "sorted": [True, False],
    "bitorder": ["little"],
    "trim": ["f", "b", "fb"],
    "decimals": [1, 3],
    "k": [-1, 1, 2],
    "offset": [-1, 1],
    "stat_length": [2],
    "prepend": [1.0],
    "append": [2.0],
    "edge_order": [1, 2],
    "replace": [True, False],
}
AXES = ("axis", "axis1", "axis2")
SIZES = ("n", "s", "size", "N", "M", "minlength")


def size(random: Random) -> int:
    likely = random.choices(((2, 12), (13, 90), (100, 400), (0, 1)), (24, 6, 2, 2))[0]
    return random.randint(*likely)


def prime_factors(n: int) -> Iterator[int]:
    divisor = 2
    while n > 1:
        while n % divisor == 0:
            yield divisor
            n //= divisor
        divisor += 1


class Variation:
    """One variation of a case: everything drawn once is the same throughout the call."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.sizes: dict[int, int] = {}
        self.seen: set[int] = set()
        self.factors: dict[int, int] = {}
        # Products stay products under this one, for calls that need it (a reshape).
        self.by_factors = random.random() < 0.15
        self.dtypes: dict[str, str] = {}
        self.changes_dtypes = random.random() < 0.4
        self.changes_one_dtype = random.random() < 0.1
        self.batch = [size(random)] if random.random() < 0.07 else []
        self.drops = random.random() < 0.05
        self.keeps_numbers = random.random() < 0.4
        self.without_arrays = random.random() < 0.05

    def sized(self, old: int) -> int:
        """The new size for this one: equal sizes stay equal."""
        if old not in self.sizes:
            if old < 2 and self.random.random() < 0.9:
                new = old
            elif self.by_factors and old:
                new = 1
                for factor in prime_factors(old):
                    if factor not in self.factors:
                        self.factors[factor] = self.random.randint(1, 5)
                    new *= self.factors[factor]
            else:
                new = size(self.random)
            self.sizes[old] = new
        return self.sizes[old]

    def dtype(self, old: str) -> str:
        if self.changes_one_dtype and self.random.random() < 0.5:
            return self.random.choice(DTYPES)
        if not self.changes_dtypes:
            return old
        return self.dtypes.setdefault(old, self.random.choice(DTYPES))

    def array(self, *, shape: list[int], dtype: str, kind: str, seed: int) -> Json:
        self.seen.update(shape)
        shape = [self.sized(n) for n in shape]
        if self.drops:
            shape = shape[1:]
        dtype = self.dtype(dtype)
        if np.dtype(dtype).kind in "iub" and kind in ("normal", "unit", "positive", "above1"):
            kind = "int"
        return {
            "array": {
                "shape": self.batch + shape,
                "dtype": dtype,
                "kind": kind,
                "seed": self.random.randrange(1_000_000),
            }
        }

    def number(self, old: float) -> float:
        if isinstance(old, bool) or self.keeps_numbers:
            return old
        if isinstance(old, int):
            if old in self.seen and self.random.random() < 0.7:
                return self.sized(old)
            if abs(old) > 6:
                return size(self.random) or 1
            return self.random.choice((old, old, old + 1, old - 1, self.random.randint(-3, 7)))
        return round(old * self.random.uniform(0.3, 1.7), 3)

    def text(self, old: str) -> str:
        if "," in old or "->" in old:
            return old
        for texts in TEXTS:
            if old in texts:
                return self.random.choice(texts)
        return old

    def of(self, old: Json) -> Json:
        """This argument, varied."""
        if isinstance(old, str):
            return self.text(old)
        if isinstance(old, list):
            return [self.of(item) for item in old]
        if isinstance(old, int | float):
            return self.number(old)
        if not isinstance(old, dict):
            return old
        ((tag, content),) = old.items()
        if tag == "array":
            new = self.array(**content)
            given_as_python = self.without_arrays and self.random.random() < 0.6
            return as_python(new) if given_as_python else new
        if tag in ("tuple", "list", "slice"):
            return {tag: [self.of(item) for item in content]}
        if tag == "dtype":
            return {tag: self.random.choice((content, content, self.random.choice(DTYPES)))}
        return old


def as_python(description: Json) -> Json:
    """The array as nested lists of Python numbers, or one number."""
    content = description["array"]
    if content["dtype"].endswith("longdouble") or np.prod(content["shape"]) > 64:
        return description
    try:
        values = arrays.build(description)
    except ValueError:  # no such matrix
        return description

    def told(value: Json) -> Json:
        if isinstance(value, list):
            return [told(item) for item in value]
        return {"complex": [value.real, value.imag]} if isinstance(value, complex) else value

    return told(values.tolist())


def keywords_of(op: str) -> Sequence[str]:
    """The keywords that the operation has beyond its operands."""
    try:
        function = attrgetter(op)(np)
    except AttributeError:
        return ()
    if isinstance(function, np.ufunc):
        return ("out", "where", "dtype")
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ()
    return [name for name, p in parameters.items() if p.default is not p.empty]


def operand_shapes(args: Json) -> Iterator[list[int]]:
    if isinstance(args, list):
        for item in args:
            yield from operand_shapes(item)
    elif isinstance(args, dict):
        ((tag, content),) = args.items()
        if tag == "array":
            yield content["shape"]
        elif tag in ("tuple", "list"):
            yield from operand_shapes(content)


def keyword(random: Random, name: str, args: Json) -> Json:
    """A value for a keyword; raises KeyError for one that is not varied."""
    shapes = list(operand_shapes(args)) or [[]]
    shape = max(shapes, key=len)
    if name == "axes":
        return {"tuple": random.choice(([0], [0, 1], [-1], [-2, -1], [1, 0], [0, 2]))}
    if name in AXES:
        rank = max(len(shape), 1)
        if rank > 1 and random.random() < 0.3:
            return {"tuple": sorted(random.sample(range(rank), random.randint(1, min(rank, 2))))}
        return random.choice((None, *range(-rank, rank)))
    if name in SIZES:
        return random.choice((size(random), {"tuple": [size(random), size(random)]}))
    if name == "dtype":
        return {"dtype": random.choice(DTYPES)}
    if name in ("where", "out"):
        drawn = {"shape": shape, "dtype": "bool", "kind": "bool", "seed": random.randrange(10_000)}
        if name == "out":
            if shape and random.random() < 0.3:
                drawn["shape"] = [n for n in shape if n != random.choice(shape)]
            drawn |= {"dtype": random.choice(("float64", "float64", *DTYPES)), "kind": "zeros"}
        elif random.random() < 0.3:
            drawn["shape"] = shape[1:]
        return {"array": drawn}
    return random.choice(KEYWORDS[name])


def subscripts(random: Random) -> tuple[str, list[Json]]:
    """An einsum nobody wrote: its subscripts and operands."""
    letters = "abcdef"[: random.randint(1, 6)]
    extent = {letter: random.randint(1, 7) for letter in letters}
    terms = [
        "".join(random.choices(letters, k=random.randint(0, 3)))
        if random.random() < 0.1
        else "".join(random.sample(letters, random.randint(1, min(len(letters), 4))))
        for _ in range(random.randint(1, 5))
    ]
    used = sorted(set("".join(terms)))
    text = ",".join(terms)
    if random.random() < 0.9:
        text += "->" + "".join(random.sample(used, random.randint(0, min(len(used), 3))))
    dtype = random.choice(("float64", "float64", "float32", "int64", "complex128"))
    operands = [
        {
            "array": {
                "shape": [extent[letter] for letter in term],
                "dtype": dtype if random.random() < 0.9 else random.choice(DTYPES),
                "kind": "int",
                "seed": random.randrange(10_000),
            }
        }
        for term in terms
    ]
    return text, operands


def by_name(op: str, args: list[Json], kwargs: dict[str, Json]) -> None:
    """Give the last operand by its name, where it has one."""
    try:
        parameters = list(inspect.signature(attrgetter(op)(np)).parameters.values())
    except (AttributeError, TypeError, ValueError):
        return
    if len(args) <= len(parameters):
        parameter = parameters[len(args) - 1]
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name not in kwargs:
            kwargs[parameter.name] = args.pop()


def varied(random: Random, case: Case, siblings: Sequence[Case]) -> Case:
    """Another call of the same operation."""
    variation = Variation(random)
    variation.without_arrays &= not case["op"].startswith("ndarray.")  # its first is the array
    args = variation.of(case["args"])
    kwargs = {name: variation.of(value) for name, value in case["kwargs"].items()}
    if case["op"] in ("einsum", "einsum_path") and random.random() < 0.3:
        text, operands = subscripts(random)
        args = [text, *operands]
    if kwargs and random.random() < 0.1:
        del kwargs[random.choice(list(kwargs))]
    choice = random.random()
    if choice < 0.15:
        other = random.choice(siblings)["kwargs"]
        if other:
            name = random.choice(list(other))
            kwargs[name] = variation.of(other[name])
    elif choice < 0.4 and (names := keywords_of(case["op"])):
        for name in random.sample(list(names), min(len(names), random.choice((1, 1, 2, 3)))):
            with suppress(KeyError):
                kwargs[name] = keyword(random, name, args)
    if args and random.random() < 0.1:
        by_name(case["op"], args, kwargs)
    return {"op": case["op"], "args": args, "kwargs": kwargs}


def too_large(description: Json) -> bool:
    return any(np.prod(shape, dtype=float) > LARGEST for shape in operand_shapes(description))


class Reference:
    """The reference in a process of its own: what it charges for a case, None if it refuses."""

    def __init__(self, python: str) -> None:
        self.python = python
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.python, __file__, "--answer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, case: Case) -> Json:
        assert self.process.stdin and self.process.stdout
        print(json.dumps(case), file=self.process.stdin, flush=True)
        reply = self.process.stdout.readline()
        if not reply:  # it died of this one (NumPy's cumsum into an array of no dimensions)
            print(f"exit status {self.process.wait()} of {json.dumps(case)}", file=sys.stderr)
            self.start()
            return None
        return json.loads(reply)


def prepared(op: str, args: list[Any], kwargs: dict[str, Any]) -> Callable[[], object]:
    """The call as the reference knows it. Its methods are those of its own array type."""
    from flopscope import numpy, stats  # the reference's

    owner, _, name = op.rpartition(".")
    if owner == "ndarray":
        method = getattr(numpy.asarray(args[0]), name)
        return lambda: method(*args[1:], **kwargs)
    if owner == "random.Generator":
        function = getattr(numpy.random.default_rng(0), name)
    elif owner == "random.RandomState":
        function = getattr(numpy.random.RandomState(0), name)
    elif owner.startswith("stats."):
        function = attrgetter(op.removeprefix("stats."))(stats)
    else:
        function = attrgetter(op)(numpy)
    return lambda: function(*args, **kwargs)


def answer() -> None:
    """In the reference's environment: a line for each line, until there are no more."""
    from flopscope import BudgetContext

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for line in sys.stdin:
        case = json.loads(line)
        reply = None
        try:
            args = [arrays.build(a) for a in case["args"]]
            kwargs = {name: arrays.build(a) for name, a in case["kwargs"].items()}
            call = prepared(case["op"], args, kwargs)
            with BudgetContext(10**15, quiet=True) as budget:
                call()
            log = [[record.op_name, int(record.flop_cost)] for record in budget.op_log]
            reply = {"charged": int(budget.flops_used), "log": log}
        except Exception:  # it refuses, for whatever reason
            pass
        print(json.dumps(reply), flush=True)


def asked(case: Case) -> Case:
    return {name: case[name] for name in ("op", "args", "kwargs")}


def record_again(reference: Reference, recorded: Sequence[Case]) -> Iterator[Case]:
    for case in recorded:
        if (reply := reference(asked(case))) is not None:
            yield {"id": case["id"], **asked(case), **reply}


def record_others(
    reference: Reference, recorded: Sequence[Case], seed: int, count: int
) -> Iterator[Case]:
    siblings: dict[str, list[Case]] = {}
    for case in recorded:
        siblings.setdefault(case["op"], []).append(case)
    known = {json.dumps(asked(case)) for case in recorded}
    for number in range(count):
        case = recorded[number * len(recorded) // count]
        random = Random(f"{seed}/{number}")
        for _ in range(TRIES):
            new = varied(random, case, siblings[case["op"]])
            key = json.dumps(new)
            if key in known or too_large([*new["args"], *new["kwargs"].values()]):
                continue
            if (reply := reference(new)) is not None:
                known.add(key)
                yield {"id": f"s{seed}-{number:05}", **new, **reply}
                break


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path, metavar="FILE", help="where the cases are written")
    parser.add_argument("--python", required=True, help="the reference's Python")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=20_000, help="how many to draw (%(default)s)")
    parser.add_argument("--only", default="", metavar="OP", help="operations that begin with this")
    parser.add_argument("--again", action="store_true", help="ask for the known cases again")
    options = parser.parse_args()

    with (ROOT / "tests/conformance/cases.jsonl").open() as lines:
        recorded = [json.loads(line) for line in lines]
    recorded = [case for case in recorded if case["op"].startswith(options.only)]
    if not recorded:
        parser.error(f"no case of {options.only}")
    reference = Reference(options.python)
    if options.again:
        cases = record_again(reference, recorded)
    else:
        cases = record_others(reference, recorded, options.seed, options.count)
    with options.target.open("w") as target:
        for case in cases:
            print(json.dumps(case), file=target)


if __name__ == "__main__":
    answer() if sys.argv[1:] == ["--answer"] else main()
