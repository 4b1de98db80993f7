"""The tables of the library. Their names start with ``corpus_``, so that they can share a database with others."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

METADATA: Final = MetaData()

REVISIONS: Final = Table(
    "corpus_revisions",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("document_id", String(120), nullable=False, index=True),
    Column("revision", String(12), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("path", String(400), nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("title", String(500), nullable=False),
    Column("domain", String(40), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("review_by", String(10), nullable=False),
    Column("unverified", Integer, nullable=False),
    Column("author", String(120), nullable=False),
    Column("origin", String(40), nullable=False),
    Column("created_at", String(40), nullable=False),
    UniqueConstraint("document_id", "revision"),
)
HISTORY: Final = Table(
    "corpus_history",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("document_id", String(120), nullable=False),
    Column("revision", String(12), nullable=False),
    Column("number", Integer, nullable=False),
    Column("step", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("barred", Boolean, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("role", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("release", String(40), nullable=True),
    UniqueConstraint("document_id", "revision", "number"),
)
RELEASES: Final = Table(
    "corpus_releases",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", String(40), nullable=False, unique=True),
    Column("manifest", Text, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("role", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(40), nullable=False),
)
ACTIVATIONS: Final = Table(
    "corpus_activations",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("release", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("role", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(40), nullable=False),
)
FOLDERS: Final = Table(
    "corpus_folders",
    METADATA,
    Column("origin", String(40), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("problems", Text, nullable=False),
)
LEASES: Final = Table(
    "corpus_leases",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("until", String(40), nullable=False),
)
