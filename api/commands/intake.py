"""``handrail corpora import CONNECTOR FOLDER``: bring in a public source, and say what became of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from api.commands.curation import at_desk
from api.commands.errors import CommandError

if TYPE_CHECKING:
    from corpora.intake import SourceApproval, SourceReport
    from corpora.lifecycle import Actor

_LISTED: Final = 20
"""Names of each kind that are printed; `--json` has all of them."""


def import_source(
    connector: str, folder: Path, source: str | None, actor: Actor, reason: str, retrieved: str | None, as_json: bool
) -> SourceReport:
    """The source is stored, and the report is printed.

    Raises:
        CommandError, ProfileError: no such connector or source, or they do not fit each other.
    """
    from api.commands.progress import progress_bar
    from corpora.connectors.profile import find_profile
    from corpora.connectors.table import CONNECTORS

    if connector not in CONNECTORS:
        raise CommandError(f"connector `{connector[:40]}` is unknown; expected one of {', '.join(CONNECTORS)}")
    if source is None:
        raise CommandError(
            "--source is missing; name a bundled profile, or a YAML file that says who publishes the folder"
        )
    profile = find_profile(source)
    if profile.connector != connector:
        raise CommandError(
            f"source `{profile.name}` is read with connector `{profile.connector}`, not with `{connector}`"
        )
    day = _day(retrieved)
    with progress_bar("files") as progress:
        report = at_desk(
            lambda desk: desk.curation.import_source(
                folder, CONNECTORS[connector], profile, actor, retrieved=day, reason=reason, progress=progress
            )
        )
    typer.echo(report.model_dump_json(indent=2) if as_json else "\n".join(_lines(report)))
    return report


def show_approval(done: SourceApproval) -> None:
    """Print what became of the approval of a whole source."""
    for line in done.left[:_LISTED]:
        typer.echo(f"left      {line}")
    if len(done.left) > _LISTED:
        typer.echo(f"left      ... and {len(done.left) - _LISTED} more; look at each with `handrail corpora lint DOC`")
    typer.echo(f"{done.approved} approved, {done.waiting} wait for another approval, {len(done.left)} left to look at")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--retrieved is `{text[:30]}`; expected a day such as `2026-11-20`") from error


def _lines(report: SourceReport) -> list[str]:
    lines: list[str] = []
    for kind, names in (("new", report.new), ("changed", report.changed), ("gone", report.gone)):
        lines += [f"{kind:9} {name}" for name in names[:_LISTED]]
        if len(names) > _LISTED:
            lines.append(f"{kind:9} ... and {len(names) - _LISTED} more; `--json` lists all")
    for skip in report.skipped:
        mark = "broken" if skip.fault else "skipped"
        lines += [
            f"{mark:9} {skip.count} {skip.reason}",
            *(f"          {example}" for example in skip.examples[:_LISTED]),
        ]
    languages = ", ".join(f"{count} {language}" for language, count in report.languages.items())
    lines.append(
        f"{report.source}: {report.documents} documents, {report.sections} sections ({languages or 'none'}), {report.offensive} of them never served"
    )
    lines.append(
        f"{len(report.new)} new, {len(report.changed)} changed, {report.unchanged} unchanged, {len(report.gone)} gone, "
        f"{sum(skip.count for skip in report.skipped)} skipped, in {report.seconds:.1f} s"
    )
    return lines
