"""``GET /metrics``: what the service counts and what waits for people, in the text format of Prometheus."""

from __future__ import annotations

import logging
from typing import Final

from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from agent.access import ANY_TENANT, Scope
from agent.cases import Waiting
from agent.errors import RecordsUnavailable
from api.gate import needs, principal_of
from api.openapi import problems
from api.ports import Service
from api.problems import Problem
from api.version import package_version

_TEXT: Final = {"text/plain": {"schema": {"type": "string"}}}

logger = logging.getLogger(__name__)


async def show_metrics(request: Request) -> Response:
    """Counts since the start of this process, and the state of the installation: versions, readiness, cases that wait. They
    cover every tenant, so the key must too."""
    caller = principal_of(request)
    if caller.own_tenant is not None:
        detail = f"the metrics cover every tenant, and `{caller.name}` acts for `{caller.tenant}`; use a key of `{ANY_TENANT}`"
        raise Problem(403, "wrong_tenant", detail, title="Wrong tenant")
    service: Service = request.state.service
    return Response(service.metrics.exposition() + await _state(service), media_type=CONTENT_TYPE_LATEST)


async def _state(service: Service) -> bytes:
    registry = CollectorRegistry()
    info = Gauge("handrail_version_info", "What is in use; always 1", ["part", "version"], registry=registry)
    versions = {"handrail": package_version(), **await service.versions()}
    for part, version in versions.items():
        info.labels(part, version or "").set(1)
    ready = Gauge("handrail_ready", "1 while a dependency works", ["dependency"], registry=registry)
    for name, check in (await service.readiness()).items():
        ready.labels(name).set(check.ok)
    _add_cases(registry, await _waiting(service))
    return generate_latest(registry)


async def _waiting(service: Service) -> list[Waiting]:
    try:
        return await service.review.waiting()
    except RecordsUnavailable as error:  # what is known is told all the same; readiness says what is wrong
        logger.warning("cases not counted: %s", error, extra={"action": "cases_not_counted"})
        return []


def _add_cases(registry: CollectorRegistry, waiting: list[Waiting]) -> None:
    unresolved = Gauge("handrail_cases_open", "Cases that are not resolved", ["queue"], registry=registry)
    late = Gauge("handrail_cases_late", "Cases past their due time", ["queue"], registry=registry)
    for each in waiting:
        unresolved.labels(each.queue).set(each.open)
        late.labels(each.queue).set(each.late)


def metrics_route() -> APIRoute:
    """``/metrics``."""
    return APIRoute(
        "/metrics",
        show_metrics,
        methods=["GET"],
        tags=["service"],
        summary="Metrics for Prometheus",
        dependencies=[needs(Scope.AUDIT)],
        response_class=Response,
        responses={200: {"description": "The metrics", "content": _TEXT}, **problems(403)},
    )
