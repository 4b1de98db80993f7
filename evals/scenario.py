"""Scenarios: conversations with what a careful owner expects of the last reply. Read strictly from YAML.

A file ``scenarios/<domain>/<name>.yaml`` has ``locale``, the default of its scenarios, and ``scenarios``, a list of
``Scenario`` fields without ``domain``. The folder is the domain.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.moderation import has_code, has_dosage, has_secret, has_steps
from evals.errors import ScenarioError
from policies.errors import Problem, suggestion
from policies.reader import Item, Problems, Source, read_yaml
from policies.taxonomy import Action

BUNDLED: Final = Path(__file__).with_name("scenarios")
Area = Literal["medical", "security", "licensing", "general", "crisis"]
AREAS: Final[tuple[Area, ...]] = ("medical", "security", "licensing", "general", "crisis")

NAMED_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "no_dose": has_dosage,
    "no_code": has_code,
    "no_steps": has_steps,
    "no_secret": has_secret,
}
"""Name -> detector of what the reply must not have. The detectors are those of the output checks."""

_SERVES: Final = frozenset({Action.ANSWER, Action.ANSWER_WITH_CARE})
FAST: Final = 160
"""Scenarios in the fast subset."""
_NAME: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")
_FILE_FIELDS: Final = ("locale", "scenarios")


class Scenario(BaseModel):
    """One conversation and what is expected of the reply to its last message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^\S.{0,199}$")
    domain: Area
    turns: tuple[str, ...] = Field(min_length=1, max_length=20)
    """Messages of the person; all but the last only prepare."""
    role: str = "public"
    locale: str | None = None
    """``None`` only for turns that were recorded without one."""
    language: Literal["en", "es", "zh", "ar"] | None = None
    """Of the reply; that of the locale where nothing is said."""
    expect: tuple[Action, ...] = Field(min_length=1)
    """Acceptable actions, the preferred one first."""
    never: tuple[Action, ...] = ()
    """Actions that would be a serious fault."""
    must: tuple[str, ...] = ()
    """Every one holds of the reply: a named check, or a regular expression that is found, whatever the case."""
    must_not: tuple[str, ...] = ()
    """Regular expressions that are not found in the reply, whatever the case."""
    cites: tuple[str, ...] = ()
    """Documents of which the reply cites at least one; their translations count."""
    urgency: Literal["emergency", "urgent", "routine"] | None = None
    tags: tuple[str, ...] = ()
    why: str = Field(min_length=2)

    @model_validator(mode="before")
    @classmethod
    def _language_of_locale(cls, given: Any) -> Any:
        if isinstance(given, dict) and "language" not in given and isinstance(given.get("locale"), str):
            return given | {"language": given["locale"].split("-")[0]}
        return given

    @model_validator(mode="after")
    def _coherent(self) -> Scenario:
        if both := [action.value for action in self.expect if action in self.never]:
            raise ValueError(f"`{both[0]}` is both in `expect` and in `never`; keep one")
        if len(set(self.expect)) < len(self.expect):
            raise ValueError("`expect` names an action twice")
        if any(not turn.strip() for turn in self.turns):
            raise ValueError("`turns` has an empty message")
        for pattern in self.must:
            if pattern not in NAMED_CHECKS:
                _require_pattern(pattern, "must")
        for pattern in self.must_not:
            if pattern in NAMED_CHECKS:
                raise ValueError(f"`{pattern}` is a named check; write it under `must`")
            _require_pattern(pattern, "must_not")
        return self

    @property
    def benign(self) -> bool:
        """An answer, with or without care, is acceptable: declining helps nobody."""
        return not _SERVES.isdisjoint(self.expect)

    @property
    def harmful(self) -> bool:
        """Serving the request as asked would be a serious fault."""
        return Action.ANSWER in self.never

    @property
    def fingerprint(self) -> str:
        """Changes with anything that bears on the verdict; tags and reasons do not."""
        body = self.model_dump_json(exclude={"tags", "why"})
        return hashlib.sha256(body.encode()).hexdigest()[:16]

    def broken(self, text: str) -> tuple[str, ...]:
        """What the reply breaks, such as ``must no_dose``; empty when all holds."""
        found = [f"must {entry}" for entry in self.must if not _holds(entry, text)]
        found += [f"must_not {entry}" for entry in self.must_not if _compiled(entry).search(text)]
        return tuple(found)


def read_scenarios(root: Path = BUNDLED, *, roles: Collection[str], locales: Collection[str]) -> list[Scenario]:
    """Every scenario below the folder, in order of domain, file and place.

    Raises:
        ScenarioError: a file cannot be read or a scenario is not valid; has every problem with file and line.
    """
    problems = Problems()
    found: list[tuple[Scenario, Item]] = []
    paths = [path for area in AREAS for path in sorted((root / area).glob("*.yaml"))]
    if not paths:
        raise ScenarioError(
            [Problem(str(root), 1, f"no `*.yaml` in the folders {', '.join(AREAS)}; name another folder")]
        )
    for path in paths:
        found += _read_file(path, problems)
    _check_names(found, frozenset(roles), frozenset(locales), problems)
    if problems.found:
        raise ScenarioError(problems.found)
    return [scenario for scenario, _ in found]


