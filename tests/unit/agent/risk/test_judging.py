"""The parts that judge, put together over a tiny model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.adapters.guard_model import ScriptedGuard
from agent.ports import GuardVerdict
from agent.risk.cascade import Band
from agent.risk.classifier import RiskClassifier
from agent.risk.exemplars import Exemplar, ExemplarSet, FixedExemplars, Reach
from agent.risk.judging import Judging
from retrieval.embedding.hashing import HashingEmbedder
from tests.unit.agent.builders import perception

EMBEDDER = HashingEmbedder(64)


@pytest.fixture
def make(tiny_model):
    with ThreadPoolExecutor(1) as executor:
        classifier = RiskClassifier.load(tiny_model)
        yield lambda exemplars, guard: Judging(
            classifier,
            EMBEDDER,
            EMBEDDER,
            exemplars,
            executor,
            reach=Reach(0.8, 5.0),
            guard=guard,
            band=Band(0.0, 0.5),
        )


async def test_exemplars_and_guard_are_heard_in_a_turn_and_not_by_the_model_alone(make):
    told = Exemplar(id="e", text="tea for two", unsafe=True)
    exemplars = FixedExemplars({"default": ExemplarSet([told], EMBEDDER.embed([told.text]))})
    judging = make(exemplars, ScriptedGuard({"hello": GuardVerdict(True)}))
    (plain,) = judging.judge.judge([perception("tea for two")], [()])
    heard = (await judging.reviewed.assess(perception("tea for two"), ())).risk
    guarded = (await judging.reviewed.assess(perception("hello"), ())).risk
    assert (plain.exemplars, [hit.id for hit in heard.exemplars]) == ((), ["e"])
    assert heard.unsafe > plain.unsafe
    assert guarded.guard.verdict == "unsafe"
    assert exemplars.status() == "1 exemplars of 1 tenants"


async def test_without_a_guard_none_is_asked(make):
    judgement = await make(FixedExemplars({}), None).reviewed.assess(perception("hello"), ())
    assert judgement.risk.guard is None
