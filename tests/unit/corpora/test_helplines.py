"""Helplines: everybody gets something, and unchecked numbers say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpora.errors import HelplinesError
from corpora.helplines import HELPLINES_FILE, KINDS, Helplines, helplines_for, load_helplines

LANGUAGES = ("en", "es", "zh", "ar")


@pytest.fixture(scope="module")
def lines() -> Helplines:
    return load_helplines()


# fmt: off
PLACES = [
    "US", "GB", "ES", "MX", "CN", "SA", "FR", "JP", "es",
    "AU", "NZ", "CA", "IE", "IN", "ZA", "SG", "MY", "PH", "NG", "KE", "TW", "HK", "MO",
    "AR", "CO", "CL", "PE", "EC", "UY", "VE", "DO", "GT", "CR",
    "AE", "EG", "JO", "MA", "KW", "QA", "BH", "OM", "LB", "IQ", "DZ", "TN",
]
# fmt: on


@pytest.mark.parametrize("place", [*PLACES, None])
@pytest.mark.parametrize("kind", KINDS)
def test_everybody_gets_a_line_of_every_kind(lines: Helplines, place: str | None, kind: str) -> None:
    found = lines.find(place, (kind,))  # type: ignore[arg-type]  # parametrized over all kinds
    assert found
    assert len({line.jurisdiction for line in found}) == 1


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ("US", "988"),
        ("GB", "116 123"),
        ("ES", "024"),
        ("MX", "800 911 2000"),
        ("CN", "12356"),
        ("SA", "920033360"),
        ("AU", "13 11 14"),
        ("NZ", "1737"),
        ("CA", "988"),
        ("IE", "116 123"),
        ("IN", "14416"),
        ("AR", "0800 999 0091"),
        ("CO", "106"),
        ("CL", "*4141"),
        ("TW", "1925"),
        ("HK", "18111"),
        ("AE", "800 8877"),
        ("EG", "0800 888 0700"),
        ("JO", None),
    ],
)
def test_the_first_crisis_line_of_a_place(lines: Helplines, place: str, number: str | None) -> None:
    assert lines.find(place, ("crisis",))[0].number == number


def test_a_member_state_without_a_line_gets_the_european_one(lines: Helplines) -> None:
    assert [line.id for line in lines.find("FR", ("emergency", "crisis"))] == ["eu-emergency", "eu-crisis"]


def test_a_place_with_only_an_emergency_number_gets_the_crisis_line_for_everywhere(lines: Helplines) -> None:
    found = lines.for_decision("KW", crisis=True)
    assert [line.id for line in found] == ["any-crisis", "kw-emergency"]


def test_an_unknown_place_gets_the_lines_for_everywhere(lines: Helplines) -> None:
    assert {line.jurisdiction for line in lines.find("XX", KINDS)} == {"any"}
    assert lines.find("XX", KINDS) == lines.find(None, KINDS)


def test_a_crisis_leads_with_crisis_and_emergency_lines(lines: Helplines) -> None:
    found = lines.for_decision("CN", crisis=True, kinds=("poison", "nonsense"))
    assert [line.kind for line in found] == ["crisis", "emergency", "emergency", "poison"]
    assert lines.for_decision("CN") == ()


def test_kinds_come_in_the_order_asked_for_and_once() -> None:
    assert [line.kind for line in helplines_for("US", ("poison", "emergency", "poison"))] == ["poison", "emergency"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_a_sentence_in_every_language(lines: Helplines, language: str) -> None:
    for line in lines.lines:
        text = line.text(language)
        assert line.name_in(language) in text
        assert (line.number or line.sms or line.url) in text
        assert text.endswith(("。", "."))
        assert "{" not in text


def test_another_language_gets_english(lines: Helplines) -> None:
    assert lines.lines[0].text("fr") == lines.lines[0].text("en") == "Emergency services: call 911 (24 hours a day)."


def test_every_line_says_where_it_comes_from(lines: Helplines) -> None:
    for line in lines.lines:
        assert line.unverified is (line.verified_on is None)
        assert line.url.startswith("https://")
        assert len(line.revision) == 12


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = HELPLINES_FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "helplines.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: emergency", "kind: urgent", "helpline `us-emergency`: field `kind`"),
        ("hours: always", "hours: sometimes", "helpline `us-emergency`: hours `sometimes` are unknown"),
        ("id: us-crisis-988", "id: us-emergency", "id `us-emergency` is used twice"),
        ("verified_on: 2026-11-23", "unverified: true", "`verified_on` and `seen_at` go together"),
        ("    unverified: true\n", "", "either `verified_on` or `unverified: true`"),
        ('zh: "紧急救援", ', "", "helpline `us-emergency`: field `name.zh`"),
        ("id: any-crisis\n    jurisdiction: any", "id: any-crisis\n    jurisdiction: JP", "kind `crisis` has no line"),
        ("hours:\n", "hours: [\n", "not YAML"),
        ("helplines:", "lines:", "field `helplines`"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(HelplinesError) as caught:
        load_helplines(_changed(tmp_path, old, new))
    assert "helplines.yaml: " in str(caught.value)
    assert message in str(caught.value)


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HelplinesError, match="cannot be read"):
        load_helplines(tmp_path / "none.yaml")
