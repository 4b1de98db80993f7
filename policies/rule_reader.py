"""Reads ``rules/*.yaml``: each rule with its condition checked, compiled and tied to the catalogue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from policies.catalogue_reader import Catalogue
from policies.compiler import Condition, Names, compile_condition, expand
from policies.errors import ExpressionError, suggestion
from policies.expressions import Binary, Literal, Node, Unary
from policies.models import OBLIGATIONS, OBLIGATIONS_WITH_ARGUMENT
from policies.policy_set import Exemption, Rule
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
)
Obligations = tuple[tuple[str, str | None], ...]


def read_rules(documents: Sequence[Item], names: Names, catalogue: Catalogue, problems: Problems) -> tuple[Rule, ...]:
    """Return the rules of all files; faults go to ``problems`` and a faulty rule is left out."""
    rules: dict[str, Rule] = {}
    for document in documents:
        pack = Fields(document, "a rule file", problems)
        owner, domain = pack.text("owner", required=False), pack.text("domain", required=False)
        for item in pack.items("rules", required=True):
            rule = _Reader(item, names, catalogue, problems).rule(owner, domain)
            if rule is None:
                continue
            if rule.id in rules:
                first = rules[rule.id]
                problems.add(item, f"rule `{rule.id}` is already defined at {first.file}:{first.line}; rename one")
            rules.setdefault(rule.id, rule)
        pack.done()
    return tuple(rules.values())


class _Reader:
    """Reads one rule."""

    def __init__(self, item: Item, names: Names, catalogue: Catalogue, problems: Problems) -> None:
        self._item, self._names, self._catalogue, self._problems = item, names, catalogue, problems
        self._id = ""

    def rule(self, owner: str, domain: str) -> Rule | None:
        """Return the rule, or ``None`` when it has any fault."""
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
        obligations = self._obligations(fields)
        when, exemptions, condition = self._condition(fields)
        start, end = fields.moment("effective_from"), fields.moment("effective_until")
        if start and end and start >= end:
            self._problems.add(self._item, f"rule `{self._id}` ends at or before it starts; swap the effective dates")
        fields.done(_RULE_FIELDS)
        if len(self._problems.found) > before or condition is None:
            return None
        return Rule(
            id=self._id,
            description=description,
            owner=owner,
            domain=Domain(domain),
            when=when,
            exemptions=exemptions,
            action=Action(action),
            obligations=obligations,
            rationale=rationale,
            effective_from=start,
            effective_until=end,
            file=self._item.file,
            line=self._item.line,
            condition=condition,
        )

    def _rule_id(self, fields: Fields) -> str:
        rule_id = fields.text("id")
        if rule_id and not _ID.match(rule_id):
            self._problems.add(self._item, f"rule id `{rule_id}` does not have the form `domain.name`; rename it")
        return rule_id

    def _among(self, field: str, value: str, known: Sequence[str] | object, fields: Fields) -> None:
        names = [str(name) for name in known] if hasattr(known, "__iter__") else []
        if value and value not in names:
            at = fields.get(field) or self._item
            self._problems.add(at, f"unknown {field} `{value}`{suggestion(value, names)}")

    def _obligations(self, fields: Fields) -> Obligations:
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
            known = HELPLINE_KINDS if name == "lead_with_helplines" else tuple(self._catalogue.disclaimers)
            fault = (
                "" if argument in known else f"unknown argument `{argument}` of `{name}`{suggestion(argument, known)}"
            )
        if fault:
            self._problems.add(item, fault)
        return not fault

    def _condition(self, fields: Fields) -> tuple[str, tuple[Exemption, ...], Condition | None]:
        item = fields.get("when", required=True)
        when = "" if item is None else text_of(item, "`when`", self._problems)
        node = self._node(item or self._item, when)
        exemptions: list[Exemption] = []
        for entry in fields.items("except"):
            exemption = Fields(entry, "an exception", self._problems)
            unless = exemption.text("when")
            exemptions.append(Exemption(unless, exemption.text("because")))
            exemption.done()
            node = Binary("&&", node, Unary("!", self._node(entry, unless)))
        try:
            return when, tuple(exemptions), compile_condition(node)
        except ExpressionError as error:
            self._problems.add(item or self._item, f"rule `{self._id}`: {error}")
            return when, tuple(exemptions), None

    def _node(self, at: Item, source: str) -> Node:
        if source:
            try:
                return expand(source, self._names)
            except ExpressionError as error:
                self._problems.add(at, f"rule `{self._id}`: {error}")
        return Literal(True)
