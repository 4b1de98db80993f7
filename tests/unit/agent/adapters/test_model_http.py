"""One request to a model over HTTP: who may ask again after which failure."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from agent.adapters.model_http import client_of, post
from agent.endpoints import Endpoint
from agent.errors import ModelUnavailable


def client(answer: httpx.Response | Exception) -> httpx.AsyncClient:
    """Talks to a server that gives this answer; one that is late gives none for long."""

    async def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, TimeoutError):
            await asyncio.sleep(5)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.AsyncClient(transport=httpx.MockTransport(handle))


async def test_the_answer_comes_back():
    asking = client(httpx.Response(200, json={"a": 1}))
    assert (await post(asking, "http://model.test", "model `m`", timeout_s=1, json={})).json() == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "said", "again"),
    [
        (TimeoutError(), "model `m` took longer than 0.05 s", False),
        (httpx.ConnectError("no"), "model `m` cannot be reached: ConnectError", True),
        (httpx.Response(503), "model `m` answered with HTTP 503", True),
        (httpx.Response(429), "model `m` answered with HTTP 429", True),
        (httpx.Response(401), "model `m` answered with HTTP 401", False),
    ],
)
async def test_a_failure_says_whether_another_attempt_may_help(answer, said, again):
    with pytest.raises(ModelUnavailable) as error:
        await post(client(answer), "http://model.test", "model `m`", timeout_s=0.05, json={})
    assert (str(error.value), error.value.again) == (said, again)


def test_the_key_of_the_endpoint_is_sent_and_no_proxy_of_the_environment_is_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    opened = client_of(Endpoint(model="m", base_url="http://model.test", api_key="secret"))
    assert opened.headers["Authorization"] == "Bearer secret"
    assert "Authorization" not in client_of(Endpoint(model="m")).headers
    assert opened._transport_for_url(httpx.URL("http://model.test")) is opened._transport
