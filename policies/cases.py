"""Cases as data: facts that differ from harmless defaults, and what the policies must make of them.

A file under ``cases/`` holds ``cases``, each with ``rule`` (the rule it is about), ``fires`` (whether that rule matches),
``given`` (paths of the condition language and their values), ``action`` (the whole decision's) and optionally
``rationale``, ``at`` (the time of the decision) and ``each`` (paths with several values: one case for every combination).
The same stand beside a rule or a change under ``tests``, without ``rule``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from policies.engine import decide
from policies.errors import ExpressionError, PolicyLoadError, Problem, suggestion
from policies.loader import packaged_root, read_sources
from policies.models import ContextFacts, Facts, RiskFacts, TextFacts, ThreadFacts
from policies.overlay_reader import changed_id
from policies.policy_set import PolicySet
from policies.reader import Fields, Item, Problems, Source, items_of, read_yaml
from policies.schema import Kind, Schema
from policies.taxonomy import DOMAIN_OF_FACET, Action, Facet, Hazard
from policies.vocabulary_reader import FILE as VOCABULARY

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
    """Return every case under ``root`` (``None``: the packaged ones), those beside rules included.

    Raises:
        PolicyLoadError: with every fault.
    """
    sources, unreadable = _case_files(root)
    folder = packaged_root() if root is None else root
    beside = read_sources(root) if (folder / VOCABULARY).exists() else ()
    try:
        found = cases_in([*sources, *beside], policies)
    except PolicyLoadError as error:
        raise PolicyLoadError([*unreadable, *error.problems]) from None
    if unreadable:
        raise PolicyLoadError(unreadable)
    return found


def read_case_files(root: Path | None = None) -> tuple[Source, ...]:
    """Return the text of every case file under ``root``; raises ``PolicyLoadError`` when one cannot be read."""
    sources, unreadable = _case_files(root)
    if unreadable:
        raise PolicyLoadError(unreadable)
    return tuple(sources)


def _case_files(root: Path | None) -> tuple[list[Source], list[Problem]]:
    folder = (packaged_root() if root is None else root) / CASES
    problems: list[Problem] = []
    found: list[Source] = []
    for path in sorted(folder.glob("*.yaml")):
        name = f"{CASES}/{path.name}"
        try:
            found.append(Source(name, path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError):
            problems.append(Problem(name, 1, "file cannot be read as utf-8; check its rights and encoding"))
    return found, problems


def cases_in(sources: Iterable[Source], policies: PolicySet) -> tuple[Case, ...]:
    """Return the cases of case files and those beside the rules of policy files; raises as ``load_cases``."""
    problems = Problems()
    found: list[Case] = []
    for source in sources:
        if source.name.startswith(f"{CASES}/"):
            found += parse_cases(source, policies, problems)
        elif source.name.startswith(("rules/", "overlays/")):
            found += _tests(source, policies, problems)
    if problems.found:
        raise PolicyLoadError(problems.found)
    return tuple(found)


def parse_cases(source: Source, policies: PolicySet, problems: Problems) -> list[Case]:
    """Return the cases of one file; faults go to ``problems``."""
    document = read_yaml(source, problems)
    if document is None:
        return []
    fields = Fields(document, "a case file", problems)
    reader = _CaseReader(policies, problems)
    cases = [case for item in fields.items("cases", required=True) for case in reader.read(item)]
    fields.done()
    return cases


def _tests(source: Source, policies: PolicySet, problems: Problems) -> list[Case]:
    """Return the cases beside rules and changes. The file has loaded, so that only its tests can be wrong."""
    document = read_yaml(source, problems)
    if document is None:
        return []
    reader = _CaseReader(policies, problems)
    fields = Fields(document, "a policy file", problems)
    found: list[Case] = []
    for key, naming in (("rules", "id"), ("changes", "rule")):
        for item in fields.items(key):
            entry = Fields(item, "a rule", problems)
            name = entry.text(naming)
            if key == "changes":
                name = changed_id(source.name, name)
            found += [case for test in entry.items("tests") for case in reader.read(test, rule=name)]
    return found


def facts_of(given: Mapping[str, Value], policies: PolicySet) -> Facts:
    """Return facts with these values over quiet defaults; domain, audience and place follow from what is given."""
    facet = Facet(str(given.get("risk.facet", Facet.EVERYDAY)))
    locale = policies.locales.get(str(given.get("context.locale", "en-US")))
    role = policies.roles[str(given.get("context.role", "public"))]
    sections: dict[str, dict[str, Value]] = {
        "risk": {
            "unsafe": QUIET,
            "prompt_attack": QUIET,
            "uncertainty": QUIET,
            "stakes": QUIET,
            "urgent": QUIET,
            "domain": DOMAIN_OF_FACET[facet],
        },
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


def values_of(given: Mapping[str, str], policies: PolicySet) -> tuple[dict[str, Value], list[str]]:
    """Return values written as text (``0.6``, ``true``, ``a,b``) with the types of their paths, and what is wrong."""
    problems, schema = Problems(), schema_of(policies)
    values: dict[str, Value] = {}
    for path, text in given.items():
        kind = schema.types[path].kind if path in schema.types else Kind.TEXT
        values[path] = _value(path, _written(text, kind), schema, problems)
    return values, [problem.message for problem in problems.found]


def _written(text: str, kind: Kind) -> Item:
    value: str | float | int | bool | list[Item] = text
    try:
        if kind is Kind.FLOAT:
            value = float(text)
        elif kind is Kind.INT:
            value = int(text)
        elif kind is Kind.BOOL and text in ("true", "false"):
            value = text == "true"
        elif kind is Kind.LIST:
            value = [Item(part.strip(), "", 1) for part in text.split(",") if part.strip()]
    except ValueError:
        pass  # stays a text, which the check of the type names
    return Item(value, "", 1)


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


class _CaseReader:
    """Reads cases against one set of policies."""

    def __init__(self, policies: PolicySet, problems: Problems) -> None:
        self._policies, self._problems = policies, problems
        self._ids = {known.id for known in policies.rules}
        self._schema = schema_of(policies)

    def read(self, item: Item, *, rule: str = "") -> list[Case]:
        """Return the case, or one for every combination of its ``each``; none when it has a fault."""
        before = len(self._problems.found)
        fields = Fields(item, "a case", self._problems)
        rule, action = rule or fields.text("rule"), fields.text("action")
        if rule and rule not in self._ids:
            self._problems.add(item, f"case names unknown rule `{rule}`{suggestion(rule, self._ids)}")
        if action and action not in list(Action):
            self._problems.add(item, f"unknown action `{action}`{suggestion(action, list(Action))}")
        fires = fields.flag("fires")
        rationale = fields.text("rationale", required=False) or None
        if rationale is not None and rationale not in self._policies.rationales:
            hint = suggestion(rationale, self._policies.rationales)
            self._problems.add(item, f"unknown rationale `{rationale}`{hint}")
        at = fields.moment("at")
        given = {path: self._value(path, value) for path, value in fields.entries("given", required=True)}
        each = {
            path: [self._value(path, one) for one in items_of(values, f"`{path}` of `each`", self._problems)]
            for path, values in fields.entries("each")
        }
        fields.done()
        if len(self._problems.found) > before:
            return []
        return [
            Case(
                item.file,
                item.line,
                rule,
                fires,
                {**given, **dict(zip(each, values, strict=True))},
                Action(action),
                rationale,
                at,
            )
            for values in product(*each.values())
        ]

    def _value(self, path: str, item: Item) -> Value:
        return _value(path, item, self._schema, self._problems)


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
    if path.startswith("time."):
        problems.add(item, f"`{path}` cannot be given; set the time of the case with `at`")
        return ""
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
