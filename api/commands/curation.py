"""``handrail corpora``: the editorial work. Who acts is said with ``--as NAME --role ROLE``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from api.commands.errors import CommandError
from api.commands.words import one_line, visible

if TYPE_CHECKING:
    from agent.desk import Desk
    from agent.settings import Settings
    from corpora.curation import Revision
    from corpora.lifecycle import Actor
    from retrieval.publisher import Published

T = TypeVar("T")

As = Annotated[str, typer.Option("--as", help="Your name, for the record.")]
Role = Annotated[str, typer.Option("--role", help="Your role, e.g. editor, reviewer, clinical_reviewer.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
Name = Annotated[str, typer.Argument(metavar="DOC[@REV]", help="A document, or one revision of it.")]

_WITHIN: Final = re.compile(r"^(\d{1,4})([dw])$")


def new(
    document_id: Annotated[str, typer.Argument(help="Id of the document, e.g. `med-fever-in-babies`.")],
    title: Annotated[str, typer.Option(help="Its title.")],
    domain: Annotated[str, typer.Option(help="medical, security, licensing or general.")],
    as_: As,
    locale: Annotated[str, typer.Option(help="Language of the text.")] = "en",
    into: Annotated[Path, typer.Option(help="Folder of documents to write the file into.")] = Path(),
) -> None:
    """Write the skeleton of a new document as a file."""
    from datetime import UTC, datetime

    from corpora.document import parse_document
    from corpora.template import new_document

    path = into / domain / locale / f"{document_id}.md"
    text = new_document(document_id, title, domain, locale, as_, datetime.now(UTC).date())
    parse_document(text, path)
    if path.exists():
        raise CommandError(f"{path}: exists already; choose another id, or edit it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    typer.echo(f"{path}: write it, then `handrail corpora lint {into}` and `handrail corpora import {into}`")


def import_(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[CONNECTOR] FOLDER", help="Folder of documents, or of an upstream source to read with a connector."
        ),
    ],
    as_: As,
    role: Role = "editor",
    reason: Why = "",
    source: Annotated[
        str | None, typer.Option(help="Who publishes it: the name of a bundled profile, or a YAML file with one.")
    ] = None,
    retrieved: Annotated[
        str | None, typer.Option(help="Day on which the folder was fetched, as 2026-11-20 [default: today].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report of a source as JSON.")] = False,
) -> None:
    """Store documents: a folder of our own Markdown as drafts, or a public source, which then waits in review."""
    if len(what) == 2:
        from api.commands.intake import import_source

        done = import_source(what[0], Path(what[1]), source, actor_named(as_, role), reason, retrieved, as_json)
        if done.has_faults:
            raise typer.Exit(1)
        return
    if len(what) != 1 or source or retrieved or as_json:
        raise CommandError("expected FOLDER, or CONNECTOR FOLDER with --source; see `handrail corpora import --help`")
    folder = Path(what[0])
    report = at_desk(lambda desk: desk.curation.import_folder(folder, actor_named(as_, role), reason))
    for document in report.documents:
        if document.outcome != "unchanged":
            typer.echo(f"{document.outcome:9} {document.document_id}@{document.revision}  {document.path}")
    for problem in report.problems:
        typer.echo(f"skipped {problem}", err=True)
    counts = ", ".join(f"{report.count(outcome)} {outcome}" for outcome in ("new", "changed", "unchanged"))
    typer.echo(f"{counts}, {len(report.problems)} skipped")
    if report.problems:
        raise typer.Exit(1)


def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; other files in it are left alone.")],
    published: Annotated[bool, typer.Option("--published", help="Only what is served, not the newest drafts.")] = False,
) -> None:
    """Write the stored documents as files, byte for byte as they came in."""
    from corpora.folders import write_folder

    files = at_desk(lambda desk: desk.curation.files(published=published))
    written = write_folder(folder, dict(files))
    typer.echo(f"{len(files)} documents, {len(written)} files written or changed under {folder}")


def diff(
    name: Name,
    against: Annotated[
        str | None, typer.Option(help="Revision to compare with; by default the served one, else the one before.")
    ] = None,
) -> None:
    """Show what a revision changes."""
    document_id, revision = _named(name)
    text = at_desk(lambda desk: desk.curation.diff(document_id, against, revision))
    typer.echo(text or "no difference")


def submit(name: Name, as_: As, role: Role = "editor", reason: Why = "") -> None:
    """Ask for the review of a draft."""
    document_id, revision = _named(name)
    done = at_desk(lambda desk: desk.curation.submit(document_id, revision, actor_named(as_, role), reason))
    typer.echo(_line(done))


def approve(
    as_: As,
    role: Role,
    name: Annotated[str | None, typer.Argument(metavar="DOC[@REV]", help="A document, or one revision of it.")] = None,
    reason: Why = "",
    source: Annotated[
        str | None, typer.Option(help="Instead of a document: all of this source in which lint finds no error.")
    ] = None,
) -> None:
    """Vouch for a revision in review, or for a whole source."""
    if (name is None) == (source is None):
        raise CommandError("expected DOC, or --source NAME")
    if name is None:
        from api.commands.intake import show_approval
        from corpora.intake import origin_of

        origin = origin_of(source or "")
        show_approval(at_desk(lambda desk: desk.approve_source(origin, actor_named(as_, role), reason)))
        return
    document_id, revision = _named(name)
    done = at_desk(lambda desk: desk.approve(document_id, revision, actor_named(as_, role), reason))
    typer.echo(_line(done))


def reject(name: Name, as_: As, role: Role, reason: Why) -> None:
    """Send a revision back to its author."""
    document_id, revision = _named(name)
    done = at_desk(lambda desk: desk.reject(document_id, revision, actor_named(as_, role), reason))
    typer.echo(_line(done))


def withdraw(name: Name, as_: As, reason: Why, role: Role = "editor") -> None:
    """Call a revision back, or all of a document: no turn cites it from now on, and nothing is rebuilt."""
    document_id, revision = _named(name)
    for done in at_desk(lambda desk: desk.withdraw(document_id, revision, actor_named(as_, role), reason)):
        typer.echo(_line(done))
    typer.echo(f"turns that cited it: handrail corpora affected {name}")


def retire(name: Name, as_: As, reason: Why, role: Role = "editor") -> None:
    """Take a revision out of service for good."""
    document_id, revision = _named(name)
    for done in at_desk(lambda desk: desk.retire(document_id, revision, actor_named(as_, role), reason)):
        typer.echo(_line(done))


def publish(
    as_: As,
    documents: Annotated[
        list[str] | None, typer.Argument(metavar="[DOC]...", help="Only these; by default all that is approved.")
    ] = None,
    role: Role = "publisher",
    reason: Why = "",
) -> None:
    """Build a release with what is approved, and switch to it."""
    from api.commands.progress import progress_bar

    with progress_bar("sections") as progress:
        done = at_desk(lambda desk: desk.publish(actor_named(as_, role), reason, documents or (), progress=progress))
    _show_published(done)


def rollback(
    as_: As,
    reason: Why,
    release: Annotated[str | None, typer.Option(help="Release to go back to; by default the one before.")] = None,
    role: Role = "publisher",
) -> None:
    """Serve an earlier release again."""
    done = at_desk(lambda desk: desk.rollback(actor_named(as_, role), reason, release))
    _show_published(done)
    if done.taken_out:
        typer.echo("what was taken out is approved and in the next release; reject or withdraw what must not be")


def status(
    document: Annotated[str | None, typer.Argument(metavar="[DOC]", help="One document only.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every revision, not only those that wait.")] = False,
) -> None:
    """Show what is served, what waits, and what nobody could check."""
    revisions, live = at_desk(lambda desk: _state(desk, document))
    waiting = [r for r in revisions if r.status in ("draft", "in_review", "approved", "expired")]
    for revision in revisions if every or document else waiting:
        typer.echo(_line(revision))
    counts: dict[str, int] = {}
    for revision in revisions:
        counts[revision.status.value] = counts.get(revision.status.value, 0) + 1
    typer.echo("revisions: " + (", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"))
    served = [revision for revision in revisions if revision.status == "published"]
    unverified = [revision for revision in served if revision.unverified]
    facts = sum(revision.unverified for revision in unverified)
    typer.echo(f"unverified: {facts} facts in {len(unverified)} served documents; `--all` shows which")
    typer.echo(f"live release: {live}")


async def _state(desk: Desk, document: str | None) -> tuple[tuple[Revision, ...], str]:
    await desk.curation.expire_due()
    return await desk.curation.revisions(document), await desk.publisher.live() or "none"


def expiring(
    within: Annotated[str, typer.Option(help="How far to look ahead: `30d` or `6w`.")] = "30d",
) -> None:
    """List what must be reviewed soon, and what has expired."""
    match = _WITHIN.match(within)
    if match is None:
        raise CommandError(f"--within is `{within}`; expected a number of days or weeks such as `30d` or `6w`")
    days = int(match[1]) * (7 if match[2] == "w" else 1)
    due = at_desk(lambda desk: desk.curation.expiring(timedelta(days=days)))
    for revision in due:
        typer.echo(f"{revision.review_by}  {revision.status:9} {revision.document_id}@{revision.revision}")
    typer.echo(f"{len(due)} documents to review within {within}")


def gaps(limit: Annotated[int, typer.Option(min=1, help="Kinds at most.")] = 20) -> None:
    """Show what people asked and no guidance covered, by kind."""
    found = at_desk(lambda desk: desk.gaps())
    for gap in found[:limit]:
        typer.echo(f"{gap.turns:5} turns  {gap.domain}/{gap.facet} {gap.language}  best {gap.best:.2f}")
        for example in gap.examples:
            typer.echo(f"             {visible(' '.join(example.split())[:100])}")
    typer.echo(f"{sum(gap.turns for gap in found)} turns without guidance, of {len(found)} kinds")


def affected(name: Name) -> None:
    """List the turns that cited a document or one revision of it."""
    document_id, revision = _named(name)
    turns = at_desk(lambda desk: desk.affected(document_id, revision))
    for turn in turns:
        typer.echo(f"{turn.at.isoformat(timespec='seconds')}  {turn.turn_id}  {turn.thread_id}  {turn.revision}")
    typer.echo(f"{len(turns)} turns cited {name}")


def history(
    name: Annotated[str | None, typer.Argument(metavar="[DOC[@REV]]", help="All of the library by default.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The last steps only.")] = 50,
) -> None:
    """Show who did what when, and why."""
    document_id, revision = _named(name) if name else (None, None)
    for entry in at_desk(lambda desk: desk.curation.history(document_id, revision, limit)):
        who = f"{entry.actor} ({entry.role})"
        why = f": {one_line(entry.reason)}" if entry.reason else ""
        typer.echo(
            f"{entry.at.isoformat(timespec='seconds')}  {entry.document_id}@{entry.revision}  "
            f"{entry.step} -> {entry.status}  by {who}{why}"
        )


def at_desk(work: Callable[[Desk], Awaitable[T]]) -> T:
    """The result of ``work`` with the desk of this installation, which is closed afterwards."""
    from agent.bootstrap import open_desk
    from agent.settings import Settings
    from api.commands.logs import configure_logging

    async def run(settings: Settings) -> T:
        async with open_desk(settings) as desk:
            return await work(desk)

    configure_logging("warning")
    return asyncio.run(run(Settings.from_env()))


def actor_named(name: str, role: str) -> Actor:
    """The person of ``--as`` and ``--role``. Raises ``CommandError`` or ``NotAllowed``."""
    from pydantic import ValidationError

    from corpora.lifecycle import Actor, require_person

    try:
        return require_person(Actor(name=name, role=role))
    except ValidationError as error:
        field = "--as" if error.errors()[0]["loc"][0] == "name" else "--role"
        value = name if field == "--as" else role
        raise CommandError(
            f"{field} is `{value[:60]}`; expected a name, and a role such as `clinical_reviewer`"
        ) from error


def _named(name: str) -> tuple[str, str | None]:
    from corpora.curation import split_name

    return split_name(name)


def _line(revision: Revision) -> str:
    parts = [f"{revision.status:10} {revision.document_id}@{revision.revision}"]
    if revision.approvals:
        parts.append("approved by " + ", ".join(f"{name} ({role})" for name, role in revision.approvals.items()))
    if revision.missing:
        parts.append(f"missing {revision.missing}")
    if revision.unverified:
        parts.append(f"{revision.unverified} unverified")
    return "  ".join(parts)


def _show_published(done: Published) -> None:
    for name in done.published:
        typer.echo(f"published {name}")
    for name in done.taken_out:
        typer.echo(f"taken out {name}")
    release = done.release
    typer.echo(f"release {release.id} is live: {len(release.documents)} documents, {release.sections} sections")
