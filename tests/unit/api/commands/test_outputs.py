"""``handrail outputs fingerprint``."""

from __future__ import annotations

import json

import pytest

from agent.moderation import load_protected
from api.commands.errors import CommandError
from api.commands.outputs import fingerprint

WORK = "The lantern keeper walked along the frozen harbour wall and counted every gull that slept beside the boats."


def test_a_fingerprint_protects_the_text_it_was_made_of(tmp_path, capsys):
    text = tmp_path / "poem.txt"
    text.write_text(WORK)
    fingerprint(text, None, "the author", tmp_path / "out.json")
    assert load_protected(tmp_path).quoted(WORK) == "poem"
    assert json.loads((tmp_path / "out.json").read_text())["owner"] == "the author"
    assert "`poem`, 14 hashes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"), [(b"too short", "protect a longer text"), (b"\xff\xfe", "not UTF-8 at byte 0")]
)
def test_a_text_that_cannot_be_protected_is_named(tmp_path, content, message):
    text = tmp_path / "poem.txt"
    text.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        fingerprint(text)
    assert list(tmp_path.glob("*.json")) == []
