"""The Lorenz attractor by Runge and Kutta's method, and a stiff decay with steps that adapt."""

import numpy as np


def lorenz(state, sigma=10.0, rho=28.0, beta=8 / 3):
    x, y, z = state
    return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def step(f, y, h):
    k1 = f(y)
    k2 = f(y + h / 2 * k1)
    k3 = f(y + h / 2 * k2)
    k4 = f(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


state = np.array([1.0, 1.0, 1.0])
path = np.empty((40, 3))
for i in range(40):
    path[i] = state
    state = step(lorenz, state, 0.01)
print(path[-1].round(6), np.ptp(path, axis=0).round(4), path.mean(axis=0).round(4))

decay = np.array([[-50.0, 1.0], [0.0, -1.0]])
y, t, h, taken, refused = np.array([1.0, 1.0]), 0.0, 0.1, 0, 0
while t < 0.5:
    h = min(h, 0.5 - t)
    whole = step(lambda v: decay @ v, y, h)
    halves = step(lambda v: decay @ v, step(lambda v: decay @ v, y, h / 2), h / 2)
    error = np.abs(halves - whole).max()
    if error < 1e-6 or h < 1e-5:
        y, t, taken = halves, t + h, taken + 1
    else:
        refused += 1
    h *= min(2.0, max(0.2, 0.9 * (1e-6 / (error + 1e-30)) ** 0.2))
print(taken, refused, y, f"{t:.3f}")
