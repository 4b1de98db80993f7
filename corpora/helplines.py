"""Helplines by place and kind, in the languages of the service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from corpora.errors import HelplinesError
from corpora.jurisdictions import ANY, jurisdiction_chain

Kind = Literal["emergency", "crisis", "poison", "abuse", "child", "animal_poison", "fraud", "health_line"]
"""What a line helps with."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
HELPLINES_FILE: Final = Path(__file__).parent / "helplines.yaml"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Localised(_Frozen):
    """A short text in each language of the service."""

    en: Text
    es: Text
    zh: Text
    ar: Text

    def in_language(self, language: str) -> str:
        """The text in ``language``, in English for a language that is not here."""
        return {"es": self.es, "zh": self.zh, "ar": self.ar}.get(language, self.en)


_CALL: Final = Localised(en="call {}", es="llama al {}", zh="拨打{}", ar="اتصل على {}")
_SMS: Final = Localised(en="text {}", es="envía un SMS al {}", zh="发短信至{}", ar="أرسل رسالة نصية إلى {}")
_OR: Final = Localised.model_construct(en=" or ", es=" o ", zh="，或", ar=" أو ")  # validation would strip the spaces
_SENTENCE: Final = Localised(
    en="{name}: {reach} ({hours}).",
    es="{name}: {reach} ({hours}).",
    zh="{name}：{reach}（{hours}）。",
    ar="{name}: {reach} ({hours}).",
)
_PER_KIND: Final = 2
"""A reply names at most this many lines of a kind: more choice costs time that may matter."""


class Helpline(_Frozen):
    """One line of help."""

    id: str
    jurisdiction: Annotated[str, StringConstraints(pattern=r"^(any|[A-Z]{2})$")]
    kind: Kind
    number: Text | None
    """As dialled inside the jurisdiction; ``None`` where only ``sms`` or ``url`` helps."""
    sms: Text | None = None
    """A number to send a text message to."""
    name: Localised
    hours: Localised
    publisher: Text
    url: Url
    """The publisher's page about the line."""
    verified_on: date | None = None
    """When an editor saw number and name on ``seen_at``."""
    seen_at: Url | None = None
    unverified: bool = False
    """True: from general knowledge; a deployer must check it before relying on it."""
    reviewed_on: date
    """When the whole table was last reviewed."""

    @model_validator(mode="after")
    def _says_where_it_comes_from(self) -> Self:
        if self.unverified == (self.verified_on is not None):
            raise ValueError("expected either `verified_on` or `unverified: true`, not both and not none")
        if (self.verified_on is None) != (self.seen_at is None):
            raise ValueError("`verified_on` and `seen_at` go together")
        return self

    @property
    def revision(self) -> str:
        """First 12 hex digits of the hash of the entry."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def name_in(self, language: str) -> str:
        """The name in ``language``, in English where that is not one of ours."""
        return self.name.in_language(language)

    def text(self, language: str) -> str:
        """One sentence that says whom to reach, how, and when."""
        ways = [_CALL.in_language(language).format(self.number)] if self.number else []
        ways += [_SMS.in_language(language).format(self.sms)] if self.sms else []
        reach = _OR.in_language(language).join(ways) or self.url
        return _SENTENCE.in_language(language).format(
            name=self.name_in(language), reach=reach, hours=self.hours.in_language(language)
        )


class Helplines(_Frozen):
    """Every known line, in the order of the file: the best of its place and kind first."""

    lines: tuple[Helpline, ...]

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        ids = [line.id for line in self.lines]
        for repeated in sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"id `{repeated}` is used twice; expected unique ids")
        for kind in KINDS:
            if not any(line.kind == kind and line.jurisdiction == ANY for line in self.lines):
                raise ValueError(f"kind `{kind}` has no line for `any`; everybody must get something")
        return self

    def find(self, jurisdiction: str | None, kinds: Sequence[Kind]) -> tuple[Helpline, ...]:
        """The lines of ``kinds``, in that order, from the most specific place that has lines of the kind.

        Never empty for a known kind: where a place is unknown, the lines for everywhere are returned.
        """
        found: list[Helpline] = []
        for kind in dict.fromkeys(kinds):
            of_kind = [line for line in self.lines if line.kind == kind]
            for place in jurisdiction_chain(jurisdiction):
                here = [line for line in of_kind if line.jurisdiction == place]
                if here:
                    found += here
                    break
        return tuple(found)

    def for_decision(
        self, jurisdiction: str | None, *, crisis: bool = False, kinds: Sequence[str] = ()
    ) -> tuple[Helpline, ...]:
        """What a reply leads with: crisis and emergency lines first where ``crisis``, then those of ``kinds``.

        At most two lines of a kind. A kind that is not in ``KINDS`` has no lines.
        """
        wanted: list[Kind] = ["crisis", "emergency"] if crisis else []
        wanted += [kind for kind in KINDS if kind in kinds]
        return tuple(line for kind in dict.fromkeys(wanted) for line in self.find(jurisdiction, (kind,))[:_PER_KIND])


class _File(_Frozen):
    """The shape of the file: hours are named once and referred to."""

    reviewed_on: date
    hours: dict[str, Localised]
    helplines: Annotated[list[dict[str, object]], Field(min_length=1)]


def load_helplines(path: Path = HELPLINES_FILE) -> Helplines:
    """The lines in ``path``. Raises ``HelplinesError`` that names the file and the entry."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        table = _File.model_validate(raw)
        lines = tuple(_line(entry, table, path) for entry in table.helplines)
        return Helplines(lines=lines)
    except OSError as error:
        raise HelplinesError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise HelplinesError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise HelplinesError(f"{path}: {_first(error)}") from error


def helplines_for(jurisdiction: str | None, kinds: Sequence[Kind]) -> tuple[Helpline, ...]:
    """The bundled lines for a place; see ``Helplines.find``."""
    return _bundled().find(jurisdiction, kinds)


@cache
def _bundled() -> Helplines:
    return load_helplines()


def _line(entry: dict[str, object], table: _File, path: Path) -> Helpline:
    name = entry.get("id", "without id")
    key = str(entry.get("hours"))
    if key not in table.hours:
        known = ", ".join(table.hours)
        raise HelplinesError(f"{path}: helpline `{name}`: hours `{key}` are unknown; expected one of {known}")
    try:
        return Helpline.model_validate({**entry, "hours": table.hours[key], "reviewed_on": table.reviewed_on})
    except ValidationError as error:
        raise HelplinesError(f"{path}: helpline `{name}`: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"field `{place}`: {first['msg'].lower()}" if place else first["msg"].lower()
