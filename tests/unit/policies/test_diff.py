from __future__ import annotations

from collections.abc import Callable

from policies.diff import edits, effects
from policies.loader import parse_policies
from policies.policy_set import PolicySet
from policies.reader import Source
from policies.taxonomy import Facet
from tests.unit.policies.conftest import NOW
from tests.unit.policies.trees import TEXTS, VOCABULARY, tiny_sources

Build = Callable[..., PolicySet]

EVERY = {"id": "test.every", "when": "true", "action": "answer"}
RISKY = {"id": "test.risky", "when": "risk.unsafe >= threshold.high", "action": "refuse"}


def test_edits_name_what_was_added_removed_and_changed(tiny: Build) -> None:
    vocabulary = VOCABULARY.replace("high: 0.7", "high: 0.8")
    before = tiny(EVERY, RISKY)
    after = tiny(
        {**EVERY, "action": "guide", "except": [{"when": "clinician", "because": "profession"}]},
        {"id": "test.new", "when": "text.has_pii"},
        vocabulary=vocabulary,
        texts=TEXTS.replace("title: Low", "title: Lower"),
    )
    shown = [str(edit) for edit in edits(before, after)]
    assert "~ action of rule test.every: answer -> guide" in shown
    assert "+ exception of rule test.every: clinician (profession)" in shown
    assert "+ rule test.new: guide when text.has_pii" in shown
    assert "- rule test.risky" in shown
    assert "~ threshold high: 0.7 -> 0.8" in shown
    assert any(line.startswith("~ rationale low: ") for line in shown)
    assert edits(before, before) == []


def test_effects_say_for_whom_and_where_and_which_way(tiny: Build) -> None:
    before = tiny(EVERY, RISKY)
    clinician = {"id": "test.clinician", "when": 'clinician && risk.facet == "dosing"', "action": "guide"}
    after = tiny(EVERY, {**RISKY, "when": "risk.unsafe >= 0.9"}, clinician)
    found = effects(before, after, now=NOW)
    assert [effect.looser for effect in found] == sorted((effect.looser for effect in found), reverse=True)
    plain = next(effect for effect in found if (effect.facet, effect.role) == (Facet.EVERYDAY, "public"))
    assert str(plain) == "everyday, public, in es-MX: answer, refuse from 0.7 -> answer, refuse from 0.9 (looser)"
    assert effects(before, before, now=NOW) == []


def test_effects_in_a_tenant_are_found() -> None:
    sources = tiny_sources(EVERY, RISKY)
    rule = "{id: acme.all, description: d, domain: general, when: 'true', action: guide, rationale: low}"
    overlay = Source("overlays/tenants/acme.yaml", f"title: A\nowner: o\nrules: [{rule}]\n")
    found = effects(parse_policies(sources), parse_policies([*sources, overlay]), now=NOW)
    assert {effect.where for effect in found} == {("tenant acme",)}
    assert not any(effect.looser for effect in found)
