"""Words of others on a terminal."""

from __future__ import annotations

import pytest

from api.commands.words import indented, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 你好, مرحبا, 👩‍👧", "plain, 你好, مرحبا, 👩‍👧"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("safe\rgone", "safe\\rgone"),
        ("\x9b31m \x7f", "\\x9b31m \\x7f"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_line_is_forged() -> None:
    assert one_line("a\nb\x85c\u2028d\te") == "a\\nb\\x85c\\u2028d\\te"
    assert indented("a\nb") == "  a\n  b"
