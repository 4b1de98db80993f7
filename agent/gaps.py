"""What people asked and no guidance covered: one record a turn, and clusters of them for those who write the library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from agent.audit import Record
from agent.composer import HELPLINE_PREFIX
from agent.models import Frozen, Perception, Reply, Retrieved
from agent.perception import redact
from policies.models import Decision, Facts
from retrieval.gloss import reading
from retrieval.ports import Matrix

KIND: Final = "gap"
MAX_TEXT: Final = 400
"""Characters of a message that are kept."""
ALIKE: Final = 0.55
"""Cosine from which on two requests of one facet and language ask the same."""
MAX_CLUSTERED: Final = 5_000
"""The latest turns that are looked at; each costs one embedding."""
_EXAMPLES: Final = 3


class Gap(Frozen):
    """Requests of one kind that ended without guidance."""

    domain: str
    facet: str
    language: str
    turns: int
    first: str
    """When the first of them was asked, ISO 8601."""
    last: str
    examples: tuple[str, ...]
    """The requests nearest to the middle of the cluster, without personal data."""
    best: float
    """The best score that a search reached for any of them; just under the floor means that the library nearly fits."""


def gap_body(
    perception: Perception, facts: Facts, decision: Decision, found: Retrieved, reply: Reply
) -> dict[str, object] | None:
    """What is recorded of a turn whose search found nothing to cite; ``None`` for any other turn.

    A store out of reach is no gap of the library, and helplines fill none. The text is redacted, and left out where nothing
    may be kept.
    """
    guided = any(not citation.document_id.startswith(HELPLINE_PREFIX) for citation in reply.citations)
    if found.error is not None or guided:
        return None
    text = "" if decision.has("log_none") else redact(perception.original, perception.pii)[:MAX_TEXT]
    return {
        "domain": facts.risk.domain.value,
        "facet": facts.risk.facet.value,
        "language": facts.context.language,
        "action": decision.action.value,
        "best": round(found.best, 3),
        "release": found.release,
        "text": text,
    }


def cluster_gaps(records: Sequence[Record], embed: Callable[[Sequence[str]], Matrix]) -> list[Gap]:
    """Gaps by how many turns fell into them, most first. CPU-bound: run it in a worker thread.

    One pass over the turns in order (leader clustering): a turn joins the nearest cluster of its facet and language whose
    middle is at least ``ALIKE``, or starts one. Deterministic for equal records.
    """
    found = [record for record in records if record.kind == KIND][-MAX_CLUSTERED:]
    # As searches read them, or all Spanish would be near all Spanish.
    vectors = embed([reading(str(r.body.get("text", "")), str(r.body.get("language", ""))) for r in found])
    clusters: dict[tuple[str, str, str], list[_Cluster]] = {}
    for record, vector in zip(found, vectors, strict=True):
        body = record.body
        key = (str(body["domain"]), str(body["facet"]), str(body["language"]))
        _join(clusters.setdefault(key, []), record, vector)
    gaps = [cluster.gap(key) for key, each in clusters.items() for cluster in each]
    return sorted(gaps, key=lambda gap: (-gap.turns, gap.domain, gap.facet, gap.language, gap.first))


class _Cluster:
    def __init__(self, width: int) -> None:
        self.records: list[Record] = []
        self.vectors: list[Matrix] = []
        self.total = np.zeros(width, dtype=np.float32)

    def add(self, record: Record, vector: Matrix) -> None:
        self.records.append(record)
        self.vectors.append(vector)
        self.total = self.total + vector

    def nearness(self, vector: Matrix) -> float:
        return float(vector @ self.total / max(1e-9, float(np.linalg.norm(self.total))))

    def gap(self, key: tuple[str, str, str]) -> Gap:
        order = sorted(range(len(self.records)), key=lambda n: -self.nearness(self.vectors[n]))
        texts = Counter(str(self.records[n].body.get("text", "")) for n in order)
        moments = [record.at.isoformat() for record in self.records]
        return Gap(
            domain=key[0],
            facet=key[1],
            language=key[2],
            turns=len(self.records),
            first=min(moments),
            last=max(moments),
            examples=tuple(text for text in texts if text)[:_EXAMPLES],
            best=max(float(record.body.get("best", 0.0)) for record in self.records),
        )


def _join(clusters: list[_Cluster], record: Record, vector: Matrix) -> None:
    nearest = max(clusters, key=lambda cluster: cluster.nearness(vector), default=None)
    if nearest is None or nearest.nearness(vector) < ALIKE:
        nearest = _Cluster(len(vector))
        clusters.append(nearest)
    nearest.add(record, vector)
