"""Who read a revision: the turns whose replies cited it, for a recall."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import AwareDatetime

from agent.audit import Record
from agent.models import Frozen


class AffectedTurn(Frozen):
    """A turn that cited a revision."""

    turn_id: str
    thread_id: str
    tenant: str
    at: AwareDatetime
    action: str
    release: str | None
    revision: str
    sections: tuple[str, ...]
    """Sections of the document that were cited."""


def affected_turns(records: Sequence[Record], document_id: str, revision: str | None = None) -> list[AffectedTurn]:
    """Turns whose outcome says that they cited the document, in order; of one revision when its first digits are given."""
    found: list[AffectedTurn] = []
    for record in records:
        if record.kind != "outcome":
            continue
        cited = [
            citation
            for citation in record.body.get("cited", ())
            if citation["document_id"] == document_id and citation["revision"].startswith(revision or "")
        ]
        if cited:
            found.append(
                AffectedTurn(
                    turn_id=record.turn_id,
                    thread_id=record.thread_id,
                    tenant=record.tenant,
                    at=record.at,
                    action=str(record.body.get("action", "")),
                    release=record.body.get("corpus_release"),
                    revision=cited[0]["revision"],
                    sections=tuple(dict.fromkeys(citation["section"] for citation in cited)),
                )
            )
    return found
