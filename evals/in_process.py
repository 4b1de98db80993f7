"""The service inside this process, on a copy of its state, so that what is measured leaves no trace."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent import bootstrap
from agent.settings import Settings
from evals.errors import TargetError
from evals.state import copy_state


@asynccontextmanager
async def opened_copy(settings: Settings) -> AsyncIterator[bootstrap.Service]:
    """The service with these settings on a copy of its state; the copy is gone afterwards.

    Raises:
        TargetError: it serves no guidance, so that what it decides would say nothing about a service that does.
    """
    with tempfile.TemporaryDirectory(prefix="handrail-eval-") as folder:
        state = Path(folder) / "state"
        copy_state(settings.data_dir, state)
        own = settings.model_copy(update={"data_dir": state, "database_url": None})
        async with bootstrap.open_service(own) as service:
            guidance = (await service.readiness())["guidance"]
            if not guidance.ok:
                raise TargetError(f"nothing was measured, for the service has no guidance to serve: {guidance.detail}")
            yield service
