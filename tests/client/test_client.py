"""What a program sees of the client: errors, budgets, scalars, inputs of all kinds."""

from __future__ import annotations

from tests.client.conftest import Client


def test_numpy_is_not_there_and_not_needed(client: Client) -> None:
    client("""
        import importlib.util
        assert importlib.util.find_spec("numpy") is None
        import flopscope.numpy as fnp
        assert (fnp.arange(6).reshape(2, 3) @ fnp.ones(3)).tolist() == [3.0, 12.0]
    """)


def test_an_error_comes_at_the_next_wait_with_the_line_of_its_call(client: Client) -> None:
    done = client("""
        import flopscope.numpy as fnp
        a = fnp.ones(3)
        wrong = a + fnp.ones(4)  # line 4
        after = wrong * 2
        worse = fnp.ones(2) + fnp.ones(5)
        try:
            float(a[0])
        except ValueError as error:
            assert "(3,) (4,)" in str(error), error
            first, second = error.__notes__
            assert first.endswith("program.py:4"), first
            assert "program.py:6" in second and "(2,) (5,)" in second, second
        else:
            raise SystemExit("no error came")
        assert float(a[0]) == 1.0  # told once
        try:
            after.tolist()
        except ValueError as error:
            assert "(3,) (4,)" in str(error)
        else:
            raise SystemExit("what has failed has a value")
    """)
    assert done.stderr == ""


def test_synchronously_an_error_comes_where_it_is_made(client: Client) -> None:
    client("""
        import flopscope as flops
        import flopscope.numpy as fnp
        a = fnp.ones(3)
        with flops.synchronous():
            try:
                a + fnp.ones(4)
            except ValueError:
                pass
            else:
                raise SystemExit("no error came")
            b = fnp.ones(3)
            try:
                b += fnp.ones(4)
            except ValueError:
                pass
            assert b.tolist() == [1.0, 1.0, 1.0]
    """)


def test_an_array_that_was_not_changed_in_place_is_what_it_was(client: Client) -> None:
    client("""
        import flopscope as flops
        import flopscope.numpy as fnp
        a, n = fnp.ones(3), fnp.arange(3)
        alias = a
        def wrong(error, change):
            try:
                change()
                a.tolist(), n.tolist()
            except error:
                return
            raise SystemExit(f"no {error.__name__} came")
        def longer():
            global a
            a += fnp.ones(4)
        def cast():
            global n
            n *= 1.5
        def dear():
            global a
            a += fnp.ones(3)
        wrong(ValueError, longer)
        wrong(TypeError, cast)
        with flops.BudgetContext(2, quiet=True):
            wrong(flops.BudgetExhaustedError, dear)
        a += 1
        assert a is alias and a.tolist() == [2, 2, 2] and n.tolist() == [0, 1, 2]
        try:
            fnp.sum(a, axis=2).tolist()
        except fnp.exceptions.AxisError as error:
            assert (error.axis, error.ndim) == (2, 1)
        # What needs a result that is not there fails, also in place.
        lost = a + fnp.ones(7)
        wrong(ValueError, lambda: float(a[0]))
        b = fnp.ones(3)
        b += lost
        wrong(ValueError, b.tolist)
    """)


def test_an_error_of_a_program_that_never_waits_is_told_at_its_end(client: Client) -> None:
    done = client("""
        import flopscope.numpy as fnp
        fnp.ones(3) + fnp.ones(4)
    """)
    assert "could not be broadcast" in done.stderr


def test_budget_errors_are_exact_in_both_modes(client: Client) -> None:
    client("""
        import contextlib
        import flopscope as flops
        import flopscope.numpy as fnp
        for mode in (flops.synchronous, contextlib.nullcontext):
            with flops.BudgetContext(400, quiet=True) as budget, mode():
                x = fnp.zeros(10)
                fnp.exp(x)
                try:
                    fnp.exp(fnp.zeros(1000))
                    budget.flops_used
                except flops.BudgetExhaustedError as error:
                    told = error.op_name, error.flop_cost, error.flops_remaining
                    assert told == ("exp", 32000, 80), told
                    assert "exp would cost 32,000 FLOPs but only 80 remain." in str(error)
                else:
                    raise SystemExit("no error came")
                x + x  # cheaper ones still go through
                assert budget.flops_used == 340
            assert budget.flops_remaining == 60
            assert budget.summary_dict()["operations"]["exp"]["calls"] == 1
            assert [record.op_name for record in budget.op_log][-1] == "add"
    """)


