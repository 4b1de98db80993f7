"""What the risk model reads of a text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from agent.errors import ArtifactError
from agent.risk.features import EARLIER_TOKENS, MAX_TOKENS, MAX_WINDOWS, NGRAM_BITS, encoder_of, ngrams, padded, windows


@pytest.fixture
def encoder(tiny_tokenizer):
    return encoder_of(tiny_tokenizer)


def body(encoder, window):
    return [i for i in window.ids if i not in (encoder.cls, encoder.sep)]


def test_a_text_that_fits_gives_one_window(encoder):
    (window,) = windows(encoder, "hello tea")
    assert window.ids == [encoder.cls, 7, 4, encoder.sep]
    assert window.types == [0, 0, 0, 0]


def test_an_empty_text_gives_a_window_too(encoder):
    assert [window.ids for window in windows(encoder, "")] == [[encoder.cls, encoder.sep]]


@pytest.mark.parametrize("length", [158, 159, 400, 632, 5_000])
def test_a_long_text_is_seen_from_head_to_tail_in_bounded_windows(encoder, length):
    made = windows(encoder, " ".join(["bomb", *["tea"] * (length - 2), "dose"]))
    assert len(made) <= MAX_WINDOWS
    assert all(
        len(window.ids) <= MAX_TOKENS == len(window.types) or len(window.types) == len(window.ids) for window in made
    )
    assert made[0].ids[1] == 5
    assert made[-1].ids[-2] == 6
    if length <= 4 * (MAX_TOKENS - 2):
        assert sum(len(body(encoder, window)) for window in made) >= length


def test_only_the_tail_of_the_earlier_conversation_leads_every_window(encoder):
    made = windows(encoder, "tea " * 300, "hello " * 200 + "bomb")
    for window in made:
        lead = window.ids[1 : window.ids.index(encoder.sep)]
        assert len(lead) == EARLIER_TOKENS
        assert lead[-1] == 5
        assert len(window.ids) <= MAX_TOKENS
        assert window.types == [0] * (EARLIER_TOKENS + 2) + [1] * (len(window.ids) - EARLIER_TOKENS - 2)


def test_one_window_can_be_asked_for(encoder):
    assert len(windows(encoder, "tea " * 1_000, most=1)) == 1


def test_a_tokenizer_without_the_special_tokens_is_refused():
    with pytest.raises(ArtifactError, match=r"\[CLS\], \[SEP\] or \[PAD\]"):
        encoder_of(Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]")))


@given(st.text(max_size=80))
def test_ngrams_are_unique_ids_in_range_and_never_none(text):
    grams = ngrams(text)
    assert grams.dtype == np.int64
    assert len(set(grams.tolist())) == len(grams) >= 1
    assert grams.min() >= 0
    assert grams.max() < 1 << NGRAM_BITS


def test_ngrams_ignore_case_accents_and_marks_but_not_words():
    assert set(ngrams("CÓMO")) == set(ngrams("como"))
    assert set(ngrams("كَتَبَ")) == set(ngrams("كتب"))
    assert set(ngrams("tea")) != set(ngrams("bomb"))
    assert ngrams("!?").tolist() == [0]


def test_only_head_and_tail_of_a_long_text_count():
    middle = "word " * 5_000
    assert len(ngrams("alpha " + middle + " omega")) < 60


def test_padding_hides_behind_the_mask(encoder):
    batch = padded([*windows(encoder, "tea"), *windows(encoder, "tea bomb hello", "dose")], encoder.pad)
    assert {name: array.shape for name, array in batch.items()} == dict.fromkeys(batch, (2, 7))
    assert batch["attention_mask"].sum(1).tolist() == [3, 7]
    assert batch["input_ids"][0, 3:].tolist() == [encoder.pad] * 4
    assert batch["token_type_ids"][1].tolist() == [0, 0, 0, 1, 1, 1, 1]
