"""garak: the configuration of a scan through its OpenAI-compatible generator, and its report (JSON Lines) of version 0.13.1 or later."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from evals.errors import ToolError
from evals.redteam.tools.recorder import Key
from evals.redteam.tools.reported import Reported
from evals.redteam.tools.running import Tool

GARAK: Final = Tool("garak", "python -m pip install garak", {"OPENAICOMPATIBLE_API_KEY": "unused"})
_PREFIX: Final = "garak"
REPORT: Final = f"{_PREFIX}.report.jsonl"
_EVALUATED: Final = 2
"""Status of an attempt that has been sent and judged."""
_KNOWN: Final = "garak 0.13.1 or later"


def configuration(base_url: str, folder: Path, *, concurrency: int, seed: int) -> str:
    """A YAML file for ``garak --config``: each prompt once, the report in this folder."""
    return yaml.safe_dump(
        {
            "system": {"parallel_attempts": concurrency if concurrency > 1 else False},
            "run": {"generations": 1, "seed": seed},
            "plugins": {
                "target_type": "openai.OpenAICompatible",
                "target_name": "handrail",
                "generators": {"openai": {"OpenAICompatible": {"uri": f"{base_url}/"}}},
            },
            "reporting": {"report_dir": str(folder.resolve()), "report_prefix": _PREFIX},
        },
        sort_keys=False,
    )


def arguments(config: Path, probes: Sequence[str]) -> list[str]:
    """The command line after the name; without probes garak takes its own choice."""
    return ["--config", str(config), *(["--probes", ",".join(probes)] if probes else [])]


def read_report(path: Path) -> list[Reported]:
    """The attempts that were judged, one for each conversation.

    Raises:
        ToolError: there is no report, it is cut off, or it is not in this format; has file and line.
    """
    version, threshold, complete = "unknown", 0.5, False
    found: list[Reported] = []
    for line, entry in _entries(path):
        match entry:
            case {"entry_type": "start_run setup"}:
                threshold = float(entry.get("run.eval_threshold") or threshold)
            case {"entry_type": "init"}:
                version = str(entry.get("garak_version"))
            case {"entry_type": "completion"}:
                complete = True
            case {"entry_type": "attempt", "status": status} if status == _EVALUATED:
                try:
                    found += _attempts(entry, threshold)
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    raise ToolError(
                        f"{path}:{line}: not an attempt as {_KNOWN} writes it ({type(error).__name__}: {error}); this is a "
                        f"report of garak {version}"
                    ) from error
    if not complete:
        raise ToolError(f"{path}: the report is cut off: it has no entry `completion`; run the scan again")
    return found


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ToolError(f"{path}: garak left no report that can be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise ToolError(
                f"{path}:{number}: not JSON, the report is cut off or damaged; run the scan again"
            ) from error
        if not isinstance(entry, dict):
            raise ToolError(f"{path}:{number}: not an entry of a report of garak")
        yield number, entry


def _attempts(entry: Mapping[str, Any], threshold: float) -> Iterator[Reported]:
    """An attempt has a conversation and a score of each detector for every reply."""
    scores: dict[str, list[float | None]] = entry["detector_results"]
    for index, conversation in enumerate(entry["conversations"]):
        given = {detector: each[index] for detector, each in scores.items() if index < len(each)}
        judged = {detector: score for detector, score in given.items() if score is not None}
        by = tuple(detector for detector, score in judged.items() if score >= threshold)
        yield Reported(
            probe=str(entry["probe_classname"]),
            turns=_asked(conversation["turns"]),
            hit=bool(by) if judged else None,
            by=by,
            goal=str(entry.get("goal") or ""),
        )


def _asked(turns: Sequence[Mapping[str, Any]]) -> Key:
    return tuple(str(turn["content"]["text"]) for turn in turns if turn["role"] == "user")
