"""Requests that ask for the same in other words and languages: ``wordings.yaml``, for consistency.

Every wording becomes a scenario with the tag ``same:<id of the group>`` and the expectations of its group.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import ScenarioError
from evals.metrics import SAME
from evals.scenario import Area, Scenario
from policies.errors import Problem
from policies.taxonomy import Action

BUNDLED: Final = Path(__file__).with_name("wordings.yaml")
LOCALES: Final = {"en": "en-US", "es": "es-MX", "zh": "zh-CN", "ar": "ar-SA"}

Language = Literal["en", "es", "zh", "ar"]


class Group(BaseModel):
    """One request in several wordings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z-]+$")
    domain: Area
    expect: tuple[Action, ...] = Field(min_length=1)
    never: tuple[Action, ...] = ()
    tags: tuple[str, ...] = ()
    why: str
    wordings: dict[Language, tuple[str, ...]] = Field(min_length=2)

    def scenarios(self) -> list[Scenario]:
        """One a wording."""
        return [
            Scenario(
                id=f"same-{self.id}-{language}-{number}",
                domain=self.domain,
                turns=(text,),
                locale=LOCALES[language],
                language=language,
                expect=self.expect,
                never=self.never,
                tags=(f"{SAME}{self.id}", *self.tags),
                why=self.why,
            )
            for language, texts in self.wordings.items()
            for number, text in enumerate(texts, start=1)
        ]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: tuple[Group, ...] = Field(min_length=1)


def read_wordings(path: Path = BUNDLED) -> list[Scenario]:
    """The wordings of a file as scenarios.

    Raises:
        ScenarioError: it cannot be read, or a group is not valid; names the group.
    """
    try:
        groups = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).groups
        return [scenario for group in groups for scenario in group.scenarios()]
    except (OSError, yaml.YAMLError) as error:
        raise ScenarioError([Problem(str(path), 1, f"cannot be read: {error}")]) from error
    except ValidationError as error:
        problems = [
            Problem(str(path), 1, f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}")
            for fault in error.errors()
        ]
        raise ScenarioError(problems) from error
