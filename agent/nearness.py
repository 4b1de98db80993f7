"""How near a sentence is in meaning to what a section says, by embedding."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from agent.grounding import split_sentences
from retrieval.gloss import reading
from retrieval.ports import Embedder, Matrix

SECTIONS: Final = 512
"""Sections whose sentences are kept embedded: those that many turns cite."""


class Nearness:
    """Compares sentences with sections. Thread-safe and blocking, 2-4 ms a sentence: call it in a worker thread."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._sources = lru_cache(maxsize=SECTIONS)(self._embedded)

    @property
    def name(self) -> str:
        """That of the embedder: thresholds are of one embedder."""
        return self._embedder.name

    def __call__(self, sentence: str, section: str, language: str) -> float:
        """Cosine of the sentence to the nearest sentence of the section, both read as the guidance is; of several sentences the
        least. 0 where there is nothing to compare."""
        own, there = self._embedded(sentence, language), self._sources(section, language)
        return float((own @ there.T).max(axis=1).min()) if len(own) and len(there) else 0.0

    def _embedded(self, text: str, language: str) -> Matrix:
        return self._embedder.embed([reading(sentence, language) for sentence in split_sentences(text)])
