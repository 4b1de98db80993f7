"""Saved web pages."""

from __future__ import annotations

import pytest

from corpora.connectors import pages
from corpora.connectors.pages import PAGES
from tests.unit.corpora.connectors.conftest import Gather

WORDS = "A locked door keeps most people out, and a good lock keeps out more of them than a bad one does. "
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>Doors</title>
<meta property="og:url" content="https://example.org/doors"><meta name="description" content="How to lock doors.">
<meta property="article:published_time" content="2024-05-06"></head>
<body><nav><ul><li><a href="/">Home of all menus</a></li></ul></nav>
<main><article><h1>Doors</h1><p>{WORDS * 3}</p><h2>Locks</h2><p>{WORDS * 3}</p>
<ul><li>Buy a lock that fits the door.</li><li>Use it every evening.</li></ul></article></main>
<footer><p>Cookie banner and copyright</p></footer><script>alert(1)</script></body></html>"""


def test_the_text_is_found_among_menus(gather: Gather) -> None:
    (found,), skips = gather(PAGES, {"doors.html": PAGE})
    assert (found.title, found.need, str(found.published), skips) == ("Doors", "How to lock doors.", "2024-05-06", [])
    text = " ".join(block.text for part in found.parts for block in part.blocks)
    assert "Use it every evening." in text
    assert "menus" not in text
    assert "Cookie" not in text
    assert "alert" not in text
    assert "Locks" in [part.heading for part in found.parts]


def test_pages_without_text_or_too_large_are_named(gather: Gather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PAGE", 100)
    found, skips = gather(PAGES, {"a.html": "<html><body></body></html>", "b.html": PAGE, "c.html": b"<p>\xff</p>"})
    assert (found, [skip.fault for skip in skips]) == ([], [True, True, True])
    assert "has no main text" in skips[0].reason
    assert "expected at most 100" in skips[1].reason
