"""Nothing blocks the event loop: no file is opened, no connection made and nobody sleeps on it while turns run."""

from __future__ import annotations

import asyncio
import sys

from agent.adapters.chat_model import ScriptedModel
from tests.acceptance.world import BOMB, CRISIS, DOSE, GPL, HOMEWORK

BLOCKING = ("open", "time.sleep", "socket.connect", "sqlite3.connect", "subprocess.Popen", "os.listdir", "os.remove")
armed = False
seen: list[str] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if armed and event in BLOCKING and asyncio._get_running_loop() is not None:
        seen.append(f"{event}{args!r}"[:200])


async def test_turns_do_nothing_that_blocks_the_event_loop(world):
    global armed
    there = world(model=ScriptedModel(["Warm."], ["Paris."], ["Yes."]))
    await there.turn(HOMEWORK)  # modules that are imported on first use are read now
    sys.addaudithook(_hook)
    armed = True
    try:
        for text in (HOMEWORK, GPL, DOSE, BOMB, CRISIS):
            await there.turn(text)
    finally:
        armed = False
    assert seen == []
