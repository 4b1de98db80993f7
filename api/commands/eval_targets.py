"""What an evaluation measures: the service inside this process."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from agent.bootstrap import Service
    from agent.settings import Settings
    from evals.drive import Target

_NOT_COPIED: Final = ("records.db*", "threads.db*")


class Opened(NamedTuple):
    """A target that is ready."""

    target: Target
    setup: dict[str, str]
    """What is measured: runs of the same set-up may be continued, others are compared."""


@asynccontextmanager
async def opened_target(settings: Settings) -> AsyncIterator[Opened]:
    """The service inside this process, on a copy of its state."""
    from agent.bootstrap import open_service
    from evals.drive import RunnerTarget

    with tempfile.TemporaryDirectory(prefix="handrail-eval-") as folder:
        async with open_service(_on_a_copy(settings, Path(folder) / "state")) as service:
            yield Opened(RunnerTarget(service.runner), await _setup(service))


def _on_a_copy(settings: Settings, state: Path) -> Settings:
    """The settings with a copy of the state that has no records and threads, so that a run leaves no trace in them."""
    if settings.data_dir.is_dir():
        shutil.copytree(settings.data_dir, state, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    return settings.model_copy(update={"data_dir": state, "database_url": None})


async def _setup(service: Service) -> dict[str, str]:
    from agent.risk.classifier import BUNDLED
    from api.version import package_version

    settings = service.settings
    release = (await service.store.health()).release
    model = ((settings.risk_model_dir or BUNDLED) / "manifest.json").read_bytes()
    return {
        "version": package_version(),
        "policies": service.policies.in_force.live.version,
        "guidance": release.id if release else "none",
        "risk model": hashlib.sha256(model).hexdigest()[:16],
        "model": settings.model_name or settings.model,
    }
