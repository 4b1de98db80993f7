"""``handrail policies simulate``: what a candidate would have done, before it does it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.settings import Settings
    from policies.policy_set import PolicySet
    from policies.simulate import RecordedTurn, Simulation


def simulate(
    candidate: Annotated[str, typer.Argument(help="Folder or version.")],
    records: Annotated[
        Path | None, typer.Option(help="File of records (JSONL) [default: the records of the data directory].")
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(help="File of requests (JSONL: text, and as wanted role, history).")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with these policies now, not with what is on record: folder, version, `live`."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest turns.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Decide recorded turns again under a candidate and show what changes, what matters most first.

    Records hold the judged risk and the context of a turn, no text; requests in a file are judged first.
    """
    import asyncio

    from agent.settings import Settings
    from api.commands.errors import CommandError
    from api.policy_choice import choose
    from api.policy_records import read_turns, turns_of_records
    from policies.simulate import simulate as simulated

    settings = Settings.from_env()
    if records is not None and prompts is not None:
        raise CommandError("give either `--records` or `--prompts`")
    new = choose(candidate, settings).policies()
    old = None if against is None else choose(against, settings).policies()
    turns: Iterable[RecordedTurn]
    if prompts is not None:
        old = old or choose(None, settings).policies()
        turns = _judged(prompts, settings, old)
    elif records is not None:
        turns = read_turns(records)
        if limit:
            turns = list(turns)[-limit:]
    else:
        turns = asyncio.run(turns_of_records(settings, limit=limit))
    report = simulated(turns, new, against=old)
    if report.turns == 0:
        raise CommandError("no decided turn is on record there; nothing can be replayed")
    typer.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) if as_json else rendered(report))


def rendered(report: Simulation) -> str:
    """The report as text."""
    lines = [
        f"{report.turns} turns, {report.changed} change their action, "
        f"{report.same_action_other_obligations} keep it with other obligations"
    ]
    for flip in report.flips:
        lines.append(f"{flip.before} -> {flip.after}: {flip.turns} ({'looser' if flip.looser else 'stricter'})")
        for example in flip.examples:
            by = f"{', '.join(example.before) or 'no rule'} -> {', '.join(example.after) or 'no rule'}"
            where = f"{example.facet}, {example.role}, {example.locale}, unsafe {example.unsafe:.2f}"
            lines.append(f"    {example.id}  {where}  {by}" + (f"  {example.text[:80]!r}" if example.text else ""))
    for name, counts in report.changed_by.items():
        if counts:
            lines.append(f"by {name}: " + ", ".join(f"{value} {count}" for value, count in counts.items()))
    lines.append("action     before   after")
    for action, count in report.actions_before.items():
        lines.append(f"{action:<16} {count:>7} {report.actions_after[action]:>7}")
    return "\n".join(lines)


def sample(
    out: Annotated[Path, typer.Argument(help="File to write, one record a line.")],
    turns: Annotated[int, typer.Option(min=1, max=1_000_000, help="Recorded turns.")] = 5000,
    seed: Annotated[int, typer.Option(help="The same seed and policies give the same turns.")] = 1,
    policies: Annotated[
        str | None, typer.Option(help="Folder or version that decides [default: what is live].")
    ] = None,
) -> None:
    """Write made-up recorded turns, for trying a simulation before there is traffic."""
    from agent.settings import Settings
    from api.policy_choice import choose
    from evals.traffic import made_up_records

    loaded = choose(policies, Settings.from_env()).policies()
    with out.open("w", encoding="utf-8") as file:
        for record in made_up_records(loaded, turns=turns, seed=seed):
            file.write(record.model_dump_json() + "\n")
    typer.echo(f"{turns} recorded turns are in {out}, decided by version {loaded.version}")


def _judged(path: Path, settings: Settings, policies: PolicySet) -> list[RecordedTurn]:
    from concurrent.futures import ThreadPoolExecutor
    from datetime import UTC, datetime

    from agent.perception import see
    from api.commands.assess import Assessor, read_rows
    from api.commands.logs import configure_logging
    from api.commands.risk import open_judge
    from policies.simulate import RecordedTurn

    configure_logging("error")
    rows = read_rows(path)
    with ThreadPoolExecutor(max_workers=2) as executor:
        assessor = Assessor(see, open_judge(settings, executor), policies, executor)
        now = datetime.now(UTC)
        return [
            RecordedTurn(
                str(one.row.id),
                now,
                one.facts,
                one.decision.action,
                one.decision.decided_by,
                frozenset(map(str, one.decision.obligations)),
                one.row.text,
            )
            for one in assessor.assess(rows)
        ]
