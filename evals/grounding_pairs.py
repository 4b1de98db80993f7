"""Pairs of a sentence and a section of the library, for learning and measuring what counts as supported.

``evals/grounding/<language>.jsonl`` holds them, written by us. Families of sections (a section and its translations) fall into
two halves by their hash: thresholds are learned on one and reported on the other.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

from agent.grounding import split_sentences
from agent.models import Frozen
from agent.support import Model, Near, Thresholds, features, objections, verify
from agent.terms import terms
from corpora.library import BUNDLED_LIBRARY, load_library

FOLDER: Final = Path(__file__).with_name("grounding")
Kind = Literal["supported", "reworded", "paraphrased", "contradicted", "number", "entity", "unsupported", "plausible"]
"""Supported: close to the words of the section; in its key words, and else in others; in other words altogether. Not supported:
denies it; with a number changed; with a name or thing changed; says what it does not; and does so in its words, as a model errs."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
TRUE: Final = frozenset[Kind]({"supported", "reworded", "paraphrased"})
AIMS: Final[dict[Kind, float]] = {"supported": 0.90, "number": 0.99, "entity": 0.99, "unsupported": 0.90}
"""Share to be accepted of ``supported``, to be rejected of the others, in each language."""
MARGIN: Final = 0.03
"""Cosine by which the learned one is raised: the fitting half holds no more than a few dozen pairs that are near and false."""
_REJECTED: Final[dict[Kind, float]] = {"entity": 0.99, "plausible": 0.96, "unsupported": 0.98}
"""Share of the fitting half that nearness must leave rejected."""
_RARE: Final = 3
"""Terms in fewer sentences of the library are not kept: they weigh like unknown ones."""


class Pair(Frozen):
    """A sentence, the section it cites, and whether it may."""

    section: str
    family: str
    sentence: str
    kind: Kind


class Judged(NamedTuple):
    """A pair with what was found on it."""

    pair: Pair
    language: str
    objections: tuple[str, ...]
    """What speaks against it, whatever the section covers."""
    coverage: float
    novelty: float
    similarity: float


class Figures(NamedTuple):
    """Share of pairs judged rightly, by kind, and how many there are."""

    right: dict[Kind, float]
    pairs: dict[Kind, int]


