"""Which policies a command or request means: a folder, a published version, or what is live."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agent.bootstrap import version_store
from agent.settings import Settings
from policies.cases import read_case_files
from policies.errors import PolicyLoadError, UnknownVersionError
from policies.lint import Finding, Severity, lint_sources
from policies.loader import parse_policies, read_sources
from policies.policy_set import PolicySet
from policies.reader import Source


class Choice(NamedTuple):
    """Policies as files, cases included, and where they come from."""

    name: str
    sources: tuple[Source, ...]

    def policies(self) -> PolicySet:
        """The loaded policies. Raises ``PolicyLoadError``."""
        return parse_policies([source for source in self.sources if not source.name.startswith("cases/")])

    def errors(self) -> list[Finding]:
        """What must be fixed before these files can be published."""
        return [finding for finding in lint_sources(self.sources) if finding.severity is Severity.ERROR]


def choose(reference: str | None, settings: Settings) -> Choice:
    """The policies in this folder, of this version, or live ones for ``None`` and ``live``; ``disk``: the configured folder.

    Raises:
        StoreError: there is neither such a folder nor such a version.
        PolicyLoadError: a file cannot be read.
    """
    if reference is not None and Path(reference).is_dir():
        return _folder(Path(reference))
    try:
        return choose_version(reference, settings)
    except UnknownVersionError as error:
        raise UnknownVersionError(
            f"`{str(reference)[:80]}` is neither a folder nor a published version: {error}"
        ) from error


def choose_version(reference: str | None, settings: Settings) -> Choice:
    """The same for callers that may name no folder. Raises as ``choose``."""
    store = version_store(settings)
    if reference in (None, "live", "disk"):
        live = None if reference == "disk" else store.state().live
        return _folder(settings.policies_dir) if live is None else Choice(f"version {live}", store.sources(live))
    return Choice(f"version {reference}", store.sources(str(reference)))


def _folder(path: Path | None) -> Choice:
    name = "the bundled policies" if path is None else str(path)
    return Choice(name, (*read_sources(path), *read_case_files(path)))


def patched(base: Choice, files: dict[str, str | None]) -> Choice:
    """The base with these files put in its place; ``None`` takes a file out."""
    kept: dict[str, str | None] = {source.name: source.text for source in base.sources}
    kept.update(files)
    return Choice("candidate", tuple(Source(name, text) for name, text in sorted(kept.items()) if text is not None))


def require_publishable(choice: Choice) -> None:
    """Pass when the files load and have no finding that must be fixed.

    Raises:
        PolicyLoadError: with every such finding.
    """
    found: Sequence[Finding] = choice.errors()
    if found:
        raise PolicyLoadError(finding.problem for finding in found)
