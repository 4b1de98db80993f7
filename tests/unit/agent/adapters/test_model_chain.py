"""Endpoints one after the other: retries, breakers, places, and a note of every call."""

from __future__ import annotations

import asyncio

import pytest

from agent.adapters import model_chain
from agent.adapters.chat_model import ScriptedModel
from agent.adapters.guard_model import ScriptedGuard
from agent.adapters.model_chain import GuardChain, Line, ModelChain
from agent.endpoints import Endpoint, Price
from agent.errors import ModelOutputError, ModelUnavailable
from agent.ports import ChatMessage, GuardVerdict
from agent.usage import gathered

ASK = [ChatMessage("user", "Hello there, you")]
DOWN = ModelUnavailable("down")
GONE = ModelUnavailable("gone", again=False)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(model_chain, "_backing_off", lambda state: 0.0)


class Time:
    now = 0.0

    def __call__(self):
        return self.now


def line(name, *answers, clock=None, **limits):
    endpoint = Endpoint.model_validate({"model": f"m-{name}", "retries": 0, **limits})
    return Line(name, endpoint, ScriptedModel(*answers), **({"clock": clock} if clock else {}))


def chain(*lines, patience_s=5.0):
    return ModelChain("answer", lines, patience_s=patience_s)


async def said(made):
    return "".join([piece async for piece in made.stream(ASK)])


async def noted(made):
    calls = []
    with gathered(calls):
        text = await said(made)
    return text, [call.so_far() for call in calls]


async def test_the_first_endpoint_answers_and_the_second_is_not_asked():
    second = line("b")
    assert await said(chain(line("a", ["Hi", "."]), second)) == "Hi."
    assert second.model.asked == []


@pytest.mark.parametrize("error", [DOWN, GONE, ModelOutputError("garbage")])
async def test_the_next_endpoint_answers_where_one_fails(error):
    text, calls = await noted(chain(line("a", [error]), line("b", ["Hi."])))
    assert text == "Hi."
    assert [(call.endpoint, call.outcome, call.detail) for call in calls] == [
        ("a", "failed", str(error)),
        ("b", "answered", None),
    ]


async def test_the_error_of_the_last_endpoint_is_told():
    with pytest.raises(ModelOutputError, match="garbage"):
        await said(chain(line("a", [DOWN]), line("b", [ModelOutputError("garbage")])))


async def test_an_answer_that_breaks_off_is_not_begun_again():
    second = line("b", ["Other."])
    stream = chain(line("a", ["Hi ", DOWN]), second).stream(ASK)
    assert await anext(stream) == "Hi "
    with pytest.raises(ModelUnavailable, match="down"):
        await anext(stream)
    assert second.model.asked == []


async def test_an_endpoint_is_asked_again_where_that_may_help():
    first = line("a", [DOWN], [DOWN], ["Hi."], retries=2)
    assert await said(chain(first)) == "Hi."
    assert len(first.model.asked) == 3


@pytest.mark.parametrize("error", [GONE, ModelOutputError("garbage")])
async def test_an_endpoint_is_not_asked_again_where_that_is_in_vain(error):
    first = line("a", [error], ["Hi."], retries=2)
    assert await said(chain(first, line("b", ["Ho."]))) == "Ho."
    assert len(first.model.asked) == 1


async def test_an_endpoint_is_waited_for_as_long_as_it_asks(monkeypatch):
    pauses = []
    busy = ModelUnavailable("busy", retry_after_s=0.01)
    monkeypatch.setattr(model_chain, "_backing_off", lambda state: pauses.append(state) or 9.0)
    assert await said(chain(line("a", [busy], ["Hi."], retries=1))) == "Hi."
    assert pauses == []


