"""A report as one HTML file: styles and charts are inside, nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from evals.metrics import MEASURES, Change, confusion
from evals.outcomes import Outcome
from evals.report.charts import bar, reliability, trend
from evals.report.summary import Summary, changed, fault_of, named, path_of, shown
from policies.taxonomy import Action

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --good: #2a7d4f; --bad: #b3362c; --dim: #777; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
table { border-collapse: collapse; } .wide { overflow-x: auto; }
th, td { text-align: start; padding: .3rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { text-align: end; font-variant-numeric: tabular-nums; } .dim { color: var(--dim); }
.faults { border-inline-start: 4px solid var(--bad); padding-inline-start: 1rem; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; } figcaption { font-size: .85rem; }
pre { white-space: pre-wrap; background: #8881; padding: .7rem; }
"""


def html(summary: Summary) -> str:
    """The report."""
    body = "\n".join(_parts(summary))
    title = f"Evaluation of {escape(summary.run.manifest.started)}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>\n'
        f"<h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _parts(summary: Summary) -> Iterator[str]:
    run = summary.run
    setup = ", ".join(f"{escape(name)} <code>{escape(value)}</code>" for name, value in run.manifest.setup.items())
    yield f'<p class="dim">{len(run.outcomes)} of {len(run.manifest.planned)} scenarios. {setup}</p>'
    if summary.faults:
        yield f'<div class="faults"><h2>The gate fails</h2>{_list(map(str, summary.faults))}</div>'
    if summary.short:
        yield f"<h2>Short of an aim</h2>{_list(map(str, summary.short))}"
    if summary.causes:
        yield f"<h2>What the broken scenarios have in common</h2>{_list(summary.causes)}"
    yield "<h2>Figures</h2><p class=dim>A share, its 95% interval, and the scenarios it is a share of.</p>"
    yield _table(
        ("measure", "", ""),
        [
            (escape(MEASURES[n].title), bar(r, shown(r), good=MEASURES[n].good), escape(shown(r)))
            for n, r in summary.figures.items()
        ],
    )
    time = summary.latency
    if time.n:
        yield f"<p>Last turn, ms: {time.p50:.0f} (median), {time.p95:.0f} (95%), {time.p99:.0f} (99%), of {time.n}.</p>"
    yield from _side_by_side(summary)
    yield from _since(summary)
    yield from _history(summary)
    yield from _calibration(summary)
    yield from _consistency(summary)
    yield from _judged(summary)
    names = list(MEASURES)
    yield "<h2>Slices</h2>" + _table(
        ("slice", *(MEASURES[name].title for name in names)),
        [(escape(f"{p.slice} {p.value}"), *(escape(shown(p.figures[name])) for name in names)) for p in summary.parts],
    )
    yield "<h2>Preferred action (rows) and action taken</h2>" + _confusion(run.outcomes)
    yield f"<h2>Worst cases</h2><p class=dim>{len(summary.worst)} shown.</p>"
    yield from (_case(outcome) for outcome in summary.worst)


def _since(summary: Summary) -> Iterator[str]:
    if summary.comparison is None:
        return
    yield "<h2>Since the baseline</h2>"
    yield _table(
        ("measure", "before", "after", "difference (95%)", "p"),
        [(escape(title), *rest) for title, *rest in changed(summary)],
    )
    for title, ids in summary.comparison._asdict().items():
        listed = named(ids, lambda name: f"<code>{escape(name)}</code>")
        yield f"<p>{escape(title.replace('_', ' '))} ({len(ids)}): {listed}</p>"

    for before, after in summary.moved:
        yield (
            f"<details><summary><code>{escape(after.id)}</code> {_action(before)} to {_action(after)} "
            f'{escape(fault_of(after))}</summary><p dir="auto">{escape(after.request)}</p>{_paths(before, after)}</details>'
        )


