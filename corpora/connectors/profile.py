"""Who publishes a source, under which licence, and what of it must not be served: data, in ``sources.yaml`` or a file."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from corpora.errors import ProfileError
from corpora.frontmatter import Jurisdiction, LongText, Text, Url
from corpora.vocabulary import DEFAULT_VOCABULARY

BUNDLED_SOURCES: Final = Path(__file__).parent / "sources.yaml"
PROJECT_FILES: Final = (
    "readme*", "license*", "licence*", "notice*", "contributing*", "code_of_conduct*", "changelog*", "changes*",
    "security.md", "404.*", "_template*", "translation*", "summary.md",
)  # fmt: skip
"""Files about a project, not of its guidance."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stale(_Frozen):
    """A statement that the world has moved on from: text with it is left out."""

    pattern: str
    """Regular expression; case does not matter."""
    why: Text


class SourceProfile(_Frozen):
    """A source of guidance."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=30)]
    """Its documents' ids start with it."""
    connector: str
    publisher: Text
    licence: Text
    url: Url
    """Where a person reads a document; ``{path}``, ``{stem}`` and ``{name}`` stand for parts of its path."""
    domain: Literal["medical", "security", "licensing", "general"]
    facets: Annotated[tuple[str, ...], Field(min_length=1)]
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"
    """Language of texts that are too short to tell."""
    jurisdictions: tuple[Jurisdiction, ...] = ("any",)
    audience: tuple[Literal["public", "professional", "minor"], ...] = ("public",)
    stance: Literal["protective", "neutral", "offensive"] = "protective"
    published: date | None = None
    """Of documents that do not say when they were published."""
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    """Patterns of paths; ``*`` matches ``/`` too."""
    offensive_paths: tuple[str, ...] = ()
    """Documents that tell how to attack."""
    offensive_headings: tuple[str, ...] = ()
    """Regular expressions of headings under which, and below which, a document tells how to attack."""
    stale: tuple[Stale, ...] = ()
    third_party: tuple[str, ...] = ()
    """Regular expressions of notices by which a passage belongs to somebody else than the publisher."""
    notes: tuple[LongText, ...] = ()
    """What a reviewer must know of every document of the source."""

    @cached_property
    def headings(self) -> re.Pattern[str] | None:
        """``offensive_headings`` as one pattern."""
        return re.compile("|".join(self.offensive_headings), re.IGNORECASE) if self.offensive_headings else None

    def leaves_out(self, path: str) -> str:
        """Why a file is not read at all; empty when it is."""
        name = path.rpartition("/")[2].lower()
        if any(fnmatchcase(name, pattern) for pattern in PROJECT_FILES):
            return "a file about the project"
        if not any(fnmatchcase(path, pattern) for pattern in self.include) or self._matches(path, self.exclude):
            return "left out by the profile of the source"
        return ""

    def is_offensive(self, path: str) -> bool:
        """True for a document that tells how to attack."""
        return self._matches(path, self.offensive_paths)

    def url_of(self, path: str) -> str:
        """The canonical address of the document at ``path``."""
        stem = path.rsplit(".", 1)[0]
        values = {"path": path, "stem": stem, "name": stem.rpartition("/")[2]}
        address = self.url
        for name, value in values.items():
            address = address.replace(f"{{{name}}}", quote(value))
        return address

    @staticmethod
    def _matches(path: str, patterns: tuple[str, ...]) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in patterns)


def load_profiles(path: Path = BUNDLED_SOURCES) -> dict[str, SourceProfile]:
    """The profiles in a file, by name: one mapping, or a list of them. Raises ``ProfileError`` with the field at fault."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: not YAML: {str(error).splitlines()[0]}") from error
    entries = data if isinstance(data, list) else [data]
    profiles: dict[str, SourceProfile] = {}
    for number, entry in enumerate(entries, start=1):
        profile = _profile(entry, f"{path}: source {number}")
        if profile.name in profiles:
            raise ProfileError(f"{path}: source `{profile.name}` is described twice; keep one")
        profiles[profile.name] = profile
    return profiles


def find_profile(name: str) -> SourceProfile:
    """The bundled profile of this name, or the one in the file of this name. Raises ``ProfileError``."""
    if name.endswith((".yaml", ".yml")):
        found = load_profiles(Path(name))
        if len(found) != 1:
            raise ProfileError(f"{name}: describes {len(found)} sources; expected one, as a mapping")
        return next(iter(found.values()))
    bundled = load_profiles()
    if name not in bundled:
        known = ", ".join(bundled)
        raise ProfileError(
            f"source `{name[:40]}` is unknown; expected a YAML file that describes it, or one of {known}"
        )
    return bundled[name]


def _profile(entry: Any, where: str) -> SourceProfile:
    try:
        profile = SourceProfile.model_validate(entry)
        for pattern in (*profile.offensive_headings, *profile.third_party, *(each.pattern for each in profile.stale)):
            re.compile(pattern)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "source"
        raise ProfileError(f"{where}: field `{field}`: {first['msg'].lower()}") from error
    except re.error as error:
        raise ProfileError(f"{where}: `{error.pattern!r}` is no regular expression: {error}") from error
    for facet in profile.facets:
        if facet not in DEFAULT_VOCABULARY.facets:
            known = ", ".join(DEFAULT_VOCABULARY.facets)
            raise ProfileError(f"{where}: facet `{facet}` is unknown; expected one of {known}")
    return profile
