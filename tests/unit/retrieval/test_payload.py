"""Payloads and filters: one meaning for all stores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from retrieval.asked import nearness
from retrieval.models import LegQuery, LexicalLeg, Release, SearchFilter, Section
from retrieval.payload import (
    ASKED,
    DENSE,
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    LEXICAL,
    Known,
    Run,
    SectionCache,
    conditions,
    known_of,
    merge,
    missing_of,
    payload_of,
    point_id,
    runs_of,
    section_of,
)
from retrieval.sparse import EMPTY, query_vector

MakeSection = Callable[..., Section]
FILTER = SearchFilter(today=date(2026, 11, 23), languages=("es", "en"), domains=("medical",), jurisdiction="ES")


def test_a_section_survives_its_payload(make_section: MakeSection) -> None:
    section = make_section(text="Línea\n\n- 一二 ثلاثة", keywords=("a", "b"))
    assert section_of(payload_of(section)) == section


def test_every_filtered_field_is_stored_and_declared(make_section: MakeSection) -> None:
    declared = {*KEYWORD_FIELDS, *INTEGER_FIELDS}
    wanted = FILTER.model_copy(update={"excluded": ("med-x",)})
    assert {condition.field for condition in conditions(wanted, ("dosing",))} == declared
    assert declared < set(payload_of(make_section()))


def test_a_point_id_depends_on_the_section_only() -> None:
    assert point_id("med-a#do-now") == point_id("med-a#do-now") != point_id("med-a#avoid")


def test_a_search_runs_each_leg_once_more_for_facets() -> None:
    words = query_vector("poison", "en")
    legs = (LexicalLeg("es", words), LexicalLeg("en", words))
    query = LegQuery(np.zeros(4, dtype=np.float32), legs, FILTER, 5, ("dosing",))
    legs_of = [(run.using, run.language) for run in runs_of(query)]
    dense, asked, es, en = (DENSE, None), (ASKED, None), (LEXICAL, "es"), (LEXICAL, "en")
    assert legs_of == [dense, dense, asked, es, es, en, en]
    assert [(run.using, run.language) for run in runs_of(query._replace(facets=()))] == [dense, asked, es, en]


def test_a_leg_without_words_or_outside_the_filter_does_not_run() -> None:
    legs = (LexicalLeg("es", EMPTY), LexicalLeg("zh", query_vector("poison", "en")))
    query = LegQuery(np.zeros(4, dtype=np.float32), legs, FILTER, 5)
    assert [run.using for run in runs_of(query)] == [DENSE, ASKED]


def test_remembered_sections_belong_to_one_release(make_section: MakeSection) -> None:
    cache = SectionCache()
    cache.of("one")["id"] = Known(make_section())
    assert cache.of("one")
    assert cache.of("two") == {}
    assert cache.of("one") == {}


def test_the_requests_of_a_point_come_with_it_where_it_has_any(make_section: MakeSection) -> None:
    section = make_section()
    kept = known_of(payload_of(section), {ASKED: [[1.0, 0.0], [0.6, 0.8]]})
    assert kept.section == section
    assert kept.asked is not None
    assert kept.asked.shape == (2, 2)
    assert known_of(payload_of(section), {}).asked is None
    assert known_of(payload_of(section), None).asked is None


def test_requests_are_fetched_only_of_points_that_came_near_by_them(make_section: MakeSection) -> None:
    far, near, met = (Known(make_section(name)) for name in ("med-far", "med-near", "med-met"))
    met = met._replace(asked=np.ones((1, 2), dtype=np.float32))
    vector = np.array([1.0, 0.0], dtype=np.float32)
    runs = (Run(vector, (), DENSE, 5), Run(vector, (), ASKED, 5))
    answers = ({"far": 0.3, "near": 0.2, "new": 0.1}, {"near": 0.6, "met": 0.5, "other": 0.4})
    known = {"far": far, "near": near, "met": met}
    assert missing_of(known, runs, answers) == (("new",), ("near", "other"))


def test_a_point_without_the_vectors_of_its_requests_keeps_the_score_of_the_store(
    make_section: MakeSection, make_release: Callable[..., Release]
) -> None:
    vector = np.array([1.0, 0.0], dtype=np.float32)
    run = Run(vector, (), ASKED, 5)
    known = {"a": Known(make_section("med-a")), "b": Known(make_section("med-b"), np.eye(2, dtype=np.float32))}
    found = merge(make_release(), known, (run,), ({"a": 0.7, "b": 0.9},))
    scores = {item.section.document_id: item.asked for item in found.items}
    assert scores["med-a"] == 0.7
    assert scores["med-b"] == pytest.approx(nearness(np.array([1.0, 0.0])), abs=1e-3)
