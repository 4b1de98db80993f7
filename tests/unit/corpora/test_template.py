"""A new document: readable at once, and not to be published as it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corpora.document import parse_document
from corpora.errors import FrontMatterError
from corpora.lint import lint_one
from corpora.template import new_document

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("domain", "prefix"), [("medical", "med"), ("security", "sec"), ("licensing", "lic"), ("general", "gen")]
)
def test_it_can_be_read_and_lint_names_what_is_left_to_write(domain: str, prefix: str) -> None:
    text = new_document(f"{prefix}-new-thing", 'A "new": thing', domain, "en", "Ana", TODAY)
    document = parse_document(text, Path("a.md"))
    assert (document.meta.title, document.meta.domain, document.meta.status) == ('A "new": thing', domain, "draft")
    errors = {finding.code for finding in lint_one(document, {}, TODAY) if finding.level == "error"}
    assert errors == {"unwritten"}


def test_an_unknown_domain_is_named() -> None:
    with pytest.raises(FrontMatterError, match="`cooking` is unknown; expected one of medical"):
        new_document("coo-king-tips", "T", "cooking", "en", "Ana", TODAY)
