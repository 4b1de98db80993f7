"""``/v1/corpora``: the same work as at the prompt, with answers for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from agent.access import Principal, Scope, issue
from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry
from agent.desk import Desk
from agent.sealing import Sealer, Secret
from api.corpora_routes import acting
from api.corpora_schemas import ActorBody
from api.problems import Problem
from corpora.connectors.markdown import Markdown
from corpora.lifecycle import Actor
from retrieval.adapters.memory import MemoryStore
from retrieval.models import SearchFilter
from tests.unit.api.fakes import FakeService
from tests.unit.corpora.conftest import GOOD
from tests.unit.corpora.connectors.conftest import a_profile
from tests.unit.retrieval.library import Library, open_library

DOC = "med-fixture-fever"
ANA = {"name": "Ana", "role": "editor"}
BO = {"name": "Bo", "role": "reviewer"}
CY = {"name": "Cy", "role": "clinical_reviewer"}
PAT = {"name": "Pat", "role": "publisher"}
FILE = {"path": "medical/en/fever.md", "text": GOOD}


def problem_of(response: httpx.Response, status: int, code: str) -> str:
    """The detail of a problem of this kind, with the fields at fault."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert (body["status"], body["code"]) == (status, code) == (response.status_code, code), body
    return str(body["detail"]) + str(body.get("errors", ""))


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with open_library(tmp_path, MemoryStore()) as opened:
        yield opened


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def service(library: Library, records: MemoryRecords) -> FakeService:
    made = FakeService()
    made.desk = Desk(
        library.curation,
        library.publisher,
        library.withdrawals,
        library.searcher,
        records,
        lambda: library.embedder,
        Sealer(Secret(bytes(32)), records.keys),
    )
    return made


@pytest.fixture
def post(client: httpx.AsyncClient):
    async def send(path: str, **body: Any) -> httpx.Response:
        return await client.post(f"/v1/corpora/{path}", json=body)

    return send


async def approved(post, text: str = GOOD) -> str:
    """The revision of the imported and approved document."""
    done = await post("documents", actor=ANA, documents=[{**FILE, "text": text}])
    revision = str(done.json()["documents"][0]["revision"])
    await post(f"documents/{DOC}/submit", actor=ANA, revision=revision)
    await post(f"documents/{DOC}/approve", actor=BO, revision=revision)
    assert (await post(f"documents/{DOC}/approve", actor=CY, revision=revision)).json()["status"] == "approved"
    return revision


async def test_a_document_from_import_to_withdrawal(client: httpx.AsyncClient, post, records: MemoryRecords) -> None:
    revision = await approved(post)
    published = (await post("releases", actor=PAT, reason="first")).json()
    assert published["published"] == [f"{DOC}@{revision}"]
    releases = (await client.get("/v1/corpora/releases")).json()["releases"]
    assert [(r["id"], r["live"], r["documents"]) for r in releases] == [(published["release"]["id"], True, 1)]
    status = (await client.get("/v1/corpora/status")).json()
    assert (status["live_release"], status["counts"]) == (published["release"]["id"], {"published": 1})
    withdrawn = await post(f"documents/{DOC}/withdraw", actor=CY, reason="wrong")
    assert [r["status"] for r in withdrawn.json()["revisions"]] == ["withdrawn"]
    entries = (await client.get("/v1/corpora/history", params={"document_id": DOC})).json()["entries"]
    assert [(e["step"], e["actor"]) for e in entries] == [
        ("import", "Ana"),
        ("submit", "Ana"),
        ("approve", "Bo"),
        ("approve", "Cy"),
        ("publish", "Pat"),
        ("withdraw", "Cy"),
    ]
    chained = [(r.body["step"], r.body["actor"], r.body["by"]) for r in await records.read() if r.kind == "corpus"]
    assert chained == [
        ("approve", "Bo", "local"),
        ("approve", "Cy", "local"),
        ("publish", "Pat", "local"),
        ("withdraw", "Cy", "local"),
    ]


