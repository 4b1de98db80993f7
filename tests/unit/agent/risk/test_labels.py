"""Reading labelled requests."""

from __future__ import annotations

import json

import pytest

from agent.errors import LabelError
from agent.risk.labels import CORRECTIONS, corrected, read_corrections, read_examples
from policies.taxonomy import Action, Facet, Hazard

OWN = {
    "id": "a-1",
    "text": "how much?",
    "unsafe": True,
    "facet": "dosing",
    "hazards": ["advice_health"],
    "prompt_attack": False,
    "lang": "en",
}
PUBLIC = {"id": "b-1", "text": "hello", "label": "safe"}


@pytest.fixture
def write(tmp_path):
    def written(*lines, name="set.jsonl"):
        path = tmp_path / name
        path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
        return path

    return written


def test_our_own_lines_keep_every_label(write):
    (example,) = read_examples(
        [write({**OWN, "earlier": ["hi"], "pair": "p1", "role": "clinician", "action": "guide"})]
    )
    assert (example.unsafe, example.facet, example.hazards) == (1.0, Facet.DOSING, frozenset({Hazard.ADVICE_HEALTH}))
    assert (example.earlier, example.group, example.source, example.weight) == (("hi",), "p1", "set", 1.0)
    assert (example.role, example.action) == ("clinician", Action.GUIDE)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"action": "answer", "facet": "everyday"}, False),
        ({"action": "answer_with_care", "facet": "everyday"}, True),
        ({"action": "answer_with_care", "facet": "personal_danger"}, True),
        ({"action": "answer_with_care", "facet": "dual_use_testing"}, None),  # care for what the means can do
        ({"action": "answer_with_care", "facet": "everyday", "prompt_attack": True}, None),
        ({"action": "answer", "facet": "dosing"}, None),  # a clinician's
        ({"action": "guide", "facet": "dosing"}, None),
        ({}, None),
    ],
)
def test_the_action_tells_what_is_at_stake(write, changes, expected):
    (example,) = read_examples([write(OWN | changes)])
    assert example.stakes is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"action": "escalate", "facet": "mental_health_crisis"}, True),
        ({"action": "escalate", "facet": "wrongdoing"}, True),
        ({"action": "guide", "facet": "mental_health_crisis"}, False),
        ({"action": "answer", "facet": "everyday"}, False),
        ({"action": "escalate", "facet": "emergency"}, None),  # an ambulance, not a reader
        ({"facet": "mental_health_crisis"}, None),
    ],
)
def test_the_action_tells_whether_a_person_should_come_in(write, changes, expected):
    (example,) = read_examples([write(OWN | changes)])
    assert example.urgent is expected


def test_public_lines_get_their_labels_from_the_table_of_sources(write):
    (safe, unsafe) = read_examples(
        [
            write(
                PUBLIC,
                {
                    "id": "b-2",
                    "text": "x",
                    "label": "unsafe",
                    "source": "catqa",
                    "category": "Malware Viruses",
                    "parallel_id": 7,
                },
            )
        ]
    )
    assert (safe.unsafe, safe.prompt_attack, safe.hazards, safe.source, safe.lang) == (
        0.0,
        0.0,
        frozenset(),
        "set",
        "en",
    )
    assert (unsafe.unsafe, unsafe.facet, unsafe.hazards) == (1.0, Facet.MALWARE, frozenset({Hazard.CYBER_OFFENSE}))
    assert unsafe.group == "7"


def test_both_kinds_and_empty_lines_may_be_mixed(write):
    assert [e.id for e in read_examples([write(OWN, b"", PUBLIC, b"  ")])] == ["a-1", "b-1"]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((OWN, b"{nope"), r"set\.jsonl:2: not JSON at column 2"),
        ((b"[1]",), r"set\.jsonl:1: expected a JSON object, found `list`"),
        ((b'{"id": "\xff"}',), r"set\.jsonl:1: not UTF-8 at byte 8"),
        (({**OWN, "facet": "cooking"},), r"set\.jsonl:1: field `facet` has value `cooking`"),
        (({**OWN, "hazards": ["cooking"]},), r"set\.jsonl:1: field `hazards.0` has value `cooking`"),
        (({**OWN, "colour": "red"},), r"set\.jsonl:1: unknown field `colour`"),
        (({k: v for k, v in OWN.items() if k != "unsafe"},), r"set\.jsonl:1: field `unsafe` is missing"),
        (({**OWN, "text": ""},), r"set\.jsonl:1: field `text` has value ``"),
        (({**PUBLIC, "label": "maybe"},), r"set\.jsonl:1: field `label` is `maybe`; expected `safe` or `unsafe`"),
        (({**PUBLIC, "text": None},), r"set\.jsonl:1: field `text` is missing or not a string"),
        ((OWN, OWN), r"set\.jsonl:2: duplicate id `a-1`, first seen at .*set\.jsonl:1"),
    ],
)
def test_a_bad_line_is_named_with_its_place(write, lines, problem):
    with pytest.raises(LabelError, match=problem):
        read_examples([write(*lines)])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LabelError, match=r"none\.jsonl: cannot be read"):
        read_examples([tmp_path / "none.jsonl"])


def test_the_bundled_labels_are_valid_and_cover_every_facet_in_four_languages():
    from agent.risk import labels

    files = sorted((labels.Path(labels.__file__).parent / "data").glob("*.jsonl"))
    examples = read_examples(files)
    assert {e.facet for e in examples} == set(Facet)
    assert {e.lang for e in examples} == {"en", "es", "zh", "ar"}
    assert {e.unsafe for e in examples} == {0.0, 1.0}


def test_a_correction_replaces_the_label_of_its_row_and_drops_the_rest(write, tmp_path):
    rows = read_examples([write({"id": "hh:1", "text": "hm", "label": "unsafe", "source": "hh_harmless_test"}, PUBLIC)])
    folder = tmp_path / "corrections"
    folder.mkdir()
    (folder / "hh.jsonl").write_text('{"id": "hh:1", "unsafe": false}\n')
    first, second = corrected(rows, read_corrections(folder))
    assert (rows[0].weight, first.weight, first.unsafe, first.hazards) == (0.0, 1.0, 0.0, None)
    assert second == rows[1]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"id": "a"}', r"hh\.jsonl:1: field `unsafe` is missing"),
        ('{"id": "a", "unsafe": true, "why": "x"}', r"hh\.jsonl:1: unknown field `why`"),
        ('{"id": "a", "unsafe": true}\n{"id": "a", "unsafe": false}', r"hh\.jsonl:2: duplicate id `a`"),
    ],
)
def test_a_broken_correction_is_named_by_its_line(tmp_path, lines, message):
    (tmp_path / "hh.jsonl").write_text(lines)
    with pytest.raises(LabelError, match=message):
        read_corrections(tmp_path)


def test_the_bundled_corrections_can_be_read():
    assert len(read_corrections(CORRECTIONS)) > 500
