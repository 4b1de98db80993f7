"""Reads ``rules/*.yaml``: each rule with its condition checked, compiled and tied to the catalogue.

A rule first becomes a ``Draft``: complete but for its compiled condition, so that overlays can still add exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from policies.catalogue_reader import Catalogue
from policies.compiler import Names, compile_condition, expand
from policies.errors import ExpressionError, suggestion
from policies.expressions import Binary, Literal, Node, Unary
from policies.models import OBLIGATIONS, OBLIGATIONS_WITH_ARGUMENT, STREAM_MODES
from policies.policy_set import Exemption, Relaxable, Rule
from policies.reader import Fields, Item, Problems, text_of
from policies.taxonomy import Action, Domain

HELPLINE_KINDS: Final = ("emergency", "crisis", "poison", "abuse", "child", "animal_poison", "fraud")
"""Arguments of ``lead_with_helplines``."""

_ID: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+\Z")
_RULE_FIELDS: Final = (
    "id",
    "description",
    "owner",
    "domain",
    "when",
    "except",
    "action",
    "obligations",
    "rationale",
    "effective_from",
    "effective_until",
    "relaxable",
    "tests",
)
Obligations = tuple[tuple[str, str | None], ...]


@dataclass
class Draft:
    """A rule that is not compiled yet."""

    item: Item
    """The rule in its file."""
    at: Item
    """Its condition, where faults of the condition are reported."""
    node: Node
    fields: dict[str, Any]
    """The fields of ``Rule`` other than condition and exemptions."""
    exemptions: list[Exemption] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the rule."""
        return str(self.fields["id"])

    @property
    def action(self) -> Action:
        """The action of the rule."""
        return Action(self.fields["action"])

    def exempt(self, node: Node, exemption: Exemption) -> None:
        """The rule does not apply where ``node`` holds."""
        self.node = Binary("&&", self.node, Unary("!", node))
        self.exemptions.append(exemption)

    def rule(self, problems: Problems) -> Rule | None:
        """Return the compiled rule, ``None`` with a problem when its condition cannot be."""
        try:
            condition = compile_condition(self.node)
        except ExpressionError as error:
            problems.add(self.at, f"rule `{self.id}`: {error}")
            return None
        return Rule(**self.fields, exemptions=tuple(self.exemptions), condition=condition)


def read_drafts(
    documents: Sequence[Item], names: Names, core_names: Names, catalogue: Catalogue, problems: Problems
) -> dict[str, Draft]:
    """Return the rules of the base packs by id; faults go to ``problems`` and a faulty rule is left out.

    Core packs are read with ``core_names``: their thresholds are the same under every risk appetite.
    """
    drafts: dict[str, Draft] = {}
    for document in documents:
        pack = Fields(document, "a rule file", problems)
        owner, domain = pack.text("owner", required=False), pack.text("domain", required=False)
        core = pack.get("core") is not None and pack.flag("core")
        for item in pack.items("rules", required=True):
            reader = RuleReader(item, core_names if core else names, catalogue, problems)
            add_draft(reader.draft(owner, domain, core=core), drafts, problems)
        pack.done()
    return drafts


def add_draft(draft: Draft | None, drafts: dict[str, Draft], problems: Problems) -> None:
    """Add a draft to those read so far; an id that is taken is a problem."""
    if draft is None:
        return
    if draft.id in drafts:
        first = drafts[draft.id].item
        problems.add(draft.item, f"rule `{draft.id}` is already defined at {first.file}:{first.line}; rename one")
    drafts.setdefault(draft.id, draft)


