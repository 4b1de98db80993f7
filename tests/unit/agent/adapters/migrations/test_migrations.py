"""The steps of the schema: one line, all the way to the tables that the code declares."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from agent.adapters import answers_sql, cases_sql, keys_sql, records_sql, subject_keys_sql
from agent.adapters.database import open_database
from agent.adapters.migrations import HEAD, current, steps, upgrade
from agent.settings import Settings
from corpora import tables

DECLARED = [
    *(module.METADATA for module in (answers_sql, cases_sql, keys_sql, records_sql, subject_keys_sql)),
    tables.METADATA,
]
"""Every table of the database; one metadata for each module that has tables."""


def test_there_is_one_newest_step_and_it_is_the_one_that_is_named():
    assert steps().get_heads() == [HEAD]


async def test_the_steps_lead_to_the_tables_that_the_code_declares(storage: Settings):
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_object": of_ours})
        return list(compare_metadata(context, DECLARED))

    async with open_database(storage) as engine, engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def of_ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    return name != "alembic_version"


async def test_upgrading_again_changes_nothing(storage: Settings):
    async with open_database(storage) as engine, engine.begin() as connection:
        await connection.run_sync(upgrade)
        await connection.run_sync(upgrade, HEAD)
        assert await connection.run_sync(current) == HEAD
