"""How near a sentence is to a section."""

from __future__ import annotations

import pytest

from agent.nearness import Nearness
from retrieval.embedding.hashing import HashingEmbedder

SECTION = "Keep backups.\nCall the bank at once."
SPANISH = "Guarda copias.\nLlama al banco."


class Counting(HashingEmbedder):
    """Counts the texts that it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def embed(self, texts):
        self.texts += texts
        return super().embed(texts)


def test_the_nearest_sentence_counts_and_of_several_the_farthest():
    near = Nearness(HashingEmbedder())
    assert near("Keep backups.", SECTION, "en") == pytest.approx(1.0, abs=1e-4)
    both = near("Keep backups. Sell the car.", SECTION, "en")
    assert both == near("Sell the car.", SECTION, "en") < 0.9


def test_a_section_is_embedded_once_and_sentences_are_read_as_the_guidance_is():
    embedder = Counting()
    near = Nearness(embedder)
    near("Guarda copias.", SPANISH, "es")
    near("Llama al banco.", SPANISH, "es")
    assert len(embedder.texts) == 4  # two of the section, two asked about
    assert "Llama al banco." not in embedder.texts
    assert any("bank" in text for text in embedder.texts)
    assert near.name == embedder.name


def test_nothing_is_near_to_nothing():
    assert Nearness(HashingEmbedder())("", SECTION, "en") == 0.0
