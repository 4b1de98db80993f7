"""Words of a source that a sentence replaces."""

from __future__ import annotations

import pytest

from agent.substitutions import substituted

ROUTER = (
    "Change the router's default administrator password and the default Wi-Fi password.\nTurn on automatic updates."
)
TIME = "سجّل وقت بدء علامات الجلطة أو آخر وقت كان فيه المصاب سليمًا، لأن العلاج يعتمد على الوقت."
REPORT = "在中国大陆，拨打110或到当地公安机关网安部门报案。保留聊天和转账截图。"


@pytest.mark.parametrize(
    ("sentence", "section", "language", "word"),
    [
        ("Change the printer's default administrator password.", ROUTER, "en", "printer"),
        ("سجّل وقت بدء علامات الزكام، لأن العلاج يعتمد على الوقت.", TIME, "ar", "زكام"),
        ("在中国大陆，拨打110或到当地税务机关网安部门报案。", REPORT, "zh", "税"),
    ],
)
def test_another_thing_in_the_place_of_one_is_named(sentence, section, language, word):
    assert word in substituted(sentence, section, language)


@pytest.mark.parametrize(
    ("sentence", "section", "language"),
    [
        ("Change the router's default administrator password.", ROUTER, "en"),
        ("Change the Wi-Fi password and the router's administrator password.", ROUTER, "en"),
        ("Turn on automatic updates so that the router stays safe.", ROUTER, "en"),
        ("A mail server needs a firewall.", ROUTER, "en"),
        ("在中国大陆，可以拨打110报案。", REPORT, "zh"),
        ("", ROUTER, "en"),
    ],
)
def test_nothing_is_replaced_where_words_stand_in_the_section_or_the_sentence_goes_its_own_way(
    sentence, section, language
):
    assert substituted(sentence, section, language) == ()
