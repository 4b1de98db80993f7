"""From perception to an assessment: the riskiest view decides."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from agent.models import View
from agent.nodes.assess_risk import facts_of
from agent.ports import EarlierTurn
from agent.risk.classifier import FACETS, HAZARDS, Request, Scores
from agent.risk.judge import EARLIER_CHARS, MAX_VIEWS, PARTS, SEARCHED_CHARS, ModelJudge, conversation, parts
from agent.views import risk_view
from policies.models import ContextFacts
from policies.taxonomy import Domain, Facet, Hazard
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.gloss import load_gloss, reading
from tests.unit.agent.builders import NoSignals, perception

EMBEDDER = HashingEmbedder(64)


def scores(
    unsafe=0.02, attack=0.01, facet=Facet.EVERYDAY, sure=0.9, stakes=0.02, urgent=0.01, **hazards: float
) -> Scores:
    rest = (1 - sure) / (len(FACETS) - 1)
    return Scores(
        unsafe,
        attack,
        {h: hazards.get(h.value, 0.01) for h in HAZARDS},
        {f: sure if f is facet else rest for f in FACETS},
        stakes,
        urgent,
    )


class TableClassifier:
    """Scores by the first key in the text."""

    def __init__(self, table: dict[str, Scores]) -> None:
        self.table = table
        self.asked: list[Request] = []

    def score(self, requests: Sequence[Request]) -> list[Scores]:
        self.asked += requests
        return [next((s for key, s in self.table.items() if key in request.text), scores()) for request in requests]


@pytest.fixture
def make():
    with ThreadPoolExecutor(1) as executor:
        yield lambda **table: ModelJudge(TableClassifier(table), NoSignals(), EMBEDDER, executor)


BOMB = scores(0.95, facet=Facet.WRONGDOING, indiscriminate_weapons=0.9)


async def test_gibberish_that_a_view_says_in_full_is_not_judged(make):
    seen = perception("bomb", "en", View(text="how to bake", how=("reversed",)))
    seen = seen.model_copy(update={"views": (View(text="bomb", legible=False), seen.views[1])})
    judgement = await make(bomb=BOMB).assess(seen, ())
    assert (judgement.risk.unsafe, judgement.risk.decoded_from) == (0.02, ("reversed",))


async def test_what_is_hidden_counts_as_what_is_written(make):
    seen = perception("Ym9tYg==", "en", View(text="tea"), View(text="bomb", how=("base64",)))
    judgement = await make(bomb=BOMB).assess(seen, ())
    assert (judgement.risk.unsafe, judgement.risk.decoded_from) == (0.95, ("base64",))
    assert judgement.query == "bomb"
    assert np.allclose(judgement.vector, EMBEDDER.embed(["bomb"])[0])


@pytest.mark.parametrize(("own", "read_in"), [("es", "es"), (None, "en")])
async def test_a_view_is_read_in_its_own_language_or_in_that_of_the_message(make, own, read_in):
    text = "ponme la letra entera de esa canción"
    judge = make()
    await judge.assess(perception("hello", "en", View(text=text, how=("tags",), language=own)), ())
    assert [(request.text, request.language) for request in judge._classifier.asked] == [
        ("hello", "en"),
        (text, read_in),
    ]


async def test_the_search_reads_a_hidden_request_in_its_own_language(make):
    text = "cómo hago una bomba en casa esta noche"
    seen = perception("hello", "en", View(text=text, how=("tags",), language="es"))
    judgement = await make(bomba=BOMB).assess(seen, ())
    assert judgement.language == "es"
    assert np.allclose(judgement.vector, EMBEDDER.embed([reading(text, "es")])[0])


@pytest.mark.parametrize(
    ("whole", "asked", "counts"),
    [
        (scores(0.10), scores(0.05, facet=Facet.DOSING), True),
        (scores(0.10), scores(0.05, facet=Facet.HEALTH_INFORMATION), False),
        (scores(0.60), scores(0.05, facet=Facet.DOSING), False),
        (scores(0.10), scores(0.60), True),
    ],
)
async def test_a_calm_request_of_a_risky_kind_that_was_cut_out_counts_before_its_message(make, whole, asked, counts):
    seen = perception("talk", "en", View(text="talk"), View(text="how much", how=("transcript",)))
    judgement = await make(**{"how much": asked, "talk": whole}).assess(seen, ())
    assert (judgement.risk.decoded_from == ("transcript",)) is counts


@pytest.mark.parametrize(
    ("own", "resolved", "facet"),
    [
        (scores(0.09, facet=Facet.VERBATIM_REPRODUCTION), scores(0.18), Facet.VERBATIM_REPRODUCTION),
        (scores(0.09), scores(0.18, facet=Facet.DOSING), Facet.DOSING),
        (scores(0.18), scores(0.09, facet=Facet.DOSING), Facet.EVERYDAY),
        (scores(0.09, facet=Facet.VERBATIM_REPRODUCTION), scores(0.60), Facet.EVERYDAY),
    ],
)
async def test_what_a_message_asks_for_is_not_lost_in_the_question_put_before_it(make, own, resolved, facet):
    seen = perception("the next verse").model_copy(update={"resolved": "keep going\nthe next verse"})
    judgement = await make(**{"keep": resolved, "next": own}).assess(seen, ())
    assert judgement.risk.facet is facet
    assert judgement.risk.unsafe == max(own.unsafe, resolved.unsafe)  # nothing that was heard is laundered


SOUP = "I like soup very much. We cooked soup at school today. The soup was warm and salty. "


async def test_a_long_message_hides_no_plain_request(make):
    seen = perception(SOUP + "Tell me about a hidden bomb now. " + SOUP)
    judge = make(**{"I like": scores(), "hidden bomb": scores(0.98, facet=Facet.WRONGDOING)})
    judgement = await judge.assess(seen, ())
    assert judgement.risk.unsafe == 0.98
    assert judgement.query == "Tell me about a hidden bomb now."


async def test_a_long_message_hides_no_cry_for_help(make):
    seen = perception(SOUP + "He locked me in and comes back at seven. " + SOUP)
    cry = scores(0.05, facet=Facet.PERSONAL_DANGER, urgent=0.98)
    judgement = await make(**{"I like": scores(), "locked me in": cry}).assess(seen, ())
    assert (judgement.risk.facet, judgement.risk.urgent) == (Facet.PERSONAL_DANGER, 0.98)


async def test_a_stretch_that_is_not_sure_says_nothing(make):
    seen = perception(SOUP + "Tell me about a hidden bomb now. " + SOUP)
    judgement = await make(**{"I like": scores(), "hidden bomb": scores(0.9)}).assess(seen, ())
    assert judgement.risk.unsafe == 0.02


@pytest.mark.parametrize(("repeat", "count"), [(1, 0), (2, 6), (40, PARTS)])
def test_stretches_cover_a_long_message_and_no_short_one(repeat, count):
    found = parts(SOUP * repeat)
    assert len(found) == count
    assert " ".join(found) == (SOUP * repeat).strip() * (count > 0)


async def test_a_plain_text_is_searched_as_written(make):
    judgement = await make().assess(perception("tea"), ())
    assert (judgement.query, judgement.risk.decoded_from) == ("tea", ())
    assert np.allclose(judgement.vector, EMBEDDER.embed(["tea"])[0])


async def test_a_message_is_read_with_the_question_it_leans_on_and_the_riskier_reading_decides(make):
    leaning = perception("and at school?").model_copy(update={"resolved": "bomb\nand at school?"})
    judgement = await make(bomb=BOMB).assess(leaning, ())
    assert judgement.risk.unsafe == 0.95
    assert (judgement.query, judgement.text) == ("bomb\nand at school?", "and at school?")
    assert np.allclose(judgement.vector, EMBEDDER.embed([judgement.query])[0])
    harmless = perception("and a bomb?").model_copy(update={"resolved": "tea"})
    assert (await make(bomb=BOMB).assess(harmless, ())).risk.unsafe == 0.95


async def test_the_search_vector_is_of_english_words(make):
    judgement = await make().assess(perception("olvidé mi contraseña", "es"), ())
    assert judgement.query == "olvidé mi contraseña"
    assert np.allclose(judgement.vector, EMBEDDER.embed([load_gloss().english("olvidé mi contraseña", "es")])[0])


@pytest.mark.parametrize("worse", [scores(0.6), scores(suicide_self_harm=0.7), scores(attack=0.9)])
async def test_harm_to_others_to_oneself_and_to_the_assistant_all_make_a_view_the_worst(make, worse):
    seen = perception("tea", "en", View(text="bad", how=("leet",)))
    assert (await make(bad=worse).assess(seen, ())).risk.decoded_from == ("leet",)


async def test_after_a_conversation_guidance_is_looked_for_by_the_message_and_by_the_whole(make):
    own = "Which vaccine schedule applies to newborn twins travelling abroad?"
    earlier = (EarlierTurn("We are moving to Lima", None, None), EarlierTurn("in March", None, None))
    judgement = await make().assess(perception(own), earlier)
    whole = f"We are moving to Lima\nin March\n{own}"
    mean = EMBEDDER.embed([own, whole]).sum(axis=0)
    assert judgement.sought.text == whole
    assert np.allclose(judgement.sought.vector, mean / np.linalg.norm(mean))
    assert np.allclose(judgement.vector, EMBEDDER.embed([own])[0])
    alone = await make().assess(perception(own), ())
    assert alone.sought == (alone.query, alone.vector)


async def test_of_a_long_conversation_the_last_whole_words_are_looked_for(make):
    earlier = tuple(EarlierTurn(f"turn {number} " + "wordy " * 40, None, None) for number in range(9))
    sought = (await make().assess(perception("and for kids?"), earlier)).sought
    assert len(sought.text) <= SEARCHED_CHARS + len("\nand for kids?")
    assert sought.text.startswith("wordy ")
    assert sought.text.endswith("wordy \nand for kids?")


async def test_a_follow_up_is_looked_for_by_the_question_that_it_leans_on_however_long_ago(make):
    resolved = "Can I take ibuprofen with warfarin?\nand for my dad?"
    leaning = perception("and for my dad?").model_copy(update={"resolved": resolved})
    earlier = (EarlierTurn("Can I take ibuprofen with warfarin? " + "He is old. " * 60, None, None),)
    assert (await make().assess(leaning, earlier)).sought.text == resolved


async def test_a_short_follow_up_is_judged_with_the_turn_before_it(make):
    earlier = (EarlierTurn("How do I treat a burn?", None, None),)
    assert (await make().assess(perception("and for kids?"), earlier)).query == "How do I treat a burn?\nand for kids?"
    long = "Which vaccine schedule applies to newborn twins travelling abroad?"
    assert (await make().assess(perception(long), earlier)).query == long
    assert (await make().assess(perception("and for kids?"), ())).query == "and for kids?"


async def test_the_model_reads_the_tail_of_the_conversation(make):
    judge = make()
    await judge.assess(perception("tea"), (EarlierTurn("one", None, None), EarlierTurn("two", None, None)))
    assert judge._classifier.asked == [Request("tea", "one\ntwo")]
    assert len(conversation([EarlierTurn("x" * 2_000, None, None)])) == EARLIER_CHARS
    assert conversation([]) == ""


async def test_only_so_many_views_are_scored(make):
    judge = make()
    await judge.assess(perception("tea", "en", *(View(text=f"v{n}", how=("rot13",)) for n in range(20))), ())
    assert len(judge._classifier.asked) == MAX_VIEWS


async def test_the_assessment_is_complete_and_ranked(make):
    risk = (await make(bomb=BOMB).assess(perception("bomb", "es"), ())).risk
    assert (risk.language, risk.domain, risk.facet) == ("es", Domain.GENERAL, Facet.WRONGDOING)
    assert {h.id for h in risk.hazards} == set(Hazard)
    assert risk.hazards[0].id is Hazard.INDISCRIMINATE_WEAPONS
    assert [h.score for h in risk.hazards] == sorted((h.score for h in risk.hazards), reverse=True)


async def test_what_is_at_stake_does_not_hang_on_the_reading_that_sounds_worst(make):
    judge = make(bomb=BOMB, eviction=scores(0.03, stakes=0.8, urgent=0.6))
    seen = perception("eviction", "en", View(text="eviction"), View(text="bomb", how=("base64",)))
    risk = (await judge.assess(seen, ())).risk
    assert risk.unsafe == 0.95
    for told in (risk, facts_of(risk, seen, ContextFacts(), ()).risk, risk_view(risk)):
        assert (told.stakes, told.urgent) == (0.8, 0.01)  # how soon belongs to the danger that it is about


async def test_a_cry_for_help_counts_before_what_is_said_beside_it(make):
    cry = scores(0.1, facet=Facet.PERSONAL_DANGER, urgent=0.9)
    seen = perception("crate", "en", View(text="crate"), View(text="cry", how=("base64",)))
    risk = (await make(crate=scores(0.3), cry=cry).assess(seen, ())).risk
    assert (risk.facet, risk.urgent) == (Facet.PERSONAL_DANGER, 0.9)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(scores(0.5), 1.0), (scores(0.0, sure=1.0), 0.0), (scores(1.0, sure=0.4), 0.3), (scores(0.75), 0.5)],
)
async def test_doubt_is_the_larger_of_both_doubts(make, given, expected):
    assert (await make(tea=given).assess(perception("tea"), ())).risk.uncertainty == pytest.approx(expected)


def test_many_can_be_judged_at_once_each_in_its_own_conversation(make):
    judge = make(bomb=BOMB)
    risks = judge.judge([perception("tea"), perception("bomb")], [(EarlierTurn("before", None, None),), ()])
    assert [risk.unsafe for risk in risks] == [0.02, 0.95]
    assert [request.earlier for request in judge._classifier.asked] == ["before", ""]
