from __future__ import annotations

from datetime import datetime

import pytest

from policies.cases import facts_of, schema_of
from policies.errors import ExpressionError
from policies.models import ContextFacts, RiskFacts, TextFacts, ThreadFacts
from policies.policy_set import PolicySet
from policies.schema import TIMES, Schema, getter_of, variable_of


def test_paths_are_exactly_the_facts(policies: PolicySet) -> None:
    paths = set(schema_of(policies).types)
    fields = {f"context.{name}" for name in ContextFacts.model_fields}
    fields |= {f"text.{name}" for name in TextFacts.model_fields}
    fields |= {f"thread.{name}" for name in ThreadFacts.model_fields}
    fields |= {f"risk.{name}" for name in RiskFacts.model_fields if name not in ("facets", "hazards")}
    scores = {path for path in paths if path.startswith(("risk.facets.", "risk.hazards."))}
    assert paths - scores == fields | set(TIMES)
    assert len(scores) == 25 + 17


def test_every_path_can_be_read(policies: PolicySet) -> None:
    facts = facts_of({"risk.hazards.hate": 0.4, "risk.unsafe": 0.3}, policies)
    values = {path: getter_of(path)(facts) for path in schema_of(policies).types if path not in TIMES}
    assert values["risk.hazards.hate"] == 0.4
    assert values["risk.unsafe"] == 0.3
    assert values["context.role"] == "public"


def test_the_time_is_that_of_utc() -> None:
    now = datetime.fromisoformat("2026-11-29T01:30:00+02:00")
    assert {path: read(now) for path, read in TIMES.items()} == {
        "time.date": "2026-11-28",
        "time.hour": 23,
        "time.weekday": 6,
        "time.unix": int(now.timestamp()),
    }


def test_scores_are_the_paths_with_probabilities(policies: PolicySet) -> None:
    for path, kind in schema_of(policies).types.items():
        assert Schema.is_score(tuple(path.split("."))) is kind.probability, path


def test_a_missing_score_is_a_key_error(policies: PolicySet) -> None:
    facts = facts_of({}, policies)
    bare = facts.model_copy(update={"risk": facts.risk.model_copy(update={"hazards": {}})})
    with pytest.raises(KeyError):
        getter_of("risk.hazards.hate")(bare)


def test_flat_names_do_not_collide(policies: PolicySet) -> None:
    paths = list(schema_of(policies).types)
    assert len({variable_of(path) for path in paths}) == len(paths)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("risk.facett", "unknown field `facett` of `risk`; did you mean `facet`?"),
        ("risk.hazards", "`risk.hazards` is a group of facts"),
        ("nothing.here", "unknown variable `nothing.here`"),
    ],
)
def test_unknown_paths_name_the_closest(path: str, message: str, policies: PolicySet) -> None:
    with pytest.raises(ExpressionError) as caught:
        schema_of(policies).type_of(path)
    assert message in str(caught.value)
