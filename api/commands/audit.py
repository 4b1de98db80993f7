"""``handrail audit``: the records, for those who answer for them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO

import typer

from api.commands.errors import CommandError
from api.commands.office import duration, in_office

if TYPE_CHECKING:
    from agent.audit import Mark
    from agent.office import BackOffice

BY: Final = "command line"
_SHOWN_BREAKS: Final = 20


def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="Checkpoint that was kept elsewhere; may be repeated.")
    ] = None,
) -> None:
    """Check that no record was changed, removed, added or moved. Exit status 1 when one was."""
    from agent.audit_report import verify_chain

    marks = tuple(_read_mark(path) for path in checkpoint or ())

    async def verified(office: BackOffice) -> None:
        found = await verify_chain(office.records, office.sealer.secret, marks)
        if not found.breaks:
            span = f", from {found.first} to {found.last}" if found.checked else ""
            typer.echo(f"{found.checked:,} records{span}: the chain holds, signed by {office.sealer.secret.key_id}")
            return
        for each in found.breaks[:_SHOWN_BREAKS]:
            typer.echo(f"record {each.seq}: {each.problem}")
        if len(found.breaks) > _SHOWN_BREAKS:
            typer.echo(f"and {len(found.breaks) - _SHOWN_BREAKS:,} more")
        typer.echo(f"the chain of {found.checked:,} records is broken", err=True)
        raise typer.Exit(1)

    in_office(verified)


def make_checkpoint() -> None:
    """Print a signed statement about the last record; keep it where who can write the database cannot."""
    from agent.erasure import checkpoint

    async def made(office: BackOffice) -> None:
        mark = await checkpoint(office.records, office.sealer)
        if mark is None:
            raise CommandError("there are no records yet, so there is nothing to state")
        public = office.sealer.secret.public_key.hex()
        typer.echo(json.dumps({**mark.model_dump(), "public_key": public, "at": office.clock.now().isoformat()}))

    in_office(made)


def export(
    form: Annotated[str, typer.Option("--format", help="jsonl or ocsf; one JSON object a line.")] = "jsonl",
    out: Annotated[Path | None, typer.Option(help="File to write [default: standard output].")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only records of this tenant.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only records of this kind, e.g. decision.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on, ISO 8601, UTC when it has no zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
    with_text: Annotated[bool, typer.Option(help="Open sealed texts; this is put on record.")] = False,
) -> None:
    """Write the records for other systems."""
    from agent.audit import Entry
    from agent.audit_report import ocsf, pages

    if form not in ("jsonl", "ocsf"):
        raise CommandError(f"the format `{form[:20]}` is not known; expected jsonl or ocsf")
    start, end = _moment(since, "--since"), _moment(until, "--until")

    async def exported(office: BackOffice) -> None:
        if with_text:
            at = office.clock.now()
            body: dict[str, Any] = {"event": "texts_exported", "by": BY, "tenant": tenant, "kind": kind}
            await office.records.append(
                Entry(kind="access", turn_id="", thread_id="", tenant=tenant or "*", at=at, body=body)
            )
        count = 0
        with _writing(out) as file:
            async for record in pages(office.records, tenant=tenant, kind=kind, since=start, until=end):
                shown = await office.sealer.opened(record) if with_text else record
                line = ocsf(shown) if form == "ocsf" else shown.model_dump(mode="json")
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
        typer.echo(f"{count:,} records", err=True)

    in_office(exported)


def erase(
    subject: Annotated[str | None, typer.Option(help="Id of the person, as the frontend gives it.")] = None,
    thread: Annotated[str | None, typer.Option(help="Id of a conversation that has no subject.")] = None,
    tenant: Annotated[str, typer.Option(help="Tenant of the person.")] = "default",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make every text of a person unreadable, for ever. Their records stay, and the chain still verifies."""
    from agent.erasure import erase as erase_person

    if (subject is None) == (thread is None):
        raise CommandError("name the person with --subject, or a conversation with --thread; one of them")
    person = subject if subject is not None else f"thread:{thread}"
    if not yes and not typer.confirm(f"Erase every text of `{person}` of the tenant `{tenant}`?"):
        raise typer.Exit(1)

    async def erased(office: BackOffice) -> None:
        found = await erase_person(
            tenant=tenant,
            subject=person,
            by=BY,
            now=office.clock.now(),
            records=office.records,
            keys=office.subject_keys,
            sealer=office.sealer,
            threads=office.checkpoints,
        )
        if not any(found):
            typer.echo("nothing is known of this person; that they were to be erased is on record", err=True)
        typer.echo(
            f"{found.keys} keys destroyed, {found.threads} threads deleted; {found.records} records stay without text"
        )

    in_office(erased)


