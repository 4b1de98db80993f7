"""``Idempotency-Key`` over HTTP."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from api.idempotency import HEADER
from tests.unit.agent.test_cases import case
from tests.unit.api.fakes import FakeService
from tests.unit.api.test_gate import bearer

KEY = {HEADER: "7f1e"}


async def turn(client: httpx.AsyncClient, text: str = "hello", **changes: object) -> httpx.Response:
    headers = {**KEY, **changes.pop("headers", {})}
    return await client.post("/v1/turns", json={"input": text, **changes}, headers=headers)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_turn_that_is_sent_again_runs_once(client: httpx.AsyncClient, service: FakeService, stream: bool):
    first, again = await turn(client, stream=stream), await turn(client, stream=stream)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert again.headers["x-content-type-options"] == "nosniff"
    assert len(service.runner.requests) == 1


async def test_without_the_header_every_request_counts(client: httpx.AsyncClient, service: FakeService):
    for _ in range(2):
        await client.post("/v1/turns", json={"input": "hello"})
    assert len(service.runner.requests) == 2
    assert service.answers.kept == {}


async def test_another_body_under_the_key_is_refused(client: httpx.AsyncClient, service: FakeService):
    await turn(client)
    other = await turn(client, "something else")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    path = await client.post("/v1/decisions", json={"input": "hello"}, headers=KEY)
    assert path.status_code == 422
    assert len(service.runner.requests) == 1


async def test_a_request_under_way_is_not_run_beside_itself(client: httpx.AsyncClient, service: FakeService):
    first = asyncio.create_task(turn(client, "wait"))
    for _ in range(200):
        await asyncio.sleep(0.01)
        if service.runner.requests:
            break
    again = await turn(client, "wait")
    assert (again.status_code, again.json()["code"], again.headers["retry-after"]) == (
        409,
        "idempotency_key_in_use",
        "1",
    )
    service.runner.proceed.set()
    assert (await first).status_code == 200
    assert (await turn(client, "wait")).headers["idempotent-replayed"] == "true"


async def test_an_answer_that_says_try_again_is_not_kept(client: httpx.AsyncClient, service: FakeService):
    for text in ("fail", "crash"):
        assert [(await turn(client, text)).status_code for _ in range(2)] in ([504, 504], [500, 500])
    assert len(service.runner.requests) == 4
    assert service.answers.kept == {}


async def test_a_fault_of_the_client_is_kept(client: httpx.AsyncClient, service: FakeService):
    assert [(await turn(client, " ")).status_code for _ in range(2)] == [422, 422]
    assert len(service.runner.requests) == 1


async def test_who_may_not_call_learns_nothing_by_the_key_of_another(client: httpx.AsyncClient, service: FakeService):
    mine = bearer(service, "chat")
    assert (await turn(client, headers=mine)).status_code == 200
    for headers in (bearer(service, "chat"), bearer(service, "chat", tenant="other")):
        answer = await turn(client, headers=headers)
        assert (answer.status_code, "idempotent-replayed" in answer.headers) == (200, False)
    assert (await turn(client, headers=bearer(service, "audit"))).status_code == 403
    assert len(service.runner.requests) == 3


async def test_a_case_is_claimed_once(client: httpx.AsyncClient, service: FakeService):
    await service.cases.add(case())
    answers = [await client.post("/v1/cases/case_1/claim", headers=KEY) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert service.cases.cases["case_1"].version == 2


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
async def test_what_is_no_key_is_said(client: httpx.AsyncClient, key: str):
    answer = await turn(client, headers={HEADER: key.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")


async def test_while_it_cannot_be_told_nothing_is_done(client: httpx.AsyncClient, service: FakeService):
    service.answers.fail = True
    assert (await turn(client)).status_code == 503
    assert service.runner.requests == []


async def test_every_post_takes_a_key_and_says_so(client: httpx.AsyncClient):
    paths = (await client.get("/openapi.json")).json()["paths"]
    posts = [operations["post"] for operations in paths.values() if "post" in operations]
    assert len(posts) > 10
    for operation in posts:
        assert HEADER in [parameter["name"] for parameter in operation["parameters"]]
        assert {"409", "422"} <= set(operation["responses"])
