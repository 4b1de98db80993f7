"""``handrail``: the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from api.commands import (
    audit,
    bench,
    candidates,
    cases,
    config,
    corpora,
    corpora_evaluation,
    curation,
    eval_examples,
    eval_tools,
    evals,
    exemplars,
    feedback,
    grounding,
    keys,
    outputs,
    policies,
    policy_life,
    policy_replay,
    risk,
)
from api.commands.ask import ask
from api.commands.backup import backup
from api.commands.redteam import redteam
from api.commands.serve import serve
from api.version import package_version

EXIT_BAD_INPUT: Final = 2
"""The user can fix what went wrong: a setting, a file, an argument."""

COMMANDS: Final[dict[str, Callable[..., Any]]] = {"serve": serve, "ask": ask, "backup": backup}

GROUPS: Final[dict[str, tuple[str, dict[str, Callable[..., Any]]]]] = {
    "risk": (
        "Judge requests, train and measure the risk model.",
        {
            "assess": risk.assess,
            "explain": risk.explain,
            "train": risk.train,
            "fit-output": risk.fit_output,
            "evaluate": risk.evaluate,
        },
    ),
    "corpora": (
        "The reviewed guidance: check it, publish it, search it.",
        {
            "index": corpora.index,
            "search": corpora.search,
            "lint": corpora.lint,
            "evaluate": corpora_evaluation.evaluate,
            "new": curation.new,
            "import": curation.import_,
            "export": curation.export,
            "diff": curation.diff,
            "submit": curation.submit,
            "approve": curation.approve,
            "reject": curation.reject,
            "publish": curation.publish,
            "withdraw": curation.withdraw,
            "retire": curation.retire,
            "rollback": curation.rollback,
            "status": curation.status,
            "expiring": curation.expiring,
            "gaps": curation.gaps,
            "affected": curation.affected,
            "history": curation.history,
        },
    ),
    "grounding": (
        "What counts as supported by a source: learn it, measure it.",
        {"fit": grounding.fit, "evaluate": grounding.evaluate},
    ),
    "outputs": (
        "Texts that models write: protect works from long quotation.",
        {"fingerprint": outputs.fingerprint},
    ),
    "audit": (
        "The records of decisions: verify, export, erase.",
        {
            "verify": audit.verify,
            "checkpoint": audit.make_checkpoint,
            "export": audit.export,
            "erase": audit.erase,
            "retention": audit.retention,
            "stats": audit.stats,
            "reference": audit.reference,
        },
    ),
    "cases": (
        "What people have to look at.",
        {
            "list": cases.show_all,
            "show": cases.show,
            "claim": cases.claim,
            "comment": cases.comment,
            "reassign": cases.reassign,
            "resolve": cases.resolve,
            "metrics": cases.show_metrics,
        },
    ),
    "feedback": ("What people say of turns.", {"report": feedback.report}),
    "config": ("The settings.", {"show": config.show}),
    "keys": (
        "Who may use the API.",
        {"create": keys.create, "list": keys.show_all, "revoke": keys.revoke, "rotate": keys.rotate},
    ),
    "policies": (
        "The rules that decide: check, explain, compare, try out, publish.",
        {
            "lint": policies.lint,
            "test": policies.run_cases,
            "explain": policies.explain,
            "diff": policies.diff,
            "schema": policies.schema,
            "simulate": policy_replay.simulate,
            "sample": policy_replay.sample,
            "export": policy_life.export,
            "publish": policy_life.publish,
            "rollback": policy_life.rollback,
            "versions": policy_life.versions,
            "shadow": policy_life.shadow,
            "canary": policy_life.canary,
        },
    ),
    "eval": (
        "Scenarios, benchmarks and the gate: what people would get.",
        {
            "run": evals.run,
            "turns": evals.turns,
            "bench": evals.bench,
            "fetch": evals.fetch,
            "report": evals.report,
            "judge": evals.judge,
            "gate": evals.gate,
            "lint": evals.lint,
            "examples": eval_examples.examples,
            "redteam": redteam,
            "garak": eval_tools.garak,
            "promptfoo": eval_tools.promptfoo,
            "candidates": candidates.candidates,
        },
    ),
    "bench": (
        "Speed on this machine.",
        {
            "gate": bench.gate,
            "stream": bench.stream,
            "search": bench.search,
            "policies": bench.policies,
            "audit": bench.audit,
            "leaks": bench.leaks,
        },
    ),
}

INNER_GROUPS: Final[dict[tuple[str, str], tuple[str, dict[str, Callable[..., Any]]]]] = {
    ("risk", "exemplars"): (
        "Requests that correct the risk model at once, without retraining.",
        {
            "add": exemplars.add,
            "list": exemplars.show,
            "remove": exemplars.remove,
            "preview": exemplars.preview,
            "measure": exemplars.measure,
        },
    ),
}
"""Groups inside a group."""


def build_app() -> typer.Typer:
    """The command line, from the tables above."""
    app = typer.Typer(
        name="handrail",
        help="Judge a chat turn, decide by policy, and hand over the nearest safe help.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    groups = {name: _group(text, commands) for name, (text, commands) in GROUPS.items()}
    for (outer, name), (text, commands) in INNER_GROUPS.items():
        groups[outer].add_typer(_group(text, commands), name=name)
    for name, group in groups.items():
        app.add_typer(group, name=name)
    return app


def _group(text: str, commands: dict[str, Callable[..., Any]]) -> typer.Typer:
    group = typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)
    for name, command in commands.items():
        group.command(name)(command)
    return group


def main() -> None:
    """Run the command line. What the user can fix becomes a plain message on stderr and exit status 2."""
    try:
        build_app()()
    except Exception as error:
        message = _explained(error)
        if message is None:
            raise
        sys.stderr.write(f"handrail: {message}\n")
        sys.exit(EXIT_BAD_INPUT)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"handrail {package_version()}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    pass


def _explained(error: Exception) -> str | None:
    """The message of an error that was raised on purpose; ``None`` for a fault of ours."""
    from agent.errors import AgentError
    from api.commands.errors import CommandError
    from corpora.errors import CorporaError
    from evals.errors import EvalError
    from policies.errors import PolicyError
    from retrieval.errors import RetrievalError

    if isinstance(error, AgentError | PolicyError | CorporaError | RetrievalError | EvalError | CommandError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or 'cannot be used').lower()}"
    return None


if __name__ == "__main__":
    main()
