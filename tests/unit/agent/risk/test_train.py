"""Fitting, on a network small enough for a test; whole trainings are measured by `handrail risk evaluate`."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from agent.risk.classifier import BINARY, FACETS, OUTPUTS
from agent.risk.features import Encoder, Window
from agent.risk.network import Heads
from agent.risk.rows import Row, drawn
from agent.risk.train import TrainSettings, fit_encoder, fit_encoders, ngram_weights, predict
from policies.taxonomy import Facet

ENCODER = Encoder(tokenizer=None, cls=1, sep=2, pad=0, mask=3)  # type: ignore[arg-type]  # only the ids are read
HARM, TEA = 10, 11


class Words(nn.Module):
    """The embedding of each word piece, and nothing of its neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(20, 8)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> SimpleNamespace:
        return SimpleNamespace(last_hidden_state=self.words(input_ids))


def network() -> Heads:
    torch.manual_seed(1)
    return Heads(Words(), 8, dropout=0.0)


def row(number: int) -> Row:
    harmful = number % 2 == 0
    targets = np.full(len(BINARY), np.nan, dtype=np.float32)
    targets[0] = float(harmful)
    facet = FACETS.index(Facet.WRONGDOING if harmful else Facet.EVERYDAY)
    ids = [1, HARM if harmful else TEA, 12 + number % 7, 2]
    return Row(Window(ids, [0] * 4), np.array([1]), targets, facet, 1.0, "en", f"p{number // 2}")


ROWS = [row(number) for number in range(160)]
SETTINGS = TrainSettings(epochs=6, batch=16, learning_rate=0.02, head_learning_rate=0.02, members=2)


def told_apart(net: Heads) -> bool:
    unsafe = predict(net, ROWS, ENCODER.pad)[:, 0]
    return bool(unsafe[0::2].min() > unsafe[1::2].max())


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_what_the_rows_say_is_learnt_also_where_some_words_are_hidden(share):
    net = network()
    done: list[tuple[str, int, int]] = []
    fit_encoder(net, ROWS, ENCODER, SETTINGS._replace(masked_share=share), lambda *step: done.append(step))
    assert told_apart(net)
    assert done[-1][1] == done[-1][2] > 1


def test_rows_that_were_drawn_teach_as_all_of_them_do():
    logits = np.zeros((len(ROWS), OUTPUTS), dtype=np.float32)
    kept = drawn(ROWS, logits, 0.2, seed=1)
    net = network()
    fit_encoder(net, kept, ENCODER, SETTINGS, lambda *_: None)
    assert told_apart(net)


def test_the_mean_of_two_members_is_kept_and_one_seed_gives_one_model():
    settings = SETTINGS._replace(epochs=1)
    first, again, other = (
        fit_encoders(network(), ROWS, ENCODER, s, lambda *_: None).state_dict()
        for s in (settings, settings, settings._replace(members=1))
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["out.weight"], other["out.weight"])


def test_n_grams_count_as_far_as_they_help_a_language():
    unsafe = np.array([index % 2 for index in range(80)], dtype=np.float32)
    targets = np.full((80, len(BINARY)), np.nan, dtype=np.float32)
    targets[:, 0] = unsafe
    facets = np.zeros(80, dtype=np.int64)
    deep, right = np.zeros((80, OUTPUTS), dtype=np.float32), np.zeros((80, OUTPUTS), dtype=np.float32)
    right[:, 0] = 4 * unsafe - 2
    wrong = -right
    assert ngram_weights(deep, right, targets, facets, ["zh"] * 80)["zh"] == 1.5
    assert ngram_weights(deep, wrong, targets, facets, ["zh"] * 80)["zh"] == 0.0
    assert "ar" not in ngram_weights(deep, right, targets, facets, ["zh"] * 80)
