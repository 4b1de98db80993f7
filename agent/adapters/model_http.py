"""One request to a model over HTTP, bounded in time as a whole; what goes wrong comes as our errors."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from agent.endpoints import Endpoint
from agent.errors import ModelUnavailable


def client_of(endpoint: Endpoint) -> httpx.AsyncClient:
    """A client with the key and the patience of the endpoint."""
    key = endpoint.api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    return httpx.AsyncClient(headers=headers, timeout=endpoint.timeout_s, trust_env=False)


async def post(client: httpx.AsyncClient, url: str, what: str, *, timeout_s: float, **content: Any) -> httpx.Response:
    """The answer to one attempt; ``what`` names the model in errors, ``content`` is what httpx sends.

    Raises:
        ModelUnavailable: it is late, out of reach, or answers with another status than 200.
    """
    try:
        async with asyncio.timeout(timeout_s):
            response = await client.post(url, **content)
    except TimeoutError as error:
        raise ModelUnavailable(f"{what} took longer than {timeout_s:g} s", again=False) from error
    except httpx.HTTPError as error:
        raise ModelUnavailable(f"{what} cannot be reached: {type(error).__name__}") from error
    if response.status_code != httpx.codes.OK:
        again = response.status_code == 429 or response.status_code >= 500
        raise ModelUnavailable(f"{what} answered with HTTP {response.status_code}", again=again)
    return response
