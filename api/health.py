"""Is the process alive, and can it run turns?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.ports import Service
from api.problems import Problem
from api.schemas import CheckView, Health, Readiness


async def healthz() -> Health:
    """The process answers. Says nothing about its dependencies."""
    return Health()


async def readyz(request: Request) -> Response:
    """200 when every dependency works; otherwise 503 with the state of each."""
    service: Service = request.state.service
    found = await service.readiness()
    checks = {name: CheckView(ok=check.ok, detail=check.detail) for name, check in found.items()}
    failing = [f"{name}: {check.detail}" for name, check in checks.items() if not check.ok]
    view = Readiness(status="not ready" if failing else "ready", checks=checks).model_dump()
    if failing:
        raise Problem(503, "not_ready", "; ".join(failing), title="Not ready", extra={"checks": view["checks"]})
    return JSONResponse(view)
