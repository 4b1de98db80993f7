"""Exemplars on disk, one folder for each tenant; changes apply while the service runs.

    <root>/<tenant>/exemplars.jsonl   one exemplar a line; replaced in one step
    <root>/<tenant>/history.jsonl     who changed them, when, and from which version to which; only ever appended to

Vectors are not kept here: they follow from the text, and the cache of the embedder has them.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from agent.access import require_tenant
from agent.background import running
from agent.errors import LabelError
from agent.risk.exemplars import MOST, Exemplar, ExemplarSet, line_of, read_exemplars, version_of
from retrieval.errors import RetrievalError
from retrieval.ports import Embedder

FILE: Final = "exemplars.jsonl"
INTERVAL_S: Final = 0.5
"""How often the files are looked at."""

NOWHERE: Final = (0, 0, 0)
"""Stamp of a file that is not there."""

logger = logging.getLogger(__name__)
Stamp = tuple[int, int, int]


class ExemplarFolder:
    """The exemplars under one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def tenants(self) -> list[str]:
        """Every tenant that has had exemplars."""
        return sorted(path.parent.name for path in self._root.glob(f"*/{FILE}"))

    def path(self, tenant: str) -> Path:
        """The file of this tenant. Raises ``AccessError`` for a name that is none."""
        return self._root / require_tenant(tenant) / FILE

    def read(self, tenant: str) -> tuple[Exemplar, ...]:
        """The exemplars of this tenant, in the order in which they were added.

        Raises:
            LabelError: the file is not valid; the message has ``file:line``.
        """
        path = self.path(tenant)
        return read_exemplars(path) if path.exists() else ()

    def add(self, tenant: str, new: Sequence[Exemplar], *, actor: str, now: datetime) -> str:
        """The version that has the new ones too; none is added when one of them cannot be.

        Raises:
            LabelError: an id is taken, or there would be too many.
        """
        with self._locked(tenant):
            known = self.read(tenant)
            taken = {exemplar.id: exemplar for exemplar in known}
            for exemplar in new:
                if (other := taken.get(exemplar.id)) is not None:
                    raise LabelError(
                        f"exemplar `{exemplar.id}` exists already, as {other.label}; remove it first to change it"
                    )
                taken[exemplar.id] = exemplar
            if len(taken) > MOST:
                raise LabelError(
                    f"{len(taken):,} exemplars; at most {MOST:,} are kept: retrain the model with them instead"
                )
            return self._replace(tenant, known, (*known, *new), "add", [e.id for e in new], actor, now)

    def remove(self, tenant: str, ids: Sequence[str], *, actor: str, now: datetime) -> str:
        """The version without these; none is removed when one of them does not exist.

        Raises:
            LabelError: there is no exemplar of this id.
        """
        with self._locked(tenant):
            known = self.read(tenant)
            for wanted in ids:
                if all(exemplar.id != wanted for exemplar in known):
                    raise LabelError(
                        f"tenant `{tenant}` has no exemplar `{wanted}`; see `handrail risk exemplars list`"
                    )
            left = tuple(exemplar for exemplar in known if exemplar.id not in ids)
            return self._replace(tenant, known, left, "remove", list(ids), actor, now)

    def _replace(
        self,
        tenant: str,
        before: Sequence[Exemplar],
        after: Sequence[Exemplar],
        act: str,
        ids: list[str],
        actor: str,
        now: datetime,
    ) -> str:
        path, version = self.path(tenant), version_of(after)
        event = {
            "at": now.isoformat(),
            "act": act,
            "actor": actor,
            "ids": ids,
            "before": version_of(before),
            "after": version,
        }
        draft = tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False)  # noqa: SIM115
        with draft:
            draft.writelines(line_of(exemplar) + "\n" for exemplar in after)
            draft.flush()
            os.fsync(draft.fileno())
        os.replace(draft.name, path)
        with path.with_name("history.jsonl").open("a", encoding="utf-8") as history:
            history.write(json.dumps(event) + "\n")
        return version

    @contextmanager
    def _locked(self, tenant: str) -> Iterator[None]:
        """Of two processes that change one tenant's exemplars, the second waits."""
        folder = self.path(tenant).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "lock").open("w")
        except OSError as error:
            raise LabelError(
                f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}; see setting HANDRAIL_DATA_DIR"
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class WatchedExemplars:
    """See ``agent.risk.exemplars.ExemplarSource``. A file that cannot be used changes nothing: what was in force stays, and
    the log says why."""

    def __init__(self, folder: ExemplarFolder, embedder: Embedder) -> None:
        self._folder = folder
        self._embedder = embedder
        self._sets: dict[str, ExemplarSet] = {}
        self._seen: dict[str, Stamp] = {}
        self._problems: dict[str, str] = {}

    def of(self, tenant: str) -> ExemplarSet | None:
        """See ``agent.risk.exemplars.ExemplarSource``."""
        return self._sets.get(tenant)

    def load(self) -> None:
        """The exemplars of every tenant are in force.

        Raises:
            LabelError: a file is not valid.
        """
        for tenant in self._folder.tenants():
            self._seen[tenant] = self._stamp(tenant)
            self._take(tenant)

    def status(self) -> str:
        """How many are in force, and what was rejected since."""
        parts = [f"{sum(map(len, self._sets.values()))} exemplars of {len(self._sets)} tenants"]
        return "; ".join(
            [*parts, *(f"tenant {tenant} keeps its last: {why}" for tenant, why in self._problems.items())]
        )

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Changes apply within two seconds while the context is open, once their texts are embedded."""
        async with running(self._watch(), "exemplars"):
            yield

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> None:
        """What changed on disk is in force, or rejected with its reason logged. Never raises."""
        present = self._folder.tenants()
        for tenant in [*present, *(gone for gone in self._seen if gone not in present)]:
            try:
                stamp = self._stamp(tenant)
                if stamp == self._seen.get(tenant, NOWHERE):
                    continue
                self._take(tenant)
                self._seen[tenant] = stamp
            except LabelError as error:
                self._seen[tenant] = stamp  # the file must change before another look is worth it
                self._reject(tenant, error)
            except (RetrievalError, OSError) as error:
                self._reject(tenant, error)
            else:
                self._problems.pop(tenant, None)
                found = self._sets.get(tenant)
                logger.info(
                    "exemplars in force",
                    extra={
                        "action": "exemplars_changed",
                        "tenant": tenant,
                        "version": found.version if found else None,
                    },
                )

    def _reject(self, tenant: str, error: Exception) -> None:
        problem = " ".join(str(error).split())[:500]
        if self._problems.get(tenant) != problem:
            self._problems[tenant] = problem
            logger.error("exemplars rejected: %s", error, extra={"action": "exemplars_rejected", "tenant": tenant})

    def _take(self, tenant: str) -> None:
        exemplars = self._folder.read(tenant)
        if exemplars:
            self._sets[tenant] = ExemplarSet(exemplars, self._embedder.embed([e.text for e in exemplars]))
        else:
            self._sets.pop(tenant, None)

    def _stamp(self, tenant: str) -> Stamp:
        try:
            found = self._folder.path(tenant).stat()
        except FileNotFoundError:
            return NOWHERE
        return found.st_ino, found.st_mtime_ns, found.st_size
