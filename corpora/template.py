"""The skeleton of a new document: it can be read at once, and lint names what is left to write."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import yaml

from corpora.checks import PLACEHOLDERS, SOON_STALE, STALE
from corpora.errors import FrontMatterError
from corpora.vocabulary import DEFAULT_VOCABULARY

_BODY: Final = f"""
## What to do now {{#do-now}}
{PLACEHOLDERS["do"]} [s1]

## What to avoid {{#avoid}}
- {PLACEHOLDERS["avoid"]} [s1]

## Where to get help {{#get-help}}
{PLACEHOLDERS["help"]} [s1]
"""


def new_document(document_id: str, title: str, domain: str, locale: str, author: str, today: date) -> str:
    """The text of a draft with this id. Raises ``FrontMatterError`` for an unknown domain."""
    if domain not in DEFAULT_VOCABULARY.domains:
        known = ", ".join(DEFAULT_VOCABULARY.domains)
        raise FrontMatterError(document_id, 1, f"field `domain`: `{domain}` is unknown; expected one of {known}")
    front = {
        "id": document_id,
        "title": title,
        "domain": domain,
        "facets": [DEFAULT_VOCABULARY.facets_by_domain[domain][-1]],
        "hazards": [],
        "locale": locale,
        "jurisdictions": ["any"],
        "audience": ["public"],
        "urgency": "routine",
        "stance": "protective",
        "need": PLACEHOLDERS["need"],
        "keywords": ["words", "that people", "use for it"],
        "asked": ["what somebody types who needs it", "the same need, said by somebody else"],
        "next_steps": ["What would a reader ask next?"],
        "sources": [
            {
                "key": "s1",
                "publisher": PLACEHOLDERS["publisher"],
                "title": "Its title",
                "url": "https://example.org/",
                "accessed_on": today,
                "licence": "Its licence",
            }
        ],
        "reviewed_on": today,
        "review_by": today + (SOON_STALE if domain == "medical" else STALE) - timedelta(days=10),
        "reviewers": [{"name": author, "role": "editor"}],
        "status": "draft",
        "licence": "CC-BY-4.0",
    }
    return f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=110)}---{_BODY}"
