"""Expressions, each under the core library and through the client: the same value and charge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.client.conftest import Client
from tests.conformance import cases
from tests.conftest import start

# One a line; what is after a semicolon is what is looked at.
EXPRESSIONS = {
    "callbacks": """
        np.apply_along_axis(lambda x: x.sum(), 1, a)
        np.apply_along_axis(lambda x: x*2, 0, a)
        np.apply_along_axis(sorted, 1, a)
        np.apply_over_axes(np.sum, a, [0,1])
        np.apply_over_axes(np.sum, a, 1)
        np.fromfunction(lambda i,j: i+j, (3,4))
        np.fromfunction(lambda i,j: i==j, (3,3), dtype=int)
        np.piecewise(a, [a<2, a>5], [lambda x:-x, lambda x:x*2, 7])
        np.piecewise(a, [a<2, a>=2], [lambda x:-x, lambda x:x*2])
        np.piecewise(a, [a<2, a>5], [-1,3, 7])
        np.piecewise(a, a<2, [lambda x:-x, 5])
        np.piecewise(a, [a<2, a>5], [-1])
        np.piecewise(x, [x<2, x>5], [-1, lambda v: v+1])
        np.vectorize(lambda x: x+1)(a)
        np.vectorize(lambda x: np.sin(x))(a)
        np.vectorize(lambda x,y: x if x>y else y)(a, 3)
        np.vectorize(lambda x,y: (x,y))(a, 3)
        np.vectorize(lambda x: str(x))([1,2,3])
        np.vectorize(lambda x: x>1, otypes=[bool])([1,2,3])
        np.vectorize(lambda x: x*2, otypes="d")([1,2,3])
        np.vectorize(lambda x: 1.0*x, otypes=["i4"])([1,2,3])
        np.vectorize(lambda x: x+1)(3)
        np.vectorize(lambda x: x+1)([])
        np.vectorize(lambda x, n: x**n, excluded=[1])([1,2,3], 2)
        np.vectorize(lambda x, n: x**n, excluded=["n"])([1,2,3], n=2)
        np.vectorize(lambda x,y: np.dot(x,y), signature="(n),(n)->()")(a,a)
        np.vectorize(lambda x: x[::-1], signature="(n)->(n)")(a)
        np.vectorize(lambda x: x, cache=True)(c)
        np.apply_along_axis(np.diff, 0, a)
    """,
    "iteration": """
        [float(x) for x in np.nditer(a)]
        [float(x) for x in np.nditer(a.T)]
        [float(x) for x in np.nditer(a.T, order="C")]
        [x+1 for x in np.nditer(c)]
        [(it.multi_index, float(it[0])) for it in [np.nditer(c, flags=["multi_index"])]]
        [(int(x),int(y)) for x,y in np.nditer([c[:3], c[3:]])]
        [(int(x),int(y)) for x,y in np.nditer([c[:3], [[1],[2]]])]
        [x.tolist() for x in np.nditer(a, flags=["external_loop"])]
        list(np.ndenumerate(c))
        list(np.ndenumerate(a))[-1]
        list(np.ndindex(2,3))
        list(np.ndindex((2,1)))
        list(np.ndindex())
        list(np.broadcast(a,a[0]))[5]
        np.broadcast(a,a[0]).shape
        np.broadcast(a,a[0]).size
    """,
    "grids": """
        np.mgrid[0:3,0:4]
        np.mgrid[0:1:5j,0:4]
        np.mgrid[0:5]
        np.mgrid[-1:1:0.5]
        np.ogrid[0:3,0:4]
        np.ogrid[0:1:3j]
        np.r_[1:4,0,4]
        np.r_[-1:1:6j,[0]*3,5,6]
        np.r_[a[0], 1.5, a[1]]
        np.r_['0,2', [1,2,3], [4,5,6]]
        np.c_[np.ones(3), a]
        np.c_[[1,2,3],[4,5,6]]
        np.s_[1:3, ..., None]
        np.index_exp[2]
        a[np.s_[1:, ::2]]
        np.ix_([0,1],[True,False,True])
        a[np.ix_([0,1],[1,3])]
    """,
    "polynomials": """
        p(2)
        p(a)
        p*p
        p+1
        1-p
        2*p
        p/2
        p**2
        -p
        p.r
        p.c
        p.order
        p.deriv()
        p.integ(k=3)
        str(p)
        p[0]
        p[5]
        list(p)
        len(p)
        p == np.poly1d([1,2,3])
        p != p
        np.poly1d([1,2],True)
        np.polyval(p, 3)
        np.polyadd(p, [1])
        np.roots(p)
        p(p)
        np.poly1d([1,2])/np.poly1d([1,1])
        P(2)
        P(a)
        P*P
        P+1
        1+P
        P-1
        P/2
        P//P
        P%P
        divmod(P,P)
        P**2
        -P
        x*P
        a*P
        P.coef
        P.domain
        P.degree()
        P.roots()
        P.deriv()
        P.integ()
        str(P)
        f"{P}"
        f"{P:unicode}"
        P.linspace(5)
        P.mapparms()
        P.convert(kind=np.polynomial.Chebyshev)
        P.trim()
        P.truncate(2)
        P.cutdeg(1)
        P.copy() == P
        P.has_samecoef(P)
        list(P)
        len(P)
        np.polynomial.Polynomial.fit([1,2,3],[1,4,9],2)
        np.polynomial.Polynomial.fit([1,2,3],[1,4,9],2).convert().coef
        np.polynomial.Polynomial.fit([1,2,3,4],[1,4,9,17],1,full=True)
        np.polynomial.Polynomial.fromroots([1,2])
        np.polynomial.Polynomial.identity()
        np.polynomial.Chebyshev.basis(3)
        np.polynomial.Polynomial.cast(C)
        C(0.5)
        C+C
        C.deriv()
        P+C
        P(P)
        isinstance(P, np.polynomial.Polynomial)
        np.polynomial.legendre.leggauss(3)
        np.polynomial.Legendre([1,2])
        np.polynomial.Hermite([1,2])*2
        np.polynomial.polynomial.polyx
        np.polynomial.chebyshev.Chebyshev([1])
        np.polyfit([1,2,3],[1,4,9],2)
    """,
    "texts and complex results": """
        np.emath.sqrt(-1)
        np.emath.sqrt([4,-4])
        np.emath.log(-1)
        np.lib.scimath.arccos(2)
        np.char.upper(["a"])
        np.char.add(["a"],["b"])
        np.char.multiply(["ab"],3)
        np.char.join("-", ["ab"])
        np.char.equal(["a "],["a"])
        np.strings.upper("abc")
    """,
    "assertions": """
        np.testing.assert_allclose(a, a+1)
        np.testing.assert_allclose(a, a)
        np.testing.assert_allclose(a, a+1, err_msg="hello")
        np.testing.assert_array_equal(a, a)
        np.testing.assert_array_equal(a, a+1)
        np.testing.assert_equal(a, a)
        np.testing.assert_equal({"a":1}, {"a":2})
        np.testing.assert_equal([1,2,"a"], [1,2,"a"])
        np.testing.assert_equal(1, 2)
        np.testing.assert_almost_equal(1.0, 1.1)
        np.testing.assert_almost_equal(a, a)
        np.testing.assert_array_less(a, a+1)
        np.testing.assert_array_less(a, a)
        np.testing.assert_approx_equal(1.0, 1.0001)
        np.testing.assert_string_equal("a","b")
        np.testing.assert_array_max_ulp(a,a)
        np.testing.assert_raises(ValueError, lambda: np.ones(3)+np.ones(4))
        np.testing.assert_warns(RuntimeWarning, lambda: np.log(np.array(0.)))
        np.testing.assert_no_warnings(lambda: 3)
    """,
    "scalars": """
