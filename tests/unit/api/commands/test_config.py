"""``handrail config show``."""

from __future__ import annotations

import json

import pytest

from agent.errors import SettingsError
from api.commands.config import show


def test_settings_are_shown_and_secrets_are_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANDRAIL_PORT", "8123")
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", "postgresql://me:hush@127.0.0.1/db")
    show()
    shown = capsys.readouterr().out
    assert "HANDRAIL_PORT=8123\n" in shown
    assert "HANDRAIL_HOST=127.0.0.1  (default)\n" in shown
    assert "HANDRAIL_DATABASE_URL=***\n" in shown
    show(as_json=True)
    assert json.loads(capsys.readouterr().out)["database_url"] == "***"
    assert "hush" not in shown


def test_an_unknown_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_PROT", "1")
    with pytest.raises(SettingsError, match="unknown setting `HANDRAIL_PROT`"):
        show()
