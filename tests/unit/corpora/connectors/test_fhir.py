"""Recommendations as plan definitions."""

from __future__ import annotations

import json
from typing import Any

from corpora.connectors.fhir import FHIR
from tests.unit.corpora.connectors.conftest import Gather

PLAN: dict[str, Any] = {
    "resourceType": "PlanDefinition",
    "id": "rest-01",
    "title": "Rest after a fall",
    "status": "active",
    "date": "2025-08-06",
    "publisher": "Example Institute",
    "description": "People who fell should rest.\r\n\r\n- At home\r\n- In company",
    "usage": "Say it when they leave.",
    "jurisdiction": [{"coding": [{"system": "urn:iso:std:iso:3166", "code": "US"}]}],
    "topic": [{"text": "Falls"}],
    "relatedArtifact": [{"type": "documentation", "url": "https://example.org/falls"}],
    "action": [
        {
            "title": "Explain",
            "description": "Explain why.",
            "action": [{"description": "Ask again", "action": [{"title": "Later"}]}],
        }
    ],
}


def test_a_plan_says_what_is_recommended_and_what_to_do(gather: Gather) -> None:
    (found,), skips = gather(FHIR, {"a.json": json.dumps(PLAN)})
    assert (found.key, found.title, found.publisher, skips) == ("rest-01", "Rest after a fall", "Example Institute", [])
    assert (found.jurisdictions, found.keywords, found.url) == (("US",), ("Falls",), "https://example.org/falls")
    assert [(part.heading, [block.text for block in part.blocks]) for part in found.parts] == [
        ("Recommendation", ["People who fell should rest.", "At home", "In company"]),
        ("How it is used", ["Say it when they leave."]),
        ("Why", []),
        ("Explain", ["Explain why.", "Ask again", "Later"]),
    ]


def test_plans_are_found_in_bundles_and_dead_ones_are_not(gather: Gather) -> None:
    both = {
        "resourceType": "Bundle",
        "entry": [{"resource": PLAN}, {"resource": {**PLAN, "status": "retired", "title": "Old"}}],
    }
    found, skips = gather(FHIR, {"a.json": json.dumps(both), "b.json": "{}", "c.json": "3"})
    assert [each.key for each in found] == ["rest-01"]
    assert [(skip.path, skip.reason, skip.detail) for skip in skips] == [
        ("a.json", "a dead plan", "Old"),
        ("b.json", "holds no PlanDefinition", ""),
        ("c.json", "holds no PlanDefinition", ""),
    ]
