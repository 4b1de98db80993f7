"""Fitting, on a network small enough for a test; whole trainings are measured by `handrail risk evaluate`."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from agent.risk.classifier import BINARY, FACETS, FIRST_FACET, OUTPUTS
from agent.risk.features import Encoder, Window
from agent.risk.network import Heads, Towers
from agent.risk.rows import Row, drawn
from agent.risk.train import TrainSettings, fit_encoders, fit_towers, ngram_weights, predict
from policies.taxonomy import Facet

ENCODER = Encoder(tokenizer=None, cls=1, sep=2, pad=0, mask=3)  # type: ignore[arg-type]  # only the ids are read
HARM, TEA = 10, 11


class Words(nn.Module):
    """The embedding of each word piece, and nothing of its neighbours."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.Module()
        self.embeddings.word_embeddings = nn.Embedding(20, 8)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> SimpleNamespace:
        return SimpleNamespace(last_hidden_state=self.embeddings.word_embeddings(input_ids))


def network() -> Towers:
    torch.manual_seed(1)
    return Towers([Heads(Words(), 8, dropout=0.0) for _ in range(2)])


def row(number: int) -> Row:
    harmful = number % 2 == 0
    targets = np.full(len(BINARY), np.nan, dtype=np.float32)
    targets[0] = float(harmful)
    facet = FACETS.index(Facet.WRONGDOING if harmful else Facet.EVERYDAY)
    ids = [1, HARM if harmful else TEA, 12 + number % 7, 2]
    return Row(Window(ids, [0] * 4), np.array([1]), targets, facet, 1.0, "en", f"p{number // 2}")


ROWS = [row(number) for number in range(160)]
SETTINGS = TrainSettings(
    epochs=6, batch=16, learning_rate=0.02, head_learning_rate=0.02, embedding_learning_rate=0.02, members=2
)


def told_apart(net: Towers) -> bool:
    unsafe = predict(net, ROWS, ENCODER.pad)[:, 0]
    return bool(unsafe[0::2].min() > unsafe[1::2].max())


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_what_the_rows_say_is_learnt_also_where_some_words_are_hidden(share):
    net = network()
    done: list[tuple[str, int, int]] = []
    fit_towers(net, ROWS, ENCODER, SETTINGS._replace(masked_share=share), lambda *step: done.append(step))
    assert told_apart(net)
    assert done[-1][1] == done[-1][2] > 1


def test_rows_that_were_drawn_teach_as_all_of_them_do():
    logits = np.zeros((len(ROWS), OUTPUTS), dtype=np.float32)
    for index, one in enumerate(ROWS[40:], start=40):  # the model before judges these well
        logits[index, 0] = 9.0 if one.targets[0] else -9.0
        logits[index, FIRST_FACET + one.facet] = 9.0
    kept = drawn(ROWS, logits, 0.2, seed=1)
    assert 50 < len(kept) < 90
    assert max(one.weight for one in kept.values()) == pytest.approx(5.0)
    net = network()
    settings = SETTINGS._replace(epochs=20, easy_share=0.2)
    assert fit_towers(net, ROWS, ENCODER, settings._replace(epochs=1), lambda *_: None, logits) != [len(ROWS)]
    read = fit_towers(net, ROWS, ENCODER, settings, lambda *_: None, logits)
    assert read[0] == sum(
        one.group in {row.group for row in drawn(ROWS, logits, 0.2, settings.seed).values()} for one in ROWS
    )
    assert told_apart(net)


def test_later_passes_draw_by_what_the_network_made_of_the_rows():
    read = fit_towers(network(), ROWS, ENCODER, SETTINGS._replace(epochs=12, easy_share=0.1), lambda *_: None)
    assert read[0] == len(ROWS)
    assert 0 < read[-1] < len(ROWS) / 2
    every = fit_towers(network(), ROWS, ENCODER, SETTINGS._replace(epochs=3, easy_share=1.0), lambda *_: None)
    assert every == [len(ROWS)] * 3


def test_the_mean_of_two_members_is_kept_and_one_seed_gives_one_model():
    settings = SETTINGS._replace(epochs=1)
    members = []
    for number in range(2):
        net = network()
        torch.manual_seed(settings.seed + number)
        fit_towers(net, ROWS, ENCODER, settings._replace(seed=settings.seed + 1000 * number), lambda *_: None)
        members.append(net.state_dict())
    mean, again = (fit_encoders(network(), ROWS, ENCODER, settings, lambda *_: None)[0].state_dict() for _ in range(2))
    for name, value in mean.items():
        assert torch.equal(value, again[name])
        assert torch.allclose(value, (members[0][name] + members[1][name]) / 2, atol=1e-6)
    assert not torch.equal(members[0]["towers.0.out.weight"], members[1]["towers.0.out.weight"])


@pytest.mark.parametrize(("rate", "moved"), [(0.0, False), (0.02, True)])
def test_the_encoders_move_the_words_that_they_share_only_where_they_may(rate, moved):
    net, before = network(), network().word_embeddings.detach()
    fit_towers(net, ROWS, ENCODER, SETTINGS._replace(embedding_learning_rate=rate), lambda *_: None)
    assert net.encoders[0].encoder.embeddings is net.encoders[1].encoder.embeddings
    assert torch.equal(net.word_embeddings[HARM], before[HARM]) is not moved
    assert torch.equal(net.word_embeddings[19], before[19])  # a word that no row has
    assert not torch.equal(net.encoders[0].out.weight, net.encoders[1].out.weight)


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
