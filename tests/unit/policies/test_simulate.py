from __future__ import annotations

from collections.abc import Callable

from policies.cases import Value, facts_of
from policies.policy_set import PolicySet
from policies.replay import replay
from policies.simulate import EXAMPLES, RecordedTurn, simulate
from policies.taxonomy import Action
from tests.unit.policies.conftest import NOW

Build = Callable[..., PolicySet]


def _turn(policies: PolicySet, name: str, text: str | None = None, **given: Value) -> RecordedTurn:
    facts = facts_of({key.replace("__", "."): value for key, value in given.items()}, policies)
    return RecordedTurn(name, NOW, facts, *replay(facts, policies, NOW), text)


def test_the_report_counts_and_puts_what_matters_first(tiny: Build) -> None:
    live = tiny(
        {"id": "test.all", "when": "true", "action": "answer"},
        {"id": "test.pii", "when": "text.has_pii", "action": "answer_with_care"},
        {"id": "test.risky", "when": "risk.unsafe > 0.8", "action": "refuse"},
    )
    candidate = tiny(
        {"id": "test.all", "when": "true", "action": "answer", "obligations": ["cite"]},
        {"id": "test.unsafe", "when": "risk.unsafe > 0.5 && risk.unsafe <= 0.8", "action": "refuse"},
    )
    turns = [_turn(live, f"pii{i}", text__has_pii=True) for i in range(7)]
    turns += [_turn(live, "risky", risk__unsafe=0.9, context__role="clinician")]
    turns += [_turn(live, "doubtful", text="a text", risk__unsafe=0.6), _turn(live, "plain")]
    report = simulate(turns, candidate)
    assert (report.turns, report.changed, report.same_action_other_obligations) == (10, 9, 1)
    assert [(flip.before, flip.after, flip.turns, flip.looser) for flip in report.flips] == [
        (Action.REFUSE, Action.ANSWER, 1, True),
        (Action.ANSWER, Action.REFUSE, 1, False),
        (Action.ANSWER_WITH_CARE, Action.ANSWER, 7, True),
    ]
    assert len(report.flips[2].examples) == EXAMPLES
    example = report.flips[1].examples[0]
    assert (example.id, example.before, example.after, example.text) == (
        "doubtful",
        ("test.all",),
        ("test.unsafe",),
        "a text",
    )
    assert report.actions_before["answer"] == 2
    assert report.actions_after == {"answer": 9, "answer_with_care": 0, "guide": 0, "refuse": 1, "escalate": 0}
    assert report.changed_by["role"] == {"public": 8, "clinician": 1}
    assert report.rules == {"test.all": 8, "test.unsafe": 1}
    assert report.as_dict()["flips"][0]["looser"] is True


def test_a_turn_is_decided_at_its_own_time(tiny: Build) -> None:
    live = tiny({"when": "true", "action": "answer"})
    ended = tiny({"when": "true", "action": "answer", "effective_until": "2027-01-01"})
    assert simulate([_turn(live, "a")], ended).changed == 0


def test_against_other_policies_the_record_does_not_count(tiny: Build) -> None:
    live = tiny({"when": "true", "action": "answer"})
    turn = _turn(live, "a")._replace(action=Action.REFUSE)
    assert simulate([turn], live).changed == 1
    assert simulate([turn], live, against=live).changed == 0
