"""``/v1/policies`` as a console would use it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.access import Scope, issue
from agent.adapters.policy_files import WatchedPolicies
from agent.audit import Entry
from agent.bootstrap import version_store
from agent.settings import Settings
from api.policies_routes import policies_routes
from evals.traffic import made_up_records
from policies.loader import load_policies, packaged_root
from tests.unit.api.fakes import FakeService

STRICT = {
    "rules/extra.yaml": "rules:\n  - {id: test.all, description: d, owner: o, domain: general, when: text.has_pii && text.length > 100, action: escalate, rationale: crime,\n"
    "     tests: [{fires: true, given: {text.has_pii: true, text.length: 200}, action: escalate}, {fires: false, given: {}, action: answer}]}\n"
}
BROKEN = {"rules/extra.yaml": "rules: [{id: x}]\n"}


@pytest.fixture
def service(tmp_path: Path) -> FakeService:
    found = FakeService()
    found.settings = Settings(data_dir=tmp_path / "var")
    found.policies = WatchedPolicies(version_store(found.settings), None)
    found.policies.load()
    return found


@pytest.fixture
def settings() -> Settings:
    return Settings()


async def _send(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> httpx.Response:
    return await client.request(method, f"/v1/policies{path}", json=body)


async def _publish(client: httpx.AsyncClient) -> str:
    answer = await _send(client, "POST", "/publish", {"files": STRICT, "note": "stricter"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"]["live"])


async def test_publishing_applies_at_once_and_rolling_back_undoes_it(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    version = await _publish(client)
    assert service.policies.live("t").version == version
    shown = (await _send(client, "GET", "")).json()
    assert shown["state"]["live"] == version
    assert [(event["act"], event["actor"], event["note"]) for event in shown["history"]] == [
        ("publish", "local", "stricter")
    ]
    assert version in shown["status"]
    files = (await _send(client, "GET", f"/versions/{version}")).json()["files"]
    assert files["rules/extra.yaml"] == STRICT["rules/extra.yaml"]
    answer = await _send(client, "POST", "/rollback", {})
    assert answer.json()["state"]["live"] is None
    assert service.policies.live("t").version == load_policies().version


async def test_a_broken_candidate_is_rejected_and_the_live_version_stays(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    version = await _publish(client)
    answer = await _send(client, "POST", "/publish", {"files": BROKEN})
    assert answer.status_code == 422
    assert {"field": "rules/extra.yaml:1", "message": "a rule has no `when`; add it"} in answer.json()["errors"]
    assert service.policies.live("t").version == version


async def test_lint_names_what_to_fix(client: httpx.AsyncClient) -> None:
    answer = (await _send(client, "POST", "/lint", {"files": BROKEN})).json()
    assert answer["publishable"] is False
    assert answer["findings"][0]["file"] == "rules/extra.yaml"
    assert (await _send(client, "POST", "/lint", {})).json() == {"findings": [], "publishable": True}


async def test_explain_and_diff(client: httpx.AsyncClient) -> None:
    given = {
        "risk.facet": "dosing",
        "text.has_pii": True,
        "text.length": 200,
        "risk.signals": ["dose.child"],
        "risk.unsafe": 0.2,
    }
    answer = (await _send(client, "POST", "/explain", {"files": STRICT, "given": given})).json()
    assert (answer["action"], answer["decided_by"]) == ("escalate", ["test.all"])
    assert answer["explanation"].startswith("escalate by test.all; also matched: medical.dosing")
    found = (await _send(client, "POST", "/diff", {"after": {"files": STRICT}})).json()
    assert [edit["name"] for edit in found["edits"]] == ["test.all"]


async def test_simulate_decides_the_records_of_the_service(client: httpx.AsyncClient, service: FakeService) -> None:
    for record in made_up_records(load_policies(), turns=60, seed=2):
        await service.records.append(Entry.model_validate({name: getattr(record, name) for name in Entry.model_fields}))
    report = (await _send(client, "POST", "/simulate", {"files": STRICT})).json()
    assert report["turns"] == 60
    assert report["changed"] == sum(flip["turns"] for flip in report["flips"]) > 0
    assert (await _send(client, "POST", "/simulate", {"against": "disk", "limit": 9})).json()["turns"] == 9


async def test_shadow_and_canary_come_and_go(client: httpx.AsyncClient, service: FakeService) -> None:
    version = (await _send(client, "PUT", "/shadow", {"files": STRICT})).json()["state"]["shadow"]
    shadow = service.policies.shadow()
    assert shadow is not None
    assert shadow.version == version
    answer = await _send(client, "PUT", "/canary", {"version": version, "share": 1})
    assert answer.json()["state"]["canary"] == {"version": version, "share": 1.0}
    assert service.policies.live("t").version == version
    assert (await _send(client, "GET", "/shadow")).json()["turns"] == 0
    assert (await _send(client, "DELETE", "/canary")).json()["state"]["canary"] is None
    assert (await _send(client, "DELETE", "/shadow")).json()["state"]["shadow"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/publish", {"version": "0123456789ab"}, 404, "unknown policy version `0123456789ab`"),
        ("POST", "/publish", {"version": "/etc"}, 404, "unknown policy version `/etc`"),
        ("GET", "/versions/nothing", None, 404, "unknown policy version `nothing`"),
        ("POST", "/rollback", {}, 409, "nothing has been published"),
        ("POST", "/publish", {"files": {"../x.yaml": "a"}}, 409, "file `../x.yaml` is no policy file"),
        ("POST", "/publish", {"fils": {}}, 422, "did you mean `files`?"),
        ("POST", "/explain", {"given": {"risk.facet": "dosng"}}, 422, "unknown facet `dosng`; did you mean `dosing`?"),
        ("PUT", "/canary", {"share": 2}, 422, "less than or equal to 1"),
    ],
)
async def test_what_cannot_be_done_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, body: Any, status: int, words: str
) -> None:
    answer = await _send(client, method, path, body)
    assert answer.status_code == status, answer.text
    assert words in answer.text


async def test_a_caller_for_one_tenant_changes_nothing(client: httpx.AsyncClient, service: FakeService) -> None:
    issued = issue("console", tenant="acme", scopes=[Scope.POLICY], now=datetime.now(UTC))
    await service.keys.add(issued.key)
    headers = {"Authorization": f"Bearer {issued.token}"}
    answer = await client.post("/v1/policies/rollback", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_tenant")
    assert (await client.get("/v1/policies", headers=headers)).status_code == 200
    assert (await client.get("/v1/policies")).status_code == 401


def test_every_command_has_its_route() -> None:
    paths = {route.path for route in policies_routes()}  # type: ignore[attr-defined]  # all are API routes
    names = ("lint", "explain", "diff", "simulate", "publish", "rollback", "shadow", "canary")
    assert {f"/v1/policies/{name}" for name in names} <= paths
    assert packaged_root().is_dir()
