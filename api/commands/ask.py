"""``handrail ask``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.models import TurnInput, TurnResult
    from agent.settings import Settings


def ask(
    text: Annotated[str, typer.Argument(help="What the person wrote; `-` reads it from standard input.")],
    role: Annotated[str | None, typer.Option(help="Verified role, e.g. clinician.")] = None,
    locale: Annotated[str | None, typer.Option(help="BCP 47 tag, e.g. es-MX.")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="ISO 3166 code, e.g. MX.")] = None,
    thread: Annotated[str | None, typer.Option(help="Id of a thread to continue.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole result as JSON.")] = False,
) -> None:
    """Run one turn, exactly as the service would, and show what came of it."""
    from agent.errors import TurnFailedError
    from agent.models import RequestContext, TurnInput
    from agent.settings import Settings
    from api.commands.console import message_argument, show_result
    from api.commands.logs import configure_logging

    settings = Settings.from_env()
    configure_logging("error")
    context = RequestContext(role=role, locale=locale, jurisdiction=jurisdiction)
    request = TurnInput(text=message_argument(text), thread_id=thread, context=context)
    try:
        result = asyncio.run(_run(settings, request))
    except TurnFailedError as error:
        typer.echo(f"{error.text}\nhandrail: {error}", err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        show_result(result)


async def _run(settings: Settings, request: TurnInput) -> TurnResult:
    from agent.bootstrap import open_service

    async with open_service(settings) as service:
        return await service.runner.run(request)
