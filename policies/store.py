"""Published versions of the policies on disk, and which of them is live.

    <root>/versions/<version>/     the files of a version and ``manifest.json``; written once, never changed
    <root>/state.json              what is live, in shadow and in canary; replaced in one step
    <root>/history.jsonl           who changed the state, when and why; only ever appended to

Several processes may use one store: changes take a lock on ``<root>/lock``, readers need none.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from policies.errors import StoreError, UnknownVersionError, suggestion
from policies.loader import version_of
from policies.models import Frozen
from policies.reader import Source

FILE_NAME: Final = re.compile(
    r"(?:vocabulary|(?:rules|rationales|cases|overlays/(?:jurisdictions|locales|tenants))/[A-Za-z0-9][A-Za-z0-9._-]{0,63})\.yaml\Z"
)
"""Names that a file of a version can have; nothing else is written to disk."""

Act = Literal["publish", "rollback", "shadow", "canary"]


class Canary(Frozen):
    """A version that a share of the threads gets."""

    version: str
    share: float = Field(gt=0, le=1)


class State(Frozen):
    """What is in force. ``live`` is ``None`` while the files on disk are."""

    revision: int = 0
    live: str | None = None
    shadow: str | None = None
    canary: Canary | None = None


class Manifest(Frozen):
    """What a version is and where it came from."""

    version: str
    created_at: AwareDatetime
    actor: str
    note: str
    parent: str | None
    """The version that was live when it was stored."""
    files: dict[str, str]
    """File name to SHA-256 of its bytes."""


class Event(Frozen):
    """One change of the state."""

    at: AwareDatetime
    act: Act
    actor: str
    note: str
    before: str | None
    after: str | None
    revision: int


class VersionStore:
    """The versions under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state_file = root / "state.json"

    def state(self) -> State:
        """Return what is in force; a store that does not exist yet has nothing published."""
        try:
            return State.model_validate_json(self.state_file.read_bytes())
        except FileNotFoundError:
            return State()
        except (ValidationError, OSError) as error:
            raise StoreError(f"{self.state_file}: is damaged; restore it from a backup, or publish again") from error

    def add(self, sources: Sequence[Source], *, actor: str, note: str, now: datetime) -> str:
        """Store the files, cases among them, and return their version; the same content is stored once."""
        for source in sources:
            if not FILE_NAME.match(source.name):
                raise StoreError(
                    f"file `{source.name[:80]}` is no policy file; expected names such as `rules/medical.yaml`"
                )
        version = version_of([source for source in sources if not source.name.startswith("cases/")])
        with self._locked():
            if not (self._folder(version) / "manifest.json").exists():
                self._write(version, sources, actor, note, now)
        return version

    def sources(self, version: str) -> tuple[Source, ...]:
        """Return the files of a version, cases included.

        Raises:
            StoreError: there is no such version, or a file of it is not what was stored.
        """
        manifest = self.manifest(version)
        found: list[Source] = []
        for name, digest in sorted(manifest.files.items()):
            path = self._folder(version) / name
            data = path.read_bytes() if FILE_NAME.match(name) and path.is_file() else b""
            if hashlib.sha256(data).hexdigest() != digest:
                raise StoreError(f"{path}: is not what version `{version}` was published with; publish it again")
            found.append(Source(name, data.decode("utf-8")))
        return tuple(found)

    def manifest(self, version: str) -> Manifest:
        """Return what a version is. Raises ``StoreError`` when there is none."""
        if not re.fullmatch(r"[0-9a-f]{12}", version) or not self._folder(version).is_dir():
            raise UnknownVersionError(f"unknown policy version `{version[:40]}`{suggestion(version, self._names())}")
        try:
            return Manifest.model_validate_json((self._folder(version) / "manifest.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise StoreError(f"version `{version}` has no readable manifest; publish it again") from error

    def manifests(self) -> list[Manifest]:
        """Return every version, newest first."""
        return sorted((self.manifest(name) for name in self._names()), key=lambda m: m.created_at, reverse=True)

    def history(self) -> list[Event]:
        """Return every change of the state, oldest first."""
        try:
            lines = (self.root / "history.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [Event.model_validate_json(line) for line in lines if line.strip()]

    # --- changes ------------------------------------------------------------------------------------

    def go_live(self, version: str, *, actor: str, note: str, now: datetime) -> State:
        """The version is live; its own canary and shadow end."""
        self.manifest(version)
        with self._locked():
            return self._put("publish", {"live": version, **self._ended(version)}, version, actor, note, now)

    def roll_back(self, to: str | None, *, actor: str, note: str, now: datetime) -> State:
        """The version, or the one live before this one, is live again; a canary ends. ``disk``: no version is."""
        with self._locked():
            target = self.rollback_target(to)
            return self._put("rollback", {"live": target, "canary": None}, target, actor, note, now)

    def rollback_target(self, to: str | None) -> str | None:
        """Which version ``roll_back`` would make live; ``None``: the files on disk. Raises as it does."""
        target = self._before() if to is None else None if to == "disk" else to
        if target is not None:
            self.manifest(target)
        return target

    def set_shadow(self, version: str | None, *, actor: str, note: str, now: datetime) -> State:
        """The version runs beside the live one and decides nothing; ``None`` ends that."""
        if version is not None:
            self.manifest(version)
        return self._change("shadow", {"shadow": version}, version, actor, note, now)

    def set_canary(self, canary: Canary | None, *, actor: str, note: str, now: datetime) -> State:
        """The share of threads gets the version; ``None`` ends that."""
        if canary is not None:
            self.manifest(canary.version)
        after = f"{canary.version}@{canary.share:g}" if canary else None
        return self._change("canary", {"canary": canary}, after, actor, note, now)

    # --- inside --------------------------------------------------------------------------------------

    def _ended(self, version: str) -> dict[str, None]:
        state = self.state()
        ended = {"shadow": state.shadow, "canary": state.canary.version if state.canary else None}
        return {name: None for name, used in ended.items() if used == version}

    def _before(self) -> str | None:
        """The version that was live before the live one, as a reader of the history would say."""
        stack: list[str | None] = [None]
        for event in self.history():
            if event.act == "publish":
                stack.append(event.after)
            elif event.act == "rollback":
                while len(stack) > 1 and stack[-1] != event.after:
                    stack.pop()
                if stack[-1] != event.after:
                    stack.append(event.after)
        if len(stack) == 1:
            raise StoreError("nothing has been published, so there is nothing to roll back")
        return stack[-2]

    def _change(
        self, act: Act, update: Mapping[str, object], after: str | None, actor: str, note: str, now: datetime
    ) -> State:
        with self._locked():
            return self._put(act, update, after, actor, note, now)

    def _put(
        self, act: Act, update: Mapping[str, object], after: str | None, actor: str, note: str, now: datetime
    ) -> State:
        old = self.state()
        new = State.model_validate({**dict(old), **update, "revision": old.revision + 1})
        was = {"publish": old.live, "rollback": old.live, "shadow": old.shadow}.get(act)
        if act == "canary" and old.canary:
            was = f"{old.canary.version}@{old.canary.share:g}"
        event = Event(at=now, act=act, actor=actor, note=note, before=was, after=after, revision=new.revision)
        with (self.root / "history.jsonl").open("a", encoding="utf-8") as file:
            file.write(event.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        _replace(self.state_file, new.model_dump_json().encode())
        return new

    def _write(self, version: str, sources: Sequence[Source], actor: str, note: str, now: datetime) -> None:
        self._folder(version).parent.mkdir(exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=self.root, prefix="draft-"))
        try:
            digests: dict[str, str] = {}
            for source in sources:
                path = draft / source.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(source.text.encode("utf-8"))
                path.chmod(0o444)
                digests[source.name] = hashlib.sha256(path.read_bytes()).hexdigest()
            manifest = Manifest(
                version=version, created_at=now, actor=actor, note=note, parent=self.state().live, files=digests
            )
            (draft / "manifest.json").write_text(
                json.dumps(manifest.model_dump(mode="json"), indent=1), encoding="utf-8"
            )
            draft.chmod(0o755)
            if self._folder(version).exists():  # a writer that was cut off; without a manifest it is no version
                shutil.rmtree(self._folder(version))
            os.rename(draft, self._folder(version))
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _folder(self, version: str) -> Path:
        return self.root / "versions" / version

    def _names(self) -> list[str]:
        folder = self.root / "versions"
        return sorted(path.parent.name for path in folder.glob("*/manifest.json")) if folder.is_dir() else []

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _replace(path: Path, data: bytes) -> None:
    """The file has this content, or the old one after a crash; never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(name, 0o644)
    os.replace(name, path)
