"""Arrays by what they hold, for annotations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.str_]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
