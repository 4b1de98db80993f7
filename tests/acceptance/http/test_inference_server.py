"""A real inference server behind Handrail, with tiny random models that say anything, and the OpenAI SDK in front of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest

from agent.adapters.model_roles import ModelRoles
from agent.adapters.twins import assessment
from agent.endpoints import Endpoint, Models
from agent.moderation import Limits, has_dosage
from policies.taxonomy import Facet, Hazard
from tests.acceptance.http.inference import InferenceServer, make_model
from tests.acceptance.http.live import Live
from tests.acceptance.world import MESSAGES

pytest.importorskip("accelerate", reason="`transformers serve` loads models with it")
pytestmark = pytest.mark.slow

SEA = "Why is the sea salty?"
CARE = "Is it safe to take ibuprofen for my back?"
TABLE = {CARE: assessment(Facet.HEALTH_INFORMATION, hazards={Hazard.ADVICE_HEALTH: 0.9})}
ENGLISH = "the sea and its water carry salt from old rocks where rain falls slowly over many years while rivers run"
SPANISH = (
    "el mar y sus aguas llevan sal desde las rocas viejas donde la lluvia cae despacio durante muchos años mientras"
)
VOCABULARIES: dict[str, tuple[list[str], int]] = {
    "english": ([*(f"{word} " for word in ENGLISH.split()), ". ", "? "], 120),
    "spanish": ([*(f"{word} " for word in SPANISH.split()), ". "], 120),
    "endless": ([f"{word} " for word in ENGLISH.split()], 4_000),
    "unbroken": (list("abcdefghijklmnopqrstuvwxyz字水"), 4_000),
    "noise": (
        [*map(chr, range(33, 127)), " ", "\n", "\u200b", "é", "ß", "Ж", "字", "م", "🙂", "\u0301", "\ufffd"],
        300,
    ),
    "doses": (
        [f"{word} " for word in [*ENGLISH.split()[:8], "take", "200", "400", "600", "mg", "ml", "two", "tablets", "."]],
        500,
    ),
}
"""Name of a model -> what it says, and how many tokens of it at most.

