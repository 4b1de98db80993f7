"""What is wrong or doubtful in a policy tree, beyond what keeps it from loading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from policies.cases import Case, Value, cases_in, facts_of, failure_of, read_case_files
from policies.core_floor import loosened
from policies.engine import CHECK_FAILED, NO_MATCH, REVIEW_FULL, decide
from policies.errors import PolicyLoadError, Problem
from policies.expressions import Literal, Node, children, parse
from policies.expressions import Path as Name
from policies.loader import parse_policies, read_sources
from policies.models import RationaleText
from policies.placeholders import used
from policies.places import Places
from policies.policy_set import FALLBACK_LANGUAGE, Layer, PolicySet
from policies.reader import Source
from policies.taxonomy import LANGUAGES, Facet
from policies.vocabulary_reader import PUBLIC

MAX_WORDS: Final = 60
"""Words that what is declined, why and how to proceed may take together."""
UNSAFE_SAMPLES: Final = tuple(step / 10 for step in range(11))
_CJK: Final = ("\u3400", "\u9fff")


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Must be fixed before publishing."""
    WARNING = "warning"
    """Works, but somebody should look."""


class Finding(NamedTuple):
    """One thing to fix, at a place an editor can jump to."""

    severity: Severity
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.message}"

    @property
    def problem(self) -> Problem:
        """The finding without its severity."""
        return Problem(self.file, self.line, self.message)


def lint(root: Path | None = None, *, now: datetime | None = None) -> list[Finding]:
    """Return every finding of the tree under ``root`` (``None``: the packaged one), sorted by place."""
    try:
        sources = read_sources(root)
    except PolicyLoadError as error:
        return _as_findings(error)
    try:
        cases: tuple[Source, ...] = read_case_files(root)
    except PolicyLoadError as error:
        return sorted([*_as_findings(error), *lint_sources(sources, now=now)], key=_place)
    return lint_sources([*sources, *cases], now=now)


def lint_sources(sources: Sequence[Source], *, now: datetime | None = None) -> list[Finding]:
    """The same for files in memory, case files among them."""
    moment = now or datetime.now(UTC)
    try:
        policies = parse_policies([source for source in sources if not source.name.startswith("cases/")])
    except PolicyLoadError as error:
        return _as_findings(error)
    places = Places(sources)
    findings = [
        *_texts(policies, places),
        *_rules(policies, moment),
        *_overlays(policies),
        *_unused(policies, places),
        *_holes(policies, moment),
        *_self_asserted(policies, places, moment),
        *(Finding(Severity.ERROR, *problem) for problem in loosened(policies, now=moment)),
    ]
    try:
        findings += _cases(policies, cases_in(sources, policies), moment)
    except PolicyLoadError as error:
        findings += _as_findings(error)
    return sorted(findings, key=_place)


def _as_findings(error: PolicyLoadError) -> list[Finding]:
    return [Finding(Severity.ERROR, *problem) for problem in error.problems]


def _place(found: Finding) -> tuple[str, int, str]:
    return found.file, found.line, found.message


def _overlays(policies: PolicySet) -> Iterator[Finding]:
    """What holds for the law of a place rests on a public text."""
    for rule in policies.rules:
        if rule.overlay is not None and policies.overlays[rule.overlay].layer is Layer.JURISDICTION and not rule.source:
            message = f"rule `{rule.id}` of a jurisdiction has no `source`; name the law or authority it rests on"
            yield Finding(Severity.ERROR, rule.file, rule.line, message)


def words_in(text: str) -> int:
    """Return the length in words; two Chinese characters count as one word."""
    characters = sum(_CJK[0] <= char <= _CJK[1] for char in text)
    spaced = "".join(" " if _CJK[0] <= char <= _CJK[1] else char for char in text)
    return len([word for word in spaced.split() if any(char.isalnum() for char in word)]) + (characters + 1) // 2


def _texts(policies: PolicySet, places: Places) -> Iterator[Finding]:
    for entry in policies.rationales.values():
        for language in LANGUAGES:
            if language not in entry.texts:
                message = f"rationale `{entry.code}` has no `{language}`; add the translation"
                yield Finding(Severity.ERROR, entry.file, entry.line, message)
                continue
            text, english = entry.texts[language], entry.texts[FALLBACK_LANGUAGE]
            if _placeholders(text) != _placeholders(english):
                message = (
                    f"rationale `{entry.code}` has other placeholders in `{language}` than in `{FALLBACK_LANGUAGE}`; "
                    "use the same ones"
                )
                yield Finding(Severity.ERROR, entry.file, entry.line, message)
            if (words := _length(text)) > MAX_WORDS:
                message = (
                    f"rationale `{entry.code}` takes {words} words in `{language}` for what, why and how, "
                    f"at most {MAX_WORDS}; shorten it"
                )
                yield Finding(Severity.ERROR, entry.file, entry.line, message)
    for name, texts in policies.disclaimers.items():
        for language in LANGUAGES:
            if language not in texts:
                message = f"disclaimer `{name}` has no `{language}`; add the translation"
                yield Finding(Severity.ERROR, *places.of("disclaimers", name), message)


def _placeholders(text: RationaleText) -> frozenset[str]:
    return frozenset().union(*map(used, text.model_dump().values()))


