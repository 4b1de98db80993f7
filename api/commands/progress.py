"""Progress of long work, on stderr so that output can be piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, int | None], None]
"""Called with (done, in all), where nobody knows how many there are with ``None``; may be called from any thread."""


@contextmanager
def progress_bar(what: str) -> Iterator[Advance]:
    """A bar that is drawn once there is something to show, and only on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None, visible=False)

        def advance(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total, visible=True)

        yield advance
