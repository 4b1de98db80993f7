"""The parts that judge, put together over a tiny model."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.adapters.guard_model import ScriptedGuard
from agent.errors import ArtifactError
from agent.perception import see
from agent.ports import EarlierTurn, GuardVerdict
from agent.risk.cascade import Band
from agent.risk.classifier import RiskClassifier
from agent.risk.exemplars import Exemplar, ExemplarSet, FixedExemplars, Reach
from agent.risk.features import MAX_TOKENS, MAX_WINDOWS
from agent.risk.judge import MAX_VIEWS
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


class Counting:
    """The session of a classifier, with a count of what it read."""

    def __init__(self, session) -> None:
        self._session = session
        self.rows = 0
        self.longest = 0

    def run(self, outputs, feeds):
        rows, longest = feeds["input_ids"].shape
        self.rows += rows
        self.longest = max(self.longest, longest)
        return self._session.run(outputs, feeds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "🙂" * 50,
        "🏳️‍🌈👩‍👩‍👧‍👦" * 2_000,
        "bomb tea " * 11_112,
        "a" * 100_000,
        "炸弹" * 50_000,
        "".join(chr(n % 256) for n in range(100_000)),
        "\x00\x01\x02\x7f\ufffd" * 20_000,
        "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAA" * 2_000,
    ],
    ids=[
        "empty",
        "blank",
        "emoji",
        "joined emoji",
        "long",
        "one word",
        "chinese",
        "all bytes",
        "controls",
        "base64 of a program",
    ],
)
async def test_any_text_is_judged_with_a_bounded_amount_of_work(tiny_model, text):
    classifier = RiskClassifier.load(tiny_model)
    counting = classifier._session = Counting(classifier._session)
    with ThreadPoolExecutor(1) as executor:
        judging = Judging(
            classifier,
            EMBEDDER,
            EMBEDDER,
            FixedExemplars({}),
            executor,
            reach=Reach(0.8, 5.0),
            guard=None,
            band=Band(0.25, 0.75),
        )
        judgement = await judging.reviewed.assess(see(text), (EarlierTurn("before " * 30_000, None, None),))
    assert 0.0 <= judgement.risk.unsafe <= 1.0
    assert 0 < counting.rows <= 2 * MAX_VIEWS * MAX_WINDOWS
    assert counting.longest <= MAX_TOKENS


def test_a_damaged_model_refuses_to_start_and_names_both_hashes(own_model):
    path = own_model / "encoder.onnx"
    promised = json.loads((own_model / "manifest.json").read_text())["sha256"]["encoder.onnx"]
    path.write_bytes(path.read_bytes() + b"x")
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ArtifactError, match=f"sha256 {actual[:16]}.*{promised[:16]}"):
        RiskClassifier.load(own_model)
