"""Candidate scenarios from recorded turns."""

from __future__ import annotations

from pathlib import Path

from agent.adapters.twins import TableJudge, assessment
from agent.models import RequestContext, TurnInput
from evals.candidates import find_candidates, write_candidates
from evals.scenario import read_scenarios
from policies.taxonomy import Action, Facet
from tests.unit.agent.builders import POLICIES
from tests.unit.agent.test_feedback import People


def people() -> People:
    return People(judge=TableJudge({"dose": assessment(Facet.DOSING, signals=("dose.question",))}))


async def test_what_was_called_wrongly_refused_or_overturned_becomes_a_scenario_that_can_be_run(tmp_path: Path):
    there = people()
    first = await there.runner.run(TurnInput(text="I am ana@example.com", context=RequestContext(tenant="acme")))
    second = TurnInput(text="what dose?", thread_id=first.thread_id, context=RequestContext(tenant="acme"))
    turn = (await there.runner.run(second)).turn_id
    await there.feedback.give(turn, "acme", "wrongly_refused")
    overturned = await there.turn("hello there")
    for turn_id, resolution in ((overturned, "policy_gap"), (first.turn_id, "upheld")):
        decision = next(r for r in there.deps.records.records if r.turn_id == turn_id)
        entry = decision.model_copy(update={"kind": "case", "body": {"event": "resolved", "resolution": resolution}})
        there.deps.records.records.append(entry.model_copy(update={"seq": len(there.deps.records.records) + 1}))
    await there.feedback.give(await there.turn("fine"), "acme", "helpful")

    found = await find_candidates(there.deps.records, there.deps.sealer)
    assert found.unreadable == 0
    dose, hello = found.scenarios
    assert (dose.domain, dose.turns[1], dose.never) == ("medical", "what dose?", (Action.REFUSE,))
    assert dose.turns[0].startswith("I am [email:")
    assert dose.why.startswith("the person says it was wrongly refused; it was guide by")
    assert (hello.turns, hello.why.split(";")[0]) == (("hello there",), "a reviewer overturned it: policy_gap")

    paths = write_candidates(found.scenarios, tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "general/candidates-en-US.yaml",
        "medical/candidates-en-US.yaml",
    ]
    read = read_scenarios(tmp_path, roles=POLICIES.roles, locales=POLICIES.locales)
    assert sorted(read, key=lambda s: s.id) == sorted(found.scenarios, key=lambda s: s.id)


async def test_what_is_erased_or_of_another_tenant_is_no_candidate():
    there = people()
    turn = await there.turn()
    await there.feedback.give(turn, "acme", "wrongly_refused")
    assert (await find_candidates(there.deps.records, there.deps.sealer, "other")).scenarios == ()
    there.deps.records.keys.keys.clear()
    found = await find_candidates(there.deps.records, there.deps.sealer, "acme")
    assert (found.scenarios, found.unreadable) == ((), 1)
