from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from policies.errors import PolicyLoadError
from policies.policy_set import PolicySet
from policies.rule_reader import HELPLINE_KINDS
from policies.taxonomy import Action, Domain

Build = Callable[..., PolicySet]


def test_a_rule_keeps_what_its_owner_wrote(tiny: Build) -> None:
    rule = tiny(
        {
            "id": "test.whole",
            "description": "what it is for",
            "owner": "someone",
            "domain": "medical",
            "when": "risky",
            "except": [{"when": "text.has_pii", "because": "an example"}],
            "action": "guide",
            "obligations": ["cite", "lead_with_helplines:poison", "cite", "add_disclaimer: note"],
            "rationale": "low",
            "effective_from": "2026-01-01",
            "effective_until": "2027-01-01T00:00:00Z",
        }
    ).rules[0]
    assert (rule.id, rule.owner, rule.domain, rule.action) == ("test.whole", "someone", Domain.MEDICAL, Action.GUIDE)
    assert rule.when == "risky"
    assert [(e.when, e.because) for e in rule.exemptions] == [("text.has_pii", "an example")]
    assert rule.obligations == (("cite", None), ("lead_with_helplines", "poison"), ("add_disclaimer", "note"))
    assert (rule.file, rule.line) == ("rules/test.yaml", 2)
    assert rule.condition.paths == {"risk.unsafe", "context.role", "text.has_pii"}


def test_a_rule_is_in_force_from_its_first_to_before_its_last_moment(tiny: Build) -> None:
    rule = tiny({"when": "risky", "effective_from": "2026-01-01", "effective_until": "2027-01-01"}).rules[0]
    assert not rule.in_force(datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    assert rule.in_force(datetime(2026, 1, 1, tzinfo=UTC))
    assert not rule.in_force(datetime(2027, 1, 1, tzinfo=UTC))


def test_every_helpline_kind_can_be_named(tiny: Build) -> None:
    rule = tiny({"when": "risky", "obligations": [f"lead_with_helplines:{kind}" for kind in HELPLINE_KINDS]}).rules[0]
    assert len(rule.obligations) == len(HELPLINE_KINDS)


def test_domain_and_owner_of_the_file_stand_in(policies: PolicySet) -> None:
    owners = {rule.id: (rule.owner, rule.domain) for rule in policies.rules}
    assert owners["medical.dosing"] == ("medical-safety", Domain.MEDICAL)
    assert owners["crisis.threat"] == ("crisis-response", Domain.GENERAL)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"when": "risky", "domain": "medicine"}, "unknown domain `medicine`; did you mean `medical`?"),
        ({"when": 7}, "`when` is `7`, expected a text"),
        ({"when": "risky", "obligations": "cite"}, "`obligations` is `cite`, expected a list"),
        ({"when": "risky", "except": ["text.has_pii"]}, "an exception is `text.has_pii`, expected a mapping"),
        (
            {"when": "risky", "obligations": ["add_disclaimer:nothing"]},
            "unknown argument `nothing` of `add_disclaimer`",
        ),
    ],
)
def test_faults_are_named(rule: dict[str, object], message: str, tiny: Build) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        tiny(rule)
    assert message in str(caught.value)
