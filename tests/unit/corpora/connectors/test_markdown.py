"""Trees of Markdown, with front matter or without."""

from __future__ import annotations

from datetime import date

from corpora.connectors.markdown import Markdown, original_of
from tests.unit.corpora.connectors.conftest import Gather

LEGAL = """\
---
title: Legal &amp; free
description: What a licence asks.
date: 2024-05-06
---
## Why it matters
A work is protected as soon as it is written down.
"""


def test_front_matter_gives_title_need_and_date(gather: Gather) -> None:
    (found,), skips = gather(Markdown(), {"legal.md": LEGAL})
    assert (found.title, found.need, found.published) == ("Legal & free", "What a licence asks.", date(2024, 5, 6))
    assert (found.key, found.parts[0].heading, skips) == ("legal", "Why it matters", [])


def test_a_page_without_front_matter_takes_its_heading_or_its_name(gather: Gather) -> None:
    found, _ = gather(Markdown(), {"a.md": "# Head\n\nWords of a page.", "session-safety/index.md": "Only some words."})
    assert [each.title for each in found] == ["Head", "Session safety"]


def test_a_moved_page_has_the_address_that_it_moved_to(gather: Gather) -> None:
    (found,), _ = gather(Markdown(), {"a.md": "---\nredirect_to: https://example.org/new\n---\nWords."})
    assert found.url == "https://example.org/new"


def test_what_is_no_guidance_is_named_with_its_reason(gather: Gather) -> None:
    files = {
        "README.md": "x",
        "a.md": "---\ndraft: true\n---\nWords.",
        "b.md": "```\ncode\n```",
        "c.md": "",
        "d.md": "---\ntitle: [\n---\nWords.",
        "e.md": b"Words \xff",
        "f.md": "---\n- a list\n---\nWords.",
        "z.md": "Words that stay.",
    }
    found, skips = gather(Markdown(), files)
    assert [each.key for each in found] == ["z"]
    assert [(skip.path, skip.fault) for skip in skips] == [
        ("README.md", False),
        ("a.md", False),
        ("b.md", False),
        ("c.md", False),
        ("d.md", True),
        ("e.md", True),
        ("f.md", True),
    ]
    assert [str(skip) for skip in skips][2:6] == [
        "b.md: is code only",
        "c.md: has no text of its own",
        "d.md: line 3: not YAML: did not find expected node content",
        "e.md: line 1: byte `0xff` is not UTF-8; save it as UTF-8",
    ]


def test_a_translation_is_known_by_its_place() -> None:
    known = frozenset({"_articles/legal.md", "docs/en/a1.md", "faq-en.md", "docs/setup.md", "top/x.md"})
    assert original_of("_articles/es/legal.md", known) == "_articles/legal"
    assert original_of("docs/pt-BR/a1.md", known) == "docs/en/a1"
    assert original_of("faq-fr.md", known) == "faq-en"
    assert original_of("docs/to/setup.md", known) == ""
    assert original_of("docs/setup.md", known) == ""
