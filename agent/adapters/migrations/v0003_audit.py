"""Signed marks of the chain, pseudonyms of persons, and the keys of their texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Records have a subject; the tables ``record_marks`` and ``subject_keys`` are there."""
    op.add_column("records", sa.Column("subject", sa.String(32)))
    op.create_index("ix_records_subject", "records", ["subject"])
    op.create_table(
        "record_marks",
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.String(100), nullable=False),
    )
    op.create_table(
        "subject_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("wrapped", sa.String(200), nullable=False),
        sa.Index("ix_subject_keys_subject", "tenant", "subject"),
    )