async def test_a_source_goes_from_its_folder_into_a_release_without_its_attacks(
    post, library: Library, tmp_path: Path
) -> None:
    page = "# Doors\n\n## Locks\n\nGood locks keep people out.\n\n## How to test\n\nPick the good locks to keep people out.\n"
    (tmp_path / "upstream").mkdir()
    (tmp_path / "upstream" / "doors.md").write_text(page)
    profile = a_profile(name="house", offensive_headings=["how to test"])
    ana = Actor(name="Ana", role="editor")
    await library.curation.import_source(tmp_path / "upstream", Markdown(), profile, ana)
    sam = {"name": "Sam", "role": "security_reviewer"}
    problem_of(await post("sources/house/approve", actor=sam), 422, "missing_reason")
    problem_of(await post("sources/other/approve", actor=sam, reason="read"), 409, "wrong_state")
    problem_of(await post("sources/house/approve", actor=ANA, reason="read"), 403, "not_allowed")
    done = await post("sources/house/approve", actor=sam, reason="read it all")
    assert done.json() == {"approved": 1, "waiting": 0, "left": []}
    assert (await post("releases", actor=PAT, reason="doors")).json()["release"]["sections"] == 2
    query = "good locks keep people out"
    vector = library.embedder.embed([query])[0]
    found = await library.searcher.search(query, vector, SearchFilter(today=datetime.now(UTC).date()))
    assert [hit.section.section_id for hit in found.hits] == ["house-doors#locks"]


async def test_a_rollback_serves_the_release_before(post) -> None:
    first = await approved(post)
    await post("releases", actor=PAT)
    second = await approved(post, GOOD.replace("A child has a fever", "Fever in a child"))
    await post("releases", actor=PAT)
    done = (await post("rollback", actor=PAT, reason="mistake")).json()
    assert (done["published"], done["taken_out"]) == ([f"{DOC}@{first}"], [f"{DOC}@{second}"])
    assert problem_of(await post("rollback", actor=PAT, reason="more"), 404, "unknown_release")


async def test_what_is_stored_can_be_seen_compared_and_taken_out(client: httpx.AsyncClient, post) -> None:
    first = (await post("documents", actor=ANA, documents=[FILE])).json()["documents"][0]
    assert (first["outcome"], first["status"]) == ("new", "draft")
    changed = GOOD.replace("A child has a fever", "Fever in a child")
    await post("documents", actor=ANA, documents=[{**FILE, "text": changed}])
    seen = (await client.get(f"/v1/corpora/documents/{DOC}")).json()["revisions"]
    assert len(seen) == 2
    text = (await client.get(f"/v1/corpora/documents/{DOC}/revisions/{first['revision']}")).json()
    assert (text["text"], text["path"], text["author"]) == (GOOD, "medical/en/fever.md", "Ana")
    assert "+title: Fever in a child" in (await client.get(f"/v1/corpora/documents/{DOC}/diff")).json()["diff"]
    exported = (await client.get("/v1/corpora/export")).json()["documents"]
    assert exported == [{"path": "medical/en/fever.md", "text": changed}]
    other = await client.get("/v1/corpora/export", params={"domain": "security"})
    assert other.json() == {"documents": []}
    again = await post("documents", actor=BO, documents=exported)
    assert [d["outcome"] for d in again.json()["documents"]] == ["unchanged"]
    drafts = await client.get("/v1/corpora/documents", params={"status": "draft", "locale": "en"})
    assert len(drafts.json()["revisions"]) == 2
    assert (await client.get("/v1/corpora/expiring", params={"within": "52w"})).json() == {"revisions": []}


async def test_texts_are_checked_before_and_after_they_are_stored(client: httpx.AsyncClient, post) -> None:
    bad = GOOD.replace("A poison centre answers calls at any hour [s2].", "Give 120 mg of it. [s2]")
    report = (await post("lint", documents=[{**FILE, "text": bad}])).json()
    assert report["errors"] == 1
    assert [f["code"] for f in report["findings"] if f["level"] == "error"] == ["dosage"]
    await post("documents", actor=ANA, documents=[{**FILE, "text": bad}])
    assert (await client.get(f"/v1/corpora/documents/{DOC}/lint")).json()["errors"] == 1
    refused = await post(f"documents/{DOC}/submit", actor=ANA)
    assert "dosage" in problem_of(refused, 422, "lint_failed")
    assert refused.json()["errors"][0]["field"] == "medical/en/fever.md:43"