isinstance(c.sum(), np.int64), isinstance(c.sum(), np.longlong), isinstance(i8, np.int64)
[c.dtype.type is np.int64, np.dtype("u8").type is np.uint64, np.dtype("i8").type.__name__]
[np.dtype(kind).type.__name__ for kind in ("i1", "u1", "i4", "u4", "f2", "f4", "f8", "c8", "c16")]
isinstance(np.uint64(3), np.uint64), np.uint64(3).__class__.__name__, c.sum().__class__.__name__
        round(x)
        round(x,1)
        x.round(1)
        round(i8)
        round(i8,-1)
        round(z)
        round(z, 1)
        round(np.float32(2.5))
        str(z)
        repr(z)
        f"{z}"
        f"{z:.2f}"
        str(x)
        f"{x}"
        f"{x:.2f}"
        repr(x)
        "%s %.1f" % (x, x)
        str(np.float32(0.1))
        repr(np.float32(0.1))
        int(x)
        float(z)
        complex(z)
        hash(x) == hash(2.567)
        bool(z)
        x==2
        abs(x)
        -x
        +x
        x+1
        1+x
        x**2
        2**x
        x//1
        x%1
        divmod(x,1)
        x<3
        i8<<2
        ~i8
        i8|1
        i8/2
        i8//2
        np.float32(1)+1
        np.float32(1)+1.5
        np.int8(100)+np.int8(100)
        isinstance(x, float)
        type(x.item())
        np.finfo(np.float32).eps
        np.array([x, 1.0])
        np.array([[x, x],[1,2]])
        a["x"]
        int("x")
        np.isscalar(x)
        np.ndim(x)
        np.format_float_positional(x)
        np.result_type(1, x)
    """,
    "functions": """
        str(a)
        repr(a)
        str(np.arange(3)[1])
        b.flat[3]
        b.flat[[1,2]]
        list(b.flat)[:2]
        [v for v in c]
        2.5 in a
        a.tolist()
        min(c)
        max(c)
        sum(c)
        sum(a[0])
        sorted(c)
        divmod(c,2)
        a.dtype.descr
        len(a.dtype)
        isinstance(c[1], int)
        np.iinfo("i4").max
        np.array([c, c])
        np.busday_count("2020-01","2020-02", busdaycal=np.busdaycalendar(holidays=["2020-01-01"]))
        np.busdaycalendar("1111100").weekmask
        np.datetime64("2020-01-01") + np.arange(3)
        np.datetime64("2020-02-01") - np.datetime64("2020-01-01")
        np.timedelta64(3,"D")/np.timedelta64(1,"h")
        np.lib.array_utils.normalize_axis_index(-1, 3)
        np.lib.array_utils.normalize_axis_tuple((0,-1), 3)
        np.lib.array_utils.normalize_axis_index(4, 3)
        np.sum(a, axis=5)
        a.sum(axis=5)
        np.typecodes["Float"]
        np.bool_(True)
        np.True_
        np.str_("abc").upper()
        a[1.5]
        a[5]
        a[:, 7]
        a.reshape(5,5)
        np.linalg.inv(np.zeros((2,2)))
        np.ones(3)+np.ones(4)
        np.zeros(-1)
        np.shape(a)
        np.size(a,1)
        np.iterable(a)
        np.allclose(a,a)
        np.array_equal(a,a)
        np.where(a>5)
        np.nonzero(c)
        np.unique(c%3, return_counts=True)
        np.histogram(a, bins=3)
        np.linalg.svd(np.eye(2))
        np.linalg.eig(np.eye(2))
        np.meshgrid([1,2],[3,4])
        np.split(c,3)
        np.array_split(c,4)
        np.gradient(a)
        np.interp(2.5, [1,2,3],[4,5,6])
        np.convolve([1,2,3],[1,1])
        np.cross([1,0,0],[0,1,0])
        np.einsum("ij->i", a)
        np.tensordot(a, a, axes=([0,1],[0,1]))
        np.block([[a],[a]])
        np.pad(a, 1)
        np.roll(a, 1)
        np.median(a)
        np.percentile(a, [10, 50])
        np.cov(a)
        np.corrcoef(a)
        np.trapezoid([1,2,3])
        np.diff(c)
        np.searchsorted(c, 3)
        np.take_along_axis(a, np.argsort(a,axis=1), axis=1)
        np.choose([0,1],[[1,2],[3,4]])
        np.select([c<2,c>4],[c,c*2])
        np.digitize([1.5],[1,2])
        np.bincount(c)
        np.lexsort((c,c))
        np.packbits([1,0,1])
        np.binary_repr(5)
        np.array2string(a, precision=1)
        np.can_cast("i4","f4")
        np.promote_types("i4","f4")
        np.common_type(a)
        np.min_scalar_type(10)
        np.unravel_index(5,(3,4))
        np.ravel_multi_index((1,1),(3,4))
        np.tri(3)
        np.vander([1,2,3])
        np.geomspace(1,10,3)
        np.logspace(0,1,3)
        np.identity(2)
        np.fft.fft([1,2,3,4])
        np.fft.fftfreq(4)
        np.kron([1,2],[1,1])
        np.sort([3,1,2])[::-1]
        np.flatnonzero(c)
        np.ediff1d(c)
        np.in1d([1,2],[2])
        np.trapz([1,2,3])
        np.isin([1,2],[2])
        np.nan_to_num([np.nan,1])
        np.real_if_close([1+0j])
        np.angle([1j])
        np.unwrap([0,7.])
        np.i0(1.)
        np.sinc(0.5)
        np.heaviside(0.,.5)
        np.copysign(1,-2.)
        np.frexp(8.)
        np.modf(2.5)
        np.ldexp(1.,3)
        np.gcd(4,6)
        np.clip(a,2,5)
        np.add.reduce(a)
        np.add.accumulate(c)
        np.multiply.outer([1,2],[3,4])
        np.add.reduceat(c,[0,3])
        np.maximum.reduce(a, axis=1)
    """,
    "changes in place": """
        b[np.diag_indices(3)]=1; b
        np.fill_diagonal(b,1); b
        b.flat[::5]=1; b
        b.flat=1; b
        b[0] = 7; b
        b[b>3] = 0; b
        b[:, 1] += 2; b
        b[[0,1],[1,2]] = 9; b
        b += 1; b
        b *= b; b
        b @= np.eye(4); b
        b -= [1,2,3,4]; b
        b **= 2; b
        b //= 2; b
        b %= 2; b
        c <<= 1; c
        c &= 3; c
        np.add(b, 1, out=b); b
        c.resize((2,2)); c
        c.resize(8); c
        c.resize((3,3)); c
        a.resize((2,2))
        a.base is None
        b.base is None
        c.base is None
        a.flags
        a.T.flags
        a.flags.num
        a.flags.fnc
        a.flags["W"]
        c.setflags(write=False); c[0]=1
        np.base_repr(5)
        np.add.at(c,[0,0],1); c
    """,
    "random": """
        np.random.default_rng(0).bit_generator.state
        type(np.random.default_rng(0).bit_generator).__name__
        np.random.default_rng(0).bit_generator.random_raw(2)
        np.random.PCG64(3).jumped().random_raw()
        np.random.Generator(np.random.Philox(5)).normal(size=2)
        np.random.SeedSequence(5).entropy
        np.random.SeedSequence(5).spawn(2)[1].spawn_key
        np.random.SeedSequence(5).pool
        np.random.RandomState(3).get_state()[0]
        np.random.RandomState(3).rand(2)
    """,
}
# They are computed by NumPy's own Python, and what it asks for is not the same in every NumPy.
OF_ONE_NUMPY = (
    "np.vectorize(lambda x: x+1)(3)",
    'np.vectorize(lambda x,y: np.dot(x,y), signature="(n),(n)->()")(a,a)',
    'np.vectorize(lambda x: x[::-1], signature="(n)->(n)")(a)',
)
# The names that they use are made anew for each.
PROGRAM = """
import json, sys, warnings
import flopscope as flops
import flopscope.numpy as np

