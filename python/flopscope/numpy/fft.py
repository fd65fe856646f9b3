"""``numpy.fft``, counted, with the cost functions of :mod:`flopscope.accounting` beside it.

Examples
--------
>>> import numpy as np
>>> import flopscope.numpy.fft
>>> flopscope.numpy.fft.fft is np.fft.fft
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy.fft as _fft

from flopscope.numpy._forward import forward

if TYPE_CHECKING:
    from numpy.fft import *  # noqa: F403

__all__ = list(_fft.__all__)

__getattr__, __dir__ = forward(__name__, "numpy.fft")
