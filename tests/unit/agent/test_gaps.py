"""What nothing covered: recorded without personal data, and gathered by kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry, Record
from agent.composer import compose
from agent.gaps import MAX_TEXT, cluster_gaps, gap_body
from agent.models import PiiSpan, Reply, Retrieved
from agent.selection import Reader
from policies.taxonomy import Action, Facet
from retrieval.embedding.hashing import HashingEmbedder
from tests.unit.agent.builders import decision, facts, hit, perception

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EMBED = HashingEmbedder(256).embed
NOTHING = Reply(text="No.", composer="catalogue")


async def gap(n: int, text: str, **changes: object) -> Record:
    body = {"domain": "medical", "facet": "dosing", "language": "en", "best": 0.2, "text": text, **changes}
    records = MemoryRecords()
    return await records.append(
        Entry(kind="gap", turn_id=f"turn_{n}", thread_id="t", tenant="x", at=AT + timedelta(hours=n), body=body)
    )


def test_a_search_that_found_nothing_is_a_gap_without_personal_data():
    seen = perception("mail a@b.org about my dose").model_copy(
        update={"pii": (PiiSpan(kind="email", start=5, end=12),)}
    )
    body = gap_body(seen, facts(Facet.DOSING), decision(Action.GUIDE), Retrieved(best=0.3111), NOTHING)
    assert body is not None
    assert "a@b.org" not in str(body["text"])
    assert "about my dose" in str(body["text"])
    assert (body["domain"], body["facet"], body["best"], body["action"]) == ("medical", "dosing", 0.311, "guide")


def test_where_nothing_may_be_kept_no_text_is():
    body = gap_body(perception("secret"), facts(), decision(Action.GUIDE, "log_none"), Retrieved(), NOTHING)
    assert body is not None
    assert body["text"] == ""


def test_a_long_message_is_cut():
    body = gap_body(perception("long " * 500), facts(), decision(Action.GUIDE), Retrieved(), NOTHING)
    assert body is not None
    assert len(str(body["text"])) == MAX_TEXT


def test_guidance_and_a_store_out_of_reach_are_no_gaps_and_helplines_fill_none():
    composed = compose(Retrieved(hits=(hit(),)), {}, Reader())
    guided = Reply(text="x", alternative=composed.alternative, citations=composed.citations, composer="extractive")
    about = (perception("x"), facts(), decision(Action.GUIDE))
    assert gap_body(*about, Retrieved(hits=(hit(),)), guided) is None
    assert gap_body(*about, Retrieved(error="down"), NOTHING) is None
    line = composed.citations[0].model_copy(update={"document_id": "helpline-x"})
    assert gap_body(*about, Retrieved(), Reply(text="x", citations=(line,), composer="catalogue")) is not None


async def test_alike_requests_are_one_kind_and_the_most_asked_comes_first():
    records = [
        await gap(1, "how much zinc may a dog eat"),
        await gap(2, "how much zinc may my dog eat"),
        await gap(3, "can I fly with an ear infection"),
        await gap(4, "how much zinc may a dog eat", facet="diagnosis"),
    ]
    found = cluster_gaps(records, EMBED)
    assert [(each.facet, each.turns) for each in found] == [("dosing", 2), ("diagnosis", 1), ("dosing", 1)]
    assert set(found[0].examples) == {"how much zinc may a dog eat", "how much zinc may my dog eat"}
    assert (found[0].first, found[0].last) == (records[0].at.isoformat(), records[1].at.isoformat())
    assert cluster_gaps(records, EMBED) == found


async def test_requests_are_alike_by_what_they_mean_in_english_too():
    records = [await gap(n, text, language="es") for n, text in enumerate(["carro", "coche", "hospital"])]
    assert [each.examples for each in cluster_gaps(records, EMBED)] == [("carro", "coche"), ("hospital",)]


async def test_other_records_and_none_at_all_make_no_gaps():
    other = (await gap(1, "x")).model_copy(update={"kind": "outcome"})
    assert cluster_gaps([other], EMBED) == []
    assert cluster_gaps([], EMBED) == []
