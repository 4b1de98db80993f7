"""Cases in the database survive a restart; the promises of the port are in tests/contract/test_cases.py."""

from __future__ import annotations

from agent.adapters.cases_sql import SqlCases
from agent.adapters.database import open_database
from agent.settings import Settings
from tests.unit.agent.test_cases import case


async def test_a_case_is_there_after_a_restart(storage: Settings):
    async with open_database(storage) as engine:
        await SqlCases(engine).add(case())
    async with open_database(storage) as engine:
        assert await SqlCases(engine).get("case_1") == case()
