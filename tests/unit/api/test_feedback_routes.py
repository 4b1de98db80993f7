"""``POST /v1/turns/{turn_id}/feedback`` and ``GET /v1/feedback``."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.agent.test_feedback import People
from tests.unit.api.fakes import FakeService
from tests.unit.api.problem import JSON
from tests.unit.api.test_gate import bearer


@pytest.fixture
async def turn(service: FakeService) -> str:
    people = People()
    service.feedback = people.feedback
    return await people.turn()


async def test_feedback_is_given_and_added_up_for_its_tenant(
    client: httpx.AsyncClient, service: FakeService, turn: str
):
    chat = bearer(service, "chat")
    path = f"/v1/turns/{turn}/feedback"
    given = await client.post(path, json={"verdict": "wrongly_refused", "text": "it is for school"}, headers=chat)
    assert given.status_code == 200
    assert given.json()["case_id"].startswith("case_")
    report = (await client.get("/v1/feedback", headers=bearer(service, "audit"))).json()
    assert (report["turns"], report["verdicts"]) == (1, {"wrongly_refused": 1})
    other = await client.get("/v1/feedback", headers=bearer(service, "audit", tenant="other"))
    assert other.json()["turns"] == 0
    assert (
        await client.post(path, json={"verdict": "helpful"}, headers=bearer(service, "chat", tenant="b"))
    ).status_code == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"verdict": "great"}', 422),
        (b"{}", 422),
        (b'{"verdict": "helpful", "stars": 5}', 422),
        (b'{"verdict": "helpful", "text": "' + b"x" * 2_001 + b'"}', 422),
        (b'{"verdict": "helpful", "text": 1}', 422),
        (b"hello", 400),
    ],
)
async def test_bad_input_is_explained(client: httpx.AsyncClient, turn: str, content: bytes, status: int):
    answer = await client.post(f"/v1/turns/{turn}/feedback", content=content, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_half_a_surrogate_pair_is_taken(client: httpx.AsyncClient, turn: str):
    content = b'{"verdict": "helpful", "text": "\\ud800"}'
    assert (await client.post(f"/v1/turns/{turn}/feedback", content=content, headers=JSON)).status_code in (
        200,
        400,
        422,
    )
