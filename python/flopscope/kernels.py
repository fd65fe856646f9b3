"""Names of the compiled packages whose computations do not pass through NumPy.

SciPy's LAPACK, scikit-learn's Cython and their like compute without calling NumPy, so the shim
does not see them. A report says which of them were loaded.
"""

from __future__ import annotations

from typing import TypedDict

__all__ = ["KERNELS", "UncountedKernels", "find_kernels"]


class UncountedKernels(TypedDict):
    """Loaded extension modules that bring kernels of their own.

    Attributes
    ----------
    package : str
        The package as its users write it.
    kernels : str
        What it computes by itself.
    modules : list of str
        The loaded extension modules.
    """

    package: str
    kernels: str
    modules: list[str]


# (prefix of a module's name, package, what it computes). The first prefix that fits wins.
KERNELS: tuple[tuple[str, str, str], ...] = (
    ("scipy.linalg.", "SciPy", "BLAS and LAPACK"),
    ("scipy.fft.", "SciPy", "FFT"),
    ("scipy.fftpack.", "SciPy", "FFT"),
    ("scipy.sparse.linalg.", "SciPy", "sparse solvers"),
    ("scipy.sparse.", "SciPy", "sparse matrices"),
    ("scipy.signal.", "SciPy", "filters"),
    ("scipy.ndimage.", "SciPy", "image filters"),
    ("scipy.optimize.", "SciPy", "optimizers"),
    ("scipy.integrate.", "SciPy", "integrators"),
    ("scipy.interpolate.", "SciPy", "splines"),
    ("scipy.spatial.", "SciPy", "distances and trees"),
    ("scipy.cluster.", "SciPy", "clustering"),
    ("scipy.stats.", "SciPy", "statistics"),
    ("sklearn.", "scikit-learn", "Cython"),
    ("skimage.", "scikit-image", "Cython"),
    ("statsmodels.", "statsmodels", "Cython"),
    ("pandas._libs.", "pandas", "Cython"),
    ("numba.", "numba", "compiled functions"),
    ("llvmlite.", "numba", "compiled functions"),
    ("numexpr.", "numexpr", "expressions"),
    ("bottleneck.", "bottleneck", "reductions"),
    ("torch.", "PyTorch", "tensors"),
    ("tensorflow.", "TensorFlow", "tensors"),
    ("jaxlib.", "JAX", "arrays"),
    ("cupy", "CuPy", "arrays"),
    ("pyfftw.", "pyFFTW", "FFT"),
    ("mkl_fft.", "mkl_fft", "FFT"),
    ("cv2", "OpenCV", "images"),
    ("xgboost.", "XGBoost", "trees"),
    ("lightgbm.", "LightGBM", "trees"),
)


def find_kernels(extensions: list[str]) -> list[UncountedKernels]:
    """Group loaded extension modules by the uncounted kernels that they bring.

    Parameters
    ----------
    extensions : list of str
        Names of loaded extension modules. Those that are not known to compute are left out, and so
        is ``scipy.special``, whose ufuncs are counted.

    Returns
    -------
    list of UncountedKernels
        In the order of :data:`KERNELS`.

    Examples
    --------
    >>> from flopscope.kernels import find_kernels
    >>> find_kernels(["numpy.linalg._umath_linalg", "scipy.linalg._flapack"])
    [{'package': 'SciPy', 'kernels': 'BLAS and LAPACK', 'modules': ['scipy.linalg._flapack']}]
    """
    found: dict[tuple[str, str], list[str]] = {}
    for prefix, package, kernels in KERNELS:
        for name in extensions:
            known = any(name in modules for modules in found.values())
            if name.startswith(prefix) and not known:
                found.setdefault((package, kernels), []).append(name)
    return [
        {"package": package, "kernels": kernels, "modules": modules}
        for (package, kernels), modules in found.items()
    ]
