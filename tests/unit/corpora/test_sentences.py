"""Sentences in four languages."""

from __future__ import annotations

import pytest

from corpora.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Call 1-800-222-1222. It is free.", ["Call 1-800-222-1222.", "It is free."]),
        ("The U.S. Copyright Office helps. Ask Dr. Smith.", ["The U.S. Copyright Office helps.", "Ask Dr. Smith."]),
        ("Use GPL-3.0 code, e.g. Bash. It works.", ["Use GPL-3.0 code, e.g. Bash.", "It works."]),
        ('She said "no." Then she left.', ['She said "no."', "Then she left."]),
        ("It helps, etc. and more. Done.", ["It helps, etc. and more.", "Done."]),
        ("¿Qué hago? ¡Llama! El Dr. Pérez ayuda.", ["¿Qué hago?", "¡Llama!", "El Dr. Pérez ayuda."]),
        ("马上打电话。不要等！好吗？", ["马上打电话。", "不要等！", "好吗？"]),
        ("她说“快走。”然后离开。", ["她说“快走。”", "然后离开。"]),
        ("اتصل الآن. لا تنتظر! هل تسمعني؟ نعم.", ["اتصل الآن.", "لا تنتظر!", "هل تسمعني؟", "نعم."]),
        ("No stop at the end", ["No stop at the end"]),
        ("", []),
        ("   ", []),
    ],
)
def test_text_is_cut_into_sentences(text: str, sentences: list[str]) -> None:
    assert list(split_sentences(text)) == sentences
