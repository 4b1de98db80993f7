"""``handrail cases``: the work of reviewers on the command line. Verdicts reach the thread through a running service."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.errors import CommandError
from api.commands.office import in_office
from api.commands.words import indented, one_line

if TYPE_CHECKING:
    from agent.cases import Case
    from agent.office import BackOffice

CaseId = Annotated[str, typer.Argument(help="Id of the case, as listed.")]
By = Annotated[str | None, typer.Option("--by", help="Who you are [default: your user name].")]


def show_all(
    queue: Annotated[str | None, typer.Option(help="Only this queue, e.g. medical.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Resolved ones instead of those to do.")] = False,
) -> None:
    """List cases, the one due soonest first."""
    from agent.cases import CaseFilter

    async def listed(office: BackOffice) -> None:
        cases = await office.review.find(CaseFilter(tenant=tenant, queue=queue, unresolved=not resolved))
        for case in cases:
            typer.echo(_line(case, office))
        if not cases:
            typer.echo("no cases")

    in_office(listed)


def show(case_id: CaseId) -> None:
    """Show a case: what the person wrote, redacted, and what reviewers wrote."""

    async def shown(office: BackOffice) -> None:
        view = await office.review.show(case_id, None)
        case = view.case
        typer.echo(_line(case, office))
        typer.echo(
            f"rules {', '.join(case.rule_ids)}; thread {case.thread_id}; opened {case.opened_at:%Y-%m-%d %H:%M} UTC"
        )
        typer.echo(f"\n{_words(view.context)}\n")
        for note, text in zip(case.notes, view.notes, strict=True):
            typer.echo(f"{note.at:%Y-%m-%d %H:%M} {one_line(note.by)}:\n{_words(text)}")
        if view.draft is not None:
            typer.echo(f"draft:\n{_words(view.draft)}")
        if case.resolution:
            typer.echo(f"{case.resolution} by {one_line(str(case.resolved_by))}:\n{_words(view.reason)}")

    in_office(shown)


def claim(case_id: CaseId, by: By = None) -> None:
    """Take a case for 30 minutes."""

    async def done(office: BackOffice) -> None:
        typer.echo(_line(await office.review.claim(case_id, None, _name(by)), office))

    in_office(done)


def comment(
    case_id: CaseId, text: Annotated[str, typer.Argument(help="What others should know.")], by: By = None
) -> None:
    """Add a remark."""

    async def done(office: BackOffice) -> None:
        typer.echo(_line(await office.review.comment(case_id, None, _name(by), text), office))

    in_office(done)


def reassign(case_id: CaseId, to: Annotated[str, typer.Argument(help="Name of the reviewer.")], by: By = None) -> None:
    """Hand a case to another reviewer."""

    async def done(office: BackOffice) -> None:
        typer.echo(_line(await office.review.reassign(case_id, None, _name(by), to), office))

    in_office(done)


def resolve(
    case_id: CaseId,
    resolution: Annotated[str, typer.Argument(help="answered, draft_approved, upheld, policy_gap or guidance_gap.")],
    text: Annotated[str, typer.Argument(help="The answer, or the reason; the person reads it.")] = "",
    by: By = None,
) -> None:
    """Give the verdict on a case that you have claimed."""
    from typing import cast, get_args

    from agent.cases import Resolution

    if resolution not in get_args(Resolution):
        raise CommandError(f"`{resolution[:40]}` is not a resolution; expected {', '.join(get_args(Resolution))}")
    verdict = cast("Resolution", resolution)

    async def done(office: BackOffice) -> None:
        case = await office.review.resolve(case_id, None, _name(by), verdict, text)
        typer.echo(_line(case, office))
        typer.echo("a running service tells it in the thread within seconds", err=True)

    in_office(done)


def show_metrics(tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None) -> None:
    """How soon cases are claimed and resolved, and how often reviewers disagree with each rule, as JSON."""

    async def counted(office: BackOffice) -> None:
        typer.echo(json.dumps((await office.review.metrics(tenant)).model_dump(), indent=2))

    in_office(counted)


def _name(by: str | None) -> str:
    name = (by if by is not None else getpass.getuser()).strip()
    if not name or not name.isprintable() or len(name) > 200:
        raise CommandError("say who you are with --by NAME, up to 200 printable characters")
    return name


def _words(text: str | None) -> str:
    return "(erased)" if text is None else indented(text)


def _line(case: Case, office: BackOffice) -> str:
    now = office.clock.now()
    state = case.state(now)
    who = f" by {case.holder(now)}" if state == "claimed" else ""
    late = " LATE" if (case.resolved_at or now) > case.due_at else ""
    return (
        f"{case.id}  {case.queue:<10} {case.priority.value:<7} {(case.resolution or state) + one_line(who):<20} "
        f"due {case.due_at:%Y-%m-%d %H:%M}{late}  {case.facet} ({case.language})"
    )
