from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.policies_schemas import BODIES, CanaryRequest, Candidate


@pytest.mark.parametrize("body", BODIES)
def test_bodies_take_no_unknown_field(body: type[Candidate]) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        body.model_validate({"unknown": 1})


def test_a_canary_takes_a_share_between_nobody_and_everybody() -> None:
    assert CanaryRequest(share=1).share == 1.0
    for share in (0, 1.1):
        with pytest.raises(ValidationError):
            CanaryRequest(share=share)