def test_a_budget_can_only_lower_the_sessions(client: Client) -> None:
    client("""
        import flopscope as flops
        import flopscope.numpy as fnp
        with flops.BudgetContext(1e30, quiet=True):
            with flops.BudgetContext(100, quiet=True, namespace="inner") as inner:
                fnp.ones(10) + 1.0
                with flops.namespace("deep"):
                    fnp.ones(10) + 1.0
                summary = inner.summary_dict(by_namespace=True)
                assert list(summary["by_namespace"]) == ["inner", "inner.deep"], summary
        for wrong in (float("nan"), float("inf"), 0, -1):
            try:
                flops.BudgetContext(wrong)
            except ValueError:
                continue
            raise SystemExit(f"{wrong} was taken")
        assert flops.current_budget().flops_used > 0
        assert flops.accounting.einsum_cost("ij,jk->ik", shapes=[(3, 4), (4, 5)]) == 105
        assert flops.accounting.cost("add", (10,), (10,)).charged == 20
    """)


def test_scalars_are_numpys_scalars(client: Client) -> None:
    client("""
        import math
        import flopscope.numpy as fnp
        x = fnp.arange(4.0).mean()
        assert isinstance(x, fnp.floating) and isinstance(x, fnp.float64)
        assert not isinstance(x, fnp.ndarray) and not isinstance(x, fnp.float32)
        assert isinstance(fnp.ones(2), fnp.ndarray) and not isinstance(fnp.ones(2), fnp.generic)
        assert hash(x) == hash(1.5) and x == 1.5 and {1.5: "there"}[float(x)] == "there"
        assert round(x) == 2 and math.floor(x) == 1 and math.ceil(x) == 2 and int(x) == 1
        assert f"{x:.3f} {x}" == "1.500 1.5" and repr(x) == "np.float64(1.5)" and str(x) == "1.5"
        assert [10, 20, 30][fnp.arange(3)[1]] == 20
        assert fnp.float32(0.1).dtype == "float32" and fnp.int8(5) + fnp.int8(6) == 11
        assert isinstance(fnp.array(5), fnp.ndarray) and fnp.array(5).shape == ()
        assert fnp.float64("2.5") == 2.5 and complex(fnp.complex64(1 + 2j)) == 1 + 2j
        assert fnp.issubdtype(fnp.float32, fnp.floating) and fnp.finfo(float).eps < 1e-15
        assert fnp.iinfo(fnp.int16).max == 32767 and fnp.dtype("f4").itemsize == 4
        total = 0.0
        for _ in range(3):
            total += x
        assert float(total) == 4.5
        for wrong in (lambda: hash(fnp.ones(2)), lambda: len(x), lambda: iter(x),
                      lambda: float(fnp.ones(2))):
            try:
                wrong()
            except TypeError:
                continue
            raise SystemExit("no error came")
    """)


def test_arrays_have_what_numpys_have(client: Client) -> None:
    client("""
        import copy
        import flopscope.numpy as fnp
        a = fnp.arange(6.0).reshape(2, 3)
        assert (a.shape, a.ndim, a.size, a.nbytes, len(a)) == ((2, 3), 2, 6, 48, 2)
        assert a.dtype == float and a.strides == (24, 8) and a.flags.c_contiguous
        b = a
        a += 1
        a[0, 1] = 10
        a[:, 2] *= 2
        assert b is a and a.tolist() == [[1.0, 10.0, 6.0], [4.0, 5.0, 12.0]]
        view = a[1]
        view -= 4
        assert a[1].tolist() == [0.0, 1.0, 8.0]
        assert [row.tolist() for row in a] == a.tolist() and a.T.shape == (3, 2)
        assert a[a > 5].tolist() == [10.0, 6.0, 8.0] and a[..., None].shape == (2, 3, 1)
        assert a[[1, 0]].tolist() == [[0.0, 1.0, 8.0], [1.0, 10.0, 6.0]]
        assert 10 in a and repr(a).startswith("array([[ 1., 10.,  6.]") and str(a)[0] == "["
        a.shape = (3, 2)
        assert a.shape == (3, 2)
        a.flat[0] = 7
        assert [float(x) for x in a.flat][0] == 7 and a.flat[1] == 10
        assert memoryview(a.tobytes()).cast("d").tolist()[0] == 7
        c = copy.deepcopy(a)
        c.fill(0)
        assert a.sum() > 0 and c.sum() == 0 and not c.any()
        low, high = divmod(fnp.array([7, 8]), 3)
        assert low.tolist() == [2, 2] and high.tolist() == [1, 2]
        assert (2 - fnp.ones(2)).tolist() == [1, 1] and (2 ** fnp.array([1, 2])).tolist() == [2, 4]
        try:
            bool(fnp.ones(2))
        except ValueError as error:
            assert "ambiguous" in str(error)
        assert fnp.einsum("ij,kj->ik", a, a).shape == (3, 3)
        u, s, vh = fnp.linalg.svd(a, full_matrices=False)
        assert u.shape == (3, 2) and fnp.allclose(u * s @ vh, a)
        result = fnp.linalg.eigh(fnp.eye(2))
        assert result.eigenvalues.tolist() == [1, 1]
        d = fnp.array(["2020-01-02", "2021-01-01"], dtype="M8[D]")
        assert str((d[1] - d[0]).item()) == "365 days, 0:00:00"
        assert fnp.strings.upper(fnp.array(["ab", "c"])).tolist() == ["AB", "C"]
        out = fnp.zeros(3)
        assert fnp.add([1, 2, 3], 1, out=out) is out and out.tolist() == [2, 3, 4]
        assert fnp.add.reduce(fnp.ones(4)) == 4 and fnp.add.nin == 2
        with fnp.errstate(divide="raise"):
            try:
                float((fnp.ones(1) / fnp.zeros(1))[0])
            except FloatingPointError:
                pass
            else:
                raise SystemExit("no error came")
        with fnp.printoptions(precision=2):
            assert str(fnp.array([1 / 3])) == "[0.33]"
        fnp.testing.assert_allclose(fnp.ones(3) / 3, [1 / 3] * 3)
    """)


