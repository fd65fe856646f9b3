"""FLOPs of three programs, worked out by hand: exact, by operation and by line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

PROGRAMS = Path(__file__).parent / "programs"


class Counts:
    """FLOPs of a recording, by operation (with calls) and by the text of the source line."""

    def __init__(self, recording: dict[str, Any], source: list[str]) -> None:
        self.operations = {
            row["name"]: (row["calls"], row["flops"])
            for row in recording["operations"]
            if row["flops"]
        }
        self.lines: Counter[str] = Counter()
        for row in recording["lines"]:
            self.lines[source[row["line"] - 1].strip()] += row["flops"]
        self.total = recording["totals"]["flops"]


@pytest.fixture
def counts(flopscope: Run, python: Run, tmp_path: Path) -> Callable[[str], Counts]:
    """Run a program both ways, and count it."""

    def count(name: str) -> Counts:
        program = PROGRAMS / name
        done = flopscope("run", "--quiet", "--lines", "--json", "out.json", str(program))
        assert (done.returncode, done.stdout) == (0, python(str(program)).stdout), done.stderr
        recording = json.loads((tmp_path / "out.json").read_text())
        return Counts(recording, program.read_text().splitlines())

    return count


def test_the_training_loop_of_a_two_layer_network(counts: Callable[[str], Counts]) -> None:
    found = counts("network.py")
    rows, inputs, hidden, classes, steps = 20, 4, 5, 3, 7
    forward_1 = rows * hidden * (2 * inputs - 1)
    forward_2 = rows * classes * (2 * hidden - 1)
    backward = rows * hidden * (2 * classes - 1)
    for_w2 = hidden * classes * (2 * rows - 1)
    for_w1 = inputs * hidden * (2 * rows - 1)
    by_line = {
        "hidden = np.maximum(x @ w1, 0)": forward_1 + rows * hidden,
        "scores = hidden @ w2": forward_2,
        # the largest of each row, then a subtraction an element
        "scores -= scores.max(axis=1, keepdims=True)": rows * (classes - 1) + rows * classes,
        "likely = np.exp(scores)": rows * classes,
        "likely /= likely.sum(axis=1, keepdims=True)": rows * (classes - 1) + rows * classes,
        # a logarithm and a product an element, their sum, a sign and a division
        "loss = -np.sum(wanted * np.log(likely)) / 20": 3 * rows * classes - 1 + 2,
        "to_scores = (likely - wanted) / 20": 2 * rows * classes,
        "to_hidden = to_scores @ w2.T": backward,
        # a comparison and a product an element
        "to_hidden *= hidden > 0": 2 * rows * hidden,
        "w2 -= 0.1 * (hidden.T @ to_scores)": for_w2 + 2 * hidden * classes,
        "w1 -= 0.1 * (x.T @ to_hidden)": for_w1 + 2 * inputs * hidden,
    }
    for line, flops in by_line.items():
        assert found.lines[line] == steps * flops, line
    products = forward_1 + forward_2 + backward + for_w2 + for_w1
    assert found.operations["matmul"] == (5 * steps, steps * products)
    assert found.operations["exp"] == (steps, steps * rows * classes)
    assert found.operations["log"] == (steps, steps * rows * classes)
    assert found.operations["maximum"] == (steps, steps * rows * hidden)
    assert found.operations["max"] == (steps, steps * rows * (classes - 1))
    assert found.operations["sum"] == (
        2 * steps,
        steps * (rows * (classes - 1) + rows * classes - 1),
    )
    assert found.operations["greater"] == (steps, steps * rows * hidden)
    assert found.operations["negative"] == (steps, steps)
    assert found.operations["subtract"] == (
        4 * steps,
        steps * (2 * rows * classes + hidden * classes + inputs * hidden),
    )
    assert found.operations["multiply"] == (
        4 * steps,
        steps * (rows * classes + rows * hidden + hidden * classes + inputs * hidden),
    )
    assert found.operations["divide"] == (3 * steps, steps * (2 * rows * classes + 1))


def test_a_step_of_n_bodies(counts: Callable[[str], Counts]) -> None:
    found = counts("n_body.py")
    bodies, axes, steps = 6, 3, 5
    pairs = bodies * bodies
    # three operands in one loop: two products a term, and the sum over j
    forces = bodies * axes * (2 * bodies + bodies - 1)
    by_line = {
        "apart = place[None, :, :] - place[:, None, :]": pairs * axes,
        # a dot product of length 3 a pair
        'squares = np.einsum("ijk,ijk->ij", apart, apart)': pairs * (2 * axes - 1),
        "squares += 0.01": pairs,
        "strength = squares**-1.5": pairs,
        'return np.einsum("ij,ijk,j->ik", strength, apart, mass)': forces,
        "speed += 0.01 * acceleration(place)": 2 * bodies * axes,
        "place += 0.01 * speed": 2 * bodies * axes,
    }
    for line, flops in by_line.items():
        assert found.lines[line] == steps * flops, line
    # two products a term of 18 terms, 17 additions; then half of it
    last = 2 * bodies * axes + bodies * axes - 1
    assert found.lines['energy = 0.5 * np.einsum("i,ik,ik", mass, speed, speed)'] == last + 1
    assert found.operations == {
        "random.Generator.normal": found.operations["random.Generator.normal"],
        "random.Generator.uniform": found.operations["random.Generator.uniform"],
        "subtract": (steps, steps * pairs * axes),
        "einsum": (2 * steps + 1, steps * (pairs * (2 * axes - 1) + forces) + last),
        "add": (3 * steps, steps * (pairs + 2 * bodies * axes)),
        "multiply": (2 * steps + 1, steps * 2 * bodies * axes + 1),
        "power": (steps, steps * pairs),
    }


def test_a_monte_carlo_pricer(counts: Callable[[str], Counts]) -> None:
    found = counts("monte_carlo.py")
    walks, steps = 50, 12
    n = walks * steps
    by_line = {
        "steps = 0.01 + 0.2 * normal": 2 * n,
        "walks = np.cumsum(steps, axis=1)": walks * (steps - 1),
        "prices = 100.0 * np.exp(walks)": 2 * n,
        # a mean of 12 is 11 additions and a division; a subtraction and a comparison a walk
        "payoff = np.maximum(prices.mean(axis=1) - 100.0, 0.0)": n + 2 * walks,
        "value = np.exp(-0.05) * payoff.mean()": 1 + walks + 1,
        # mean, differences, squares, their mean, a root; a root and a division
        "error = payoff.std() / np.sqrt(50.0)": 4 * walks + 1 + 2,
    }
    for line, flops in by_line.items():
        assert found.lines[line] == flops, line
    drawn = found.operations.pop("random.Generator.standard_normal", (1, 0))
    assert drawn[0] == 1
    assert found.operations == {
        "multiply": (3, 2 * n + 1),
        "add": (1, n),
        "cumsum": (1, walks * (steps - 1)),
        "exp": (2, n + 1),
        "mean": (2, n + walks),
        "subtract": (1, walks),
        "maximum": (1, walks),
        "std": (1, 4 * walks + 1),
        "sqrt": (1, 1),
        "divide": (1, 1),
    }
    assert found.total == sum(by_line.values()) + drawn[1]
