"""``handrail policies``: look at rules before they decide anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.policy_choice import Choice
    from policies.cases import Value
    from policies.models import Decision, Facts
    from policies.policy_set import PolicySet

Policies = Annotated[
    str | None, typer.Argument(help="Folder or published version [default: what is live].", metavar="POLICIES")
]
SHOWN = 40
"""Lines of one kind that a report shows before it counts the rest."""


def lint(policies: Policies = None) -> None:
    """Check files, cases and texts; every finding is named with file, line and fix."""
    from policies.lint import Severity, lint_sources

    choice = _choose(policies)
    findings = lint_sources(choice.sources)
    for finding in findings:
        typer.echo(str(finding), err=True)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if errors:
        typer.echo(f"{choice.name}: {errors} to fix, {len(findings) - errors} to look at", err=True)
        raise typer.Exit(1)
    loaded = choice.policies()
    typer.echo(
        f"{len(loaded.rules)} rules, {len(loaded.overlays)} overlays, {len(loaded.rationales)} rationales, "
        f"{len(loaded.disclaimers)} disclaimers; version {loaded.version}"
    )


def run_cases(
    policies: Policies = None,
    rule: Annotated[str | None, typer.Option(help="Only the cases of rules whose id starts with this.")] = None,
) -> None:
    """Run the cases: for each rule one that fires and one that just does not."""
    from api.commands.errors import CommandError
    from policies.cases import cases_in, failure_of

    choice = _choose(policies)
    loaded = choice.policies()
    cases = [case for case in cases_in(choice.sources, loaded) if rule is None or case.rule.startswith(rule)]
    if not cases:
        which = "" if rule is None else f" of a rule whose id starts with `{rule[:80]}`"
        raise CommandError(f"there is no case{which} in {choice.name}")
    now = datetime.now(UTC)
    failures = [(case, failure) for case in cases if (failure := failure_of(case, loaded, now=now)) is not None]
    for case, failure in failures:
        typer.echo(f"{case.file}:{case.line}: {failure}", err=True)
    typer.echo(f"{len(cases)} cases, {len(cases) - len(failures)} hold, {len(failures)} fail; version {loaded.version}")
    if failures:
        raise typer.Exit(1)


def explain(
    given: Annotated[
        list[str] | None,
        typer.Argument(
            help="Facts as path=value, e.g. risk.facet=dosing context.role=clinician risk.signals=dose.child"
        ),
    ] = None,
    policies: Annotated[str | None, typer.Option(help="Folder or published version [default: what is live].")] = None,
    turn: Annotated[str | None, typer.Option(help="Explain the recorded turn of this id instead.")] = None,
    language: Annotated[str, typer.Option(help="Language of the texts.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
) -> None:
    """Decide one turn and show why: rules, obligations with their origin, near misses, overlays, texts."""
    from policies.cases import facts_of
    from policies.engine import decide

    loaded = _choose(policies).policies()
    now = datetime.now(UTC)
    if turn is not None:
        facts, now = _recorded(turn)
    else:
        facts = facts_of(_parsed(given or [], loaded), loaded)
    decision = decide(facts, loaded, now=now)
    typer.echo(decision.model_dump_json(indent=2) if as_json else explained(decision, facts, loaded, language))


def explained(decision: Decision, facts: Facts, policies: PolicySet, language: str) -> str:
    """The decision as text for operators."""
    rules = {rule.id: rule for rule in policies.rules}
    text, used = policies.rationale(decision.rationale_code, language, facts.context.jurisdiction)
    context = facts.context
    lines = [
        decision.explanation,
        "",
        f"asked     {facts.risk.facet} ({facts.risk.domain}), unsafe {facts.risk.unsafe:.2f}, role {context.role} "
        f"(by {context.role_provenance}), {context.locale} in {context.jurisdiction}, tenant {context.tenant}",
        f"version   {decision.policy_version}, overlays {', '.join(decision.overlays) or 'none'}, "
        f"appetite {decision.risk_appetite}",
        "matched",
    ]
    for rule_id in decision.rule_ids:
        rule = rules[rule_id]
        mark = "*" if rule_id in decision.decided_by else " "
        lines.append(f"  {mark} {rule.action:<16} {rule_id}  {rule.file}:{rule.line}  {rule.description}")
    lines += [f"  ! {error.rule_id}: {error.message}" for error in decision.errors]
    lines += ["obligations"] + [f"    {duty}  from {', '.join(duty.rule_ids)}" for duty in decision.obligations]
    lines.append("near misses")
    for near in decision.near_misses:
        lines.append(f"    {near.action:<16} {near.rule_id}  {'; '.join(map(str, near.gaps))}")
    lines += [f"told      ({used}) {text.declined}: {text.reason} {text.how_to_proceed}"]
    return "\n".join(lines)


def diff(
    before: Annotated[str, typer.Argument(help="Folder or version, `live` or `disk`.")],
    after: Annotated[str, typer.Argument(help="Folder or version.")],
) -> None:
    """Show what differs in the files, and how plain requests are treated differently."""
    from policies.diff import edits, effects

    old, new = _choose(before).policies(), _choose(after).policies()
    found = edits(old, new)
    changed = effects(old, new, now=datetime.now(UTC))
    typer.echo(f"{old.version} -> {new.version}: {len(found)} edits, {len(changed)} effects on plain requests")
    for title, entries in (("edits", found), ("effects, looser first", changed)):
        if entries:
            typer.echo(title)
        for entry in entries[:SHOWN]:
            typer.echo(f"  {entry}")
        if len(entries) > SHOWN:
            typer.echo(f"  and {len(entries) - SHOWN} more")


def _choose(reference: str | None) -> Choice:
    from agent.settings import Settings
    from api.policy_choice import choose

    return choose(reference, Settings.from_env())


def _parsed(given: list[str], policies: PolicySet) -> dict[str, Value]:
    from api.commands.errors import CommandError
    from policies.cases import values_of

    pairs: dict[str, str] = {}
    for entry in given:
        path, sign, value = entry.partition("=")
        if not sign:
            raise CommandError(f"`{entry[:80]}` is no fact; write it as path=value, e.g. `risk.facet=dosing`")
        pairs[path] = value
    values, faults = values_of(pairs, policies)
    if faults:
        raise CommandError("; ".join(faults))
    return values


def _recorded(turn_id: str) -> tuple[Facts, datetime]:
    import asyncio

    from agent.settings import Settings
    from api.commands.errors import CommandError
    from api.policy_records import turns_of_records

    found = asyncio.run(turns_of_records(Settings.from_env(), turn_id=turn_id))
    if not found:
        raise CommandError(f"no decision of turn `{turn_id[:80]}` is on record in this data directory")
    return found[0].facts, found[0].at


def schema(
    kind: Annotated[str | None, typer.Argument(help="vocabulary, rules, overlay, rationales or cases.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write all of them into this folder.")] = None,
) -> None:
    """Print the JSON Schema of one kind of file, for editors."""
    import json

    from api.commands.errors import CommandError
    from policies.errors import suggestion
    from policies.file_schemas import KINDS, schema_of_kind, write_schemas

    if write is not None:
        for path in write_schemas(write):
            typer.echo(str(path))
        return
    if kind not in KINDS:
        raise CommandError(f"unknown kind of file `{kind or ''}`{suggestion(kind or '', KINDS)}")
    typer.echo(json.dumps(schema_of_kind(kind), indent=2, ensure_ascii=False))
