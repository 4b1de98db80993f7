"""The policies in force: a published version, or the files on disk; changes of either apply while the service runs.

A candidate that does not load changes nothing: what was in force stays, the log says why, and so does ``status``.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from agent.background import running
from policies.errors import PolicyError
from policies.loader import load_policies, packaged_root, parse_policies
from policies.policy_set import PolicySet
from policies.store import State, VersionStore

INTERVAL_S: Final = 0.5
"""How often the store and the files are looked at."""

logger = logging.getLogger(__name__)
Stamp = tuple[tuple[str, int, int], ...]


class InForce(NamedTuple):
    """Everything that is in force at one moment; replaced as a whole."""

    state: State
    live: PolicySet
    source: str
    """Where the live policies come from, for people."""
    canary: PolicySet | None
    shadow: PolicySet | None


class WatchedPolicies:
    """See ``agent.ports.PolicySource``."""

    def __init__(self, store: VersionStore, directory: Path | None) -> None:
        self._store = store
        self._directory = packaged_root() if directory is None else directory
        self._in_force: InForce | None = None
        self._seen: Stamp = ()
        self._problem: str | None = None

    def load(self) -> None:
        """The policies are in force.

        Raises:
            PolicyError: the published version or the files cannot be used.
        """
        self._seen = self._stamp()
        self._in_force = self._read(self._store.state())

    @property
    def in_force(self) -> InForce:
        """What is in force now."""
        if self._in_force is None:
            raise RuntimeError("policies are asked for before `load`")
        return self._in_force

    def live(self, thread_id: str) -> PolicySet:
        """See ``agent.ports.PolicySource``. A thread is in the canary by a hash of its id and the version."""
        now = self.in_force
        canary = now.state.canary
        if now.canary is not None and canary is not None and _position(canary.version, thread_id) < canary.share:
            return now.canary
        return now.live

    def shadow(self) -> PolicySet | None:
        """See ``agent.ports.PolicySource``."""
        return self.in_force.shadow

    def status(self) -> str:
        """What is in force, and what was rejected since."""
        now = self.in_force
        parts = [f"version {now.live.version} from {now.source}"]
        if now.canary is not None and now.state.canary is not None:
            parts.append(f"canary {now.canary.version} for {now.state.canary.share:.0%} of threads")
        if now.shadow is not None:
            parts.append(f"shadow {now.shadow.version}")
        if self._problem is not None:
            parts.append(f"a later change is rejected: {self._problem}")
        return "; ".join(parts)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Changes apply within a second while the context is open."""
        async with running(self._watch(), "policies"):
            yield

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> None:
        """What changed on disk is in force, or rejected with its reason logged. Never raises."""
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return
            self._seen = stamp
            found = self._read(self._store.state())
        except (PolicyError, OSError, UnicodeDecodeError) as error:
            self._problem = " ".join(str(error).split())[:1000]
            logger.error("policies rejected: %s", error, extra={"action": "policies_rejected"})
            return
        self._problem = None
        if found != self._in_force:
            self._in_force = found
            logger.info("policies in force: %s", self.status(), extra={"action": "policies_changed"})

    def _read(self, state: State) -> InForce:
        live, source = self._live(state.live)
        canary = None if state.canary is None else self._version(state.canary.version)
        return InForce(state, live, source, canary, self._version(state.shadow))

    def _live(self, version: str | None) -> tuple[PolicySet, str]:
        published = self._version(version)
        if published is not None:
            return published, "the published versions"
        return self._kept(load_policies(self._directory)), str(self._directory)

    def _version(self, version: str | None) -> PolicySet | None:
        if version is None:
            return None
        if (known := self._known(version)) is not None:
            return known
        files = self._store.sources(version)
        return parse_policies([source for source in files if not source.name.startswith("cases/")])

    def _kept(self, found: PolicySet) -> PolicySet:
        """The same object while the content is the same, so that its prepared plans are kept."""
        return self._known(found.version) or found

    def _known(self, version: str) -> PolicySet | None:
        now = self._in_force
        loaded = (now.live, now.canary, now.shadow) if now else ()
        return next((policies for policies in loaded if policies and policies.version == version), None)

    def _stamp(self) -> Stamp:
        paths = [self._store.state_file]
        if self._in_force is None or self._in_force.state.live is None:
            paths += [self._directory / "vocabulary.yaml"]
            for part in ("rules", "rationales", "overlays"):
                paths += sorted((self._directory / part).glob("**/*.y*ml"))
        return tuple(_stamp_of(path) for path in paths)


def _stamp_of(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size


def _position(version: str, thread_id: str) -> float:
    """A number from 0 to 1 that the thread keeps for this version."""
    digest = hashlib.sha256(f"{version}\0{thread_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
