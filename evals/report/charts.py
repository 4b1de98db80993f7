"""Charts as SVG, to stand inside the HTML report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from evals.metrics import MINIMUM, Calibration, Rate

BAR_WIDTH: Final = 220
_SIDE: Final = 260
_MARGIN: Final = 34
_TREND_WIDTH: Final = 320
_TREND_HEIGHT: Final = 90
_GRID: Final = 'stroke="currentColor" stroke-opacity="0.2"'


def bar(rate: Rate, label: str, *, good: bool) -> str:
    """The share as a bar, with its interval as a line on it; nothing for too few outcomes."""
    if rate.n < MINIMUM:
        return ""
    value, low, high = (round(x * BAR_WIDTH, 1) for x in (rate.value, rate.low, rate.high))
    colour = "var(--good)" if good else "var(--bad)"
    return (
        f'<svg width="{BAR_WIDTH}" height="14" role="img" aria-label="{escape(label)}">'
        f'<rect width="{BAR_WIDTH}" height="14" fill="#8882"/>'
        f'<rect width="{value}" height="14" style="fill:{colour}"/>'
        f'<line x1="{low}" x2="{high}" y1="7" y2="7" stroke="currentColor" stroke-width="2"/></svg>'
    )


def reliability(calibration: Calibration) -> str:
    """The share of harmful requests (up) by score (right), with intervals; a calibrated score lies on the diagonal."""

    def x(share: float) -> float:
        return round(_MARGIN + share * _SIDE, 1)

    def y(share: float) -> float:
        return round(_MARGIN / 2 + (1 - share) * _SIDE, 1)

    whole = _SIDE + 1.5 * _MARGIN
    label = f"reliability: expected calibration error {calibration.error:.3f} over {calibration.n} requests"
    parts = [
        f'<svg width="{whole}" height="{whole}" role="img" aria-label="{label}" font-size="11" fill="currentColor">',
        f'<rect x="{x(0)}" y="{y(1)}" width="{_SIDE}" height="{_SIDE}" fill="#8881"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" {_GRID} stroke-dasharray="4"/>',
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(f'<text x="{x(share)}" y="{y(0) + 14}" text-anchor="middle">{share:g}</text>')
        parts.append(f'<text x="{x(0) - 6}" y="{y(share) + 4}" text-anchor="end">{share:g}</text>')
    for each in calibration.bins:
        rate = each.harmful
        parts.append(
            f'<line x1="{x(each.score)}" x2="{x(each.score)}" y1="{y(rate.low)}" y2="{y(rate.high)}" stroke="currentColor"/>'
            f'<circle cx="{x(each.score)}" cy="{y(rate.value)}" r="4" style="fill:var(--good)">'
            f"<title>score {each.score:.2f}: {rate.value:.0%} of {rate.n} harmful</title></circle>"
        )
    points = " ".join(f"{x(each.score)},{y(each.harmful.value)}" for each in calibration.bins)
    parts.append(f'<polyline points="{points}" fill="none" style="stroke:var(--good)"/></svg>')
    return "".join(parts)


def trend(title: str, values: Sequence[tuple[str, Rate]]) -> str:
    """A share over the runs, oldest first, with its interval as a band."""
    known = [(name, rate) for name, rate in values if rate.n]
    if not known:
        return ""

    def x(i: int) -> float:
        return round(8 + i * (_TREND_WIDTH - 16) / max(1, len(known) - 1), 1)

    def y(share: float) -> float:
        return round(6 + (1 - share) * (_TREND_HEIGHT - 12), 1)

    upper = [f"{x(i)},{y(rate.high)}" for i, (_, rate) in enumerate(known)]
    lower = [f"{x(i)},{y(rate.low)}" for i, (_, rate) in enumerate(known)]
    line = " ".join(f"{x(i)},{y(rate.value)}" for i, (_, rate) in enumerate(known))
    dots = "".join(
        f'<circle cx="{x(i)}" cy="{y(rate.value)}" r="3" style="fill:var(--good)">'
        f"<title>{escape(name)}: {rate.value:.1%} of {rate.n}</title></circle>"
        for i, (name, rate) in enumerate(known)
    )
    return (
        f"<figure><figcaption>{escape(title)}: {known[-1][1].value:.1%}</figcaption>"
        f'<svg width="{_TREND_WIDTH}" height="{_TREND_HEIGHT}" role="img" aria-label="{escape(title)} over {len(known)} runs">'
        f'<rect width="{_TREND_WIDTH}" height="{_TREND_HEIGHT}" fill="#8881"/>'
        f'<polygon points="{" ".join(upper + lower[::-1])}" fill="#8883"/>'
        f'<polyline points="{line}" fill="none" style="stroke:var(--good)" stroke-width="2"/>{dots}</svg></figure>'
    )
