"""Bundles of STIX: live mitigations, what they prevent, and nothing of what is dead."""

from __future__ import annotations

import json
from typing import Any

from corpora.connectors.stix import STIX
from tests.unit.corpora.connectors.conftest import Gather


def bundle(*objects: dict[str, Any]) -> str:
    return json.dumps({"type": "bundle", "objects": objects})


def an_object(kind: str, number: int, code: str = "", **fields: Any) -> dict[str, Any]:
    references = (
        [{"source_name": "mitre-attack", "external_id": code, "url": f"https://example.org/{code}"}] if code else []
    )
    return {
        "type": kind,
        "id": f"{kind}--{number}",
        "name": f"{kind} {number}",
        "external_references": references,
        **fields,
    }


def relation(number: int, mitigation: int, attack: int, **fields: Any) -> dict[str, Any]:
    ends = {"source_ref": f"course-of-action--{mitigation}", "target_ref": f"attack-pattern--{attack}"}
    return {"type": "relationship", "id": f"relationship--{number}", "relationship_type": "mitigates", **ends, **fields}


LIVE = an_object(
    "course-of-action", 1, "M1", description="Ask for two proofs.(Citation: Somebody)", modified="2025-03-04T00:00:00Z"
)
ATTACK = an_object("attack-pattern", 1, "T1.002", name="Guess Passwords", description="How to guess.")


def test_a_mitigation_says_what_it_does_against_each_attack(gather: Gather) -> None:
    text = relation(1, 1, 1, description="A guess alone opens nothing.")
    (found,), skips = gather(STIX, {"all.json": bundle(LIVE, ATTACK, text)})
    assert (found.key, found.url, str(found.published)) == ("M1", "https://example.org/M1", "2025-03-04")
    assert [(part.heading, [block.text for block in part.blocks]) for part in found.parts] == [
        ("course-of-action 1", ["Ask for two proofs."]),
        ("Against Guess Passwords (T1.002) {#t1-002}", ["A guess alone opens nothing."]),
    ]
    assert [(skip.reason, skip.detail) for skip in skips] == [("prose about attacks", "Guess Passwords")]


def test_dead_objects_and_relations_to_them_are_skipped(gather: Gather) -> None:
    files = {
        "a.json": bundle(LIVE),
        "b.json": bundle(an_object("course-of-action", 2, "M2", revoked=True)),
        "c.json": bundle(an_object("attack-pattern", 2, "T2", x_mitre_deprecated=True)),
        "d.json": bundle(relation(1, 1, 2), relation(2, 2, 1), relation(3, 1, 1, relationship_type="uses")),
        "e.json": bundle(an_object("malware", 1)),
        "f.json": "[]",
        "g.json": "{",
    }
    found, skips = gather(STIX, files)
    assert [each.key for each in found] == ["M1"]
    assert [(skip.path, skip.reason) for skip in skips if not skip.fault] == [
        ("b.json", "a dead course-of-action"),
        ("c.json", "a dead attack-pattern"),
        ("d.json", "a relation that mitigates nothing"),
        ("e.json", "a malware, no guidance"),
        ("f.json", "is no STIX bundle with objects"),
        ("d.json", "a relation with a dead or missing end"),
        ("d.json", "a relation with a dead or missing end"),
    ]
    assert [skip.path for skip in skips if skip.fault] == ["g.json"]


def test_mitigations_without_a_name_are_gathered_under_the_attack(gather: Gather) -> None:
    nameless = [
        an_object("course-of-action", n, name=f"coa-1-{n}", description=f"Measure number {n}.") for n in (10, 9, 8)
    ]
    found, skips = gather(STIX, {"a.json": bundle(*nameless, ATTACK, relation(1, 10, 1), relation(2, 9, 1))})
    assert [each.title for each in found] == ["Protection against Guess Passwords (T1.002)"]
    assert [block.text for block in found[0].parts[0].blocks] == ["Measure number 9.", "Measure number 10."]
    assert [skip.detail for skip in skips if skip.reason == "a mitigation of nothing that lives"] == ["coa-1-8"]
