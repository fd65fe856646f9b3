"""Train a network with one hidden layer on two interleaved spirals, in plain NumPy.

It knows nothing of flopscope. Run it with ``python`` or with ``flopscope run``.
"""

import numpy as np


def spirals(points: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two spirals of points in the plane, and which of the two each point is on."""
    turn = np.sqrt(rng.uniform(size=points)) * 3 * np.pi
    arm = np.arange(points) % 2
    angle = turn + np.pi * arm
    plane = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1)
    return plane / 6 + rng.normal(scale=0.05, size=plane.shape), arm


def train(
    inputs: np.ndarray, labels: np.ndarray, hidden: int, steps: int, rate: float
) -> tuple[float, float]:
    """Gradient descent on the cross-entropy; returns the last loss and the accuracy."""
    rng = np.random.default_rng(1)
    count, width = inputs.shape
    w1 = rng.normal(size=(width, hidden))
    b1 = rng.normal(size=hidden)
    w2 = rng.normal(size=(hidden, 2)) / np.sqrt(hidden)
    b2 = np.zeros(2)
    wanted = np.eye(2)[labels]
    loss = accuracy = 0.0
    for _ in range(steps):
        active = np.maximum(inputs @ w1 + b1, 0)
        scores = active @ w2 + b2
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely = weights / weights.sum(axis=1, keepdims=True)
        loss = -np.log(likely[np.arange(count), labels]).mean()
        accuracy = (likely.argmax(axis=1) == labels).mean()

        to_scores = (likely - wanted) / count
        to_active = (to_scores @ w2.T) * (active > 0)
        w2 -= rate * (active.T @ to_scores)
        b2 -= rate * to_scores.sum(axis=0)
        w1 -= rate * (inputs.T @ to_active)
        b1 -= rate * to_active.sum(axis=0)
    return float(loss), float(accuracy)


if __name__ == "__main__":
    loss, accuracy = train(
        *spirals(600, np.random.default_rng(0)), hidden=128, steps=1000, rate=0.5
    )
    print(f"loss {loss:.3f}, accuracy {accuracy:.1%}")
