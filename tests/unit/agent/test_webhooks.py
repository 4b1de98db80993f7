"""Telling applications of verdicts: signed, tried again, given up in the end."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from agent.adapters.outbox_memory import MemoryOutbox
from agent.errors import DeliveryFailed
from agent.metrics import Metrics
from agent.webhooks import FIRST_WAIT, GIVE_UP, LONGEST_WAIT, Hook, Webhooks, wait_after
from tests.unit.agent.test_cases import NOW
from tests.unit.agent.test_review import SECRET, Office

KEY = b"k" * 24


class Receiver:
    """Answers with the statuses it was given, then with 200; an exception is raised."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        self.got.append((url, headers, body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


class There:
    """A resolved case, and webhooks over it."""

    def __init__(self, *answers: int | Exception, tenant: str = "acme") -> None:
        self.office = Office()
        self.receiver = Receiver(*answers)
        self.metrics = Metrics()
        self.webhooks = Webhooks(
            hooks={tenant: Hook("https://app.example/hook", KEY)},
            outbox=MemoryOutbox(self.office.cases),
            sealer=self.office.sealer,
            sender=self.receiver,
            clock=self.office.clock,
            metrics=self.metrics,
        )

    async def resolve(self) -> None:
        await self.office.file()
        await self.office.review.claim("case_1", "acme", "bo")
        await self.office.review.resolve("case_1", "acme", "bo", "upheld", "because it must")

    async def after(self, wait: timedelta) -> int:
        self.office.clock.moment += wait
        return await self.webhooks.deliver_due()


async def test_a_verdict_is_told_once_and_its_signature_holds():
    there = There()
    await there.resolve()
    assert (await there.webhooks.deliver_due(), await there.after(timedelta(days=1))) == (1, 0)
    ((url, headers, body),) = there.receiver.got
    said = json.loads(body)
    assert (url, said["type"], said["timestamp"]) == ("https://app.example/hook", "case.resolved", NOW.isoformat())
    assert {name: said["data"][name] for name in ("tenant", "thread_id", "case_id", "resolution")} == {
        "tenant": "acme",
        "thread_id": "thread_1",
        "case_id": "case_1",
        "resolution": "upheld",
    }
    assert said["data"]["text"].endswith("because it must")
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert b'handrail_webhooks_total{outcome="delivered"} 1.0' in there.metrics.exposition()


@pytest.mark.parametrize("answer", [500, 302, 404, DeliveryFailed("nobody answered")])
async def test_what_is_not_taken_is_sent_again_later_under_the_same_id(answer: int | Exception):
    there = There(answer)
    await there.resolve()
    await there.webhooks.deliver_due()
    assert await there.after(FIRST_WAIT / 2) == 0
    assert await there.after(FIRST_WAIT / 2) == 1
    assert await there.after(timedelta(days=1)) == 0
    first, second = there.receiver.got
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[1]["webhook-signature"] != second[1]["webhook-signature"]


def test_waits_double_up_to_an_hour():
    assert [wait_after(n) for n in (0, 1, 2)] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert wait_after(50) == wait_after(5_000) == LONGEST_WAIT


async def test_after_three_days_it_is_given_up_and_the_log_says_so(caplog: pytest.LogCaptureFixture):
    there = There(*[500] * 200)
    await there.resolve()
    await there.webhooks.deliver_due()
    await there.after(GIVE_UP)
    await there.after(LONGEST_WAIT)
    assert await there.after(timedelta(days=9)) == 0
    assert [getattr(record, "action", "") for record in caplog.records][-1] == "webhook_given_up"
    assert len(there.receiver.got) == 3
    assert "because it must" not in caplog.text


async def test_a_tenant_without_a_webhook_leaves_nothing_waiting():
    there = There(tenant="other")
    await there.resolve()
    assert (await there.webhooks.deliver_due(), await there.webhooks.deliver_due()) == (1, 0)
    assert there.receiver.got == []


async def test_of_a_person_who_was_erased_nothing_is_told():
    there = There()
    await there.resolve()
    await there.office.records.keys.destroy("acme", SECRET.pseudonym("acme", "ana"))
    assert (await there.webhooks.deliver_due(), await there.after(timedelta(days=1))) == (1, 0)
    assert there.receiver.got == []


async def test_of_two_processes_one_sends():
    there = There()
    await there.resolve()
    outbox = there.webhooks._outbox
    (outgoing,) = await outbox.due(NOW, 1)
    await outbox.take(outgoing, NOW + FIRST_WAIT)
    await there.webhooks._deliver(outgoing)
    assert there.receiver.got == []


async def test_a_running_service_sends_by_itself():
    there = There()
    await there.resolve()
    async with there.webhooks.watching():
        for _ in range(200):
            await asyncio.sleep(0.01)
            if there.receiver.got:
                break
    assert len(there.receiver.got) == 1
