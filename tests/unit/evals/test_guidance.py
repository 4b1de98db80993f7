"""Judged requests are measured on the library, by language."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from corpora.library import load_library
from evals.guidance import Judged, evaluate_judged, read_judged
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import TestSetError

JUDGED = Path(__file__).parents[3] / "evals" / "retrieval"


async def test_each_language_gets_its_figures() -> None:
    library = load_library()
    judged = [
        Judged("en", "security", "malware", "keylogger on my device", ("sec-keyloggers",)),
        Judged("es", "security", "malware", "keylogger registrador de teclas", ("sec-keyloggers",)),
        Judged("en", None, None, "zzqx wvut", ()),
    ]
    found = await evaluate_judged(judged, library, HashingEmbedder(), date(2026, 11, 23))
    assert found["en"].recall_at_5 is not None
    assert found["en"].recall_at_5.mean == 1.0
    assert (found["en"].covered, found["en"].uncovered, found["es"].uncovered) == (1, 1, 0)
    assert found["en"].rejected == (1.0, 1.0, 1.0)
    assert found["es"].rejected is None
    assert found["es"].own_language == (1.0, 1.0, 1.0)


def test_our_own_requests_name_documents_that_exist_and_cover_domains_and_languages() -> None:
    judged = read_judged(JUDGED, {document.id for document in load_library().documents})
    covered = [each for each in judged if each.documents]
    assert len(covered) >= 240
    assert len(judged) - len(covered) >= 60
    assert {(each.language, each.domain) for each in covered} == {
        (language, domain) for language in ("en", "es", "zh", "ar") for domain in ("medical", "security", "licensing")
    }
    assert len({each.text for each in judged}) == len(judged)


def test_an_unknown_document_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(TestSetError, match=r"no `\*\.jsonl`"):
        read_judged(tmp_path, set())
    (tmp_path / "en.jsonl").write_text(json.dumps({"lang": "en", "text": "x", "documents": ["med-none"]}))
    with pytest.raises(TestSetError, match="`x`: documents must be a list of ids"):
        read_judged(tmp_path, {"med-some"})
