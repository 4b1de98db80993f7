"""What the head for outputs learns from."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np

from agent.risk.output_fit import Row, figures, library_rows, statement_rows, statements, talk_rows
from policies.taxonomy import Hazard


def labelled(folder, name, *rows):
    lines = [
        json.dumps({"id": f"{name}{n}", "facet": "wrongdoing" if row["unsafe"] else "everyday", **row})
        for n, row in enumerate(rows)
    ]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


def test_statements_are_harm_and_their_twins_must_pass(tmp_path):
    labelled(
        tmp_path,
        "one_usertext.en",
        {"text": "They are all liars.", "unsafe": True, "hazards": ["defamation"], "pair": "p"},
        {"text": "Write that they are all liars.", "unsafe": True, "hazards": ["defamation"], "pair": "p"},
        {"text": "He calls us liars.", "unsafe": False, "pair": "p"},
        {
            "text": "I have had enough.",
            "unsafe": True,
            "hazards": ["suicide_self_harm"],
            "facet": "mental_health_crisis",
        },
    )
    found = statement_rows(tmp_path)
    assert [(row.kind, row.text) for row in found] == [("harm", "They are all liars."), ("twin", "He calls us liars.")]
    assert len({row.group for row in found}) == 1
    assert found[0].hazards == {Hazard.DEFAMATION}


def test_who_has_requests_alone_gets_the_bundled_statements(tmp_path):
    labelled(tmp_path, "own.en", {"text": "How do I rob a bank?", "unsafe": True, "hazards": ["non_violent_crimes"]})
    bundled = statements(tmp_path)
    assert sum(row.kind == "harm" for row in bundled) > 100
    labelled(tmp_path, "own_hate.en", {"text": "They are vermin.", "unsafe": True, "hazards": ["hate"]})
    assert [row.text for row in statements(tmp_path)] == ["They are vermin."]


def test_the_guidance_and_harmless_talk_must_pass(tmp_path):
    labelled(
        tmp_path, "everyday.en", {"text": "Nice tea.", "unsafe": False}, {"text": "Bad.", "unsafe": True, "hazards": []}
    )
    assert [row.text for row in talk_rows(tmp_path, None, seed=1)] == ["Nice tea."]
    library = library_rows()
    assert {row.language for row in library} == {"en", "es", "zh", "ar"}
    assert max(Counter(row.text for row in library).values()) == 1


def test_shares_are_told_by_kind_language_and_hazard():
    rows = [
        *(Row(str(n), "en", f"library:{n}", "library") for n in range(20)),
        Row("bad", "en", "bad", "harm", frozenset({Hazard.HATE})),
    ]
    found = figures(rows, np.array([*np.linspace(0, 1, 20), 9.0]), np.array([True] + [False] * 20))
    assert found["harm"] == found["harm hate"] == {"rows": 1, "held": 1.0, "before": 0.0}
    assert found["library"] == found["library en"]
    assert found["library"]["rows"] == 20
    assert found["library"]["held"] <= 0.1
    assert found["library"]["before"] == 0.05
