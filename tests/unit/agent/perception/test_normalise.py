"""Form made plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.perception.normalise import normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("k\u200bi\u200bl\u200bl", "kill"),
        ("ki\u00adll\ufeff", "kill"),
        ("how\u200bto\u200bmake\u200ba\u200bbomb", "how to make a bomb"),
        ("\u202ekill\u202c", "kill"),
        ("a\x00b\x1b", "ab"),
        ("كـــيف", "كيف"),
        ("h̶o̶w̶", "how"),
        ("z͑ͫ̓ͪa̴l̷g̸o", "zalgo"),
        ("ｈｏｗ　ｔｏ", "how to"),
        ("𝔥𝔬𝔴 𝓽𝓸", "how to"),
        ("Ⓗⓞⓦ", "How"),
        ("🅷🅾🆆", "how"),
        ("🇭🇴🇼 🇺🇸", "how 🇺🇸"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("ﬁle", "file"),
        ("遺書改到第三版", "遗书改到第三版"),
    ],
)
def test_form_is_made_plain(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world!",
        "¿Qué tal, señor Núñez?",
        "Привет, как дела?",
        "Καλημέρα κόσμε",
        "你好，世界".replace("，", ","),
        "كَيْفَ حَالُكَ",
        "สวัสดีครับ",
        "tiếng Việt",
        "Łódź",
        "👍🏽",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert normalise(text) == text


def test_upside_down_letters_are_turned() -> None:
    assert normalise("ʇxǝʇ sıɥʇ pɐǝɹ") == "txet siht daer"


@given(st.text(max_size=200))
def test_normalising_is_total_and_leaves_nothing_invisible(text: str) -> None:
    plain = normalise(text)
    assert not any(c in plain for c in "\u200b\u200d\u202e\ufeff\u0640\x00")
