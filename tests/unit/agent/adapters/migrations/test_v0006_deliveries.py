"""From a database without an outbox, in which cases were resolved."""

from __future__ import annotations

from sqlalchemy import text

from agent.adapters.cases_sql import SqlCases
from agent.adapters.migrations import upgrade
from agent.adapters.outbox_sql import SqlOutbox
from tests.contract.test_cases import event
from tests.unit.agent.adapters.migrations.conftest import AtStep
from tests.unit.agent.test_cases import NOW, case


async def test_what_was_told_before_is_not_sent_and_what_comes_is(at_step: AtStep):
    async with at_step("0005") as engine:
        async with engine.begin() as connection:
            body = event().model_dump_json(exclude={"seq"})
            values = {"tenant": "acme", "thread": "thread_1", "body": body}
            await connection.execute(
                text("INSERT INTO thread_events (tenant, thread_id, body) VALUES (:tenant, :thread, :body)"), values
            )
            await connection.run_sync(upgrade, "0006")
        cases, outbox = SqlCases(engine), SqlOutbox(engine)
        assert await outbox.due(NOW, 10) == []
        await cases.add(case())
        assert await cases.replace(case(version=2), event(case_id="case_new"))
        assert [outgoing.event.case_id for outgoing in await outbox.due(NOW, 10)] == ["case_new"]
