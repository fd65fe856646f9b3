"""Heat on a plate: explicit steps in place, Jacobi's iteration, and a tridiagonal system."""

import numpy as np

plate = np.zeros((12, 12))
plate[0, :] = 100.0
plate[:, -1] = np.linspace(100, 0, 12)
for turn in range(60):  # noqa: B007 - told below
    before = plate.copy()
    plate[1:-1, 1:-1] = (
        before[:-2, 1:-1] + before[2:, 1:-1] + before[1:-1, :-2] + before[1:-1, 2:]
    ) / 4
    change = np.max(np.abs(plate - before))
    if change < 0.5:
        break
print(turn, f"{change:.4f}", plate[6].round(3), f"{plate.mean():.5f}")

rod = np.exp(-((np.linspace(-1, 1, 21)) ** 2) * 10)
for _ in range(10):
    rod[1:-1] += 0.25 * (rod[:-2] - 2 * rod[1:-1] + rod[2:])
    rod[[0, -1]] = 0
print(rod[::5].round(6), rod.argmax(), np.trapezoid(rod, dx=0.1).round(6))


def thomas(lower, diagonal, upper, right):
    c, d = upper.copy(), right.copy()
    c[0] /= diagonal[0]
    d[0] /= diagonal[0]
    for i in range(1, len(d)):
        m = diagonal[i] - lower[i - 1] * c[i - 1]
        if i < len(c):
            c[i] /= m
        d[i] = (d[i] - lower[i - 1] * d[i - 1]) / m
    for i in range(len(d) - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return d


n = 9
solved = thomas(np.full(n - 1, -1.0), np.full(n, 2.5), np.full(n - 1, -1.0), np.arange(1.0, n + 1))
matrix = 2.5 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
print(solved.round(5), np.allclose(matrix @ solved, np.arange(1, n + 1)))
