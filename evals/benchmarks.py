"""Public benchmarks in the files of their authors, and any JSON Lines of ``{id, text, label, lang}``. Nothing is downloaded.

A row is a request that is harmful or not. What is measured is the action on it: a benign request that is refused is
over-refused, a harmful one that is answered is served.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from evals.errors import BenchmarkError
from evals.scenario import Scenario
from policies.taxonomy import LANGUAGES, Action

Row = dict[str, str]


class Prompt(NamedTuple):
    """A request of a benchmark; ``category`` in the words of its authors."""

    id: str
    text: str
    harmful: bool
    lang: str
    category: str


class Benchmark(NamedTuple):
    """How the file of a benchmark is read."""

    title: str
    file: str
    """What it is called where its authors publish it."""
    page: str
    columns: tuple[str, ...]
    """Columns or fields it must have."""
    row: Callable[[Row], tuple[str, bool, str]]
    """Text, whether it is harmful, and category."""


def _xstest(row: Row) -> tuple[str, bool, str]:
    kind = row["type"]
    label = row.get("label") or ("unsafe" if kind.startswith("contrast") else "safe")
    return row["prompt"], label == "unsafe", kind


def _openai_moderation(row: Row) -> tuple[str, bool, str]:
    flagged = [name for name in ("S", "H", "V", "HR", "SH", "S3", "H2", "V2") if row.get(name) in ("1", "1.0")]
    return row["prompt"], bool(flagged), " ".join(flagged)


def _toxicchat(row: Row) -> tuple[str, bool, str]:
    harmful = row["toxicity"] == "1" or row["jailbreaking"] == "1"
    return row["user_input"], harmful, "jailbreaking" if row["jailbreaking"] == "1" else ""


def _harmbench(row: Row) -> tuple[str, bool, str]:
    context = row.get("ContextString", "").strip()
    text = f"{context}\n\n{row['Behavior']}" if context else row["Behavior"]
    return text, True, row["SemanticCategory"]


BENCHMARKS: Final[dict[str, Benchmark]] = {
    "xstest": Benchmark("XSTest", "xstest_prompts.csv", "github.com/paul-rottger/xstest", ("prompt", "type"), _xstest),
    "openai-moderation": Benchmark(
        "OpenAI moderation evaluation",
        "samples-1680.jsonl",
        "github.com/openai/moderation-api-release",
        ("prompt",),
        _openai_moderation,
    ),
    "toxicchat": Benchmark(
        "ToxicChat",
        "toxic-chat_annotation_test.csv",
        "huggingface.co/datasets/lmsys/toxic-chat",
        ("user_input", "toxicity", "jailbreaking"),
        _toxicchat,
    ),
    "harmbench": Benchmark(
        "HarmBench",
        "harmbench_behaviors_text_all.csv",
        "github.com/centerforaisafety/HarmBench",
        ("Behavior", "SemanticCategory"),
        _harmbench,
    ),
    "jailbreakbench": Benchmark(
        "JailbreakBench, harmful behaviours",
        "harmful-behaviors.csv",
        "huggingface.co/datasets/JailbreakBench/JBB-Behaviors",
        ("Goal", "Category"),
        lambda row: (row["Goal"], True, row["Category"]),
    ),
    "jailbreakbench-benign": Benchmark(
        "JailbreakBench, benign behaviours",
        "benign-behaviors.csv",
        "huggingface.co/datasets/JailbreakBench/JBB-Behaviors",
        ("Goal", "Category"),
        lambda row: (row["Goal"], False, row["Category"]),
    ),
    "simplesafetytests": Benchmark(
        "SimpleSafetyTests",
        "sst_test_cases.csv",
        "github.com/bertiev/SimpleSafetyTests",
        ("prompt", "harm_area"),
        lambda row: (row["prompt"], True, row["harm_area"]),
    ),
    "advbench": Benchmark(
        "AdvBench",
        "harmful_behaviors.csv",
        "github.com/llm-attacks/llm-attacks",
        ("goal",),
        lambda row: (row["goal"], True, ""),
    ),
    "strongreject": Benchmark(
        "StrongREJECT",
        "strongreject_dataset.csv",
        "github.com/dsbowen/strong_reject",
        ("forbidden_prompt", "category"),
        lambda row: (row["forbidden_prompt"], True, row["category"]),
    ),
}
OWN: Final = "jsonl"
"""The name for any JSON Lines of ``{id, text, label, lang}``."""


def read_benchmark(name: str, path: Path) -> list[Prompt]:
    """The requests of the file.

    Raises:
        BenchmarkError: the benchmark is unknown, or its file is missing or in another format; says what was expected.
    """
    if name == OWN:
        prompts = list(_own(path))
    elif name in BENCHMARKS:
        prompts = list(_published(name, BENCHMARKS[name], path))
    else:
        raise BenchmarkError(f"unknown benchmark `{name}`; known are {', '.join((*BENCHMARKS, OWN))}")
    if not prompts:
        raise BenchmarkError(f"`{path}` has no rows")
    return prompts


def scenario_of(prompt: Prompt) -> Scenario:
    """The request as a scenario: what is harmful must not be answered, what is not must not be refused."""
    serve, decline = [Action.ANSWER, Action.ANSWER_WITH_CARE], [Action.REFUSE, Action.GUIDE, Action.ESCALATE]
    return Scenario.model_validate(
        {
            "id": prompt.id,
            "domain": "general",
            "turns": (prompt.text,),
            "language": prompt.lang if prompt.lang in LANGUAGES else None,
            "expect": decline if prompt.harmful else serve,
            "never": serve if prompt.harmful else [Action.REFUSE],
            "tags": (prompt.category,) if prompt.category else (),
            "why": "labelled by the authors of the benchmark",
        }
    )


def _published(name: str, benchmark: Benchmark, path: Path) -> Iterator[Prompt]:
    for number, row in _rows(path, benchmark):
        if missing := [column for column in benchmark.columns if column not in row]:
            raise BenchmarkError(
                f"{path}:{number}: no column `{missing[0]}`; {benchmark.title} has {', '.join(benchmark.columns)} in its "
                f"`{benchmark.file}`"
            )
        read = benchmark.row(row)
        if read[0].strip():
            yield Prompt(f"{name}-{number}", read[0], read[1], "en", read[2])


def _rows(path: Path, benchmark: Benchmark) -> Iterator[tuple[int, Row]]:
    """Line number, or number of the record for CSV, and row."""
    text = _text(path, f"get `{benchmark.file}` from {benchmark.page} and name it with --data")
    if path.suffix in (".jsonl", ".json"):
        for number, line in _objects(path, text):
            yield number, {key: str(value) for key, value in line.items()}
        return
    try:
        for number, record in enumerate(csv.DictReader(io.StringIO(text, newline=""), strict=True), start=2):
            yield number, {key: value or "" for key, value in record.items() if key is not None}
    except csv.Error as error:
        raise BenchmarkError(f"{path}: not CSV: {error}") from error


def _own(path: Path) -> Iterator[Prompt]:
    seen: dict[str, int] = {}
    for number, row in _objects(path, _text(path, "name a file of JSON Lines with id, text, label and lang")):
        for field in ("id", "text", "label"):
            if not isinstance(row.get(field), str) or not row[field].strip():
                raise BenchmarkError(f"{path}:{number}: field `{field}` is missing or not a text")
        if row["label"] not in ("safe", "unsafe"):
            raise BenchmarkError(f"{path}:{number}: field `label` is `{row['label']}`; expected `safe` or `unsafe`")
        if (first := seen.setdefault(row["id"], number)) != number:
            raise BenchmarkError(f"{path}:{number}: id `{row['id']}` is taken by line {first}")
        category = row.get("category")
        yield Prompt(row["id"], row["text"], row["label"] == "unsafe", str(row.get("lang") or ""), str(category or ""))


def _objects(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise BenchmarkError(f"{path}:{number}: not JSON at column {error.colno}: {error.msg.lower()}") from error
        if not isinstance(row, dict):
            raise BenchmarkError(f"{path}:{number}: expected a JSON object, found `{type(row).__name__}`")
        yield number, row


def _text(path: Path, remedy: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BenchmarkError(f"`{path}`: {(error.strerror or 'cannot be read').lower()}; {remedy}") from error
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"`{path}` is not UTF-8 at byte {error.start}; {remedy}") from error
