"""What a running service counts, for Prometheus. Names and values of labels are ours: nothing that a person wrote, and as many
as policies, locales, roles and endpoints of models there are.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from agent.drift import Drift, Window
from agent.events import TurnCompleted, TurnFailed
from agent.ports import FinishedTurn
from policies.taxonomy import Action

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds."""


class Metrics:
    """Counts turns, feedback and webhooks. Implements ``agent.ports.TurnObserver``."""

    def __init__(self, reference: Window | None = None) -> None:
        self._registry = registry = CollectorRegistry()
        self._drift = Drift(reference)
        self._turns = Counter(
            "handrail_turns", "Turns that ended with a reply", ["action", "domain", "locale", "role"], registry=registry
        )
        self._failed = Counter("handrail_turns_failed", "Turns that failed closed", ["code"], registry=registry)
        self._rules = Counter(
            "handrail_rule_turns", "Turns in which a rule matched", ["rule", "action"], registry=registry
        )
        self._stages = Histogram(
            "handrail_stage_seconds",
            "Time of a stage; `total` is the whole turn",
            ["stage"],
            registry=registry,
            buckets=BUCKETS,
        )
        self._checks = Counter(
            "handrail_checks", "Output checks that ran on a reply", ["check", "outcome"], registry=registry
        )
        self._calls = Counter(
            "handrail_model_calls", "Calls to models", ["role", "endpoint", "outcome"], registry=registry
        )
        self._tokens = Counter(
            "handrail_model_tokens", "Tokens that models used", ["role", "endpoint", "direction"], registry=registry
        )
        self._feedback = Counter(
            "handrail_feedback", "What people said of turns", ["verdict", "action"], registry=registry
        )
        self._webhooks = Counter("handrail_webhooks", "Tries to deliver a webhook", ["outcome"], registry=registry)
        self._psi = Gauge(
            "handrail_risk_stability_index",
            "Population stability index of risk scores against the reference window",
            registry=registry,
        )
        self._refusals = Gauge(
            "handrail_refusal_ratio", "Share of turns that were refused", ["window"], registry=registry
        )
        self._windows = Gauge("handrail_drift_turns", "Turns in a window", ["window"], registry=registry)

    def finished(self, turn: FinishedTurn) -> None:
        """See ``agent.ports.TurnObserver``."""
        for stage, milliseconds in turn.timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)
        for call in turn.calls:
            self._calls.labels(call.role, call.endpoint, call.outcome).inc()
            self._tokens.labels(call.role, call.endpoint, "in").inc(call.input_tokens)
            self._tokens.labels(call.role, call.endpoint, "out").inc(call.output_tokens)
        if isinstance(turn.last, TurnFailed):
            self._failed.labels(turn.last.code).inc()
        if not isinstance(turn.last, TurnCompleted):
            return
        result = turn.last.result
        locale, role = (turn.started.locale, turn.started.role) if turn.started else ("", "")
        self._turns.labels(result.action, result.domain, locale, role).inc()
        for rule in result.rationale.rule_ids:
            self._rules.labels(rule, result.action).inc()
        for name in turn.checks:
            self._checks.labels(name, "held" if name in result.held else "passed").inc()
        self._drift.take(result.risk.unsafe, result.action is Action.REFUSE)

    def said(self, verdict: str, action: str) -> None:
        """Somebody has said what they think of a turn."""
        self._feedback.labels(verdict, action).inc()

    def delivered(self, outcome: str) -> None:
        """A webhook was tried."""
        self._webhooks.labels(outcome).inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format."""
        unknown = float("nan")
        stability = self._drift.stability()
        self._psi.set(unknown if stability is None else stability)
        for name, window in (("reference", self._drift.reference), ("current", self._drift.current)):
            rate = window.refusal_rate
            self._refusals.labels(name).set(unknown if rate is None else rate)
            self._windows.labels(name).set(window.turns)
        return generate_latest(self._registry)
