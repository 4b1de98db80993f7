"""Building a chat model for an endpoint; how models behave is in ``tests/contract/test_answer_model.py``."""

from __future__ import annotations

import asyncio
import sys

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from agent.adapters.chat_model import LangchainModel, chat_model
from agent.endpoints import Endpoint
from agent.errors import SettingsError
from agent.ports import ChatMessage

LOCAL = "http://127.0.0.1:9/v1"
KINDS = ["openai", "anthropic", "google", "ollama"]


def made(**parts):
    return chat_model("mine", Endpoint.model_validate({"model": "m-1", **parts}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_built_with_an_address_and_no_call_is_made(kind):
    assert made(kind=kind, base_url=LOCAL, api_key="k").name == "m-1"


@pytest.mark.parametrize("kind", KINDS)
def test_an_endpoint_at_an_address_needs_no_key(kind):
    assert made(kind=kind, base_url=LOCAL).name == "m-1"


@pytest.mark.parametrize(
    ("kind", "variable"),
    [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY"), ("google", "GOOGLE_API_KEY")],
)
def test_a_provider_needs_its_key_which_may_stand_in_its_own_variable(kind, variable, monkeypatch):
    with pytest.raises(SettingsError, match=f"`mine` of the kind `{kind}` has no key: set {variable}"):
        made(kind=kind)
    monkeypatch.setenv(variable, "k")
    assert made(kind=kind).name == "m-1"


def test_the_key_of_a_provider_is_not_sent_to_an_address_of_ones_own(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k-provider")
    model = made(kind="openai", base_url=LOCAL)._model
    assert model.openai_api_key.get_secret_value() == "not-needed"


@pytest.mark.parametrize(("kind", "attempts"), [("openai", 0), ("anthropic", 0), ("google", 1)])
def test_no_driver_tries_again_by_itself(kind, attempts):
    assert made(kind=kind, base_url=LOCAL)._model.max_retries == attempts  # Google's counts the first one


@pytest.mark.parametrize(("kind", "package"), [("ollama", "langchain_ollama"), ("google", "langchain_google_genai")])
def test_a_driver_that_is_not_installed_is_named(monkeypatch, kind, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingsError, match=rf"pip install 'handrail\[{kind}\]'"):
        made(kind=kind, base_url=LOCAL)


def test_the_driver_of_openai_endpoints_bounds_no_gaps_by_itself():
    """It would with ``wait_for``, which may swallow the cancellation of a turn."""
    assert made(kind="openai", base_url=LOCAL)._model.stream_chunk_timeout is None


class _CancelsItsReader(GenericFakeChatModel):
    """Says words for ever, one each turn of the loop; with the third, the task that reads them is cancelled."""

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        for number in range(1_000):
            await asyncio.sleep(0)
            if number == 2:
                asyncio.get_running_loop().call_soon(self.metadata["reader"].cancel)
            yield ChatGenerationChunk(message=AIMessageChunk(f"word{number} "))


async def test_a_cancellation_that_comes_together_with_a_piece_is_not_lost():
    said = []

    async def read(metadata):
        metadata["reader"] = asyncio.current_task()
        model = _CancelsItsReader(messages=iter(()), metadata=metadata)
        async for piece in LangchainModel(model, "endless", timeout_s=5.0).stream([ChatMessage("user", "hello")]):
            said.append(piece)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(read({}))
    assert len(said) in (2, 3)
