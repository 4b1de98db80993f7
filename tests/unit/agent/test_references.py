"""What is searched for a turn."""

from __future__ import annotations

import pytest

from agent.adapters.twins import ListSearch
from agent.references import POSSIBLE, SURELY, find, topic_of
from policies.taxonomy import Facet
from retrieval.errors import NoRelease, StoreUnavailable
from tests.unit.agent.builders import NOW, facts, hit


async def looked_for(about, *, declined=True):
    search = ListSearch([hit()])
    await find(search, "query", None, about, NOW.date(), declined=declined)
    return search.asked[0]


async def test_what_was_found_is_kept_with_its_release():
    found = await find(ListSearch([hit()]), "query", None, facts(), NOW.date(), declined=True)
    assert (len(found.hits), found.release, found.best, found.query, found.error) == (
        1,
        "0001-000000000000",
        0.8,
        "query",
        None,
    )


@pytest.mark.parametrize("error", [StoreUnavailable("out of reach"), NoRelease("no release")])
async def test_a_store_that_cannot_serve_gives_nothing_and_says_why(error):
    found = await find(ListSearch(error=error), "query", None, facts(), NOW.date(), declined=True)
    assert (found.hits, found.release, found.error) == ((), None, str(error))


async def test_only_what_this_reader_may_see_is_searched():
    about = facts(Facet.DOSING, language="es", jurisdiction="MX", audience="minor")
    _, wanted, _ = await looked_for(about)
    assert wanted.languages == ("es", "en")
    assert (wanted.jurisdiction, wanted.audience, wanted.today) == ("MX", "minor", NOW.date())


async def test_english_is_not_asked_for_twice():
    assert (await looked_for(facts(Facet.DOSING)))[1].languages == ("en",)


def judged(scores, facet=Facet.DOSING):
    about = facts(facet)
    return about.model_copy(
        update={"risk": about.risk.model_copy(update={"facets": dict.fromkeys(Facet, 0.0) | scores})}
    )


def test_every_domain_is_searched_as_far_as_it_is_likely():
    topic = topic_of(judged({Facet.DOSING: 0.6, Facet.DIAGNOSIS: 0.2, Facet.MALWARE: 0.2}), declined=False)
    assert topic.domains["medical"] == pytest.approx(0.8)
    assert topic.domains["security"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("scores", "domains"),
    [
        ({Facet.DOSING: 0.97, Facet.MALWARE: 0.03}, ("medical",)),
        ({Facet.DOSING: 0.8, Facet.MALWARE: 0.2}, ("medical", "security")),
        ({Facet.DOSING: 0.9, Facet.WRONGDOING: 0.1}, None),
        ({Facet.EVERYDAY: 1.0}, None),
    ],
)
async def test_a_domain_that_is_possible_is_searched_for_the_judgement_may_err(scores, domains):
    assert (await looked_for(judged(scores)))[1].domains == domains


@pytest.mark.parametrize("facet", [Facet.PERSONAL_DANGER, Facet.MENTAL_HEALTH_CRISIS, Facet.EMERGENCY])
@pytest.mark.parametrize(("of_a_work", "domains"), [(0.2, ("medical", "security", "general")), (0.4, None)])
async def test_who_is_in_danger_is_not_told_about_rights_in_works(facet, of_a_work, domains):
    about = judged({facet: 0.4, Facet.EVERYDAY: 0.6 - of_a_work, Facet.VERBATIM_REPRODUCTION: of_a_work}, facet)
    assert (await looked_for(about))[1].domains == domains


async def test_facets_count_for_a_declined_request_only():
    assert (await looked_for(facts(Facet.DOSING)))[2].facets["dosing"] > 0.5
    assert (await looked_for(facts(Facet.DOSING), declined=False))[2].facets == {}


def test_the_likeliest_facets_count_as_far_as_they_are_likely():
    scores = {Facet.DOSING: 0.6, Facet.DRUG_MISUSE: 0.3, Facet.DIAGNOSIS: POSSIBLE, Facet.EMERGENCY: POSSIBLE / 2}
    assert topic_of(judged(scores), declined=True).facets == {"dosing": 0.6, "drug_misuse": 0.3, "diagnosis": POSSIBLE}


@pytest.mark.parametrize(("score", "found"), [(SURELY - 0.01, 0), (SURELY, 1)])
async def test_where_the_match_must_be_sure_the_best_stands_well_above_the_floor(score, found):
    search = ListSearch([hit().model_copy(update={"score": score})])
    assert len((await find(search, "query", None, facts(), NOW.date(), declined=False, surely=True)).hits) == found
    assert len((await find(search, "query", None, facts(), NOW.date(), declined=False)).hits) == 1
