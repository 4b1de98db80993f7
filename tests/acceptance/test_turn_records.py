"""What is on record: the decision before any text, the outcome after it, and never what the person wrote."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.adapters.chat_model import ScriptedModel
from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry, Record, SubjectKey, verify
from agent.errors import RecordsUnavailable
from agent.models import TurnInput
from agent.sealing import Sealed
from tests.acceptance.world import BOMB, CRISIS, DOSE, GPL, HOMEWORK, KEYLOGGER


@pytest.mark.parametrize("text", [HOMEWORK, GPL, DOSE, BOMB, CRISIS])
async def test_the_decision_is_on_record_before_the_first_word_leaves(world, text):
    there = world()
    kinds_at_first_word = None
    async for event in there.runner.stream(TurnInput(text=text)):
        if event.name == "message.delta" and kinds_at_first_word is None:
            kinds_at_first_word = [record.kind for record in await there.all_records()]
    assert kinds_at_first_word is not None
    assert kinds_at_first_word[0] == "decision"


async def test_every_turn_leaves_one_decision_and_one_outcome_in_an_unbroken_chain(world):
    there = world()
    for text in (HOMEWORK, DOSE, BOMB):
        await there.turn(text)
    records = await there.all_records()
    assert [record.kind for record in records] == ["decision", "outcome"] * 3
    assert verify(records) == []
    assert len({record.turn_id for record in records}) == 3


async def test_the_decision_record_can_be_replayed(world):
    there = world()
    result = await there.turn(DOSE, tenant="clinic-1")
    decision, outcome = await there.all_records()
    assert decision.body["rule_ids"] == list(result.rationale.rule_ids)
    assert decision.body["policy_version"] == result.rationale.policy_version
    assert decision.body["facts"]["context"]["role"] == "public"
    assert (decision.tenant, outcome.tenant) == ("clinic-1", "clinic-1")
    assert outcome.body["cited"][0]["revision"] == result.citations[0].revision
    assert outcome.body["timings_ms"]["total"] > 0


@pytest.mark.parametrize("text", [HOMEWORK, DOSE, BOMB, CRISIS, KEYLOGGER])
async def test_no_message_text_is_on_record(world, text):
    there = world(model=ScriptedModel(["A very private reply."]))
    await there.turn(text)
    kept = "".join(record.model_dump_json() for record in await there.all_records())
    assert text[:20] not in kept
    assert "private reply" not in kept


async def test_what_was_said_is_on_record_sealed_and_redacted(world):
    there = world(model=ScriptedModel(["Write to bo@example.com then."]))
    await there.turn("I am ana@example.com. What is the capital of France?", subject="ana")
    decision, outcome = await there.all_records()
    texts = [await there.deps.sealer.unseal(Sealed.model_validate(r.body["text"])) for r in (decision, outcome)]
    assert [text.partition("email:")[0] for text in texts] == ["I am [", "Write to ["]
    assert decision.subject == outcome.subject == there.deps.sealer.secret.pseudonym("default", "ana")
    assert (outcome.body["model"]["name"], len(outcome.body["model"]["prompt"])) == ("scripted", 16)


async def test_helplines_in_our_own_replies_stay_readable(world):
    there = world()
    result = await there.turn(CRISIS)
    outcome = (await there.all_records())[-1]
    assert "988" in result.text
    assert await there.deps.sealer.unseal(Sealed.model_validate(outcome.body["text"])) == result.text


async def test_a_conversation_without_a_subject_is_a_person_of_its_own(world):
    there = world()
    first = await there.turn(HOMEWORK)
    await there.turn(HOMEWORK, thread_id=first.thread_id)
    await there.turn(HOMEWORK)
    subjects = [record.subject for record in await there.all_records() if record.kind == "decision"]
    assert subjects[0] == subjects[1] != subjects[2]
    keys = {record.body["text"]["key"] for record in await there.all_records()}
    assert len(keys) == 2


@pytest.mark.parametrize("keep", ["none", "redacted", "full"])
async def test_how_much_is_kept_is_a_setting(world, keep):
    there = world(record_text=keep)
    await there.turn("Mail me at ana@example.com")
    (body, _) = [record.body for record in await there.all_records()]
    if keep == "none":
        assert "text" not in body
    else:
        text = await there.deps.sealer.unseal(Sealed.model_validate(body["text"]))
        assert ("ana@example.com" in text) == (keep == "full")


async def test_nothing_is_answered_while_records_cannot_be_written(world):
    there = world(model=ScriptedModel(["Paris."]))
    there.records.fail = True
    failed = await there.fails(HOMEWORK)
    assert (failed.code, failed.status) == ("records_unavailable", 503)
    there.records.fail = False
    assert (await there.turn(HOMEWORK)).text == "Paris."


class NoOutcomes(MemoryRecords):
    """Takes every record but an outcome."""

    async def append(self, entry: Entry, keys: Sequence[SubjectKey] = ()) -> Record:
        if entry.kind == "outcome":
            raise RecordsUnavailable("disk full")
        return await super().append(entry, keys)


async def test_a_lost_outcome_is_logged_and_does_not_take_back_the_reply(world, caplog):
    there = world(records=NoOutcomes())
    assert (await there.turn(BOMB)).text
    assert "outcome_lost" in [getattr(record, "action", None) for record in caplog.records]


async def test_the_log_holds_ids_and_no_message_text(world, caplog):
    caplog.set_level("DEBUG", logger="agent")
    result = await world().turn(DOSE)
    assert any(getattr(record, "turn_id", None) == result.turn_id for record in caplog.records)
    assert "ibuprofen" not in caplog.text
