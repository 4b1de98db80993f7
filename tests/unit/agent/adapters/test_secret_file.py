"""Where the secret of the installation comes from."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.adapters.secret_file import load_secret
from agent.errors import SettingsError
from agent.settings import Settings


def test_the_first_start_makes_a_file_for_the_owner_alone_and_later_ones_use_it(tmp_path: Path):
    first = load_secret(Settings(data_dir=tmp_path / "new"))
    path = tmp_path / "new" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_secret(Settings(data_dir=tmp_path / "new")).key_id == first.key_id
    assert [each.name for each in path.parent.iterdir()] == ["secret.key"]


def test_many_first_starts_at_once_agree(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_secret(Settings(data_dir=tmp_path)).key_id, range(16)))
    assert len(set(found)) == 1


def test_a_setting_wins_and_no_file_is_made(tmp_path: Path):
    key = base64.b64encode(bytes(32)).decode()
    secret = load_secret(Settings.model_validate({"data_dir": tmp_path, "secret_key": key}))
    assert secret.key_id == load_secret(Settings.model_validate({"data_dir": tmp_path, "secret_key": key})).key_id
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "short", "!" * 44, base64.b64encode(bytes(31)).decode()])
def test_what_is_no_secret_is_said_without_repeating_it(tmp_path: Path, text: str):
    (tmp_path / "secret.key").write_text(text)
    with pytest.raises(SettingsError, match=r"secret\.key` is not base64 of 32 bytes; make one with"):
        load_secret(Settings(data_dir=tmp_path))
    with pytest.raises(SettingsError, match=r"HANDRAIL_SECRET_KEY` is not base64") as caught:
        load_secret(Settings.model_validate({"secret_key": text or "x"}))
    assert len(text) < 5 or text not in str(caught.value)


def test_a_place_that_cannot_hold_it_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"secret\.key` cannot be used"):
        load_secret(Settings(data_dir=tmp_path / "file"))
