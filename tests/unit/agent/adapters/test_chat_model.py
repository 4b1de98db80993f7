"""Choosing a chat model by settings; how models behave is in ``tests/contract/test_answer_model.py``."""

from __future__ import annotations

import sys

import pytest

from agent.adapters.chat_model import chat_model
from agent.errors import SettingsError
from agent.settings import Settings


def test_without_a_setting_there_is_no_model():
    assert chat_model(Settings()) is None


@pytest.mark.parametrize("kind", ["openai", "anthropic", "ollama"])
def test_a_kind_without_a_name_is_an_error(kind):
    with pytest.raises(SettingsError, match="HANDRAIL_MODEL_NAME"):
        chat_model(Settings(model=kind))


@pytest.mark.parametrize("kind", ["openai", "anthropic", "ollama"])
def test_every_kind_can_be_built_with_an_address_and_no_call_is_made(kind):
    model = chat_model(
        Settings(model=kind, model_name="m-1", model_base_url="http://127.0.0.1:9/v1", model_api_key="k")
    )
    assert model is not None
    assert model.name == "m-1"


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_a_local_endpoint_needs_no_key(kind):
    assert chat_model(Settings(model=kind, model_name="m-1", model_base_url="http://127.0.0.1:9/v1")) is not None


def test_a_driver_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain_ollama", None)
    with pytest.raises(SettingsError, match=r"pip install 'handrail\[ollama\]'"):
        chat_model(Settings(model="ollama", model_name="m-1"))
