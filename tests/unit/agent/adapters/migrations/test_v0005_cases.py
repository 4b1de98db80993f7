"""From a database without cases."""

from __future__ import annotations

from agent.adapters.cases_sql import SqlCases
from agent.adapters.migrations import upgrade
from tests.unit.agent.adapters.migrations.conftest import AtStep
from tests.unit.agent.test_cases import case


async def test_cases_can_be_filed_afterwards(at_step: AtStep):
    async with at_step("0004") as engine:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, "0005")
        await SqlCases(engine).add(case())
        assert await SqlCases(engine).get("case_1") == case()
