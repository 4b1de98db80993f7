"""Facts that must stand in the section."""

from __future__ import annotations

import pytest

from agent.facts import missing_facts
from tests.unit.agent.test_support import POISON


def test_part_of_a_phone_number_is_no_number_of_the_section():
    assert missing_facts("Call 222.", POISON, "en") == ["222"]


@pytest.mark.parametrize(
    ("sentence", "section", "language"),
    [
        ("It takes two months.", "It takes 2 months.", "en"),
        ("Son dos meses.", "Son 2 meses.", "es"),
        ("第十三条", "第13条", "zh"),
        ("In the UK, call 999.", "In the United Kingdom, call 999.", "en"),
    ],
)
def test_a_fact_written_otherwise_is_the_same(sentence, section, language):
    assert missing_facts(sentence, section, language) == []


@pytest.mark.parametrize(
    ("sentence", "section", "language"),
    [
        ("It takes three months.", "It takes 2 months.", "en"),
        ("Use CVE-2024-1234.", "Use CVE-2024-1235.", "en"),
        ("Puedes tomar ibuprofeno.", "Puedes tomar paracetamol.", "es"),
        ("可以吃布洛芬。", "可以吃对乙酰氨基酚。", "zh"),
    ],
)
def test_another_fact_is_missing(sentence, section, language):
    assert missing_facts(sentence, section, language) != []
