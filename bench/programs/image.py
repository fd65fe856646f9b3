"""Filter noisy images by their frequencies and describe the patches by principal components."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

IMAGES, SIDE, PATCH, COMPONENTS = 12, 192, 8, 10


def picture(rng: np.random.Generator) -> np.ndarray:
    """Draw overlapping discs, with noise."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    image = np.zeros((SIDE, SIDE))
    for _ in range(8):
        y, x, radius = rng.uniform(size=3) * [1.0, 1.0, 0.3]
        image[np.hypot(rows - y, columns - x) < radius] += rng.uniform(0.3, 1.0)
    return image + rng.normal(scale=0.2, size=image.shape)


def low_pass(image: np.ndarray, width: float = 0.15) -> np.ndarray:
    """Take off the high frequencies with a Gaussian."""
    rows, columns = np.fft.fftfreq(SIDE)[:, np.newaxis], np.fft.rfftfreq(SIDE)
    window = np.exp(-(rows**2 + columns**2) / (2 * width**2))
    return np.fft.irfft2(np.fft.rfft2(image) * window, s=image.shape)


def patches(image: np.ndarray) -> np.ndarray:
    """Cut out every second patch in both directions, each as a row."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (PATCH, PATCH))[::2, ::2]
    return windows.reshape(-1, PATCH * PATCH)


def principal_components(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the mean row and the directions in which the rows differ most."""
    centre = rows.mean(axis=0)
    _, _, directions = np.linalg.svd(rows - centre, full_matrices=False)
    return centre, directions[:COMPONENTS]


def run() -> Iterator[float]:
    """Filter, describe and restore images; tell the error of what was restored of each."""
    rng = np.random.default_rng(11)
    for _ in range(IMAGES):
        image = low_pass(picture(rng))
        image = (image - image.min()) / np.ptp(image)
        rows = patches(image)
        centre, directions = principal_components(rows)
        scores = (rows - centre) @ directions.T
        restored = np.clip(scores @ directions + centre, 0.0, 1.0)
        yield float(np.sqrt(np.mean((restored - rows) ** 2)))
