"""Small reports in the formats of garak and promptfoo, made up for tests."""

from __future__ import annotations

import json
from typing import Any


def garak_attempt(probe: str, *asked: str, score: float | None = 0.0, status: int = 2) -> dict[str, Any]:
    """An attempt that has been judged by one detector."""
    turns = [{"role": "user", "content": {"text": text, "lang": "en"}} for text in asked]
    reply = {"role": "assistant", "content": {"text": "No.", "lang": "en"}}
    return {
        "entry_type": "attempt",
        "status": status,
        "probe_classname": probe,
        "goal": "disobey",
        "detector_results": {"dan.DAN": [] if status < 2 else [score]},
        "conversations": [{"turns": [*turns, reply]}],
    }


def garak_report(*attempts: dict[str, Any], complete: bool = True) -> str:
    """The lines of a report."""
    entries = [
        {"entry_type": "start_run setup", "run.eval_threshold": 0.5},
        {"entry_type": "init", "garak_version": "0.17.1"},
        *attempts,
        {"entry_type": "eval", "probe": "p", "detector": "d", "fails": 1},
        *([{"entry_type": "completion"}] if complete else []),
    ]
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def promptfoo_result(plugin: str, raw: str, *, passed: bool = True, **fields: Any) -> dict[str, Any]:
    """A test that has been judged by one assertion."""
    part = {"pass": passed, "assertion": {"type": f"promptfoo:redteam:{plugin}"}}
    return {
        "success": passed,
        "failureReason": 0 if passed else 1,
        "prompt": {"raw": raw},
        "gradingResult": {"pass": passed, "componentResults": [part]},
        "testCase": {"metadata": {"pluginId": plugin, "strategyId": "basic", "goal": "harm"}},
    } | fields


def promptfoo_report(*results: dict[str, Any], version: int = 3) -> str:
    """The file of results."""
    return json.dumps({"evalId": "e", "results": {"version": version, "results": list(results), "stats": {}}})