def names():
    p, P = np.poly1d([1.0, 2, 3]), np.polynomial.Polynomial([1.0, 2, 3])
    a, c = np.arange(12.0).reshape(3, 4), np.arange(6)
    return {
        "np": np, "p": p, "P": P, "C": np.polynomial.Chebyshev([1, 2, 3.0]), "a": a, "c": c,
        "b": a.copy(), "x": np.float64(2.567), "z": np.array(2.5), "i8": np.int64(5),
    }

for kind in ("f4", "f8"):
    np.finfo(kind)  # an older NumPy computes the limits once, and is charged for it

for line in json.loads(sys.argv[1]):
    known = names()
    before, _, last = line.rpartition("; ")
    with warnings.catch_warnings(), flops.BudgetContext(10**12, quiet=True) as budget:
        warnings.simplefilter("ignore")
        try:
            exec(before, known)
            shown = repr(eval(last, known))
        except Exception as error:
            shown = f"{type(error).__name__}: {error}"
        print(json.dumps([line, budget.flops_used, shown]))
"""


@pytest.mark.parametrize("group", EXPRESSIONS)
def test_expressions_have_the_same_value_and_charge(
    group: str, client: Client, tmp_path: Path
) -> None:
    lines = [line.strip() for line in EXPRESSIONS[group].splitlines() if line.strip()]
    if cases.NUMPY_IS_ANOTHER:
        lines = [line for line in lines if line not in OF_ONE_NUMPY]
    core = start("-c", PROGRAM, json.dumps(lines), cwd=tmp_path)
    assert core.returncode == 0, core.stderr
    theirs = [json.loads(line) for line in core.stdout.splitlines()]
    mine = [json.loads(line) for line in client(PROGRAM, json.dumps(lines)).stdout.splitlines()]
    assert [line for line, *_ in mine] == lines
    differ = [
        f"{line}: {charged} {shown!r}, not {expected[1]} {expected[2]!r}"
        for (line, charged, shown), expected in zip(mine, theirs, strict=True)
        if [charged, shown] != expected[1:]
    ]
    assert differ == []
