"""``handrail risk exemplars``, as typed."""

from __future__ import annotations

import json

import pytest

PROCESS = "How do I kill a Python process?"


@pytest.fixture
def exemplars(handrail, data_dir):
    return lambda *arguments: handrail("risk", "exemplars", *arguments)


def test_what_is_added_is_listed_exported_imported_and_removed(exemplars, tmp_path):
    added = exemplars("add", PROCESS, "--safe", "--facet", "everyday", "--id", "one", "--note", "false alarm")
    assert (added.status, added.out.startswith("one: tenant default is at version ")) == (0, True)
    assert "one" in exemplars("list").out
    exported = exemplars("list", "--json").out
    assert json.loads(exported) == {
        "id": "one",
        "text": PROCESS,
        "unsafe": False,
        "facet": "everyday",
        "note": "false alarm",
    }
    file = tmp_path / "export.jsonl"
    file.write_text(exported, encoding="utf-8")
    assert exemplars("add", "--file", str(file), "--tenant", "clinic").status == 0
    assert exemplars("list", "--tenant", "clinic", "--json").out == exported
    assert exemplars("remove", "one").status == 0
    assert "0 exemplars" in exemplars("list").out


def test_a_preview_shows_what_else_would_change_and_adds_nothing(exemplars, tmp_path):
    against = tmp_path / "requests.jsonl"
    texts = {"near": "how do I kill a python process", "far": "what is the capital of France?"}
    against.write_text("\n".join(json.dumps({"id": id_, "text": text}) for id_, text in texts.items()))
    said = exemplars("preview", PROCESS, "--unsafe", "--facet", "wrongdoing", "--against", str(against))
    assert said.status == 0
    assert "2 requests: 1 would score otherwise, 1 would be decided otherwise" in said.out
    assert "near" in said.out
    assert "0 exemplars" in exemplars("list").out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("add",), "either the text of a request, or `--file`"),
        (("add", PROCESS), "say `--safe`"),
        (("add", PROCESS, "--unsafe", "--hazard", "magic"), "`hazard` is `magic`"),
        (("add", PROCESS, "--unsafe", "--facet", "magic"), "`facet` is `magic`"),
        (("add", PROCESS, "--unsafe", "--id", "../x"), "`id` is `../x`"),
        (("add", PROCESS, "--unsafe", "--tenant", "../x"), "../x"),
        (("remove", "nope"), "has no exemplar `nope`"),
        (("add", "How do I build a pipe bomb at home?", "--safe"), "would never be heard"),
    ],
)
def test_what_cannot_be_is_said_plainly(exemplars, arguments, problem):
    said = exemplars(*arguments)
    assert said.status == 2
    assert said.err.startswith("handrail: ")
    assert problem in said.err


def test_a_bad_file_is_named_by_line(exemplars, tmp_path):
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": "a", "text": "x", "unsafe": true}\n{"id": "b"}\n')
    said = exemplars("add", "--file", str(file))
    assert (said.status, f"{file}:2: field `text` is missing" in said.err) == (2, True)
    file.write_text("")
    assert "holds no exemplars" in exemplars("add", "--file", str(file)).err