def test_lists_buffers_and_numbers_go_up(client: Client) -> None:
    client("""
        import array
        import datetime
        import flopscope.numpy as fnp
        assert fnp.array([[1, 2], [3, 4]]).dtype == int
        assert fnp.array([1, 2.5]).tolist() == [1.0, 2.5]
        assert fnp.array([True, False]).dtype == bool
        assert fnp.array([1 + 2j]).tolist() == [1 + 2j]
        assert fnp.array(array.array("f", [1, 2])).dtype == "f4"
        big = array.array("d", range(100_000))
        assert fnp.array(big).sum() == sum(big) and fnp.array(big).tolist() == list(big)
        grid = memoryview(bytes(range(12))).cast("B", (3, 4))
        assert fnp.asarray(grid).tolist() == grid.tolist()
        assert fnp.asarray(grid[::2]).tolist() == grid[::2].tolist()
        assert fnp.array([fnp.ones(2), fnp.zeros(2)]).tolist() == [[1, 1], [0, 0]]
        assert fnp.stack([fnp.ones(2), [1, 2]]).shape == (2, 2)
        assert fnp.array(range(3)).tolist() == [0, 1, 2]
        assert fnp.array([datetime.date(2020, 1, 1)]).dtype.kind == "M"
        assert fnp.array([]).shape == (0,) and fnp.zeros((0, 3)).tolist() == []
        for wrong, kind in ((lambda: fnp.array([object()]), TypeError),
                            (lambda: fnp.sum(print), TypeError),
                            (lambda: fnp.ones(1) + 2**70, OverflowError),
                            (lambda: fnp.array([{}]), TypeError)):
            try:
                wrong()
            except kind:
                continue
            raise SystemExit("no error came")
    """)


def test_generators_live_on_the_server(client: Client) -> None:
    client("""
        import flopscope.numpy as fnp
        rng = fnp.random.default_rng(7)
        assert isinstance(rng, fnp.random.Generator)
        assert type(rng.normal()) is float and rng.normal(size=(2, 3)).shape == (2, 3)
        again = fnp.random.Generator(fnp.random.PCG64(7))
        assert again.normal() == fnp.random.default_rng(7).normal()
        first, second = fnp.random.default_rng(1).spawn(2)
        assert float(first.random()) != float(second.random())
        x = fnp.arange(5)
        rng.shuffle(x)
        assert sorted(x.tolist()) == [0, 1, 2, 3, 4]
        assert fnp.random.SeedSequence(3).generate_state(2).shape == (2,)
        fnp.random.seed(0)
        assert round(float(fnp.random.rand()), 4) == 0.5488
    """)


def test_warnings_come_too(client: Client) -> None:
    client("""
        import warnings
        import flopscope.numpy as fnp
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert str(fnp.ones(1) / fnp.zeros(1)) == "[inf]"
        assert [each.category for each in caught] == [RuntimeWarning], caught
    """)


def test_names_are_the_cores(client: Client) -> None:
    """The public names that a program may have used, modulo files, callables and classes."""
    import numpy as np

    names = client("""
        import flopscope.numpy as fnp
        print(*dir(fnp))
    """).stdout.split()
    missing = {
        name
        for name in np.__all__
        if name[0] != "_"  # NumPy 2.0 lists some of its own
        and callable(getattr(np, name))
        and not isinstance(getattr(np, name), type)
    } - set(names)
    from flopscope_server.operations import ABSENT

    assert missing <= ABSENT | {"printoptions"}


def test_results_are_dropped_when_the_client_drops_them(client: Client) -> None:
    client("""
        import flopscope.numpy as fnp
        a = fnp.ones(10)
        for _ in range(20_000):
            b = a + 1
        from flopscope import _session
        connection = _session.connection()
        assert float(b[0]) == 2
        assert len(connection._dropped) < 200
    """)
