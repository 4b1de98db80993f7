"""What every ``GuardModel`` promises: a verdict, or one of two kinds of error."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agent.adapters.guard_model import GuardEndpoint, ScriptedGuard, guard_model
from agent.endpoints import Endpoint
from agent.errors import ModelOutputError, ModelUnavailable
from agent.ports import GuardModel, GuardVerdict
from tests.contract.guard_server import GuardServer

ANSWERS = {
    "llama_guard": ("safe", "unsafe\nS2"),
    "shieldgemma": ("No", "Yes"),
    "granite_guardian": ("<score> no </score>", "<score> yes </score>"),
    "gpt_oss_safeguard": ('{"violation": 0}', '{"violation": 1, "hazards": ["hate"]}'),
}
KINDS = ["scripted", *ANSWERS]


class Made:
    """A guard under test, and what it is told to say."""

    def __init__(self, kind: str, server: GuardServer) -> None:
        self.kind = kind
        self.server = server
        self.table: dict[str, GuardVerdict | Exception] = {}
        self.endpoint: GuardEndpoint | None = None
        if kind != "scripted":
            self.endpoint = guard_model(
                Endpoint.model_validate(
                    {
                        "base_url": f"{server.url}/",
                        "model": "guard-8b",
                        "format": kind,
                        "api_key": "k-1",
                        "timeout_s": 1,
                    }
                )
            )
        self.guard: GuardModel = self.endpoint or ScriptedGuard(self.table)

    def says(self, unsafe: bool) -> None:
        self.table["tea"] = GuardVerdict(unsafe)
        if self.kind != "scripted":
            self.server.content = ANSWERS[self.kind][unsafe]

    def babbles(self) -> None:
        self.table["tea"] = ModelOutputError("not of its format")
        self.server.content = "Well, that depends."

    def is_down(self) -> None:
        self.table["tea"] = ModelUnavailable("down")
        self.server.status = 503


@pytest.fixture(params=KINDS)
async def made(request: pytest.FixtureRequest) -> AsyncIterator[Made]:
    async with GuardServer().running() as server:
        made = Made(request.param, server)
        yield made
        if made.endpoint is not None:
            await made.endpoint.close()


@pytest.mark.parametrize("unsafe", [False, True])
async def test_it_gives_a_verdict(made, unsafe):
    made.says(unsafe)
    assert (await made.guard.ask("tea", "")).unsafe is unsafe


async def test_an_answer_of_another_format_is_an_output_error(made):
    made.babbles()
    with pytest.raises(ModelOutputError):
        await made.guard.ask("tea", "")


async def test_an_endpoint_that_is_down_is_unavailable(made):
    made.is_down()
    with pytest.raises(ModelUnavailable):
        await made.guard.ask("tea", "")


async def test_it_has_a_name(made):
    assert made.guard.name
