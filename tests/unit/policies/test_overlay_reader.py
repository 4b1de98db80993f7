"""Overlays: what they may do to the layers below, and what they may not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from policies.cases import facts_of
from policies.engine import decide
from policies.errors import PolicyLoadError
from policies.loader import parse_policies
from policies.models import Decision
from policies.policy_set import PolicySet
from policies.reader import Source
from policies.taxonomy import Action
from tests.unit.policies.conftest import NOW
from tests.unit.policies.trees import VOCABULARY, tiny_sources

RULES: Sequence[dict[str, object]] = (
    {
        "id": "base.soft",
        "when": "true",
        "action": "guide",
        "relaxable": {"to": "answer_with_care", "drop": ["cite"]},
        "obligations": ["cite", "no_code"],
    },
    {"id": "base.hard", "when": "risk.unsafe > 0.5", "action": "refuse"},
    {"id": "base.risky", "when": "risky", "action": "refuse"},
)
HEAD = "title: T\nowner: o\n"
APPETITES = VOCABULARY.replace("thresholds:", "risk_appetites: {bold: {high: 0.9}}\nthresholds:")


def build(*files: tuple[str, str], core: bool = False) -> PolicySet:
    sources = tiny_sources(*RULES, vocabulary=APPETITES)
    if core:
        rules = (
            sources.pop()
            .text.replace("rules:", "core: true\nrules:")
            .replace('"relaxable": {"to": "answer_with_care", "drop": ["cite"]}, ', "")
        )
        sources.append(Source("rules/test.yaml", rules))
    return parse_policies([*sources, *(Source(f"overlays/{name}.yaml", HEAD + text) for name, text in files)])


def outcome(policies: PolicySet, **given: object) -> Decision:
    values = {key.replace("__", "."): value for key, value in given.items()}
    return decide(facts_of(values, policies), policies, now=NOW)  # type: ignore[arg-type]  # values of any type


def change(rule: str = "base.soft", action: str = "answer_with_care", more: str = "") -> str:
    return f"changes:\n  - {{rule: {rule}, action: {action}, because: b, rationale: low{more}}}\n"


def faults(*files: tuple[str, str], core: bool = False) -> list[str]:
    with pytest.raises(PolicyLoadError) as caught:
        build(*files, core=core)
    return [str(problem) for problem in caught.value.problems]


def test_a_change_to_a_laxer_action_holds_in_its_scope_only() -> None:
    policies = build(("jurisdictions/MX", change()))
    assert outcome(policies, context__locale="es-MX").action is Action.ANSWER_WITH_CARE
    assert outcome(policies, context__locale="en").action is Action.GUIDE
    assert outcome(policies, context__locale="es-MX").rule_ids == ("jurisdiction.mx.base.soft",)
    assert outcome(policies, context__locale="es-MX").overlays == ("jurisdiction/MX",)


def test_a_laxer_rule_does_not_silence_a_stricter_one() -> None:
    policies = build(("tenants/default", change()))
    assert outcome(policies, risk__unsafe=0.6).action is Action.REFUSE


def test_a_change_to_a_stricter_action_is_always_allowed() -> None:
    policies = build(("tenants/default", change("base.hard", "escalate")), core=True)
    decision = outcome(policies, risk__unsafe=0.6)
    assert decision.action is Action.ESCALATE
    assert decision.rule_ids == ("base.hard", "base.soft", "tenant.default.base.hard")


def test_a_tenant_cannot_undo_what_its_jurisdiction_tightened() -> None:
    tighter, laxer = ("jurisdictions/US", change(action="refuse")), ("tenants/default", change())
    assert outcome(build(laxer)).action is Action.ANSWER_WITH_CARE
    assert outcome(build(laxer, tighter)).action is Action.REFUSE


def test_an_overlay_adds_rules_of_its_own() -> None:
    rule = "rules: [{id: acme.words, description: d, domain: general, when: text.has_pii, action: refuse, rationale: low}]\n"
    policies = build(("tenants/acme", rule))
    assert outcome(policies, text__has_pii=True, context__tenant="acme").action is Action.REFUSE
    assert outcome(policies, text__has_pii=True).action is Action.GUIDE


def test_obligations_stay_unless_the_pack_lets_them_go() -> None:
    kept = outcome(build(("tenants/default", change(more=", obligations: [no_steps]"))))
    assert [str(o) for o in kept.obligations] == ["cite", "no_code", "no_steps"]
    dropped = outcome(build(("tenants/default", change(more=", drop: [cite]"))))
    assert [str(o) for o in dropped.obligations] == ["no_code"]
    (fault,) = faults(("tenants/default", change(more=", drop: [no_code]")))
    assert "drops the obligation `no_code` of `base.soft`, which its pack does not allow; it allows `cite`" in fault


def test_dates_bound_a_change() -> None:
    policies = build(("tenants/default", change(more=", effective_until: 2026-01-01")))
    assert outcome(policies).action is Action.GUIDE
    policies = build(("tenants/default", change(more=", effective_from: 2026-01-01")))
    assert outcome(policies).action is Action.ANSWER_WITH_CARE


def test_a_tenant_chooses_a_risk_appetite() -> None:
    policies = build(("tenants/acme", "risk_appetite: bold\n"))
    assert "base.risky" in outcome(policies, risk__unsafe=0.8).rule_ids
    bold = outcome(policies, risk__unsafe=0.8, context__tenant="acme")
    assert ("base.risky" in bold.rule_ids, bold.risk_appetite) == (False, "bold")


def test_the_core_does_not_move_with_the_appetite() -> None:
    policies = build(("tenants/acme", "risk_appetite: bold\n"), core=True)
    assert "base.risky" in outcome(policies, risk__unsafe=0.8, context__tenant="acme").rule_ids


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("tenants/a", change("base.hard", "guide"), "4: change loosens `base.hard` from `refuse` to `guide`, which its pack does not allow"),
        ("tenants/a", change(action="answer"), "change loosens `base.soft` to `answer`, its pack allows `answer_with_care` at most"),
        ("tenants/a", change("base.sof"), "change of unknown rule `base.sof`; did you mean `base.soft`?"),
        ("tenants/a", "changes: [{rule: base.soft, action: guid, because: b}]\n", "unknown action `guid`; did you mean `guide`?"),
        ("tenants/a", "changes: [{rule: base.soft, action: refuse, because: b}]\n", "a change has no `rationale`; add it"),
        ("tenants/a", "changes: [{rule: base.soft, action: guide}]\n", "a change has no `because`; add it"),
        ("tenants/a", change(more=", source: law"), "unknown source `law`"),
        ("tenants/a", change(more=", wen: x"), "unknown field `wen` of a change; did you mean `when`?"),
        ("tenants/a", "core: true\n", "unknown field `core` of an overlay"),
        ("tenants/a", "risk_appetite: brave\n", "unknown risk appetite `brave`; known: `balanced`, `bold`"),
        ("locales/es", "risk_appetite: bold\n", "only a tenant has a `risk_appetite`"),
        ("tenants/A b", "", "tenant `A b` is no plain name"),
        ("jurisdictions/XX", "", "unknown jurisdiction `XX`; known: `MX`, `US`; rename the file"),
        ("locales/fr", "", "unknown locale `fr`"),
        ("places/US", "", "overlay lies in `overlays/places/`; move it to one of `overlays/jurisdictions/`"),
        ("tenants/a", "sources: {law: {title: t, url: 'http://x'}}\n", "source `law` has the url `http://x`, expected one that starts with `https://`"),
        ("tenants/a", "rules: [{id: base.soft, description: d, domain: general, when: 'true', action: refuse, rationale: low}]\n", "rule `base.soft` is already defined at rules/test.yaml:2"),
    ],
)  # fmt: skip
def test_faults_are_named_with_place_and_fix(name: str, text: str, message: str) -> None:
    (fault,) = faults((name, text))
    assert fault.startswith(f"overlays/{name}.yaml:")
    assert message in fault


def test_nobody_loosens_the_core() -> None:
    (fault,) = faults(("tenants/a", change()), core=True)
    assert fault.startswith("overlays/tenants/a.yaml:4: change loosens `base.soft`, which is part of the core")
