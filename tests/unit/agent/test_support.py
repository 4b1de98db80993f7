"""Is a sentence supported by the section it cites?"""

from __future__ import annotations

import pytest

from agent.facts import missing_facts
from agent.support import Model, Thresholds, contradicts, features, load_support, verify

POISON = (
    "In the United States, call Poison Help on 1-800-222-1222 at any hour.\n"
    "Never stop insulin on your own if you have type 1 diabetes, because the body makes no insulin of its own.\n"
    "See your diabetes team one to two months ahead. Keep backups. Works published before 1931 are free under GPL-3.0."
)
ARABIC = "المدة العامة حياة المؤلف وخمسون سنة بعد وفاته. اتصل في مصر على 123."
CHINESE = "在中国大陆马上拨打120。第十三条多了一项义务。没有泄露迹象时，不需要定期换密码。"


class Cosine:
    """As near as it is told."""

    def __init__(self, value: float, name: str = "cosine") -> None:
        self.name = name
        self.value = value
        self.asked: list[str] = []

    def __call__(self, sentence, section, language):
        self.asked.append(sentence)
        return self.value


@pytest.mark.parametrize(
    ("sentence", "language", "section"),
    [
        ("In the US, Poison Help answers on 1-800-222-1222 at any hour.", "en", POISON),
        ("Never stop insulin on your own with type 1 diabetes.", "en", POISON),
        ("See your diabetes team one or two months ahead.", "en", POISON),
        ("المدة العامة حياة المؤلف وخمسون سنة بعد وفاته.", "ar", ARABIC),
        ("没有泄露迹象时，不需要定期换密码。", "zh", CHINESE),
    ],
)
def test_nothing_speaks_against_a_paraphrase_and_its_meaning_carries_it(sentence, language, section):
    near = Cosine(0.9, load_support().embedder)
    assert verify(sentence, section, language, near=near) == (True, ())


@pytest.mark.parametrize(
    ("sentence", "language", "section", "fact"),
    [
        ("Call Poison Help on 1-800-222-1333.", "en", POISON, "1-800-222-1333"),
        ("Works published before 1941 are free.", "en", POISON, "1941"),
        ("Works are free under GPL-2.0.", "en", POISON, "GPL-2.0"),
        ("Never stop insulin if you have type 2 diabetes.", "en", POISON, "2 diabet"),
        ("See your diabetes team one to two weeks ahead.", "en", POISON, "2 week"),
        ("Never stop metformin on your own.", "en", POISON, "metformin"),
        ("In Canada, call Poison Help.", "en", POISON, "canada"),
        ("Keep backups, says NHS.", "en", POISON, "NHS"),
        ("Keep backups as at example.org/a.", "en", POISON, "example.org/a"),
        ("Keep Macintosh backups, says Macintosh.", "en", POISON, "Macintosh"),
        ("المدة العامة حياة المؤلف وسبعون سنة.", "ar", ARABIC, "70"),
        ("اتصل في تونس على 123.", "ar", ARABIC, "تونس"),
        ("第十五条多了一项义务。", "zh", CHINESE, "15"),
        ("马上拨打１１９。", "zh", CHINESE, "119"),
    ],
)
def test_a_fact_that_is_not_in_the_section_is_named(sentence, language, section, fact):
    assert fact in missing_facts(sentence, section, language)
    assert not verify(sentence, section, language).supported


@pytest.mark.parametrize(
    ("sentence", "language", "section"),
    [
        (
            "You may stop insulin on your own if you have type 1 diabetes.",
            "en",
            "Never stop insulin on your own if you have type 1 diabetes.",
        ),
        ("No llames a emergencias si se siente bien.", "es", "Llama a emergencias aunque se sienta bien."),
        ("没有泄露迹象时，需要定期换密码。", "zh", CHINESE),
        ("لا تتصل بالإسعاف فورًا.", "ar", "اتصل بالإسعاف فورًا عند الاشتباه."),
    ],
)
def test_a_clause_that_denies_its_source_contradicts(sentence, language, section):
    assert contradicts(sentence, section, language)
    assert not contradicts(section.split("。")[-2] if language == "zh" else section, section, language)


def test_what_the_section_does_not_speak_of_is_not_supported():
    verdict = verify("Most imams accept a letter from the hospital as an exemption.", POISON, "en")
    assert {"coverage", "novelty"} & set(verdict.reasons)


MEANING = load_support().model_copy(
    update={"thresholds": {"en": Thresholds(near_coverage=0.2, similarity=0.7)}, "embedder": "cosine"}
)
REWORDED = "Always have backups of a system at hand."


def test_a_sentence_in_other_words_is_carried_by_its_meaning():
    assert {"coverage", "novelty"} & set(verify(REWORDED, POISON, "en", MEANING).reasons)
    assert verify(REWORDED, POISON, "en", MEANING, Cosine(0.69)).supported is False
    assert verify(REWORDED, POISON, "en", MEANING, Cosine(0.7)) == (True, ())


@pytest.mark.parametrize(
    "sentence", ["Keep backups.", "Never stop metformin on your own.", "Most imams accept a letter."]
)
def test_meaning_is_asked_only_about_what_words_leave_open(sentence):
    near = Cosine(1.0)
    found = verify(sentence, POISON, "en", MEANING, near)
    assert near.asked == []
    assert found == verify(sentence, POISON, "en", MEANING)


def test_the_cosines_of_another_embedder_count_for_nothing():
    other = MEANING.model_copy(update={"embedder": "other"})
    assert not verify(REWORDED, POISON, "en", other, Cosine(1.0)).supported


def test_another_thing_in_the_place_of_one_is_no_support():
    found = verify("Keep pianos. Works published before 1931 are free under GPL-3.0.", POISON, "en")
    assert not found.supported
    swapped = verify("See your dentist team one to two months ahead.", POISON, "en")
    assert "substitution:dentist" in swapped.reasons


def test_rare_words_weigh_more_than_common_ones():
    model = Model(thresholds={}, sentences={"en": 1_000}, frequency={"en": {"doctor": 200}})
    assert (
        features("doctor zebra", "zebra", "en", model).coverage
        > features("doctor zebra", "doctor", "en", model).coverage
    )
    assert features("", "x", "en", model) == (1.0, 0.0)
