"""Gravity between 6 bodies in space, by einsum, for 5 steps."""

import numpy as np

rng = np.random.default_rng(0)
place = rng.normal(size=(6, 3))
speed = np.zeros((6, 3))
mass = rng.uniform(1, 2, size=6)


def acceleration(place):
    apart = place[None, :, :] - place[:, None, :]
    squares = np.einsum("ijk,ijk->ij", apart, apart)
    squares += 0.01
    strength = squares**-1.5
    return np.einsum("ij,ijk,j->ik", strength, apart, mass)


for _ in range(5):
    speed += 0.01 * acceleration(place)
    place += 0.01 * speed
energy = 0.5 * np.einsum("i,ik,ik", mass, speed, speed)
print(f"{energy:.6f}")
