"""Move bodies under their own gravity with the leapfrog method, and watch the energy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BODIES, STEPS, REPORTED = 128, 800, 20
STEP, SOFTENING = 1e-3, 0.05


def accelerations(positions: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Give the pull on every body by all others; softened where two come close."""
    apart = positions[np.newaxis, :, :] - positions[:, np.newaxis, :]
    squared = np.einsum("ijk,ijk->ij", apart, apart) + SOFTENING**2
    return np.einsum("ij,ijk->ik", masses / (squared * np.sqrt(squared)), apart)


def energy(positions: np.ndarray, velocities: np.ndarray, masses: np.ndarray) -> float:
    """Give the kinetic and potential energy of all bodies."""
    apart = positions[np.newaxis, :, :] - positions[:, np.newaxis, :]
    distances = np.sqrt((apart**2).sum(axis=2) + SOFTENING**2)
    pairs = np.triu_indices(len(masses), 1)
    potential = -(np.outer(masses, masses)[pairs] / distances[pairs]).sum()
    return float(0.5 * np.dot(masses, (velocities**2).sum(axis=1)) + potential)


def run() -> Iterator[float]:
    """Simulate; tell the mean energy every so many steps."""
    rng = np.random.default_rng(3)
    masses = rng.uniform(0.5, 1.5, size=BODIES) / BODIES
    positions = rng.normal(size=(BODIES, 3))
    velocities = 0.5 * np.cross(positions, [0.0, 0.0, 1.0])
    seen: list[float] = []
    pull = accelerations(positions, masses)
    for step in range(1, STEPS + 1):
        velocities += 0.5 * STEP * pull
        positions += STEP * velocities
        pull = accelerations(positions, masses)
        velocities += 0.5 * STEP * pull
        if step % 10 == 0:
            seen.append(energy(positions, velocities, masses))
        if step % REPORTED == 0:
            yield float(np.mean(seen))
            seen.clear()
