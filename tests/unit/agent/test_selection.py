"""Which sections an alternative is made of."""

from __future__ import annotations

import pytest

from agent.models import Retrieved
from agent.selection import Reader, choose, reader_of
from policies.taxonomy import Action, Facet
from retrieval.models import SearchHit
from tests.unit.agent.builders import HELPLINES, decision, facts, section

CRISIS = HELPLINES.for_decision("US", crisis=True)


def scored(document_id, *sections, **changes):
    """Hits of one document: ``(name, score)`` in reading order."""
    return [
        SearchHit(section=section(document_id, name, position=place, **changes), score=score, dense=score, lexical=0.0)
        for place, (name, score) in enumerate(sections)
    ]


def chosen(hits, reader=Reader(), companions=()):  # noqa: B008  # an immutable value
    found = choose(Retrieved(hits=tuple(hits), companions=tuple(companions)), reader)
    return [f"{one.section.document_id}#{one.section.section}" for one in found]


def test_nothing_found_chooses_nothing():
    assert chosen([]) == []


def test_sections_stand_in_the_order_of_their_editors_with_the_opening_where_a_request_is_declined():
    hits = scored("a", ("do-now", 0.5), ("avoid", 0.7), ("how-to", 0.65), ("learn-more", 0.6))
    assert chosen(hits) == ["a#do-now", "a#avoid", "a#how-to"]


def test_an_opening_that_no_search_found_is_there_all_the_same():
    parts = scored("a", ("do-now", 0.3), ("talk-to", 0.7), ("how-to", 0.4), ("avoid", 0.35))
    assert chosen(parts[1:2], companions=[parts[0], *parts[2:]])[0] == "a#do-now"


def test_an_answer_has_only_what_was_found_about_as_near_as_the_best():
    parts = scored("a", ("do-now", 0.4), ("how-to", 0.7), ("what-it-is", 0.6), ("avoid", 0.3))
    assert chosen(parts[1:], Reader(declined=False), parts[:1]) == ["a#how-to", "a#what-it-is"]


def test_one_passing_mention_does_not_make_a_document_relevant():
    mention = scored("a", ("talk-to", 0.72), ("do-now", 0.4), ("how-to", 0.4))
    about = scored("b", ("do-now", 0.7), ("how-to", 0.7), ("avoid", 0.7))
    assert {place[0] for place in chosen([*mention, *about])} == {"b"}


def test_a_second_document_as_near_adds_one_section_and_none_in_danger_or_when_it_is_more_urgent():
    first = scored("a", ("do-now", 0.7), ("how-to", 0.7))
    second = scored("b", ("do-now", 0.69), ("how-to", 0.69))
    assert chosen([*first, *second]) == ["a#do-now", "a#how-to", "b#do-now"]
    assert chosen([*first, *second], Reader(lines=CRISIS)) == ["a#do-now", "a#how-to"]
    urgent = scored("b", ("do-now", 0.69), ("how-to", 0.69), urgency="emergency")
    assert chosen([*first, *urgent]) == ["a#do-now", "a#how-to"]


def test_a_second_document_gets_the_words_that_the_first_one_leaves():
    first = scored("a", ("do-now", 0.7), ("how-to", 0.6), ("avoid", 0.55))
    second = scored("b", ("do-now", 0.67), ("how-to", 0.6), ("avoid", 0.5))
    found = Retrieved(hits=(*first, *second))
    ours = [one.value for one in choose(found, Reader()) if one.section.document_id == "a"]
    theirs = [one.value for one in choose(found, Reader()) if one.section.document_id == "b"]
    assert len(ours) == 3
    assert len(theirs) == 1
    assert theirs[0] < min(ours)


def test_somebody_in_danger_reads_two_sections():
    hits = scored("a", ("do-now", 0.7), ("how-to", 0.7), ("avoid", 0.7), urgency="emergency")
    assert chosen(hits) == ["a#do-now", "a#how-to"]


def test_a_section_for_some_readers_only_comes_after_one_for_all():
    hits = scored("a", ("do-now", 0.7), ("how-to", 0.7), ("avoid", 0.65), ("your-rights", 0.66))
    hits[1] = hits[1].model_copy(
        update={"section": hits[1].section.model_copy(update={"heading": "If you are an employer"})}
    )
    assert chosen(hits) == ["a#do-now", "a#avoid", "a#your-rights"]


def test_guidance_in_the_language_of_the_reader_goes_before_english_that_is_about_as_near_and_not_mixed_with_it():
    spanish = scored("es", ("do-now", 0.65), locale="es")
    assert chosen([*scored("en", ("do-now", 0.7)), *spanish], Reader("es")) == ["es#do-now"]
    assert chosen([*scored("en", ("do-now", 0.7)), *spanish], Reader("zh")) == ["en#do-now"]


def test_english_guidance_goes_before_guidance_in_the_language_of_the_reader_about_something_else():
    hits = [*scored("en", ("do-now", 0.9)), *scored("es", ("do-now", 0.5), locale="es")]
    assert chosen(hits, Reader("es")) == ["en#do-now"]


def test_who_asks_for_more_gets_what_was_not_read_yet():
    hits = scored("a", ("do-now", 0.7), ("how-to", 0.6), ("avoid", 0.5))
    assert chosen(hits, Reader(seen=frozenset({("a", "do-now")}))) == ["a#how-to", "a#avoid"]


@pytest.mark.parametrize(("action", "declined"), [(Action.GUIDE, True), (Action.ANSWER, False)])
def test_the_reader_is_who_asks_with_the_helplines_that_are_owed(action, declined):
    reader = reader_of(
        facts(Facet.DOSING, language="es", jurisdiction="ES"),
        decision(action, "lead_with_helplines:poison"),
        HELPLINES,
    )
    assert (reader.language, reader.jurisdiction, reader.declined) == ("es", "ES", declined)
    assert [line.kind for line in reader.lines] == ["poison"]
    assert reader.in_danger
    assert not Reader(lines=HELPLINES.for_decision("US", kinds=("fraud",))).in_danger