def retention(
    keep: Annotated[str, typer.Option(help="Age up to which records stay, e.g. 365d.")],
    dry_run: Annotated[bool, typer.Option(help="Only say how many would go.")] = False,
) -> None:
    """Let records go after their time, and conversations with their last record; the rest still verifies."""
    from agent.erasure import retain

    age = duration(keep)

    async def retained(office: BackOffice) -> None:
        now = office.clock.now()
        count = await retain(
            keep=age,
            by=BY,
            now=now,
            records=office.records,
            sealer=office.sealer,
            threads=office.checkpoints,
            dry_run=dry_run,
        )
        typer.echo(f"{count:,} records {'would go' if dry_run else 'are gone'}")

    in_office(retained)


def stats(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """What the records add up to."""
    from agent.audit_report import Stats, pages

    async def counted(office: BackOffice) -> None:
        found = Stats()
        async for record in pages(office.records):
            found.take(record)
        if as_json:
            typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
            return
        typer.echo(f"{found.records:,} records about {len(found.subjects):,} persons or conversations")
        if found.first and found.last:
            typer.echo(f"from {found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} UTC")
        for name, counts in found.counts.items():
            for value, count in counts.most_common(15):
                typer.echo(f"{name:<12} {value:<32} {count:>8,}")
        for name, sums in found.models.items():
            cost = f", cost {sums['cost']:,.4f}" if sums["cost"] else ""
            typer.echo(
                f"{'model':<12} {name:<32} {sums['calls']:>8,} calls, {sums['failed']:,} failed, {sums['input_tokens']:,} "
                f"tokens in, {sums['output_tokens']:,} out{cost}"
            )

    in_office(counted)


def reference(
    out: Annotated[Path, typer.Argument(dir_okay=False, help="File to write, for HANDRAIL_DRIFT_REFERENCE.")],
    since: Annotated[str | None, typer.Option(help="From this time on, ISO 8601, UTC when it has no zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
) -> None:
    """Write the spread of risk scores and refusals of recorded turns, which the metrics compare today's turns with."""
    from agent.audit_report import pages
    from agent.drift import FEWEST, Recorded

    start, end = _moment(since, "--since"), _moment(until, "--until")

    async def written(office: BackOffice) -> None:
        found = Recorded()
        async for record in pages(office.records, since=start, until=end):
            found.take(record)
        window = found.window()
        if window.turns < FEWEST:
            raise CommandError(f"there are {window.turns:,} turns in this time; at least {FEWEST} make a reference")
        out.write_text(window.model_dump_json() + "\n", encoding="utf-8")
        typer.echo(f"{window.turns:,} turns, {window.refused:,} of them refused, in {out}", err=True)

    in_office(written)


def _read_mark(path: Path) -> Mark:
    from pydantic import ValidationError

    from agent.audit import Mark

    try:
        content = json.loads(path.read_text("utf-8"))
        return Mark.model_validate({name: content[name] for name in Mark.model_fields})
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise CommandError(f"{path}: is not a checkpoint as `handrail audit checkpoint` prints it") from error


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"{option} is `{text[:40]}`; expected a time such as 2026-11-24 or 2026-11-24T09:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _writing(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    with path.open("w", encoding="utf-8") as file:
        yield file
