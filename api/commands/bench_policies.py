"""How fast policies load, decide and replay on this machine, on one core."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from api.policy_records import read_turns
from policies.engine import decide
from policies.loader import parse_policies, read_sources
from policies.reader import Source
from policies.replay import replay
from policies.simulate import RecordedTurn, simulate

RULES: Final = 300
"""Rules in the larger set: the bundled ones, and copies of them under other ids."""


class PolicyFigures(NamedTuple):
    """What was measured. Times are of one call on one core, in microseconds unless the name says otherwise."""

    rules: int
    load_ms: float
    decide_p50: float
    decide_p95: float
    decide_many_rules: int
    decide_many_p50: float
    decide_many_p95: float
    replay_p50: float
    simulate_turns_per_s: float
    """From parsed records to the report."""
    simulate_file_turns_per_s: float
    """From a file of records, one JSON object a line, to the report."""

    def lines(self) -> list[str]:
        """The figures as text, one a line."""
        return [
            f"load {self.rules} rules: {self.load_ms:.0f} ms",
            f"decide with {self.rules} rules: p50 {self.decide_p50:.1f} us, p95 {self.decide_p95:.1f} us",
            f"decide with {self.decide_many_rules} rules: p50 {self.decide_many_p50:.1f} us, p95 {self.decide_many_p95:.1f} us",
            f"replay one turn: p50 {self.replay_p50:.1f} us",
            f"simulate: {self.simulate_turns_per_s:,.0f} recorded turns a second, "
            f"{self.simulate_file_turns_per_s:,.0f} with reading the file",
        ]


def measure_policies(records: Path, turns: Sequence[RecordedTurn], rounds: int) -> PolicyFigures:
    """Measure on these recorded turns, which ``records`` holds as a file; every figure is the best of ``rounds``."""
    sources = read_sources()
    policies, many = parse_policies(sources), parse_policies([*sources, *copies(sources, RULES)])
    deciding = _percentiles(lambda turn: decide(turn.facts, policies, now=turn.at), turns, rounds)
    deciding_many = _percentiles(lambda turn: decide(turn.facts, many, now=turn.at), turns, rounds)
    replaying = _percentiles(lambda turn: replay(turn.facts, policies, turn.at), turns, rounds)
    return PolicyFigures(
        rules=len(policies.rules),
        load_ms=_best(lambda: parse_policies(sources), rounds) * 1e3,
        decide_p50=deciding[0],
        decide_p95=deciding[1],
        decide_many_rules=len(many.rules),
        decide_many_p50=deciding_many[0],
        decide_many_p95=deciding_many[1],
        replay_p50=replaying[0],
        simulate_turns_per_s=len(turns) / _best(lambda: simulate(turns, policies), rounds),
        simulate_file_turns_per_s=len(turns) / _best(lambda: simulate(read_turns(records), policies), rounds),
    )


def copies(sources: Sequence[Source], wanted: int) -> list[Source]:
    """Rule files with copies of the bundled rules under other ids, so that there are at least ``wanted`` rules.

    Each copy keeps its condition: where a rule matches, all its copies do, which is harder than real growth.
    """
    found: list[Source] = []
    total = len(parse_policies(sources).rules)
    for copy in range(1, 100):
        for source in sources:
            if total >= wanted:
                return found
            if source.name.startswith("rules/"):
                text, rules = re.subn(r"(?m)^(  - id: )(\S+)", rf"\1copy{copy}.\2", source.text)
                found.append(Source(source.name.replace(".yaml", f"_copy{copy}.yaml"), text))
                total += rules
    return found


def _percentiles(
    work: Callable[[RecordedTurn], object], turns: Sequence[RecordedTurn], rounds: int
) -> tuple[float, float]:
    """Median and 95th percentile of one call, of the round with the lowest median: other work only ever adds."""
    for turn in turns:
        work(turn)  # plans are made on first use
    best: tuple[float, float] | None = None
    for _ in range(rounds):
        times: list[float] = []
        for turn in turns:
            started = time.perf_counter()
            work(turn)
            times.append((time.perf_counter() - started) * 1e6)
        cuts = statistics.quantiles(times, n=20)
        if best is None or cuts[9] < best[0]:
            best = (cuts[9], cuts[18])
    return best or (0.0, 0.0)


def _best(work: Callable[[], object], rounds: int) -> float:
    times: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
