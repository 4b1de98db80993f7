"""Spans of turns, seen by an exporter that keeps them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.adapters.chat_model import ScriptedModel
from agent.adapters.twins import TableJudge
from agent.errors import ModelUnavailable, TurnFailedError
from agent.models import TurnInput
from agent.tracing import TracedModel, Tracing, exporting
from tests.unit.agent.test_runner import runner


class Kept:
    """Tracing whose spans are kept."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracing = Tracing(provider.get_tracer("test"))

    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


async def test_a_turn_is_a_span_with_its_stages_inside():
    kept = Kept()
    result = await runner(tracing=kept.tracing).run(TurnInput(text="my private question"))
    spans = kept.spans()
    turn = spans["invoke_agent handrail"]
    assert dict(turn.attributes or {}) | {} == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "handrail",
        "gen_ai.conversation.id": result.thread_id,
        "handrail.turn.id": result.turn_id,
        "handrail.action": result.action,
        "handrail.domain": result.domain,
        "handrail.rules": result.rationale.rule_ids,
        "handrail.policy.version": result.rationale.policy_version,
        "handrail.checks.held": (),
    }
    assert {"perceive", "assess_risk", "decide", "moderate", "deliver"} <= set(spans)
    parents = {span.parent.span_id for name, span in spans.items() if span is not turn and span.parent}
    assert parents == {turn.context.span_id}
    assert "private" not in "".join(span.to_json() for span in spans.values())


async def test_a_turn_that_fails_says_how_and_not_why():
    kept = Kept()
    judge = TableJudge({"hello": ValueError("my private question")})
    with pytest.raises(TurnFailedError):
        await runner(judge=judge, tracing=kept.tracing).run(TurnInput(text="hello"))
    spans = kept.spans()
    assert spans["assess_risk"].attributes["error.type"] == "ValueError"
    assert spans["invoke_agent handrail"].attributes["error.type"] == "internal_error"
    assert not spans["invoke_agent handrail"].status.is_ok
    assert "private" not in "".join(span.to_json() for span in spans.values())


async def test_a_call_of_a_model_is_a_span_that_ends_with_it():
    kept = Kept()
    model = TracedModel(
        ScriptedModel(["a", "b"], ["a", asyncio.Event()], [ModelUnavailable("x")]), "openai", kept.tracing
    )
    assert [piece async for piece in model.stream([])] == ["a", "b"]
    async with aclosing(model.stream([])) as pieces:
        assert await anext(pieces) == "a"
    with pytest.raises(ModelUnavailable):
        await anext(model.stream([]))
    first, left, broken = kept.exporter.get_finished_spans()
    assert (first.name, first.attributes["gen_ai.provider.name"]) == ("chat scripted", "openai")
    assert (first.status.is_ok, left.status.is_ok, broken.status.is_ok) == (True, True, False)
    assert broken.attributes["error.type"] == "ModelUnavailable"


async def test_the_span_of_a_call_has_the_tokens_that_its_endpoint_reports():
    class Reporting(ScriptedModel):
        async def stream(self, messages, tokens=None):
            async for piece in super().stream(messages, tokens):
                yield piece
            tokens.report(7, 3)

    kept = Kept()
    model = TracedModel(Reporting(["a"]), "openai", kept.tracing)
    assert [piece async for piece in model.stream([])] == ["a"]
    (span,) = kept.exporter.get_finished_spans()
    told = (span.attributes["gen_ai.usage.input_tokens"], span.attributes["gen_ai.usage.output_tokens"])
    assert told == (7, 3)


def test_nothing_is_exported_unless_an_endpoint_is_named():
    with exporting(None) as tracing, tracing.turn("a", "b") as span:
        assert not span.is_recording()
    with exporting("http://127.0.0.1:9/v1/traces") as tracing, tracing.stage("decide") as span:
        assert span.is_recording()
        tracing = Tracing()
