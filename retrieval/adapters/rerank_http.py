"""A reranker behind ``POST <url>/rerank``, as vLLM, Text Embeddings Inference, LiteLLM, Jina and Cohere serve it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import httpx

from retrieval.errors import RerankerUnavailable


class HttpReranker:
    """Sends ``{model, query, documents}`` and reads ``results: [{index, relevance_score}]``. One attempt, bounded in time."""

    def __init__(self, client: httpx.AsyncClient, url: str, model: str, *, timeout_s: float) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/rerank"
        self._model = model
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        """See ``retrieval.ports.Reranker``."""
        return self._model

    async def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """See ``retrieval.ports.Reranker``."""
        body = {"model": self._model, "query": query, "documents": list(passages), "top_n": len(passages)}
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(self._url, json=body)
        except TimeoutError as error:
            raise RerankerUnavailable(f"reranker `{self._model}` took longer than {self._timeout_s:g} s") from error
        except httpx.HTTPError as error:
            raise RerankerUnavailable(
                f"reranker `{self._model}` cannot be reached: {type(error).__name__}; see HANDRAIL_RERANK_URL"
            ) from error
        if response.status_code != httpx.codes.OK:
            raise RerankerUnavailable(f"reranker `{self._model}` answered with HTTP {response.status_code}")
        try:
            return _read(response.json(), len(passages))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise RerankerUnavailable(f"reranker `{self._model}` sent something that is no ranking") from error

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.aclose()


def connect_reranker(url: str, model: str, api_key: str | None, *, timeout_s: float) -> HttpReranker:
    """The reranker at this address, not yet asked anything."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return HttpReranker(
        httpx.AsyncClient(headers=headers, timeout=timeout_s, trust_env=False), url, model, timeout_s=timeout_s
    )


def _read(body: Any, count: int) -> list[float]:
    """The score of every passage, each exactly once."""
    scores: dict[int, float] = {}
    for entry in body["results"]:
        index, score = int(entry["index"]), float(entry["relevance_score"])
        if not 0 <= index < count or index in scores or not math.isfinite(score):
            raise ValueError(f"passage {index}")
        scores[index] = score
    return [scores[index] for index in range(count)]
