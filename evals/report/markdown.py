"""A report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.metrics import MEASURES, confusion
from evals.report.summary import Summary, changed, fault_of, named, shown
from policies.taxonomy import Action


def markdown(summary: Summary) -> str:
    """The report, with the tables of GitHub's Markdown."""
    return "\n".join(_lines(summary)) + "\n"


def _lines(summary: Summary) -> Iterator[str]:
    run = summary.run
    yield f"# Evaluation of {run.manifest.started}\n"
    yield f"{len(run.outcomes)} of {len(run.manifest.planned)} scenarios. " + ", ".join(
        f"{name} `{value}`" for name, value in run.manifest.setup.items()
    )
    if summary.faults:
        yield "\n## The gate fails\n"
        yield from (f"- {_inline(str(fault))}" for fault in summary.faults)
    if summary.short:
        yield "\n## Short of an aim\n"
        yield from (f"- {_inline(str(fault))}" for fault in summary.short)
    if summary.causes:
        yield "\n## What the broken scenarios have in common\n"
        yield from (f"- {_inline(cause)}" for cause in summary.causes)
    yield "\n## Figures\n\nA share, its 95% interval, and the scenarios it is a share of.\n"
    yield from _table(
        ("measure", "all"), [(MEASURES[name].title, shown(rate)) for name, rate in summary.figures.items()]
    )
    yield from _more_figures(summary)
    if summary.beside:
        yield "\n## Side by side\n\nOver the scenarios that both have.\n"
        yield from _table(
            ("measure", "this run", *(beside.name for beside in summary.beside)),
            [
                (MEASURES[name].title, shown(figure), *(shown(beside.figures[name]) for beside in summary.beside))
                for name, figure in summary.figures.items()
            ],
        )
    if summary.changes:
        yield "\n## Since the baseline\n"
        yield from _table(
            ("measure", "before", "after", "difference (95%)", "p"),
            changed(summary),
        )
    if summary.comparison is not None:
        for title, ids in summary.comparison._asdict().items():
            yield f"\n{title.replace('_', ' ')} ({len(ids)}): {named(ids, lambda name: f'`{name}`')}"
    names = list(MEASURES)
    yield "\n## Slices\n"
    yield from _table(
        ("slice", *(MEASURES[name].title for name in names)),
        [(f"{p.slice} {p.value}", *(shown(p.figures[name]) for name in names)) for p in summary.parts],
    )
    yield "\n## Preferred action (rows) and action taken\n"
    counts = confusion(run.outcomes)
    taken: list[Action | None] = [*Action, None]
    yield from _table(
        ("", *(a.value if a else "failed" for a in taken)),
        [(want.value, *(str(counts.get((want, got), 0)) for got in taken)) for want in Action],
    )
    yield "\n## Worst cases\n"
    for outcome in summary.worst:
        yield f"- `{outcome.id}` {_inline(fault_of(outcome))}. Rules: {', '.join(outcome.rules) or 'none'}. {_inline(outcome.request[:200])}"


def _more_figures(summary: Summary) -> Iterator[str]:
    """Figures that are no shares of outcomes."""
    time, scored, alike = summary.latency, summary.calibration, summary.consistency
    if time.n:
        yield f"\nLast turn, ms: {time.p50:.0f} (median), {time.p95:.0f} (95%), {time.p99:.0f} (99%), of {time.n}."
    if scored.n:
        yield (
            f"\nRisk score as a probability of harm: expected calibration error {scored.error:.3f}, Brier score "
            f"{scored.brier:.3f}, {scored.n} requests."
        )
    if alike.wording.n or alike.language.n:
        yield (
            f"\nPairs that ask for the same and are acted on alike: {shown(alike.wording)} in one language, "
            f"{shown(alike.language)} in two. Not alike: {', '.join(alike.groups) or 'none'}."
        )
    if summary.judged is not None:
        rates = ", ".join(f"{name} {shown(figure)}" for name, figure in summary.judged.rates.items())
        yield f"\nJudge model: {rates}; {summary.judged.garbage} answers could not be read and count for nothing."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")
