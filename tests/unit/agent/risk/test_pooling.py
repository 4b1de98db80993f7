"""The pooled embedding as a second output."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from agent.errors import ArtifactError
from agent.risk.classifier import RiskClassifier
from agent.risk.pooling import add_pooled, expose_pooled


def joining(path):
    """The tiny encoder, with a join of its best row with itself behind it, as the last thing that is joined."""
    model = onnx.load(str(path))
    model.graph.node.append(helper.make_node("Concat", ["best", "best"], ["joined"], name="/Concat", axis=1))
    onnx.save(model, str(path))


def test_what_is_joined_last_is_given_out_and_the_manifest_knows_the_new_file(own_model, new_manifest):
    joining(own_model / "encoder.onnx")
    new_manifest(own_model)
    before = RiskClassifier.load(own_model)
    assert before.alone("bomb", "en").pooled is None
    assert expose_pooled(own_model)
    after = RiskClassifier.load(own_model)
    alone = after.alone("bomb", "en")
    assert alone.pooled is not None
    assert alone.pooled.shape[0] == 1
    assert (alone.logits == before.alone("bomb", "en").logits).all()
    assert after.fingerprint != before.fingerprint
    assert not expose_pooled(own_model)


def test_a_graph_that_joins_nothing_is_no_encoder_of_ours(tmp_path):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [out])
    onnx.save(helper.make_model(graph), str(tmp_path / "encoder.onnx"))
    with pytest.raises(ArtifactError, match="joins nothing"):
        add_pooled(tmp_path / "encoder.onnx")
