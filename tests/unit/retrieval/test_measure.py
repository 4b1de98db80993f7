"""Measures of ranking, by hand-made examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.adapters.memory import MemoryStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.measure import evaluate, load_test_set, ndcg, recall, reciprocal_rank, success

GRADES = {"a": 3, "b": 1, "c": 0}


def test_the_ideal_order_scores_one() -> None:
    assert ndcg(["a", "b", "c"], GRADES) == 1.0
    assert recall(["a", "b"], GRADES) == reciprocal_rank(["a"], GRADES) == success(["a"], GRADES) == 1.0


def test_a_worse_order_scores_less() -> None:
    assert ndcg(["b", "a"], GRADES) == pytest.approx((1 + 7 / 1.5849625) / (7 + 1 / 1.5849625))
    assert recall(["c", "b"], GRADES) == 0.5
    assert reciprocal_rank(["c", "b"], GRADES) == 0.5
    assert success(["c", "a"], GRADES) == 0.0


def test_nothing_found_and_nothing_relevant_score_zero() -> None:
    for measure in (ndcg, recall, reciprocal_rank, success):
        assert measure([], GRADES) == 0.0
        assert measure(["c"], {"c": 0}) == 0.0


async def test_a_test_set_is_run_through_every_system(tmp_path: Path) -> None:
    docs = [{"id": "d1", "title": "Poison", "text": "call the poison line"}, {"id": "d2", "text": "broken leg"}]
    topics = [
        {"id": "t1", "text": "poison line"},
        {"id": "t2", "text": "leg roto", "lang": "es-MX"},
        {"id": "t3", "text": "x"},
    ]
    (tmp_path / "docs.jsonl").write_text("".join(json.dumps(doc) + "\n" for doc in docs))
    (tmp_path / "topics.jsonl").write_text("".join(json.dumps(topic) + "\n" for topic in topics))
    (tmp_path / "qrels.txt").write_text("t1 0 d1 1\nt2 0 d2 2\nt3 0 d1 0\n")
    results = await evaluate(load_test_set(tmp_path), HashingEmbedder(), MemoryStore())
    assert set(results) == {"dense", "bm25", "hybrid"}
    assert {language: found.topics for language, found in results["hybrid"].items()} == {"en": 1, "es": 1}
    assert results["hybrid"]["en"].ndcg_at_10 == results["hybrid"]["es"].success_at_1 == 1.0
