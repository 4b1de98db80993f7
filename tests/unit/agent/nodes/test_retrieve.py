"""Search vetted guidance."""

from __future__ import annotations

import numpy as np

from agent.adapters.twins import ListSearch
from agent.events import RetrievalCompleted
from agent.nodes.retrieve import retrieve
from agent.nodes.retrieve import search as in_passing
from agent.ports import Sought
from policies.taxonomy import Action, Facet
from retrieval.errors import StoreUnavailable
from tests.unit.agent.builders import NOW, Run, context, decision, facts, hit, state


async def test_what_was_found_is_told_each_document_once():
    search = ListSearch([hit("a", "do-now"), hit("a", "avoid"), hit("b")])
    run = Run(context(search=search))
    update = await retrieve(state(decision(Action.GUIDE), facts(Facet.DOSING)), run.runtime)
    assert len(update["retrieved"].hits) == 3
    assert run.sent == [RetrievalCompleted(corpus_release="0001-000000000000", found=3, document_ids=("a", "b"))]
    ((query, wanted, topic),) = search.asked
    assert (query, wanted.today, set(topic.facets)) == ("hello", NOW.date(), {"dosing"})


async def test_after_a_conversation_the_thread_is_searched_by():
    search = ListSearch()
    vector = np.eye(1, 384, dtype=np.float32)[0]
    turn = state(decision(Action.GUIDE), facts(Facet.DOSING))
    turn["judgement"] = turn["judgement"]._replace(thread=Sought("a burn\nand for kids?", vector))
    run = Run(context(search=search))
    found = (await retrieve(turn, run.runtime))["retrieved"]
    assert search.asked[0][0] == "a burn\nand for kids?"
    assert found.query == "hello"  # sentences are chosen by the message
    await in_passing(turn, run.runtime, surely=True)
    assert search.asked[1][0] == "hello"


async def test_an_answer_searches_by_the_question_alone():
    search = ListSearch()
    await retrieve(state(decision(Action.ANSWER), facts(Facet.DOSING)), Run(context(search=search)).runtime)
    assert search.asked[0][2].facets == {}


async def test_a_store_that_is_down_is_told_with_its_reason():
    run = Run(context(search=ListSearch(error=StoreUnavailable("out of reach"))))
    update = await retrieve(state(decision(Action.GUIDE)), run.runtime)
    assert update["retrieved"].error == "out of reach"
    assert run.sent[0].error == "out of reach"
