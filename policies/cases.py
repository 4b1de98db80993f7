"""Cases as data: facts that differ from harmless defaults, and what the policies must make of them.

A file under ``cases/`` holds ``cases``, each with ``rule`` (the rule it is about), ``fires`` (whether that rule matches),
``given`` (paths of the condition language and their values), ``action`` (the whole decision's) and optionally
``rationale`` and ``at`` (the time of the decision).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from policies.engine import decide
from policies.errors import ExpressionError, PolicyLoadError, Problem, suggestion
from policies.loader import packaged_root
from policies.models import ContextFacts, Facts, RiskFacts, TextFacts, ThreadFacts
from policies.policy_set import PolicySet
from policies.reader import Fields, Item, Problems, Source, read_yaml
from policies.schema import Kind, Schema
from policies.taxonomy import DOMAIN_OF_FACET, Action, Facet, Hazard

CASES: Final = "cases"
MAIN_FACET: Final = 0.8
"""Default score of the facet that a case names."""
OTHER_FACET: Final = 0.008
QUIET: Final = 0.02
"""Default score of everything a case does not name."""

Value = str | int | float | bool | tuple[str, ...]


class Case(NamedTuple):
    """One example of a rule at work, or just missing."""

    file: str
    line: int
    rule: str
    fires: bool
    given: Mapping[str, Value]
    action: Action
    rationale: str | None
    at: datetime | None


def load_cases(policies: PolicySet, root: Path | None = None) -> tuple[Case, ...]:
    """Return every case under ``root`` (``None``: the packaged ones); raises ``PolicyLoadError`` with all faults."""
    folder = (packaged_root() if root is None else root) / CASES
    problems = Problems()
    found: list[Case] = []
    for path in sorted(folder.glob("*.yaml")):
        name = f"{CASES}/{path.name}"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            problems.found.append(Problem(name, 1, "file cannot be read as utf-8; check its rights and encoding"))
            continue
        found += parse_cases(Source(name, text), policies, problems)
    if problems.found:
        raise PolicyLoadError(problems.found)
    return tuple(found)


def parse_cases(source: Source, policies: PolicySet, problems: Problems) -> list[Case]:
    """Return the cases of one file; faults go to ``problems``."""
    document = read_yaml(source, problems)
    if document is None:
        return []
    fields = Fields(document, "a case file", problems)
    read = (_case(item, policies, problems) for item in fields.items("cases", required=True))
    cases = [case for case in read if case is not None]
    fields.done()
    return cases


def facts_of(given: Mapping[str, Value], policies: PolicySet) -> Facts:
    """Return facts with these values over quiet defaults; domain, audience and place follow from what is given."""
    facet = Facet(str(given.get("risk.facet", Facet.EVERYDAY)))
    locale = policies.locales.get(str(given.get("context.locale", "en-US")))
    role = policies.roles[str(given.get("context.role", "public"))]
    sections: dict[str, dict[str, Value]] = {
        "risk": {"unsafe": QUIET, "prompt_attack": QUIET, "uncertainty": QUIET, "domain": DOMAIN_OF_FACET[facet]},
        "context": {"audience": role.audience},
        "text": {},
        "thread": {},
    }
    if locale is not None:
        sections["context"] |= {"language": locale.language, "jurisdiction": locale.jurisdiction}
    facets: dict[Facet, float] = {f: MAIN_FACET if f is facet else OTHER_FACET for f in Facet}
    hazards = dict.fromkeys(Hazard, QUIET)
    for path, value in given.items():
        section, _, name = path.partition(".")
        if name.startswith("facets."):
            facets[Facet(name.removeprefix("facets."))] = float(str(value))
        elif name.startswith("hazards."):
            hazards[Hazard(name.removeprefix("hazards."))] = float(str(value))
        else:
            sections[section][name] = value
    risk = {"facet": facet, **sections["risk"], "facets": facets, "hazards": hazards}
    return Facts(
        risk=RiskFacts.model_validate(risk),
        context=ContextFacts.model_validate(sections["context"]),
        text=TextFacts.model_validate(sections["text"]),
        thread=ThreadFacts.model_validate(sections["thread"]),
    )


def failure_of(case: Case, policies: PolicySet, *, now: datetime) -> str | None:
    """Return how the decision differs from what the case expects, ``None`` when it does not."""
    decision = decide(facts_of(case.given, policies), policies, now=case.at or now)
    if decision.errors:
        return f"rule `{decision.errors[0].rule_id}` erred: {decision.errors[0].message}"
    if (case.rule in decision.rule_ids) is not case.fires:
        wanted = "matches" if case.fires else "does not match"
        return f"case expects that `{case.rule}` {wanted}; matched: {', '.join(decision.rule_ids) or 'nothing'}"
    if decision.action is not case.action:
        by = ", ".join(decision.decided_by) or decision.default
        return f"case of `{case.rule}` expects `{case.action}`, got `{decision.action}` by {by}"
    if case.rationale is not None and decision.rationale_code != case.rationale:
        return f"case of `{case.rule}` expects rationale `{case.rationale}`, got `{decision.rationale_code}`"
    return None


def _case(item: Item, policies: PolicySet, problems: Problems) -> Case | None:
    before = len(problems.found)
    fields = Fields(item, "a case", problems)
    rule, action = fields.text("rule"), fields.text("action")
    ids = [known.id for known in policies.rules]
    if rule and rule not in ids:
        problems.add(item, f"case names unknown rule `{rule}`{suggestion(rule, ids)}")
    if action and action not in list(Action):
        problems.add(item, f"unknown action `{action}`{suggestion(action, list(Action))}")
    fires = fields.flag("fires")
    rationale = fields.text("rationale", required=False) or None
    if rationale is not None and rationale not in policies.rationales:
        problems.add(item, f"unknown rationale `{rationale}`{suggestion(rationale, policies.rationales)}")
    at = fields.moment("at")
    schema = schema_of(policies)
    given = {path: _value(path, value, schema, problems) for path, value in fields.entries("given", required=True)}
    fields.done()
    if len(problems.found) > before:
        return None
    return Case(item.file, item.line, rule, fires, given, Action(action), rationale, at)


def schema_of(policies: PolicySet) -> Schema:
    """Return the types of all paths under the vocabulary of these policies."""
    words = policies.vocabulary
    return Schema(
        signals=words.signals,
        roles=words.roles,
        audiences=words.audiences,
        locales=words.locales,
        languages={locale.language for locale in words.locales.values()},
        jurisdictions=words.jurisdictions,
    )


def _value(path: str, item: Item, schema: Schema, problems: Problems) -> Value:
    try:
        wanted = schema.type_of(path)
    except ExpressionError as error:
        problems.add(item, str(error))
        return ""
    value: object = item.value
    if wanted.kind is Kind.LIST and isinstance(item.value, list):
        value = tuple(str(entry.value) for entry in item.value)
    texts = value if isinstance(value, tuple) else (value,)
    unknown = [str(text) for text in texts if wanted.names is not None and text not in wanted.names]
    if unknown:
        problems.add(item, f"unknown {wanted.what} `{unknown[0]}`{suggestion(unknown[0], wanted.names or ())}")
    elif wanted.probability and not (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    ):
        problems.add(item, f"`{path}` is `{value}`, expected a number from 0 to 1")
    elif not _fits(value, wanted.kind):
        problems.add(item, f"`{path}` is `{value}`, expected a {wanted.kind}")
    elif isinstance(value, str | int | float | bool | tuple):
        return value
    return ""


def _fits(value: object, kind: Kind) -> bool:
    match kind:
        case Kind.BOOL:
            return isinstance(value, bool)
        case Kind.INT:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case Kind.FLOAT:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.TEXT:
            return isinstance(value, str)
        case _:
            return isinstance(value, tuple)
