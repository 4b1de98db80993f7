"""Outcomes that are known already: the same scenario on the same set-up. A file a set-up, JSON Lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from evals.outcomes import Outcome, append_outcome, read_outcomes
from evals.scenario import Scenario


class OutcomeCache:
    """What a set-up gave before. Failed turns are not kept."""

    def __init__(self, folder: Path, setup: Mapping[str, str]) -> None:
        digest = hashlib.sha256(json.dumps(dict(setup), sort_keys=True).encode()).hexdigest()[:16]
        self._path = folder / f"{digest}.jsonl"
        self._known = {outcome.fingerprint: outcome for outcome in read_outcomes(self._path)}

    def known(self, scenarios: Iterable[Scenario]) -> list[Outcome]:
        """The outcomes of those that have one."""
        return [
            self._known[scenario.fingerprint].model_copy(update={"tags": scenario.tags})
            for scenario in scenarios
            if scenario.fingerprint in self._known
        ]

    def add(self, outcome: Outcome) -> None:
        """Keep the outcome, also for other processes."""
        if outcome.error is None and outcome.fingerprint not in self._known:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            append_outcome(self._path, outcome)
            self._known[outcome.fingerprint] = outcome
