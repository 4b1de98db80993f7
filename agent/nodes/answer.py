"""Answer: by the model where there is one, else from published guidance, else honestly that neither can."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime

from agent.attachments.material import WITH_FILES, for_model
from agent.composer import Composed, render
from agent.context import TurnContext
from agent.errors import ModelOutputError, ModelUnavailable
from agent.history import recalled
from agent.models import Draft, Notice
from agent.nodes.build_alternative import (
    composed_from,
    disclaimers_of,
    in_another_language,
    join,
    lead_and_rest,
    led,
    worded,
)
from agent.nodes.retrieve import search
from agent.ports import ChatMessage
from agent.prompts import Fence, answer_prompt
from agent.prompts.model_prompt import language_name, with_instructions
from agent.selection import reader_of
from agent.state import TurnState, TurnUpdate
from agent.writer import Writer
from policies.taxonomy import Action, Domain

_NOTHING: Final = Composed(None, (), ())
_FIXED: Final = "fixed"
_EXTRACTIVE: Final = "extractive"


async def answer(state: TurnState, runtime: Runtime[TurnContext]) -> TurnUpdate:
    """A draft: the model's stream, or an extractive answer, or a sentence that says why there is none.

    Under ``cite`` the model answers from guidance only, each of its sentences with a source that supports it: such an answer
    is checked whole before it leaves."""
    ctx = runtime.context
    language = state["facts"].context.language
    if ctx.deps.model is None:
        return await _from_guidance(state, runtime, "no_model")
    if state["decision"].has("cite"):
        return await _from_guidance(state, runtime, "nothing_found", ctx.deps.citing)
    model = ctx.deps.model
    prompt = _prompt(state, ctx)
    stream = model.stream(prompt)
    try:
        first = await anext(stream, None)
    except (ModelUnavailable, ModelOutputError):
        return await _from_guidance(state, runtime, "model_unavailable")
    if first is None:
        return await _from_guidance(state, runtime, "model_unavailable")
    broken = ctx.deps.messages.get("model_unavailable", language)
    lead = led(ctx, _NOTHING, reader_of(state["facts"], state["decision"], ctx.deps.helplines))
    opening = f"{render(lead.alternative)}\n\n" if lead.alternative else ""
    return {
        "draft": Draft(
            stream=lambda: _resumed(opening + first, stream, broken),
            again=lambda: _resumed("", model.stream(_insisting(prompt, language)), broken),
            instructions=prompt[0].text,
            alternative=lead.alternative,
            citations=lead.citations,
            composer="model",
        )
    }


async def _resumed(first: str, stream: AsyncGenerator[str, None], broken: str) -> AsyncGenerator[str, None]:
    """The whole stream; when it breaks half-way, a sentence that says so instead of silence."""
    async with aclosing(stream):
        if first:
            yield first
        try:
            async for piece in stream:
                yield piece
        except (ModelUnavailable, ModelOutputError):
            yield f"\n\n{broken}"


def _insisting(prompt: list[ChatMessage], language: str) -> list[ChatMessage]:
    """The prompt again, after a reply in another language than the person's."""
    first = prompt[0]._replace(
        text=f"{prompt[0].text}\n\nWrite the whole reply in {language_name(language)}, whatever language the sources are in."
    )
    return [first, *prompt[1:]]


async def _from_guidance(
    state: TurnState, runtime: Runtime[TurnContext], otherwise: str, writer: Writer | None = None
) -> TurnUpdate:
    """An answer from what is found, in the words of the writer where there is one and they hold."""
    ctx = runtime.context
    facts, decision = state["facts"], state["decision"]
    language = facts.context.language
    reader = reader_of(facts, decision, ctx.deps.helplines)
    composed, composer = _NOTHING, _EXTRACTIVE
    searched: TurnUpdate = {}
    outside, smalltalk = _outside(state), _smalltalk(facts.risk.signals)
    if not (outside and smalltalk):
        found = await search(state, runtime, surely=outside)
        if found.hits or not outside:
            searched = {"retrieved": found}
        composed, _ = composed_from(state, ctx, found)
        if writer is not None and (written := await worded(writer, "cited", state, ctx, composed, found)) is not None:
            composed, composer = written, "model"
    disclaimers = disclaimers_of(decision, ctx, language)
    led_by = led(ctx, composed, reader)
    lead, guidance = lead_and_rest(led_by.alternative) if led_by is not composed and led_by.alternative else ("", "")
    if composed.alternative is None:
        key = smalltalk if smalltalk and otherwise == "no_model" else otherwise
        notes = disclaimers if decision.action is Action.ANSWER_WITH_CARE else []
        parts, composer = [ctx.deps.messages.get(key, language), *notes], _FIXED
    else:
        foreign = in_another_language(composed.citations, language)
        intro = ctx.deps.messages.get("english_guidance" if foreign else "from_guidance", language)
        opening = [intro] if composer == _EXTRACTIVE else []
        parts = [*opening, guidance or render(composed.alternative), *disclaimers]
    draft = Draft(
        text=join([lead, *parts]), alternative=led_by.alternative, citations=led_by.citations, composer=composer
    )
    return {**searched, **_unused(state), "draft": draft}


def _unused(state: TurnState) -> TurnUpdate:
    """Guidance answers the message alone; who sent a file is told."""
    if not any(file.text for file in state.get("attachments", ())):
        return {}
    told = Notice(code="attachment_unused", detail="the reply is made of guidance, not of the attachments")
    return {"notices": (*state["notices"], told)}


def _smalltalk(signals: Sequence[str]) -> str | None:
    """The message that answers a greeting or a parting."""
    if "smalltalk.greeting" not in signals:
        return None
    return "parting" if "smalltalk.parting" in signals else "greeting"


def _outside(state: TurnState) -> bool:
    """True for a question that was judged to be outside our domains. The judgement may err, so guidance that fits beyond doubt
    is given all the same; what is not covered is no gap of the library."""
    return state["facts"].risk.domain is Domain.GENERAL and state["decision"].action is Action.ANSWER


def _prompt(state: TurnState, ctx: TurnContext) -> list[ChatMessage]:
    decision = state["decision"]
    language = state["facts"].context.language
    disclaimers = disclaimers_of(decision, ctx, language)
    request, fence = ctx.request, Fence()
    ctx.prompts["answer"] = ctx.deps.answer_template.hash
    files = for_model(state.get("attachments", ()), fence)
    about_files = [WITH_FILES] if files else []
    rules = answer_prompt(ctx.deps.answer_template, decision, state["facts"].context, fence, disclaimers, *about_files)
    messages = [ChatMessage("system", rules)]
    if request.trusted and request.instructions:
        messages.append(ChatMessage("system", with_instructions(request.instructions)))
    else:
        messages += [ChatMessage("user", fence.around(text)) for text in request.instructions]
    earlier = [*(HumanMessage(text) for text in request.history), *state["messages"][:-1]]
    messages += recalled(earlier, request.text, ctx.deps.history_tokens, fence)
    messages += files
    if request.text.strip() or not files:
        messages.append(ChatMessage("user", fence.around(request.text)))
    return messages
