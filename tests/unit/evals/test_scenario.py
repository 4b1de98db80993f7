"""The strict reader, and the scenarios that are shipped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agent.models import TurnInput
from corpora.library import BUNDLED_LIBRARY
from evals.errors import ScenarioError
from evals.scenario import AREAS, FAST, Scenario, fast_subset, read_scenarios, select
from policies.loader import load_policies
from policies.taxonomy import Action
from tests.unit.evals.made import scenario

POLICIES = load_policies()
SHIPPED = read_scenarios(roles=POLICIES.roles, locales=POLICIES.locales)
GOOD = "{id: a, turns: [hello there], expect: [answer], why: small talk}"


def read(tmp_path: Path, text: str, folder: str = "general") -> list[Scenario]:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "x.yaml").write_text(text, encoding="utf-8")
    return read_scenarios(tmp_path, roles={"public", "clinician"}, locales={"en-US", "es-MX"})


def test_the_folder_is_the_domain_and_the_locale_gives_the_language(tmp_path):
    text = f"locale: es-MX\nscenarios:\n  - {GOOD}\n  - {{id: b, turns: [x], locale: en-US, expect: [guide, answer], why: ok}}\n"
    first, second = read(tmp_path, text, "crisis")
    assert (first.domain, first.language, first.locale, first.role) == ("crisis", "es", "es-MX", "public")
    assert (second.language, second.expect) == ("en", (Action.GUIDE, Action.ANSWER))


@pytest.mark.parametrize(
    ("entry", "line", "message"),
    [
        (
            "{id: a, turns: [x], expect: [answer], why: ok, expcet: 1}",
            3,
            "unknown field `expcet`; did you mean `expect`?",
        ),
        ("{id: a, turns: [x], why: ok}", 3, "field `expect` is missing"),
        ("{id: a, turns: [x], expect: [maybe], why: ok}", 3, "field `expect.0` is `maybe`"),
        ("{id: a, turns: [], expect: [answer], why: ok}", 3, "field `turns`"),
        ("{id: a, turns: ['  '], expect: [answer], why: ok}", 3, "`turns` has an empty message"),
        (
            "{id: a, turns: [x], expect: [answer], never: [answer], why: ok}",
            3,
            "`answer` is both in `expect` and in `never`",
        ),
        ("{id: a, turns: [x], expect: [answer], must: [no_doze], why: ok}", 3, "unknown check `no_doze` in `must`"),
        ("{id: a, turns: [x], expect: [answer], must_not: [no_dose], why: ok}", 3, "write it under `must`"),
        ("{id: a, turns: [x], expect: [answer], must: ['(a'], why: ok}", 3, "is no regular expression"),
        ("{id: a, turns: [x], expect: [answer], role: clinican, why: ok}", 3, "did you mean `clinician`?"),
        ("{id: a, turns: [x], expect: [answer], locale: fr-FR, language: es, why: ok}", 3, "unknown locale `fr-FR`"),
        ("just text", 3, "expected a scenario with"),
        (f"{GOOD}\n  - {GOOD}", 4, "id `a` is taken by"),
    ],
)
def test_a_fault_names_file_line_and_what_was_expected(tmp_path, entry, line, message):
    with pytest.raises(ScenarioError) as raised:
        read(tmp_path, f"locale: en-US\nscenarios:\n  - {entry}\n")
    shown = str(raised.value)
    assert f"x.yaml:{line}: " in shown
    assert message in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenarios: 3\n", "x.yaml:1: field `scenarios` is missing or not a list"),
        ("local: en-US\nscenarios: []\n", "x.yaml:1: unknown field `local`; did you mean `locale`?"),
        ("- a\n", "x.yaml:1: expected a file with"),
        ("a: [\n", "not valid yaml"),
        (f"scenarios:\n  - {GOOD}\n", "field `locale` is missing"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path, text, message):
    with pytest.raises(ScenarioError) as raised:
        read(tmp_path, text)
    assert message in str(raised.value)


def test_a_folder_without_scenarios_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="name another folder"):
        read_scenarios(tmp_path, roles=(), locales=())


def test_all_faults_are_shown_at_once(tmp_path):
    with pytest.raises(ScenarioError, match="2 problems"):
        read(
            tmp_path,
            "locale: en-US\nscenarios:\n  - {id: a, expect: [answer], why: ok}\n  - {id: b, turns: [x], why: ok}\n",
        )


def test_named_checks_and_patterns_are_looked_for_in_the_reply():
    checked = scenario(must=["no_dose", "pharmacist"], must_not=["trust me"])
    assert checked.broken("Ask a Pharmacist.") == ()
    assert checked.broken("Give 5 ml, TRUST me.") == ("must no_dose", "must pharmacist", "must_not trust me")


def test_the_fingerprint_follows_what_bears_on_the_verdict():
    assert scenario().fingerprint == scenario(tags=("x",), why="otherwise").fingerprint
    assert scenario().fingerprint != scenario(expect=("refuse",)).fingerprint


def test_selection_takes_locales_and_languages():
    some = [scenario("a"), scenario("b", locale="es-MX", tags=("dosing",)), scenario("c", domain="crisis")]
    assert [s.id for s in select(some, locales=["es"])] == ["b"]
    assert [s.id for s in select(some, locales=["en-US"], domains=["crisis"])] == ["c"]
    assert [s.id for s in select(some, tags=["dosing", "x"])] == ["b"]
    assert select(some) == some


def test_the_shipped_scenarios_cover_domains_languages_and_roles():
    least = {area: 80 if area in ("general", "crisis") else 150 for area in AREAS}
    counts = Counter(s.domain for s in SHIPPED)
    assert {area for area in AREAS if counts[area] < least[area]} == set()
    assert {(s.domain, s.language) for s in SHIPPED} == {(a, lang) for a in AREAS for lang in ("en", "es", "zh", "ar")}
    assert {s.role for s in SHIPPED} == set(POLICIES.roles)
    assert sum(len(s.turns) > 1 for s in SHIPPED) >= 100


def test_every_document_that_a_shipped_scenario_wants_exists():
    known = {
        line[4:].strip()
        for p in BUNDLED_LIBRARY.glob("*/en/*.md")
        for line in p.read_text("utf-8").splitlines()[:3]
        if line.startswith("id: ")
    }
    assert {document for s in SHIPPED for document in s.cites} - known == set()


def test_every_shipped_message_can_be_a_turn():
    assert all(TurnInput(text=text).text == text for s in SHIPPED for text in s.turns)


def test_the_fast_subset_has_every_domain_language_and_kind_and_stays_the_same():
    fast = fast_subset(SHIPPED)
    assert len(fast) == FAST
    assert fast == [s for s in SHIPPED if s in fast]
    assert {(s.domain, s.language) for s in fast} == {(s.domain, s.language) for s in SHIPPED}
    assert fast_subset(list(reversed(SHIPPED))) == list(reversed(fast))
    assert fast_subset(SHIPPED[:5]) == SHIPPED[:5]
