"""What ``/v1/corpora`` takes: closed, and the actor as the library knows one."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.corpora_routes import BODIES
from api.corpora_schemas import ActorBody, StepRequest, actor_of


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_bodies_refuse_fields_that_they_do_not_know(body) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        body.model_validate({"surprise": 1})


def test_an_actor_carries_who_named_it() -> None:
    actor = actor_of(ActorBody(name="Ana", role="editor"), via="key:abc")
    assert (actor.name, actor.role, actor.via) == ("Ana", "editor", "key:abc")


def test_a_step_needs_no_revision_and_no_reason_to_be_read() -> None:
    step = StepRequest.model_validate({"actor": {"name": "Ana", "role": "editor"}})
    assert (step.revision, step.reason) == (None, "")
