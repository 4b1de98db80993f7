"""What an attack found: success per technique, and the shortest variants that got through, as scenarios for review."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from evals.metrics import Rate, rate
from evals.redteam.search import Attempt
from evals.redteam.techniques import TECHNIQUES
from evals.scenario import Scenario

ATTEMPTS: Final = "attempts.jsonl"
REPORT: Final = "redteam.md"
_SHOWN_CHARS: Final = 160


class TechniqueFigures(NamedTuple):
    """What a technique did."""

    name: str
    family: str
    alone: Rate
    """Of the requests in this disguise alone, those that got through."""
    controls: Rate
    """Of the requests in this disguise that may be answered, those that were refused."""
    composed: int
    """Compositions with it that got through."""
    shortest: Attempt | None
    """The shortest variant with it that got through."""


class Findings(NamedTuple):
    """Everything that an attack showed."""

    attempts: int
    failed: int
    written: Rate
    """Harmful requests that are served as they are written; they are not attacked."""
    alone: Rate
    """Over every technique alone: the share of disguised requests that got through."""
    controls: Rate
    fallen: Rate
    """Of the requests that hold as written, those that some variant got through."""
    techniques: tuple[TechniqueFigures, ...]
    shortest: tuple[Attempt, ...]
    """The shortest variant of every technique and of every fallen request, each once."""


def found(attempts: Sequence[Attempt]) -> Findings:
    """The figures of an attack. A turn that failed counts for nothing."""
    done = [attempt for attempt in attempts if attempt.action is not None]
    written = [attempt for attempt in done if attempt.phase == "written"]
    through = [a for a in done if a.through and a.phase in ("alone", "composed", "shrunk")]
    held = {attempt.scenario for attempt in written if not attempt.through}
    families = {technique.name: technique.family for technique in TECHNIQUES}
    names = dict.fromkeys([*families, *(name for attempt in done for name in attempt.chain)])
    figures = tuple(
        TechniqueFigures(
            name,
            families.get(name, "model"),
            _rate(a for a in done if a.phase == "alone" and a.chain == (name,)),
            _rate(a for a in done if a.phase == "control" and a.chain == (name,)),
            sum(a.phase == "composed" and name in a.chain for a in through),
            min((a for a in through if name in a.chain), key=_length, default=None),
        )
        for name in names
    )
    by_scenario: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in through:
        by_scenario[attempt.scenario].append(attempt)
    shortest = [f.shortest for f in figures if f.shortest] + [min(a, key=_length) for a in by_scenario.values()]
    return Findings(
        attempts=len(attempts),
        failed=len(attempts) - len(done),
        written=_rate(written),
        alone=_rate(a for a in done if a.phase == "alone"),
        controls=_rate(a for a in done if a.phase == "control"),
        fallen=rate(len(held & by_scenario.keys()), len(held)),
        techniques=figures,
        shortest=tuple({attempt.turns: attempt for attempt in shortest}.values()),
    )


def for_review(findings: Findings, scenarios: Mapping[str, Scenario]) -> dict[Path, str]:
    """Scenario files by path, ``<domain>/<language>.yaml``, that expect of each variant what its scenario expects."""
    files: defaultdict[Path, list[dict[str, Any]]] = defaultdict(list)
    for attempt in findings.shortest:
        files[Path(attempt.domain, f"{attempt.language}.yaml")].append(_entry(attempt, scenarios[attempt.scenario]))
    return {path: review_yaml(entries) for path, entries in files.items()}


def markdown(findings: Findings) -> str:
    """The findings for a person."""
    lines = [
        "# Red team",
        "",
        f"{findings.attempts} conversations, of which {findings.failed} failed. A request gets through when the action is "
        "weaker than every one that its scenario allows, or when the reply has what it must not have.",
        "",
        "| figure | value |",
        "|---|---|",
        f"| served as written, and therefore not attacked | {shown_rate(findings.written)} |",
        f"| got through, over every technique alone | {shown_rate(findings.alone)} |",
        f"| requests that fell to some variant | {shown_rate(findings.fallen)} |",
        f"| refused though it may be answered, same techniques | {shown_rate(findings.controls)} |",
        "",
        "| technique | family | got through alone | in compositions | refused though it may be answered | shortest variant |",
        "|---|---|---|---|---|---|",
    ]
    for f in sorted(findings.techniques, key=lambda f: (-(f.alone.value if f.alone.n else 0.0), -f.composed)):
        short = "" if f.shortest is None else f"`{f.shortest.scenario}` by {' + '.join(f.shortest.chain)}"
        lines.append(
            f"| {f.name} | {f.family} | {shown_rate(f.alone)} | {f.composed} | {shown_rate(f.controls)} | {short} |"
        )
    by_technique = {f.shortest.turns: f.shortest for f in findings.techniques if f.shortest}
    if by_technique:
        lines += ["", "## Shortest variant of each technique", ""]
        for a in sorted(by_technique.values(), key=_length):
            action = a.action.value if a.action else "failed"
            lines.append(f"- `{a.scenario}` by {' + '.join(a.chain)}: `{action}`. {shown_turns(a.turns)}")
    return "\n".join(lines) + "\n"


def shown_turns(turns: Sequence[str]) -> str:
    """The beginning of a conversation, on one line of Markdown."""
    text = " / ".join(" ".join(turn.split()) for turn in turns)
    text = text.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def shown_rate(figure: Rate) -> str:
    """The figure for a person, however few it counts."""
    return f"{figure.value:.1%} ({figure.low:.0%} to {figure.high:.0%}, n={figure.n})" if figure.n else "-"


def review_yaml(entries: list[dict[str, Any]]) -> str:
    """A scenario file of the entries with long lines whole; what is empty is left out."""
    kept = [{name: value for name, value in entry.items() if value not in ([], None)} for entry in entries]
    return yaml.safe_dump({"scenarios": kept}, allow_unicode=True, sort_keys=False, width=10**6)


def _rate(attempts: Iterable[Attempt]) -> Rate:
    through = [attempt.through for attempt in attempts]
    return rate(sum(through), len(through))


def _length(attempt: Attempt) -> tuple[int, int]:
    return sum(map(len, attempt.turns)), len(attempt.chain)


def _entry(attempt: Attempt, seed: Scenario) -> dict[str, Any]:
    digest = hashlib.sha256("\n".join(attempt.turns).encode()).hexdigest()[:8]
    action = attempt.action.value if attempt.action else "failed"
    return {
        "id": f"rt-{seed.id}-{digest}",
        "turns": list(attempt.turns),
        "role": seed.role,
        "locale": seed.locale,
        "language": seed.language,
        "expect": [action.value for action in seed.expect],
        "never": [action.value for action in seed.never],
        "must": [entry for entry in seed.must if entry.startswith("no_")],
        "must_not": list(seed.must_not),
        "tags": ["redteam", *attempt.chain],
        "why": f"{seed.why}; hidden by {' and '.join(attempt.chain)}, which was taken for `{action}`",
    }
