"""Replies as a person reads them, for print: one for each action in each language.

The requests are in ``examples.yaml``; the page is made by ``handrail eval examples`` and never by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.models import RequestContext, TurnInput, TurnResult
from evals.drive import Runner
from evals.errors import ExampleError
from policies.taxonomy import Action

FILE: Final = Path(__file__).with_name("examples.yaml")
LANGUAGES: Final = {"en": "English", "es": "Español", "zh": "中文", "ar": "العربية"}
_LABEL: Final = {
    Action.ANSWER: "Answer",
    Action.ANSWER_WITH_CARE: "Answer with care",
    Action.GUIDE: "Guide",
    Action.REFUSE: "Refuse",
    Action.ESCALATE: "Escalate",
}


class Example(BaseModel):
    """A request, and what is done with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    locale: str
    action: Action
    request: str
    role: str | None = None

    @property
    def language(self) -> str:
        """ISO 639-1 code of the locale."""
        return self.locale.split("-")[0]


class Told(NamedTuple):
    """An example with its reply."""

    example: Example
    result: TurnResult


def read_examples(path: Path = FILE) -> list[Example]:
    """The requests, in the order of the file.

    Raises:
        ExampleError: the file is not valid; the message says which entry.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    examples: list[Example] = []
    for place, entry in enumerate(entries, start=1):
        try:
            examples.append(Example.model_validate(entry))
        except ValidationError as error:
            found = error.errors()[0]
            raise ExampleError(f"{path.name}: entry {place}: {found['loc']}: {found['msg']}") from error
    return examples


async def replies(examples: Sequence[Example], runner: Runner) -> list[Told]:
    """Each example with the reply to it, in a conversation of its own.

    Raises:
        ExampleError: a request is treated otherwise than it says, so that it is an example of something else.
    """
    told: list[Told] = []
    for example in examples:
        context = RequestContext(locale=example.locale, role=example.role)
        result = await runner.run(TurnInput(text=example.request, context=context))
        if result.action is not example.action:
            raise ExampleError(
                f"`{example.request}` became `{result.action}`, expected `{example.action}`; choose another request"
            )
        told.append(Told(example, result))
    return told


def page(told: Sequence[Told]) -> str:
    """The replies as a Markdown page, by language."""
    parts = [
        "# Examples",
        f"{len(told)} replies as a person reads them, with the bundled policies and guidance and no model behind them. Made by "
        "`handrail eval examples`; edit `evals/examples.yaml` and not this page.",
    ]
    for language, name in LANGUAGES.items():
        of_language = [one for one in told if one.example.language == language]
        if of_language:
            parts += [f"## {name}", *(_printed(one) for one in of_language)]
    return "\n\n".join(parts) + "\n"


def _printed(one: Told) -> str:
    example, result = one
    who = f", asked by a {example.role}" if example.role else ""
    parts = [f"### {_LABEL[result.action]} ({example.locale}{who})", f"> {example.request}", _reply(result)]
    if result.citations:
        parts.append("\n".join(f"{c.n}. [{c.title}]({c.url}), {c.publisher}" for c in result.citations))
    if result.alternative and result.alternative.next_steps:
        parts.append("\n".join(f"- *{step}*" for step in result.alternative.next_steps))
    body = "\n\n".join(parts[1:])
    if example.language == "ar":
        body = f'<div dir="rtl">\n\n{body}\n\n</div>'
    return f"{parts[0]}\n\n{body}"


def _reply(result: TurnResult) -> str:
    """The text, headings in bold and the lines below them as a list."""
    headings = {section.heading for section in result.alternative.sections} if result.alternative else set()
    paragraphs: list[str] = []
    for paragraph in result.text.split("\n\n"):
        first, *lines = paragraph.split("\n")
        heading = f"**{first}**" if first in headings else first
        listed = "\n".join(f"- {line}" for line in lines)
        paragraphs.append(f"{heading}\n\n{listed}" if listed else heading)
    return "\n\n".join(paragraphs)