class RuleReader:
    """Reads one rule."""

    def __init__(self, item: Item, names: Names, catalogue: Catalogue, problems: Problems) -> None:
        self._item, self._names, self._catalogue, self._problems = item, names, catalogue, problems
        self._id = ""

    def draft(
        self, owner: str, domain: str, *, core: bool = False, overlay: str | None = None, sources: Collection[str] = ()
    ) -> Draft | None:
        """Return the rule, or ``None`` when it has any fault. ``sources`` are the keys that its ``source`` may be."""
        before = len(self._problems.found)
        fields = Fields(self._item, "a rule", self._problems)
        self._id = self._rule_id(fields)
        description = fields.text("description")
        owner = fields.text("owner", required=not owner) or owner
        domain = fields.text("domain", required=not domain) or domain
        self._among("domain", domain, list(Domain), fields)
        action = fields.text("action")
        self._among("action", action, list(Action), fields)
        rationale = fields.text("rationale")
        self._among("rationale", rationale, self._catalogue.rationales, fields)
        obligations = self.obligations(fields)
        draft = self._condition(fields)
        start, end = fields.moment("effective_from"), fields.moment("effective_until")
        if start and end and start >= end:
            self._problems.add(self._item, f"rule `{self._id}` ends at or before it starts; swap the effective dates")
        relaxable = self._relaxable(fields, action, core=core)
        source = self.source(fields, sources) if overlay is not None else None
        fields.items("tests")
        fields.done(_RULE_FIELDS)
        if len(self._problems.found) > before:
            return None
        draft.fields.update(
            id=self._id,
            description=description,
            owner=owner,
            domain=Domain(domain),
            action=Action(action),
            obligations=obligations,
            rationale=rationale,
            effective_from=start,
            effective_until=end,
            file=self._item.file,
            line=self._item.line,
            core=core,
            relaxable=relaxable,
            overlay=overlay,
            source=source,
        )
        return draft

    def source(self, fields: Fields, known: Collection[str]) -> str | None:
        """Return the key of the source, ``None`` when there is none."""
        source = fields.text("source", required=False) or None
        if source is not None and source not in known:
            self._problems.add(
                fields.get("source") or self._item, f"unknown source `{source}`{suggestion(source, known)}"
            )
        return source

    def _relaxable(self, fields: Fields, action: str, *, core: bool) -> Relaxable | None:
        item = fields.get("relaxable")
        if item is None:
            return None
        if core:
            self._problems.add(
                item, f"rule `{self._id}` is part of the core, which nobody can loosen; drop `relaxable`"
            )
            return None
        drop: list[str] = []
        to = item.value if isinstance(item.value, str) else ""
        if not to:
            inner = Fields(item, "`relaxable`", self._problems)
            to = inner.text("to")
            for entry in inner.items("drop"):
                name = text_of(entry, "an obligation", self._problems)
                if name and name not in OBLIGATIONS:
                    self._problems.add(entry, f"unknown obligation `{name}`{suggestion(name, OBLIGATIONS)}")
                drop.append(name)
            inner.done()
        if to not in list(Action):
            self._problems.add(item, f"unknown action `{to}` in `relaxable`{suggestion(to, list(Action))}")
            return None
        if action in list(Action) and Action(to).strictness > Action(action).strictness:
            self._problems.add(item, f"`relaxable` is `{to}`, stricter than the action `{action}`; name a laxer one")
        return Relaxable(Action(to), frozenset(drop))

    def _rule_id(self, fields: Fields) -> str:
        rule_id = fields.text("id")
        if rule_id and not _ID.match(rule_id):
            self._problems.add(self._item, f"rule id `{rule_id}` does not have the form `domain.name`; rename it")
        return rule_id

    def _among(self, field: str, value: str, known: Collection[str] | Mapping[str, object], fields: Fields) -> None:
        names = [str(name) for name in known]
        if value and value not in names:
            at = fields.get(field) or self._item
            self._problems.add(at, f"unknown {field} `{value}`{suggestion(value, names)}")

    def obligations(self, fields: Fields) -> Obligations:
        """Return the obligations of a field of that name."""
        found: list[tuple[str, str | None]] = []
        for item in fields.items("obligations"):
            written = text_of(item, "an obligation", self._problems)
            name, colon, argument = (part.strip() for part in written.partition(":"))
            if written and self._is_obligation(item, name, argument if colon else None):
                found.append((name, argument if colon else None))
        return tuple(dict.fromkeys(found))

    def _is_obligation(self, item: Item, name: str, argument: str | None) -> bool:
        if name not in OBLIGATIONS:
            fault = f"unknown obligation `{name}`{suggestion(name, OBLIGATIONS)}"
        elif name not in OBLIGATIONS_WITH_ARGUMENT:
            fault = "" if argument is None else f"obligation `{name}` takes no argument; drop `:{argument}`"
        elif not argument:
            fault = f"obligation `{name}` needs an argument; write it as `{name}:<argument>`"
        else:
            arguments = {"lead_with_helplines": tuple(HELPLINE_KINDS), "stream": STREAM_MODES}
            known = arguments.get(name) or tuple(self._catalogue.disclaimers)
            fault = (
                "" if argument in known else f"unknown argument `{argument}` of `{name}`{suggestion(argument, known)}"
            )
        if fault:
            self._problems.add(item, fault)
        return not fault

    def _condition(self, fields: Fields) -> Draft:
        item = fields.get("when", required=True)
        when = "" if item is None else text_of(item, "`when`", self._problems)
        draft = Draft(self._item, item or self._item, self.node(item or self._item, when), {"when": when})
        for entry in fields.items("except"):
            exemption = Fields(entry, "an exception", self._problems)
            unless = exemption.text("when")
            draft.exempt(self.node(entry, unless), Exemption(unless, exemption.text("because")))
            exemption.done()
        return draft

    def node(self, at: Item, source: str) -> Node:
        """Return the checked condition, ``true`` with a problem when it is wrong."""
        if source:
            try:
                return expand(source, self._names)
            except ExpressionError as error:
                self._problems.add(at, f"rule `{self._id}`: {error}")
        return Literal(True)
