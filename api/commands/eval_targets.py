"""What an evaluation measures: the service inside this process, a running server, or an OpenAI-compatible endpoint."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from api.commands.errors import CommandError

if TYPE_CHECKING:
    from agent.bootstrap import Service
    from agent.settings import Settings
    from evals.chat_client import ChatClient, JsonClient
    from evals.drive import Target

IN_PROCESS: Final = "in-process"
OPENAI: Final = "openai:"
_CODE: Final = ("agent", "corpora", "policies", "retrieval")
_BEARING: Final = {
    "alternative",
    "embedder",
    "exemplar_radius",
    "exemplar_weight",
    "guard_format",
    "guard_high",
    "guard_low",
    "guard_model",
    "guard_url",
    "model",
    "model_base_url",
    "model_max_tokens",
    "model_name",
    "reply_max_chars",
}
"""Settings that a reply depends on, beside folders that are looked into."""

ScenariosOption = Annotated[
    Path | None, typer.Option(file_okay=False, help="Folder of scenarios [default: the bundled ones].")
]
TargetOption = Annotated[
    str, typer.Option(help="in-process, URL of a running server, or openai:URL of an OpenAI-compatible endpoint.")
]
ModelOption = Annotated[str | None, typer.Option(help="Model at the OpenAI-compatible endpoint.")]
KeyOption = Annotated[str | None, typer.Option(help="Environment variable that has the API key of the target.")]


class Opened(NamedTuple):
    """A target that is ready."""

    target: Target
    setup: dict[str, str]
    """What is measured: runs of the same set-up may be continued, others are compared."""
    cacheable: bool
    """The set-up names all that an outcome depends on."""


@asynccontextmanager
async def opened_target(
    settings: Settings, address: str = IN_PROCESS, *, model: str | None = None, key_env: str | None = None
) -> AsyncIterator[Opened]:
    """The target at this address.

    Raises:
        CommandError: the address cannot be understood, or the model or the key is missing.
    """
    from evals.endpoints import ChatTarget, ServerTarget

    if address == IN_PROCESS:
        async with _in_process(settings) as opened:
            yield opened
    elif address.startswith(OPENAI):
        async with opened_chat(address.removeprefix(OPENAI), model, key_env) as chat:
            yield Opened(ChatTarget(chat), {"target": address, "model": str(model)}, cacheable=False)
    else:
        async with _client(address, key_env) as client:
            yield Opened(ServerTarget(client), {"target": address}, cacheable=False)


@asynccontextmanager
async def opened_chat(
    url: str, model: str | None, key_env: str | None, *, of: str = "--model"
) -> AsyncIterator[ChatClient]:
    """A model at an OpenAI-compatible endpoint.

    Raises:
        CommandError: the address cannot be understood, or the model or the key is missing.
    """
    from evals.chat_client import ChatClient

    if model is None:
        raise CommandError(f"an OpenAI-compatible endpoint needs the name of a model; give it with {of}")
    async with _client(url, key_env) as client:
        yield ChatClient(client, model)


@asynccontextmanager
async def opened_endpoint(address: str, model: str | None, key_env: str | None) -> AsyncIterator[ChatClient]:
    """The OpenAI-compatible endpoint of a running server, or the one that the address names.

    Raises:
        CommandError: the service is not running elsewhere, or see ``opened_chat``.
    """
    from api.openai_schemas import MODEL

    if address == IN_PROCESS:
        raise CommandError("a foreign tool needs a running server; start one with `handrail serve` and name its URL")
    if address.startswith(OPENAI):
        chat = opened_chat(address.removeprefix(OPENAI), model, key_env)
    else:
        chat = opened_chat(f"{address.rstrip('/').removesuffix('/v1')}/v1", model or MODEL, key_env)
    async with chat as client:
        yield client


@asynccontextmanager
async def _client(url: str, key_env: str | None) -> AsyncIterator[JsonClient]:
    from evals.chat_client import JsonClient

    if not url.startswith(("http://", "https://")):
        raise CommandError(
            f"target `{url}` is not understood; expected `{IN_PROCESS}`, `http://HOST:PORT` or "
            f"`{OPENAI}http://HOST:PORT/v1`"
        )
    client = JsonClient(url, api_key=_key(key_env))
    try:
        yield client
    finally:
        await client.close()


def _key(name: str | None) -> str | None:
    if name is None:
        return None
    key = os.environ.get(name)
    if not key:
        raise CommandError(f"environment variable `{name}` is not set; put the API key there")
    return key


@asynccontextmanager
async def _in_process(settings: Settings) -> AsyncIterator[Opened]:
    """The service inside this process, on a copy of its state."""
    from evals.drive import RunnerTarget
    from evals.in_process import opened_copy

    async with opened_copy(settings) as service:
        cacheable = settings.model == "none" and settings.models_file is None
        yield Opened(RunnerTarget(service.runner), await _setup(service), cacheable=cacheable)


async def _setup(service: Service) -> dict[str, str]:
    from agent.risk.classifier import BUNDLED
    from api.version import package_version

    settings = service.settings
    release = (await service.store.health()).release
    model = ((settings.risk_model_dir or BUNDLED) / "manifest.json").read_bytes()
    return {
        "version": package_version(),
        "code": _digest_of_code(),
        "policies": service.policies.in_force.live.version,
        "guidance": release.id if release else "none",
        "risk model": _digest(model),
        "model": settings.model_name or settings.model,
        "models file": _digest(settings.models_file.read_bytes()) if settings.models_file else "none",
        "settings": _digest(settings.model_dump_json(include=_BEARING).encode()),
    }


def _digest_of_code() -> str:
    """Changes with any file that the service runs on, of code or data in text form."""
    root = Path(__file__).parents[2]
    whole = hashlib.sha256()
    for path in sorted(
        p for name in _CODE for p in (root / name).rglob("*") if p.suffix in (".py", ".yaml", ".json", ".tsv")
    ):
        whole.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return whole.hexdigest()[:16]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