def load_pairs(folder: Path = FOLDER) -> dict[str, list[Pair]]:
    """The pairs by language."""
    return {
        path.stem: [Pair.model_validate(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def section_texts() -> dict[str, str]:
    """``<document>#<section>`` -> title, heading and text, of the bundled library."""
    return {
        f"{document.meta.id}#{section.id}": f"{document.meta.title}. {section.heading}.\n{section.text}"
        for document in load_library(BUNDLED_LIBRARY).documents
        for section in document.sections
    }


def held_out(pair: Pair) -> bool:
    """Which half the pair is in: that of its family. The byte is the first one whose halves are about as large in every kind."""
    return hashlib.sha256(pair.family.encode()).digest()[1] % 2 == 1


def frequencies() -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Sentences of the library by language, and in how many of them a term stands."""
    counts: dict[str, Counter[str]] = {}
    sentences: Counter[str] = Counter()
    for document in load_library(BUNDLED_LIBRARY).documents:
        language = document.meta.locale.split("-")[0]
        for section in document.sections:
            for sentence in split_sentences(section.text):
                sentences[language] += 1
                counts.setdefault(language, Counter()).update(set(terms(sentence, language)))
    kept = {lang: {t: n for t, n in sorted(c.items()) if n >= _RARE} for lang, c in counts.items()}
    return dict(sentences), kept


def fit(near: Near) -> Model:
    """Thresholds learned on the fitting half, by language: those of words first, then those of meaning for what words do not carry."""
    sentences, frequency = frequencies()
    bare = Model(thresholds={"en": Thresholds()}, embedder=near.name, sentences=sentences, frequency=frequency)
    texts = section_texts()
    halves: dict[str, list[Judged]] = {}
    for language, pairs in load_pairs().items():
        group = "zh" if language == "zh" else "words"
        halves.setdefault(group, []).extend(judge(p, language, texts, bare, near) for p in pairs if not held_out(p))
    words, characters = (_nearer(half, _best(half)) for half in (halves["words"], halves["zh"]))
    return bare.model_copy(update={"thresholds": {"en": words, "es": words, "ar": words, "zh": characters}})


def judge(pair: Pair, language: str, texts: dict[str, str], model: Model, near: Near) -> Judged:
    """The pair with its features."""
    section = texts[pair.section]
    against = objections(pair.sentence, section, language)
    found = features(pair.sentence, section, language, model)
    return Judged(pair, language, against, *found, near(pair.sentence, section, language))


def _best(judged: Sequence[Judged]) -> Thresholds:
    """The middle of those thresholds of a grid that give the greatest sum of what is accepted rightly and rejected rightly, where a
    swapped entity counts three times. Substitutions are left in, so that one net holds what slips through the other."""
    judged = [
        one._replace(objections=tuple(o for o in one.objections if not o.startswith("substitution"))) for one in judged
    ]

    def worth(coverage: float, novelty: float) -> float:
        limits = Thresholds(coverage=coverage, novelty=novelty)
        rates = {kind: _accepted(judged, kind, limits) for kind in ("supported", "entity", "unsupported")}
        return round(2 * rates["supported"] + 3 * (1 - rates["entity"]) + 1 - rates["unsupported"], 6)

    grid = {(c / 40, n / 40): worth(c / 40, n / 40) for c in range(10, 40) for n in range(41)}
    best = [point for point, value in grid.items() if value == max(grid.values())]
    coverage, novelty = (statistics.median(values) for values in zip(*best, strict=True))
    return Thresholds(coverage=round(coverage, 3), novelty=round(novelty, 3))


def _nearer(judged: Sequence[Judged], words: Thresholds) -> Thresholds:
    """Beside the thresholds of words, those of meaning that accept most of what is said in other words and reject what they must;
    of equally good ones the middle. They are looked for where the true pairs lie."""
    true = [one for one in judged if one.pair.kind in TRUE and not one.objections]
    shares = np.linspace(0, 0.9, 18)
    grid = product(np.quantile([o.coverage for o in true], shares), np.quantile([o.similarity for o in true], shares))
    found: dict[tuple[float, float], float] = {}
    for coverage, similarity in {(float(c), float(s)) for c, s in grid}:
        limits = words.model_copy(update={"near_coverage": coverage, "similarity": similarity})
        if all(1 - _accepted(judged, kind, limits) >= aim for kind, aim in _REJECTED.items()):
            gain = [weight * _accepted(judged, kind, limits) for kind, weight in _GAIN.items()]
            found[coverage, similarity] = round(sum(gain), 6)
    best = [point for point, value in found.items() if value == max(found.values())]
    coverage, similarity = (statistics.median(values) for values in zip(*best, strict=True))
    update = {"near_coverage": round(coverage, 3), "similarity": round(similarity + MARGIN, 3)}
    return words.model_copy(update=update)


_GAIN: Final[dict[Kind, float]] = {"supported": 1.0, "reworded": 1.0, "paraphrased": 0.5, "contradicted": -0.3}


def _accepted(judged: Sequence[Judged], kind: str, limits: Thresholds) -> float:
    """Share of the pairs of this kind that pass."""
    own = [_passes(one, limits) for one in judged if one.pair.kind == kind]
    return sum(own) / max(1, len(own))


def _passes(one: Judged, limits: Thresholds) -> bool:
    in_words = one.coverage >= limits.coverage and one.novelty <= limits.novelty
    return not one.objections and (
        in_words or (one.coverage >= limits.near_coverage and one.similarity >= limits.similarity)
    )


def evaluate(model: Model, near: Near | None, *, on_held_out: bool = True) -> dict[str, Figures]:
    """Figures by language and for ``all``, on one half; without ``near`` by words alone."""
    texts = section_texts()
    right: dict[str, list[tuple[Kind, bool]]] = {}
    for language, pairs in load_pairs().items():
        for pair in pairs:
            if held_out(pair) is on_held_out:
                supported = verify(pair.sentence, texts[pair.section], language, model, near).supported
                right.setdefault(language, []).append((pair.kind, supported is (pair.kind in TRUE)))
    right["all"] = [one for many in list(right.values()) for one in many]
    return {language: _figures(rows) for language, rows in right.items()}


class Milliseconds(NamedTuple):
    """What one check takes, half of them and all but a twentieth."""

    p50: float
    p95: float


def milliseconds(model: Model, near: Near | None) -> Milliseconds:
    """The time of one check over all pairs, when their sections have been cited before."""
    texts = section_texts()
    times: list[float] = []
    for _ in range(2):
        times = []
        for language, pairs in load_pairs().items():
            for pair in pairs:
                start = time.perf_counter()
                verify(pair.sentence, texts[pair.section], language, model, near)
                times.append(1000 * (time.perf_counter() - start))
    return Milliseconds(*np.quantile(times, (0.5, 0.95)).tolist())


def _figures(rows: Iterable[tuple[Kind, bool]]) -> Figures:
    by_kind: dict[Kind, list[bool]] = {kind: [] for kind in KINDS}
    for kind, is_right in rows:
        by_kind[kind].append(is_right)
    return Figures(
        {kind: sum(many) / len(many) for kind, many in by_kind.items() if many},
        {kind: len(many) for kind, many in by_kind.items()},
    )


def lines(found: dict[str, Figures]) -> list[str]:
    """A table: share judged rightly, by language and kind."""
    head = f"{'':4}" + "".join(f"{kind:>16}" for kind in KINDS)
    rows = [
        f"{language:4}" + "".join(f"{figures.right[kind]:>9.1%} of {figures.pairs[kind]:<3}" for kind in KINDS)
        for language, figures in found.items()
    ]
    return [head, *rows]


def missed(found: dict[str, Figures]) -> list[str]:
    """Kinds whose share is short of its aim, with the language, or over ``all``."""
    return [
        f"{kind} in {language}"
        for language, figures in found.items()
        for kind, aim in AIMS.items()
        if figures.right[kind] < aim
    ]
