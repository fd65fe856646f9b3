"""How many of the recorded charges are met exactly, by family of operations."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from flopscope import BudgetContext, _shim
from tests.conformance.cases import Case

# The family of what the registry does not know.
UNDECLARED = "undeclared"

# A budget that no case reaches: what is asked is the charge, not whether it is allowed.
PLENTY = 10**15


@dataclass(frozen=True)
class Outcome:
    case: Case
    family: str
    charged: int | None  # None: the call could not be made at all
    counted: Mapping[str, int]  # charge by operation
    error: str
    lacks: str  # what this NumPy does not have: the operation, or a keyword of it

    @property
    def exact(self) -> bool:
        return self.charged == self.case.charged

    def __str__(self) -> str:
        counted = ", ".join(f"{name} {units}" for name, units in self.counted.items())
        return (
            f"{self.case.id} {self.case}: {self.charged} charged, {self.case.charged} expected"
            f" [{counted or 'nothing counted'}]{self.error and ' ' + self.error}"
        )


@dataclass(frozen=True)
class Share:
    family: str
    exact: int
    cases: int

    @property
    def fraction(self) -> float:
        return self.exact / self.cases


def families() -> dict[str, str]:
    """The family of every operation, by each name that it has."""
    family_of: dict[str, str] = {}
    for operation in _shim.operations():
        for name in [operation["name"], *operation["aliases"], *operation["entry_points"]]:
            family_of[name.removeprefix("numpy.")] = operation["family"]
    return family_of


def charges() -> dict[str, int]:
    totals: dict[str, int] = {}
    for name, _, _, _, charged, *_ in _shim.counters():
        totals[name] = totals.get(name, 0) + charged
    return totals


def outcome(case: Case, family_of: Mapping[str, str]) -> Outcome:
    """Make the call and compare its charge. Needs the active shim."""
    error = lacks = ""
    charged: int | None = None
    before = after = charges()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            call = case.prepared()
        except AttributeError as missing:
            error = lacks = f"AttributeError: {missing}"
        else:
            before = charges()
            with BudgetContext(PLENTY, quiet=True) as budget:
                try:
                    call()
                except Exception as refused:  # it is charged all the same
                    error = f"{type(refused).__name__}: {refused}"
                    if isinstance(refused, TypeError) and "keyword argument" in str(refused):
                        lacks = error
                charged = budget.flops_used
            after = charges()
    counted = {
        name: units - before.get(name, 0)
        for name, units in after.items()
        if units != before.get(name, 0)
    }
    family = family_of.get(case.op)
    if family is None:  # operators have no entry of their own: the family of what was counted
        family = next((family_of[name] for name in counted if name in family_of), UNDECLARED)
    return Outcome(case, family, charged, counted, error, lacks)


def outcomes(cases: Iterable[Case]) -> list[Outcome]:
    family_of = families()
    return [outcome(case, family_of) for case in cases]


def by_family(results: Iterable[Outcome]) -> list[Share]:
    counts: dict[str, list[int]] = {}
    for result in results:
        exact_and_all = counts.setdefault(result.family, [0, 0])
        exact_and_all[0] += result.exact
        exact_and_all[1] += 1
    return [Share(family, *counts[family]) for family in sorted(counts)]


def in_total(shares: Iterable[Share]) -> Share:
    shares = list(shares)
    return Share("total", sum(s.exact for s in shares), sum(s.cases for s in shares))
