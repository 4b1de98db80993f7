"""Checks on text before it leaves."""

from __future__ import annotations

import pytest

from agent.moderation.checks import CHECKS, checks_for, surviving, violations
from policies.models import OBLIGATIONS
from policies.taxonomy import LANGUAGES, Action
from tests.unit.agent.builders import HELPLINES, MESSAGES, POLICIES, decision


def test_the_checks_are_those_the_decision_asks_for_and_always_secrets():
    assert set(checks_for(decision(Action.ANSWER))) == {"secrets"}
    assert set(checks_for(decision(Action.GUIDE, "no_dosage", "cite"))) == {"secrets", "no_dosage"}


def test_every_check_but_secrets_is_an_obligation_that_policies_know():
    assert set(CHECKS) - {"secrets"} <= set(OBLIGATIONS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_our_own_is_ever_held(language):
    texts = [MESSAGES.get(key, language) for key in MESSAGES.texts]
    texts += [line.text(language) for line in HELPLINES.lines]
    texts += [POLICIES.disclaimer(name, language).text for name in POLICIES.disclaimers]
    for code in POLICIES.rationales:
        texts += POLICIES.rationale(code, language).text.model_dump().values()
    assert [text for text in texts if violations(text, CHECKS)] == []


def test_what_passes_is_kept_and_what_held_the_rest_is_named_once():
    kept, held = surviving(["Rest.", "Take 5 mg.", "Or 10 mg.", "```"], CHECKS)
    assert (kept, held) == (["Rest."], ["no_dosage", "no_code"])
