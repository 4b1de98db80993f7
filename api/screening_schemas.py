"""What ``/v1/decisions``, ``/v1/guidance``, ``/v1/outputs`` and ``/v1/moderations`` take."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.models import RequestContext
from policies.taxonomy import Hazard

MODERATION_MODEL: Final = "handrail-moderation"
MOST_TEXTS: Final = 64
"""Texts of one request to ``/v1/moderations``."""

CATEGORIES: Final[dict[str, tuple[Hazard, ...]]] = {
    "harassment": (Hazard.HATE, Hazard.DEFAMATION),
    "harassment/threatening": (),
    "hate": (Hazard.HATE,),
    "hate/threatening": (),
    "illicit": (Hazard.NON_VIOLENT_CRIMES, Hazard.CYBER_OFFENSE, Hazard.INTELLECTUAL_PROPERTY, Hazard.PRIVACY),
    "illicit/violent": (Hazard.INDISCRIMINATE_WEAPONS,),
    "self-harm": (Hazard.SUICIDE_SELF_HARM,),
    "self-harm/intent": (Hazard.SUICIDE_SELF_HARM,),
    "self-harm/instructions": (Hazard.SUICIDE_SELF_HARM,),
    "sexual": (Hazard.SEXUAL_CONTENT, Hazard.SEX_RELATED_CRIMES),
    "sexual/minors": (Hazard.CHILD_SEXUAL_EXPLOITATION,),
    "violence": (Hazard.VIOLENT_CRIMES, Hazard.INDISCRIMINATE_WEAPONS),
    "violence/graphic": (),
}
"""OpenAI's categories -> our hazards that they cover; the highest counts. Empty where we have no finer score."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ScreenRequest(_Closed):
    """A message of a person, and who asks."""

    input: str = Field(description="what the person wrote")
    history: list[str] = Field([], max_length=50, description="earlier messages of the person, oldest first")
    context: RequestContext = Field(RequestContext(), description="what your application knows about the person")


class OutputRequest(_Closed):
    """A text that a model wrote, and what it answers."""

    output: str = Field(description="the text to check")
    input: str | None = Field(
        None, description="the message that it answers; with it, the limits of the decision on that message hold too"
    )
    history: list[str] = Field([], max_length=50, description="earlier messages of the person, oldest first")
    limits: list[Literal["no_dosage", "no_code", "no_steps"]] = Field([], description="limits to hold beside those")
    context: RequestContext = Field(RequestContext(), description="what your application knows about the person")


class ModerationRequest(BaseModel):
    """OpenAI's request for moderation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    input: Any = Field(description="a text, a list of texts, or a list of parts of type `text`")
    model: str = Field(MODERATION_MODEL, description="any name; `handrail-moderation` answers")
