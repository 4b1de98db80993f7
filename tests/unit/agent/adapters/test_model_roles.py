"""Roles, opened from settings."""

from __future__ import annotations

import pytest

from agent.adapters.model_roles import open_guard, open_roles
from agent.errors import SettingsError
from agent.settings import Settings

FILE = """
endpoints:
  local: {model: m-1, base_url: http://127.0.0.1:9/v1}
  spare: {model: m-2, base_url: http://127.0.0.1:9/v1}
  shield: {model: g-1, base_url: http://127.0.0.1:9/v1, format: llama_guard}
roles: {answer: [local, spare], alternative: [local], guard: [shield], judge: [spare]}
"""


SENSES = """
endpoints:
  eyes: {model: v-1, base_url: http://127.0.0.1:9/v1}
  ears: {model: w-1, base_url: http://127.0.0.1:9/v1}
roles: {vision: [eyes], transcription: [ears]}
"""


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "models.yaml"
    file.write_text(FILE)
    return Settings(models_file=file)


async def test_without_settings_no_role_is_played():
    roles = open_roles(Settings())
    assert (roles.answer, roles.alternative, roles.judge, roles.status()) == (None, None, None, "none")
    assert open_guard(Settings()) is None


async def test_roles_share_their_endpoints(settings):
    roles = open_roles(settings)
    assert roles.answer.lines[0] is roles.alternative.lines[0]
    assert roles.answer.lines[1] is roles.judge._model.lines[0]
    assert roles.status() == "answer: local, spare; alternative: local; judge: spare"
    assert roles.answer.name == "m-1"
    await roles.close()


async def test_models_see_and_hear(tmp_path):
    (tmp_path / "models.yaml").write_text(SENSES)
    roles = open_roles(Settings(models_file=tmp_path / "models.yaml"))
    assert (roles.vision.name, roles.transcriber.name) == ("v-1", "w-1")
    assert roles.status() == "vision: eyes; transcription: ears"
    await roles.close()


async def test_the_guard_is_opened_by_itself(settings):
    guard = open_guard(settings)
    assert (guard.name, guard.status()) == ("g-1", "guard: shield")
    await guard.close()


def test_a_model_without_a_name_is_an_error():
    with pytest.raises(SettingsError, match="HANDRAIL_MODEL_NAME"):
        open_roles(Settings(model="openai"))
