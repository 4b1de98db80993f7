"""A turn result on a terminal."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console
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
    """Print the result for a person: the decision, then every word of the reply, then where to go from there."""
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
    out.print()
    if result.action.declines:
        out.print(Text(result.rationale.title, style=f"bold {style}"))
    out.print(_reply(result))
    steps = result.alternative.next_steps if result.alternative else ()
    _list(out, "Ask next", [Text(f"· {step}") for step in steps])
    _list(out, "Sources", [_source(citation) for citation in result.citations])
    if result.action.declines and result.rationale.appeal not in result.text:
        out.print(Text(f"\n{result.rationale.appeal}", style="dim"))
    for notice in result.notices:
        out.print(Text(f"note: {notice.detail}", style="dim"))
    out.print(Text(_footer(result), style="dim"))


def _reply(result: TurnResult) -> Text:
    """The text, with the headings of the alternative in bold."""
    headings = {section.heading for section in result.alternative.sections} if result.alternative else set()
    lines = [Text(line, style="bold" if line in headings else "") for line in result.text.split("\n")]
    return Text("\n").join(lines)


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
