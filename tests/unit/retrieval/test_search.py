"""Search: one score, a floor, languages, facets and diversity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pytest

from retrieval.errors import NoRelease
from retrieval.gloss import Gloss, Lexicon
from retrieval.models import Candidate, Candidates, LegQuery, Release, SearchFilter, Section, StoreHealth, Topic
from retrieval.search import Searcher, SearchSettings
from retrieval.sparse import query_vector

VECTOR = np.zeros(64, dtype=np.float32)
ENGLISH = SearchFilter(today=date(2026, 11, 23))
SPANISH = SearchFilter(today=date(2026, 11, 23), languages=("es", "en"))

DOSING = Topic(facets={"dosing": 1.0})

MakeSection = Callable[..., Section]
MakeRelease = Callable[..., Release]

SETTINGS = SearchSettings(
    facet=0.25,
    asked=0.8,
    asked_from=0.45,
    floors={"en": 0.38, "es": 0.38, "zh": 0.42, "ar": 0.44},
)
"""Here the mechanism is tested; the weights that ship are measured (`handrail corpora evaluate`)."""


class StubStore:
    """Answers every search with the same candidates, and remembers the questions."""

    def __init__(self, release: Release, items: Sequence[Candidate]) -> None:
        self.found = Candidates(release, tuple(items))
        self.asked: list[LegQuery] = []

    async def search(self, query: LegQuery) -> Candidates:
        self.asked.append(query)
        return self.found

    async def build(self, release: Release, points: object) -> None:
        raise NotImplementedError

    async def activate(self, release_id: str) -> None:
        raise NotImplementedError

    async def health(self) -> StoreHealth:
        raise NotImplementedError


@pytest.fixture
def searcher(make_release: MakeRelease) -> Callable[..., Searcher]:
    def make(*items: Candidate, settings: SearchSettings | None = None) -> Searcher:
        return Searcher(StubStore(make_release(), items), settings or SETTINGS, Gloss({}))

    return make


MakeSearcher = Callable[..., Searcher]


async def test_the_best_comes_first_and_weak_ones_are_left_out(
    searcher: MakeSearcher, make_section: MakeSection
) -> None:
    strong = Candidate(make_section("med-strong"), 0.7, 20.0)
    fair = Candidate(make_section("med-fair"), 0.5, 12.0)
    weak = Candidate(make_section("med-weak"), 0.2, 3.0)
    result = await searcher(weak, fair, strong).search("poison", VECTOR, ENGLISH)
    assert [hit.section.document_id for hit in result.hits] == ["med-strong", "med-fair"]
    assert all(result.floor <= hit.score <= 1.0 for hit in result.hits)
    assert result.best == result.hits[0].score
    assert (result.hits[0].dense, result.hits[0].lexical) == (0.7, 20.0)
    assert (result.release, result.language) == ("0001-aaaaaaaaaaaa", "en")


async def test_nothing_above_the_floor_is_not_covered(searcher: MakeSearcher, make_section: MakeSection) -> None:
    result = await searcher(Candidate(make_section(), 0.25, 6.0)).search("pizza", VECTOR, ENGLISH)
    assert result.hits == ()
    assert 0 < result.best < result.floor
    assert result.language == ""


async def test_an_empty_release_gives_an_empty_result(searcher: MakeSearcher) -> None:
    result = await searcher().search("pizza", VECTOR, ENGLISH)
    assert (result.hits, result.best) == ((), 0.0)


async def test_either_leg_alone_can_carry_a_section(searcher: MakeSearcher, make_section: MakeSection) -> None:
    meaning = Candidate(make_section("med-meaning"), 0.75, 0.0)
    words = Candidate(make_section("med-words"), 0.25, 30.0)
    result = await searcher(meaning, words).search("poison", VECTOR, ENGLISH)
    assert {hit.section.document_id for hit in result.hits} == {"med-meaning", "med-words"}


async def test_a_wanted_facet_lifts_its_sections(searcher: MakeSearcher, make_section: MakeSection) -> None:
    other = Candidate(make_section("med-other", facets=("diagnosis",)), 0.45, 9.0)
    wanted = Candidate(make_section("med-wanted", facets=("dosing",)), 0.40, 8.0)
    plain = await searcher(other, wanted).search("x", VECTOR, ENGLISH)
    lifted = await searcher(other, wanted).search("x", VECTOR, ENGLISH, topic=DOSING)
    assert plain.hits == () or plain.hits[0].section.document_id == "med-other"
    assert lifted.hits[0].section.document_id == "med-wanted"


async def test_a_facet_counts_as_far_as_it_is_wanted(searcher: MakeSearcher, make_section: MakeSection) -> None:
    likely = Candidate(make_section("med-likely", facets=("dosing",)), 0.40, 8.0)
    possible = Candidate(make_section("med-possible", facets=("diagnosis",)), 0.42, 8.0)
    topic = Topic(facets={"dosing": 0.5, "diagnosis": 0.2})
    result = await searcher(likely, possible).search("x", VECTOR, ENGLISH, topic=topic)
    assert [hit.section.document_id for hit in result.hits] == ["med-likely", "med-possible"]


async def test_for_a_declined_request_what_is_only_near_is_better_than_nothing(
    searcher: MakeSearcher, make_section: MakeSection
) -> None:
    near = Candidate(make_section("med-near", facets=("dosing",)), 0.3, 2.0)
    other = Candidate(make_section("med-other", facets=("diagnosis",)), 0.3, 2.0)
    settings = SETTINGS.model_copy(update={"facet": 0.0})
    declined = await searcher(near, other, settings=settings).search("x", VECTOR, ENGLISH, topic=DOSING)
    assert [hit.section.document_id for hit in declined.hits] == ["med-near"]
    assert declined.hits[0].score < declined.floor
    assert (await searcher(near, other, settings=settings).search("x", VECTOR, ENGLISH)).hits == ()


async def test_a_document_that_is_often_asked_so_is_found(searcher: MakeSearcher, make_section: MakeSection) -> None:
    """Its typical requests count for every section, also for those of a translation."""
    opening = Candidate(make_section("med-a", "do-now", family="med-a"), 0.3, 0.0, asked=0.9)
    rest = Candidate(make_section("med-a-es", "avoid", locale="es", family="med-a"), 0.25, 0.0)
    nearer = Candidate(make_section("med-b"), 0.45, 3.0)
    result = await searcher(opening, rest, nearer).search("x", VECTOR, SPANISH)
    assert [hit.section.section_id for hit in result.hits][:1] == ["med-a-es#avoid"]
    assert result.hits[0].asked == pytest.approx(0.9)


async def test_the_text_counts_less_where_typical_requests_tell(
    searcher: MakeSearcher, make_section: MakeSection
) -> None:
    """A library without them, as one that was imported, is searched by its texts alone and by the same floors."""
    bare = Candidate(make_section("med-bare"), 0.5, 3.0)
    told = Candidate(make_section("med-told", has_asked=True), 0.5, 3.0, asked=0.7)
    far = Candidate(make_section("med-far", has_asked=True), 0.5, 3.0, asked=0.2)
    result = await searcher(bare, told, far).search("x", VECTOR, ENGLISH)
    assert [hit.section.document_id for hit in result.hits] == ["med-told", "med-bare"]


async def test_requests_about_anything_at_all_are_no_evidence(
    searcher: MakeSearcher, make_section: MakeSection
) -> None:
    far = Candidate(make_section("med-a"), 0.5, 3.0, asked=SETTINGS.asked_from)
    assert (await searcher(far).search("x", VECTOR, ENGLISH)).best == (
        await searcher(far._replace(asked=0.0)).search("x", VECTOR, ENGLISH)
    ).best


async def test_the_domain_counts_in_the_order_only(searcher: MakeSearcher, make_section: MakeSection) -> None:
    medical = Candidate(make_section("med-a", domain="medical"), 0.55, 6.0)
    security = Candidate(make_section("sec-a", domain="security"), 0.56, 6.0)
    weak = Candidate(make_section("med-weak", domain="medical"), 0.35, 0.0)
    topic = Topic(domains={"medical": 1.0})
    result = await searcher(security, medical, weak).search("x", VECTOR, ENGLISH, topic=topic)
    assert [hit.section.document_id for hit in result.hits] == ["med-a", "sec-a"]


async def test_the_first_facet_of_a_document_counts_most(searcher: MakeSearcher, make_section: MakeSection) -> None:
    second = Candidate(make_section("med-a", facets=("emergency", "dosing")), 0.5, 0.0)
    first = Candidate(make_section("med-b", facets=("dosing", "emergency")), 0.5, 0.0)
    result = await searcher(second, first).search("x", VECTOR, ENGLISH, topic=DOSING)
    assert [hit.section.document_id for hit in result.hits] == ["med-b", "med-a"]


async def test_a_wanted_facet_and_a_little_meaning_are_enough(
    searcher: MakeSearcher, make_section: MakeSection
) -> None:
    right = Candidate(make_section("med-right", facets=("emergency", "dosing")), 0.3, 0.0)
    wrong = Candidate(make_section("med-wrong", facets=("diagnosis",)), 0.4, 0.0)
    result = await searcher(wrong, right).search("كم الجرعة", VECTOR, SPANISH, topic=DOSING)
    assert [hit.section.document_id for hit in result.hits] == ["med-right"]
    assert (await searcher(wrong, right).search("كم الجرعة", VECTOR, SPANISH)).hits == ()


async def test_the_floor_depends_on_the_language(searcher: MakeSearcher, make_section: MakeSection) -> None:
    find = searcher(
        Candidate(make_section(), 0.5, 3.0), settings=SETTINGS.model_copy(update={"floors": {"en": 0.3, "es": 0.9}})
    )
    assert (await find.search("x", VECTOR, ENGLISH)).hits
    assert not (await find.search("x", VECTOR, SPANISH)).hits


async def test_no_floor_is_passed_by_language(searcher: MakeSearcher, make_section: MakeSection) -> None:
    spanish = Candidate(make_section("med-a-es", locale="es"), 0.45, 0.0)
    settings = SETTINGS.model_copy(update={"floors": {"es": 0.35}, "language_bonus": 0.5})
    assert not (await searcher(spanish, settings=settings).search("x", VECTOR, SPANISH)).hits


async def test_a_translation_is_preferred_to_a_better_match(searcher: MakeSearcher, make_section: MakeSection) -> None:
    english = Candidate(make_section("med-a", family="med-a"), 0.9, 30.0)
    spanish = Candidate(make_section("med-a-es", locale="es", family="med-a"), 0.6, 12.0)
    result = await searcher(english, spanish).search("dosis", VECTOR, SPANISH)
    assert [hit.section.document_id for hit in result.hits] == ["med-a-es"]


@pytest.mark.parametrize(("dense", "found"), [(0.55, "med-a-es"), (0.3, "med-a")])
async def test_a_translation_near_the_floor_stands_for_the_english_that_reached_it(
    searcher: MakeSearcher, make_section: MakeSection, dense: float, found: str
) -> None:
    english = Candidate(make_section("med-a", family="med-a"), 0.9, 0.0)
    spanish = Candidate(make_section("med-a-es", locale="es", family="med-a"), dense, 0.0)
    settings = SETTINGS.model_copy(update={"floors": {"es": 0.42}, "translation_slack": 0.1})
    result = await searcher(english, spanish, settings=settings).search("dosis", VECTOR, SPANISH)
    assert [hit.section.document_id for hit in result.hits] == [found]


async def test_english_texts_are_searched_by_the_words_of_the_gloss(make_release: MakeRelease) -> None:
    store = StubStore(make_release(), ())
    gloss = Gloss({"es": Lexicon("es", {"dosis": "dose"})})
    await Searcher(store, gloss=gloss).search("dosis", VECTOR, SPANISH)
    (asked,) = store.asked
    assert [leg.sparse for leg in asked.lexical] == [query_vector("dosis", "es"), query_vector("dose", "en")]


async def test_the_first_language_comes_first(searcher: MakeSearcher, make_section: MakeSection) -> None:
    english = Candidate(make_section("med-a", facets=("dosing",)), 0.3, 20.0)
    spanish = Candidate(make_section("med-b-es", locale="es", facets=("dosing",)), 0.3, 18.0)
    result = await searcher(english, spanish).search("dosis", VECTOR, SPANISH)
    assert [hit.section.locale for hit in result.hits] == ["es", "en"]
    assert result.language == "es"


async def test_a_translation_that_says_the_same_is_left_out(searcher: MakeSearcher, make_section: MakeSection) -> None:
    english = Candidate(make_section("med-a", family="med-a"), 0.3, 20.0)
    spanish = Candidate(make_section("med-a-es", locale="es", family="med-a"), 0.3, 20.0)
    result = await searcher(english, spanish).search("dosis", VECTOR, SPANISH)
    assert [hit.section.document_id for hit in result.hits] == ["med-a-es"]


async def test_english_guidance_is_found_where_there_is_no_other(
    searcher: MakeSearcher, make_section: MakeSection
) -> None:
    result = await searcher(Candidate(make_section("med-a"), 0.3, 25.0)).search("dosis", VECTOR, SPANISH)
    assert result.language == "en"


async def test_at_most_three_sections_of_a_document(searcher: MakeSearcher, make_section: MakeSection) -> None:
    many = [Candidate(make_section("med-a", f"part-{number}"), 0.8, 20.0) for number in range(6)]
    one = Candidate(make_section("med-b"), 0.6, 15.0)
    result = await searcher(*many, one).search("poison", VECTOR, ENGLISH)
    assert [hit.section.document_id for hit in result.hits] == ["med-a"] * 3 + ["med-b"]


async def test_the_other_sections_of_what_was_found_come_beside_it(
    searcher: MakeSearcher, make_section: MakeSection
) -> None:
    parts = [Candidate(make_section("med-a", f"part-{number}"), 0.8 - number / 10, 0.0) for number in range(8)]
    elsewhere = Candidate(make_section("med-b"), 0.1, 0.0)
    result = await searcher(*parts, elsewhere).search("poison", VECTOR, ENGLISH)
    assert [hit.section.section for hit in result.hits] == ["part-0", "part-1", "part-2"]
    assert [hit.section.section for hit in result.companions] == [f"part-{number}" for number in range(3, 8)]


async def test_the_limit_is_kept(searcher: MakeSearcher, make_section: MakeSection) -> None:
    many = [Candidate(make_section(f"med-{number}"), 0.8, 20.0) for number in range(6)]
    assert len((await searcher(*many).search("poison", VECTOR, ENGLISH, limit=2)).hits) == 2


async def test_capped_scores_keep_their_order(searcher: MakeSearcher, make_section: MakeSection) -> None:
    good = Candidate(make_section("med-a", facets=("dosing",)), 0.95, 40.0)
    better = Candidate(make_section("med-b", facets=("dosing",)), 0.99, 40.0)
    result = await searcher(good, better).search("poison", VECTOR, ENGLISH, topic=DOSING)
    assert [(hit.section.document_id, hit.score) for hit in result.hits] == [("med-b", 1.0), ("med-a", 1.0)]


async def test_each_language_gets_a_lexical_leg_with_its_own_words(make_release: MakeRelease) -> None:
    store = StubStore(make_release(), ())
    await Searcher(store).search("¿qué dosis de ibuprofeno?", VECTOR, SPANISH, topic=DOSING)
    (asked,) = store.asked
    assert [leg.language for leg in asked.lexical] == ["es", "en"]
    assert asked.facets == ("dosing",)
    english = set(asked.lexical[1].sparse.indices)
    await Searcher(store).search("ibuprofen dose", VECTOR, ENGLISH)
    assert set(store.asked[1].lexical[0].sparse.indices) <= english


async def test_a_store_that_fails_is_not_hidden(make_release: MakeRelease) -> None:
    class Failing(StubStore):
        async def search(self, query: LegQuery) -> Candidates:
            raise NoRelease("nothing there")

    with pytest.raises(NoRelease, match="nothing there"):
        await Searcher(Failing(make_release(), ()), gloss=Gloss({})).search("x", VECTOR, ENGLISH)
