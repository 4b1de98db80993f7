"""Candidate scenarios from what people and reviewers said of recorded turns: wrongly refused, or overturned.

They are drafts in the format of ``evals.scenario``, one file a domain. The editor keeps, rewords or drops each; what a person
wrote is redacted, and what was erased or never kept yields none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import yaml

from agent.audit import Record
from agent.cases import OVERTURNING
from agent.ports import Records
from agent.sealing import Sealer
from evals.scenario import Area, Scenario
from policies.taxonomy import Action

PAGE: Final = 1_000
MOST_TURNS: Final = 5
"""Messages of a conversation that a candidate has."""
EXPECTED: Final = (Action.ANSWER, Action.ANSWER_WITH_CARE, Action.GUIDE)


class Candidates(NamedTuple):
    """What was found."""

    scenarios: tuple[Scenario, ...]
    unreadable: int
    """Turns without a text that can be read."""


async def find_candidates(records: Records, sealer: Sealer, tenant: str | None = None) -> Candidates:
    """Turns of the tenant, or of all, that somebody called wrongly refused or a reviewer overturned, as scenarios.

    Raises:
        RecordsUnavailable: the records cannot be read.
    """
    marked: dict[str, str] = {}
    threads: set[str] = set()
    async for record in _of_kinds(records, ("feedback", "case"), tenant):
        if (why := _reason(record)) is not None:
            marked.setdefault(record.turn_id, why)
            threads.add(record.thread_id)
    said: dict[str, list[str]] = {}
    found: list[Scenario] = []
    unreadable = 0
    async for record in _of_kinds(records, ("decision",), tenant):
        if record.thread_id not in threads:
            continue
        text = await _text(record, sealer)
        if text:
            said.setdefault(record.thread_id, []).append(text)
        if record.turn_id in marked:
            unreadable += not text
            if text:
                found.append(_scenario(record, said[record.thread_id], marked[record.turn_id]))
    return Candidates(tuple(found), unreadable)


def write_candidates(scenarios: Iterable[Scenario], folder: Path) -> list[Path]:
    """The files, one for each domain and locale: ``<folder>/<domain>/candidates-<locale>.yaml``. Existing ones are replaced."""
    by_file: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for scenario in scenarios:
        kept = scenario.model_dump(mode="json", exclude_defaults=True, exclude={"domain", "locale", "language"})
        by_file.setdefault((scenario.domain, scenario.locale or "en-US"), []).append(kept)
    written = []
    for (domain, locale), entries in sorted(by_file.items()):
        path = folder / domain / f"candidates-{locale}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"locale": locale, "scenarios": entries}
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
        written.append(path)
    return written


def _reason(record: Record) -> str | None:
    """Why the turn of this record is worth a scenario."""
    body = record.body
    if record.kind == "feedback" and body["verdict"] == "wrongly_refused":
        return "the person says it was wrongly refused"
    if record.kind == "case" and body.get("event") == "resolved" and body.get("resolution") in OVERTURNING:
        return f"a reviewer overturned it: {body['resolution']}"
    return None


async def _text(record: Record, sealer: Sealer) -> str:
    opened = str((await sealer.opened(record)).body.get("text") or "")
    return sealer.redacted(opened, record.thread_id, record.body["facts"]["text"]["language"])


def _scenario(record: Record, turns: list[str], why: str) -> Scenario:
    facts = record.body["facts"]
    domain = facts["risk"]["domain"]
    rules = ", ".join(record.body["decided_by"]) or record.body["default"]
    return Scenario.model_validate(
        {
            "id": f"candidate-{record.turn_id.removeprefix('turn_')[:12]}",
            "domain": domain if domain in get_args(Area) else "general",
            "turns": tuple(turns[-MOST_TURNS:]),
            "role": facts["context"]["role"],
            "locale": facts["context"]["locale"],
            "expect": EXPECTED,
            "never": (Action.REFUSE,),
            "tags": (facts["risk"]["facet"], "candidate"),
            "why": f"{why}; it was {record.body['action']} by {rules}",
        }
    )


async def _of_kinds(records: Records, kinds: Iterable[str], tenant: str | None) -> AsyncIterator[Record]:
    for kind in kinds:
        after = 0
        while page := await records.read(kind=kind, after=after, limit=PAGE):
            after = page[-1].seq
            for record in page:
                if tenant in (None, record.tenant):
                    yield record
