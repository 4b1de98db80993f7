"""The work of reviewers, and how a verdict reaches the person."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from agent.adapters.cases_memory import MemoryCases
from agent.adapters.chat_model import ScriptedModel
from agent.adapters.clock import FixedClock
from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry, verify
from agent.cases import Case, CaseFilter
from agent.drafting import Drafter
from agent.errors import CaseConflict, CaseTextHeld, NoDraft, RecordsUnavailable, UnknownCase
from agent.review import Review
from agent.sealing import Sealer, Secret
from tests.unit.agent.builders import MESSAGES, TEMPLATE
from tests.unit.agent.test_cases import NOW, case

SECRET = Secret(bytes(32))


class Office:
    """A review over twins, with one case of a person who wrote something."""

    def __init__(self) -> None:
        self.cases = MemoryCases()
        self.records = MemoryRecords(SECRET)
        self.sealer = Sealer(SECRET, self.records.keys)
        self.clock = FixedClock(NOW)
        self.said: list[tuple[str, str]] = []
        self.review = self.open(self.say)

    def open(self, say: Any, drafter: Drafter | None = None) -> Review:
        return Review(
            cases=self.cases,
            events=self.cases,
            records=self.records,
            sealer=self.sealer,
            messages=MESSAGES,
            clock=self.clock,
            say=say,
            drafter=drafter,
        )

    async def say(self, about: Case, text: str) -> None:
        self.said.append((about.id, text))

    async def file(self, **changes: Any) -> Case:
        pseudonym = SECRET.pseudonym("acme", "ana")
        found = await self.sealer.seal(
            "please help", "redacted", tenant="acme", subject="ana", thread_id="thread_1", language="en"
        )
        assert found is not None
        entry = Entry(
            kind="case", turn_id="turn_1", thread_id="thread_1", tenant="acme", subject=pseudonym, at=NOW, body={}
        )
        await self.records.append(entry, found.keys)
        self.sealer.stored(found.keys)
        filed = case(subject=pseudonym, context=found.sealed.model_dump(), **changes)
        await self.cases.add(filed)
        return filed


@pytest.fixture
async def office() -> Office:
    made = Office()
    await made.file()
    return made


async def test_a_reviewer_reads_claims_discusses_and_answers_and_the_person_is_told(office: Office):
    review = office.review
    assert (await review.show("case_1", "acme")).context == "please help"
    await review.claim("case_1", "acme", "bo")
    await review.comment("case_1", "acme", "cy", "looks fine")
    done = await review.resolve("case_1", "acme", "bo", "answered", "Ask a pharmacist.")
    assert (done.resolution, done.told) == ("answered", True)
    told = f"{MESSAGES.get('verdict_answered', 'en')}\n\nAsk a pharmacist."
    assert office.said == [("case_1", told)]
    ((event, text),) = await review.events("acme", "thread_1", 0)
    assert (event.name, event.resolution, text) == ("case.resolved", "answered", told)
    view = await review.show("case_1", "acme")
    assert (view.state, view.notes, view.reason) == ("resolved", ("looks fine",), "Ask a pharmacist.")
    assert await review.events("acme", "thread_1", event.seq) == []


async def test_every_step_is_on_record_without_the_words(office: Office):
    await office.review.claim("case_1", "acme", "bo")
    await office.review.comment("case_1", "acme", "bo", "secret remark")
    await office.review.reassign("case_1", "acme", "bo", "cy")
    await office.review.resolve("case_1", "acme", "cy", "upheld", "secret reason")
    steps = [record.body["event"] for record in office.records.records if "event" in record.body]
    assert steps == ["claimed", "commented", "reassigned", "resolved"]
    assert verify(office.records.records, await office.records.marks(), SECRET) == []
    assert "secret" not in "".join(record.model_dump_json() for record in office.records.records)
    assert "secret rea" not in office.cases.cases["case_1"].model_dump_json()


async def test_cases_of_another_tenant_are_unknown(office: Office):
    for call in (
        office.review.show("case_1", "other"),
        office.review.claim("case_1", "other", "bo"),
        office.review.comment("case_1", "other", "bo", "x"),
        office.review.resolve("case_1", "other", "bo", "upheld", "x"),
        office.review.show("case_9", None),
    ):
        with pytest.raises(UnknownCase):
            await call


@pytest.mark.parametrize(
    "text", ["", "  \n", "x" * 8_001, "Take 400 mg every six hours.", "key sk-abcdefghijklmnopqrstuv"]
)
async def test_what_a_reviewer_writes_is_checked_like_any_output(office: Office, text: str):
    await office.review.claim("case_1", "acme", "bo")
    with pytest.raises(CaseTextHeld):
        await office.review.resolve("case_1", "acme", "bo", "answered", text)
    assert office.said == []
    assert office.cases.cases["case_1"].resolution is None


async def test_of_two_verdicts_at_once_one_counts(office: Office):
    await office.review.claim("case_1", "acme", "bo")
    tries = [office.review.resolve("case_1", "acme", "bo", "upheld", f"reason {n}") for n in range(5)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, Case) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, CaseConflict) for outcome in outcomes) == 4
    assert len(office.said) == len(office.cases.events) == 1


class SlowRecords(MemoryRecords):
    """Others get on while a record is written."""

    async def append(self, *args: Any) -> Any:
        await asyncio.sleep(0)
        return await super().append(*args)


async def test_a_verdict_that_came_too_late_is_on_record_as_that():
    office = Office()
    await office.file()
    office.records = SlowRecords(SECRET)
    review = office.open(office.say)
    await review.claim("case_1", "acme", "bo")
    tries = [review.resolve("case_1", "acme", "bo", "upheld", f"reason {n}") for n in range(3)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, CaseConflict) for outcome in outcomes) == 2
    steps = [(record.body["event"], record.body.get("of")) for record in office.records.records[1:]]
    assert Counter(steps) == {("resolved", None): 3, ("not_changed", "resolved"): 2}


async def test_a_verdict_that_was_not_told_is_told_by_a_running_service(office: Office):
    command_line = office.open(None)
    await command_line.claim("case_1", "acme", "bo")
    done = await command_line.resolve("case_1", "acme", "bo", "upheld", "because")
    assert (done.told, office.said) == (False, [])
    async with office.review.watching():
        for _ in range(100):
            await asyncio.sleep(0.01)
            if office.cases.cases["case_1"].told:
                break
    assert [text.endswith("because") for _, text in office.said] == [True]
    assert await office.review.tell_all() == 0


async def test_a_missing_guidance_is_noted_as_a_gap(office: Office):
    await office.review.claim("case_1", "acme", "bo")
    await office.review.resolve("case_1", "acme", "bo", "guidance_gap", "we have nothing on this")
    (gap,) = [record for record in office.records.records if record.kind == "gap"]
    assert (gap.body["facet"], (await office.sealer.opened(gap)).body["text"]) == ("dosing", "please help")


async def test_an_erased_person_is_neither_read_nor_told(office: Office):
    command_line = office.open(None)
    await command_line.claim("case_1", "acme", "bo")
    await command_line.resolve("case_1", "acme", "bo", "upheld", "because")
    pseudonym = SECRET.pseudonym("acme", "ana")
    await office.records.keys.destroy("acme", pseudonym)
    office.sealer.forget("acme", pseudonym)
    view = await office.review.show("case_1", "acme")
    assert (view.context, view.reason) == (None, None)
    await office.review.tell_all()
    assert office.said == []
    assert office.cases.cases["case_1"].told
    with pytest.raises(RecordsUnavailable, match="erased"):
        await office.review.comment("case_1", "acme", "bo", "hm")


async def test_a_change_that_cannot_be_recorded_does_not_happen(office: Office):
    office.records.fail = True
    with pytest.raises(RecordsUnavailable):
        await office.review.claim("case_1", "acme", "bo")
    assert office.cases.cases["case_1"].claimed_by is None


async def test_the_list_and_the_sums(office: Office):
    assert [found.id for found in await office.review.find(CaseFilter(tenant="acme"))] == ["case_1"]
    office.clock.moment = NOW + timedelta(hours=2)
    sums = await office.review.metrics("acme")
    assert (sums.open, sums.late) == (1, 1)
    assert (await office.review.metrics("other")).open == 0


async def test_a_draft_of_the_model_is_read_approved_and_told(office: Office):
    model = ScriptedModel(["Ask a ", "pharmacist."])
    review = office.open(office.say, Drafter(model, TEMPLATE))
    await review.claim("case_1", "acme", "bo")
    assert (await review.draft("case_1", "acme", "bo")).draft == "Ask a pharmacist."
    assert "please help" in model.asked[0][1].text
    assert "pharmacist" not in office.cases.cases["case_1"].model_dump_json()
    with pytest.raises(CaseTextHeld, match="leave `text` out"):
        await review.resolve("case_1", "acme", "bo", "draft_approved", "something else")
    done = await review.resolve("case_1", "acme", "bo", "draft_approved", "")
    assert (done.resolution, office.said[0][1].endswith("Ask a pharmacist.")) == ("draft_approved", True)
    steps = [record.body["event"] for record in office.records.records if "event" in record.body]
    assert steps == ["claimed", "drafted", "resolved"]
    assert (await review.metrics("acme")).rules[0].overturned == 1


async def test_a_draft_that_no_check_lets_pass_is_not_kept(office: Office):
    review = office.open(office.say, Drafter(ScriptedModel(["Take 400 mg every six hours."]), TEMPLATE))
    await review.claim("case_1", "acme", "bo")
    with pytest.raises(CaseTextHeld):
        await review.draft("case_1", "acme", "bo")
    assert office.cases.cases["case_1"].draft is None


async def test_without_a_model_a_claim_or_a_draft_there_is_nothing_to_approve(office: Office):
    with pytest.raises(NoDraft, match="HANDRAIL_MODEL"):
        await office.review.draft("case_1", "acme", "bo")
    model = ScriptedModel()
    with pytest.raises(CaseConflict, match="claim it first"):
        await office.open(office.say, Drafter(model, TEMPLATE)).draft("case_1", "acme", "bo")
    assert model.asked == []
    await office.review.claim("case_1", "acme", "bo")
    with pytest.raises(NoDraft, match="has no draft to approve"):
        await office.review.resolve("case_1", "acme", "bo", "draft_approved", "")
