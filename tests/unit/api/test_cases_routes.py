"""``/v1/cases`` over twins."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.agent.test_cases import NOW, case
from tests.unit.api.fakes import FakeService
from tests.unit.api.problem import problem
from tests.unit.api.test_gate import bearer


@pytest.fixture
async def filed(service: FakeService) -> FakeService:
    """A service with a case of the tenant acme."""
    pseudonym = service.sealer.secret.pseudonym("acme", "ana")
    found = await service.sealer.seal(
        "please help", "redacted", tenant="acme", subject="ana", thread_id="thread_1", language="en"
    )
    assert found is not None
    service.records.keys.keys |= {key.id: key for key in found.keys}
    service.sealer.stored(found.keys)
    await service.cases.add(case(subject=pseudonym, context=found.sealed.model_dump()))
    return service


async def test_a_case_from_the_list_to_its_verdict(client: httpx.AsyncClient, filed: FakeService) -> None:
    headers = bearer(filed, "review")
    (listed,) = (await client.get("/v1/cases", headers=headers)).json()["cases"]
    assert (listed["id"], listed["state"], listed["late"], "context" in listed) == (
        "case_1",
        "open",
        NOW.year < 2027,
        False,
    )
    shown = (await client.get("/v1/cases/case_1", headers=headers)).json()
    assert (shown["context"], shown["comments"], shown["reason"]) == ("please help", [], None)
    claimed = (await client.post("/v1/cases/case_1/claim", headers=headers)).json()
    assert (claimed["state"], claimed["claimed_by"].startswith("key:")) == ("claimed", True)
    assert (await client.post("/v1/cases/case_1/comments", json={"text": "hm"}, headers=headers)).json()["notes"] == 1
    body = {"resolution": "answered", "text": "Ask a pharmacist."}
    done = await client.post("/v1/cases/case_1/resolve", json=body, headers=headers)
    assert (done.status_code, done.json()["resolution"]) == (200, "answered")
    assert filed.said[0][1].endswith("Ask a pharmacist.")
    again = await client.post("/v1/cases/case_1/resolve", json=body, headers=headers)
    await problem(again, 409, "case_conflict")
    assert (await client.get("/v1/cases", headers=headers)).json()["cases"] == []
    resolved = await client.get("/v1/cases", params={"state": "resolved"}, headers=headers)
    assert [found["id"] for found in resolved.json()["cases"]] == ["case_1"]
    sums = (await client.get("/v1/cases/metrics", headers=headers)).json()
    assert (sums["resolved"], sums["rules"][0]["rate"]) == (1, 1.0)


async def test_another_reviewer_waits_or_is_handed_the_case(client: httpx.AsyncClient, filed: FakeService) -> None:
    one, two = bearer(filed, "review"), bearer(filed, "review")
    await client.post("/v1/cases/case_1/claim", headers=one)
    body = await problem(await client.post("/v1/cases/case_1/claim", headers=two), 409, "case_conflict")
    assert "is claimed by `key:" in str(body["detail"])
    handed = await client.post("/v1/cases/case_1/reassign", json={"to": "bo"}, headers=one)
    assert handed.json()["claimed_by"] == "bo"


async def test_cases_of_another_tenant_are_not_there(client: httpx.AsyncClient, filed: FakeService) -> None:
    other = bearer(filed, "review", tenant="other")
    assert (await client.get("/v1/cases", headers=other)).json()["cases"] == []
    assert (await client.get("/v1/cases/metrics", headers=other)).json()["open"] == 0
    verdict = {"resolution": "upheld", "text": "x"}
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/claim", None),
        ("POST", "/comments", {"text": "x"}),
        ("POST", "/reassign", {"to": "x"}),
        ("POST", "/resolve", verdict),
    ):
        answer = await client.request(method, f"/v1/cases/case_1{path}", json=body, headers=other)
        await problem(answer, 404, "unknown_case")
    every = bearer(filed, "review", tenant="*")
    assert len((await client.get("/v1/cases", headers=every)).json()["cases"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("resolve", {"resolution": "maybe", "text": "x"}, 422, "invalid_request"),
        ("resolve", {"resolution": "upheld"}, 422, "case_text_held"),
        ("resolve", {"resolution": "draft_approved"}, 409, "no_draft"),
        ("resolve", {"resolution": "upheld", "text": " "}, 422, "case_text_held"),
        ("resolve", {"resolution": "answered", "text": "Take 400 mg."}, 422, "case_text_held"),
        ("comments", {"text": "x", "more": 1}, 422, "invalid_request"),
        ("reassign", {"to": ""}, 422, "invalid_request"),
        ("reassign", {"to": "bo\n2026-11-24 ana: done"}, 422, "invalid_request"),
        ("reassign", {"to": "\x00"}, 422, "invalid_request"),
        ("comments", [], 422, "invalid_request"),
    ],
)
async def test_bad_bodies_are_said(
    client: httpx.AsyncClient, filed: FakeService, path: str, body: object, status: int, code: str
) -> None:
    headers = bearer(filed, "review")
    await client.post("/v1/cases/case_1/claim", headers=headers)
    await problem(await client.post(f"/v1/cases/case_1/{path}", json=body, headers=headers), status, code)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "state=lost"])
async def test_bad_queries_are_said(client: httpx.AsyncClient, filed: FakeService, query: str) -> None:
    await problem(await client.get(f"/v1/cases?{query}", headers=bearer(filed, "review")), 422, "invalid_request")


async def test_cases_out_of_reach_are_said(client: httpx.AsyncClient, filed: FakeService) -> None:
    filed.cases.fail = True
    response = await client.get("/v1/cases", headers=bearer(filed, "review"))
    assert response.status_code == 503
