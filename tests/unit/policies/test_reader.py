from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.reader import MAX_BYTES, Fields, Item, Problems, Source, read_yaml


def _read(text: str) -> tuple[Item | None, list[str]]:
    problems = Problems()
    return read_yaml(Source("f.yaml", text), problems), [str(problem) for problem in problems.found]


def test_values_carry_their_lines() -> None:
    document, problems = _read("a: 1\nb:\n  - x\n  - 0.5\nc: true\nd:\n")
    assert problems == []
    assert document is not None
    assert isinstance(document.value, dict)
    assert (document.value["a"].value, document.value["a"].line) == (1, 1)
    items = document.value["b"].value
    assert isinstance(items, list)
    assert [(item.value, item.line) for item in items] == [("x", 3), (0.5, 4)]
    assert document.value["c"].value is True
    assert document.value["d"].value is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "f.yaml:2: field `a` is given twice (first at line 1); keep one"),
        ("a: &x 1\nb: *x\n", "f.yaml:2: alias `*x` is not supported"),
        ("[" * 200 + "]" * 200, "f.yaml:1: nested deeper than 12 levels"),
        ("a: [1\n", "not valid yaml"),
        ("a: \x00", "not valid yaml"),
        ("a: !!binary aGk=", "f.yaml:1: tag `binary` is not supported"),
        ("a: 0x1F", "f.yaml:1: `0x1F` is not a plain decimal number"),
        ("? [1, 2]\n: 3\n", "a field name must be plain text"),
        ("x" * (MAX_BYTES + 1), f"at most {MAX_BYTES} are allowed"),
        ("a: 1\n---\nb: 2\n", "not valid yaml"),
    ],
)
def test_faults_carry_file_and_line(text: str, message: str) -> None:
    _, problems = _read(text)
    assert any(message in problem for problem in problems), problems


def test_an_empty_file_is_an_empty_value() -> None:
    document, problems = _read("# nothing\n")
    assert problems == []
    assert document == Item(None, "f.yaml", 1)


def _fields(text: str) -> tuple[Fields, Problems]:
    problems = Problems()
    document = read_yaml(Source("f.yaml", text), problems)
    assert document is not None
    return Fields(document, "a thing", problems), problems


def test_unread_fields_are_reported_with_the_closest_name() -> None:
    fields, problems = _fields("nam: x\nother: 1\n")
    assert fields.text("name") == ""
    fields.done()
    messages = [problem.message for problem in problems.found]
    assert messages == [
        "a thing has no `name`; add it",
        "unknown field `nam` of a thing; did you mean `name`?",
        "unknown field `other` of a thing; known: `name`",
    ]


def test_a_value_of_the_wrong_shape_is_reported_once() -> None:
    fields, problems = _fields("just text")
    assert fields.text("name") == ""
    assert fields.items("list", required=True) == []
    fields.done()
    assert [problem.message for problem in problems.found] == ["a thing is `just text`, expected a mapping of fields"]


def test_typed_readers_reject_the_wrong_type() -> None:
    fields, problems = _fields("t: [1]\nn: 7\nf: maybe\nl: {a: 1}\nm: x\nd: never\n")
    assert fields.text("t") == ""
    assert fields.number("n", 0, 1) == 0
    assert fields.flag("f") is False
    assert fields.items("l") == []
    assert list(fields.entries("m")) == []
    assert fields.moment("d") is None
    assert fields.flag("absent", required=False) is False
    assert [problem.line for problem in problems.found] == [1, 2, 3, 4, 5, 6]


def test_a_date_is_midnight_in_utc() -> None:
    fields, problems = _fields("a: 2026-01-31\nb: 2026-01-31T10:00:00+02:00\n")
    assert str(fields.moment("a")) == "2026-01-31 00:00:00+00:00"
    assert str(fields.moment("b")) == "2026-01-31 10:00:00+02:00"
    assert problems.found == []


@given(st.text(max_size=200) | st.text(alphabet="ab:-[]{}#&*!|>'\"%@` \n0.1?,", max_size=120))
def test_any_text_reads_or_leaves_problems(text: str) -> None:
    document, problems = _read(text)
    assert document is not None or problems
