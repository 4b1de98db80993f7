"""The twins behave as what they stand in for."""

from __future__ import annotations

import numpy as np
import pytest

from agent.adapters.twins import FixedPolicies, ListSearch, PlainPerceiver, TableJudge, assessment
from agent.nodes.assess_risk import facts_of
from agent.ports import EarlierTurn
from policies.models import ContextFacts
from policies.taxonomy import DOMAIN_OF_FACET, Facet, Hazard
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import StoreUnavailable
from retrieval.models import SearchFilter
from tests.unit.agent.builders import NOW, POLICIES, hit, perception


@pytest.mark.parametrize("facet", Facet)
def test_an_assessment_is_complete_and_sure_of_its_facet(facet):
    risk = assessment(facet, hazards={Hazard.HATE: 0.4}, prompt_attack=0.2)
    facts = facts_of(risk, perception(), ContextFacts(), ())
    assert max(facts.risk.facets, key=facts.risk.facets.__getitem__) is facet
    assert sum(facts.risk.facets.values()) == pytest.approx(1.0)
    assert facts.risk.domain is DOMAIN_OF_FACET[facet]
    assert set(facts.risk.hazards) == set(Hazard)
    assert facts.risk.hazards[Hazard.PROMPT_ATTACK] == 0.2
    assert [h.score for h in risk.hazards] == sorted((h.score for h in risk.hazards), reverse=True)


async def test_the_judge_goes_by_the_first_key_in_the_text():
    judge = TableJudge({"bomb": assessment(Facet.WRONGDOING), "b": assessment(Facet.MALWARE), "bad": ValueError("no")})
    assert (await judge.assess(perception("a bomb"), ())).risk.facet is Facet.WRONGDOING
    assert (await judge.assess(perception("bad"), ())).risk.facet is Facet.MALWARE
    assert (await judge.assess(perception("tea"), ())).risk.facet is Facet.EVERYDAY
    with pytest.raises(ValueError, match="no"):
        await TableJudge({"bad": ValueError("no")}).assess(perception("bad"), ())


async def test_the_judge_keeps_what_it_saw_and_embeds_with_the_embedder_it_was_given():
    embedder = HashingEmbedder()
    judge = TableJudge({}, embedder)
    earlier = (EarlierTurn("before", None, None),)
    judgement = await judge.assess(perception("tea"), earlier)
    assert judge.seen == [("tea", earlier)]
    assert np.allclose(judgement.vector, embedder.embed(["tea"])[0])


async def test_the_perceiver_sees_text_as_written():
    seen = await PlainPerceiver("es").perceive("h0la")
    assert (seen.text, seen.language, len(seen.views)) == ("h0la", "es", 1)


async def test_the_search_finds_what_it_was_given_or_fails():
    search = ListSearch([hit("a"), hit("b")])
    wanted = SearchFilter(today=NOW.date())
    assert [h.section.document_id for h in (await search.search("q", None, wanted, 1)).hits] == ["a"]
    search.error = StoreUnavailable("down")
    with pytest.raises(StoreUnavailable):
        await search.search("q", None, wanted)
    assert len(search.asked) == 2


def test_fixed_policies_are_the_same_for_every_thread():
    source = FixedPolicies(POLICIES)
    assert source.live("a") is source.live("b") is POLICIES
    assert source.shadow() is None
    assert FixedPolicies(POLICIES, POLICIES).shadow() is POLICIES
