"""Reads ``vocabulary.yaml``: roles, audiences, locales, jurisdictions, signals, thresholds, appetites, predicates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from policies.compiler import Names, expand
from policies.errors import ExpressionError, suggestion
from policies.expressions import Literal, Node, bare_names, parse
from policies.models import PROVENANCES, Provenance
from policies.policy_set import BALANCED, FALLBACK_LANGUAGE, Jurisdiction, Locale, Role, Vocabulary
from policies.reader import Fields, Item, Problems, items_of, number_of, text_of, translations_of
from policies.schema import Schema
from policies.taxonomy import LANGUAGES, Domain

FILE: Final = "vocabulary.yaml"
PUBLIC: Final = "public"
"""The role and audience of everyone whom the frontend does not vouch for."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
_SIGNAL: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+\Z")
_TAG: Final = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?\Z")
_CODE: Final = re.compile(r"[A-Z]{2}\Z")
_TAKEN: Final = frozenset({"risk", "context", "text", "thread", "threshold", "time"})


def read_vocabulary(document: Item, problems: Problems) -> tuple[Vocabulary, dict[str, Names]]:
    """Return the vocabulary, and what names in conditions stand for under each risk appetite."""
    fields = Fields(document, "the vocabulary", problems)
    audiences = _descriptions(fields, "audiences", _NAME, problems)
    jurisdictions = _jurisdictions(fields, problems)
    signals = _descriptions(fields, "signals", _SIGNAL, problems)
    roles = _roles(fields, audiences, problems)
    locales = _locales(fields, jurisdictions, problems)
    thresholds = {
        name: number_of(item, f"threshold `{name}`", 0.0, 1.0, problems)
        for name, item in _named(fields, "thresholds", _NAME, problems)
    }
    appetites = _appetites(fields, thresholds, problems)
    schema = Schema(
        signals=signals,
        roles=roles,
        audiences=audiences,
        locales=locales,
        languages=LANGUAGES,
        jurisdictions=jurisdictions,
    )
    predicates = _named(fields, "predicates", _NAME, problems)
    fields.done()
    names: dict[str, Names] = {}
    sources: dict[str, str] = {}
    for appetite, numbers in appetites.items():
        # The faults of a condition are the same under every appetite: they are reported once.
        faults = problems if appetite == BALANCED else Problems()
        sources, nodes = _Predicates(predicates, schema, numbers, faults).read()
        names[appetite] = Names(schema, numbers, nodes)
    vocabulary = Vocabulary(
        roles=roles,
        audiences=audiences,
        locales=locales,
        jurisdictions=jurisdictions,
        signals=signals,
        thresholds=thresholds,
        risk_appetites=appetites,
        predicates=sources,
    )
    return vocabulary, names


def _appetites(fields: Fields, thresholds: Mapping[str, float], problems: Problems) -> dict[str, Mapping[str, float]]:
    """Return every threshold under each risk appetite; the balanced one, first, is the declared numbers."""
    appetites: dict[str, Mapping[str, float]] = {BALANCED: thresholds}
    for name, item in fields.entries("risk_appetites"):
        if not _NAME.match(name) or name == BALANCED:
            fault = "is the declared `thresholds`; change those" if name == BALANCED else "is no lower_case name"
            problems.add(item, f"risk appetite `{name}` {fault}")
            continue
        numbers = Fields(item, f"risk appetite `{name}`", problems)
        own = {
            threshold: number_of(number, f"threshold `{threshold}`", 0.0, 1.0, problems)
            for threshold, number in numbers.all()
        }
        for unknown in own.keys() - thresholds.keys():
            message = f"risk appetite `{name}` sets unknown threshold `{unknown}`{suggestion(unknown, thresholds)}"
            problems.add(item, message)
        appetites[name] = {**thresholds, **own}
    return appetites


