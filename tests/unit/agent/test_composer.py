"""The extractive composer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.composer import EMERGENCY_WORDS, MAX_WORDS, compose, render, with_helplines, words
from agent.models import Retrieved
from agent.moderation import CHECKS, violations
from agent.selection import MAX_DOCUMENTS, Reader
from corpora.library import load_library
from retrieval.models import SearchHit, Sentence, SourceRef
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
READER = Reader()


def found(*hits, query="dose"):
    return Retrieved(hits=hits, query=query)


@given(HITS, st.integers(30, 200))
def test_every_sentence_is_of_a_section_cited_and_allowed_and_the_whole_is_bounded(hits, most):
    composed = compose(found(*hits, query="what about the child"), CHECKS, READER, max_words=most)
    if composed.alternative is None:
        assert composed.citations == ()
        return
    by_place = {(h.section.document_id, h.section.section): h.section.text for h in hits}
    cited = {c.n: by_place[c.document_id, c.section] for c in composed.citations}
    assert list(cited) == list(range(1, len(cited) + 1))
    for part in composed.alternative.sections:
        for line in part.text.splitlines():
            sentence, n = re.fullmatch(r"(.+) \[(\d+)\]", line).groups()
            assert sentence in cited[int(n)]
            assert violations(sentence, CHECKS) == ()
    assert words(re.sub(r" \[\d+\]", "", render(composed.alternative))) <= most
    assert len({c.document_id for c in composed.citations}) <= MAX_DOCUMENTS


def test_what_a_limit_forbids_is_left_out_and_named():
    composed = compose(found(hit(text="Give 5 mg. Ask a pharmacist.")), CHECKS, READER)
    assert composed.alternative.sections[0].text == "Ask a pharmacist. [1]"
    assert composed.held == ("no_dosage",)


def test_nothing_left_means_no_alternative():
    assert compose(found(hit(text="Give 5 mg.")), CHECKS, READER).alternative is None
    assert compose(found(), CHECKS, READER).alternative is None


def test_sentences_that_are_steps_together_are_not_told_together():
    text = "First, open the panel. Second, cut the wire. Third, start the engine. Rest."
    composed = compose(found(hit(text=text)), {"no_steps": CHECKS["no_steps"]}, READER)
    assert violations(render(composed.alternative), CHECKS) == ()
    assert composed.held == ("no_steps",)


def test_what_was_said_is_not_said_again():
    same = "Ask a pharmacist to check the amount with you tonight."
    composed = compose(found(hit("a", text=same), hit("a", "how-to", text=same)), {}, READER)
    assert len(composed.citations) == 1


def test_a_sentence_cites_a_source_of_its_own_and_as_few_as_will_do():
    sources = tuple(
        SourceRef(publisher=name, title=name, url=f"https://{name}.example/", licence="CC0") for name in ("a", "b")
    )
    said = (("First here.", (1,)), ("Second there.", (0, 1)), ("Third elsewhere.", (0,)), ("Fourth nowhere.", ()))
    sentences = tuple(
        Sentence(text=text, kind="bullet", block=n, sources=cited) for n, (text, cited) in enumerate(said)
    )
    composed = compose(found(hit(sources=sources, sentences=sentences)), {}, READER)
    lines = composed.alternative.sections[0].text.splitlines()
    assert lines == ["First here. [1]", "Second there. [1]", "Third elsewhere. [2]", "Fourth nowhere. [2]"]
    assert [citation.publisher for citation in composed.citations] == ["b", "a"]


@pytest.mark.parametrize(
    ("jurisdiction", "query", "left"),
    [
        ("US", "dose", ["Rest.", "In the United States, ask a nurse line."]),
        ("GB", "dose", ["Rest.", "In the UK, ask NHS 111."]),
        ("GB", "what holds in the United States", ["Rest.", "In the United States, ask a nurse line.", "In the UK, ask NHS 111."]),
        (None, "dose", ["Rest.", "In the United States, ask a nurse line.", "In the UK, ask NHS 111."]),
    ],
)  # fmt: skip
def test_what_holds_elsewhere_is_left_out_unless_it_is_asked_for(jurisdiction, query, left):
    text = "Rest. In the United States, ask a nurse line. In the UK, ask NHS 111."
    composed = compose(found(hit(text=text), query=query), {}, Reader(jurisdiction=jurisdiction))
    assert render(composed.alternative).splitlines()[1:] == [f"{sentence} [1]" for sentence in left]


def test_a_number_that_a_helpline_gave_is_not_given_again_but_for_when_to_call_it():
    lines = HELPLINES.for_decision("US", crisis=True)
    text = "Call 988 at any hour. Call 911 if somebody has taken pills. In other countries, look at a list. Rest now."
    composed = compose(found(hit(text=text)), {}, Reader(lines=lines))
    assert composed.alternative.sections[0].text == "Call 911 if somebody has taken pills. [1]\nRest now. [1]"


def test_next_steps_are_at_most_three_and_not_repeated():
    hits = [
        hit("a", name, text=text, next_steps=("One?", "Two?", "Three?", "Four?"))
        for name, text in (("do-now", "Read the label."), ("avoid", "Call a vet."))
    ]
    assert compose(found(*hits), {}, READER).alternative.next_steps == ("One?", "Two?", "Three?")


@pytest.mark.parametrize(
    ("lines", "urgency"),
    [
        (HELPLINES.for_decision("US", crisis=True), "emergency"),
        (HELPLINES.for_decision("US", kinds=("poison",)), "emergency"),
        (HELPLINES.for_decision("US", kinds=("fraud",)), "urgent"),
        ((), "routine"),
    ],
)
def test_the_helplines_say_how_urgent_it_is(lines, urgency):
    led = with_helplines(compose(found(hit()), {}, READER), lines, "Call now:", "en")
    assert led.alternative.urgency == urgency


def test_helplines_lead_cited():
    lines = HELPLINES.for_decision("US", crisis=True)
    led = with_helplines(compose(found(hit()), {}, READER), lines, "Call now:", "en")
    assert led.alternative.sections[0].heading == "Call now:"
    assert "988" in led.alternative.sections[0].text
    assert [c.n for c in led.citations] == list(range(1, len(led.citations) + 1))
    assert led.alternative.sections[0].citations == tuple(range(1, 1 + len(lines)))


def test_sources_are_numbered_in_the_order_in_which_they_are_read():
    lines = HELPLINES.for_decision("US", crisis=True)
    led = with_helplines(compose(found(hit()), {}, READER), lines, "Call now:", "en")
    assert led.alternative is not None
    assert [c.n for c in led.citations] == list(range(1, len(lines) + 2))
    assert led.citations[0].document_id.startswith("helpline-")
    marks = [int(n) for n in re.findall(r"\[(\d+)\]$", render(led.alternative), re.MULTILINE)]
    assert marks == sorted(marks)
    assert set(marks) == {c.n for c in led.citations}
    assert [n for section in led.alternative.sections for n in section.citations] == [c.n for c in led.citations]


def test_helplines_alone_are_an_alternative_and_none_change_nothing():
    nothing = compose(found(), {}, READER)
    assert with_helplines(nothing, HELPLINES.for_decision("US", crisis=True), "Call:", "en").alternative is not None
    assert with_helplines(nothing, (), "Call:", "en") == nothing


def test_it_renders_as_headings_and_lines():
    composed = compose(found(hit(text="Read the label. Call a vet.")), {}, READER)
    assert render(composed.alternative) == "Heading do-now\nRead the label. [1]\nCall a vet. [1]"


def test_the_heading_in_a_second_document_says_what_that_one_is_about():
    hits = (hit("a", text="Read the label."), hit("b", text="Call a vet.", title="Pets: what to do"))
    composed = compose(found(*hits), {}, READER)
    assert [section.heading for section in composed.alternative.sections] == ["Heading do-now", "Pets: Heading do-now"]


@pytest.mark.slow
def test_whatever_the_bundled_guidance_what_is_composed_passes_its_own_checks_in_whole():
    broken = []
    for document in load_library().documents:
        hits = [SearchHit(section=s, score=0.9, dense=0.9, lexical=1.0) for s in sections_of(document)]
        for reader in (Reader(document.meta.locale), Reader(document.meta.locale, declined=False)):
            composed = compose(found(*hits, query=document.meta.need), CHECKS, reader)
            if composed.alternative is None or violations(render(composed.alternative), CHECKS):
                broken.append(document.id)
    assert broken == []


def test_a_small_budget_is_kept_over_several_sections():
    def long(stem: str) -> str:
        return " ".join(f"{stem}{n}" for n in range(24)).capitalize() + "."

    hits = [hit("a", name, text=long(name[:3])) for name in ("do-now", "avoid", "how-to")]
    assert len(compose(found(*hits), {}, READER, max_words=30).citations) == 1


@pytest.mark.parametrize(("urgency", "most"), [("routine", MAX_WORDS), ("emergency", EMERGENCY_WORDS)])
def test_the_bound_is_a_screen_of_text_and_less_for_somebody_in_danger(urgency, most):
    def long(name):
        return " ".join(" ".join(f"{name}{n}word{m}" for m in range(16)) + "." for n in range(20))

    hits = [hit("a", name, text=long(name), urgency=urgency) for name in ("do-now", "avoid", "how-to")]
    composed = compose(found(*hits), {}, READER)
    said = words(re.sub(r" \[\d+\]", "", render(composed.alternative)))
    assert most / 2 < said <= most