def _length(text: RationaleText) -> int:
    return words_in(f"{text.declined} {text.reason} {text.how_to_proceed}")


def _rules(policies: PolicySet, now: datetime) -> Iterator[Finding]:
    seen: dict[tuple[Node, str, str | None], str] = {}
    for rule in policies.rules:
        if not rule.condition.facets or rule.condition.node == Literal(False):
            message = f"rule `{rule.id}` can match no facet; correct its condition or drop it"
            yield Finding(Severity.ERROR, rule.file, rule.line, message)
        if rule.effective_until is not None and rule.effective_until <= now:
            message = f"rule `{rule.id}` ended on {rule.effective_until:%Y-%m-%d}, in the past; drop it or extend it"
            yield Finding(Severity.ERROR, rule.file, rule.line, message)
        twin = seen.setdefault((rule.condition.node, rule.action, rule.overlay), rule.id)
        if twin != rule.id:
            message = f"rule `{rule.id}` has the condition and action of `{twin}`; merge them"
            yield Finding(Severity.WARNING, rule.file, rule.line, message)


def _unused(policies: PolicySet, places: Places) -> Iterator[Finding]:
    used = {rule.rationale for rule in policies.rules} | {NO_MATCH, CHECK_FAILED, REVIEW_FULL}
    for entry in policies.rationales.values():
        if entry.code not in used:
            message = f"rationale `{entry.code}` is used by no rule; drop it or use it"
            yield Finding(Severity.WARNING, entry.file, entry.line, message)
    names, texts = _mentioned(policies)
    vocabulary: Mapping[str, tuple[Mapping[str, object], set[str]]] = {
        "threshold": (policies.thresholds, {name.removeprefix("threshold.") for name in names}),
        "predicate": (policies.predicates, names),
        "signal": (policies.vocabulary.signals, texts),
    }
    for what, (declared, mentioned) in vocabulary.items():
        for name in sorted(set(declared) - mentioned):
            message = f"{what} `{name}` is used by no condition; drop it or use it"
            yield Finding(Severity.WARNING, *places.of(f"{what}s", name), message)


def _self_asserted(policies: PolicySet, places: Places, now: datetime) -> Iterator[Finding]:
    """Find roles that everybody may claim for themselves and that open more than is open to the public."""
    for role in policies.roles.values():
        if role.name == PUBLIC or "user" not in role.asserted_by:
            continue
        for facet, unsafe in product(Facet, UNSAFE_SAMPLES):
            given: dict[str, Value] = {"risk.facet": facet, "risk.unsafe": unsafe, "context.role_provenance": "user"}
            public = decide(facts_of(given, policies), policies, now=now).action
            action = decide(facts_of({**given, "context.role": role.name}, policies), policies, now=now).action
            if action.strictness < public.strictness:
                message = (
                    f"role `{role.name}`, which people may claim for themselves, turns `{public}` into `{action}` for "
                    f'facet `{facet}`; let the rule ask for `context.role_provenance != "user"`, or take `user` out of its `asserted_by`'
                )
                yield Finding(Severity.ERROR, *places.of("roles", role.name), message)
                break


def _mentioned(policies: PolicySet) -> tuple[set[str], set[str]]:
    """Return the names and the texts that occur in conditions as written."""
    sources = [*policies.predicates.values()]
    for rule in policies.rules:
        sources += [rule.when, *(exemption.when for exemption in rule.exemptions)]
    names: set[str] = set()
    texts: set[str] = set()
    for source in sources:
        _collect(parse(source), names, texts)
    return names, texts


def _collect(node: Node, names: set[str], texts: set[str]) -> None:
    if isinstance(node, Name):
        names.add(str(node))
    elif isinstance(node, Literal) and isinstance(node.value, str):
        texts.add(node.value)
    for child in children(node):
        _collect(child, names, texts)


def _holes(policies: PolicySet, now: datetime) -> Iterator[Finding]:
    """Find plain requests about which no rule speaks."""
    for facet in Facet:
        for role in policies.roles:
            for unsafe in UNSAFE_SAMPLES:
                given: dict[str, Value] = {"risk.facet": facet, "context.role": role, "risk.unsafe": unsafe}
                if decide(facts_of(given, policies), policies, now=now).default == "no_match":
                    message = (
                        f"no rule matches facet `{facet}` for role `{role}` at unsafe {unsafe:g}; "
                        "such requests are refused unexplained, add a rule"
                    )
                    yield Finding(Severity.ERROR, "rules", 1, message)
                    break


def _cases(policies: PolicySet, cases: tuple[Case, ...], now: datetime) -> Iterator[Finding]:
    tried: dict[str, set[bool]] = defaultdict(set)
    for case in cases:
        tried[case.rule].add(case.fires)
        failure = failure_of(case, policies, now=now)
        if failure is not None:
            yield Finding(Severity.ERROR, case.file, case.line, failure)
    for rule in policies.rules:
        for fires, what in ((True, "case that fires"), (False, "near miss")):
            if fires not in tried[rule.id]:
                message = f"rule `{rule.id}` has no {what}; add one under `cases/`"
                yield Finding(Severity.ERROR, rule.file, rule.line, message)