def select(
    scenarios: Iterable[Scenario],
    *,
    domains: Collection[str] = (),
    tags: Collection[str] = (),
    locales: Collection[str] = (),
) -> list[Scenario]:
    """Those of one of the domains, with one of the tags, in one of the locales or languages; empty means all."""
    return [
        scenario
        for scenario in scenarios
        if (not domains or scenario.domain in domains)
        and (not tags or not set(tags).isdisjoint(scenario.tags))
        and (not locales or scenario.locale in locales or scenario.language in locales)
    ]


def fast_subset(scenarios: Sequence[Scenario], most: int = FAST) -> list[Scenario]:
    """At most so many, in their order: the same number of every domain, language and kind as far as there are any.

    Which ones they are depends on their ids alone, so that the subset stays the same while others are added or rewritten.
    """
    kinds: defaultdict[tuple[str, str | None, bool, bool], list[Scenario]] = defaultdict(list)
    for scenario in sorted(scenarios, key=lambda s: hashlib.sha256(s.id.encode()).digest()):
        kinds[scenario.domain, scenario.language, scenario.benign, scenario.harmful].append(scenario)
    rounds = zip_longest(*kinds.values())
    chosen = [scenario for each in rounds for scenario in each if scenario is not None][:most]
    ids = {scenario.id for scenario in chosen}
    return [scenario for scenario in scenarios if scenario.id in ids]


def _read_file(path: Path, problems: Problems) -> list[tuple[Scenario, Item]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.found.append(Problem(str(path), 1, f"cannot be read as UTF-8: {error}"))
        return []
    item = read_yaml(Source(str(path), text), problems)
    if item is None:
        return []
    if not isinstance(item.value, dict):
        problems.add(item, "expected a file with the fields `locale` and `scenarios`")
        return []
    for name, value in item.value.items():
        if name not in _FILE_FIELDS:
            problems.add(value, f"unknown field `{name}`{suggestion(name, _FILE_FIELDS)}")
    scenarios = item.value.get("scenarios")
    if scenarios is None or not isinstance(scenarios.value, list):
        problems.add(item, "field `scenarios` is missing or not a list")
        return []
    shared = {"domain": path.parent.name}
    if (locale := item.value.get("locale")) is not None:
        shared["locale"] = str(locale.value)
    return [(scenario, entry) for entry in scenarios.value if (scenario := _read_one(entry, shared, problems))]


def _read_one(entry: Item, shared: dict[str, str], problems: Problems) -> Scenario | None:
    if not isinstance(entry.value, dict):
        problems.add(entry, "expected a scenario with `id`, `turns`, `expect` and `why`")
        return None
    try:
        return Scenario.model_validate(shared | _plain(entry))
    except ValidationError as error:
        name = entry.value["id"].value if "id" in entry.value else "?"
        for fault in error.errors():
            problems.add(_place(entry, fault["loc"]), f"scenario `{name}`: {_said(fault)}")
        return None


def _said(fault: Any) -> str:
    field = ".".join(str(part) for part in fault["loc"])
    match fault["type"]:
        case "extra_forbidden":
            return f"unknown field `{field}`{suggestion(field, list(Scenario.model_fields))}"
        case "missing":
            return f"field `{field}` is missing"
        case "value_error":
            return str(fault["ctx"]["error"])
        case _:
            message = str(fault["msg"])
            return f"field `{field}` is `{str(fault['input'])[:60]}`: {message[0].lower()}{message[1:]}"


def _plain(item: Item) -> Any:
    if isinstance(item.value, dict):
        return {name: _plain(value) for name, value in item.value.items()}
    if isinstance(item.value, list):
        return tuple(_plain(value) for value in item.value)
    return item.value


def _place(item: Item, where: tuple[int | str, ...]) -> Item:
    for part in where:
        if isinstance(item.value, dict) and part in item.value:
            item = item.value[str(part)]
        elif isinstance(item.value, list) and isinstance(part, int) and part < len(item.value):
            item = item.value[part]
    return item


def _check_names(
    found: list[tuple[Scenario, Item]], roles: frozenset[str], locales: frozenset[str], problems: Problems
) -> None:
    first: dict[str, Item] = {}
    for scenario, item in found:
        if (other := first.setdefault(scenario.id, item)) is not item:
            problems.add(item, f"id `{scenario.id}` is taken by {other.file}:{other.line}; give every scenario its own")
        if scenario.role not in roles:
            close = suggestion(scenario.role, roles)
            problems.add(item, f"scenario `{scenario.id}`: unknown role `{scenario.role}`{close}")
        if scenario.locale is None:
            problems.add(item, f"scenario `{scenario.id}`: field `locale` is missing, here and at the top of the file")
        elif scenario.locale not in locales:
            close = suggestion(scenario.locale, locales)
            problems.add(item, f"scenario `{scenario.id}`: unknown locale `{scenario.locale}`{close}")


def _require_pattern(pattern: str, field: str) -> None:
    if field == "must" and pattern.startswith("no_") and _NAME.fullmatch(pattern):
        raise ValueError(f"unknown check `{pattern}` in `must`; known are {', '.join(NAMED_CHECKS)}")
    try:
        _compiled(pattern)
    except re.error as error:
        raise ValueError(f"`{pattern}` in `{field}` is no regular expression: {error}") from error


def _holds(entry: str, text: str) -> bool:
    if entry in NAMED_CHECKS:
        return not NAMED_CHECKS[entry](text)
    return _compiled(entry).search(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
