"""Search vetted guidance for the need behind a declined request."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import TurnContext
from agent.events import RetrievalCompleted
from agent.models import Retrieved
from agent.ports import Sought
from agent.references import find
from agent.state import TurnState, TurnUpdate


async def retrieve(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """What was found, perhaps nothing; ``retrieval.completed`` is out."""
    return {"retrieved": await search(state, runtime)}


async def search(state: TurnState, runtime: Runtime[TurnContext], *, surely: bool = False) -> Retrieved:
    """Guidance for this turn, announced to the client. Shared with the nodes that search in passing. ``surely``: see ``find``."""
    ctx = runtime.context
    judgement = state["judgement"]
    # What must fit beyond doubt must fit the message itself: after a talk about sleeping pills a recipe is still a recipe.
    sought = Sought(judgement.query, judgement.vector) if surely else judgement.sought
    found = await find(
        ctx.deps.search,
        sought.text,
        sought.vector,
        state["facts"],
        ctx.deps.clock.now().date(),
        declined=state["decision"].action.declines,
        surely=surely,
    )
    # Sentences, and the places that may be spoken of, are chosen by the message.
    found = found.model_copy(update={"query": judgement.query})
    runtime.context.emit(
        RetrievalCompleted(
            corpus_release=found.release,
            found=len(found.hits),
            document_ids=tuple(dict.fromkeys(hit.section.document_id for hit in found.hits)),
            error=found.error,
        )
    )
    return found
