"""The weights of an exported model, read back."""

from __future__ import annotations

import copy

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from transformers import BertConfig, BertModel

from agent.errors import ArtifactError
from agent.risk.classifier import OUTPUTS
from agent.risk.earlier import averaged, graph_logits, read_earlier, shaped, weights_of
from agent.risk.export import _export_encoder
from agent.risk.features import Window, padded
from agent.risk.network import Heads, Towers
from agent.risk.pooling import add_pooled
from agent.risk.train import TrainSettings, _starts


def fitted(seed: int) -> Heads:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        attn_implementation="eager",
    )
    network = Heads(BertModel(config, add_pooling_layer=False), 16, 0.0).eval()
    for parameter in network.parameters():  # equal ones would be exported once
        torch.nn.init.normal_(parameter, std=0.1)
    return network


@pytest.fixture(scope="module")
def tiny() -> Towers:
    return Towers([fitted(1), fitted(2)]).eval()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("count", [1, 2])
def test_what_was_exported_is_read_back_within_a_step_of_quantisation(count, tmp_path):
    towers = [fitted(number) for number in range(count)]
    _export_encoder(Towers(towers), tmp_path / "encoder.onnx")
    back = weights_of(tmp_path)
    assert len(back) == count
    for number, (read, tower) in enumerate(zip(back, towers, strict=True)):
        exported = tower.state_dict()
        shared = {name for name in exported if name.startswith("encoder.embeddings.")}
        assert set(read) == (set(exported) if number == 0 else set(exported) - shared)
        for name, value in read.items():
            step = float(exported[name].abs().max()) / 100
            assert torch.allclose(value, exported[name], atol=max(step, 1e-6)), name


@pytest.mark.filterwarnings("ignore")
def test_a_graph_of_one_encoder_from_before_there_were_towers_is_read_as_the_first(tmp_path):
    alone = fitted(1)
    _export_encoder(alone, tmp_path / "encoder.onnx")
    (read,) = weights_of(tmp_path)
    assert set(read) == set(alone.state_dict())


@pytest.mark.filterwarnings("ignore")
def test_towers_share_their_embeddings_and_give_out_what_each_pools(tiny, tmp_path):
    path = tmp_path / "encoder.onnx"
    _export_encoder(Towers([fitted(1)]), path)
    one = path.stat().st_size
    _export_encoder(tiny, path)
    graph = onnx.load(str(path)).graph
    assert (
        sum("word_embeddings" in value.name and value.name.endswith("_quantized") for value in graph.initializer) == 1
    )
    assert path.stat().st_size < 2 * one
    assert not add_pooled(path)  # exporting has done it
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits, pooled = session.run(["logits", "pooled"], padded([Window([2, 5, 3], [0] * 3)], 0))
    assert logits.shape == (1, OUTPUTS)
    assert pooled.shape == (1, 2 * 2 * 16)
    assert not np.allclose(pooled[0, :32], pooled[0, 32:], atol=1e-3)


def test_what_towers_say_is_the_mean_of_what_each_says(tiny):
    tokens = {name: torch.from_numpy(array) for name, array in padded([Window([2, 5, 3], [0] * 3)], 0).items()}
    with torch.no_grad():
        apart = [tower(**tokens) for tower in tiny.towers]
        together = tiny(**tokens)
    assert torch.allclose(together, (apart[0] + apart[1]) / 2)


def test_an_encoder_that_the_earlier_model_lacks_starts_plain_and_one_too_many_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr("agent.risk.train.encoder_network", lambda _: fitted(9))
    known = {name: value + 1 for name, value in fitted(9).state_dict().items()}
    settings = TrainSettings(towers=2, go_on=True)
    first, second = _starts(tmp_path, settings, (known,))
    assert all(torch.equal(value, known[name]) for name, value in first.state_dict().items())
    assert all(torch.equal(value, fitted(9).state_dict()[name]) for name, value in second.state_dict().items())
    (plain, _) = _starts(tmp_path, settings._replace(go_on=False), (known,))
    assert torch.equal(plain.out.bias, fitted(9).out.bias)
    other = {name: value + 2 for name, value in known.items()}
    (only,) = _starts(tmp_path, settings._replace(towers=1), (known, other))
    assert all(torch.equal(value, known[name]) for name, value in only.state_dict().items())


