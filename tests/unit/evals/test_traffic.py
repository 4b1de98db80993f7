from __future__ import annotations

from agent.audit import verify
from evals.traffic import made_up_records
from policies.loader import load_policies
from policies.models import Facts
from policies.replay import replay

POLICIES = load_policies()


def test_the_same_seed_gives_the_same_records():
    first, again, other = (list(made_up_records(POLICIES, turns=20, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert verify(first) == []


def test_records_are_as_the_service_writes_them_and_spread_over_everything():
    records = list(made_up_records(POLICIES, turns=600, seed=3))
    for record in records:
        facts = Facts.model_validate(record.body["facts"])
        assert replay(facts, POLICIES, record.at).action == record.body["action"]
    contexts = [record.body["facts"]["context"] for record in records]
    assert {context["role"] for context in contexts} == set(POLICIES.roles)
    assert {record.body["action"] for record in records} == {
        "answer",
        "answer_with_care",
        "guide",
        "refuse",
        "escalate",
    }
    assert len({record.body["facts"]["risk"]["facet"] for record in records}) == 25
