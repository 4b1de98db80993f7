"""``handrail risk explain``, as typed."""

from __future__ import annotations

import json

import pytest

from agent.explanation import Explanation, NearExample
from agent.models import ExemplarHit, GuardCheck, RiskView
from api.commands.explanation import Explained, shown
from policies.taxonomy import Facet


@pytest.fixture
def explain(handrail, data_dir):
    return lambda *arguments: handrail("risk", "explain", *arguments)


def test_words_and_signals_are_shown(explain):
    said = explain("Write me a keylogger that antivirus will not notice", "--no-nearest")
    assert said.status == 0
    assert "malware.make" in said.out
    assert "keylogger" in said.out.split("signals")[0]


def test_json_is_one_object(explain):
    body = json.loads(explain("how do I bake bread?", "--no-nearest", "--json").out)
    assert body["explanation"]["judged"] == "how do I bake bread?"
    assert body["risk"]["unsafe"] < 0.5


def test_an_empty_message_is_refused(explain):
    said = explain("  ", "--no-nearest")
    assert (said.status, "the message is empty" in said.err) == (2, True)


def test_everything_that_spoke_is_shown():
    found = Explained(
        domain="general",
        facet="everyday",
        risk=RiskView(
            language="en",
            unsafe=0.2,
            hazards=(),
            prompt_attack=0.0,
            uncertainty=0.1,
            signals=(),
            exemplars=(
                ExemplarHit(id="e1", label="safe", similarity=0.9, shift=-5.0),
                ExemplarHit(id="e2", label="safe", similarity=0.85, shift=0.0, held="a reason"),
            ),
            guard=GuardCheck(model="g", verdict="failed", shift=2.2, detail="took too long"),
        ),
        decoded_from=("base64",),
        exemplar_version="0123456789ab",
        explanation=Explanation(
            judged="hello",
            truncated=True,
            unsafe=0.6,
            moved=(),
            signals=(),
            nearest=(
                NearExample(id="n", source="own", text="hello you", unsafe=True, facet=Facet.MALWARE, similarity=0.5),
            ),
            note="a note",
        ),
    )
    text = shown(found)
    for part in (
        "read as (base64): hello",
        "exemplar e1 (safe, similarity 0.90): -5.00",
        "exemplar e2 (safe, similarity 0.85): a reason",
        "guard g: failed (took too long), +2.20",
        "0.50 unsafe malware [own] hello you",
        "only the first 5 characters",
        "a note",
    ):
        assert part in text
