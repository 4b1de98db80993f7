"""Metadata of licences."""

from __future__ import annotations

from corpora.connectors.licences import LICENCES
from tests.unit.corpora.connectors.conftest import Gather

RULES = """\
permissions: [{tag: private-use, label: Private use, description: May be used at home.}]
conditions: [{tag: name-it, label: Name it, description: The name must be kept.}]
limitations: []
"""
CHOSEN = """\
---
title: Example Licence
spdx-id: EX-1.0
description: Short and kind.
how: Put it into a file.
permissions: [private-use]
conditions: [name-it, odd-tag]
---
The text of the licence, which is left out.
"""
HANDBOOK = """\
- name: Example Licence 2
  licenseId: [EX-2.0-only, EX-2.0-or-later]
  notes: Some notes.
  terms:
  - {type: condition, description: Provide copy, use_cases: [UB, MS], compliance_notes: A real copy.}
  - {type: termination, description: Ends by itself.}
- name: Nothing
"""


def test_rules_are_written_out_and_the_text_stays_out(gather: Gather) -> None:
    (found,), skips = gather(LICENCES, {"_data/rules.yml": RULES, "_licenses/ex.txt": CHOSEN})
    assert (found.key, found.title, skips) == ("EX-1.0", "Example Licence", [])
    texts = [(part.heading, [block.text for block in part.blocks]) for part in found.parts]
    assert texts[:3] == [
        ("Example Licence", ["Short and kind."]),
        ("What the licence permits", ["Private use: May be used at home."]),
        ("What the licence asks in return", ["Name it: The name must be kept.", "odd tag"]),
    ]
    assert "left out" not in str(texts)


def test_the_handbook_says_when_a_condition_applies(gather: Gather) -> None:
    (found,), skips = gather(LICENCES, {"src/ex.yaml": HANDBOOK})
    assert found.key == "handbook-EX-2.0-only"
    assert found.parts[0].blocks[0].text == (
        "Provide copy. Applies when you distribute unmodified binaries, modified source. A real copy."
    )
    assert [part.heading for part in found.parts] == ["Conditions", "When the licence ends", "Notes"]
    assert [(skip.reason, skip.detail) for skip in skips] == [("has no terms of a licence", "Nothing")]


def test_other_and_broken_files_are_named(gather: Gather) -> None:
    found, skips = gather(LICENCES, {"rules.yml": "- 1", "a.txt": "Hello", "b.yaml": "x: 1", "c.yaml": "x: ["})
    assert found == []
    assert [(skip.path, skip.fault) for skip in skips] == [
        ("rules.yml", True),
        ("a.txt", False),
        ("b.yaml", False),
        ("c.yaml", True),
    ]
