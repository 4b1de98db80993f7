from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.errors import PolicyLoadError
from policies.policy_set import PolicySet
from tests.unit.policies.trees import VOCABULARY

Build = Callable[..., PolicySet]


def _problems(tiny: Build, vocabulary: str) -> list[str]:
    with pytest.raises(PolicyLoadError) as caught:
        tiny(vocabulary=vocabulary)
    return [str(problem) for problem in caught.value.problems]


def test_roles_locales_and_numbers_are_read(tiny: Build) -> None:
    policies = tiny()
    assert policies.roles["clinician"].audience == "professional"
    assert policies.roles["public"].domain is None
    assert policies.locales["es-MX"].jurisdiction == "MX"
    assert policies.thresholds == {"high": 0.7}
    assert set(policies.predicates) == {"clinician", "risky"}
    assert policies.jurisdictions["US"].name == "United States"
    named = VOCABULARY.replace("US: United States", "US: {name: {en: United States, es: Estados Unidos}}")
    assert tiny(vocabulary=named).jurisdictions["US"].names["es"] == "Estados Unidos"
    assert policies.audiences["public"] == "everybody"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("audience: public", "audience: staff", "vocabulary.yaml:4: role `public` has unknown audience `staff`"),
        (
            "domain: medical",
            "domain: medicine",
            "role `clinician` has unknown domain `medicine`; did you mean `medical`?",
        ),
        ("{language: en,", "{language: fr,", "locale `en` has unknown language `fr`"),
        ("jurisdiction: US}", "jurisdiction: UK}", "locale `en` has unknown jurisdiction `UK`"),
        ("fallback: en}", "fallback: es-MX}", "fallbacks of locale `es` run in a circle: es -> es-MX -> es; cut it"),
        ("US: United States", "usa: United States", "name `usa` in `jurisdictions` does not have the form `US`"),
        ("dose.child:", "dose:", "name `dose` in `signals` does not have the form `group.name`"),
        ("risky:", "risk:", "predicate `risk` has the name of a group of facts; rename it"),
        ("!clinician", "!clinicion", "predicate `risky`: unknown variable or predicate `clinicion`; did you mean"),
        ("!clinician", "!risky", "predicates use each other in a circle: risky -> risky; cut it"),
        ("!clinician", "(", "predicate `risky`: unexpected `end of condition`"),
        (
            "thresholds:",
            "treshold: 1\nthresholds:",
            "unknown field `treshold` of the vocabulary; did you mean `thresholds`?",
        ),
    ],
)
def test_faults_are_named(old: str, new: str, message: str, tiny: Build) -> None:
    assert old in VOCABULARY
    problems = _problems(tiny, VOCABULARY.replace(old, new, 1))
    assert any(message in problem for problem in problems), problems


def test_a_predicate_named_in_a_text_is_no_circle(tiny: Build) -> None:
    assert tiny(vocabulary=VOCABULARY).predicates["clinician"] == 'context.role == "clinician"'


def test_a_wrong_predicate_is_reported_once_and_not_in_the_rules_that_use_it(tiny: Build) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        tiny({"when": "risky"}, vocabulary=VOCABULARY.replace("!clinician", "!nobody"))
    assert len(caught.value.problems) == 1
