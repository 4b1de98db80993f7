"""Nothing unchecked becomes a reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from agent.composer import compose, render
from agent.models import Alternative, AlternativeSection, Draft
from agent.nodes.moderate import moderate
from policies.taxonomy import Action
from tests.unit.agent.builders import MESSAGES, Run, decision, hit, state

NO_DOSE = decision(Action.GUIDE, "no_dosage")


async def reply(draft, decided=NO_DOSE):
    return (await moderate(state(decided, draft=draft), Run().runtime))["reply"]


async def test_a_text_that_passes_is_unchanged_with_all_that_belongs_to_it():
    composed = compose([hit()], "dose", {})
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


async def test_a_stream_is_checked_while_it_is_read_and_says_afterwards_what_was_held():
    checked = await reply(Draft(stream=lambda: _pieces("Rest. ", "Take 5 ", "mg."), composer="model"))
    assert checked.text == ""
    assert checked.held_live == []
    read = [piece async for piece in checked.stream()]
    assert read == ["Rest.", f"\n\n{MESSAGES.get('held', 'en')}"]
    assert checked.held_live == ["no_dosage"]
