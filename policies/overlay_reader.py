"""Reads ``overlays/<layer>/<scope>.yaml``: what is different for a jurisdiction, a locale or a tenant.

The name of the file is its scope. An overlay adds rules, which can only tighten; and changes rules of the layers below
it. A change to a stricter action becomes a further rule; a change to a laxer one is an exception of the rule it
changes, allowed only as far as that rule is marked ``relaxable``, and never in the core.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from policies.catalogue_reader import Catalogue
from policies.compiler import Names
from policies.errors import suggestion
from policies.expressions import Binary, ListOf, Literal, Node, Path
from policies.policy_set import Exemption, Layer, Overlay, SourceRef, Vocabulary
from policies.reader import Fields, Item, Problems
from policies.rule_reader import Draft, Obligations, RuleReader, add_draft
from policies.taxonomy import Action

FOLDERS: Final[dict[str, Layer]] = {
    "jurisdictions": Layer.JURISDICTION,
    "locales": Layer.LOCALE,
    "tenants": Layer.TENANT,
}
_HEAD: Final = ("title", "owner", "risk_appetite", "sources")
"""Fields that ``read_overlays`` has read."""
LOOSENING: Final = frozenset({("stream", "live"), ("log_full", None)})
"""Obligations that give something up: the check before a text leaves, the redaction of the record."""
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def read_overlays(documents: Sequence[Item], vocabulary: Vocabulary, problems: Problems) -> list[tuple[Overlay, Item]]:
    """Return the heads of the overlays, each with its document, in the order in which they apply."""
    found: list[tuple[Overlay, Item]] = []
    for document in documents:
        path = PurePosixPath(document.file)
        layer = FOLDERS.get(path.parent.name)
        if layer is None or len(path.parts) != 3:
            where = ", ".join(f"`overlays/{folder}/`" for folder in FOLDERS)
            problems.add(document, f"overlay lies in `{path.parent}/`; move it to one of {where}")
            continue
        _check_scope(layer, path.stem, document, vocabulary, problems)
        fields = Fields(document, "an overlay", problems)
        appetite = fields.text("risk_appetite", required=False) or None
        _check_appetite(layer, appetite, fields, vocabulary, problems)
        overlay = Overlay(
            id=f"{layer.name.lower()}/{path.stem}",
            layer=layer,
            scope=path.stem,
            title=fields.text("title"),
            owner=fields.text("owner"),
            risk_appetite=appetite,
            sources=_sources(fields, problems),
            file=document.file,
            line=document.line,
        )
        found.append((overlay, document))
    return sorted(found, key=lambda entry: (entry[0].layer, entry[0].id))


def _check_scope(layer: Layer, scope: str, at: Item, vocabulary: Vocabulary, problems: Problems) -> None:
    if layer is Layer.TENANT:
        if not _TENANT.match(scope):
            problems.add(at, f"tenant `{scope}` is no plain name of letters, digits, `.`, `-` and `_`; rename the file")
        return
    known: Mapping[str, object] = vocabulary.jurisdictions if layer is Layer.JURISDICTION else vocabulary.locales
    if scope not in known:
        problems.add(at, f"unknown {layer.name.lower()} `{scope}`{suggestion(scope, known)}; rename the file")


def _check_appetite(
    layer: Layer, appetite: str | None, fields: Fields, vocabulary: Vocabulary, problems: Problems
) -> None:
    if appetite is None:
        return
    at = fields.get("risk_appetite") or fields.item
    if layer is not Layer.TENANT:
        problems.add(at, "only a tenant has a `risk_appetite`; move it to the overlays of the tenants")
    elif appetite not in vocabulary.risk_appetites:
        problems.add(at, f"unknown risk appetite `{appetite}`{suggestion(appetite, vocabulary.risk_appetites)}")


def _sources(fields: Fields, problems: Problems) -> dict[str, SourceRef]:
    sources: dict[str, SourceRef] = {}
    for key, item in fields.entries("sources"):
        source = Fields(item, f"source `{key}`", problems)
        title, url = source.text("title"), source.text("url")
        if url and not url.startswith("https://"):
            problems.add(item, f"source `{key}` has the url `{url[:80]}`, expected one that starts with `https://`")
        checked = source.moment("checked_on")
        source.done()
        sources[key] = SourceRef(title=title, url=url, checked_on=f"{checked:%Y-%m-%d}" if checked else None)
    return sources


@dataclass(frozen=True)
class _Change:
    """What an overlay says about one rule of a layer below."""

    item: Item
    target: Draft
    node: Node
    when: str
    because: str
    action: Action
    added: Obligations
    dropped: frozenset[str]
    rationale: str
    start: datetime | None
    end: datetime | None
    source: str | None


class OverlayReader:
    """Applies one overlay to the drafts of the layers below it."""

    def __init__(
        self,
        overlay: Overlay,
        document: Item,
        vocabulary: Vocabulary,
        names: Names,
        catalogue: Catalogue,
        problems: Problems,
    ) -> None:
        self._overlay, self._vocabulary = overlay, vocabulary
        self._fields = Fields(document, "an overlay", problems)
        for name in _HEAD:
            self._fields.get(name)
        self._names, self._catalogue, self._problems = names, catalogue, problems

    def apply(self, drafts: dict[str, Draft]) -> None:
        """The rules of the overlay are among the drafts, and the rules it loosens carry their exceptions."""
        below = dict(drafts)
        domain = self._fields.text("domain", required=False)
        for item in self._fields.items("rules"):
            reader = RuleReader(item, self._names, self._catalogue, self._problems)
            draft = reader.draft(self._overlay.owner, domain, overlay=self._overlay.id, sources=self._overlay.sources)
            if draft is not None and self._adds_tightening_only(item, draft.fields["obligations"]):
                add_draft(draft, drafts, self._problems)
        for item in self._fields.items("changes"):
            change = self._change(item, below)
            if change is not None:
                self._put(change, drafts)
        self._fields.done()

    def _adds_tightening_only(self, item: Item, added: Obligations) -> bool:
        """True when no added obligation gives up a check or keeps more of what people write; else with a problem."""
        for name, argument in added:
            if (name, argument) in LOOSENING:
                written = name if argument is None else f"{name}:{argument}"
                self._problems.add(
                    item,
                    f"obligation `{written}` loosens, so that an overlay cannot add it; drop it or ask for it in a base pack",
                )
                return False
        return True

    def _change(self, item: Item, below: Mapping[str, Draft]) -> _Change | None:
        before = len(self._problems.found)
        fields = Fields(item, "a change", self._problems)
        target_id = fields.text("rule")
        target = below.get(target_id)
        if target is None and target_id:
            at = fields.get("rule") or item
            self._problems.add(at, f"change of unknown rule `{target_id}`{suggestion(target_id, below)}")
        action = fields.text("action")
        if action and action not in list(Action):
            at = fields.get("action") or item
            self._problems.add(at, f"unknown action `{action}`{suggestion(action, list(Action))}")
            action = ""
        when = fields.text("when", required=False, default="true")
        reader = RuleReader(item, self._names, self._catalogue, self._problems)
        start, end = fields.moment("effective_from"), fields.moment("effective_until")
        if start and end and start >= end:
            self._problems.add(item, f"change of `{target_id}` ends at or before it starts; swap the effective dates")
        moved = target is not None and bool(action) and target.action.value != action
        rationale = fields.text("rationale", required=moved)
        if rationale and rationale not in self._catalogue.rationales:
            at = fields.get("rationale") or item
            self._problems.add(
                at, f"unknown rationale `{rationale}`{suggestion(rationale, self._catalogue.rationales)}"
            )
        dropped = frozenset(str(entry.value) for entry in fields.items("drop"))
        change = _Change(
            item=item,
            target=target or Draft(item, item, Literal(True), {"id": "none", "action": Action.ANSWER}),
            node=reader.node(fields.get("when") or item, when),
            when=when,
            because=fields.text("because"),
            action=Action(action or Action.ANSWER),
            added=reader.obligations(fields),
            dropped=dropped,
            rationale=rationale or str(target.fields["rationale"] if target else ""),
            start=start,
            end=end,
            source=reader.source(fields, self._overlay.sources),
        )
        fields.items("tests")
        fields.done(("rule", "when", "action", "because", "obligations", "drop", "rationale", "source", "tests"))
        self._adds_tightening_only(item, change.added)
        return change if len(self._problems.found) == before else None

    def _put(self, change: _Change, drafts: dict[str, Draft]) -> None:
        target = change.target
        laxer = change.action.strictness < target.action.strictness or bool(change.dropped)
        if laxer:
            fault = _forbidden(change)
            if fault:
                self._problems.add(change.item, fault)
                return
        kept = tuple(pair for pair in target.fields["obligations"] if pair[0] not in change.dropped)
        fields = {
            **target.fields,
            "id": changed_id(self._overlay.file, target.id),
            "description": change.because,
            "owner": self._overlay.owner,
            "when": f"({target.fields['when']}) && ({change.when})",
            "action": change.action,
            "obligations": tuple(dict.fromkeys((*kept, *change.added))),
            "rationale": change.rationale,
            "effective_from": _latest(target.fields["effective_from"], change.start),
            "effective_until": _earliest(target.fields["effective_until"], change.end),
            "file": change.item.file,
            "line": change.item.line,
            "core": False,
            "overlay": self._overlay.id,
            "source": change.source,
        }
        # The further rule applies where the target did before this overlay loosened it.
        further = Draft(
            change.item, change.item, Binary("&&", target.node, change.node), fields, list(target.exemptions)
        )
        if laxer:
            scoped = Binary("&&", self._scope(), Binary("&&", change.node, _dates(change.start, change.end)))
            target.exempt(scoped, Exemption(change.when, change.because, self._overlay.id))
        add_draft(further, drafts, self._problems)

    def _scope(self) -> Node:
        """Return the condition that a turn lies in the scope of the overlay."""
        layer, scope = self._overlay.layer, self._overlay.scope
        if layer is Layer.TENANT:
            return Binary("==", Path(("context", "tenant")), Literal(scope))
        if layer is Layer.LOCALE:
            tags = [tag for tag in self._vocabulary.locales if scope in self._chain(tag)]
            return Binary("in", Path(("context", "locale")), ListOf(tuple(map(Literal, sorted(tags)))))
        places = [p.code for p in self._vocabulary.jurisdictions.values() if scope in (p.code, p.within)]
        return Binary("in", Path(("context", "jurisdiction")), ListOf(tuple(map(Literal, sorted(places)))))

    def _chain(self, tag: str) -> list[str]:
        """Return the locale and those of the same language it falls back to."""
        chain: list[str] = []
        step: str | None = tag
        while step is not None and step not in chain:
            locale = self._vocabulary.locales[step]
            if locale.language == self._vocabulary.locales[tag].language:
                chain.append(step)
            step = locale.fallback
        return chain


def _forbidden(change: _Change) -> str | None:
    """Say why the change may not loosen its target, ``None`` when it may."""
    target = change.target
    relaxable = target.fields["relaxable"]
    if target.fields["core"]:
        return (
            f"change loosens `{target.id}`, which is part of the core and cannot be loosened by anyone; drop the change"
        )
    if relaxable is None:
        return (
            f"change loosens `{target.id}` from `{target.action}` to `{change.action}`, which its pack does not allow; "
            f"ask its owner `{target.fields['owner']}` to mark it `relaxable`, or choose a stricter action"
        )
    if change.action.strictness < relaxable.to.strictness:
        return (
            f"change loosens `{target.id}` to `{change.action}`, its pack allows `{relaxable.to}` at most; choose that"
        )
    if missing := sorted(change.dropped - relaxable.drop):
        hint = (
            f"it allows {', '.join(f'`{name}`' for name in sorted(relaxable.drop))}"
            if relaxable.drop
            else "none may go"
        )
        return f"change drops the obligation `{missing[0]}` of `{target.id}`, which its pack does not allow; {hint}"
    return None


def _dates(start: datetime | None, end: datetime | None) -> Node:
    """Return the condition that the time lies between the two, ``true`` when both are open."""
    unix = Path(("time", "unix"))
    node: Node = Literal(True)
    if start is not None:
        node = Binary("&&", node, Binary(">=", unix, Literal(int(start.timestamp()))))
    if end is not None:
        node = Binary("&&", node, Binary("<", unix, Literal(int(end.timestamp()))))
    return node


def changed_id(file: str, rule_id: str) -> str:
    """Return the id of the rule that an overlay file makes of a change: ``tenant.acme.medical.dosing``."""
    path = PurePosixPath(file)
    layer = FOLDERS.get(path.parent.name, Layer.TENANT).name.lower()
    return f"{layer}.{path.stem.lower().replace('-', '_').replace('.', '_')}.{rule_id}"


def _latest(a: datetime | None, b: datetime | None) -> datetime | None:
    return max(a, b) if a and b else a or b


def _earliest(a: datetime | None, b: datetime | None) -> datetime | None:
    return min(a, b) if a and b else a or b
