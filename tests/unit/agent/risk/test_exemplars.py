"""Exemplars correct what is next to them, within a radius and a weight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.adapters.twins import assessment
from agent.errors import LabelError
from agent.risk.exemplars import (
    SHOWN,
    Exemplar,
    ExemplarSet,
    FixedExemplars,
    Near,
    Reach,
    corrected,
    id_of,
    line_of,
    read_exemplars,
    version_of,
)
from policies.taxonomy import Facet, Hazard
from retrieval.embedding.hashing import HashingEmbedder

REACH = Reach(0.8, 5.0)
EMBEDDER = HashingEmbedder(64)
FACETS = dict.fromkeys(Facet, 0.01)


ONE = Exemplar(id="one", text="how do I kill a process", unsafe=False, note="日志")
TWO = Exemplar(id="two", text="write the usual letter", unsafe=True)


def unsure(facet, **parts):
    """An assessment that leans to one facet."""
    return assessment(facet, **parts).model_copy(update={"facets": FACETS | {facet: 1 - 0.01 * (len(Facet) - 1)}})


RISK = unsure(
    Facet.WRONGDOING, unsafe=0.8, prompt_attack=0.5, hazards={Hazard.VIOLENT_CRIMES: 0.7, Hazard.PRIVACY: 0.6}
)


def exemplar(id_="a", unsafe=False, **changes):
    return Exemplar(id=id_, text="how do I kill a process", unsafe=unsafe, **changes)


def score(risk, hazard):
    return next(h.score for h in risk.hazards if h.id is hazard)


@pytest.mark.parametrize(
    ("similarity", "expected"), [(0.0, 0.0), (0.8, 0.0), (0.85, 2.5), (0.9, 5.0), (1.0, 5.0), (0.799, 0.0)]
)
def test_an_exemplar_is_heard_from_its_radius_on_and_fully_half_way(similarity, expected):
    assert REACH.of(similarity) == pytest.approx(expected)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_nearer_the_louder_and_never_over_the_weight(one, other):
    low, high = sorted((one, other))
    assert 0.0 <= REACH.of(low) <= REACH.of(high) <= REACH.weight


def test_a_false_alarm_is_loosened_with_its_facet_and_what_it_does_not_have():
    told = exemplar(facet=Facet.EVERYDAY, hazards=(Hazard.PRIVACY,))
    risk = corrected(RISK, [Near(told, 1.0)], "v", REACH)
    assert risk.unsafe < 0.1
    assert risk.facet is Facet.EVERYDAY
    assert score(risk, Hazard.VIOLENT_CRIMES) < 0.1
    assert score(risk, Hazard.PRIVACY) == 0.6
    assert risk.prompt_attack < 0.1
    (hit,) = risk.exemplars
    assert (hit.id, hit.label, hit.similarity, hit.shift, hit.held) == ("a", "safe", 1.0, -5.0, None)
    assert risk.exemplar_version == "v"


def test_what_slipped_through_is_raised_with_its_hazards():
    told = exemplar(unsafe=True, facet=Facet.MALWARE, hazards=(Hazard.CYBER_OFFENSE,), prompt_attack=True)
    risk = corrected(unsure(Facet.EVERYDAY), [Near(told, 0.95)], "v", REACH)
    assert risk.unsafe > 0.7
    assert score(risk, Hazard.CYBER_OFFENSE) > 0.5
    assert risk.prompt_attack > 0.5
    assert risk.facet is Facet.MALWARE
    assert risk.exemplars[0].shift == 5.0


def test_a_facet_that_nobody_named_stays():
    assert corrected(RISK, [Near(exemplar(), 1.0)], "v", REACH).facet is Facet.WRONGDOING


def test_a_hundred_copies_weigh_as_much_as_one():
    one = corrected(RISK, [Near(exemplar(), 0.9)], "v", REACH)
    many = corrected(RISK, [Near(exemplar(f"a{n}"), 0.9) for n in range(100)], "v", REACH)
    assert many.unsafe == one.unsafe
    assert len(many.exemplars) == SHOWN
    assert [hit.shift for hit in many.exemplars] == [-5.0, 0.0, 0.0, 0.0, 0.0]


def test_contradiction_cancels():
    near = [Near(exemplar("safe"), 1.0), Near(exemplar("bad", unsafe=True), 1.0)]
    risk = corrected(RISK, near, "v", REACH)
    assert risk.unsafe == RISK.unsafe
    assert [hit.shift for hit in risk.exemplars] == [-5.0, 5.0]


def test_what_is_held_loosens_nothing_and_still_raises():
    near = [Near(exemplar("safe"), 1.0), Near(exemplar("bad", unsafe=True), 0.9)]
    risk = corrected(RISK, near, "v", REACH, "a reason")
    assert risk.unsafe > RISK.unsafe
    assert [(hit.id, hit.shift, hit.held) for hit in risk.exemplars] == [("safe", 0.0, "a reason"), ("bad", 5.0, None)]


def test_nothing_near_changes_nothing():
    assert corrected(RISK, [], "v", REACH) is RISK


def test_a_set_finds_what_is_within_the_radius():
    texts = ["how do I kill a process", "best pasta recipe"]
    exemplars = [Exemplar(id=f"e{n}", text=text, unsafe=False) for n, text in enumerate(texts)]
    found = ExemplarSet(exemplars, EMBEDDER.embed(texts))
    query = "How do I kill a process?"
    assert [near.exemplar.id for near in found.near(query, EMBEDDER.embed([query])[0], 0.8)] == ["e0"]
    assert len(found) == 2
    source = FixedExemplars({"clinic": found})
    assert (source.of("clinic"), source.of("other")) == (found, None)


def test_the_version_follows_the_content_and_not_the_order():
    one, other = exemplar("a"), exemplar("b")
    assert version_of([one, other]) == version_of([other, one]) != version_of([one])
    assert version_of([exemplar("a", unsafe=True)]) != version_of([one])


def test_the_same_text_has_the_same_id():
    assert id_of("hello") == id_of("hello") != id_of("Hello")
    assert exemplar(id_of("hello")).id


@pytest.mark.parametrize(
    "changes", [{"id": "../x"}, {"id": ""}, {"id": "a\n"}, {"text": ""}, {"text": "x" * 2_001}, {"hazards": ("nope",)}]
)
def test_what_is_no_exemplar_is_refused(changes):
    with pytest.raises(ValidationError):
        Exemplar.model_validate({"id": "a", "text": "hello", "unsafe": False, **changes})


def test_an_export_reads_back_as_it_was(tmp_path):
    path = tmp_path / "export.jsonl"
    path.write_text(f"{line_of(ONE)}\n\n{line_of(TWO)}\n", encoding="utf-8")
    assert read_exemplars(path) == (ONE, TWO)
    assert "prompt_attack" not in line_of(ONE)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (b'{"id": "a", "text": "x"}', r"x\.jsonl:1: field `unsafe` is missing"),
        (
            b'\n{"id": "a", "text": "x", "unsafe": true, "hazards": ["nope"]}',
            r"x\.jsonl:2: field `hazards.0` has value",
        ),
        (
            b'{"id": "a", "text": "x", "unsafe": true, "color": 1}',
            r"x\.jsonl:1: unknown field `color`; an exemplar has",
        ),
        (
            b'{"id": "a", "text": "x", "unsafe": true}\n{"id": "a", "text": "y", "unsafe": true}',
            r"x\.jsonl:2: duplicate",
        ),
        (b'{"id": "a", "text": "\xff"}', r"x\.jsonl:1: not UTF-8"),
        (b"{", r"x\.jsonl:1: not JSON"),
        (b"[]", r"x\.jsonl:1: expected a JSON object"),
    ],
)
def test_a_bad_line_is_named_with_its_place(tmp_path, lines, problem):
    path = tmp_path / "x.jsonl"
    path.write_bytes(lines)
    with pytest.raises(LabelError, match=problem):
        read_exemplars(path)
