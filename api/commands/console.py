"""A turn result on a terminal: help first where it is urgent, then what was decided and why, then how to proceed."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from agent.models import Citation, TurnResult
from api.commands.errors import CommandError
from policies.taxonomy import Action

_STYLE: Final[dict[Action, str]] = {
    Action.ANSWER: "green",
    Action.ANSWER_WITH_CARE: "cyan",
    Action.GUIDE: "yellow",
    Action.REFUSE: "red",
    Action.ESCALATE: "magenta",
}
_LABEL: Final[dict[Action, str]] = {
    Action.ANSWER: "Answer",
    Action.ANSWER_WITH_CARE: "Answer with care",
    Action.GUIDE: "Guide",
    Action.REFUSE: "Refuse",
    Action.ESCALATE: "Escalate",
}


def message_argument(text: str) -> str:
    """The text of the argument, or standard input for ``-``.

    Raises:
        CommandError: the text is not Unicode.
    """
    if text != "-":
        if not text.isprintable() and any("\udc80" <= character <= "\udcff" for character in text):
            raise CommandError("the message is not UTF-8 text; set the terminal to UTF-8")
        return text
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"standard input is not UTF-8: byte {error.start}") from error


def show_result(result: TurnResult, console: Console | None = None) -> None:
    """Print the result for a person."""
    out = console or Console(highlight=False)
    style = _STYLE[result.action]
    out.print()
    out.print(
        Text.assemble(
            (f" {_LABEL[result.action]} ", f"bold reverse {style}"),
            f"  {result.domain.value} · {result.facet.value}",
            (f"  risk {result.risk.unsafe:.2f}", "dim"),
        )
    )
    if result.action.declines or result.alternative is None:
        out.print(Panel(_why(result), title=result.rationale.title, title_align="left", border_style=style))
    if result.alternative is None or not result.action.declines:
        out.print(Text(result.text))
    if result.alternative is not None and result.action.declines:
        for section in result.alternative.sections:
            out.print()
            out.print(Text(section.heading, style="bold"))
            out.print(Text(section.text))
    _list(
        out, "Ask next", [Text(f"· {step}") for step in (result.alternative.next_steps if result.alternative else ())]
    )
    _list(out, "Sources", [_source(citation) for citation in result.citations])
    for notice in result.notices:
        out.print(Text(f"note: {notice.detail}", style="dim"))
    out.print(Text(_footer(result), style="dim"))


def _why(result: TurnResult) -> RenderableType:
    why = result.rationale
    parts: list[RenderableType] = []
    if why.declined is not None and result.action.declines:
        parts.append(Text(why.declined, style="bold"))
    parts.append(Text(why.reason))
    if result.action.declines:
        parts += [Text(why.how_to_proceed), Text(why.appeal, style="dim")]
    return Group(*parts)


def _source(citation: Citation) -> Text:
    return Text.assemble(
        f"[{citation.n}] {citation.title}, {citation.publisher} ",
        (citation.url, "underline"),
        (f" (reviewed {citation.reviewed_on})", "dim"),
    )


def _list(out: Console, title: str, lines: list[Text]) -> None:
    if lines:
        out.print()
        out.print(Text(title, style="bold"))
        for line in lines:
            out.print(line)


def _footer(result: TurnResult) -> str:
    parts = [f"thread {result.thread_id}", f"rules {', '.join(result.rationale.rule_ids) or 'none'}"]
    if result.case_id:
        parts.append(f"case {result.case_id}")
    if total := result.timings_ms.get("total"):
        parts.append(f"{total:.0f} ms")
    return "\n" + " · ".join(parts)
