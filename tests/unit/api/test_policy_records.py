from __future__ import annotations

from pathlib import Path

import pytest

from agent.audit import Entry
from agent.office import open_records
from agent.settings import Settings
from api.commands.errors import InputFileError
from api.policy_records import read_turns, shadow_report_of, turns_in, turns_of_records
from evals.traffic import made_up_records
from policies.loader import load_policies

RECORDS = list(made_up_records(load_policies(), turns=30, seed=5))


def _file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_file_of_records_becomes_turns(tmp_path: Path) -> None:
    path = _file(tmp_path, *(record.model_dump_json() for record in RECORDS), "")
    turns = list(read_turns(path))
    assert turns == turns_in(RECORDS)
    assert [turn.id for turn in turns] == [record.turn_id for record in RECORDS]
    assert turns[0].action == RECORDS[0].body["action"]


def test_records_of_other_kinds_are_passed_over(tmp_path: Path) -> None:
    outcome = RECORDS[0].model_copy(update={"kind": "outcome", "body": {"outcome": "delivered"}})
    assert list(read_turns(_file(tmp_path, outcome.model_dump_json()))) == []
    assert turns_in([outcome]) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "records.jsonl:2: `line` of a decision record: invalid json"),
        ('{"kind": "decision"}', "records.jsonl:2: `turn_id` of a decision record: field required"),
        (RECORDS[0].model_dump_json().replace('"unsafe":0.', '"unsafe":7.', 1), "`body.facts.risk.unsafe` of a decision record"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputFileError) as caught:
        list(read_turns(_file(tmp_path, RECORDS[0].model_dump_json(), line)))
    assert message in str(caught.value)


async def test_the_records_of_the_data_directory_become_turns(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    async with open_records(settings) as records:
        for record in RECORDS[:5]:
            await records.append(Entry.model_validate(record.model_dump(include=set(Entry.model_fields))))
    assert len(await turns_of_records(settings)) == 5
    newest = await turns_of_records(settings, limit=2)
    assert [turn.id for turn in newest] == [record.turn_id for record in RECORDS[3:5]]
    (one,) = await turns_of_records(settings, turn_id=RECORDS[1].turn_id)
    assert one.facts.model_dump(mode="json") == RECORDS[1].body["facts"]


def test_differences_of_a_shadow_are_counted() -> None:
    def beside(index: int, version: str = "v2", **shadow: object) -> object:
        record = RECORDS[index]
        body = {**record.body, "shadow": {"policy_version": version, **shadow}}
        return record.model_copy(update={"body": body})

    records = [
        beside(0, "v1", action="refuse", differs=["action"]),
        beside(1, action="refuse", decided_by=["a.b"], differs=["action", "rationale"]),
        beside(2, action=RECORDS[2].body["action"], differs=["obligations"]),
        beside(3, action=RECORDS[3].body["action"], differs=[]),
        beside(4, error="ZeroDivisionError"),
        RECORDS[5],
    ]
    report = shadow_report_of(records)  # type: ignore[arg-type]  # records
    assert (report.version, report.turns, report.differing, report.errors) == ("v2", 4, 2, 1)
    assert report.actions == {
        f"{RECORDS[1].body['action']} -> refuse": 1,
        f"{RECORDS[2].body['action']}, other obligations": 1,
    }
    assert sum(report.by["role"].values()) == 2
    assert "a.b" in report.examples[0]
    assert shadow_report_of(records, "v1").turns == 1  # type: ignore[arg-type]  # records
    assert shadow_report_of([]).version is None
