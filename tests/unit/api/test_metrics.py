"""``GET /metrics``."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.agent.test_cases import case
from tests.unit.api.fakes import Check, FakeService
from tests.unit.api.test_gate import bearer


async def samples(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {
        (s.name, *(value for _, value in sorted(s.labels.items()))): s.value
        for family in families
        for s in family.samples
    }


async def test_versions_readiness_and_cases_are_told_with_the_counts(client: httpx.AsyncClient, service: FakeService):
    service.checks["guidance"] = Check(False, "down")
    await service.cases.add(case(id="a", queue="security"))
    await service.cases.add(case(id="b", queue="security", resolution="upheld"))
    service.metrics.said("helpful", "guide")
    found = await samples(client)
    assert found["handrail_version_info", "policies", "0123456789ab"] == 1
    assert found["handrail_version_info", "corpus", ""] == 1
    assert (found["handrail_ready", "guidance"], found["handrail_ready", "records"]) == (0, 1)
    assert found["handrail_cases_open", "security"] == found["handrail_cases_late", "security"] == 1
    assert found["handrail_feedback_total", "guide", "helpful"] == 1


async def test_without_the_cases_the_rest_is_told(client: httpx.AsyncClient, service: FakeService):
    service.cases.fail = True
    found = await samples(client)
    assert not [name for name, *_ in found if name == "handrail_cases_open"]
    assert found["handrail_ready", "records"] == 1


async def test_the_sums_over_every_tenant_are_not_for_one(client: httpx.AsyncClient, service: FakeService):
    answer = await client.get("/metrics", headers=bearer(service, "audit", tenant="acme"))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_tenant")
    assert (await client.get("/metrics", headers=bearer(service, "audit", tenant="*"))).status_code == 200
