"""One program, written once: under the core library and through the client it prints the same."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.client.conftest import Client
from tests.conftest import start

PROGRAMS = {
    "a small network": """
        rng = fnp.random.default_rng(0)
        x, y = rng.normal(size=(64, 8)), rng.normal(size=(64, 1))
        first, second = rng.normal(size=(8, 16)) * 0.1, rng.normal(size=(16, 1)) * 0.1
        for step in range(20):
            hidden = fnp.tanh(x @ first)
            error = hidden @ second - y
            loss = (error ** 2).mean()
            into_second = hidden.T @ error / len(x)
            into_first = x.T @ (error @ second.T * (1 - hidden * hidden)) / len(x)
            first -= 0.5 * into_first
            second -= 0.5 * into_second
            if step % 5 == 0:
                print(step, f"{loss:.9f}")
        print(round(float(loss), 9), first.shape, second.dtype)
    """,
    "linear algebra": """
        a = fnp.arange(9.0).reshape(3, 3) + 3 * fnp.eye(3)
        print(fnp.linalg.solve(a, [1, 2, 3]).round(6), fnp.linalg.det(a).round(6))
        values, vectors = fnp.linalg.eigh(a @ a.T)
        print(values.round(6), vectors.shape, fnp.linalg.norm(a).round(9))
        for row in fnp.linalg.inv(a):
            print([round(float(each), 6) for each in row])
        print(fnp.linalg.matrix_rank(a), fnp.linalg.cond(a).round(6))
        try:
            print(fnp.linalg.inv(fnp.zeros((2, 2))))
        except fnp.linalg.LinAlgError as error:
            print(error)
    """,
    "long seeds": """
        seed = 0x1234567890ABCDEF1234567890ABCDEF
        for given in (seed, [seed, 7], (3, seed >> 40, 2**64)):
            print(fnp.random.default_rng(given).random(3).tolist())
            print(fnp.random.SeedSequence(given, spawn_key=(seed,)).generate_state(3).tolist())
            print(fnp.random.Generator(fnp.random.Philox(seed=given)).integers(100))
    """,
    "indexing and printing": """
        a = fnp.arange(12).reshape(3, 4)
        print(a, a[1:, ::2], a[a % 2 == 0], a[-1, [0, 2]], repr(a[1]), sep="\\n")
        a[a > 6] = 0
        a[0] += a[1]
        print(a.tolist(), a.sum(axis=0), a.max(), a.argmax(), a.cumsum()[-1])
        print(fnp.where(a > 2, a, -a), fnp.unique(a), fnp.sort(a, axis=None)[::-1][:3])
        print(fnp.concatenate([a, a]).shape, fnp.split(fnp.arange(6), 3), fnp.nonzero(a))
        print(fnp.histogram(a, bins=3), fnp.percentile(a, [25, 75]), fnp.median(a))
        print(fnp.fft.fft(fnp.ones(4)), fnp.meshgrid([1, 2], [3, 4]))
        for wrong in (lambda: a[7], lambda: a.reshape(5, 5), lambda: fnp.sum(a, axis=3)):
            try:
                print(wrong())
            except (IndexError, ValueError) as error:
                print(type(error).__name__, error)
    """,
    "lists of scalars and numbers": """
        one = fnp.float32(1)
        for mixed in ([fnp.int8(1), 2], [one, 2.5], [True, fnp.int8(3)], [[one, 1j]]):
            print(fnp.array(mixed).dtype, (fnp.ones(1, "f4") + mixed).dtype)
        print(fnp.stack([one, 2.0]).dtype, fnp.add([one, 2.5], 1).dtype, fnp.hstack([one, 2]).dtype)
        print(fnp.select([fnp.array([True])], [fnp.ones(1, "f4")], 2.0).dtype)
        print(fnp.where(True, one, 2.0).dtype, fnp.einsum("i,i", [one, 1], [one, one]).dtype)
    """,
    "texts that could be dtypes": """
        import warnings

        warnings.simplefilter("error", DeprecationWarning)
        print(fnp.array("a"), fnp.array(["a"]) == "a", fnp.strings.add("a", "b"))
    """,
    "scalars have what Python's have": """
        x, n, text = fnp.array([2.5])[0], fnp.arange(8)[7], fnp.array(["apple", "Bob"])[0]
        print(x.is_integer(), x.as_integer_ratio(), x.hex(), fnp.float32(0.5).as_integer_ratio())
        print(n.bit_count(), n.numerator, n.denominator, fnp.uint8(3).is_integer())
        print(text.upper(), text.startswith("a"), len(text), text.split("p"), len(fnp.bytes_(b"ab")))
        for owner, name in ((x, "upper"), (n, "hex"), (fnp.ones(2), "is_integer"), (x, "bit_count")):
            print(name, hasattr(owner, name))
        print(hasattr(fnp.array("a"), "upper"), hasattr(fnp.array(2.0), "is_integer"))
    """,
    "dates": """
        day = fnp.datetime64("2020-01-01")
        print(day, day + fnp.timedelta64(3, "D"), fnp.busday_offset("2020-01-01", 3))
        print(fnp.arange("2020-01", "2020-05", dtype="M8[M]"), fnp.is_busday("2020-01-04"))
        for wrong in ("(2020", "2020-13-01"):
            try:
                print(fnp.datetime64(wrong))
            except ValueError as error:
                print(error)
    """,
    "budgets": """
        with flops.BudgetContext(10_000, quiet=True, namespace="model") as budget:
            x = fnp.linspace(0, 1, 50)
            with flops.namespace("inner"):
                y = fnp.exp(-x * x).sum()
            try:
                z = fnp.ones((100, 100)) @ fnp.ones((100, 100))
                print(float(z[0, 0]))
            except flops.BudgetExhaustedError as error:
                print(error, error.op_name, error.flop_cost, error.flops_remaining)
            print(f"{float(y):.9f}", budget.flops_used, budget.flops_remaining)
        summary = budget.summary_dict(by_namespace=True)
        print(summary["flops_used"], {k: v["calls"] for k, v in summary["operations"].items()})
        print({k: v["flops_used"] for k, v in summary["by_namespace"].items()})
        print([(each.op_name, each.flop_cost) for each in budget.op_log])
        print(flops.accounting.svd_cost(4, 5), flops.accounting.get_weight("exp"))
        print(flops.stats.norm.cdf(0.5).round(9))
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_the_same(name: str, client: Client, tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import flopscope as flops
        import flopscope.numpy as fnp
        """
    ) + textwrap.dedent(PROGRAMS[name])
    core = start("-c", program, cwd=tmp_path)
    assert core.returncode == 0, core.stderr
    assert client(program).stdout == core.stdout
