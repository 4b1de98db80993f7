"""What the risk model reads of a text: word pieces for the encoder and hashed character n-grams beside it.

The encoder was trained on English: its vocabulary knows few Chinese characters and splits Arabic into letters. It reads
other languages through a word-by-word English gloss; the n-grams read the original. Shared by training and inference, so
that both see the same.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from agent.errors import ArtifactError
from agent.grounding import fold
from retrieval.gloss import Gloss

MAX_TOKENS: Final = 160
"""Word pieces of one window, special tokens included."""
EARLIER_TOKENS: Final = 64
"""Of which at most so many for the earlier conversation."""
MAX_WINDOWS: Final = 4
NGRAM_BITS: Final = 15
NGRAM_CHARS: Final = 1_200
"""Characters of head and tail that the n-grams look at."""

_RUN: Final = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
_CJK: Final = re.compile(r"[\u3400-\u9fff]")


class Window(NamedTuple):
    """One stretch of word pieces, with special tokens."""

    ids: list[int]
    types: list[int]
    """0 for the earlier conversation, or for a text without one; 1 for the message after it."""


class Encoder(NamedTuple):
    """The tokenizer with the ids of its special tokens."""

    tokenizer: Tokenizer
    cls: int
    sep: int
    pad: int
    mask: int
    """Training alone reads it; that of ``pad`` where the tokenizer has none."""


def encoder_of(tokenizer: Tokenizer) -> Encoder:
    """The tokenizer, told neither to truncate nor to pad."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    cls, sep, pad = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", "[PAD]"))
    if cls is None or sep is None or pad is None:
        raise ArtifactError("the tokenizer of the risk model lacks [CLS], [SEP] or [PAD]; run `handrail risk train`")
    mask = tokenizer.token_to_id("[MASK]")
    return Encoder(tokenizer, cls=cls, sep=sep, pad=pad, mask=pad if mask is None else mask)


def glossed(gloss: Gloss, text: str, earlier: str, language: str) -> tuple[str, str]:
    """The text and the earlier conversation as the encoder reads them."""
    return gloss.english(text, language), gloss.english(earlier, language) if earlier else ""


def windows(encoder: Encoder, text: str, earlier: str = "", *, most: int = MAX_WINDOWS) -> list[Window]:
    """Windows over the text, each led by the tail of the earlier conversation where there is one.

    A text that fits gives one window; a longer one gives its head, its tail and evenly spaced stretches between, at most
    ``most``.
    """
    lead: list[int] = []
    if earlier:
        lead = [
            *_ids(encoder.tokenizer.encode(earlier[-2000:], add_special_tokens=False))[-EARLIER_TOKENS:],
            encoder.sep,
        ]
    body = _ids(encoder.tokenizer.encode(text, add_special_tokens=False))
    room = MAX_TOKENS - 2 - len(lead)
    return [_window(encoder, lead, body[start : start + room]) for start in _starts(len(body), room, most)]


def _starts(length: int, room: int, most: int) -> list[int]:
    if length <= room:
        return [0]
    count = min(most, -(-length // room))
    last = length - room
    return [round(index * last / (count - 1)) for index in range(count)] if count > 1 else [0]


def _window(encoder: Encoder, lead: list[int], body: list[int]) -> Window:
    ids = [encoder.cls, *lead, *body, encoder.sep]
    second = len(body) + 1 if lead else 0
    return Window(ids, [0] * (len(ids) - second) + [1] * second)


def _ids(encoding: Encoding) -> list[int]:
    ids: list[int] = encoding.ids
    return ids


def ngrams(text: str) -> NDArray[np.int64]:
    """Hashed n-grams of the text, unique, shape ``(n,)``, values in ``[1, 2**NGRAM_BITS)``; 0 stands for "none".

    Chinese: runs of 1-3 characters. Other scripts: whole words and their 4-character stretches. Only the head and tail of
    a long text count.
    """
    folded = fold(text if len(text) <= NGRAM_CHARS else text[: NGRAM_CHARS // 2] + " " + text[-NGRAM_CHARS // 2 :])
    grams: set[str] = set()
    previous = ""
    for run in _RUN.findall(folded):
        if _CJK.match(run):
            for size in (1, 2, 3):
                grams.update(run[i : i + size] for i in range(len(run) - size + 1))
            previous = ""
            continue
        word = f"<{run}>"
        grams.add(word)
        if previous:
            grams.add(previous + word)
        previous = word
        grams.update(word[i : i + 4] for i in range(len(word) - 3))
    mask = (1 << NGRAM_BITS) - 1
    hashed = {zlib.crc32(gram.encode()) & mask for gram in grams}
    hashed.discard(0)
    return np.fromiter(hashed, dtype=np.int64, count=len(hashed)) if hashed else np.zeros(1, dtype=np.int64)


def padded(batch: Sequence[Window], pad: int) -> dict[str, NDArray[np.int64]]:
    """``input_ids``, ``attention_mask``, ``token_type_ids`` of shape ``(batch, longest)``."""
    longest = max(len(window.ids) for window in batch)
    ids = np.full((len(batch), longest), pad, dtype=np.int64)
    mask = np.zeros((len(batch), longest), dtype=np.int64)
    types = np.zeros((len(batch), longest), dtype=np.int64)
    for row, window in enumerate(batch):
        size = len(window.ids)
        ids[row, :size] = window.ids
        mask[row, :size] = 1
        types[row, :size] = window.types
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