async def test_a_breaker_opens_then_one_call_tries_and_it_recovers():
    time = Time()
    first = line("a", [DOWN], [DOWN], ["Back."], clock=time, breaker_failures=2, breaker_seconds=10)
    made = chain(first, line("b", *[["Spare."]] * 3))
    assert [await said(made) for _ in range(3)] == ["Spare."] * 3
    assert len(first.model.asked) == 2
    assert made.status() == "answer: a (open), b"
    time.now = 10.0
    assert await said(made) == "Back."
    assert made.status() == "answer: a, b"


async def test_the_search_for_an_endpoint_is_bounded():
    silent = line("a", [asyncio.Event()])
    with pytest.raises(ModelUnavailable, match=r"role `answer` answered within 0\.02 s"):
        await said(chain(silent, patience_s=0.02))
    assert silent.model.running == 0


async def test_only_so_many_calls_run_at_once_and_the_next_endpoint_takes_over():
    rest = asyncio.Event()
    first = line("a", ["One", rest], ["Two"], concurrency=1, timeout_s=0.05)
    made = chain(first, line("b", ["Spare."]))
    running = made.stream(ASK)
    assert await anext(running) == "One"
    assert await said(made) == "Spare."
    assert first.breaker.state == "closed"
    rest.set()
    assert [piece async for piece in running] == []
    assert await said(made) == "Two"


async def test_leaving_an_answer_ends_the_call_and_frees_its_place():
    first = line("a", ["One", asyncio.Event()], ["Two"], concurrency=1)
    calls = []
    with gathered(calls):
        stream = chain(first).stream(ASK)
        await anext(stream)
        await stream.aclose()
        assert first.model.running == 0
        assert await said(chain(first)) == "Two"
    assert [call.so_far().outcome for call in calls] == ["left", "answered"]


class Reporting(ScriptedModel):
    """Tells its tokens, as endpoints do."""

    async def stream(self, messages, tokens=None):
        async for piece in super().stream(messages, tokens):
            yield piece
        tokens.report(100, 20)


async def test_reported_tokens_are_noted_with_their_cost():
    first = line("a", price=Price(input=1.0, output=10.0))
    first.model = Reporting(["Hi."])
    _, (call,) = await noted(chain(first))
    assert (call.input_tokens, call.output_tokens, call.reported, call.cost) == (100, 20, True, 0.0003)
    assert (call.role, call.model) == ("answer", "m-a")


async def test_tokens_that_nobody_reports_are_estimated():
    _, (call,) = await noted(chain(line("a", ["Hello you."])))
    assert (call.input_tokens, call.output_tokens, call.reported, call.cost) == (4, 3, False, None)


async def test_a_call_that_failed_at_once_used_nothing():
    _, (call, _) = await noted(chain(line("a", [DOWN]), line("b", ["Hi."])))
    assert (call.input_tokens, call.output_tokens) == (0, 0)


async def test_a_failure_is_logged_with_the_endpoint(caplog):
    await said(chain(line("a", [DOWN]), line("b", ["Hi."])))
    (record,) = caplog.records
    assert (record.action, record.endpoint, record.role) == ("model_failed", "a", "answer")


# --- guards ------------------------------------------------------------------------------------------------


def guard(name, said, **limits):
    endpoint = Endpoint.model_validate({"model": f"g-{name}", "retries": 0, **limits})
    return Line(name, endpoint, ScriptedGuard({"bomb": said}))


async def test_the_next_guard_is_asked_where_one_fails_and_both_calls_are_noted():
    made = GuardChain("guard", [guard("a", DOWN), guard("b", GuardVerdict(True))], patience_s=5.0)
    calls = []
    with gathered(calls):
        assert await made.ask("a bomb", "earlier") == GuardVerdict(True)
    told = [call.so_far() for call in calls]
    assert [(call.endpoint, call.outcome) for call in told] == [("a", "failed"), ("b", "answered")]


async def test_a_guard_that_keeps_failing_is_not_asked():
    first = guard("a", DOWN, breaker_failures=1)
    made = GuardChain("guard", [first], patience_s=5.0)
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            await made.ask("a bomb", "")
    assert len(first.model.asked) == 1
