"""``/v1/policies``: what the commands of ``handrail policies`` do, for a console or a pipeline to drive.

Everything here needs the scope ``policy``. Policies are shared by all tenants, so that only a caller that acts for every
tenant changes them; replays and reports of a caller with one tenant see the turns of that tenant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from agent.access import Scope
from agent.bootstrap import version_store
from agent.policy_desk import PolicyDesk
from api.body import read_model
from api.gate import needs, principal_of
from api.openapi import json_body, problems
from api.policies_schemas import (
    BODIES,
    CanaryRequest,
    Candidate,
    DiffRequest,
    ExplainRequest,
    SimulateRequest,
    StepBack,
    StoreRequest,
)
from api.policy_choice import Choice, choose_version, patched, require_publishable
from api.policy_records import shadow_report_of, turns_in
from api.ports import Service
from api.problems import Problem
from policies.cases import facts_of, values_of
from policies.diff import edits, effects
from policies.engine import decide
from policies.lint import Severity, lint_sources
from policies.simulate import simulate
from policies.store import Canary, State, VersionStore

__all__ = ["BODIES", "policies_routes"]

T = TypeVar("T")


async def show(request: Request) -> Response:
    """What is in force, every published version, and who changed what."""
    service: Service = request.state.service
    store = _store(service)
    manifests, history = await _in_thread(lambda: (store.manifests(), store.history()))
    return JSONResponse(
        {
            "status": service.policies.status(),
            "state": store.state().model_dump(mode="json"),
            "versions": [manifest.model_dump(mode="json", exclude={"files"}) for manifest in manifests],
            "history": [event.model_dump(mode="json") for event in history],
        }
    )


async def show_version(request: Request, version: str) -> Response:
    """The files of a version."""
    service: Service = request.state.service
    choice = await _in_thread(lambda: choose_version(version, service.settings))
    loaded = await _in_thread(choice.policies)
    return JSONResponse(
        {
            "version": loaded.version,
            "rules": len(loaded.rules),
            "overlays": list(loaded.overlays),
            "files": {source.name: source.text for source in choice.sources},
        }
    )


async def lint(request: Request) -> Response:
    """Check a candidate: every finding with file, line and fix. Nothing is stored."""
    candidate = await _candidate(request, await read_model(request, Candidate))
    findings = await _in_thread(lambda: lint_sources(candidate.sources))
    publishable = all(finding.severity is not Severity.ERROR for finding in findings)
    return JSONResponse({"findings": [finding._asdict() for finding in findings], "publishable": publishable})


async def explain(request: Request) -> Response:
    """Decide one turn under a candidate and say why."""
    body = await read_model(request, ExplainRequest)
    loaded = await _in_thread((await _candidate(request, body)).policies)
    values, faults = values_of({path: _text(value) for path, value in body.given.items()}, loaded)
    if faults:
        raise Problem(422, "invalid_facts", "; ".join(faults), title="Invalid facts")
    decision = decide(facts_of(values, loaded), loaded, now=datetime.now(UTC))
    return JSONResponse({**decision.model_dump(mode="json"), "explanation": decision.explanation})


async def compare(request: Request) -> Response:
    """What differs in the files, and how plain requests are treated differently."""
    body = await read_model(request, DiffRequest)
    before, after = await _candidate(request, body.before), await _candidate(request, body.after)

    def compared() -> dict[str, Any]:
        old, new = before.policies(), after.policies()
        changed = effects(old, new, now=datetime.now(UTC))
        return {
            "before": old.version,
            "after": new.version,
            "edits": [edit._asdict() for edit in edits(old, new)],
            "effects": [effect._asdict() for effect in changed],
        }

    return JSONResponse(await _in_thread(compared))


async def try_on_records(request: Request) -> Response:
    """Decide recorded turns again under a candidate: what would change, what matters most first."""
    service: Service = request.state.service
    body = await read_model(request, SimulateRequest)
    candidate = await _candidate(request, body)
    against = None if body.against is None else choose_version(body.against, service.settings)
    tenant = principal_of(request).own_tenant
    records = [record for record in await service.records.read() if tenant in (None, record.tenant)]
    report = await _in_thread(
        lambda: simulate(
            turns_in(records, body.limit), candidate.policies(), against=against.policies() if against else None
        )
    )
    return JSONResponse(report.as_dict())


async def publish(request: Request) -> Response:
    """Check a candidate and make it live. With anything to fix it is rejected, and the live version stays."""
    body = await read_model(request, StoreRequest)
    desk, version = await _stored(request, body)
    return await _changed(request, await desk.publish(version, body.note))


async def roll_back(request: Request) -> Response:
    """The version before this one is live again, or the one that is named."""
    body = await read_model(request, StepBack)
    return await _changed(request, await _desk(request).roll_back(body.to, body.note))


async def set_shadow(request: Request) -> Response:
    """A candidate decides beside the live version on live turns; differences go on record."""
    body = await read_model(request, StoreRequest)
    desk, version = await _stored(request, body)
    return await _changed(request, await desk.shadow(version, body.note))


async def end_shadow(request: Request) -> Response:
    """Nothing runs in shadow."""
    return await _changed(request, await _desk(request).shadow(None, ""))


async def report_shadow(request: Request) -> Response:
    """The differences on record of the shadow that runs, or ran last."""
    service: Service = request.state.service
    tenant = principal_of(request).own_tenant
    records = [record for record in await service.records.read() if tenant in (None, record.tenant)]
    return JSONResponse((await _in_thread(lambda: shadow_report_of(records))).as_dict())


async def set_canary(request: Request) -> Response:
    """A candidate decides for a share of the threads, chosen by a stable hash."""
    body = await read_model(request, CanaryRequest)
    desk, version = await _stored(request, body)
    return await _changed(request, await desk.canary(Canary(version=version, share=body.share), body.note))


async def end_canary(request: Request) -> Response:
    """There is no canary."""
    return await _changed(request, await _desk(request).canary(None, ""))


# --- steps -------------------------------------------------------------------------------------------


async def _in_thread(work: Callable[[], T]) -> T:
    """Loading and checking takes a second: not on the event loop."""
    return await asyncio.to_thread(work)


def _store(service: Service) -> VersionStore:
    return version_store(service.settings)


def _changeable(request: Request) -> VersionStore:
    caller = principal_of(request)
    if caller.own_tenant is not None:
        raise Problem(
            403,
            "wrong_tenant",
            f"`{caller.name}` acts for the tenant `{caller.own_tenant}`; policies are shared, so that only a caller for all "
            "tenants changes them: use a key with the tenant `*`",
        )
    return _store(request.state.service)


async def _candidate(request: Request, body: Candidate) -> Choice:
    service: Service = request.state.service
    base = await _in_thread(lambda: choose_version(body.version, service.settings))
    return patched(base, body.files)


def _desk(request: Request) -> PolicyDesk:
    service: Service = request.state.service
    caller = principal_of(request).name
    return PolicyDesk(_changeable(request), service.records, actor=caller, via=caller)


async def _stored(request: Request, body: StoreRequest) -> tuple[PolicyDesk, str]:
    store, actor = _changeable(request), principal_of(request).name
    candidate = await _candidate(request, body)
    await _in_thread(lambda: require_publishable(candidate))
    version = await _in_thread(lambda: store.add(candidate.sources, actor=actor, note=body.note, now=datetime.now(UTC)))
    return _desk(request), version


async def _changed(request: Request, state: State) -> Response:
    """This process follows before it answers."""
    service: Service = request.state.service
    await _in_thread(service.policies.refresh)
    return JSONResponse({"state": state.model_dump(mode="json"), "status": service.policies.status()})


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def policies_routes() -> list[BaseRoute]:
    """The routes of this file."""

    def route(path: str, endpoint: Any, summary: str, method: str = "POST", body: Any = None) -> APIRoute:
        return APIRoute(
            f"/v1/policies{path}",
            endpoint,
            methods=[method],
            tags=["policies"],
            summary=summary,
            dependencies=[needs(Scope.POLICY)],
            openapi_extra=json_body(body) if body else None,
            responses=problems(400, 404, 408, 409, 413, 415, 422) if body else problems(404, 409),
        )

    return [
        route("", show, "What is in force, and its history", "GET"),
        route("/lint", lint, "Check a candidate", body=Candidate),
        route("/explain", explain, "Explain one decision", body=ExplainRequest),
        route("/diff", compare, "Compare two policies", body=DiffRequest),
        route("/simulate", try_on_records, "Try a candidate on recorded turns", body=SimulateRequest),
        route("/publish", publish, "Publish a candidate", body=StoreRequest),
        route("/rollback", roll_back, "Roll back", body=StepBack),
        route("/shadow", report_shadow, "Differences of the shadow", "GET"),
        route("/shadow", set_shadow, "Run a candidate in shadow", "PUT", StoreRequest),
        route("/shadow", end_shadow, "End the shadow", "DELETE"),
        route("/canary", set_canary, "Give a candidate to a share of the threads", "PUT", CanaryRequest),
        route("/canary", end_canary, "End the canary", "DELETE"),
        route("/versions/{version}", show_version, "The files of a version", "GET"),
    ]
