"""What ``/v1/policies`` takes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.body import ONE_LINE

Files = dict[str, str | None]


class PolicyBody(BaseModel):
    """Closed and frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Candidate(PolicyBody):
    """Policies that may not be published yet: a version, changed by files."""

    version: str = Field("live", max_length=20, description="a published version, `live`, or `disk`")
    files: Files = Field(
        {}, max_length=200, description="files put in place of those of the version, by name; null takes one out"
    )


class ExplainRequest(Candidate):
    """One turn to explain."""

    given: dict[str, Any] = Field(
        {}, max_length=100, description='facts by path, e.g. {"risk.facet": "dosing", "context.role": "clinician"}'
    )


class DiffRequest(PolicyBody):
    """Two policies to compare."""

    before: Candidate = Candidate()
    after: Candidate


class SimulateRequest(Candidate):
    """A candidate to try on the recorded turns of this service."""

    against: str | None = Field(
        None, max_length=20, description="compare with this version now, not with what is on record"
    )
    limit: int = Field(20_000, ge=1, le=200_000, description="the newest turns at most")


class StoreRequest(Candidate):
    """A candidate to store and use."""

    note: str = Field("", max_length=500, pattern=ONE_LINE, description="why, for the history; one line")


class CanaryRequest(StoreRequest):
    """A candidate for a share of the threads."""

    share: float = Field(gt=0, le=1, strict=False, description="share of the threads, 0 to 1")


class StepBack(PolicyBody):
    """Which version is live again."""

    to: str | None = Field(None, max_length=20, description="a version, or `disk`; the one before when left out")
    note: str = Field("", max_length=500, pattern=ONE_LINE, description="why, for the history; one line")


BODIES: tuple[type[BaseModel], ...] = (
    Candidate,
    ExplainRequest,
    DiffRequest,
    SimulateRequest,
    StoreRequest,
    CanaryRequest,
    StepBack,
)
"""Every body, for the OpenAPI document."""
