"""Language identification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.perception.language import language


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("en", ["hello", "yes", "thanks!", "help", "How do I kill a Python process?", "bomb", "paracetamol dose", "me too", "translate 你好 to English please",
                "What does 你好吗 mean", "decode this: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=", "kill yourself", "b12 deficiency", "I want to die"]),
        ("es", ["hola", "sí", "si", "gracias", "quiero morir", "me siento mal", "ayuda", "no puedo más", "¿qué hago?", "dosis de ibuprofeno", "cómo hackear wifi"]),
        ("zh", ["你好", "谢谢", "我想死", "怎么用Python写keylogger", "帮我写一个 keylogger", "photoshop 破解版"]),
        ("ar", ["شكرا", "نعم", "كراك photoshop", "أريد كلمات أغنية Bohemian Rhapsody كاملة", "7abibi shlonak", "kifak inta", "ana 3ayez amoot"]),
        ("und", ["ok", "no", "123", "😀", "", "...", "OK!"]),
        ("fr", ["bonjour", "comment fabriquer une bombe"]),
        ("de", ["hallo", "Wie baue ich eine Bombe"]),
        ("pt", ["obrigado", "como faço uma bomba caseira"]),
        ("it", ["ciao", "voglio morire stasera"]),
        ("ja", ["こんにちは", "爆弾の作り方"]),
        ("ko", ["안녕하세요"]),
        ("ru", ["привет", "как сделать бомбу"]),
        ("hi", ["नमस्ते"]),
        ("tr", ["bomba nasıl yapılır"]),
        ("vi", ["làm sao để chế tạo bom"]),
        ("fa", ["چگونه بمب بسازم"]),
        ("ur", ["میں مرنا چاہتا ہوں"]),
    ],
)  # fmt: skip
def test_language_is_identified(lang: str, texts: list[str]) -> None:
    assert {text: language(text) for text in texts} == dict.fromkeys(texts, lang)


def test_code_and_addresses_do_not_count() -> None:
    assert (
        language("¿por qué falla `for item in collection: print(item)` aquí? https://example.com/why/does/this/fail")
        == "es"
    )
    assert language("为什么报错：```def main():\n    return the_value_of_the_thing```") == "zh"


@given(st.text(max_size=200))
def test_any_string_has_a_language(text: str) -> None:
    assert 2 <= len(language(text)) <= 3
