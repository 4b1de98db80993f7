"""The extractive composer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.composer import MAX_DOCUMENTS, MAX_WORDS, compose, render, with_helplines
from agent.moderation import CHECKS, violations
from corpora.library import load_library
from retrieval.models import SearchHit
from retrieval.sections import sections_of
from tests.unit.agent.builders import HELPLINES, hit

WORDS = [
    "water",
    "label",
    "doctor",
    "child",
    "pharmacist",
    "night",
    "call",
    "two",
    "tablets",
    "5 mg",
    "rest",
    "孩子",
    "药师",
]
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(
    lambda words: " ".join(words).capitalize() + "."
)
HITS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "e"]),
        st.sampled_from(["do-now", "avoid", "what-it-is"]),
        st.lists(SENTENCE, min_size=1, max_size=8).map(" ".join),
    ),
    max_size=8,
    unique_by=lambda item: item[:2],
).map(lambda items: [hit(*item) for item in items])


@given(HITS, st.integers(30, 200))
def test_every_sentence_is_of_a_section_cited_and_allowed_and_the_whole_is_bounded(hits, most):
    composed = compose(hits, "what about the child", CHECKS, max_words=most)
    if composed.alternative is None:
        assert composed.citations == ()
        return
    by_place = {(h.section.document_id, h.section.section): h.section.text for h in hits}
    cited = {c.n: by_place[c.document_id, c.section] for c in composed.citations}
    assert list(cited) == list(range(1, len(cited) + 1))
    words = 0
    for part in composed.alternative.sections:
        for line in part.text.splitlines():
            sentence, n = re.fullmatch(r"(.+) \[(\d+)\]", line).groups()
            assert sentence in cited[int(n)]
            assert violations(sentence, CHECKS) == ()
            words += len(sentence.split())
    assert words <= most
    assert len({c.document_id for c in composed.citations}) <= MAX_DOCUMENTS


def test_what_a_limit_forbids_is_left_out_and_named():
    composed = compose([hit(text="Give 5 mg. Ask a pharmacist.")], "dose", CHECKS)
    assert composed.alternative.sections[0].text == "Ask a pharmacist. [1]"
    assert composed.held == ("no_dosage",)


def test_nothing_left_means_no_alternative():
    assert compose([hit(text="Give 5 mg.")], "dose", CHECKS).alternative is None
    assert compose([], "dose", CHECKS).alternative is None


def test_what_was_said_is_not_said_again():
    same = "Ask a pharmacist to check the amount with you tonight."
    composed = compose([hit("a", text=same), hit("b", text=same)], "dose", {})
    assert len(composed.citations) == 1


def test_sections_stand_in_the_order_in_which_a_person_can_act():
    hits = [hit("a", "avoid", "Never guess the amount."), hit("a", "do-now", "Read the label.")]
    composed = compose(hits, "dose", {})
    assert [c.section for c in composed.citations] == ["do-now", "avoid"]
    assert [s.heading for s in composed.alternative.sections] == ["Title a", "Heading avoid"]


def test_the_most_urgent_section_sets_the_urgency():
    composed = compose([hit("a"), hit("b", text="Call for help at once.", urgency="emergency")], "dose", {})
    assert composed.alternative.urgency == "emergency"


def test_next_steps_are_at_most_three_and_not_repeated():
    hits = [
        hit(d, text=t, next_steps=("One?", "Two?", f"{d}?"))
        for d, t in (("a", "Read the label."), ("b", "Call a vet."))
    ]
    assert compose(hits, "dose", {}).alternative.next_steps == ("One?", "Two?", "a?")


def test_helplines_lead_cited_and_make_it_an_emergency():
    lines = HELPLINES.for_decision("US", crisis=True)
    led = with_helplines(compose([hit()], "dose", {}), lines, "Call now:", "en")
    assert led.alternative.urgency == "emergency"
    assert led.alternative.sections[0].heading == "Call now:"
    assert "988" in led.alternative.sections[0].text
    assert [c.n for c in led.citations] == list(range(1, len(led.citations) + 1))
    assert led.alternative.sections[0].citations == tuple(range(1, 1 + len(lines)))


def test_sources_are_numbered_in_the_order_in_which_they_are_read():
    lines = HELPLINES.for_decision("US", crisis=True)
    led = with_helplines(compose([hit()], "dose", {}), lines, "Call now:", "en")
    assert led.alternative is not None
    assert [c.n for c in led.citations] == list(range(1, len(lines) + 2))
    assert led.citations[0].document_id.startswith("helpline-")
    marks = [int(n) for n in re.findall(r"\[(\d+)\]$", render(led.alternative), re.MULTILINE)]
    assert marks == sorted(marks)
    assert set(marks) == {c.n for c in led.citations}
    assert [n for section in led.alternative.sections for n in section.citations] == [c.n for c in led.citations]


def test_helplines_alone_are_an_alternative_and_none_change_nothing():
    nothing = compose([], "dose", {})
    assert with_helplines(nothing, HELPLINES.for_decision("US", crisis=True), "Call:", "en").alternative is not None
    assert with_helplines(nothing, (), "Call:", "en") == nothing


def test_it_renders_as_headings_and_lines():
    composed = compose([hit(text="Read the label. Call a vet.")], "dose", {})
    assert render(composed.alternative) == "Title doc\nRead the label. [1]\nCall a vet. [1]"


@pytest.mark.slow
def test_whatever_the_bundled_guidance_what_is_composed_passes_its_own_checks_in_whole():
    broken = []
    for document in load_library().documents:
        hits = [SearchHit(section=s, score=0.9, dense=0.9, lexical=1.0) for s in sections_of(document)]
        composed = compose(hits, document.meta.need, CHECKS)
        if composed.alternative is None or violations(render(composed.alternative), CHECKS):
            broken.append(document.id)
    assert broken == []


def test_a_small_budget_is_kept_over_several_sections():
    def words(stem: str) -> str:
        return " ".join(f"{stem}{n}" for n in range(24)).capitalize() + "."

    composed = compose([hit(d, text=words(d)) for d in ("abc", "def", "ghi")], "dose", {}, max_words=30)
    assert len(composed.citations) == 1


def test_the_default_bound_is_a_screen_of_text():
    long = " ".join(f"Sentence number {n} names thing{n} and object{n}." for n in range(100))
    composed = compose([hit(d, text=long.replace("thing", d)) for d in "abc"], "dose", {})
    assert len(render(composed.alternative).split()) <= MAX_WORDS * 1.3