def _names(item: Item | None, code: str, problems: Problems) -> dict[str, str]:
    """The names by language of a jurisdiction that has one for all languages or one for each; English is among them."""
    what = f"name of jurisdiction `{code}`"
    if item is None or isinstance(item.value, dict):
        return {FALLBACK_LANGUAGE: "", **translations_of(item, what, problems)}
    return {FALLBACK_LANGUAGE: text_of(item, what, problems)}


def _jurisdictions(fields: Fields, problems: Problems) -> dict[str, Jurisdiction]:
    found: dict[str, Jurisdiction] = {}
    for code, item in _named(fields, "jurisdictions", _CODE, problems):
        if not isinstance(item.value, dict):
            names = _names(item, code, problems)
            found[code] = Jurisdiction(code=code, name=names[FALLBACK_LANGUAGE], names=names)
            continue
        place = Fields(item, f"jurisdiction `{code}`", problems)
        names = _names(place.get("name", required=True), code, problems)
        found[code] = Jurisdiction(
            code=code,
            name=names[FALLBACK_LANGUAGE],
            names=names,
            within=place.text("within", required=False) or None,
            age_of_majority=int(place.number("age_of_majority", 1, 25, default=18)),
        )
        place.done()
    for code, item in _named(fields, "jurisdictions", _CODE, Problems()):
        around = found[code].within
        if around is not None and (around not in found or found[around].within is not None):
            hint = suggestion(around, [name for name, place in found.items() if place.within is None])
            problems.add(
                item, f"jurisdiction `{code}` lies within `{around}`, which is no outermost jurisdiction{hint}"
            )
            found[code] = found[code].model_copy(update={"within": None})
    return found


def _named(fields: Fields, field: str, form: re.Pattern[str], problems: Problems) -> list[tuple[str, Item]]:
    """Return the entries of a mapping whose names have the right form."""
    entries = []
    for name, item in fields.entries(field, required=True):
        if form.match(name):
            entries.append((name, item))
        else:
            problems.add(item, f"name `{name}` in `{field}` does not have the form `{_example(form)}`; rename it")
    return entries


def _example(form: re.Pattern[str]) -> str:
    return {_NAME: "lower_case", _SIGNAL: "group.name", _TAG: "en-US", _CODE: "US"}[form]


def _descriptions(fields: Fields, field: str, form: re.Pattern[str], problems: Problems) -> dict[str, str]:
    return {
        name: text_of(item, f"description of `{name}`", problems)
        for name, item in _named(fields, field, form, problems)
    }


def _roles(fields: Fields, audiences: Mapping[str, str], problems: Problems) -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for name, item in _named(fields, "roles", _NAME, problems):
        role = Fields(item, f"role `{name}`", problems)
        audience = role.text("audience")
        if audience and audience not in audiences:
            problems.add(item, f"role `{name}` has unknown audience `{audience}`{suggestion(audience, audiences)}")
        domain = role.text("domain", required=False)
        if domain and domain not in list(Domain):
            problems.add(item, f"role `{name}` has unknown domain `{domain}`{suggestion(domain, list(Domain))}")
            domain = ""
        description = role.text("description")
        asserted_by = _provenances(name, role, problems)
        role.done()
        roles[name] = Role(
            name=name,
            audience=audience,
            description=description,
            domain=Domain(domain) if domain else None,
            asserted_by=asserted_by,
        )
    if PUBLIC not in roles:
        problems.add(fields.item, f"role `{PUBLIC}` is not declared; it stands for everyone nobody vouches for, add it")
    return roles


def _provenances(name: str, role: Fields, problems: Problems) -> tuple[Provenance, ...]:
    item = role.get("asserted_by")
    if item is None:
        return tuple(PROVENANCES)
    known: list[Provenance] = []
    for entry in items_of(item, f"`asserted_by` of role `{name}`", problems):
        match = next((provenance for provenance in PROVENANCES if provenance == entry.value), None)
        if match is None:
            hint = suggestion(str(entry.value), PROVENANCES)
            problems.add(entry, f"role `{name}` has unknown provenance `{entry.value}`{hint}")
        else:
            known.append(match)
    return tuple(known)


