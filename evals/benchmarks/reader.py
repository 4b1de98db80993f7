"""The files of benchmarks, and any JSON Lines of ``{id, text, label, lang}``, read as scenarios. Nothing is downloaded here.

What is measured is the action on a request: a benign one that is refused is over-refused, a harmful one that is answered is
served.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.benchmarks.formats import BENCHMARKS, OWN, Benchmark, Prompt, Row
from evals.errors import BenchmarkError
from evals.scenario import Scenario
from policies.taxonomy import LANGUAGES, Action


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
    for where, row in _rows(name, benchmark, path):
        if missing := [column for column in benchmark.columns if column not in row]:
            raise BenchmarkError(
                f"{path}:{where}: no column `{missing[0]}`; {benchmark.title} has {', '.join(benchmark.columns)} in its "
                f"`{benchmark.file}`"
            )
        for item in benchmark.items(row):
            if item.text.strip():
                suffix = "" if item.lang == "en" and benchmark.columns else f"-{item.lang}"
                yield Prompt(f"{name}-{where}{suffix}", item.text, item.harmful, item.lang, item.category)


def _rows(name: str, benchmark: Benchmark, path: Path) -> Iterator[tuple[str, Row]]:
    """Line, or number of the record for CSV and JSON, and row. Every file of a folder is read, with its name before the line."""
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix in (".csv", ".jsonl", ".json"))
        if not files:
            raise BenchmarkError(f"`{path}` has no CSV or JSON file; {_remedy(name, benchmark)}")
        for file in files:
            for where, row in _rows(name, benchmark, file):
                yield f"{file.relative_to(path).with_suffix('')}-{where}", row
        return
    if path.suffix == ".parquet":
        raise BenchmarkError(
            f"`{path}`: parquet is not read; write it as JSON Lines, "
            f"e.g. `pandas.read_parquet(...).to_json('{path.stem}.jsonl', orient='records', lines=True)`"
        )
    text = _text(path, _remedy(name, benchmark))
    if path.suffix in (".jsonl", ".json"):
        objects = _array(path, text) if text.lstrip().startswith("[") else _objects(path, text)
        for number, line in objects:
            yield str(number), {key: "" if value is None else str(value) for key, value in line.items()}
        return
    try:
        if not benchmark.columns:
            for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
                yield str(number), {"text": cells[0] if cells else "", "file": path.stem, "folder": path.parent.name}
            return
        for number, record in enumerate(csv.DictReader(io.StringIO(text, newline=""), strict=True), start=2):
            yield str(number), {key: value or "" for key, value in record.items() if key is not None}
    except csv.Error as error:
        raise BenchmarkError(f"{path}: not CSV: {error}") from error


def _remedy(name: str, benchmark: Benchmark) -> str:
    by_hand = f"get `{benchmark.file}` from {benchmark.page} and name it with --data"
    return f"`handrail eval fetch {name}`, or {by_hand}" if benchmark.url else by_hand


def _array(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise BenchmarkError(f"{path}:{error.lineno}: not JSON at column {error.colno}: {error.msg.lower()}") from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BenchmarkError(f"{path}: record {number}: expected a JSON object, found `{type(row).__name__}`")
        yield number, row


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
