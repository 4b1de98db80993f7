"""The tables: they share a database with others, and a revision cannot be stored twice."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from corpora.tables import HISTORY, METADATA, REVISIONS


def test_every_table_has_the_prefix_of_the_library() -> None:
    assert METADATA.tables
    assert all(name.startswith("corpus_") for name in METADATA.tables)


def test_a_revision_and_a_step_of_it_exist_once() -> None:
    def keys(table: object) -> list[list[str]]:
        return [[c.name for c in u.columns] for u in table.constraints if isinstance(u, UniqueConstraint)]

    assert keys(REVISIONS) == [["document_id", "revision"]]
    assert keys(HISTORY) == [["document_id", "revision", "number"]]
