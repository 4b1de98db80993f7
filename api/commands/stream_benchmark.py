"""What checked streaming costs: the same scripted model asked directly and through Handrail, and one check by itself."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from agent.grounding import split_sentences
from agent.moderation import CHECKS, Inspector
from agent.risk.classifier import BUNDLED, RiskClassifier
from agent.risk.output import RiskOutputJudge
from agent.risk.output_head import load_output_head
from agent.settings import PREFIX, Settings
from api.commands.benchmark import Spread, copied_state, served, spread
from api.commands.errors import CommandError
from evals.stub_model import ANSWER

if TYPE_CHECKING:
    from rich.console import RenderableType

QUESTION: Final = "Why is the sea salty?"


class StreamFigures(NamedTuple):
    """Milliseconds. ``added`` is the time through Handrail less the time of the same thing without it."""

    turns: int
    direct_first_word: Spread
    direct_first_sentence: Spread
    first_sentence: Spread
    added_to_first_sentence: Spread
    """From sending the request: judging and deciding, and the check of the first sentence."""
    added_to_sentence: Spread
    """For each later sentence, its distance to the first: what one check and one hop add."""
    one_check: Spread
    """One sentence through every check, hazards and limits included, with nothing else running."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: value._asdict() if isinstance(value, Spread) else value for name, value in self._asdict().items()}

    def table(self) -> RenderableType:
        """For a terminal."""
        from rich.table import Table

        table = Table("ms", "p50", "p95", box=None, header_style="bold")
        table.columns[1].justify = table.columns[2].justify = "right"
        for name, value in self._asdict().items():
            if isinstance(value, Spread):
                table.add_row(name.replace("_", " "), f"{value.p50:.2f}", f"{value.p95:.2f}")
        return table


def measure_stream(settings: Settings, turns: int, progress: Callable[[int, int], None]) -> StreamFigures:
    """Figures over ``turns`` answers of a model that writes 20 words a second, after a warm-up.

    Raises:
        CommandError: a server did not start, or gave something else than the script.
    """
    with copied_state(settings) as state, _stub() as model:
        environment = {
            f"{PREFIX}MODEL": "openai",
            f"{PREFIX}MODEL_NAME": "slow",
            f"{PREFIX}MODEL_BASE_URL": model,
        }
        with served(state, environment) as server:
            url = f"http://{server.host}:{server.port}/v1"
            runs = [_both(model, url) for _ in _counted(turns + 2, progress)][2:]
    checks = asyncio.run(_check_times(settings))
    direct, through = [run[0] for run in runs], [run[1] for run in runs]
    later = [
        ((b.sentences[i] - b.sentences[0]) - (a.sentences[i] - a.sentences[0]))
        for a, b in runs
        for i in range(1, min(len(a.sentences), len(b.sentences)))
    ]
    return StreamFigures(
        turns=turns,
        direct_first_word=spread([run.first_word for run in direct]),
        direct_first_sentence=spread([run.sentences[0] for run in direct]),
        first_sentence=spread([run.sentences[0] for run in through]),
        added_to_first_sentence=spread([b.sentences[0] - a.sentences[0] for a, b in runs]),
        added_to_sentence=spread(later),
        one_check=spread(checks),
    )


class _Times(NamedTuple):
    first_word: float
    sentences: list[float]
    """When each sentence was complete, milliseconds after the request."""


def _both(model: str, handrail: str) -> tuple[_Times, _Times]:
    return _times(model, "slow"), _times(handrail, "handrail")


def _times(base_url: str, model: str) -> _Times:
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    text, first = "", 0.0
    arrived: list[float] = []
    started = time.perf_counter()
    with httpx.stream("POST", f"{base_url}/chat/completions", json=body, timeout=60) as response:
        for line in response.iter_lines():
            choices = json.loads(line[6:])["choices"] if line.startswith("data: {") else []
            piece = (choices[0]["delta"].get("content") or "") if choices else ""
            if not piece:
                continue
            now = (time.perf_counter() - started) * 1000
            first = first or now
            text += piece
            arrived += [now] * (len(_complete(text)) - len(arrived))
    if " ".join(text.split()) != ANSWER:
        raise CommandError(f"the answer at {base_url} is not the script: `{text[:120]}`")
    return _Times(first, arrived)


def _complete(text: str) -> list[str]:
    return [sentence for sentence in split_sentences(text) if sentence.endswith(".")]


async def _check_times(settings: Settings) -> list[float]:
    times: list[float] = []
    classifier = RiskClassifier.load(settings.risk_model_dir or BUNDLED)
    with ThreadPoolExecutor(1) as executor:
        inspector = Inspector(
            dict(CHECKS),
            request=QUESTION,
            judge=RiskOutputJudge(classifier, executor, load_output_head(settings.risk_model_dir or BUNDLED)),
        )
        for _ in range(60):
            before = ""
            for sentence in split_sentences(ANSWER):
                started = time.perf_counter()
                await inspector.inspect(before, sentence, " ")
                times.append((time.perf_counter() - started) * 1000)
                before += sentence
    return times[20:]


def _counted(count: int, progress: Callable[[int, int], None]) -> Iterator[int]:
    for number in range(count):
        yield number
        progress(number + 1, count)


@contextmanager
def _stub() -> Iterator[str]:
    command = [sys.executable, "-m", "evals.stub_model"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        try:
            line = process.stdout.readline().strip() if process.stdout else ""
            if not line.startswith("http"):
                raise CommandError("the scripted model did not start")
            yield line
        finally:
            process.terminate()
            process.wait(10)
