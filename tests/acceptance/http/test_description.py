"""Requests made up from the description of the API are answered as the description says, and never with a 500.

The suite makes up a request for each operation, well-formed and malformed; a release looks harder, in slices if need be:
``pytest tests/acceptance/http/test_description.py --examples 200 --operations /v1/corpora``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agent.settings import Settings
from tests.acceptance.http.live import Live
from tests.acceptance.world import CRISIS
from tests.unit.policies.trees import tiny_sources
from tests.unit.retrieval.conftest import TEMPLATE

# A 500 is described nowhere, so the first of these finds it; a 503 is an answer.
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = "/v1/threads/{thread_id}/events"
"""A stream that stays open for a thread that exists."""


def test_every_operation_answers_as_described(serving: Live, mode: GenerationMode, request: pytest.FixtureRequest):
    examples, start = request.config.getoption("--examples"), request.config.getoption("--operations")
    schema = schemathesis.openapi.from_url(f"{serving.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    faults: list[str] = []
    for operation in operations:
        if not operation.path.startswith(start):
            continue
        made_up = operation.as_strategy(generation_mode=mode)
        if (known := what_is_there(serving.url, operation.path)) and mode is GenerationMode.POSITIVE:
            made_up = st.one_of(made_up, operation.as_strategy(path_parameters=known))

        @settings(
            max_examples=examples,
            phases=[Phase.generate],
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=made_up)
        def answers(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, timeout=60)

        try:
            answers()
        except Unsatisfiable:  # nothing is sent that could be malformed
            assert mode is GenerationMode.NEGATIVE
        except (Exception, BaseExceptionGroup) as error:  # of whatever kind: every operation is looked at
            faults.append(f"{operation.label}: {error}"[:1500])
    assert len(operations) > 55
    if faults:
        pytest.fail("\n\n".join(faults), pytrace=False)


@pytest.fixture(params=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["well_formed", "malformed"])
def mode(request: pytest.FixtureRequest) -> GenerationMode:
    return request.param


@pytest.fixture
def serving(live: Callable[..., Live], tmp_path: Path) -> Live:
    """A service with a document, and with policies so few that each request can compile them."""
    library, policies = tmp_path / "library", tmp_path / "policies"
    library.mkdir()
    for source in tiny_sources({"when": "risk.unsafe < 0.5", "action": "answer"}):
        path = policies / source.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text)
    server = live(
        settings=Settings(data_dir=tmp_path, policies_dir=policies, rate_limit="1000000/minute"), library_dir=library
    )
    server.service.policies.load()
    text = TEMPLATE.format(
        id="med-one", title="One", facets="emergency", locale="en", keywords="one", status="draft", text="Some text."
    )
    brought = {"actor": {"name": "Ana", "role": "editor"}, "documents": [{"path": "one.md", "text": text}]}
    httpx.post(f"{server.url}/v1/corpora/documents", json=brought).raise_for_status()
    return server


def what_is_there(url: str, path: str) -> dict[str, str]:
    """Values for the parameters of this path that name something: a turn that filed a case, or the document."""
    if path == ENDLESS or "{" not in path:
        return {}
    if "document_id" in path:
        (revision,) = httpx.get(f"{url}/v1/corpora/documents/med-one").json()["revisions"]
        found = {"document_id": "med-one", "revision": revision["revision"]}
    else:
        turn = httpx.post(f"{url}/v1/turns", json={"input": CRISIS}).json()
        httpx.post(f"{url}/v1/cases/{turn['case_id']}/claim")
        found = {"turn_id": turn["turn_id"], "case_id": turn["case_id"]}
    return {name: value for name, value in found.items() if f"{{{name}}}" in path}
