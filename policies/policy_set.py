"""A loaded set of policies: rules ready to run, the vocabulary they use and the texts they point to.

A turn is decided by the rules of the base packs and of the overlays in whose scope it lies, with the thresholds of its
tenant's risk appetite. What that selects for one facet is a ``Plan``, made when first needed and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final, NamedTuple

from policies.compiler import Condition
from policies.errors import UnknownNameError, suggestion
from policies.expressions import Literal
from policies.models import PROVENANCES, ContextFacts, Frozen, Provenance, RationaleText
from policies.near import widened
from policies.placeholders import filled
from policies.schema import TIMES, Getter, getter_of, variable_of
from policies.taxonomy import Action, Domain, Facet
from policies.translate import Judge, Reader, is_translatable, judge_of, reader_of

FALLBACK_LANGUAGE = "en"
ADULT: Final = 18
"""The age of majority where nothing else is declared."""
ELSEWHERE: Final = {"en": "your country", "es": "tu país", "zh": "您所在的国家或地区", "ar": "بلدك"}
"""What stands for a jurisdiction that is not declared."""
BALANCED: Final = "balanced"
"""The risk appetite whose numbers are the declared thresholds."""


class Role(Frozen):
    """A role that the frontend may assert, and the readership its holder belongs to."""

    name: str
    audience: str
    description: str
    domain: Domain | None = None
    """The domain in which this role is a professional one."""
    asserted_by: tuple[Provenance, ...] = tuple(PROVENANCES)
    """Whose word is enough for this role."""


class Jurisdiction(Frozen):
    """A place with its own law or authorities."""

    code: str
    name: str
    """In English."""
    names: Mapping[str, str] = {}
    """In other languages."""
    within: str | None = None
    """The larger jurisdiction whose overlay applies here too."""
    age_of_majority: int = ADULT


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
    jurisdictions: Mapping[str, Jurisdiction]
    signals: Mapping[str, str]
    thresholds: Mapping[str, float]
    risk_appetites: Mapping[str, Mapping[str, float]]
    """Name to every threshold; ``balanced`` is always there."""
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
    overlay: str | None = None
    """The overlay that loosened the rule in this case; ``None`` when the rule itself says so."""


@dataclass(frozen=True, slots=True)
class Relaxable:
    """How far overlays may loosen a rule."""

    to: Action
    drop: frozenset[str] = frozenset()
    """Names of obligations that they may leave out."""


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
    core: bool = False
    """Nobody can loosen it, and its thresholds are the same under every risk appetite."""
    relaxable: Relaxable | None = None
    overlay: str | None = None
    """The overlay that brought it; ``None`` for the base packs."""
    source: str | None = None
    """Key of the source it rests on, in its overlay."""

    def in_force(self, now: datetime) -> bool:
        """True from ``effective_from`` (included) to ``effective_until`` (excluded)."""
        if self.effective_from is not None and now < self.effective_from:
            return False
        return self.effective_until is None or now < self.effective_until

    @property
    def is_dated(self) -> bool:
        """True when the rule has a first or last day."""
        return self.effective_from is not None or self.effective_until is not None


class Layer(IntEnum):
    """Kinds of overlays, in the order in which they apply."""

    JURISDICTION = 1
    LOCALE = 2
    TENANT = 3


class SourceRef(Frozen):
    """A public text that a rule rests on."""

    title: str
    url: str
    checked_on: str | None = None
    """The day an editor saw the text; ``None``: from general knowledge, to be checked by the deployer."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is different for one jurisdiction, locale or tenant."""

    id: str
    """``jurisdiction/EU``, ``locale/es-MX``, ``tenant/acme``."""
    layer: Layer
    scope: str
    """The jurisdiction, locale or tenant."""
    title: str
    owner: str
    risk_appetite: str | None
    sources: Mapping[str, SourceRef]
    file: str
    line: int