Of "doses" every 36th pair of neighbours is a dose: that 500 tokens hold none has a chance of one in a million.
"""


class Reply(NamedTuple):
    """What a client had, and what is on record."""

    text: str
    held: list[dict[str, Any]]
    reason: str
    usage: openai.types.CompletionUsage
    outcome: dict[str, Any]

    @property
    def checks(self) -> list[str]:
        return [name for part in self.held for name in part["checks"]]


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InferenceServer, Path]]:
    """The server, and the folder of its models."""
    home = tmp_path_factory.mktemp("inference")
    for name, (words, tokens) in VOCABULARIES.items():
        make_model(home / name, words, tokens=tokens)
    server = InferenceServer(home / "log")
    yield server, home
    server.stop()


@pytest.fixture
def served(live: Callable[..., Live], inference: tuple[InferenceServer, Path]) -> Callable[..., Live]:
    """Starts a server that asks this model."""
    inferring, home = inference

    def start(name: str, bounds: Limits = Limits()) -> Live:  # noqa: B008  # an immutable value
        endpoint = Endpoint(
            model=str(home / name), base_url=inferring.url, timeout_s=60.0, retries=0, max_tokens=VOCABULARIES[name][1]
        )
        roles = ModelRoles(Models(endpoints={name: endpoint}, roles={"answer": (name,)}), patience_s=90.0)
        return live(model=roles.answer, assessments=TABLE, close=roles.close, limits=bounds)

    return start


def ask(server: Live, text: str = SEA) -> Reply:
    said, held, reason, usage = "", [], "", None
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        messages = [{"role": "user", "content": text}]
        options = {"include_usage": True}
        for chunk in client.chat.completions.create(
            model="handrail", messages=messages, stream=True, stream_options=options
        ):
            extra = getattr(chunk, "handrail", None) or {}
            held += [extra["held"]] if isinstance(extra.get("held"), dict) else []
            usage = chunk.usage or usage
            if chunk.choices:
                said += chunk.choices[0].delta.content or ""
                reason = chunk.choices[0].finish_reason or reason
    (outcome,) = server.ask(server.world.bodies("outcome"))
    return Reply(said, held, reason, usage, outcome)


def calls(reply: Reply) -> list[tuple[str, str]]:
    return [(call["endpoint"], call["outcome"]) for call in reply.outcome["models"]]


def test_an_answer_is_streamed_and_its_tokens_are_on_record(served):
    reply = ask(served("english"))
    assert len(reply.text.split()) > 40
    assert (reply.checks, reply.reason, reply.outcome["outcome"]) == ([], "stop", "delivered")
    (call,) = reply.outcome["models"]
    assert (call["endpoint"], call["outcome"], call["reported"]) == ("english", "answered", True)
    assert call["input_tokens"] > 40
    assert call["output_tokens"] == 120
    assert reply.usage.completion_tokens > 0


def test_an_answer_in_another_language_is_asked_for_once_more_and_then_taken(served):
    reply = ask(served("spanish"))
    assert (reply.held[0]["checks"], reply.held[0]["outcome"]) == (["language"], "retried")
    assert set(reply.text.split()) & {"mar", "sal", "lluvia"}
    assert calls(reply)[-1] == ("spanish", "answered")
    assert len(calls(reply)) == 2
    assert reply.outcome["outcome"] == "replaced"


@pytest.mark.parametrize("name", ["endless", "unbroken"])
def test_a_sentence_that_never_ends_is_released_in_part_and_bounded(served, name):
    reply = ask(served(name, Limits(chars=1_500)))
    assert 1_000 < len(reply.text) < 1_900
    assert reply.text.endswith(MESSAGES.get("held_length", "en"))
    assert (reply.checks[-1], reply.reason) == ("length", "length")
    assert reply.outcome["outcome"] == "replaced"
    assert calls(reply)[-1] == (name, "left")
    assert reply.outcome["models"][-1]["output_tokens"] > 0


def test_a_model_that_takes_too_long_is_cut_off_with_a_reason(served):
    reply = ask(served("endless", Limits(seconds=0.5)))
    assert reply.text.endswith(MESSAGES.get("held_time", "en"))
    assert reply.checks == ["time"]


def test_noise_ends_the_turn_with_what_may_leave_and_a_record(served):
    reply = ask(served("noise"))
    assert reply.text.strip()
    assert reply.reason in ("stop", "content_filter")
    assert reply.outcome["outcome"] in ("delivered", "replaced")
    assert reply.outcome["models"][0]["output_tokens"] > 0


def test_no_dose_of_a_babbling_model_leaves_where_none_may(served):
    reply = ask(served("doses"), CARE)
    assert not has_dosage(reply.text.split("\n\n")[0])
    assert "no_dosage" in reply.checks
    assert reply.reason == "content_filter"


def test_a_client_that_leaves_ends_the_call_and_the_outcome_is_on_record(served):
    server = served("endless")
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        chunks = client.chat.completions.create(
            model="handrail", messages=[{"role": "user", "content": SEA}], stream=True
        )
        next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content)
        chunks.close()
    deadline = time.monotonic() + 1.0
    while not (outcomes := server.ask(server.world.bodies("outcome"))) and time.monotonic() < deadline:
        time.sleep(0.01)
    (outcome,) = outcomes
    assert outcome["outcome"] == "client_left"
    assert [call["outcome"] for call in outcome["models"]] == ["left"]


def test_a_model_that_the_server_does_not_have_is_said_to_be_unavailable(live, inference):
    inferring, home = inference
    endpoint = Endpoint(model=str(home / "nowhere"), base_url=inferring.url, timeout_s=60.0, retries=0)
    roles = ModelRoles(Models(endpoints={"gone": endpoint}, roles={"answer": ("gone",)}), patience_s=90.0)
    reply = ask(live(model=roles.answer, assessments=TABLE, close=roles.close))
    assert reply.text == MESSAGES.get("model_unavailable", "en")
    assert calls(reply) == [("gone", "failed")]
