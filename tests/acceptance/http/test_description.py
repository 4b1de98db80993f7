"""Requests made up from the description of the API are answered as the description says, and never with a 500.

The suite makes up a request for each operation but those on policies, which compile every rule each time; ``pytest tests/acceptance/http/test_description.py --examples 200`` looks
harder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agent.settings import Settings
from tests.acceptance.http.live import Live

# A 500 is described nowhere, so the first of these finds it; a 503 is an answer.
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


def test_every_operation_answers_as_described(
    live: Callable[..., Live], request: pytest.FixtureRequest, tmp_path: Path
):
    (tmp_path / "library").mkdir()
    server = live(settings=Settings(data_dir=tmp_path, rate_limit="1000000/minute"), library_dir=tmp_path / "library")
    examples = request.config.getoption("--examples")
    if examples > 1:
        server.service.policies.load()
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    faults: list[str] = []
    count = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if examples == 1 and operation.path.startswith("/v1/policies"):
            continue
        count += 1

        @settings(
            max_examples=examples,
            phases=[Phase.generate],
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, timeout=60)

        try:
            answers()
        except (Exception, BaseExceptionGroup) as error:  # of whatever kind: every operation is looked at
            faults.append(f"{operation.label}: {error}"[:1500])
    assert count > 35
    if faults:
        pytest.fail("\n\n".join(faults), pytrace=False)
