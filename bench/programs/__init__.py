"""Real programs, which know nothing of us: 0.3 to 1 s each, telling their progress on the way."""

from __future__ import annotations

from bench.programs import bodies, image, network

PROGRAMS = {
    "two-layer network": network.run,
    "n-body simulation": bodies.run,
    "image filter and PCA": image.run,
}
