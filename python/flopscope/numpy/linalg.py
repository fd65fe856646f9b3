"""``numpy.linalg``, counted, with the cost functions of :mod:`flopscope.accounting` beside it.

Examples
--------
>>> import numpy as np
>>> import flopscope.numpy.linalg
>>> flopscope.numpy.linalg.svd is np.linalg.svd
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy.linalg as _linalg

from flopscope.numpy._forward import forward

if TYPE_CHECKING:
    from numpy.linalg import *  # noqa: F403

__all__ = list(_linalg.__all__)

__getattr__, __dir__ = forward(__name__, "numpy.linalg")
