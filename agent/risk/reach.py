"""How far an exemplar carries: ``handrail risk exemplars measure``.

Every labelled request of ours is taken for an exemplar in turn, and left out of what it is compared with. Three things are
counted at each radius: how many rewordings of the request it reaches, which should be many; how many requests of the other
label it reaches, which should be none, for those are what a poisoned or careless exemplar would turn; and how many requests
would be judged otherwise if its label were wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.risk.adjust import shifted
from agent.risk.examples import embedded
from agent.risk.exemplars import Reach
from agent.risk.labels import Example
from agent.risk.metrics import THRESHOLD
from agent.risk.similarity import GramIndex, combined
from policies.taxonomy import LANGUAGES
from retrieval.ports import Embedder, Matrix

RADII: Final = (0.75, 0.8, 0.85, 0.9)
SAMPLE: Final = 150
"""Requests of each language that are reworded."""

_LEADS: Final = {
    "en": ("Hi, quick question: ", "Could you please tell me this? "),
    "es": ("Hola, una pregunta: ", "Por favor, dime: "),
    "zh": ("你好，请问一下：", "想问个问题，"),
    "ar": ("مرحبا، عندي سؤال: ", "من فضلك أخبرني: "),
}
_TAILS: Final = {"en": " Thanks!", "es": " ¡Gracias!", "zh": "谢谢！", "ar": " شكرا!"}

Progress = Callable[[int, int], None]
Score = Callable[[Sequence[Example]], Sequence[float]]
"""``unsafe`` of each example, before any exemplar."""


class Carried(NamedTuple):
    """The exemplars of one language at one radius."""

    lang: str
    radius: float
    exemplars: int
    carry: float
    """Share of rewordings that are within the radius."""
    strength: float
    """Mean share of the weight that is heard there."""
    same: int
    """Other requests of the same label within the radius, over all exemplars."""
    other: int
    """Requests of the other label within it."""
    turned: int
    """Requests that one exemplar with the wrong label would carry across the threshold, over all exemplars."""
    most_turned: int
    """The same, of the worst exemplar."""
    outside: int
    """Requests beyond the radius whose score the worst exemplar changes at all."""


class Pair(NamedTuple):
    """An exemplar and another request that resembles it, by their positions."""

    exemplar: int
    request: int
    similarity: float


def measure(
    examples: Sequence[Example], embedder: Embedder, score: Score, weight: float, progress: Progress
) -> list[Carried]:
    """The figures of every language and radius. ``examples`` have known labels."""
    rows: list[Carried] = []
    for lang in LANGUAGES:
        own = [example for example in examples if example.lang == lang]
        if not own:
            continue
        pairs = resembling(own, min(RADII), embedder, progress)
        rewordings = reworded(own, lang, embedder, progress)
        near = sorted({pair.request for pair in pairs})
        scores = dict(zip(near, score([own[index] for index in near]), strict=True)) if near else {}
        rows += [_carried(lang, radius, own, pairs, rewordings, scores, weight) for radius in RADII]
    return rows


def resembling(examples: Sequence[Example], radius: float, embedder: Embedder, progress: Progress) -> list[Pair]:
    """Every two different examples whose similarity is at least the radius, in both directions. Only texts whose n-grams are
    alike are embedded, for the others cannot be within it."""
    grams = GramIndex([example.text for example in examples])
    left: list[int] = []
    right: list[int] = []
    lexical: list[float] = []
    for index, example in enumerate(examples):
        cosines = grams.cosines(example.text)
        cosines[index] = 0.0
        others = np.flatnonzero(cosines >= radius**2)
        left += [index] * len(others)
        right += others.tolist()
        lexical += cosines[others].tolist()
    needed = sorted({*left, *right})
    vectors = embedded([examples[index].text for index in needed], embedder, progress)
    row = {index: position for position, index in enumerate(needed)}
    similarities = _row_by_row(vectors, [row[i] for i in left], [row[i] for i in right], lexical)
    return [Pair(*pair) for pair in zip(left, right, similarities.tolist(), strict=True) if pair[2] >= radius]


def reworded(
    examples: Sequence[Example], lang: str, embedder: Embedder, progress: Progress, *, seed: int = 7
) -> NDArray[np.float64]:
    """Similarity of a sample of the examples to their rewordings: a greeting before it, thanks after it, no capitals and
    marks, two letters swapped, the first word left out."""
    rng = random.Random(seed)
    chosen = rng.sample(list(examples), min(SAMPLE, len(examples)))
    forms = [(example.text, form) for example in chosen for form in _forms(example.text, lang, rng) if form.strip()]
    texts = list(dict.fromkeys(text for pair in forms for text in pair))
    vectors = embedded(texts, embedder, progress)
    row = {text: position for position, text in enumerate(texts)}
    lexical = [float(GramIndex([text]).cosines(form)[0]) for text, form in forms]
    return _row_by_row(vectors, [row[text] for text, _ in forms], [row[form] for _, form in forms], lexical)


def _row_by_row(
    vectors: Matrix, left: Sequence[int], right: Sequence[int], lexical: Sequence[float]
) -> NDArray[np.float64]:
    """The similarity of each pair of texts, by the positions of their vectors."""
    dense = np.einsum("ij,ij->i", vectors[list(left)], vectors[list(right)])
    return combined(dense, np.array(lexical, dtype=np.float64))


def _forms(text: str, lang: str, rng: random.Random) -> tuple[str, ...]:
    swaps = [i for i in range(len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
    at = rng.choice(swaps) if swaps else 0
    return (
        rng.choice(_LEADS[lang]) + text,
        text + _TAILS[lang],
        text.lower().rstrip("?.!？。！؟"),
        text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
        text[2:] if lang == "zh" else " ".join(text.split()[1:]),
    )


def _carried(
    lang: str,
    radius: float,
    examples: Sequence[Example],
    pairs: Sequence[Pair],
    rewordings: NDArray[np.float64],
    scores: dict[int, float],
    weight: float,
) -> Carried:
    reach = Reach(radius, weight)
    inside = [pair for pair in pairs if pair.similarity >= radius]
    same = sum(_unsafe(examples[p.exemplar]) == _unsafe(examples[p.request]) for p in inside)
    turned: dict[int, int] = {}
    outside: dict[int, int] = {}
    for pair in pairs:
        before = scores[pair.request]
        # The exemplar with the wrong label: one that is unsafe would speak for safe.
        shift = reach.of(pair.similarity) * (-1 if _unsafe(examples[pair.exemplar]) else 1)
        after = shifted(before, shift)
        if (before >= THRESHOLD) != (after >= THRESHOLD):
            turned[pair.exemplar] = turned.get(pair.exemplar, 0) + 1
        if pair.similarity < radius and after != before:
            outside[pair.exemplar] = outside.get(pair.exemplar, 0) + 1
    return Carried(
        lang=lang,
        radius=radius,
        exemplars=len(examples),
        carry=float((rewordings >= radius).mean()),
        strength=float(np.mean([reach.of(s) for s in rewordings.tolist()]) / weight) if weight else 0.0,
        same=same,
        other=len(inside) - same,
        turned=sum(turned.values()),
        most_turned=max(turned.values(), default=0),
        outside=max(outside.values(), default=0),
    )


def _unsafe(example: Example) -> bool:
    return (example.unsafe or 0.0) >= THRESHOLD
