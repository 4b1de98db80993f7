"""The pages: a chat, and the documentation of the interface. Both are static and load nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse

STATIC: Final = Path(__file__).parent / "static"

_REVALIDATE: Final = {"Cache-Control": "no-cache"}


async def index(request: Request) -> FileResponse:
    """The chat page."""
    return FileResponse(STATIC / "index.html", headers=_REVALIDATE)


async def docs(request: Request) -> FileResponse:
    """The documentation, drawn from ``/openapi.json`` in the browser."""
    return FileResponse(STATIC / "docs.html", headers=_REVALIDATE)


async def favicon(request: Request) -> FileResponse:
    """The icon."""
    return FileResponse(STATIC / "icon.svg", headers=_REVALIDATE)