async def test_a_skeleton_can_be_asked_for(post) -> None:
    body = {"id": "med-new-thing", "title": "New", "domain": "medical", "author": "Ana"}
    made = (await post("new", **body)).json()
    assert made["path"] == "medical/en/med-new-thing.md"
    assert (await post("documents", actor=ANA, documents=[made])).json()["problems"] == []
    assert "`cooking` is unknown" in problem_of(
        await post("new", **{**body, "domain": "cooking"}), 422, "invalid_document"
    )
    assert "leads out" in problem_of(await post("new", **{**body, "id": "../x"}), 422, "unsafe_path")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ({"path": "a.md", "text": "nothing"}, "a.md:1: the file starts with `nothing`"),
        ({"path": "a.md", "text": GOOD.replace("hazards: [", "hazards: [[")}, "not YAML"),
        ({"path": "a.md", "text": GOOD.replace("[dosing,", "[posology,")}, "field `facets`: `posology` is unknown"),
        ({"path": "../../etc/a.md", "text": GOOD}, "path `../../etc/a.md` leads out of the folder"),
        ({"path": "/etc/a.md", "text": GOOD}, "path `/etc/a.md` is absolute"),
        ({"path": "a.exe", "text": GOOD}, "names no Markdown file"),
        ({"path": "a.md", "text": "\ud800" + GOOD}, "is not UTF-8"),
    ],
)
async def test_what_is_no_document_is_refused_with_the_place(client: httpx.AsyncClient, file, message: str) -> None:
    import json

    body = json.dumps({"actor": ANA, "documents": [file]})
    response = await client.post("/v1/corpora/documents", content=body, headers={"Content-Type": "application/json"})
    if "\ud800" in file["text"]:
        assert response.status_code in (400, 422)
        return
    assert message in problem_of(response, 422, "invalid_document")


async def test_of_several_documents_the_broken_ones_are_named_and_the_others_stored(post) -> None:
    report = (await post("documents", actor=ANA, documents=[FILE, {"path": "b.md", "text": GOOD}])).json()
    assert [d["document_id"] for d in report["documents"]] == [DOC]
    assert "b.md:2: id `med-fixture-fever` is already used by medical/en/fever.md" in report["problems"][0]


async def test_steps_that_cannot_be_taken_say_why(client: httpx.AsyncClient, post) -> None:
    await post("documents", actor=ANA, documents=[FILE])
    here = f"documents/{DOC}"
    assert "`draft`" in problem_of(await post(f"{here}/approve", actor=BO), 409, "wrong_state")
    await post(f"{here}/submit", actor=ANA)
    own = await post(f"{here}/approve", actor={"name": "ANA", "role": "clinical_reviewer"})
    assert "never approves their own" in problem_of(own, 403, "not_allowed")
    assert "1 wait for review" in problem_of(await post("releases", actor=PAT), 409, "nothing_to_publish")
    named = await post("releases", actor=PAT, documents=[DOC])
    assert "is `in_review`; have it approved first" in problem_of(named, 409, "wrong_state")
    assert problem_of(await post(f"{here}/withdraw", actor=CY), 422, "missing_reason")
    assert problem_of(await post("documents/med-none-such/submit", actor=ANA), 404, "unknown_revision")
    assert problem_of(await client.get("/v1/corpora/documents/med-none-such"), 404, "unknown_revision")
    assert problem_of(await client.get("/v1/corpora/history", params={"revision": "abcdef"}), 404, "unknown_revision")
    assert problem_of(await client.get("/v1/corpora/expiring", params={"within": "soon"}), 422, "invalid_request")


@pytest.mark.parametrize(
    "actor",
    [None, {"name": "", "role": "editor"}, {"name": " ", "role": "editor"}, {"name": "A", "role": "The Boss"}, 5],
)
async def test_somebody_must_act(post, actor: object) -> None:
    assert "actor" in problem_of(await post("releases", actor=actor), 422, "invalid_request")


@pytest.mark.parametrize("name", ["med%00x", "Med-X", "..%2f..%2fetc", "a" * 200])
async def test_what_is_no_id_is_refused_before_the_database_is_asked(client: httpx.AsyncClient, name: str) -> None:
    response = await client.get(f"/v1/corpora/documents/{name}")
    assert response.status_code in (404, 422)
    assert response.json()["code"] in ("not_found", "invalid_request")


