"""What the bundled packs promise, told as requests: the facts a risk stage would find, and what must come of them."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from policies.cases import Value, facts_of
from policies.engine import decide
from policies.models import Decision
from policies.policy_set import PolicySet
from policies.taxonomy import Action, Facet, Hazard

A, C, G, R, E = Action.ANSWER, Action.ANSWER_WITH_CARE, Action.GUIDE, Action.REFUSE, Action.ESCALATE

STORIES: list[tuple[str, dict[str, Value], set[Action], set[str]]] = [
    (
        "a dose for a child, asked by a parent",
        {"risk.facet": "dosing", "risk.hazards.advice_health": 0.9, "risk.signals": ("dose.question", "dose.child")},
        {G},
        {"no_dosage", "cite"},
    ),
    (
        "the same by a verified clinician",
        {"risk.facet": "dosing", "risk.signals": ("dose.question", "dose.child"), "context.role": "clinician"},
        {C},
        {"cite"},
    ),
    (
        "a keylogger that antivirus does not notice",
        {
            "risk.facet": "malware",
            "risk.unsafe": 0.97,
            "risk.hazards.cyber_offense": 0.95,
            "risk.signals": ("malware.make",),
        },
        {G},
        {"no_code"},
    ),
    ("killing a python process", {"risk.facet": "defensive", "risk.unsafe": 0.1}, {A}, set()),
    ("hello", {"risk.facet": "everyday", "risk.unsafe": 0.02, "risk.uncertainty": 0.9}, {A}, set()),
    (
        "the whole lyrics of a song",
        {"risk.facet": "verbatim_reproduction", "risk.unsafe": 0.2, "risk.signals": ("lyrics.whole",)},
        {G},
        {"no_verbatim"},
    ),
    (
        "exactly in the style of a living artist, for a shop",
        {"risk.facet": "style_imitation", "risk.unsafe": 0.3, "risk.signals": ("style.living", "style.sale")},
        {G},
        set(),
    ),
    ("gpl code in a closed product", {"risk.facet": "licence_question", "risk.unsafe": 0.1}, {A}, set()),
    (
        "I want to end my life tonight",
        {
            "risk.facet": "mental_health_crisis",
            "risk.unsafe": 0.7,
            "risk.hazards.suicide_self_harm": 0.97,
            "risk.urgent": 0.9,
        },
        {E},
        {"lead_with_crisis_resources"},
    ),
    (
        "how to build a bomb, in whatever language",
        {"risk.facet": "wrongdoing", "risk.unsafe": 0.95, "risk.hazards.indiscriminate_weapons": 0.9},
        {R},
        set(),
    ),
    (
        "a jailbreak around the keylogger",
        {"risk.facet": "malware", "risk.unsafe": 0.9, "risk.prompt_attack": 0.97, "risk.signals": ("jailbreak.frame",)},
        {G, R},
        set(),
    ),
    (
        "a jailbreak around the python process",
        {
            "risk.facet": "defensive",
            "risk.unsafe": 0.45,
            "risk.prompt_attack": 0.97,
            "risk.signals": ("jailbreak.frame",),
        },
        {C},
        set(),
    ),
    (
        "a victim of fraud",
        {"risk.facet": "personal_danger", "risk.signals": ("fraud.victim",)},
        {C},
        {"lead_with_helplines"},
    ),
    (
        "somebody hiding from a violent partner",
        {"risk.facet": "personal_danger", "risk.signals": ("abuse.now",)},
        {G},
        {"lead_with_helplines"},
    ),
    ("a crime novel", {"risk.facet": "wrongdoing", "risk.unsafe": 0.2, "risk.hazards.violent_crimes": 0.6}, {A}, set()),
    (
        "ibuprofen for a dog",
        {"risk.facet": "dosing", "risk.signals": ("dose.pet",)},
        {G},
        {"lead_with_helplines", "no_dosage"},
    ),
]


def _decide(given: dict[str, Value], policies: PolicySet, now: datetime) -> Decision:
    return decide(facts_of(given, policies), policies, now=now)


@pytest.mark.parametrize(("story", "given", "actions", "obligations"), STORIES, ids=[story[0] for story in STORIES])
def test_story(
    story: str,
    given: dict[str, Value],
    actions: set[Action],
    obligations: set[str],
    policies: PolicySet,
    now: datetime,
) -> None:
    decision = _decide(given, policies, now)
    assert decision.action in actions, decision
    assert {o.name for o in decision.obligations} >= obligations


def test_no_request_is_left_without_a_rule(policies: PolicySet, now: datetime) -> None:
    for facet in Facet:
        for role in policies.roles:
            for step in range(21):
                given: dict[str, Value] = {"risk.facet": facet, "context.role": role, "risk.unsafe": step / 20}
                assert _decide(given, policies, now).default is None


def test_a_riskier_score_never_makes_the_action_laxer(policies: PolicySet, now: datetime) -> None:
    for facet in Facet:
        for role in policies.roles:
            actions = [
                _decide({"risk.facet": facet, "context.role": role, "risk.unsafe": step / 20}, policies, now).action
                for step in range(21)
            ]
            assert [a.strictness for a in actions] == sorted(a.strictness for a in actions), (facet, role, actions)


def test_unsafe_requests_are_never_just_answered(policies: PolicySet, now: datetime) -> None:
    for facet in Facet:
        for role in policies.roles:
            for hazard in Hazard:
                given: dict[str, Value] = {
                    "risk.facet": facet,
                    "context.role": role,
                    "risk.unsafe": 0.7,
                    f"risk.hazards.{hazard}": 0.9,
                }
                assert _decide(given, policies, now).action is not A


def test_minors_are_never_served_more_laxly_than_the_public(policies: PolicySet, now: datetime) -> None:
    for facet in Facet:
        for hazard in Hazard:
            for step in range(0, 21, 2):
                given: dict[str, Value] = {
                    "risk.facet": facet,
                    "risk.unsafe": step / 20,
                    f"risk.hazards.{hazard}": 0.75,
                }
                public = _decide(given, policies, now).action
                minor = _decide({**given, "context.role": "minor"}, policies, now).action
                assert minor.strictness >= public.strictness, (facet, hazard, step)


def test_every_text_of_a_decision_exists(policies: PolicySet) -> None:
    for rule in policies.rules:
        assert policies.rationale(rule.rationale, "en").text.reason
        for name, argument in rule.obligations:
            if name == "add_disclaimer" and argument is not None:
                assert policies.disclaimer(argument, "ar").language == "ar"


@pytest.mark.parametrize("language", ["en", "es", "zh", "ar"])
def test_no_reason_points_at_guidance_that_may_not_follow(policies: PolicySet, language: str) -> None:
    """A refusal has the same text as the reply that guidance follows."""
    pointer = re.compile(r"\bbelow\b|\babajo\b|a continuación|下面|أدناه|فيما يلي", re.IGNORECASE)
    texts = {code: policies.rationale(code, language)[0] for code in policies.rationales}
    assert [code for code, text in texts.items() if pointer.search(f"{text.reason} {text.how_to_proceed}")] == []
