"""A reranker over HTTP: what is sent, what is read, and what is refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from retrieval.adapters.rerank_http import HttpReranker, connect_reranker
from retrieval.errors import RerankerUnavailable


def reranker(answer: httpx.Response | Exception, asked: list[httpx.Request], timeout_s: float = 1.0) -> HttpReranker:
    """Talks to a server that gives this answer."""

    async def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, TimeoutError):
            await asyncio.sleep(5)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return HttpReranker(client, "http://rerank.test/v1/", "tiny", timeout_s=timeout_s)


async def test_scores_come_in_the_order_of_the_passages() -> None:
    asked: list[httpx.Request] = []
    results = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": -2}]
    ranker = reranker(httpx.Response(200, json={"results": results}), asked)
    assert await ranker.scores("q", ["a", "b"]) == [-2.0, 0.9]
    assert str(asked[0].url) == "http://rerank.test/v1/rerank"
    assert json.loads(asked[0].content) == {"model": "tiny", "query": "q", "documents": ["a", "b"], "top_n": 2}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"results": 3},
        {"results": []},
        {"results": [{"index": 0, "relevance_score": 1.0}]},
        {"results": [{"index": 0, "relevance_score": 1.0}, {"index": 0, "relevance_score": 2.0}]},
        {"results": [{"index": 0, "relevance_score": 1.0}, {"index": 7, "relevance_score": 2.0}]},
        {"results": [{"index": 0, "relevance_score": 1.0}, {"index": 1, "relevance_score": "NaN"}]},
        {"results": [{"index": 0, "relevance_score": None}, {"index": 1, "relevance_score": 1.0}]},
    ],
)
async def test_what_is_no_ranking_is_refused(body: Any) -> None:
    with pytest.raises(RerankerUnavailable, match="no ranking"):
        await reranker(httpx.Response(200, json=body), []).scores("q", ["a", "b"])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, text="<html>"), "no ranking"),
        (httpx.Response(503), "HTTP 503"),
        (httpx.ConnectError("no"), "HANDRAIL_RERANK_URL"),
        (TimeoutError(), "longer than 0.05 s"),
    ],
)
async def test_a_server_that_fails_is_named(answer: httpx.Response | Exception, said: str) -> None:
    with pytest.raises(RerankerUnavailable, match=said):
        await reranker(answer, [], timeout_s=0.05).scores("q", ["a", "b"])


async def test_nobody_listens() -> None:
    ranker = connect_reranker("http://127.0.0.1:9/v1", "tiny", "key", timeout_s=1)
    with pytest.raises(RerankerUnavailable, match="cannot be reached"):
        await ranker.scores("q", ["a", "b"])
    await ranker.close()
