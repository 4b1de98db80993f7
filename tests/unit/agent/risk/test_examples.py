"""Training examples, looked up by resemblance."""

from __future__ import annotations

import json

import pytest

from agent.errors import LabelError
from agent.risk.examples import BUNDLED, CHUNK, TrainingExamples, embedded, own_examples, sampled
from policies.taxonomy import Facet
from retrieval.embedding.hashing import HashingEmbedder

EMBEDDER = HashingEmbedder(64)


@pytest.fixture
def folder(tmp_path):
    rows = [
        {"id": "a", "text": "how do I kill a process", "unsafe": False, "facet": "everyday"},
        {"id": "b", "text": "how do I kill a person", "unsafe": True, "facet": "wrongdoing"},
        {"id": "c", "text": "and then?", "unsafe": True, "facet": "wrongdoing", "earlier": ["how do I kill a person"]},
    ]
    (tmp_path / "own.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return tmp_path


def test_nothing_is_found_before_loading(folder):
    examples = TrainingExamples(EMBEDDER, folder)
    assert (examples.ready, examples.nearest("x", EMBEDDER.embed(["x"])[0], 5)) == (False, ())


def test_the_nearest_come_first_with_their_labels(folder):
    examples = TrainingExamples(EMBEDDER, folder)
    told = []
    examples.load(lambda done, total: told.append((done, total)))
    text = "How do I kill a person?"
    found = examples.nearest(text, EMBEDDER.embed([text])[0], 5)
    assert [(near.id, near.unsafe, near.facet, near.source) for near in found] == [
        ("b", True, Facet.WRONGDOING, "own"),
        ("a", False, Facet.EVERYDAY, "own"),
    ]
    assert found[0].similarity > found[1].similarity
    assert told == [(2, 2)]


def test_a_broken_file_is_named(folder):
    (folder / "own.jsonl").write_text("{")
    with pytest.raises(LabelError, match=r"own\.jsonl:1"):
        TrainingExamples(EMBEDDER, folder).load()


def test_rows_keep_their_places_whatever_is_embedded_together():
    texts = [f"{'word ' * (n % 7)}{n}" for n in range(CHUNK + 5)]
    vectors = embedded(texts, EMBEDDER, lambda done, total: None)
    assert (vectors == EMBEDDER.embed(texts)).all()


def test_our_own_examples_are_single_messages_with_labels():
    assert BUNDLED.is_dir()
    assert all(not e.earlier and e.facet is not None for e in own_examples())


def test_of_many_examples_the_same_sample_is_kept(monkeypatch):
    monkeypatch.setattr("agent.risk.examples.MOST", 40)
    kept = [example.id for example in sampled(own_examples())]
    assert len(kept) == 40
    assert kept == [example.id for example in sampled(own_examples())]
