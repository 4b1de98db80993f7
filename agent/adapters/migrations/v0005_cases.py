"""Cases, and the events of threads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The tables ``cases`` and ``thread_events`` are there."""
    op.create_table(
        "cases",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("thread_id", sa.String(100), nullable=False, index=True),
        sa.Column("queue", sa.String(40), nullable=False),
        sa.Column("due_at", sa.String(40), nullable=False),
        sa.Column("resolved", sa.Boolean, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Index("ix_cases_open", "resolved", "due_at"),
        sa.Index("ix_cases_told", "told"),
    )
    op.create_table(
        "thread_events",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("thread_id", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Index("ix_thread_events_thread", "tenant", "thread_id", "seq"),
    )
