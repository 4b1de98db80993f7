"""Figures of ``handrail risk evaluate`` as tables and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.risk.evaluate import Slice
from agent.risk.metrics import THRESHOLD

if TYPE_CHECKING:
    from rich.table import Table

    from evals.obfuscation import Cost


def report(slices: Sequence[Slice], costs: Sequence[Cost], model: str) -> dict[str, Any]:
    """Everything that was measured, with the version of the model. A figure that is not defined is ``null``."""
    return {
        "model": model,
        "threshold": THRESHOLD,
        "files": [
            {
                "file": part.file,
                "lang": part.lang,
                "rows": part.rows,
                "unsafe": part.positive,
                "figures": {
                    name: {key: _number(value) for key, value in figure._asdict().items()}
                    for name, figure in part.figures.items()
                },
            }
            for part in slices
        ],
        "obfuscation": [
            {key: _number(value) if isinstance(value, float) else value for key, value in cost._asdict().items()}
            for cost in costs
        ],
    }


def write_report(target: Path, body: dict[str, Any]) -> None:
    """The report is in the file, whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    partial.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    partial.replace(target)


def table_of(slices: Sequence[Slice]) -> Table:
    """One row for each file and language, with 95% intervals."""
    from rich.table import Table

    names = list(slices[0].figures) if slices else []
    table = Table("file", "lang", "rows", "unsafe", *names, box=None, header_style="bold")
    for part in slices:
        shown = [f"{f.value:.3f} ({f.low:.2f}-{f.high:.2f})" for f in part.figures.values()]
        table.add_row(part.file, part.lang, str(part.rows), str(part.positive), *shown)
    return table


def table_of_costs(costs: Sequence[Cost]) -> Table:
    """One row for each disguise: recall and false positives, plain and disguised."""
    from rich.table import Table

    table = Table(
        "disguise", "unsafe", "recall: plain", "disguised", "change", "safe", "fpr: plain", "disguised", box=None
    )
    for cost in costs:
        table.add_row(
            cost.disguise,
            str(cost.unsafe),
            f"{cost.recall_plain:.3f}",
            f"{cost.recall:.3f}",
            f"{cost.recall - cost.recall_plain:+.3f}",
            str(cost.safe),
            f"{cost.false_positives_plain:.3f}",
            f"{cost.false_positives:.3f}",
        )
    return table


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 5)
