"""A report as one HTML file: styles and charts are inside, nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from evals.metrics import MEASURES, MINIMUM, Rate, confusion
from evals.outcomes import Outcome
from evals.report.summary import Summary, fault_of, shown
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
pre { white-space: pre-wrap; background: #8881; padding: .7rem; }
"""
_WIDTH: Final = 220


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
        faults = "".join(f"<li>{escape(str(fault))}</li>" for fault in summary.faults)
        yield f'<div class="faults"><h2>The gate fails</h2><ul>{faults}</ul></div>'
    yield "<h2>Figures</h2><p class=dim>A share, its 95% interval, and the scenarios it is a share of.</p>"
    yield _table(
        ("measure", "", ""),
        [
            (escape(MEASURES[n].title), _bar(r, good=MEASURES[n].good), escape(shown(r)))
            for n, r in summary.figures.items()
        ],
    )
    yield from _since(summary)
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
        [
            (
                escape(MEASURES[name].title),
                f"{c.before:.1%}",
                f"{c.after:.1%}",
                f"{c.difference:+.1%} ({c.low:+.1%} to {c.high:+.1%})",
                f"{c.p:.3f}",
            )
            for name, c in summary.changes.items()
            if c.n
        ],
    )
    for title, ids in summary.comparison._asdict().items():
        listed = ", ".join(f"<code>{escape(name)}</code>" for name in ids) or "none"
        yield f"<p>{escape(title.replace('_', ' '))} ({len(ids)}): {listed}</p>"


def _bar(rate: Rate, *, good: bool) -> str:
    """The share as a bar, with its interval as a line on it."""
    if rate.n < MINIMUM:
        return ""
    value, low, high = (round(x * _WIDTH, 1) for x in (rate.value, rate.low, rate.high))
    colour = "var(--good)" if good else "var(--bad)"
    return (
        f'<svg width="{_WIDTH}" height="14" role="img" aria-label="{escape(shown(rate))}">'
        f'<rect width="{_WIDTH}" height="14" fill="#8882"/><rect width="{value}" height="14" style="fill:{colour}"/>'
        f'<line x1="{low}" x2="{high}" y1="7" y2="7" stroke="currentColor" stroke-width="2"/></svg>'
    )


def _confusion(outcomes: Sequence[Outcome]) -> str:
    counts = confusion(outcomes)
    taken: list[Action | None] = [*Action, None]
    rows = [(want.value, *(str(counts.get((want, got), 0)) for got in taken)) for want in Action]
    return _table(("", *(a.value if a else "failed" for a in taken)), rows)


def _case(outcome: Outcome) -> str:
    """A case with its whole decision path."""
    path = {
        "expected": " or ".join(action.value for action in outcome.expect),
        "taken": outcome.action.value if outcome.action else "failed",
        "rules": ", ".join(outcome.rules),
        "rationale": outcome.rationale,
        "facet": outcome.facet,
        "unsafe": "" if outcome.unsafe is None else f"{outcome.unsafe:.2f}",
        "signals": ", ".join(outcome.signals),
        "cited": ", ".join(outcome.cited),
        "role": outcome.role,
        "locale": outcome.locale or "",
    }
    rows = [(name, escape(value)) for name, value in path.items() if value]
    return (
        f"<details><summary><code>{escape(outcome.id)}</code> {escape(fault_of(outcome))}</summary>"
        f'<p dir="auto">{escape(outcome.request)}</p>{_table((), rows)}<pre dir="auto">{escape(outcome.reply)}</pre></details>'
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the cells are HTML already."""
    top = f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>" if head else ""
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{top}{lines}</table></div>'