def _locales(fields: Fields, jurisdictions: Mapping[str, Jurisdiction], problems: Problems) -> dict[str, Locale]:
    locales: dict[str, Locale] = {}
    items: dict[str, Item] = {}
    for tag, item in _named(fields, "locales", _TAG, problems):
        locale = Fields(item, f"locale `{tag}`", problems)
        language, place = locale.text("language"), locale.text("jurisdiction")
        fallback = locale.text("fallback", required=False) or None
        locale.done()
        if language and language not in LANGUAGES:
            problems.add(item, f"locale `{tag}` has unknown language `{language}`{suggestion(language, LANGUAGES)}")
        if place and place not in jurisdictions:
            problems.add(item, f"locale `{tag}` has unknown jurisdiction `{place}`{suggestion(place, jurisdictions)}")
        locales[tag] = Locale(tag=tag, language=language, jurisdiction=place, fallback=fallback)
        items[tag] = item
    for tag, found in list(locales.items()):
        fault = _fallback_fault(found, locales)
        if fault:
            problems.add(items[tag], fault)
            locales[tag] = found.model_copy(update={"fallback": None})
    return locales


def _fallback_fault(locale: Locale, locales: Mapping[str, Locale]) -> str | None:
    seen = [locale.tag]
    step: Locale | None = locale
    while step is not None and step.fallback is not None:
        if step.fallback not in locales:
            hint = suggestion(step.fallback, locales)
            return f"locale `{step.tag}` falls back to unknown locale `{step.fallback}`{hint}"
        if step.fallback in seen:
            return f"fallbacks of locale `{locale.tag}` run in a circle: {' -> '.join([*seen, step.fallback])}; cut it"
        seen.append(step.fallback)
        step = locales[step.fallback]
    return None


class _Predicates:
    """Expands predicates, each after the ones it uses."""

    def __init__(
        self,
        entries: Sequence[tuple[str, Item]],
        schema: Schema,
        thresholds: Mapping[str, float],
        problems: Problems,
    ) -> None:
        self._items = {name: item for name, item in entries if not self._is_taken(name, item, problems)}
        self._schema, self._thresholds, self._problems = schema, thresholds, problems
        self._nodes: dict[str, Node] = {}
        self._open: list[str] = []

    @staticmethod
    def _is_taken(name: str, item: Item, problems: Problems) -> bool:
        if name in _TAKEN:
            problems.add(item, f"predicate `{name}` has the name of a group of facts; rename it")
        return name in _TAKEN

    def read(self) -> tuple[dict[str, str], dict[str, Node]]:
        """Return the conditions as written and as expanded."""
        sources = {name: text_of(item, f"predicate `{name}`", self._problems) for name, item in self._items.items()}
        for name in self._items:
            self._expand(name, sources)
        return sources, self._nodes

    def _expand(self, name: str, sources: Mapping[str, str]) -> None:
        if name in self._nodes:
            return
        item = self._items[name]
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self._problems.add(item, f"predicates use each other in a circle: {circle}; cut it")
            self._nodes[name] = Literal(True)
            return
        self._open.append(name)
        for used in _names_in(sources[name]) & sources.keys():
            self._expand(used, sources)
        self._open.pop()
        node: Node = Literal(True)  # a wrong predicate is reported here, once, and not in every rule that uses it
        if sources[name] and name not in self._nodes:
            try:
                node = expand(sources[name], Names(self._schema, self._thresholds, self._nodes))
            except ExpressionError as error:
                self._problems.add(item, f"predicate `{name}`: {error}")
        self._nodes.setdefault(name, node)


def _names_in(source: str) -> set[str]:
    """Return the bare names of a condition; none when it does not parse (reported when it is expanded)."""
    try:
        return bare_names(parse(source))
    except ExpressionError:
        return set()
