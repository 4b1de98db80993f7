"""Nothing unchecked becomes a reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from agent.adapters.twins import ListSearch, WordJudge
from agent.composer import compose, render
from agent.models import (
    Alternative,
    AlternativeSection,
    Draft,
    MessageDelta,
    MessageHeld,
    Retrieved,
    Switched,
    TurnInput,
)
from agent.moderation import CHECKS, MODEL_CHECKS, Limits
from agent.nodes.moderate import mode_of, moderate, why_held
from agent.selection import Reader
from policies.taxonomy import LANGUAGES, Action, Facet
from tests.unit.agent.builders import MESSAGES, Run, context, decision, facts, hit, state

NO_DOSE = decision(Action.GUIDE, "no_dosage")


async def reply(draft, decided=NO_DOSE):
    return (await moderate(state(decided, draft=draft), Run().runtime))["reply"]


async def test_a_text_that_passes_is_unchanged_with_all_that_belongs_to_it():
    composed = compose(Retrieved(hits=(hit(),)), {}, Reader())
    draft = Draft(text="Fine.", alternative=composed.alternative, citations=composed.citations, composer="extractive")
    passed = await reply(draft)
    assert (passed.text, passed.alternative, passed.citations, passed.composer, passed.held) == (
        "Fine.",
        composed.alternative,
        composed.citations,
        "extractive",
        (),
    )


async def test_a_paragraph_that_breaks_a_limit_is_left_out_and_the_rest_still_arrives():
    held = await reply(Draft(text="Call 911.\n\nGive\n5 mg.\n\nRest.", composer="extractive"))
    assert held.text == f"Call 911.\n\nRest.\n\n{MESSAGES.get('held', 'en')}"
    assert held.held == ("no_dosage",)


async def test_what_is_left_out_of_the_text_is_left_out_of_the_alternative():
    sections = tuple(
        AlternativeSection(heading="H", text=text, citations=(1,)) for text in ("Rest. [1]", "Give\n5 mg. [1]")
    )
    both = Alternative(urgency="routine", sections=sections)
    kept = await reply(Draft(text=render(both), alternative=both, composer="extractive"))
    assert kept.alternative.sections == sections[:1]
    none = Alternative(urgency="routine", sections=sections[1:])
    assert (await reply(Draft(text=render(none), alternative=none, composer="extractive"))).alternative is None


async def test_only_the_limits_of_the_decision_count():
    assert (await reply(Draft(text="Give 5 mg.", composer="extractive"), decision(Action.ANSWER))).held == ()


async def _pieces(*pieces: str) -> AsyncGenerator[str, None]:
    for piece in pieces:
        yield piece


LIKE_IT = Draft(stream=lambda: _pieces("Rest. ", "Take 5 ", "mg."), composer="model")


async def parts_of(draft, decided=NO_DOSE, about=None, **deps):
    run = Run(context(**deps))
    made = (await moderate(state(decided, about, draft=draft), run.runtime))["reply"]
    assert made.text == ""
    return [part async for part in made.stream()], run


async def test_a_stream_is_checked_while_it_is_read_and_says_what_was_held_and_why():
    parts, _ = await parts_of(LIKE_IT)
    closing = MESSAGES.get("held", "en")
    assert [part.text for part in parts if isinstance(part, MessageDelta)] == ["Rest.", f"\n\n{closing}"]
    assert parts[1] == MessageHeld(checks=("no_dosage",), at=5, outcome="stopped", reason=closing)


async def test_a_stopped_reply_goes_over_to_guidance_where_there_is_some():
    parts, run = await parts_of(LIKE_IT, about=facts(Facet.DOSING), search=ListSearch([hit()]))
    (switched,) = [part for part in parts if isinstance(part, Switched)]
    assert switched.alternative.sections[0].text == "Ask a pharmacist. [1]"
    assert "".join(part.text for part in parts if isinstance(part, MessageDelta)).endswith("Ask a pharmacist. [1]")
    assert [event.found for event in run.sent] == [1]


async def test_a_reply_that_was_only_too_long_needs_no_guidance():
    parts, run = await parts_of(
        Draft(stream=lambda: _pieces("Rest. " * 100), composer="model"),
        about=facts(Facet.DOSING),
        search=ListSearch([hit()]),
        limits=Limits(chars=50),
    )
    assert parts[-1].text.endswith(MESSAGES.get("held_length", "en"))
    assert run.sent == []


async def test_hazards_are_judged_where_there_is_a_judge():
    parts, _ = await parts_of(LIKE_IT, decision(Action.ANSWER), output_judge=WordJudge({"Rest": "violent_crimes"}))
    assert parts[-1].text == MESSAGES.get("held_hazards", "en")


async def test_what_helplines_and_the_person_say_is_not_private():
    draft = Draft(stream=lambda: _pieces("Call 1-800-222-1222 or a.b@host.org. ", "Or c.d@host.org."), composer="model")
    ctx = context(TurnInput(text="I am a.b@host.org"))
    made = (await moderate(state(NO_DOSE, draft=draft), Run(ctx).runtime))["reply"]
    text = "".join([part.text async for part in made.stream() if isinstance(part, MessageDelta)])
    assert text == "Call 1-800-222-1222 or a.b@host.org. Or [email]."


@pytest.mark.parametrize(
    ("asked", "can_retract", "mode"),
    [
        ((), True, "sentence"),
        (("stream:live",), True, "live"),
        (("stream:live",), False, "sentence"),
        (("stream:live", "stream:full"), True, "full"),
        (("stream:sentence", "stream:live"), True, "sentence"),
    ],
)
def test_the_most_careful_mode_that_a_rule_asks_for_counts(asked, can_retract, mode):
    assert mode_of(decision(Action.ANSWER, *asked), can_retract=can_retract) == mode


def test_every_check_has_words_for_the_person():
    for check in (*CHECKS, *MODEL_CHECKS):
        for language in LANGUAGES:
            assert why_held((check,), context(), language)
    assert why_held(("no_dosage",), context(), "en") == MESSAGES.get("held", "en")
