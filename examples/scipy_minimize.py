"""Minimise a function, filter a signal and evaluate special functions with SciPy.

It knows nothing of flopscope. Run it with ``python`` or with ``flopscope run``.
"""

import numpy as np
from scipy import optimize, signal, special

found = optimize.minimize(
    optimize.rosen, np.linspace(0.2, 1.4, 8), method="BFGS", jac=optimize.rosen_der
)
print(f"BFGS: {found.nit} iterations, minimum {found.fun:.2e} at {np.round(found.x, 4)}")

rng = np.random.default_rng(0)
time = np.linspace(0, 1, 2000)
clean = np.sin(2 * np.pi * 5 * time)
numerator, denominator = signal.butter(4, 0.05)
smooth = signal.filtfilt(numerator, denominator, clean + rng.normal(scale=0.5, size=time.size))
print(f"filtfilt: error {np.sqrt(np.mean((smooth - clean) ** 2)):.4f}")

x = np.linspace(0.1, 10, 500)
print(f"special: {special.gamma(x[:50]).sum():.6f} {special.erf(x).mean():.6f}")
print(f"special: {special.jv(1, x).max():.6f} {special.logsumexp(x):.6f}")