def _paths(before: Outcome, after: Outcome) -> str:
    """Both decision paths, where they differ in bold."""
    old, new = path_of(before), path_of(after)
    rows = []
    for name in {**old, **new}:
        cells = [escape(path.get(name, "")) for path in (old, new)]
        rows.append((name, *(f"<b>{cell}</b>" if cells[0] != cells[1] else cell for cell in cells)))
    return _table(("", "before", "after"), rows)


def _action(outcome: Outcome) -> str:
    return f"<code>{outcome.action.value if outcome.action else 'failed'}</code>"


def _side_by_side(summary: Summary) -> Iterator[str]:
    if not summary.beside:
        return
    yield "<h2>Side by side</h2><p class=dim>Over the scenarios that both have; p of the exact McNemar test, this run against the other.</p>"
    yield _table(
        ("measure", "this run", *(beside.name for beside in summary.beside)),
        [
            (
                escape(MEASURES[name].title),
                escape(shown(figure)),
                *(f"{escape(shown(b.figures[name]))}{_p(b.changes[name])}" for b in summary.beside),
            )
            for name, figure in summary.figures.items()
        ],
    )


def _p(change: Change) -> str:
    return f'<br><span class="dim">p {change.p:.3f}, {change.n} pairs</span>' if change.n else ""


def _history(summary: Summary) -> Iterator[str]:
    if len(summary.history) < 2:
        return
    runs = [past.name for past in summary.history]
    yield f"<h2>Over {len(runs)} runs</h2><p class=dim>{escape(', '.join(runs))}</p>"
    charts = (trend(m.title, [(p.name, p.figures[name]) for p in summary.history]) for name, m in MEASURES.items())
    yield f'<div class="charts">{"".join(charts)}</div>'


def _calibration(summary: Summary) -> Iterator[str]:
    found = summary.calibration
    if found.n:
        yield (
            f"<h2>Reliability of the risk score</h2><p>Share of harmful requests by score <code>unsafe</code>: expected "
            f"calibration error {found.error:.3f}, Brier score {found.brier:.3f}, {found.n} requests.</p>"
        )
        yield reliability(found)


def _consistency(summary: Summary) -> Iterator[str]:
    found = summary.consistency
    if not (found.wording.n or found.language.n):
        return
    yield "<h2>Consistency</h2><p class=dim>Pairs that ask for the same and are acted on alike.</p>"
    yield _table(
        ("pairs", ""), [("in one language", shown(found.wording)), ("in two languages", shown(found.language))]
    )
    for name, actions in found.groups.items():
        listed = ", ".join(f"<code>{escape(i)}</code> {escape(action)}" for i, action in actions.items())
        yield f"<details><summary>{escape(name)}</summary><p>{listed}</p></details>"


def _judged(summary: Summary) -> Iterator[str]:
    judged = summary.judged
    if judged is None:
        return
    yield f"<h2>Judge model</h2><p>{judged.garbage} answers could not be read; they count for nothing.</p>"
    yield _table(
        ("question", "yes", "agreement with people", "kappa"),
        [
            (
                name,
                shown(figure),
                shown(judged.agreement[name].agreed) if judged.agreement else "not labelled",
                f"{judged.agreement[name].kappa:.2f}" if judged.agreement else "",
            )
            for name, figure in judged.rates.items()
        ],
    )


def _confusion(outcomes: Sequence[Outcome]) -> str:
    counts = confusion(outcomes)
    taken: list[Action | None] = [*Action, None]
    rows = [(want.value, *(str(counts.get((want, got), 0)) for got in taken)) for want in Action]
    return _table(("", *(a.value if a else "failed" for a in taken)), rows)


def _case(outcome: Outcome) -> str:
    """A case with its whole decision path."""
    rows = [(name, escape(value)) for name, value in path_of(outcome).items()]
    return (
        f"<details><summary><code>{escape(outcome.id)}</code> {escape(fault_of(outcome))}</summary>"
        f'<p dir="auto">{escape(outcome.request)}</p>{_table((), rows)}<pre dir="auto">{escape(outcome.reply)}</pre></details>'
    )


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the cells are HTML already."""
    top = f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>" if head else ""
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{top}{lines}</table></div>'
