"""How near a request comes to the typical requests of a document.

One neighbour may be near by an accident of words; several that are fairly near are no accident. So all of them count, the nearest
the most, as in an estimate of a density by a kernel (Parzen, 1962).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 0.085
"""A request that is so much farther counts for 37%."""


def nearness(similarities: NDArray[np.floating[Any]]) -> float:
    """A soft maximum of the cosines to the typical requests of one document, shape ``(n,)``, ``n > 0``.

    That of one request is its cosine; that of many alike is more than each of them, by half as much as their number gives: a document
    with more requests than another is not nearer to everything.
    """
    return _soft_maximum(similarities) - WIDTH * math.log(len(similarities)) / 2


def joined(values: Iterable[float]) -> float:
    """The nearness of a document and its translations together, of the ``nearness`` of each; at least one, and never less than the
    nearest of them."""
    return _soft_maximum(np.fromiter(values, dtype=np.float64))


def _soft_maximum(values: NDArray[np.floating[Any]]) -> float:
    highest = float(values.max())
    return highest + WIDTH * math.log(float(np.exp((values - highest) / WIDTH).sum()))
