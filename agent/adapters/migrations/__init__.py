"""The schema of the database, step by step from the first release to this one.

A released step is never changed; a new one is a new module ``vNNNN_noun.py`` in this folder, with a test of its own that
starts from the step before. ``tests/unit/agent/adapters/migrations`` compares the result with the tables that the code
declares. Statements must run on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from agent.errors import RecordsUnavailable

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

HEAD: Final = "0006"
"""The newest step; a test compares it with the folder. A database that has it is opened without loading Alembic."""


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """The schema is that of step ``to``. Runs in the transaction of the connection, which the caller commits.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: a step failed; roll back.
        RecordsUnavailable: the database was written by a newer Handrail.
    """
    if to == "head" and current(connection) == HEAD:
        return
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.util import CommandError

    script = steps()

    def pending(revision: Any, _: Any) -> Any:
        return script._upgrade_revs(to, revision)

    with EnvironmentContext(Config(), script, fn=pending, destination_rev=to) as environment:
        environment.configure(connection=connection, transactional_ddl=False)
        try:
            environment.run_migrations()
        except CommandError as error:
            raise RecordsUnavailable(
                f"the schema of the database is step `{current(connection)}`, which this version does not know "
                f"(it ends at `{HEAD}`); it was written by a newer Handrail, so run that one"
            ) from error


def current(connection: sa.Connection) -> str | None:
    """The step that the database is at; ``None`` before the first."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def steps() -> ScriptDirectory:
    """Every step of this folder."""
    from alembic.script import ScriptDirectory

    folder = Path(__file__).parent
    return ScriptDirectory(folder, version_locations=[folder])
