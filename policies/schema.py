"""What a condition may look at: every path into ``Facts``, its type and the names it can hold.

INVARIANT: the paths here are exactly the fields of ``models.Facts`` and the four of ``time``; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

from policies.errors import ExpressionError, suggestion
from policies.models import PROVENANCES, Facts
from policies.taxonomy import Domain, Facet, Hazard


class Kind(StrEnum):
    """The type of a value in a condition."""

    BOOL = "boolean"
    INT = "whole number"
    FLOAT = "number"
    TEXT = "text"
    LIST = "list of texts"
    EMPTY = "empty list"


@dataclass(frozen=True, slots=True)
class FactType:
    """A kind, and where known the closed set of names or the unit interval it lives in."""

    kind: Kind
    names: frozenset[str] | None = None
    """The only texts this fact can be (or hold); ``None`` when any text is possible."""
    what: str = ""
    """What the names are called in messages: ``facet``, ``role``, ..."""
    probability: bool = False


BOOL: Final = FactType(Kind.BOOL)
INT: Final = FactType(Kind.INT)
TEXT: Final = FactType(Kind.TEXT)
TEXTS: Final = FactType(Kind.LIST)
PROBABILITY: Final = FactType(Kind.FLOAT, probability=True)

Getter = Callable[[Facts], Any]

TIMES: Final[dict[str, Callable[[datetime], str | int]]] = {
    "time.date": lambda now: f"{now.astimezone(UTC):%Y-%m-%d}",
    "time.hour": lambda now: now.astimezone(UTC).hour,
    "time.weekday": lambda now: now.astimezone(UTC).isoweekday(),
    "time.unix": lambda now: int(now.timestamp()),
}
"""The time of the decision, in UTC: ISO date, hour 0-23, weekday 1 (Monday) to 7, seconds since 1970."""

_SCORES: Final = frozenset(
    {"unsafe", "prompt_attack", "uncertainty", "stakes", "urgent", "prior_unsafe", "material_attack"}
)


class Schema:
    """The types of all paths, given the names that the vocabulary declares."""

    def __init__(
        self,
        *,
        signals: Collection[str],
        roles: Collection[str],
        audiences: Collection[str],
        locales: Collection[str],
        languages: Collection[str],
        jurisdictions: Collection[str],
    ) -> None:
        def closed(what: str, names: Collection[str], kind: Kind = Kind.TEXT) -> FactType:
            return FactType(kind, frozenset(names), what)

        self.types: Mapping[str, FactType] = {
            "risk.unsafe": PROBABILITY,
            "risk.prompt_attack": PROBABILITY,
            "risk.uncertainty": PROBABILITY,
            "risk.stakes": PROBABILITY,
            "risk.urgent": PROBABILITY,
            "risk.domain": closed("domain", [str(d) for d in Domain]),
            "risk.facet": closed("facet", [str(f) for f in Facet]),
            "risk.signals": closed("signal", signals, Kind.LIST),
            **{f"risk.facets.{facet}": PROBABILITY for facet in Facet},
            **{f"risk.hazards.{hazard}": PROBABILITY for hazard in Hazard},
            "context.tenant": TEXT,
            "context.role": closed("role", roles),
            "context.role_provenance": closed("provenance", PROVENANCES),
            "context.audience": closed("audience", audiences),
            "context.locale": closed("locale", locales),
            "context.language": closed("language", languages),
            "context.jurisdiction": closed("jurisdiction", jurisdictions),
            "context.channel": TEXT,
            "text.language": TEXT,
            "text.length": INT,
            "text.obfuscated": BOOL,
            "text.views": TEXTS,
            "text.has_pii": BOOL,
            "text.modality": TEXT,
            "text.unread_modalities": TEXTS,
            "text.material_attack": PROBABILITY,
            "thread.turns": INT,
            "thread.prior_refusals": INT,
            "thread.prior_unsafe": PROBABILITY,
            "thread.escalating": BOOL,
            "time.date": TEXT,
            "time.hour": INT,
            "time.weekday": INT,
            "time.unix": INT,
        }

    @staticmethod
    def is_score(parts: tuple[str, ...]) -> bool:
        """True for the path of a score from 0 to 1."""
        return parts[-1] in _SCORES or (len(parts) == 3 and parts[1] in ("facets", "hazards"))

    def type_of(self, path: str) -> FactType:
        """Return the type of a path; raises ``ExpressionError`` that names the closest known one."""
        known = self.types.get(path)
        if known is not None:
            return known
        parent, _, name = path.rpartition(".")
        if any(other.startswith(f"{path}.") for other in self.types):
            raise ExpressionError(f"`{path}` is a group of facts, not a value{suggestion(f'{path}.', self.types)}")
        siblings = [p.rpartition(".")[2] for p in self.types if p.rpartition(".")[0] == parent]
        if siblings:
            raise ExpressionError(f"unknown field `{name}` of `{parent}`{suggestion(name, siblings)}")
        raise ExpressionError(f"unknown variable `{path}`{suggestion(path, self.types)}")


def variable_of(path: str) -> str:
    """Return the flat variable name under which a path is handed to CEL (a flat lookup is ten times cheaper)."""
    return path.replace(".", "__")


def getter_of(path: str) -> Getter:
    """Return a function that reads the path from ``Facts``; it raises ``KeyError`` for a missing score."""
    for group in ("risk.facets.", "risk.hazards."):
        if path.startswith(group):
            return _score_getter(attrgetter(group[:-1]), path.removeprefix(group))
    return attrgetter(path)


def _score_getter(scores: Callable[[Facts], Mapping[str, float]], name: str) -> Getter:
    def read(facts: Facts) -> float:
        return scores(facts)[name]

    return read
