"""What differs between two sets of policies: the files as their owners see them, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from policies.bands import STEPS, Bands, bands_of, text_of
from policies.policy_set import PolicySet, Rule
from policies.taxonomy import Action, Facet

_FIELDS: Final = (
    "description",
    "owner",
    "domain",
    "when",
    "action",
    "obligations",
    "rationale",
    "effective_from",
    "effective_until",
    "core",
    "relaxable",
    "source",
)


class Edit(NamedTuple):
    """One thing that was added, removed or changed."""

    what: str
    """``rule``, ``threshold``, ``predicate``, ``rationale``, ``overlay``, ..."""
    name: str
    before: str | None
    """``None``: added."""
    after: str | None
    """``None``: removed."""

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.what} {self.name}: {self.after}"
        if self.after is None:
            return f"- {self.what} {self.name}"
        return f"~ {self.what} {self.name}: {self.before} -> {self.after}"


class Effect(NamedTuple):
    """A plain request that is treated differently, all facts but these being quiet."""

    facet: Facet
    role: str
    before: str
    after: str
    looser: bool
    """True when some score now gets a laxer action."""
    where: tuple[str, ...]
    """Locales, or tenants, in which this holds."""

    def __str__(self) -> str:
        arrow = "looser" if self.looser else "stricter"
        return f"{self.facet}, {self.role}, in {', '.join(self.where)}: {self.before} -> {self.after} ({arrow})"


def edits(before: PolicySet, after: PolicySet) -> list[Edit]:
    """Return what was added, removed or changed, by kind and name."""
    found = list(_rules({r.id: r for r in before.rules}, {r.id: r for r in after.rules}))
    old, new = before.vocabulary, after.vocabulary
    tables: Iterable[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = (
        ("threshold", old.thresholds, new.thresholds),
        ("risk appetite", old.risk_appetites, new.risk_appetites),
        ("predicate", old.predicates, new.predicates),
        ("role", old.roles, new.roles),
        ("locale", old.locales, new.locales),
        ("jurisdiction", old.jurisdictions, new.jurisdictions),
        ("signal", old.signals, new.signals),
        ("overlay", _overlays(before), _overlays(after)),
        ("disclaimer", before.disclaimers, after.disclaimers),
        ("rationale", _texts(before), _texts(after)),
    )
    for what, a, b in tables:
        found += _entries(what, a, b)
    return found


def effects(before: PolicySet, after: PolicySet, *, now: datetime) -> list[Effect]:
    """Return every facet and role whose plain requests are treated differently somewhere; loosened ones first."""
    found: dict[tuple[Facet, str, str, str, bool], list[str]] = {}
    for facet, role, place, old, new in _cells(before, after, now):
        if old != new:
            looser = any(_at(new, s / STEPS).strictness < _at(old, s / STEPS).strictness for s in range(STEPS + 1))
            found.setdefault((facet, role, text_of(old), text_of(new), looser), []).append(place)
    listed = [Effect(*key, where=tuple(places)) for key, places in found.items()]
    return sorted(listed, key=lambda effect: (not effect.looser, effect.facet, effect.role))


def _cells(before: PolicySet, after: PolicySet, now: datetime) -> Iterator[tuple[Facet, str, str, Bands, Bands]]:
    roles = [role for role in after.roles if role in before.roles]
    regional = [tag for tag in after.locales if "-" in tag and tag in before.locales]
    tenants = [o.scope for s in (before, after) for o in s.overlays.values() if o.id.startswith("tenant/")]
    places = [(tag, "default", tag) for tag in regional]
    places += [("en-US", tenant, f"tenant {tenant}") for tenant in dict.fromkeys(tenants)]
    for facet in Facet:
        for role in roles:
            for locale, tenant, place in places:
                old, new = (bands_of(p, facet, role, now=now, locale=locale, tenant=tenant) for p in (before, after))
                yield facet, role, place, old, new


def _at(bands: Bands, unsafe: float) -> Action:
    return [action for start, action in bands if start <= unsafe][-1]


def _rules(old: Mapping[str, Rule], new: Mapping[str, Rule]) -> Iterator[Edit]:
    for rule_id in sorted(old.keys() | new.keys()):
        a, b = old.get(rule_id), new.get(rule_id)
        if a is None and b is not None:
            yield Edit("rule", rule_id, None, f"{b.action} when {_short(b.when)}")
        elif b is None and a is not None:
            yield Edit("rule", rule_id, str(a.action), None)
        elif a is not None and b is not None:
            for name in _FIELDS:
                was, now = getattr(a, name), getattr(b, name)
                if was != now:
                    yield Edit(f"{name} of rule", rule_id, _short(was), _short(now))
            for exemption in b.exemptions:
                if exemption not in a.exemptions:
                    yield Edit("exception of rule", rule_id, None, f"{_short(exemption.when)} ({exemption.because})")
            for exemption in a.exemptions:
                if exemption not in b.exemptions:
                    yield Edit("exception of rule", f"{rule_id} ({exemption.because})", exemption.when, None)


def _entries(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Edit]:
    for name in sorted(old.keys() | new.keys()):
        a, b = old.get(name), new.get(name)
        if a != b:
            yield Edit(what, name, None if a is None else _short(a), None if b is None else _short(b))


def _overlays(policies: PolicySet) -> dict[str, str]:
    return {o.id: f"{o.title}, appetite {o.risk_appetite or 'balanced'}" for o in policies.overlays.values()}


def _texts(policies: PolicySet) -> dict[str, tuple[Any, ...]]:
    return {c.code: (c.rank, *sorted(c.texts.items())) for c in policies.rationales.values()}


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else f"{text[:117]}..."
