"""What every vector store promises; run on each adapter."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import AsyncQdrantClient

from retrieval.adapters.edge import EdgeStore
from retrieval.adapters.memory import MemoryStore
from retrieval.adapters.server import QdrantServerStore, connect_server
from retrieval.asked import nearness
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import NoRelease, ReleaseNotFound
from retrieval.models import Candidates, IndexPoint, LegQuery, Release, Section
from retrieval.ports import VectorStore

SERVER_URL = os.environ.get("HANDRAIL_QDRANT_URL")

MakeSection = Callable[..., Section]
MakePoints = Callable[..., list[IndexPoint]]
MakeRelease = Callable[..., Release]
MakeQuery = Callable[..., LegQuery]


@pytest.fixture(
    params=[
        "memory",
        "edge",
        "server-local",
        pytest.param(
            "server",
            marks=[
                pytest.mark.service,
                pytest.mark.skipif(SERVER_URL is None, reason="HANDRAIL_QDRANT_URL names no Qdrant server"),
            ],
        ),
    ]
)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorStore]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "edge":
        yield EdgeStore(tmp_path / "index")
    elif request.param == "server-local":
        local = QdrantServerStore(AsyncQdrantClient(":memory:"), local=True)
        yield local
        await local.close()
    else:
        assert SERVER_URL is not None
        server = connect_server(SERVER_URL, timeout_s=30, alias=f"test-{uuid.uuid4().hex[:8]}")
        yield server
        await server.drop_all()
        await server.close()


async def publish(store: VectorStore, release: Release, points: list[IndexPoint]) -> None:
    await store.build(release, points)
    await store.activate(release.id)


def ids(found: Candidates) -> list[str]:
    return sorted(candidate.section.document_id for candidate in found.items)


def test_is_a_vector_store(store: VectorStore) -> None:
    assert isinstance(store, VectorStore)


async def test_before_anything_is_published_it_says_so(store: VectorStore, query: MakeQuery) -> None:
    health = await store.health()
    assert not health.ready
    assert health.release is None
    assert "no release" in health.detail
    with pytest.raises(NoRelease, match="corpora index"):
        await store.search(query("poison"))


async def test_a_published_section_is_found_whole(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    stored = section("med-a", "Llámalo. 打电话. اتصل.", keywords=("poison",), next_steps=("What now?",))
    await publish(store, release(), points(stored))
    found = await store.search(query("poison"))
    assert found.release == release()
    assert [candidate.section for candidate in found.items] == [stored]


async def test_scores_are_cosine_and_bm25_with_qdrants_idf(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    rows = points(
        section("med-a", "poison poison line"), section("med-b", "poison centre"), section("med-c", "broken leg")
    )
    await publish(store, release(sections=3), rows)
    wanted = query("poison leg")
    found = {c.section.document_id: c for c in (await store.search(wanted)).items}
    for row in rows:
        candidate = found[row.section.document_id]
        assert candidate.dense == pytest.approx(float(row.dense @ wanted.dense), abs=1e-4)
    poison, leg = (set(query(word).lexical[0].sparse.indices) for word in ("poison", "leg"))
    weights = dict(zip(rows[0].sparse.indices, rows[0].sparse.values, strict=True))
    idf_of_two_in_three = 0.47000363
    assert found["med-a"].lexical == pytest.approx(weights[next(iter(poison))] * idf_of_two_in_three, abs=1e-4)
    weights = dict(zip(rows[2].sparse.indices, rows[2].sparse.values, strict=True))
    idf_of_one_in_three = 0.98082925
    assert found["med-c"].lexical == pytest.approx(weights[next(iter(leg))] * idf_of_one_in_three, abs=1e-4)


async def test_words_are_weighed_by_how_rare_they_are_in_their_language(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    spanish = section("med-es", "veneno", title="x", need="x", heading="x", locale="es")
    english = [section(f"med-{number}", "poison", title="x", need="x", heading="x") for number in range(3)]
    await publish(store, release(sections=4), points(spanish, *english))
    found = {c.section.document_id: c for c in (await store.search(query("veneno", languages=("es", "en")))).items}
    idf_of_one_in_one = 0.28768207
    (weight,) = {
        value
        for token, value in zip(*points(spanish)[0].sparse.model_dump().values(), strict=True)
        if token in query("veneno", languages=("es",)).lexical[0].sparse.indices
    }
    assert found["med-es"].lexical == pytest.approx(weight * idf_of_one_in_one, abs=1e-4)
    assert found["med-0"].lexical == 0


async def test_a_query_without_a_known_word_has_a_dense_leg_only(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    await publish(store, release(), points(section("med-a")))
    found = await store.search(query("..."))
    assert [(c.section.document_id, c.lexical) for c in found.items] == [("med-a", 0.0)]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"domain": "security"}, {"domains": ("medical", "licensing")}),
        ({"locale": "es"}, {"languages": ("zh", "en")}),
        ({"jurisdictions": ("GB", "MX")}, {"jurisdiction": "US"}),
        ({"jurisdictions": ("EU",)}, {"jurisdiction": "US"}),
        ({"audience": ("professional",)}, {}),
        ({"audience": ("minor",)}, {"audience": "professional"}),
        ({"status": "draft"}, {}),
        ({"status": "withdrawn"}, {}),
        ({"stance": "offensive"}, {}),
        ({"review_by": date(2026, 11, 22)}, {}),
        ({"revision": "feedfeedfeed"}, {"excluded": ("abcabcabcabc", "feedfeedfeed")}),
    ],
)
async def test_what_fails_the_filter_is_in_no_leg(
    store: VectorStore,
    section: MakeSection,
    points: MakePoints,
    release: MakeRelease,
    query: MakeQuery,
    changes: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    rows = points(section("hidden", "poison", **changes), section("shown", "poison"))
    await publish(store, release(sections=2), rows)
    assert ids(await store.search(query("poison", facets=("emergency",), **wanted))) == ["shown"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"domain": "security"}, {"domains": None}),
        ({"locale": "es"}, {"languages": ("es", "en")}),
        ({"jurisdictions": ("GB", "MX")}, {"jurisdiction": "MX"}),
        ({"jurisdictions": ("EU",)}, {"jurisdiction": "ES"}),
        ({"jurisdictions": ("GB",)}, {"jurisdiction": None}),
        ({"audience": ("professional",)}, {"audience": "professional"}),
        ({"audience": ("public", "minor")}, {"audience": "professional"}),
        ({"review_by": date(2026, 11, 23)}, {}),
        ({"stance": "neutral"}, {}),
        ({}, {"excluded": ("feedfeedfeed",)}),
    ],
)
async def test_what_meets_the_filter_is_found(
    store: VectorStore,
    section: MakeSection,
    points: MakePoints,
    release: MakeRelease,
    query: MakeQuery,
    changes: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    await publish(store, release(), points(section("shown", "poison", **changes)))
    assert ids(await store.search(query("poison", **wanted))) == ["shown"]


async def test_each_leg_brings_at_most_the_limit(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    rows = points(*(section(f"med-{number}", f"poison {number} " + "line " * number) for number in range(9)))
    await publish(store, release(sections=9), rows)
    found = await store.search(query("poison", limit=2))
    assert sum(candidate.dense != 0 for candidate in found.items) <= 2
    assert sum(candidate.lexical != 0 for candidate in found.items) <= 2


async def test_wanted_facets_get_legs_of_their_own(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    near = [section(f"near-{number}", "poison line now") for number in range(4)]
    far = section("far", "something else entirely", facets=("dosing", "diagnosis"))
    await publish(store, release(sections=5), points(*near, far))
    assert "far" not in ids(await store.search(query("poison line now", limit=2)))
    found = await store.search(query("poison line now", limit=2, facets=("diagnosis",)))
    assert "far" in ids(found)
    assert len([name for name in ids(found) if name.startswith("near")]) >= 2


async def test_all_typical_requests_of_a_section_count(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    asked = section("asked", "something else entirely", asked=("my dog ate a grape", "is chocolate bad for dogs"))
    other = section("other", "something else again", asked=("how long is a licence valid",))
    plain = section("plain", "nothing is asked here")
    await publish(store, release(sections=3), points(asked, other, plain))
    found = {item.section.document_id: item.asked for item in (await store.search(query("my dog ate a grape"))).items}
    embed = HashingEmbedder(64).embed
    cosines = embed(list(asked.asked)) @ embed(["my dog ate a grape"])[0]
    assert found["asked"] == pytest.approx(nearness(cosines), abs=2e-3)  # they are kept as 16-bit floats
    assert found["other"] < found["asked"]
    assert found.get("plain", 0.0) == 0.0


async def test_typical_requests_pass_the_filter_of_their_section(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    hidden = section("hidden", "x", asked=("my dog ate a grape",), domain="security")
    shown = section("shown", "y", asked=("my cat ate a lily",))
    await publish(store, release(sections=2), points(hidden, shown))
    assert ids(await store.search(query("my dog ate a grape", domains=("medical",)))) == ["shown"]


async def test_the_answer_does_not_depend_on_the_order_of_building(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    rows = points(*(section(f"med-{number}", f"poison {'line ' * number}") for number in range(5)))
    await publish(store, release(sections=5), rows)
    first = (await store.search(query("poison line"))).items
    await publish(store, release("0002-bbbbbbbbbbbb", sections=5), rows[::-1])
    second = (await store.search(query("poison line"))).items
    assert [item.section.document_id for item in first] == [item.section.document_id for item in second]
    assert [item.dense for item in first] == pytest.approx([item.dense for item in second], abs=1e-5)


async def test_a_built_release_is_not_served_until_activated(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    await publish(store, release(), points(section("old")))
    await store.build(release("0002-bbbbbbbbbbbb"), points(section("new")))
    assert ids(await store.search(query("poison"))) == ["old"]
    await store.activate("0002-bbbbbbbbbbbb")
    found = await store.search(query("poison"))
    assert (ids(found), found.release.id) == (["new"], "0002-bbbbbbbbbbbb")
    health = await store.health()
    assert health.release == release("0002-bbbbbbbbbbbb")
    assert health.available == ("0001-aaaaaaaaaaaa", "0002-bbbbbbbbbbbb")


async def test_a_new_revision_of_a_section_replaces_the_remembered_one(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    await publish(store, release(), points(section("med-a", "poison old")))
    await store.search(query("poison"))
    await publish(store, release("0002-bbbbbbbbbbbb"), points(section("med-a", "poison new")))
    assert [c.section.text for c in (await store.search(query("poison"))).items] == ["poison new"]


async def test_an_older_release_can_be_served_again(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    await publish(store, release(), points(section("old")))
    await publish(store, release("0002-bbbbbbbbbbbb"), points(section("new")))
    await store.activate("0001-aaaaaaaaaaaa")
    assert ids(await store.search(query("poison"))) == ["old"]


async def test_building_the_same_release_again_changes_nothing(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    await publish(store, release(), points(section("med-a")))
    await publish(store, release(), points(section("med-a")))
    assert ids(await store.search(query("poison"))) == ["med-a"]


async def test_a_release_that_was_never_built_cannot_be_activated(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    await publish(store, release(), points(section("old")))
    with pytest.raises(ReleaseNotFound, match="0009-cccccccccccc"):
        await store.activate("0009-cccccccccccc")
    assert ids(await store.search(query("poison"))) == ["old"]


async def test_a_failure_in_the_middle_of_a_build_leaves_the_served_release(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    def breaks() -> Iterator[IndexPoint]:
        yield from points(*(section(f"new-{number}") for number in range(300)))
        raise RuntimeError("the machine ran out of something")

    await publish(store, release(), points(section("old")))
    with pytest.raises(RuntimeError, match="ran out"):
        await store.build(release("0002-bbbbbbbbbbbb", sections=400), breaks())
    assert ids(await store.search(query("poison"))) == ["old"]
    assert (await store.health()).available == ("0001-aaaaaaaaaaaa",)
    with pytest.raises(ReleaseNotFound):
        await store.activate("0002-bbbbbbbbbbbb")
    await publish(store, release("0002-bbbbbbbbbbbb"), points(section("new")))
    assert ids(await store.search(query("poison"))) == ["new"]


async def test_only_the_last_releases_are_kept(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease
) -> None:
    if isinstance(store, MemoryStore):
        pytest.skip("keeps everything: it lives as long as its process")
    for number in range(1, 6):
        await publish(store, release(f"{number:04d}-aaaaaaaaaaaa"), points(section("med-a")))
    assert (await store.health()).available == ("0003-aaaaaaaaaaaa", "0004-aaaaaaaaaaaa", "0005-aaaaaaaaaaaa")


async def test_searches_go_on_while_releases_are_switched(
    store: VectorStore, section: MakeSection, points: MakePoints, release: MakeRelease, query: MakeQuery
) -> None:
    await publish(store, release(), points(section("med-1")))
    wanted = query("poison")
    seen: set[str] = set()

    async def search_often() -> None:
        for _ in range(30):
            found = await store.search(wanted)
            assert len(found.items) == 1
            number = found.release.number
            assert number == 1 or found.items[0].section.text == f"poison {number}"
            seen.add(found.release.id)
            await asyncio.sleep(0)

    async def switch_often() -> None:
        for number in range(2, 5):
            rows = points(section("med-1", f"poison {number}"))
            await publish(store, release(f"{number:04d}-aaaaaaaaaaaa"), rows)

    await asyncio.gather(search_often(), switch_often(), search_often())
    assert ids(await store.search(wanted)) == ["med-1"]
    assert seen
