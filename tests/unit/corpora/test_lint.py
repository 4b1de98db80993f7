"""Lint: each check has a text that fires it and a near miss."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from corpora.checks import SECTIONS, WORDS
from corpora.lint import Finding, lint_library

TODAY = date(2026, 11, 23)
SIZE_CODES = frozenset({"word-count", "section-count", "keyword-count", "next-step-count"})

Write = Callable[[str, str | bytes], Path]
Spoil = Callable[[str, str], str]
LAST = "A poison centre answers calls at any hour [s2]."


def found(root: Path) -> list[Finding]:
    """Findings but those on the size of the whole: the fixture is small on purpose."""
    return [finding for finding in lint_library(root, today=TODAY) if finding.code not in SIZE_CODES]


def codes(root: Path) -> list[str]:
    return [finding.code for finding in found(root)]


def test_a_good_document_has_no_findings(write: Write, good: str) -> None:
    assert found(write("medical/en/a.md", good)) == []


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("Give 120 mg of ibuprofen. [s1]", "dosage"),
        ("Take 1-2 tablets with water. [s1]", "dosage"),
        ("Give it every 4 to 6 hours. [s1]", "dosage"),
        ("Dale 5 ml cada 8 horas. [s1]", "dosage"),
        ("每次吃2片。[s1]", "dosage"),
        ("每6小时服用一次。[s1]", "dosage"),
        ("يعطى 5 ملغ كل مرة. [s1]", "dosage"),
        ("Run `nmap` first. [s1]", "command"),
        ("Type sudo apt remove it. [s1]", "command"),
        ("```\nrm -rf /\n```", "command"),
        ("Enter ' OR 1=1 in the form. [s1]", "command"),
        ("A pharmacist can help you here.", "no-source"),
        ("Call the line on 0808 200 0247 today. [s1]", "unlisted-number"),
        ("This is why a pharmacist helps. [s1]", "not-standalone"),
        ("Ask a doctor as mentioned above. [s1]", "not-standalone"),
        ("Ask a **doctor** about the fever. [s1]", "markup"),
        ("Ask a doctor, see [help](#nowhere) on fever. [s1]", "dead-link"),
        ("A doctor " + "very " * 40 + "gladly helps. [s1]", "long-sentence"),
    ],
)
def test_a_sentence_that_must_not_be(write: Write, spoil: Spoil, sentence: str, code: str) -> None:
    findings = found(write("medical/en/a.md", spoil(LAST, f"{LAST}\n\n{sentence}")))
    assert code in [finding.code for finding in findings]
    (finding, *_) = [finding for finding in findings if finding.code == code]
    assert finding.line == 45
    assert str(finding).startswith(f"{finding.path}:45: {finding.level} {code}: ")


@pytest.mark.parametrize(
    "sentence",
    [
        "A 3-year-old needs less than an adult. [s1]",
        "The law of 1998 changed in 2012-2014. [s1]",
        "Watch the child for 24 hours after the fall. [s1]",
        "Read chapter 5 of version 3.0 of the licence. [s1]",
        "El sudor frío es una señal de alarma. [s1]",
        "This year a pharmacist can help you. [s1]",
        "The doctor said that it is fine. [s1]",
        "A pass phrase of 15 characters is strong. [s1]",
    ],
)
def test_a_near_miss(write: Write, spoil: Spoil, sentence: str) -> None:
    assert codes(write("medical/en/a.md", spoil(LAST, f"{LAST}\n\n{sentence}"))) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "level"),
    [
        ("stance: protective", "stance: offensive", "offensive-stance", "error"),
        (
            "reviewed_on: 2026-11-01\nreview_by: 2027-04-01",
            "reviewed_on: 2026-01-01\nreview_by: 2026-06-01",
            "expired",
            "error",
        ),
        ("review_by: 2027-04-01", "review_by: 2027-11-01", "review-too-late", "warning"),
        ("hour [s2]", "hour [s1]", None, None),
        ("    accessed_on: 2026-11-01\n", "", "source-not-opened", "warning"),
        ("  - When should I call a doctor about a fever?", "  - Call a doctor", "next-step", "warning"),
        ("facets: [dosing, emergency]", "facets: [malware]", "foreign-facets", "warning"),
        ("domain: medical", "domain: security", "wrong-folder", "error"),
        (
            "status: published",
            "numbers: [{number: '112', what: Help, source: s1}]\nstatus: published",
            "unverified-number",
            "warning",
        ),
        (
            "status: published",
            "numbers: [{number: '112', what: Help}]\nunverified: ['112 was not checked']\nstatus: published",
            None,
            None,
        ),
        ("status: published", "translation_of: med-none\nstatus: published", "dead-link", "error"),
        (LAST, "Call a poison centre now. [s2]", "section-length", "warning"),
        (LAST, "请马上拨打急救电话，不要自行催吐，也不要等待症状出现。[s2]", "language", "error"),
    ],
)
def test_front_matter_and_sections(
    write: Write, spoil: Spoil, old: str, new: str, code: str | None, level: str | None
) -> None:
    findings = found(write("medical/en/a.md", spoil(old, new)))
    assert code in [finding.code for finding in findings] or (code is None and findings == [])
    assert level is None or level in [finding.level for finding in findings if finding.code == code]


def test_a_source_that_is_cited_nowhere(write: Write, good: str) -> None:
    assert codes(write("medical/en/a.md", good.replace("[s1, s2]", "[s1]").replace("[s2]", "[s1]"))) == [
        "unused-source"
    ]


def test_the_size_of_the_whole_is_told(write: Write, good: str) -> None:
    findings = {f.code: f.message for f in lint_library(write("medical/en/a.md", good), today=TODAY)}
    assert set(findings) == SIZE_CODES
    assert f"expected {WORDS[0]} to {WORDS[1]}" in findings["word-count"]
    assert f"expected {SECTIONS[0]} to {SECTIONS[1]}" in findings["section-count"]


def test_a_broken_file_is_a_finding(write: Write, good: str, spoil: Spoil) -> None:
    write("medical/en/a.md", good)
    (finding,) = found(write("medical/en/b.md", spoil("[dosing, emergency]", "[posology]")))
    assert (finding.code, finding.level, finding.line) == ("unreadable", "error", 5)


def test_two_documents_that_say_the_same(write: Write, good: str) -> None:
    write("medical/en/a.md", good)
    root = write("medical/en/b.md", good.replace("med-fixture-fever", "med-fixture-fever-again"))
    assert codes(root) == ["near-duplicate", "near-duplicate"]


def test_a_translation_is_no_duplicate(write: Write, good: str) -> None:
    write("medical/en/a.md", good)
    copy = good.replace("id: med-fixture-fever", "id: med-fixture-fever-es").replace("locale: en", "locale: es")
    assert "near-duplicate" not in codes(write("medical/es/a.md", copy))


def test_a_translation_that_was_left_behind(write: Write, good: str) -> None:
    write("medical/en/a.md", good)
    copy = good.replace("id: med-fixture-fever", "id: med-fixture-fever-es").replace("locale: en", "locale: es")
    behind = "translation_of: med-fixture-fever\ntranslation_revision: 0123456789ab\nstatus:"
    found_codes = codes(write("medical/es/a.md", copy.replace("status:", behind)))
    assert "translation-drift" in found_codes
    unnamed = "translation_of: med-fixture-fever\nstatus:"
    assert "translation-drift" in codes(write("medical/es/a.md", copy.replace("status:", unnamed)))
    assert "language" in found_codes  # the text is still English


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("Download the crack and start the program. [s1]", "circumvention-detail"),
        ("Disable the license check by changing one byte. [s1]", "circumvention-detail"),
        ("Usa el crack para abrir el programa. [s1]", "circumvention-detail"),
        ("使用注册机激活软件即可。[s1]", "circumvention-detail"),
        ("Send the payload to the server and wait. [s1]", "exploit-detail"),
        ("Generate a file with msfvenom and open it. [s1]", "exploit-detail"),
        ("Ask a doctor, see [help](med-nowhere) on fever. [s1]", "dead-link"),
        ("Write plain sentences that stand on their own, and name the source of each. [s1]", "unwritten"),
    ],
)
def test_detail_that_helps_the_wrong_people_and_what_leads_nowhere(
    write: Write, spoil: Spoil, sentence: str, code: str
) -> None:
    findings = found(write("medical/en/a.md", spoil(LAST, f"{LAST}\n\n{sentence}")))
    assert [finding.level for finding in findings if finding.code == code] == ["error"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Do not use the crack, because it often carries malware. [s1]",
        "A crack in the screen lets water into the phone. [s1]",
        "Never run the exploit on a server of others. [s1]",
        "Read [the law](https://example.org/law) about fever. [s1]",
        "Read about fever under [help](med-fixture-fever). [s1]",
    ],
)
def test_a_warning_and_a_living_link_are_no_faults(write: Write, spoil: Spoil, sentence: str) -> None:
    findings = found(write("medical/en/a.md", spoil(LAST, f"{LAST}\n\n{sentence}")))
    assert [finding for finding in findings if finding.level == "error"] == []


def test_a_section_without_any_source(write: Write, spoil: Spoil) -> None:
    findings = found(write("medical/en/a.md", spoil(" at any hour [s2].", " at any hour.")))
    assert [finding.code for finding in findings if finding.level == "error"] == ["section-without-source"]


def test_a_section_in_another_language_of_the_same_script(write: Write, spoil: Spoil) -> None:
    spanish = "La fiebre de un niño se mira con calma y con la ayuda de un médico que lo conoce por los años. [s1]"
    assert "language" in codes(write("medical/en/a.md", spoil(LAST, f"{LAST}\n\n## Otra {{#otra}}\n{spanish}")))


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        (
            "es",
            "La contraindicación farmacoterapéutica individualizada imposibilita administraciones simultáneas. [s1] ",
        ),
        ("zh", "如果孩子在夜里发烧并且同时出现反复呕吐或者呼吸困难等等情况那么家长应当尽快联系医生说明经过。[s1]"),
        ("ar", "كلمة " * 25 + "أخيرة. [s1] "),
    ],
)
def test_hard_text_in_other_languages(write: Write, good: str, locale: str, sentence: str) -> None:
    text = good.replace("locale: en", f"locale: {locale}").replace(LAST, sentence * 8)
    assert "reading-level" in codes(write("medical/xx/a.md", text.replace("fever\ntitle", "fever-x\ntitle")))


def test_hard_words_raise_the_reading_grade(write: Write, spoil: Spoil) -> None:
    hard = "Pharmacological interdependencies necessitate multidisciplinary individualised reevaluation. [s1] " * 6
    assert "reading-level" in codes(write("medical/en/a.md", spoil(LAST, hard)))
