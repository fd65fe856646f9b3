"""Principal components by two ways, whitening, and clusters by Lloyd's algorithm."""

import numpy as np

rng = np.random.default_rng(3)
mixed = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 6))
x = mixed + 0.1 * rng.standard_normal(mixed.shape)
x -= x.mean(axis=0)
u, s, vt = np.linalg.svd(x, full_matrices=False)
variance = s**2 / (len(x) - 1)
ratio = variance / variance.sum()
print("explained", np.cumsum(ratio).round(6), int(np.searchsorted(np.cumsum(ratio), 0.95)) + 1)
values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
print(
    np.allclose(values[::-1], variance), np.allclose(np.abs(vectors[:, ::-1].T @ vt.T), np.eye(6))
)
scores = x @ vt[:2].T
white = scores / scores.std(axis=0, ddof=1)
print(np.corrcoef(white.T).round(9) + 0.0)

centres = scores[:3].copy()
for turn in range(20):  # noqa: B007 - told below
    distances = ((scores[:, None, :] - centres[None]) ** 2).sum(axis=-1)
    nearest = distances.argmin(axis=1)
    moved = np.array([scores[nearest == k].mean(axis=0) for k in range(3)])
    if np.allclose(moved, centres):
        break
    centres = moved
counts = np.bincount(nearest, minlength=3)
print(turn, counts, f"{np.sqrt(distances.min(axis=1)).mean():.6f}")
for k, (count, centre) in enumerate(zip(counts, centres, strict=True)):
    print(k, count, *(f"{value:+.4f}" for value in centre))
