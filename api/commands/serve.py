"""``handrail serve``."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.errors import CommandError
from api.commands.footprint import settle, starting

if TYPE_CHECKING:
    from agent.ports import Keys
    from agent.settings import Settings

GRACE_S = 10
"""Open streams may end for this long after a signal to stop."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one [default: 8000].")] = None,
) -> None:
    """Serve the HTTP interface and the chat page."""
    from agent.settings import Settings
    from api.commands.logs import configure_logging

    settings = Settings.from_env(host=host, port=port)
    configure_logging(settings.log_level)
    with bound_socket(settings.host, settings.port) as listener:
        _run(_serve(settings, listener))


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket bound to the address.

    Raises:
        CommandError: the address cannot be used.
    """
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if listener is not None:
            listener.close()
        reason = (error.strerror or str(error)).lower()
        raise CommandError(
            f"cannot listen on `{host}` port {port}: {reason}; choose others with --host and --port"
        ) from error
    return listener


async def _serve(settings: Settings, listener: socket.socket) -> None:
    started = time.perf_counter()
    with ExitStack() as loading:
        loading.enter_context(starting())

        import uvicorn

        from agent.bootstrap import open_service
        from api.app import create_app
        from api.bounded_http import BoundedHttp

        class Server(uvicorn.Server):
            """Says when it is ready, and stops on a signal without raising it again: the service has yet to be closed."""

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                loading.close()
                settle()
                typer.echo(f"Handrail is ready at {url_of(listener)} ({time.perf_counter() - started:.1f} s)")

            def handle_exit(self, sig: int, frame: object) -> None:
                self.force_exit = self.should_exit and sig == signal.SIGINT
                self.should_exit = True
                app.state.stopping.set()

        async with open_service(settings) as service:
            await require_keys(settings, service.keys, listener)
            app = create_app(lambda: nullcontext(service), settings)
            config = uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                http=BoundedHttp,
                ws="none",
            )
            await Server(config).serve(sockets=[listener])


async def require_keys(settings: Settings, keys: Keys, listener: socket.socket) -> None:
    """Either callers must show who they are, or only this machine can call; then that is said.

    Raises:
        CommandError: others could call, and nobody could tell who they are.
    """
    if settings.oidc_issuer is not None or await keys.all():
        return
    if not ipaddress.ip_address(listener.getsockname()[0]).is_loopback:
        raise CommandError(
            f"{url_of(listener)} can be reached by others, and there are no keys; create one with "
            "`handrail keys create NAME --scope chat`, or listen on 127.0.0.1"
        )
    typer.echo(
        "No keys yet: everybody on this machine may do everything. Create one with `handrail keys create`.", err=True
    )


def url_of(listener: socket.socket) -> str:
    """Where a browser finds the socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _run(main: Coroutine[object, object, None]) -> None:
    """Run on uvloop, where there is one."""
    if sys.platform == "win32":
        asyncio.run(main)
    else:
        import uvloop

        uvloop.run(main)
