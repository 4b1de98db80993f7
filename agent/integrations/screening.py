"""Asking Handrail about messages, outputs and tools: in this process, or a server over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, TypeVar

import httpx
from pydantic import ValidationError

from agent.errors import ScreeningUnavailable
from agent.models import TurnInput
from agent.screening import DecisionView, GuidanceView, Moderated, OutputView
from policies.taxonomy import Action, Hazard

View = TypeVar("View", DecisionView, GuidanceView, OutputView)


class Screening(Protocol):
    """What an integration asks. ``agent.screening.Screener`` (``Service.screener``) answers in this process."""

    async def decide(self, request: TurnInput) -> DecisionView:
        """The decision on a message, on record."""
        ...

    async def guidance(self, request: TurnInput) -> GuidanceView:
        """The alternative to a message."""
        ...

    async def check(self, text: str, request: TurnInput | None, limits: Sequence[str] = ()) -> OutputView:
        """What of a text may be shown as an answer to the request."""
        ...

    async def moderate(self, texts: Sequence[str]) -> list[Moderated]:
        """A judgement of each text by itself, with nothing recorded."""
        ...


class HttpScreening:
    """Asks a server. Use it as a context manager, or close it."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        api_key: str | None = None,
        *,
        timeout_s: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"), headers=headers, timeout=timeout_s, transport=transport
        )

    async def __aenter__(self) -> HttpScreening:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """The connections are closed."""
        await self._client.aclose()

    async def decide(self, request: TurnInput) -> DecisionView:
        """See ``Screening``. Raises ``ScreeningUnavailable``, as every method here."""
        return _read(DecisionView, await self._post("/v1/decisions", _asked(request)))

    async def guidance(self, request: TurnInput) -> GuidanceView:
        """See ``Screening``."""
        return _read(GuidanceView, await self._post("/v1/guidance", _asked(request)))

    async def check(self, text: str, request: TurnInput | None, limits: Sequence[str] = ()) -> OutputView:
        """See ``Screening``."""
        asked = {} if request is None else _asked(request)
        return _read(OutputView, await self._post("/v1/outputs", {**asked, "output": text, "limits": list(limits)}))

    async def moderate(self, texts: Sequence[str]) -> list[Moderated]:
        """See ``Screening``."""
        body = await self._post("/v1/moderations", {"input": list(texts)})
        try:
            return [
                Moderated(
                    bool(one["flagged"]),
                    {Hazard(name): float(score) for name, score in one["handrail"]["hazards"].items()},
                    Action(one["handrail"]["action"]),
                )
                for one in body["results"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ScreeningUnavailable("Handrail answered /v1/moderations with something else") from error

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            response = await self._client.post(path, json=body)
            told = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ScreeningUnavailable(
                f"Handrail at `{self._client.base_url}` cannot be asked: {type(error).__name__}"
            ) from error
        if response.status_code != httpx.codes.OK or not isinstance(told, dict):
            why = (told.get("detail") or told.get("error") or "") if isinstance(told, dict) else ""
            raise ScreeningUnavailable(f"Handrail answered {path} with HTTP {response.status_code}: {why}")
        return told


def _asked(request: TurnInput) -> dict[str, Any]:
    context = request.context.model_dump(mode="json", exclude_none=True)
    return {"input": request.text, "history": list(request.history), "context": context}


def _read(kind: type[View], body: dict[str, Any]) -> View:
    """The body as this type; fields of a newer server are passed over."""
    try:
        return kind.model_validate(body, extra="ignore")
    except ValidationError as error:
        raise ScreeningUnavailable(f"Handrail answered with something that is no {kind.__name__}") from error