class Applied(NamedTuple):
    """What a context selects."""

    overlays: tuple[str, ...]
    risk_appetite: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be looked at for one facet under one selection of overlays: no other rule can match there."""

    rules: tuple[Rule, ...]
    getters: tuple[tuple[str, Getter], ...]
    """The flat CEL variables those rules read, and how to get them from ``Facts``."""
    clocks: tuple[tuple[str, Callable[[datetime], str | int]], ...]
    """The same for the time of the decision."""
    read: Reader
    """All getters at once, for facts that lack no score."""
    judge: Judge
    """All conditions at once, in the order of ``rules``; a pattern stands as true and is looked at again by CEL."""
    patterns: frozenset[str]
    """Ids of the rules with patterns."""
    dated: bool
    """True when some rule has a first or last day."""
    duties: Mapping[str, frozenset[str]]
    """The obligations of each rule as texts, by its id."""
    near: Judge
    """The widened conditions, in the order of ``near_rules``."""
    near_rules: tuple[Rule, ...]


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
        overlays: tuple[Overlay, ...] = (),
        by_appetite: Mapping[str, tuple[Rule, ...]] | None = None,
    ) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.id))
        """Every rule, those of all overlays included, with the balanced thresholds."""
        self.vocabulary = vocabulary
        self.rationales = rationales
        self.disclaimers = disclaimers
        self.version = version
        """First twelve hex digits of the SHA-256 over everything that can change a decision or its words."""
        self.overlays = {overlay.id: overlay for overlay in sorted(overlays, key=lambda o: (o.layer, o.id))}
        self._rules = {BALANCED: self.rules} | {
            name: tuple(sorted(found, key=lambda rule: rule.id)) for name, found in (by_appetite or {}).items()
        }
        self._applied: dict[tuple[str, str, str], Applied] = {}
        self._plans: dict[tuple[Facet, Applied], Plan] = {}

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
    def jurisdictions(self) -> Mapping[str, Jurisdiction]:
        """Jurisdictions by code."""
        return self.vocabulary.jurisdictions

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Threshold name to number."""
        return self.vocabulary.thresholds

    @property
    def predicates(self) -> Mapping[str, str]:
        """Predicate name to condition."""
        return self.vocabulary.predicates

    def applied(self, context: ContextFacts) -> Applied:
        """Return the overlays in whose scope the context lies, weakest layer first, and the risk appetite."""
        tenant = f"tenant/{context.tenant}"
        # Names from outside that nothing here knows must not fill the cache.
        key = (
            context.jurisdiction if context.jurisdiction in self.jurisdictions else "",
            context.locale if context.locale in self.locales else "",
            tenant if tenant in self.overlays else "",
        )
        found = self._applied.get(key)
        if found is None:
            scopes = [f"jurisdiction/{code}" for code in self.within(key[0])]
            scopes += [f"locale/{tag}" for tag in self.regional_chain(key[1])]
            scopes.append(key[2])
            overlay = self.overlays.get(key[2])
            found = self._applied[key] = Applied(
                tuple(scope for scope in scopes if scope in self.overlays),
                (overlay.risk_appetite if overlay else None) or BALANCED,
            )
        return found

    def regional_chain(self, tag: str) -> tuple[str, ...]:
        """Return the locales of the same language around this one and itself, largest first: ``es``, ``es-MX``."""
        chain = self.locale_chain(tag)
        return tuple(locale.tag for locale in reversed(chain) if locale.language == chain[0].language)

    def plan(self, facet: Facet, applied: Applied) -> Plan:
        """Return what to evaluate for a facet under these overlays."""
        plan = self._plans.get((facet, applied))
        if plan is None:
            rules = [
                rule
                for rule in self._rules[applied.risk_appetite]
                if rule.overlay is None or rule.overlay in applied[0]
            ]
            plan = self._plans[facet, applied] = _plan(facet, rules)
        return plan

    def within(self, code: str) -> tuple[str, ...]:
        """Return the jurisdictions around this one and itself, largest first."""
        chain: list[str] = []
        step: str | None = code
        while step is not None and step not in chain:
            chain.insert(0, step)
            found = self.jurisdictions.get(step)
            step = found.within if found else None
        return tuple(chain)

    def rationale(self, code: str, language: str, jurisdiction: str = "") -> RationalePhrase:
        """Return the catalogue entry in this language, or in English with ``language`` saying so.

        Placeholders are filled for the jurisdiction, in words that fit anywhere when it is not declared.
        """
        if code not in self.rationales:
            raise UnknownNameError(f"unknown rationale `{code}`{suggestion(code, self.rationales)}")
        texts = self.rationales[code].texts
        used = _language_in(texts, language)
        place = self.jurisdictions.get(jurisdiction)
        values: dict[str, str | int] = {
            "jurisdiction": place.names.get(used, place.name) if place else ELSEWHERE[used],
            "age_of_majority": place.age_of_majority if place else ADULT,
        }
        text = texts[used]
        parts = {name: filled(part, values) for name, part in text.model_dump().items() if "{" in part}
        return RationalePhrase(text.model_copy(update=parts) if parts else text, used)

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


def _plan(facet: Facet, rules: Sequence[Rule]) -> Plan:
    chosen = tuple(rule for rule in rules if facet in rule.condition.facets)
    paths = sorted({path for rule in chosen for path in rule.condition.paths})
    names = [variable_of(path) for path in paths]
    patterns = frozenset(rule.id for rule in chosen if not is_translatable(rule.condition.node))
    plain = [rule for rule in chosen if rule.id not in patterns]
    wide = [(rule, moved) for rule in plain if (moved := widened(rule.condition.node)) != rule.condition.node]
    return Plan(
        rules=chosen,
        getters=tuple((variable_of(path), getter_of(path)) for path in paths if path not in TIMES),
        clocks=tuple((variable_of(path), TIMES[path]) for path in paths if path in TIMES),
        read=reader_of(path for path in paths if path not in TIMES),
        judge=judge_of([Literal(True) if r.id in patterns else r.condition.node for r in chosen], names),
        patterns=patterns,
        dated=any(rule.is_dated for rule in chosen),
        duties={r.id: frozenset(n if a is None else f"{n}:{a}" for n, a in r.obligations) for r in chosen},
        near=judge_of([moved for _, moved in wide], names),
        near_rules=tuple(rule for rule, _ in wide),
    )
