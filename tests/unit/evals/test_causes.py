"""What broken scenarios have in common."""

from __future__ import annotations

from evals.causes import causes, setup_changes
from evals.outcomes import Outcome, Run
from tests.unit.evals.made import outcome, run_of


def many(action: str, *, count: int = 6, language: str = "en", **update: object) -> list[Outcome]:
    locale = {"en": "en-US", "es": "es-MX"}[language]
    made = [outcome(f"{language}{i}", action, locale=locale) for i in range(count)]
    return [each.model_copy(update=update) for each in made]


def setup(run: Run, **parts: str) -> Run:
    return run.model_copy(update={"manifest": run.manifest.model_copy(update={"setup": parts})})


def test_a_rule_that_no_longer_fires_and_the_changed_set_up_are_named():
    before = setup(run_of(*many("guide", rules=("medical.dosing", "x"))), policies="v1", code="c")
    after = setup(run_of(*many("answer", rules=("x",))), policies="v2", code="c")
    assert causes(before, after) == [
        "policies was `v1` and is `v2`",
        "`guide` became `answer` in 6 of 6 broken scenarios",
        "rule `medical.dosing` no longer fires in 6 of 6 broken scenarios",
    ]
    assert setup_changes(before, before) == []


def test_a_document_a_check_and_a_score_are_named():
    before = run_of(*many("guide", cited=("med-a",), unsafe=0.9))
    after = run_of(*many("answer", cited=(), unsafe=0.1, broken=("must no_dose",)))
    assert causes(before, after) == [
        "`guide` became `answer` in 6 of 6 broken scenarios",
        "document `med-a` is no longer cited in 6 of 6 broken scenarios",
        "the content breaks `must no_dose` in 6 of 6 broken scenarios",
        "the risk score fell by 0.2 or more in 6 of 6 broken scenarios",
    ]


def test_a_language_that_is_hit_more_than_the_others_is_named():
    before = run_of(*many("guide", language="es", count=4), *many("guide", count=8))
    after = run_of(*many("refuse", language="es", count=4), *many("guide", count=8))
    assert "4 of 4 broken scenarios have language `es`" in causes(before, after)
    assert not any("domain" in cause for cause in causes(before, after))


def test_nothing_broken_has_no_cause():
    assert causes(run_of(*many("refuse")), run_of(*many("guide"))) == []
