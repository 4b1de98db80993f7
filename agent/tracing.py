"""Traces of turns, by OpenTelemetry's semantic conventions for generative AI: a turn is ``invoke_agent handrail``, its stages are
spans inside, a call of a chat model is ``chat <model>``.

Nothing is exported unless ``HANDRAIL_OTLP_ENDPOINT`` says where to. Spans hold names, ids and numbers, never what anybody wrote.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Final

from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer

from agent.errors import SettingsError
from agent.events import TurnCompleted, TurnFailed
from agent.ports import ChatMessage, EndpointModel
from agent.usage import Tokens

AGENT: Final = "handrail"
EXPORT_TIMEOUT_S: Final = 5.0
_SILENT: Final = NoOpTracer()


class Tracing:
    """Makes spans; without a tracer, none."""

    def __init__(self, tracer: Tracer = _SILENT) -> None:
        self.tracer = tracer

    @contextmanager
    def turn(self, turn_id: str, thread_id: str) -> Iterator[Span]:
        """The span of a turn."""
        attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": AGENT,
            "gen_ai.conversation.id": thread_id,
            "handrail.turn.id": turn_id,
        }
        with self._current(f"invoke_agent {AGENT}", attributes) as span:
            yield span

    @contextmanager
    def stage(self, name: str) -> Iterator[Span]:
        """The span of a stage."""
        with self._current(name, {"handrail.stage": name}) as span:
            yield span

    @contextmanager
    def _current(self, name: str, attributes: dict[str, str]) -> Iterator[Span]:
        # The message of an error may quote the person, so only its type is kept.
        with self.tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                _fail(span, type(error).__name__)
                raise


def ended(span: Span, last: TurnCompleted | TurnFailed) -> None:
    """The span of a turn says what came of it."""
    if isinstance(last, TurnFailed):
        _fail(span, last.code)
        return
    result = last.result
    span.set_attribute("handrail.action", result.action.value)
    span.set_attribute("handrail.domain", result.domain.value)
    span.set_attribute("handrail.rules", result.rationale.rule_ids)
    span.set_attribute("handrail.policy.version", result.rationale.policy_version)
    span.set_attribute("handrail.checks.held", result.held)


class TracedModel:
    """The model of an endpoint, whose calls are spans. Implements ``agent.ports.EndpointModel``."""

    def __init__(self, model: EndpointModel, provider: str, tracing: Tracing) -> None:
        self._model = model
        self._provider = provider
        self._tracer = tracing.tracer
        self.name = model.name

    async def stream(self, messages: Sequence[ChatMessage], tokens: Tokens | None = None) -> AsyncGenerator[str, None]:
        """See ``agent.ports.EndpointModel``."""
        tokens = tokens or Tokens()
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self._provider,
            "gen_ai.request.model": self.name,
        }
        # Not made the current one: a generator may be closed in another context than it was started in.
        span = self._tracer.start_span(f"chat {self.name}", kind=SpanKind.CLIENT, attributes=attributes)
        try:
            async with aclosing(self._model.stream(messages, tokens)) as pieces:
                async for piece in pieces:
                    yield piece
        except BaseException as error:
            if not isinstance(error, GeneratorExit):
                _fail(span, type(error).__name__)
            raise
        finally:
            if tokens.input is not None and tokens.output is not None:
                span.set_attribute("gen_ai.usage.input_tokens", tokens.input)
                span.set_attribute("gen_ai.usage.output_tokens", tokens.output)
            span.end()


@contextmanager
def exporting(endpoint: str | None) -> Iterator[Tracing]:
    """Spans leave for the endpoint while this lasts; without one there are none. What is under way at the end is sent.

    Raises:
        SettingsError: the packages of the extra `otel` are missing.
    """
    if endpoint is None:
        yield Tracing()
        return
    # The exporter takes a third of a second to import; only who asks for traces pays for it.
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(
            "setting `HANDRAIL_OTLP_ENDPOINT` needs packages that are missing: pip install 'handrail[otel]'"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": AGENT}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_TIMEOUT_S)))
    try:
        yield Tracing(provider.get_tracer(AGENT))
    finally:
        provider.shutdown()


def _fail(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
