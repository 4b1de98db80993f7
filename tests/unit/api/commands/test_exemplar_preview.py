"""Which requests new exemplars would change."""

from __future__ import annotations

import json

import pytest

from agent.bootstrap import exemplar_folder
from agent.risk.exemplars import Exemplar
from agent.settings import Settings
from api.commands.errors import InputFileError
from api.commands.exemplar_preview import Request, requests_in, try_on
from tests.unit.agent.builders import NOW

LETTER = "Write the usual letter to my uncle about the old garden"


@pytest.fixture
def settings(data_dir):
    return Settings(data_dir=data_dir)


async def test_only_what_is_near_is_judged_and_the_nearest_come_first(settings):
    told = []
    requests = [
        Request("same", LETTER),
        Request("like", f"Hello, {LETTER}, please"),
        Request("far", "What is the capital of France?"),
    ]
    new = [Exemplar(id="e", text=LETTER, unsafe=True)]
    found = await try_on(new, requests, settings, "default", lambda done, total: told.append((done, total)))
    assert [change.id for change in found.changes] == ["same", "like"]
    assert all(change.after.unsafe > change.before.unsafe for change in found.changes)
    assert (found.tried, told[-1]) == (3, (2, 2))


async def test_what_the_tenant_has_already_changes_nothing_again(settings):
    known = Exemplar(id="e", text=LETTER, unsafe=True)
    exemplar_folder(settings).add("clinic", [known], actor="ada", now=NOW)
    new = [known.model_copy(update={"id": "again"})]
    found = await try_on(new, [Request("same", LETTER)], settings, "clinic", lambda done, total: None)
    assert found.changes == []


def test_requests_are_read_from_files_and_folders(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": 7, "text": "hello"}))
    assert requests_in([tmp_path]) == requests_in([tmp_path / "a.jsonl"]) == [Request("7", "hello")]
    assert len(requests_in(None)) > 10_000
    (tmp_path / "b.jsonl").write_text("{}")
    with pytest.raises(InputFileError, match=r"b\.jsonl:1"):
        requests_in([tmp_path])
