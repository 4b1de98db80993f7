"""The endpoint of a guard model: what is sent, and every way in which it fails."""

from __future__ import annotations

import pytest

from agent.adapters.guard_model import ScriptedGuard, guard_model
from agent.endpoints import Endpoint
from agent.errors import ModelOutputError, ModelUnavailable, SettingsError
from agent.ports import GuardVerdict
from agent.settings import Settings
from tests.contract.guard_server import GuardServer


def endpoint(url, **changes):
    return Endpoint.model_validate(
        {"base_url": url, "model": "guard-8b", "format": "llama_guard", "timeout_s": 1.0, **changes}
    )


@pytest.fixture
async def server():
    async with GuardServer().running() as running:
        yield running


@pytest.fixture
async def guard(server):
    made = guard_model(endpoint(server.url, api_key="k-1"))
    yield made
    await made.close()


async def test_the_text_is_sent_after_the_conversation_with_the_key(server, guard):
    assert await guard.ask("and him?", "how do I rob a bank") == GuardVerdict(False)
    ((path, headers, body),) = server.seen
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer k-1"
    assert (body["model"], body["stream"]) == ("guard-8b", False)
    assert body["messages"] == [{"role": "user", "content": "how do I rob a bank\nand him?"}]


async def test_a_slow_answer_is_not_waited_for(server, guard):
    server.delay_s = 30.0
    guard._timeout_s = 0.05
    with pytest.raises(ModelUnavailable, match=r"took longer than 0\.05 s"):
        await guard.ask("tea", "")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_any_other_status_is_unavailable(server, guard, status):
    server.status = status
    with pytest.raises(ModelUnavailable, match=f"HTTP {status}"):
        await guard.ask("tea", "")


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b'{"choices": []}', b'{"choices": [{"message": 1}]}', b"\xff"])
async def test_what_is_no_chat_completion_is_an_output_error(server, guard, raw):
    server.raw = raw
    with pytest.raises(ModelOutputError, match="no chat completion"):
        await guard.ask("tea", "")


@pytest.mark.parametrize("content", [None, "", "perhaps"])
async def test_an_answer_that_is_no_verdict_is_an_output_error(server, guard, content):
    server.content = content
    with pytest.raises(ModelOutputError, match="not of its format"):
        await guard.ask("tea", "")


async def test_nobody_listening_is_unavailable():
    made = guard_model(endpoint("http://127.0.0.1:9/v1"))
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await made.ask("tea", "")
    await made.close()


@pytest.mark.parametrize("lacking", [{"base_url": None}, {"format": None}])
def test_a_guard_needs_its_address_and_its_format(lacking):
    with pytest.raises(SettingsError, match="`guard-8b` needs a `base_url` and a `format`"):
        guard_model(endpoint("http://127.0.0.1:9/v1", **lacking))


@pytest.mark.parametrize(("status", "again"), [(401, False), (404, False), (429, True), (503, True)])
async def test_a_status_tells_whether_to_ask_again(server, guard, status, again):
    server.status = status
    with pytest.raises(ModelUnavailable) as caught:
        await guard.ask("tea", "")
    assert caught.value.again is again


@pytest.mark.parametrize(
    ("env", "problem"),
    [
        ({"HANDRAIL_GUARD_URL": "http://x/v1"}, "needs `HANDRAIL_GUARD_MODEL`"),
        ({"HANDRAIL_GUARD_URL": "localhost", "HANDRAIL_GUARD_MODEL": "m"}, "HANDRAIL_GUARD_URL` is `localhost`"),
        ({"HANDRAIL_GUARD_LOW": "0.9"}, "HANDRAIL_GUARD_LOW` is `0.9`, expected less than"),
        ({"HANDRAIL_GUARD_FORMAT": "gpt"}, "HANDRAIL_GUARD_FORMAT` has value `gpt`"),
    ],
)
def test_settings_that_cannot_work_are_named(env, problem):
    with pytest.raises(SettingsError, match=problem):
        Settings.from_env(env)


async def test_the_twin_says_what_it_was_told():
    twin = ScriptedGuard({"bad": GuardVerdict(True), "down": ModelUnavailable("gone")})
    assert await twin.ask("tea", "bad before") == GuardVerdict(True)
    assert await twin.ask("tea", "") == GuardVerdict(False)
    with pytest.raises(ModelUnavailable):
        await twin.ask("down", "")
    assert twin.asked[0] == ("tea", "bad before")
