"""Mitigations of ATLAS."""

from __future__ import annotations

from corpora.connectors.atlas import ATLAS
from tests.unit.corpora.connectors.conftest import Gather

FILE = """\
matrices:
- tactics: [{id: AML.TA0001, name: Look, description: How to look.}]
  techniques: [{id: AML.T0001, name: Steal Models, description: How to steal.}]
  mitigations:
  - id: AML.M0001
    name: Guard Models
    description: "Keep models where few people reach them, as in [vaults](/x)."
    modified_date: 2025-01-02
    techniques:
    - {id: AML.T0001, use: "Who cannot reach a model cannot take it {{ref.id}}."}
case-studies: [{id: AML.CS0001}]
"""


def test_a_mitigation_names_what_it_helps_against(gather: Gather) -> None:
    (found,), skips = gather(ATLAS, {"dist/ATLAS.yaml": FILE})
    assert (found.key, found.title, str(found.published)) == ("AML.M0001", "Guard Models (AML.M0001)", "2025-01-02")
    assert [(part.heading, part.blocks[0].text) for part in found.parts] == [
        ("Guard Models", "Keep models where few people reach them, as in vaults."),
        ("Against Steal Models {#aml-t0001}", "Who cannot reach a model cannot take it ref."),
    ]
    assert [(skip.reason, skip.detail) for skip in skips] == [
        ("prose about attacks", "AML.TA0001"),
        ("prose about attacks", "AML.T0001"),
        ("prose about attacks", "AML.CS0001"),
    ]


def test_another_file_is_no_atlas_and_a_broken_one_is_named(gather: Gather) -> None:
    found, skips = gather(ATLAS, {"a.yaml": "x: 1", "b.yaml": "x: !include y"})
    assert (found, [skip.fault for skip in skips]) == ([], [False, True])
    assert "!include" in skips[1].reason