@pytest.mark.filterwarnings("ignore")
def test_the_exported_encoder_judges_each_window_in_its_place(tiny, tmp_path):
    _export_encoder(tiny, tmp_path / "encoder.onnx")
    texts = [Window([2, *range(5, 5 + n), 3], [0] * (n + 2)) for n in (9, 1, 4)]
    seen = []
    logits = graph_logits(tmp_path, texts, 0, lambda stage, done, total: seen.append((stage, done, total)))
    assert logits.shape == (3, OUTPUTS)
    for text, row in zip(texts, logits, strict=True):
        with torch.no_grad():
            alone = tiny(**{name: torch.from_numpy(array) for name, array in padded([text], 0).items()})[0].numpy()
        assert abs(row - alone).max() < 0.2
    assert seen == [("judging rows", 3, 3)]


@pytest.mark.filterwarnings("ignore")
def test_heads_that_the_exported_encoder_lacks_are_not_known(tiny, tmp_path):
    before = copy.deepcopy(tiny)
    for tower in before.towers:
        tower.out = torch.nn.Linear(16, OUTPUTS - 1)
    _export_encoder(before, tmp_path / "encoder.onnx")
    logits = graph_logits(tmp_path, [Window([2, 5, 3], [0] * 3)], 0, lambda *_: None)
    assert logits.shape == (1, OUTPUTS)
    assert np.isfinite(logits[0, :-1]).all()
    assert np.isnan(logits[0, -1])


def test_a_mean_takes_its_share_and_keeps_what_only_the_new_one_has():
    new = {"a": torch.ones(2), "b": torch.ones(1)}
    mixed = averaged(new, {"a": torch.zeros(2)}, 0.25)
    assert mixed["a"].tolist() == [0.75, 0.75]
    assert mixed["b"].tolist() == [1.0]


def test_a_model_from_before_a_head_was_added_leaves_that_head_as_it_is():
    new = {"out.weight": torch.ones(3, 2), "out.bias": torch.ones(3)}
    earlier = {"out.weight": torch.zeros(2, 2), "out.bias": torch.zeros(2)}
    placed, mixed = shaped(earlier, new), averaged(new, earlier, 0.5)
    assert placed["out.bias"].tolist() == [0.0, 0.0, 1.0]
    assert placed["out.weight"].tolist() == [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]
    assert mixed["out.bias"].tolist() == [0.5, 0.5, 1.0]
    with pytest.raises(ArtifactError, match=r"another `out\.weight`"):
        shaped({"out.weight": torch.zeros(2, 5)}, new)


def test_models_of_other_shapes_have_no_mean():
    with pytest.raises(ArtifactError, match="another `a`"):
        averaged({"a": torch.ones(2)}, {"a": torch.ones(3)}, 0.5)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"hazards": ["hate"]}, "other hazards or facets"),
        ({"trained": {"settings": {"seed": 4}}}, "trained with seed 4, this run has 13; pass --seed 4"),
        ({"trained": {}}, "no manifest of a trained risk model"),
    ],
)
def test_a_model_whose_held_out_rows_or_labels_differ_is_refused_before_anything_is_trained(
    own_model, new_manifest, changes, problem
):
    new_manifest(own_model, **{"trained": {"settings": {"seed": 13}}, **changes})
    with pytest.raises(ArtifactError, match=problem):
        read_earlier(own_model, 13)


def test_a_file_that_is_no_graph_is_named(tmp_path):
    (tmp_path / "encoder.onnx").write_bytes(b"nothing")
    with pytest.raises(ArtifactError, match="cannot be read as an ONNX graph"):
        weights_of(tmp_path)
