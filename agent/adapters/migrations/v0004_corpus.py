"""The library. Its store makes its tables itself where they are missing, so a database may have them already."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The tables ``corpus_*`` are there."""
    _create(
        "corpus_revisions",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("document_id", sa.String(120), nullable=False, index=True),
        sa.Column("revision", sa.String(12), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("path", sa.String(400), nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("review_by", sa.String(10), nullable=False),
        sa.Column("unverified", sa.Integer, nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("origin", sa.String(40), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.UniqueConstraint("document_id", "revision"),
    )
    _create(
        "corpus_history",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("document_id", sa.String(120), nullable=False),
        sa.Column("revision", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("barred", sa.Boolean, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("release", sa.String(40), nullable=True),
        sa.UniqueConstraint("document_id", "revision", "number"),
    )
    _create(
        "corpus_releases",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("manifest", sa.Text, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    _create(
        "corpus_activations",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("release", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    _create(
        "corpus_folders",
        sa.Column("origin", sa.String(40), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("problems", sa.Text, nullable=False),
    )
    _create(
        "corpus_leases",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("until", sa.String(40), nullable=False),
    )


def _create(name: str, *columns: Any) -> None:
    if not sa.inspect(op.get_bind()).has_table(name):
        op.create_table(name, *columns)
