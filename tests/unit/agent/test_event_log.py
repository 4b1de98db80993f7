"""The events of recent turns."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from agent import event_log
from agent.event_log import EventLog, TurnLog
from agent.events import MessageDelta


def filled(count: int) -> TurnLog:
    log = TurnLog("turn_1", "default")
    for n in range(count):
        log.append(MessageDelta(text=str(n)))
    return log


async def read(log: TurnLog, after: int = 0) -> list[int]:
    return [event.seq async for event in log.read(after)]


@given(st.integers(0, 12), st.integers(0, 14))
def test_a_finished_turn_can_be_replayed_from_any_event(count, after):
    async def replay() -> list[int]:
        log = filled(count)
        log.finish()
        return await read(log, after)

    assert asyncio.run(replay()) == list(range(after + 1, count + 1))


async def test_every_reader_gets_every_event_once_in_order_while_it_grows():
    log = filled(2)
    readers = [asyncio.create_task(read(log, after)) for after in (0, 0, 2)]
    for n in range(5):
        log.append(MessageDelta(text=str(n)))
        if n % 2:
            await asyncio.sleep(0)
    log.finish()
    assert await asyncio.gather(*readers) == [list(range(1, 8)), list(range(1, 8)), list(range(3, 8))]


async def test_events_that_are_there_come_together():
    log = filled(3)
    batches = log.batches(1)
    assert [event.seq for event in await anext(batches)] == [2, 3]
    waiting = asyncio.create_task(anext(batches))
    await asyncio.sleep(0)
    assert not waiting.done()
    log.append(MessageDelta(text="late"))
    assert [event.seq for event in await waiting] == [4]
    log.finish()
    assert [batch async for batch in batches] == []


async def test_the_last_reader_to_leave_an_unfinished_turn_is_noticed():
    log, left = filled(1), []
    first, second = log.read(0, lambda: left.append(1)), log.read(0, lambda: left.append(2))
    await anext(first)
    await anext(second)
    await first.aclose()
    assert left == []
    await second.aclose()
    assert left == [2]


async def test_leaving_a_finished_turn_means_nothing():
    log, left = filled(2), []
    reader = log.read(0, lambda: left.append(1))
    await anext(reader)
    log.finish()
    await reader.aclose()
    assert left == []


async def test_finished_turns_are_forgotten_after_their_time_and_running_ones_are_kept():
    logs = EventLog(keep_s=0.0)
    running, done = logs.open("turn_1", "a"), logs.open("turn_2", "a")
    done.finish()
    await asyncio.sleep(0.01)
    assert logs.get("turn_1") is running
    assert logs.get("turn_2") is None
    assert logs.get("turn_3") is None


async def test_a_turn_that_took_long_is_forgotten_after_its_time_though_a_later_one_is_kept():
    logs = EventLog(keep_s=0.05)
    slow, quick = logs.open("turn_1", "a"), logs.open("turn_2", "a")
    quick.finish()
    await asyncio.sleep(0.03)
    slow.finish()
    await asyncio.sleep(0.03)
    assert logs.get("turn_1") is slow
    assert logs.get("turn_2") is None
    await asyncio.sleep(0.03)
    assert logs.get("turn_1") is None


async def test_only_so_many_turns_are_kept_and_the_oldest_finished_go_first(monkeypatch):
    monkeypatch.setattr(event_log, "MAX_TURNS", 3)
    logs = EventLog(keep_s=600)
    for n in range(6):
        log = logs.open(f"turn_{n}", "a")
        if n != 0:
            log.finish()
    kept = [n for n in range(6) if logs.get(f"turn_{n}")]
    assert kept == [0, 4, 5]
