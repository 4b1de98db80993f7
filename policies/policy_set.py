"""A loaded set of policies: rules ready to run, the vocabulary they use and the texts they point to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import cel

from policies.compiler import Condition
from policies.errors import UnknownNameError, suggestion
from policies.models import Frozen, RationaleText
from policies.schema import Getter, getter_of, variable_of
from policies.taxonomy import Action, Domain, Facet

FALLBACK_LANGUAGE = "en"


class Role(Frozen):
    """A role that the frontend may assert, and the readership its holder belongs to."""

    name: str
    audience: str
    description: str
    domain: Domain | None = None
    """The domain in which this role is a professional one."""


class Locale(Frozen):
    """A language as used in a place."""

    tag: str
    language: str
    jurisdiction: str
    fallback: str | None
    """Where to look next for guidance; ``None`` at the end of the chain."""


class Vocabulary(Frozen):
    """The names and numbers that rules share; declared in ``vocabulary.yaml``."""

    roles: Mapping[str, Role]
    audiences: Mapping[str, str]
    locales: Mapping[str, Locale]
    jurisdictions: Mapping[str, str]
    signals: Mapping[str, str]
    thresholds: Mapping[str, float]
    predicates: Mapping[str, str]
    """Name to condition, as written."""


class Catalogued(NamedTuple):
    """A rationale with its rank: among the rationales of equally strict rules the highest rank speaks."""

    code: str
    rank: int
    texts: Mapping[str, RationaleText]
    file: str
    line: int


class Phrase(NamedTuple):
    """A text in the language asked for, or in the one that stood in for it."""

    text: str
    language: str


class RationalePhrase(NamedTuple):
    """A rationale in the language asked for, or in the one that stood in for it."""

    text: RationaleText
    language: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A case in which a rule does not apply although its condition holds."""

    when: str
    because: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its owner wrote it, with its compiled condition."""

    id: str
    description: str
    owner: str
    domain: Domain
    when: str
    exemptions: tuple[Exemption, ...]
    action: Action
    obligations: tuple[tuple[str, str | None], ...]
    rationale: str
    effective_from: datetime | None
    effective_until: datetime | None
    file: str
    line: int
    condition: Condition
    """``when`` and none of the exemptions."""

    def in_force(self, now: datetime) -> bool:
        """True from ``effective_from`` (included) to ``effective_until`` (excluded)."""
        if self.effective_from is not None and now < self.effective_from:
            return False
        return self.effective_until is None or now < self.effective_until


class Step(NamedTuple):
    """A rule with what the engine needs of it in its inner loop."""

    rule: Rule
    execute: Callable[[cel.Context], Any]
    dated: bool
    """True when the rule has a first or last day."""


@dataclass(frozen=True, slots=True)
class FacetPlan:
    """What has to be looked at for one facet: no other rule can match there."""

    steps: tuple[Step, ...]
    getters: tuple[tuple[str, Getter], ...]
    """The flat CEL variables those rules read, and how to get them from ``Facts``."""


class PolicySet:
    """Rules, vocabulary and texts of one version. Immutable; safe to share between threads."""

    def __init__(
        self,
        *,
        rules: tuple[Rule, ...],
        vocabulary: Vocabulary,
        rationales: Mapping[str, Catalogued],
        disclaimers: Mapping[str, Mapping[str, str]],
        version: str,
    ) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.id))
        self.vocabulary = vocabulary
        self.rationales = rationales
        self.disclaimers = disclaimers
        self.version = version
        """First twelve hex digits of the SHA-256 over everything that can change a decision or its words."""
        self.plans: Mapping[Facet, FacetPlan] = {facet: _plan(facet, self.rules) for facet in Facet}

    @property
    def roles(self) -> Mapping[str, Role]:
        """Roles by name."""
        return self.vocabulary.roles

    @property
    def audiences(self) -> Mapping[str, str]:
        """Audience name to description."""
        return self.vocabulary.audiences

    @property
    def locales(self) -> Mapping[str, Locale]:
        """Locales by tag."""
        return self.vocabulary.locales

    @property
    def jurisdictions(self) -> Mapping[str, str]:
        """Jurisdiction code to name."""
        return self.vocabulary.jurisdictions

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Threshold name to number."""
        return self.vocabulary.thresholds

    @property
    def predicates(self) -> Mapping[str, str]:
        """Predicate name to condition."""
        return self.vocabulary.predicates

    def rationale(self, code: str, language: str) -> RationalePhrase:
        """Return the catalogue entry in this language, or in English with ``language`` saying so."""
        if code not in self.rationales:
            raise UnknownNameError(f"unknown rationale `{code}`{suggestion(code, self.rationales)}")
        texts = self.rationales[code].texts
        used = _language_in(texts, language)
        return RationalePhrase(texts[used], used)

    def disclaimer(self, name: str, language: str) -> Phrase:
        """Return the disclaimer in this language, or in English with ``language`` saying so."""
        if name not in self.disclaimers:
            raise UnknownNameError(f"unknown disclaimer `{name}`{suggestion(name, self.disclaimers)}")
        texts = self.disclaimers[name]
        used = _language_in(texts, language)
        return Phrase(texts[used], used)

    def locale_chain(self, tag: str) -> tuple[Locale, ...]:
        """Return the locale and its fallbacks, nearest first; empty when the tag is not declared."""
        chain: list[Locale] = []
        found = self.locales.get(tag)
        while found is not None:
            chain.append(found)
            found = self.locales.get(found.fallback) if found.fallback else None
        return tuple(chain)


def _language_in(texts: Mapping[str, object], language: str) -> str:
    primary = language.partition("-")[0].lower()
    return primary if primary in texts else FALLBACK_LANGUAGE


def _plan(facet: Facet, rules: tuple[Rule, ...]) -> FacetPlan:
    candidates = [rule for rule in rules if facet in rule.condition.facets]
    steps = tuple(
        Step(rule, rule.condition.program.execute, rule.effective_from is not None or rule.effective_until is not None)
        for rule in candidates
    )
    paths = sorted({path for rule in candidates for path in rule.condition.paths})
    return FacetPlan(steps, tuple((variable_of(path), getter_of(path)) for path in paths))
