"""A run as an Inspect log in JSON (``inspect view``), written without Inspect, which is not a dependency.

The format is version 2 of ``inspect_ai.log.EvalLog``; where Inspect is installed, a test reads the log with it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from evals.metrics import MEASURES, figures
from evals.outcomes import Outcome, Run
from evals.report.summary import fault_of, path_of

VERSION: Final = 2
_SCORERS: Final = ("acceptable", "preferred", "serious")


def log_name(run: Run, *, name: str = "handrail") -> str:
    """A file name that the viewer finds: time, task and id, with ``_`` between them only."""
    return f"{run.manifest.started.replace(':', '-')}_{name.replace('_', '-')}_{_identity(run)}.json"


def inspect_log(run: Run, *, name: str = "handrail") -> str:
    """The log: a sample a scenario with its messages, verdicts and decision path, and the figures as metrics."""
    manifest = run.manifest
    identity = _identity(run)
    setup = manifest.setup
    model = setup.get("target") or f"handrail/{setup.get('version', 'unknown')}"
    log = {
        "version": VERSION,
        "status": "success" if not run.missing else "cancelled",
        "eval": {
            "eval_id": identity,
            "run_id": identity,
            "task_id": identity,
            "created": manifest.started,
            "task": name,
            "dataset": {
                "name": manifest.kind,
                "samples": len(manifest.planned),
                "sample_ids": [outcome.id for outcome in run.outcomes],
            },
            "model": model,
            "config": {"epochs": 1},
            "metadata": {"setup": setup},
        },
        "plan": {"name": "plan", "steps": []},
        "results": {
            "total_samples": len(manifest.planned),
            "completed_samples": len(run.outcomes),
            "scores": [_figures(run)],
        },
        "stats": {"started_at": manifest.started, "completed_at": manifest.started},
        "samples": [_sample(outcome, model) for outcome in run.outcomes],
    }
    return json.dumps(log, ensure_ascii=False, indent=1)


def _identity(run: Run) -> str:
    return hashlib.sha256(run.manifest.model_dump_json().encode()).hexdigest()[:22]


def _figures(run: Run) -> dict[str, Any]:
    """Every measure that counts something, as a metric."""
    metrics = {
        name: {"name": name, "value": rate.value, "metadata": {"low": rate.low, "high": rate.high, "n": rate.n}}
        for name, rate in figures(run.outcomes).items()
        if rate.n
    }
    return {"name": "handrail", "scorer": "handrail", "params": {}, "metrics": metrics}


def _sample(outcome: Outcome, model: str) -> dict[str, Any]:
    asked = [{"role": "user", "content": text} for text in (*outcome.earlier, outcome.request)]
    reply = {"role": "assistant", "content": outcome.reply, "source": "generate", "model": model}
    taken = outcome.action.value if outcome.action else "failed"
    sample: dict[str, Any] = {
        "id": outcome.id,
        "epoch": 1,
        "input": asked,
        "target": [action.value for action in outcome.expect],
        "messages": [*asked, reply],
        "output": {"model": model, "choices": [{"message": reply, "stop_reason": "stop"}], "completion": outcome.reply},
        "scores": {
            name: {
                "value": "C" if MEASURES[name].counts(outcome) is MEASURES[name].good else "I",
                "answer": taken,
                "explanation": fault_of(outcome),
            }
            for name in _SCORERS
        },
        "metadata": {**path_of(outcome), "domain": outcome.domain, "tags": list(outcome.tags)},
    }
    if outcome.ms is not None:
        sample["total_time"] = outcome.ms / 1000
    if outcome.error is not None:
        sample["error"] = {"message": outcome.error, "traceback": "", "traceback_ansi": ""}
    return sample
