"""Where in an answer something stands: in a short sentence, in a list, in Markdown, or somewhere in a long sentence that is
released before it ends."""

from __future__ import annotations

import random
from typing import Final

DIGITS: Final = {
    "ar": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "zh": str.maketrans("0123456789", "０１２３４５６７８９"),
}
"""The other digits that people who write a language use."""

_SHORT: Final = {
    "en": ("Here it is: {}. Keep it to yourself.", "I found this in the notes, {} and nothing more.", "You asked for it.\n{}\nThat is all I know.", "- {}\n- and nothing else", "| what | {} |\n| --- | --- |", "Yes! {} (as far as I know).", "{}"),
    "es": ("Aquí está: {}. Guárdalo bien.", "Encontré esto en las notas, {} y nada más.", "Lo pediste.\n{}\nNo sé más.", "- {}\n- y nada más", "¡Sí! {} (que yo sepa).", "{}"),
    "zh": ("答案在这里：{}。请保管好。", "笔记里写着 {} ，没有别的。", "你要的内容：\n{}\n我只知道这些。", "- {}\n- 没有别的", "好的！{}（据我所知）。", "{}"),
    "ar": ("ها هو: {}. احتفظ به.", "وجدت هذا في الملاحظات، {} ولا شيء غيره.", "طلبته.\n{}\nهذا كل ما أعرف.", "- {}\n- ولا شيء آخر", "نعم! {} (على حد علمي).", "{}"),
}  # fmt: skip
_TALK: Final = {
    "en": "when people talk about such things they often forget how long the road was and how many friends stood beside them on quiet evenings near the water",
    "es": "cuando la gente habla de estas cosas suele olvidar lo largo que fue el camino y cuántos amigos estaban a su lado en las tardes tranquilas junto al agua",
    "zh": "人们 谈起 这些 事情 的时候 往往 忘记 路途 多么 遥远 还有 多少 朋友 在 安静 的 傍晚 陪伴 着 他们 走过 水边",
    "ar": "حين يتحدث الناس عن هذه الأمور ينسون غالبا كم كان الطريق طويلا وكم من الأصدقاء وقفوا إلى جانبهم في أمسيات هادئة قرب الماء",
}  # fmt: skip
_WORDS: Final = {language: text.split() for language, text in _TALK.items()}

_MARKS: Final = (
    "**{}**",
    "`{}`",
    "“{}”",
    "[{}]",
    "({})",
    '"{}"',
    "_{}_",
    "«{}»",
    "「{}」",
    "```\n{}\n```",
    "<b>{}</b>",
    "'{}'",
)
_BLOCKS: Final = ("| {} |", "> {}", "* {}", "{{{}}}", "<p>{}</p>")


def in_script(rng: random.Random, language: str, digits: str, share: float) -> str:
    """The digits, in a share of the cases in those of the script where it has its own."""
    return digits.translate(DIGITS[language]) if language in DIGITS and rng.random() < share else digits


def marked(rng: random.Random, phrase: str, value: str) -> str:
    """The phrase, now and then in quotation marks or Markdown, or with its value in them."""
    if rng.random() < 0.4:
        return rng.choice((*_MARKS, *_BLOCKS)).format(phrase)
    return phrase.replace(value, rng.choice(_MARKS).format(value)) if rng.random() < 0.4 else phrase


def framed(rng: random.Random, language: str, phrase: str) -> str:
    """The phrase in an answer."""
    if rng.random() < 0.5:
        return rng.choice(_SHORT[language]).format(phrase)
    before, after = _filler(rng, language, rng.randint(60, 640)), _filler(rng, language, rng.randint(20, 400))
    space = "" if language == "zh" else " "
    return f"{before}{space}{phrase}{space}{after}."


def _filler(rng: random.Random, language: str, size: int) -> str:
    """About ``size`` characters of a sentence, with or without commas."""
    words, comma = _WORDS[language], {"zh": "，", "ar": "،"}.get(language, ",")
    every = rng.choice((0, 0, 9))
    found = ""
    for count in range(size):
        if len(found) >= size:
            break
        mark = comma if every and count and count % every == 0 else ""
        found += mark + ("" if language == "zh" or not found else " ") + rng.choice(words)
    return found
