"""The head for outputs: what it says, and that it is the one that was fitted."""

from __future__ import annotations

import numpy as np
import pytest

from agent.errors import ArtifactError
from agent.risk.output_head import MANIFEST, NUMBERS, HeadManifest, load_output_head, write_output_head
from policies.taxonomy import Hazard

ARRAYS = {
    "mean": np.zeros(2, dtype=np.float32),
    "scale": np.ones(2, dtype=np.float32),
    "harm": np.array([1.0, 0.0], dtype=np.float32),
    "harm_bias": np.float32(0.0),
    "kind": np.array([[0.0, 1.0], [0.0, -1.0]], dtype=np.float32),
    "kind_bias": np.zeros(2, dtype=np.float32),
}


@pytest.fixture
def head(own_model):
    manifest = HeadManifest(
        format=1, hazards=(Hazard.HATE, Hazard.DEFAMATION), floor=2.0, encoder_sha256="", numbers_sha256=""
    )
    return write_output_head(own_model, manifest, ARRAYS)


def test_a_text_is_held_from_the_floor_on_with_its_likely_hazards(head):
    assert head.judge(np.array([[1.9, 5.0]], dtype=np.float32)).hazards == ()
    assert head.judge(np.array([[2.0, 5.0]], dtype=np.float32)).hazards == (Hazard.HATE,)
    assert head.judge(np.array([[2.0, -5.0]], dtype=np.float32)).hazards == (Hazard.DEFAMATION,)


def test_the_worst_window_decides(head):
    assert head.judge(np.array([[0.0, 0.0], [3.0, 1.0], [1.0, 0.0]], dtype=np.float32)) == (3.0, (Hazard.HATE,))


def test_what_was_written_is_read(head, own_model):
    found = load_output_head(own_model)
    assert found is not None
    assert found.manifest == head.manifest


def test_a_model_may_have_none(own_model):
    assert load_output_head(own_model) is None


@pytest.mark.parametrize("name", [NUMBERS, "encoder.onnx"])
def test_a_head_of_another_encoder_or_with_other_numbers_is_refused(head, own_model, name):
    with (own_model / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ArtifactError, match=f"{name}.*handrail risk fit-output"):
        load_output_head(own_model)


def test_a_manifest_that_cannot_be_read_is_refused(head, own_model):
    (own_model / MANIFEST).write_text("{}")
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_output_head(own_model)
