"""The risk model: calibrated scores, whatever the text, from files that are what they should be."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ArtifactError
from agent.risk.classifier import (
    FACETS,
    FIRST_FACET,
    HAZARDS,
    OUTPUTS,
    STAKES,
    Platt,
    Request,
    RiskClassifier,
    _pooled,
)
from policies.taxonomy import Facet
from retrieval.gloss import Gloss


@pytest.fixture(scope="session")
def classifier(tiny_model):
    return RiskClassifier.load(tiny_model, Gloss({}))


def test_what_the_model_learnt_decides(classifier):
    tea, bomb, dose, chinese = classifier.score([Request("tea"), Request("a bomb"), Request("dose"), Request("炸弹")])
    assert (tea.unsafe < 0.05, bomb.unsafe > 0.95, chinese.unsafe > 0.95) == (True, True, True)
    assert max(tea.facets, key=tea.facets.__getitem__) is Facet.EVERYDAY
    assert max(dose.facets, key=dose.facets.__getitem__) is Facet.DOSING


def test_every_label_has_a_score(classifier):
    (scores,) = classifier.score([Request("tea")])
    assert (set(scores.hazards), set(scores.facets)) == (set(HAZARDS), set(FACETS))
    assert sum(scores.facets.values()) == pytest.approx(1.0)


def test_a_text_scores_the_same_whatever_it_is_scored_with(classifier):
    alone = classifier.logits([Request("bomb")])
    together = classifier.logits([Request("tea " * 40), Request("bomb"), Request("hello")])
    assert alone.shape == (1, OUTPUTS)
    assert np.allclose(alone[0], together[1], atol=1e-5)


def test_what_stands_at_either_end_of_a_long_text_is_seen(classifier):
    filler = "tea " * 2_000
    head, tail, none = classifier.score([Request("bomb " + filler), Request(filler + " bomb"), Request(filler)])
    assert (head.unsafe > 0.9, tail.unsafe > 0.9, none.unsafe < 0.1) == (True, True, True)


def test_the_earlier_conversation_is_read_too(classifier):
    (scores,) = classifier.score([Request("tea", earlier="bomb")])
    assert scores.unsafe > 0.9


@given(text=st.text(max_size=60))
def test_any_text_has_probabilities(classifier, text):
    (scores,) = classifier.score([Request(text)])
    values = [scores.unsafe, scores.prompt_attack, *scores.hazards.values(), *scores.facets.values()]
    assert all(0.0 <= value <= 1.0 for value in values)


def test_calibration_scales_and_shifts_the_logit(classifier, own_model, new_manifest):
    new_manifest(own_model, unsafe={"scale": 0.0, "shift": 0.0})
    (scores,) = RiskClassifier.load(own_model).score([Request("bomb")])
    assert scores.unsafe == pytest.approx(0.5)
    assert Platt() == Platt(scale=1.0, shift=0.0)


@pytest.mark.parametrize("name", ["encoder.onnx", "ngrams.npy", "tokenizer.json"])
def test_a_file_that_was_changed_is_refused_by_name(own_model, name):
    with (own_model / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ArtifactError, match=f"{name}.*handrail risk train"):
        RiskClassifier.load(own_model)


@pytest.mark.parametrize("name", ["encoder.onnx", "manifest.json"])
def test_a_missing_file_is_named(own_model, name):
    (own_model / name).unlink()
    with pytest.raises(ArtifactError, match=f"{name}.*cannot be read"):
        RiskClassifier.load(own_model)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ArtifactError, match="nowhere"):
        RiskClassifier.load(tmp_path / "nowhere")


@pytest.mark.parametrize("changes", [{"hazards": ["hate"]}, {"facets": []}])
def test_labels_of_another_version_are_refused(own_model, new_manifest, changes):
    new_manifest(own_model, **changes)
    with pytest.raises(ArtifactError, match="other labels than this version"):
        RiskClassifier.load(own_model)


def test_a_model_of_an_earlier_format_says_so(own_model):
    path = own_model / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["urgent"]
    path.write_text(json.dumps({**manifest, "format": 2}))
    with pytest.raises(ArtifactError, match="has format 2, this version reads 3; run `handrail risk train`"):
        RiskClassifier.load(own_model)


@pytest.mark.parametrize("text", ["{", '{"format": 3}', "[]"])
def test_a_manifest_that_is_not_valid_is_named(own_model, text):
    (own_model / "manifest.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"manifest\.json.*not valid"):
        RiskClassifier.load(own_model)


def test_the_ngrams_count_as_much_as_their_language_says(classifier):
    chinese, unknown, spanish = classifier.score(
        [Request("炸弹", language="zh"), Request("炸弹", language="und"), Request("炸弹", language="es")]
    )
    assert chinese.unsafe == pytest.approx(unknown.unsafe)
    assert unknown.unsafe > 0.95
    assert spanish.unsafe < 0.05


def test_a_text_can_count_by_itself_beside_its_conversation(classifier):
    after, mixed, alone = classifier.logits([Request("tea", "bomb"), Request("tea", "bomb", alone=0.5), Request("tea")])
    assert alone[0] < mixed[0] < after[0]
    assert np.allclose(mixed, (after + alone) / 2, atol=1e-5)


def test_of_a_long_text_the_worst_window_counts_and_the_mean_of_what_it_is_about():
    windows = np.zeros((2, OUTPUTS), dtype=np.float32)
    windows[0, [0, STAKES]], windows[1, FIRST_FACET] = 4.0, 2.0
    row = _pooled(windows)
    assert (row[0], row[STAKES], row[FIRST_FACET]) == (4.0, 4.0, 1.0)


def test_other_lexicons_make_another_model_on_record(tiny_model, classifier, monkeypatch):
    monkeypatch.setattr("agent.risk.classifier.digest", lambda: "other lexicons")
    assert RiskClassifier.load(tiny_model, Gloss({})).fingerprint != classifier.fingerprint
