"""``handrail policies``: publish, watch beside the live version, try on a share, roll back.

Running services on the same data directory follow within a second or two.
"""

from __future__ import annotations

import getpass
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.words import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.office import BackOffice
    from agent.policy_desk import PolicyDesk
    from policies.store import State, VersionStore

Actor = Annotated[str, typer.Option(help="Who does this [default: the user of this machine].")]
Note = Annotated[str, typer.Option(help="Why, for the history.")]


def publish(
    policies: Annotated[str, typer.Argument(help="Folder, or a version stored before.")],
    actor: Actor = "",
    note: Note = "",
) -> None:
    """Check a candidate and make it live. A candidate with anything to fix is rejected, and the live one stays."""
    version = _stored(policies, actor, note)
    _change(actor, lambda desk: desk.publish(version, note))
    typer.echo(f"version {version} is live")


def rollback(
    to: Annotated[
        str | None, typer.Option(help="A version, or `disk` for the files on disk [default: before].")
    ] = None,
    actor: Actor = "",
    note: Note = "",
) -> None:
    """Make the version live again that was live before this one."""
    state = _change(actor, lambda desk: desk.roll_back(to, note))
    typer.echo(f"version {state.live} is live" if state.live else "the files on disk are live")


def versions() -> None:
    """List the published versions and what was done with them."""
    store = _store()
    state = store.state()
    for manifest in store.manifests():
        marks = [
            name
            for name, used in (
                ("live", state.live),
                ("shadow", state.shadow),
                (f"canary {state.canary.share:.0%}" if state.canary else "", state.canary and state.canary.version),
            )
            if used == manifest.version
        ]
        mark = f" [{', '.join(marks)}]" if marks else ""
        typer.echo(
            f"{manifest.version}{mark}  {manifest.created_at:%Y-%m-%d %H:%M} by {one_line(manifest.actor)}  {one_line(manifest.note)}"
        )
    if state.live is None:
        typer.echo("the files on disk are live")
    for event in store.history()[-10:]:
        typer.echo(
            f"{event.at:%Y-%m-%d %H:%M} {event.act} {event.before or '-'} -> {event.after or '-'} by {one_line(event.actor)}  {one_line(event.note)}"
        )


def export(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    policies: Annotated[str | None, typer.Option(help="Folder or version [default: what is live].")] = None,
) -> None:
    """Write policies into a folder, to be edited and published from there."""
    from agent.settings import Settings
    from api.commands.errors import CommandError
    from api.policy_choice import choose

    choice = choose(policies, Settings.from_env())
    if folder.exists() and any(folder.iterdir()):
        raise CommandError(f"folder `{folder}` is not empty; name a new one")
    for source in choice.sources:
        path = folder / source.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text, encoding="utf-8")
    typer.echo(f"{len(choice.sources)} files of {choice.name} are in {folder}")


def shadow(
    policies: Annotated[str | None, typer.Argument(help="Folder or version that runs beside the live one.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End the shadow.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Count the differences on record.")] = False,
    actor: Actor = "",
    note: Note = "",
) -> None:
    """Let a candidate decide beside the live version on live turns: it changes nothing, differences go on record."""
    from api.commands.errors import CommandError

    if report:
        _report_shadow(policies)
        return
    if stop == (policies is not None):
        raise CommandError("name a folder or a version to run in shadow, or `--stop`")
    if policies is None:
        _change(actor, lambda desk: desk.shadow(None, note))
        typer.echo("nothing runs in shadow")
        return
    version = _stored(policies, actor, note)
    _change(actor, lambda desk: desk.shadow(version, note))
    typer.echo(f"version {version} runs in shadow; see `handrail policies shadow --report`")


def canary(
    policies: Annotated[str | None, typer.Argument(help="Folder or version for a share of the threads.")] = None,
    share: Annotated[float, typer.Option(min=0.0001, max=1.0, help="Share of the threads, 0 to 1.")] = 0.05,
    stop: Annotated[bool, typer.Option("--stop", help="End the canary.")] = False,
    actor: Actor = "",
    note: Note = "",
) -> None:
    """Let a candidate decide for a share of the threads, chosen by a stable hash of the thread."""
    from api.commands.errors import CommandError
    from policies.store import Canary

    if stop == (policies is not None):
        raise CommandError("name a folder or a version for the canary, or `--stop`")
    if policies is None:
        _change(actor, lambda desk: desk.canary(None, note))
        typer.echo("there is no canary")
        return
    chosen = Canary(version=_stored(policies, actor, note), share=share)
    _change(actor, lambda desk: desk.canary(chosen, note))
    typer.echo(f"version {chosen.version} decides for {share:.2%} of the threads")


def _report_shadow(reference: str | None) -> None:
    import asyncio

    from agent.settings import Settings
    from api.policy_records import shadow_report

    report = asyncio.run(shadow_report(Settings.from_env(), reference))
    typer.echo(
        f"version {report.version or '-'}: {report.turns} turns in shadow, {report.differing} differ, {report.errors} erred"
    )
    _counts("by action", report.actions)
    for name, counts in report.by.items():
        _counts(f"by {name}", counts)
    for example in report.examples:
        typer.echo(f"  {example}")


def _counts(title: str, counts: Counter[str] | dict[str, Any]) -> None:
    if counts:
        typer.echo(
            f"{title}: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda e: -e[1]))
        )


def _change(actor: str, step: Callable[[PolicyDesk], Awaitable[State]]) -> State:
    """The step is on record and done."""
    from agent.policy_desk import PolicyDesk
    from api.commands.office import in_office

    done: list[State] = []

    async def work(office: BackOffice) -> None:
        desk = PolicyDesk(_store(), office.records, actor=_actor(actor), via="command line")
        done.append(await step(desk))

    in_office(work)
    return done[0]


def _stored(reference: str, actor: str, note: str) -> str:
    """The version of the candidate, which is checked and in the store. Raises ``PolicyLoadError`` with everything that must be fixed."""
    from agent.settings import Settings
    from api.policy_choice import choose, require_publishable

    choice = choose(reference, Settings.from_env())
    require_publishable(choice)
    return _store().add(choice.sources, actor=_actor(actor), note=note, now=datetime.now(UTC))


def _actor(given: str) -> str:
    return given or getpass.getuser()


def _store() -> VersionStore:
    from agent.bootstrap import version_store
    from agent.settings import Settings

    return version_store(Settings.from_env())
