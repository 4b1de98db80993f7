"""What a service counts, as Prometheus reads it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from agent.drift import FEWEST, WINDOW
from agent.events import TurnCompleted, TurnFailed, TurnStarted
from agent.metrics import Metrics
from agent.ports import FinishedTurn
from agent.usage import ModelCall
from policies.taxonomy import Action
from tests.unit.api.fakes import result_of

STARTED = TurnStarted(turn_id="t", thread_id="x", role="clinician", locale="es-MX", jurisdiction="MX")


def turn(action: Action = Action.GUIDE, **changes: object) -> FinishedTurn:
    result = result_of("t", "x", action, "the private reply").model_copy(update=changes)
    return FinishedTurn(STARTED, TurnCompleted(result=result), {"decide": 2.0, "total": 40.0}, ("secrets", "no_dosage"))


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
    }


def test_a_turn_counts_by_what_was_done_for_whom_and_by_which_rules():
    metrics = Metrics()
    metrics.finished(turn(held=("no_dosage",)))
    metrics.finished(turn(Action.ANSWER))
    found = samples(metrics)
    assert found["handrail_turns_total", "guide", "medical", "es-MX", "clinician"] == 1
    assert found["handrail_rule_turns_total", "guide", "medical.dosing"] == 1
    assert found["handrail_checks_total", "no_dosage", "held"] == 1
    assert found["handrail_checks_total", "secrets", "passed"] == 2
    assert found["handrail_stage_seconds_sum", "total"] == 0.08
    assert b"private" not in metrics.exposition()


def test_calls_to_models_count_with_their_tokens():
    metrics = Metrics()
    call = ModelCall(
        role="answer", endpoint="a", model="m", outcome="answered", input_tokens=9, output_tokens=4, ms=1.0
    )
    metrics.finished(turn()._replace(calls=(call, call)))
    found = samples(metrics)
    assert found["handrail_model_calls_total", "a", "answered", "answer"] == 2
    assert found["handrail_model_tokens_total", "in", "a", "answer"] == 18
    assert found["handrail_model_tokens_total", "out", "a", "answer"] == 8


def test_a_turn_that_failed_counts_as_that():
    metrics = Metrics()
    failed = TurnFailed(code="timeout", detail="x", text="Sorry.", status=504)
    metrics.finished(FinishedTurn(None, failed, {"total": 5.0}, ()))
    found = samples(metrics)
    assert found["handrail_turns_failed_total", "timeout"] == 1
    assert not [name for name, *_ in found if name == "handrail_turns_total"]


def test_drift_is_unknown_until_there_is_enough_to_compare():
    metrics = Metrics()
    assert samples(metrics)["handrail_risk_stability_index",] != samples(metrics)["handrail_risk_stability_index",]
    for _ in range(WINDOW):
        metrics.finished(turn(Action.ANSWER))
    for _ in range(FEWEST):
        metrics.finished(turn(Action.REFUSE))
    found = samples(metrics)
    assert found["handrail_refusal_ratio", "reference"] == 0
    assert found["handrail_refusal_ratio", "current"] == 1
    assert found["handrail_drift_turns", "current"] == FEWEST
    assert found["handrail_risk_stability_index",] < 0.1


def test_feedback_and_webhooks_count():
    metrics = Metrics()
    metrics.said("helpful", "guide")
    metrics.delivered("failed")
    found = samples(metrics)
    assert found["handrail_feedback_total", "guide", "helpful"] == found["handrail_webhooks_total", "failed"] == 1
