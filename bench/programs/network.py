"""Train a network with one hidden layer by stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SAMPLES, FEATURES, HIDDEN, CLASSES = 2048, 64, 128, 10
BATCH, EPOCHS, REPORTED = 128, 64, 2


def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Make points around one centre a class, and the class of each."""
    centres = rng.normal(size=(CLASSES, FEATURES))
    labels = rng.integers(0, CLASSES, size=SAMPLES)
    return centres[labels] + rng.normal(scale=2.0, size=(SAMPLES, FEATURES)), labels


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn each row of scores into probabilities."""
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def run() -> Iterator[float]:
    """Train; tell the cross-entropy on all points every few epochs."""
    rng = np.random.default_rng(7)
    inputs, labels = data(rng)
    wanted = np.eye(CLASSES)[labels]
    w1 = rng.normal(size=(FEATURES, HIDDEN)) * np.sqrt(2 / FEATURES)
    w2 = rng.normal(size=(HIDDEN, CLASSES)) * np.sqrt(2 / HIDDEN)
    parameters = [w1, np.zeros(HIDDEN), w2, np.zeros(CLASSES)]
    speeds = [np.zeros_like(p) for p in parameters]
    for epoch in range(1, EPOCHS + 1):
        shuffled = rng.permutation(SAMPLES)
        for start in range(0, SAMPLES, BATCH):
            chosen = shuffled[start : start + BATCH]
            w1, b1, w2, b2 = parameters
            x = inputs[chosen]
            active = np.maximum(x @ w1 + b1, 0.0)
            to_scores = (softmax(active @ w2 + b2) - wanted[chosen]) / BATCH
            to_active = (to_scores @ w2.T) * (active > 0)
            gradients = [
                x.T @ to_active,
                to_active.sum(axis=0),
                active.T @ to_scores,
                to_scores.sum(axis=0),
            ]
            for i, gradient in enumerate(gradients):
                speeds[i] = 0.9 * speeds[i] - 0.05 * gradient
                parameters[i] += speeds[i]
        if epoch % REPORTED == 0:
            w1, b1, w2, b2 = parameters
            likely = softmax(np.maximum(inputs @ w1 + b1, 0.0) @ w2 + b2)
            yield float(-np.log(likely[np.arange(SAMPLES), labels]).mean())
