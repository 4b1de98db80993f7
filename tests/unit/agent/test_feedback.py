"""What people say of turns: on record, added up, sampled into review."""

from __future__ import annotations

from typing import Any

import pytest

from agent.errors import RecordsUnavailable, TooMuchFeedback, UnknownTurn
from agent.feedback import MOST, Feedback
from agent.metrics import Metrics
from agent.models import RequestContext, TurnInput
from agent.sealing import Sealed
from tests.unit.agent.builders import NOW, context
from tests.unit.agent.test_runner import runner


class People:
    """A runner over twins, and what people say of its turns."""

    def __init__(self, share: float = 1.0, **parts: Any) -> None:
        self.runner = runner(**parts)
        self.deps = self.runner._deps
        self.metrics = Metrics()
        self.feedback = Feedback(
            records=self.deps.records,
            cases=self.deps.cases,
            sealer=self.deps.sealer,
            clock=self.deps.clock,
            review_share=share,
            metrics=self.metrics,
        )

    async def turn(self, text: str = "Write to ana@example.com", tenant: str = "acme") -> str:
        request = TurnInput(text=text, context=RequestContext(tenant=tenant, subject="ana"))
        return (await self.runner.run(request)).turn_id

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        return [record.body for record in self.deps.records.records if record.kind == kind]


async def test_what_is_said_is_on_record_with_rules_and_documents_and_the_words_are_sealed_and_redacted():
    people = People()
    turn = await people.turn()
    given = await people.feedback.give(turn, "acme", "helpful", "Thanks, call me on ana@example.com")
    assert (given.turn_id, given.verdict, given.case_id) == (turn, "helpful", None)
    (body,) = people.bodies("feedback")
    assert (body["verdict"], body["documents"], body["domain"]) == ("helpful", [], "general")
    assert body["rule_ids"] == people.bodies("decision")[0]["rule_ids"]
    record = people.deps.records.records[-1]
    assert (record.turn_id, record.tenant, record.at) == (turn, "acme", NOW)
    text = await people.deps.sealer.unseal(Sealed.model_validate(body["text"]))
    assert text.startswith("Thanks, call me on [email:")
    assert b'handrail_feedback_total{action="answer",verdict="helpful"} 1.0' in people.metrics.exposition()


async def test_saying_it_again_changes_nothing_and_there_is_an_end():
    people = People()
    turn = await people.turn()
    for _ in range(3):
        await people.feedback.give(turn, None, "accepted")
    assert len(people.bodies("feedback")) == 1
    for n in range(MOST - 1):
        await people.feedback.give(turn, None, "helpful", f"words {n}")
    with pytest.raises(TooMuchFeedback):
        await people.feedback.give(turn, None, "helpful", "more")
    assert (await people.feedback.give(turn, None, "accepted")).verdict == "accepted"


async def test_turns_of_another_tenant_are_unknown():
    people = People()
    turn = await people.turn()
    for turn_id, tenant in ((turn, "other"), ("turn_0", None)):
        with pytest.raises(UnknownTurn):
            await people.feedback.give(turn_id, tenant, "helpful")


@pytest.mark.parametrize("keep", ["full", "redacted", "none"])
async def test_a_turn_that_is_called_wrong_comes_before_a_reviewer_once_and_redacted(keep: str):
    people = People(record_text=keep)
    turn = await people.turn()
    first = await people.feedback.give(turn, "acme", "wrongly_refused", "it is my own address")
    again = await people.feedback.give(turn, "acme", "not_what_i_asked")
    assert first.case_id == again.case_id
    (case,) = people.deps.cases.cases.values()
    assert (case.id, case.turn_id, case.tenant, case.queue) == (first.case_id, turn, "acme", "general")
    assert [body["because"] for body in people.bodies("case")] == ["wrongly_refused"]
    if keep == "none":
        assert (case.context, case.notes) == (None, ())
        return
    assert (await people.deps.sealer.unseal(Sealed.model_validate(case.context))).startswith("Write to [email:")
    assert await people.deps.sealer.unseal(Sealed.model_validate(case.notes[0].text)) == "it is my own address"


async def test_only_a_share_of_them_is_looked_at():
    people = People(share=0.0)
    assert (await people.feedback.give(await people.turn(), "acme", "wrongly_refused")).case_id is None
    some = People(share=0.5)
    cases = [(await some.feedback.give(await some.turn(), "acme", "wrongly_refused")).case_id for _ in range(40)]
    assert 5 < sum(case is not None for case in cases) < 35


async def test_after_an_erasure_the_words_are_not_kept():
    people = People()
    turn = await people.turn()
    pseudonym = people.deps.sealer.secret.pseudonym("acme", "ana")
    await people.deps.records.keys.destroy("acme", pseudonym)
    people.deps.sealer.forget("acme", pseudonym)
    await people.feedback.give(turn, "acme", "helpful", "secret words")
    assert "text" not in people.bodies("feedback")[0]


async def test_without_the_records_nothing_is_taken():
    people = People()
    turn = await people.turn()
    people.deps.records.fail = True
    with pytest.raises(RecordsUnavailable):
        await people.feedback.give(turn, "acme", "helpful")


async def test_the_report_counts_turns_by_rule_and_by_document_worst_first():
    people = People(share=0.0)
    template = context()
    for turn, verdict, rules, documents in (
        ("a", "helpful", ["r1"], ["doc"]),
        ("b", "wrongly_refused", ["r1", "r2"], []),
        ("b", "wrongly_refused", ["r1", "r2"], []),
        ("b", "helpful", ["r1", "r2"], []),
    ):
        body = {"verdict": verdict, "rule_ids": rules, "documents": documents}
        await template.record("feedback", "acme", body)
        people.deps.records.records.append(template.deps.records.records[-1].model_copy(update={"turn_id": turn}))
    for seq, record in enumerate(people.deps.records.records):
        people.deps.records.records[seq] = record.model_copy(update={"seq": seq + 1})
    found = await people.feedback.report("acme")
    assert (found.turns, found.verdicts) == (2, {"helpful": 2, "wrongly_refused": 1})
    assert [(said.name, said.turns, said.wrong) for said in found.rules] == [("r2", 1, 1.0), ("r1", 2, 0.5)]
    assert [(said.name, said.wrong) for said in found.documents] == [("doc", 0.0)]
    assert (await people.feedback.report("other")).turns == 0
