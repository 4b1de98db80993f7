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
    assert codes(write("medical/es/a.md", copy)) == []


def test_a_translation_that_was_left_behind(write: Write, good: str) -> None:
    write("medical/en/a.md", good)
    copy = good.replace("id: med-fixture-fever", "id: med-fixture-fever-es").replace("locale: en", "locale: es")
    behind = "translation_of: med-fixture-fever\ntranslation_revision: 0123456789ab\nstatus:"
    assert codes(write("medical/es/a.md", copy.replace("status:", behind))) == ["translation-drift"]


def test_hard_words_raise_the_reading_grade(write: Write, spoil: Spoil) -> None:
    hard = "Pharmacological interdependencies necessitate multidisciplinary individualised reevaluation. [s1] " * 6
    assert "reading-level" in codes(write("medical/en/a.md", spoil(LAST, hard)))
