"""Real programs, which know nothing of us: 0.5 to 1 s each, telling their progress on the way.

A ratio says as much of the program as of us: the table gives the time of a call beside it. Sizes
are those of a first experiment: a network for images of 8 by 8, 128 bodies, pictures of 192 by 192.
"""

from __future__ import annotations

from bench.programs import bodies, image, network

PROGRAMS = {
    "two-layer network": network.run,
    "n-body simulation": bodies.run,
    "image filter and PCA": image.run,
}
