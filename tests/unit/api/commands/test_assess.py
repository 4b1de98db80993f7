"""Rows in, lines out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.adapters.twins import assessment
from agent.models import Perception, RiskAssessment, View
from agent.ports import EarlierTurn
from api.commands.assess import WINDOW, Assessor, line_of, read_rows
from api.commands.errors import InputFileError
from policies.loader import load_policies
from policies.taxonomy import Facet, Hazard


def see(text: str) -> Perception:
    return Perception(original=text, views=(View(text=text),), language="en")


class WordJudge:
    """Unsafe when the text or the conversation has the word."""

    def judge(
        self, perceptions: Sequence[Perception], earlier: Sequence[Sequence[EarlierTurn]]
    ) -> list[RiskAssessment]:
        return [self._one(p, before) for p, before in zip(perceptions, earlier, strict=True)]

    def _one(self, perception: Perception, earlier: Sequence[EarlierTurn]) -> RiskAssessment:
        text = " ".join([*(turn.text for turn in earlier), perception.text])
        if "bomb" in text:
            return assessment(Facet.WRONGDOING, unsafe=0.98, hazards={Hazard.INDISCRIMINATE_WEAPONS: 0.97})
        return assessment(Facet.EVERYDAY)


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def assessor(executor: Executor) -> Assessor:
    return Assessor(see, WordJudge(), load_policies(), executor)


def file_of(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    return path


def test_every_row_gets_a_line_in_order(tmp_path: Path, assessor: Assessor) -> None:
    texts = ["a bomb" if n % 3 == 0 else "hello " * (n % 7) for n in range(WINDOW + 40)]
    rows = read_rows(file_of(tmp_path, *(json.dumps({"id": n, "text": t}) for n, t in enumerate(texts))))
    lines = [json.loads(line_of(one, with_decision=False)) for one in assessor.assess(rows)]
    assert [line["id"] for line in lines] == list(range(len(texts)))
    assert [line["unsafe"] >= 0.5 for line in lines] == ["bomb" in text for text in texts]
    assert {line["action"] for line in lines} == {"answer", "refuse"}


def test_a_line_has_what_the_readers_need(tmp_path: Path, assessor: Assessor) -> None:
    (one,) = assessor.assess(
        read_rows(file_of(tmp_path, '{"id": "x", "text": "a bomb", "lang": "en", "label": "unsafe"}'))
    )
    line = json.loads(line_of(one, with_decision=False))
    assert set(line) == {
        "id",
        "unsafe",
        "action",
        "domain",
        "facet",
        "prompt_attack",
        "uncertainty",
        "stakes",
        "urgent",
        "language",
        "hazards",
        "signals",
        "decoded_from",
    }
    assert line["hazards"][0] == {"id": "indiscriminate_weapons", "score": 0.97}
    decision = json.loads(line_of(one, with_decision=True))["decision"]
    assert decision["decided_by"]
    assert decision["rationale"]


def test_the_history_is_judged_with_the_message(tmp_path: Path, assessor: Assessor) -> None:
    rows = read_rows(file_of(tmp_path, '{"text": "and then?", "history": ["a bomb"]}', '{"text": "and then?"}'))
    assert [one.risk.unsafe >= 0.5 for one in assessor.assess(rows)] == [True, False]
    assert [row.id for row in rows] == [1, 2]


def test_empty_lines_and_a_byte_order_mark_are_no_rows(tmp_path: Path) -> None:
    rows = read_rows(file_of(tmp_path, b'\xef\xbb\xbf{"text": "a"}', b"", b"  ", b'{"text": "b"}', b""))
    assert [(row.id, row.text) for row in rows] == [(1, "a"), (4, "b")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"text": "\xff"}', "not UTF-8 at byte 10"),
        (b'{"text": ', "not JSON at column"),
        (b"[" * 100_000, "not usable JSON"),
        (b'{"text": "a", "id": ' + b"9" * 5000 + b"}", "not usable JSON"),
        (b'["a"]', "expected an object, found `list`"),
        (b"{}", "`text`: expected text"),
        (b'{"text": null}', "`text`: expected text"),
        (b'{"text": "a", "id": {}}', "`id`: expected text or a whole number"),
        (b'{"text": "a", "history": "b"}', "`history`: expected a list of texts"),
        (b'{"text": "a", "history": [1]}', "`history`: expected a list of texts"),
        (b'{"text": "a", "role": 1}', "`role`: expected text"),
    ],
)
def test_a_bad_line_is_named_with_file_and_line(tmp_path: Path, line: bytes, problem: str) -> None:
    path = file_of(tmp_path, b'{"text": "fine"}', line)
    with pytest.raises(InputFileError) as caught:
        read_rows(path)
    assert str(caught.value).startswith(f"{path}:2: {problem}")