async def test_control_characters_and_the_role_of_the_machine_are_refused(post) -> None:
    assert problem_of(await post("releases", actor=PAT, reason="a\x00b"), 422, "invalid_request")
    assert problem_of(await post("releases", actor={"name": "A\nB", "role": "editor"}), 422, "invalid_request")
    machine = await post("releases", actor={"name": "A", "role": "system"})
    assert "name the role of a person" in problem_of(machine, 403, "not_allowed")


async def test_a_body_that_is_too_large_is_refused(post) -> None:
    response = await post("documents", actor=ANA, documents=[{**FILE, "text": GOOD + "x" * 30_000}])
    assert "HANDRAIL_MAX_BODY_BYTES" in problem_of(response, 413, "body_too_large")


async def test_a_key_needs_the_scope_and_sees_the_turns_of_its_tenant(
    client: httpx.AsyncClient, service: FakeService, post, records: MemoryRecords
) -> None:
    now = datetime.now(UTC)
    head, curator, chatter = (
        issue(name, tenant=tenant, scopes=[scope], now=now)
        for name, tenant, scope in (("hq", "*", "curate"), ("cms", "clinic", "curate"), ("page", "clinic", "chat"))
    )
    for key in (head, curator, chatter):
        await service.keys.add(key.key)
    client.headers["Authorization"] = f"Bearer {head.token}"
    await post("documents", actor=ANA, documents=[FILE])
    cited = {"cited": [{"document_id": DOC, "revision": "0" * 12, "section": "do-now"}], "action": "guide"}
    gap = {"domain": "medical", "facet": "dosing", "language": "en", "best": 0.1, "text": "zinc for a dog"}
    for tenant in ("clinic", "other"):
        for kind, body in (("outcome", cited), ("gap", gap)):
            turn = f"turn_{tenant}"
            await records.append(Entry(kind=kind, turn_id=turn, thread_id="t", tenant=tenant, at=now, body=body))
    every = (await client.get(f"/v1/corpora/documents/{DOC}/affected")).json()["turns"]
    assert [turn["turn_id"] for turn in every] == ["turn_clinic", "turn_other"]
    assert (await client.get("/v1/corpora/gaps")).json()["gaps"][0]["turns"] == 2
    client.headers["Authorization"] = f"Bearer {curator.token}"
    own = (await client.get(f"/v1/corpora/documents/{DOC}/affected")).json()["turns"]
    assert [turn["turn_id"] for turn in own] == ["turn_clinic"]
    assert (await client.get("/v1/corpora/gaps")).json()["gaps"][0]["turns"] == 1
    client.headers["Authorization"] = f"Bearer {chatter.token}"
    assert "curate" in problem_of(await client.get("/v1/corpora/status"), 403, "insufficient_scope")


async def test_a_library_out_of_reach_is_said_and_may_be_tried_again(client: httpx.AsyncClient, service) -> None:
    service.desk = FakeService().desk
    response = await client.get("/v1/corpora/status")
    assert "cannot be used" in problem_of(response, 503, "library_unavailable")
    assert response.headers["retry-after"] == "2"


def asked_by(principal: Principal) -> Request:
    return Request({"type": "http", "state": {"principal": principal}, "headers": []})


PERSON = Principal(
    name="oidc:ana", tenant="clinic", scopes=frozenset({Scope.CURATE}), role="clinical_reviewer", subject="ana"
)


def test_a_token_that_proves_a_person_speaks_for_that_person_only() -> None:
    own = ActorBody(name="ana", role="clinical_reviewer")
    for named in (None, own):
        actor = acting(asked_by(PERSON), named)
        assert (actor.name, actor.role, actor.via) == ("ana", "clinical_reviewer", "oidc:ana")
    with pytest.raises(Problem) as other:
        acting(asked_by(PERSON), ActorBody(name="Bo", role="reviewer"))
    assert (other.value.status, other.value.code) == (403, "wrong_actor")
    odd = PERSON.model_copy(update={"role": "Chief-Physician"})
    with pytest.raises(Problem) as strange:
        acting(asked_by(odd), None)
    assert "roles look like `clinical_reviewer`" in strange.value.detail
