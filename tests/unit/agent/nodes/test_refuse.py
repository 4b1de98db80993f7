"""Decline with a reason."""

from __future__ import annotations

import pytest

from agent.models import Retrieved
from agent.nodes.refuse import refuse
from agent.views import rationale_view
from policies.taxonomy import LANGUAGES, Action
from tests.unit.agent.builders import MESSAGES, POLICIES, Run, decision, facts, state


async def draft(decided, language="en", **parts):
    return (await refuse(state(decided, facts(language=language), **parts), Run().runtime))["draft"]


@pytest.mark.parametrize("code", sorted(POLICIES.rationales))
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_rationale_makes_a_whole_refusal_in_every_language(code, language):
    made = await draft(decision(Action.REFUSE, rationale=code), language)
    why = rationale_view(decision(Action.REFUSE, rationale=code), POLICIES, facts(language=language).context)
    assert [part for part in (why.reason, why.how_to_proceed, why.appeal) if part not in made.text] == []
    assert (made.alternative, made.composer) == (None, "catalogue")


@pytest.mark.parametrize(
    ("found", "said"),
    [(Retrieved(), "nothing_found"), (Retrieved(error="down"), "guidance_unavailable"), (None, None)],
)
async def test_it_says_why_there_is_no_guidance_only_where_there_should_have_been(found, said):
    made = await draft(decision(Action.GUIDE, rationale="malware"), **({"retrieved": found} if found else {}))
    told = [key for key in ("nothing_found", "guidance_unavailable") if MESSAGES.get(key, "en") in made.text]
    assert told == ([said] if said else [])


async def test_helplines_that_are_owed_are_given_with_a_refusal_too():
    made = await draft(decision(Action.REFUSE, "lead_with_crisis_resources", rationale="unsafe_general"))
    assert "988" in made.text.split("\n\n")[0]
