"""Commands that look after what is kept: they open the database and nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from api.commands.errors import CommandError

if TYPE_CHECKING:
    from agent.office import BackOffice

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def in_office(work: Callable[[BackOffice], Awaitable[None]]) -> None:
    """Do the work over the database of the settings.

    Raises:
        SettingsError, RecordsUnavailable: it cannot be opened.
    """
    from agent.office import open_back_office
    from agent.settings import Settings
    from api.commands.logs import configure_logging

    settings = Settings.from_env()
    configure_logging(settings.log_level)

    async def opened() -> None:
        async with open_back_office(settings) as office:
            await work(office)

    asyncio.run(opened())


def duration(text: str) -> timedelta:
    """The time span that the text means, such as ``90d``.

    Raises:
        CommandError: it means none.
    """
    match = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if match is None:
        raise CommandError(f"`{text[:40]}` is not a time span; expected e.g. 30m, 12h, 90d or 4w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
