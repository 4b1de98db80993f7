"""Measures of ranking, by hand-made examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.adapters.memory import MemoryStore
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import TestSetError
from retrieval.measure import estimate, evaluate, load_test_set, ndcg, recall, reciprocal_rank, success

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
    tests = load_test_set(*(tmp_path / name for name in ("topics.jsonl", "docs.jsonl", "qrels.txt")))
    results = await evaluate(tests, HashingEmbedder(), MemoryStore())
    assert set(results) == {"dense", "bm25", "hybrid"}
    assert {language: found.topics for language, found in results["hybrid"].items()} == {"en": 1, "es": 1}
    assert results["hybrid"]["en"].ndcg_at_10.mean == results["hybrid"]["es"].success_at_1.mean == 1.0


@pytest.mark.parametrize(
    ("topic", "judgement", "message"),
    [
        ("{", "t 0 d 1", r"topics\.jsonl:1: not JSON"),
        ('{"id": 3}', "t 0 d 1", r"topics\.jsonl:1: expected an object with text for id and text"),
        ('{"id": "t", "text": "x"}', "t d 1", r"qrels\.txt:1: `t d 1"),
        ('{"id": "t", "text": "x"}', "t 0 e 1", r"qrels\.txt:1: document `e` is not in"),
        ('{"id": "t", "text": "x"}', "u 0 d 1", "no topic of"),
    ],
)
def test_a_malformed_set_is_named(tmp_path: Path, topic: str, judgement: str, message: str) -> None:
    paths = [tmp_path / name for name in ("topics.jsonl", "docs.jsonl", "qrels.txt")]
    for path, text in zip(paths, (topic, '{"id": "d", "text": "y"}', judgement), strict=True):
        path.write_text(text + "\n")
    with pytest.raises(TestSetError, match=message):
        load_test_set(*paths)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TestSetError, match="none: cannot be read"):
        load_test_set(tmp_path / "none", tmp_path, tmp_path)


def test_an_interval_holds_its_mean() -> None:
    found = estimate([0.0, 1.0] * 50)
    assert found.mean == 0.5
    assert 0.35 < found.low < 0.5 < found.high < 0.65
    assert estimate([1.0]) == (1.0, 1.0, 1.0)
