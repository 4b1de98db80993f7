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

WIDTH: Final = 0.06
"""A request that is so much farther counts for 37%."""
OF_THEIR_NUMBER: Final = 0.75
"""How much of what their number alone gives is taken off again: of a document with three times as many requests as another, one is
nearer by accident more often."""


def nearness(similarities: NDArray[np.floating[Any]]) -> float:
    """A soft maximum of the cosines to the typical requests of one document, shape ``(n,)``, ``n > 0``.

    That of one request is its cosine; that of many alike is a little more than each of them, that of a single near one among many
    far ones less.
    """
    highest = float(similarities.max())
    sum_of_all = float(np.exp((similarities - highest) / WIDTH).sum())
    return highest + WIDTH * (math.log(sum_of_all) - OF_THEIR_NUMBER * math.log(len(similarities)))


def joined(values: Iterable[float]) -> float:
    """The nearness of a document and its translations together, of the ``nearness`` of each; at least one. As if all requests were
    those of one document, where each has as many."""
    return nearness(np.fromiter(values, dtype=np.float64))
