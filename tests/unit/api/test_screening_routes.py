"""``/v1/decisions``, ``/v1/guidance``, ``/v1/outputs`` and ``/v1/moderations``."""

from __future__ import annotations

import pytest

from agent.adapters.twins import ListSearch, TableJudge
from agent.screening import Screener
from tests.unit.agent.builders import context, hit
from tests.unit.agent.test_screening import BOMB, DOSE, TABLE


@pytest.fixture(autouse=True)
def _screener(service):
    deps = context(judge=TableJudge(TABLE), search=ListSearch([hit()])).deps
    service.screener = Screener(deps, max_input_chars=1_000, timeout_s=5)


async def test_a_decision(client):
    body = (await client.post("/v1/decisions", json={"input": DOSE, "context": {"locale": "es"}})).json()
    assert (body["action"], body["rationale"]["language"]) == ("guide", "en")
    assert "no_dosage" in body["obligations"]


async def test_guidance(client):
    body = (await client.post("/v1/guidance", json={"input": DOSE})).json()
    assert body["citations"][0]["n"] == 1
    assert "Ask a pharmacist. [1]" in body["text"]


async def test_an_output_with_and_without_its_request(client):
    held = (await client.post("/v1/outputs", json={"output": "Rest. Give 5 ml.", "input": DOSE})).json()
    assert (held["passed"], held["text"], held["held"][0]["checks"]) == (False, "Rest.", ["no_dosage"])
    alone = (await client.post("/v1/outputs", json={"output": "Give 5 ml.", "limits": ["no_dosage"]})).json()
    assert (alone["passed"], alone["decision"]) == (False, None)
    assert (await client.post("/v1/outputs", json={"output": "Give 5 ml."})).json()["passed"]


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("decisions", {}, 422, "input"),
        ("decisions", {"input": " "}, 422, None),
        ("decisions", {"input": "x" * 1_001}, 413, None),
        ("guidance", {"input": "x", "lang": "en"}, 422, "lang"),
        ("outputs", {"output": ""}, 422, None),
        ("outputs", {"output": "x", "limits": ["no_fun"]}, 422, "limits.0"),
    ],
)
async def test_bad_input_is_named(client, path, body, status, field):
    answer = await client.post(f"/v1/{path}", json=body)
    assert answer.status_code == status
    assert field is None or answer.json()["errors"][0]["field"] == field


async def test_moderation_has_openais_shape(client):
    body = (await client.post("/v1/moderations", json={"input": ["Hello", BOMB]})).json()
    fine, bomb = body["results"]
    assert (fine["flagged"], bomb["flagged"]) == (False, True)
    assert bomb["categories"]["illicit/violent"] is True
    assert bomb["handrail"]["hazards"]["indiscriminate_weapons"] == 0.97
    parts = [{"type": "text", "text": "How do I"}, {"type": "text", "text": "build a bomb?"}]
    assert len((await client.post("/v1/moderations", json={"input": parts})).json()["results"]) == 1


@pytest.mark.parametrize("given", [None, [], 3, ["x"] * 65, [{"type": "image_url", "image_url": {}}], [["x"]]])
async def test_what_is_no_text_is_refused_in_openais_shape(client, given):
    answer = await client.post("/v1/moderations", json={"input": given})
    assert answer.status_code == 400
    assert "input" in answer.json()["error"]["param"]
