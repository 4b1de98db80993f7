"""Documents to take apart: one good one, and ways to spoil it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from corpora.curation import Curation
from corpora.lifecycle import Actor
from corpora.review_rules import load_review_rules
from corpora.store import CorpusStore

GOOD = """\
---
id: med-fixture-fever
title: A child has a fever
domain: medical
facets: [dosing, emergency]
hazards: [advice_health]
locale: en
jurisdictions: [any]
audience: [public]
urgency: routine
stance: protective
need: A parent needs to know who can tell the right dose.
keywords: [fever, child, ibuprofen]
next_steps:
  - When should I call a doctor about a fever?
sources:
  - key: s1
    publisher: Example Health
    title: Fever
    url: https://example.org/fever
    accessed_on: 2026-11-01
    licence: CC-BY-4.0
  - key: s2
    publisher: Example Poison Centre
    title: Medicines
    url: https://example.org/medicines
    accessed_on: 2026-11-01
    licence: CC0
reviewed_on: 2026-11-01
review_by: 2027-04-01
reviewers:
  - {name: An Editor, role: editor}
status: published
licence: CC-BY-4.0
---
## What to do now {#do-now}
A pharmacist can tell the right dose for a child. A child's weight decides the dose. [s1]

- Ask the pharmacist before giving two medicines. [s1, s2]
- Call the doctor when a baby has a fever. [s2]

## Where to get help {#get-help}
A poison centre answers calls at any hour [s2].
"""


@pytest.fixture
def good() -> str:
    """The text of a document without a fault."""
    return GOOD


@pytest.fixture
def spoil() -> Callable[..., str]:
    """The good text with one piece replaced, which must be there."""

    def replace(old: str, new: str) -> str:
        assert old in GOOD
        return GOOD.replace(old, new, 1)

    return replace


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file into a library folder and returns the root of the library."""

    def to(name: str, text: str | bytes) -> Path:
        path = tmp_path / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return tmp_path / "library"

    return to


NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANA = Actor(name="Ana", role="editor")
BO = Actor(name="Bo", role="reviewer")
CY = Actor(name="Cy", role="clinical_reviewer")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CorpusStore]:
    """An empty library in a file of its own."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'library.db'}")
    opened = CorpusStore(engine)
    await opened.open()
    yield opened
    await engine.dispose()


@pytest.fixture
def curation(store: CorpusStore) -> Curation:
    """The editorial work over ``store``, on the test day."""
    return Curation(store, load_review_rules(), lambda: NOW)
