"""The parts of the networks that are not torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from agent.risk.network import Dropout, encoder_network
from retrieval.embedding.minilm import model_dir

VALUES = torch.arange(1, 100_003, dtype=torch.float32).reshape(3, -1)


def test_dropout_zeroes_about_its_share_and_keeps_the_mean():
    torch.manual_seed(1)
    values = VALUES.clone().requires_grad_(True)
    dropped = Dropout(0.1)(values)
    zeroed = dropped == 0
    assert float(zeroed.float().mean()) == pytest.approx(26 / 256, abs=0.005)
    assert torch.allclose(dropped[~zeroed], VALUES[~zeroed] * 256 / 230)
    dropped.sum().backward()
    assert torch.equal(values.grad == 0, zeroed)


def test_dropout_draws_anew_each_time_and_the_same_from_the_same_seed():
    dropout = Dropout(0.5)
    torch.manual_seed(1)
    first, second = dropout(VALUES), dropout(VALUES)
    torch.manual_seed(1)
    assert torch.equal(dropout(VALUES), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("dropout", [Dropout(0.1).eval(), Dropout(0.0)])
def test_dropout_leaves_values_alone_while_serving_and_at_nothing(dropout):
    assert dropout(VALUES) is VALUES


def test_an_encoder_drops_as_much_as_the_model_it_comes_from_but_nothing_of_what_it_attends_to():
    network = encoder_network(str(model_dir()), dropout=0.2)
    by_name = {name: part for name, part in network.named_modules() if isinstance(part, Dropout | nn.Dropout)}
    attention = {name for name in by_name if name.endswith("self.dropout")}
    assert len(attention) == 6
    assert {by_name[name].p for name in attention} == {0.0}
    others = {name for name in by_name if name.startswith("encoder")} - attention
    assert {by_name[name].p for name in others} == {0.1}
    assert by_name["dropout"].p == 0.2
    assert {type(by_name[name]) for name in {*others, "dropout"}} == {Dropout}
