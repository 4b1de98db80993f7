"""What else would change if exemplars were added: the requests within their radius, judged and decided both ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agent.bootstrap import exemplar_folder, open_judging
from agent.context import resolve
from agent.models import Perception, RequestContext, RiskAssessment
from agent.nodes.assess_risk import facts_of
from agent.perception import see
from agent.ports import Judgement, RiskJudge
from agent.risk.examples import own_examples
from agent.risk.exemplars import Exemplar, ExemplarSet, FixedExemplars, Reach
from agent.risk.review import ReviewedJudge
from agent.risk.similarity import GramIndex
from agent.settings import Settings
from api.commands.assess import read_rows
from api.commands.progress import Advance
from policies.engine import decide
from policies.loader import load_policies
from policies.policy_set import PolicySet
from retrieval.ports import Embedder


class Request(NamedTuple):
    """A request to try the exemplars on."""

    id: str
    text: str


class Outcome(NamedTuple):
    """How a request is judged and decided."""

    unsafe: float
    action: str


class Change(NamedTuple):
    """A request that would be judged otherwise."""

    id: str
    text: str
    similarity: float
    """To the nearest of the new exemplars."""
    before: Outcome
    after: Outcome


class Preview(NamedTuple):
    """What the exemplars would do."""

    tried: int
    changes: list[Change]
    """Nearest first."""


def requests_in(paths: Sequence[Path] | None) -> list[Request]:
    """The requests of the files; our own labelled ones when none is given.

    Raises:
        LabelError, InputFileError: a line is not valid.
    """
    if not paths:
        return [Request(example.id, example.text) for example in own_examples()]
    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    return [Request(str(row.id), row.text) for file in files for row in read_rows(file)]


async def try_on(
    new: Sequence[Exemplar], requests: Sequence[Request], settings: Settings, tenant: str, progress: Advance
) -> Preview:
    """What would change for these requests. Only those whose n-grams are like an exemplar's are judged, for the others are
    out of its radius."""
    policies = load_policies(settings.policies_dir)
    reach = Reach(settings.exemplar_radius, settings.exemplar_weight)
    known = exemplar_folder(settings).read(tenant)
    near = _candidates(new, requests, reach)
    changes: list[Change] = []
    async with open_judging(settings) as judging:
        added, present = _set(new, judging.remembering), _set(known, judging.remembering)
        both = _set([*(e for e in known if e.id not in {n.id for n in new}), *new], judging.remembering)
        before, after = (
            ReviewedJudge(judging.judge, FixedExemplars({} if s is None else {tenant: s}), reach, None)
            for s in (present, both)
        )
        for done, request in enumerate(near, start=1):
            perception = see(request.text)
            judged = await before.assess(perception, (), tenant)
            similarity = _similarity(added, judged)
            if similarity >= reach.radius:
                old = _outcome(judged.risk, perception, policies)
                new_risk = await _risk(after, perception, tenant)
                changes.append(
                    Change(request.id, request.text, similarity, old, _outcome(new_risk, perception, policies))
                )
            progress(done, len(near))
    changed = [c for c in changes if c.before.action != c.after.action or round(c.before.unsafe - c.after.unsafe, 3)]
    return Preview(len(requests), sorted(changed, key=lambda change: -change.similarity))


async def _risk(judge: RiskJudge, perception: Perception, tenant: str) -> RiskAssessment:
    return (await judge.assess(perception, (), tenant)).risk


def _candidates(new: Sequence[Exemplar], requests: Sequence[Request], reach: Reach) -> list[Request]:
    views = [see(request.text).text for request in requests]
    grams = GramIndex(views)
    close = np.zeros(len(requests), dtype=bool)
    for exemplar in new:
        close |= grams.cosines(exemplar.text) >= reach.radius**2
    return [requests[index] for index in np.flatnonzero(close).tolist()]


def _set(exemplars: Sequence[Exemplar], embedder: Embedder) -> ExemplarSet | None:
    return ExemplarSet(exemplars, embedder.embed([e.text for e in exemplars])) if exemplars else None


def _similarity(added: ExemplarSet | None, judged: Judgement) -> float:
    near = added.near(judged.query, judged.vector, 0.0) if added is not None else []
    return near[0].similarity if near else 0.0


def _outcome(risk: RiskAssessment, perception: Perception, policies: PolicySet) -> Outcome:
    context = resolve(RequestContext(), perception.language, policies).facts
    decision = decide(facts_of(risk, perception, context, ()), policies, now=datetime.now(UTC))
    return Outcome(risk.unsafe, decision.action.value)
