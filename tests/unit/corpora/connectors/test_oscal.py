"""Catalogues of controls."""

from __future__ import annotations

import json
from typing import Any

from corpora.connectors.oscal import OSCAL
from tests.unit.corpora.connectors.conftest import Gather


def a_control(id: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "title": "Lock Doors",
        "props": [
            {"name": "label", "value": id.upper(), "class": "zero-padded"},
            {"name": "label", "value": id.upper()},
        ],
        "params": [
            {"id": "p1", "label": "period"},
            {"id": "p2", "select": {"choice": ["lock", "shut for {{ insert: param, p1 }}"]}},
        ],
        "parts": [
            {
                "name": "statement",
                "prose": "Every {{ insert: param, p1 }}:",
                "parts": [{"name": "item", "prose": "{{ insert: param, p2 }} doors, see [ZZ-9](#zz-9)"}],
            },
            {"name": "guidance", "prose": "Doors that are open let people in. {{ insert: param, unknown }}"},
            {"name": "assessment-objective", "parts": [{"name": "assessment-objective", "prose": "doors are locked;"}]},
            {"name": "assessment-objects", "prose": "Keys"},
        ],
        **fields,
    }


def catalogue(*controls: dict[str, Any]) -> str:
    metadata = {"title": "Example Controls", "version": "5.1.1+u4", "last-modified": "2024-02-13T17:43:49Z"}
    return json.dumps({"catalog": {"metadata": metadata, "groups": [{"title": "Doors", "controls": controls}]}})


def test_a_control_and_its_enhancements_are_documents(gather: Gather) -> None:
    (control, enhancement), skips = gather(
        OSCAL, {"a.json": catalogue(a_control("zz-1", controls=[a_control("zz-1.1")]))}
    )
    assert (control.key, enhancement.key, skips) == ("r5/zz-1", "r5/zz-1.1", [])
    assert (control.title, enhancement.title) == ("ZZ-1 Lock Doors (Doors)", "ZZ-1.1 Lock Doors (Lock Doors)")
    assert str(control.published) == "2024-02-13"


def test_parameters_are_written_out_and_no_template_is_left(gather: Gather) -> None:
    (control,), _ = gather(OSCAL, {"a.json": catalogue(a_control("zz-1"))})
    texts = [block.text for part in control.parts for block in part.blocks]
    assert texts == [
        "Every organization-defined period:",
        "one of: lock / shut for organization-defined period doors, see [ZZ-9](#zz-9)",
        "Doors that are open let people in. what the organisation defines",
        "doors are locked",
    ]
    assert [part.heading for part in control.parts] == [
        "What the control asks",
        "What it means",
        "How to see that it holds",
    ]


def test_withdrawn_controls_and_other_files_are_left_out(gather: Gather) -> None:
    dead = a_control("zz-2", props=[{"name": "status", "value": "withdrawn"}, {"name": "label", "value": "ZZ-2"}])
    files = {"a.json": catalogue(dead), "profile.json": '{"profile": {}}', "broken.json": "{"}
    found, skips = gather(OSCAL, files)
    assert found == []
    assert [(skip.path, skip.reason[:22], skip.detail, skip.fault) for skip in skips] == [
        ("a.json", "a withdrawn control", "ZZ-2", False),
        ("broken.json", "line 1: not JSON: expe", "", True),
        ("profile.json", "is no OSCAL catalogue", "", False),
    ]
