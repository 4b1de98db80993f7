"""A process that runs turns on a real database until it is killed, and says what has reached clients.

``python -m tests.acceptance.killed DATA_DIR [DATABASE_URL]``: a line ``said TURN`` when the first text of a turn leaves, and
``done TURN THREAD CASE`` at its end, ``-`` where there was no case.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from agent.events import TurnCompleted
from agent.models import RequestContext, TurnInput
from agent.office import BackOffice, open_back_office
from agent.settings import Settings
from tests.acceptance.world import BOMB, CRISIS, DOSE, GPL, HOMEWORK, SwitchableStore, World, indexed

AT_ONCE = 4
TEXTS = (HOMEWORK, DOSE, CRISIS, BOMB, GPL)


def settings_of(data_dir: str, database_url: str | None) -> Settings:
    """The settings of both sides."""
    return Settings.model_validate({"data_dir": data_dir, "database_url": database_url})


@asynccontextmanager
async def opened(settings: Settings, store: SwitchableStore | None = None) -> AsyncIterator[tuple[BackOffice, World]]:
    """The real graph, records, cases and conversations; twins of what judges and searches."""
    async with open_back_office(settings) as office:
        world = World(
            store or await indexed(),
            records=office.records,
            cases=office.cases,
            sealer=office.sealer,
            checkpointer=office.checkpoints,
        )
        yield office, world
        await world.runner.close()


async def load(world: World) -> None:
    """Turns for ever, several at once, half of them in a thread that goes on."""

    async def client(number: int) -> None:
        thread: str | None = None
        for n in itertools.count(number):
            request = TurnInput(
                text=TEXTS[n % len(TEXTS)], thread_id=thread, context=RequestContext(subject=f"person {number}")
            )
            said = False
            async with aclosing(world.runner.stream(request)) as events:
                async for event in events:
                    if event.name == "message.delta" and not said:
                        said = True
                        print("said", event.turn_id, flush=True)
                    if isinstance(event.data, TurnCompleted):
                        result = event.data.result
                        thread = result.thread_id if n % 2 else None
                        print("done", result.turn_id, result.thread_id, result.case_id or "-", flush=True)

    await asyncio.gather(*(client(number) for number in range(AT_ONCE)))


async def main() -> None:
    """Run until killed."""
    settings = settings_of(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    async with opened(settings) as (_, world):
        await load(world)


if __name__ == "__main__":
    asyncio.run(main())
