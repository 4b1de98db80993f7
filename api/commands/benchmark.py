"""Whole turns through a server of its own: started as a user would start it, asked over HTTP, measured from outside.

The server runs on a copy of the state without records and threads, so that a benchmark leaves no trace in them.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from agent.graph import NODES
from agent.settings import PREFIX, Settings
from api.commands.bench_requests import REQUESTS
from api.commands.errors import CommandError

if TYPE_CHECKING:
    from rich.console import RenderableType

READY_TIMEOUT_S: Final = 180.0
STAGES: Final = (*NODES, "total")
"""In the order of the graph."""
_READY: Final = re.compile(r"ready at http://(?P<host>[^\s/:]+):(?P<port>\d+)")


class Spread(NamedTuple):
    """Milliseconds over all turns."""

    p50: float
    p95: float


class Figures(NamedTuple):
    """What was measured."""

    turns: int
    ready_s: float
    memory_mb: float | None
    cpu_ms: float | None
    """Processor time of the server for one turn, all threads together: what a busy machine does not change much."""
    first_event: Spread
    """From sending the request to the first event on the wire."""
    whole_turn: Spread
    """From sending the request to the last byte."""
    stages: dict[str, Spread]
    """As the service times them itself; ``total`` is the turn without HTTP."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "turns": self.turns,
            "ready_s": self.ready_s,
            "memory_mb": self.memory_mb,
            "cpu_ms_per_turn": self.cpu_ms,
            "first_event_ms": self.first_event._asdict(),
            "whole_turn_ms": self.whole_turn._asdict(),
            "stages_ms": {name: spread._asdict() for name, spread in self.stages.items()},
        }

    def table(self) -> RenderableType:
        """For a terminal."""
        from rich.console import Group
        from rich.table import Table

        table = Table("ms", "p50", "p95", box=None, header_style="bold")
        table.columns[1].justify = table.columns[2].justify = "right"
        rows = {"first event on the wire": self.first_event, "whole turn on the wire": self.whole_turn, **self.stages}
        for name, spread in rows.items():
            table.add_row(name, f"{spread.p50:.2f}", f"{spread.p95:.2f}")
        memory = "unknown" if self.memory_mb is None else f"{self.memory_mb:.0f} MB"
        cpu = "unknown" if self.cpu_ms is None else f"{self.cpu_ms:.1f} ms"
        summary = (
            f"{self.turns} turns, ready in {self.ready_s:.1f} s, resident memory {memory}, processor time a turn {cpu}"
        )
        return Group(table, summary)


def measure(settings: Settings, rounds: int, progress: Callable[[int, int], None]) -> Figures:
    """Figures over ``rounds`` times the built-in requests, one after the other, after a warm-up.

    Raises:
        CommandError: the server did not start; the message has its last words.
    """
    with copied_state(settings) as state, served(state) as server:
        return _measured(server, rounds, progress)


@contextmanager
def copied_state(settings: Settings) -> Iterator[Path]:
    """A copy of the state without records and threads, in which whatever a server builds at its start is built."""
    from evals.state import copy_state

    with tempfile.TemporaryDirectory(prefix="handrail-bench-") as folder:
        state = Path(folder) / "state"
        copy_state(settings.data_dir, state)
        with served(state):
            pass
        yield state


class Server(NamedTuple):
    """A server that is ready."""

    host: str
    port: int
    pid: int
    ready_s: float


class _Turn(NamedTuple):
    first_event_ms: float
    whole_ms: float
    timings: dict[str, float]


def _measured(server: Server, rounds: int, progress: Callable[[int, int], None]) -> Figures:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    for text in REQUESTS:
        _turn(connection, text)
    turns: list[_Turn] = []
    before = _cpu_s(server.pid)
    for _ in range(rounds):
        for text in REQUESTS:
            turns.append(_turn(connection, text))
            progress(len(turns), rounds * len(REQUESTS))
    after = _cpu_s(server.pid)
    seen = {name for turn in turns for name in turn.timings}
    names = [*(name for name in STAGES if name in seen), *sorted(seen - {*STAGES})]
    return Figures(
        turns=len(turns),
        ready_s=round(server.ready_s, 2),
        memory_mb=_memory_mb(server.pid),
        cpu_ms=None if before is None or after is None else round((after - before) * 1000 / len(turns), 2),
        first_event=spread([turn.first_event_ms for turn in turns]),
        whole_turn=spread([turn.whole_ms for turn in turns]),
        stages={name: spread([turn.timings[name] for turn in turns if name in turn.timings]) for name in names},
    )


def _turn(connection: http.client.HTTPConnection, text: str) -> _Turn:
    body = json.dumps({"input": text, "stream": True}).encode()
    started = time.perf_counter()
    connection.request("POST", "/v1/turns", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    line = response.readline()
    first = time.perf_counter() - started
    if response.status != 200:
        raise CommandError(f"a turn failed with status {response.status}: {(line + response.read())[:500].decode()}")
    lines = (line + response.read()).decode().splitlines()
    whole = time.perf_counter() - started
    last = json.loads(next(found for found in reversed(lines) if found.startswith("data: ")).removeprefix("data: "))
    if "result" not in last:
        raise CommandError(f"a turn failed: {last.get('code')}: {last.get('detail')}")
    return _Turn(first * 1000, whole * 1000, last["result"]["timings_ms"])


@contextmanager
def served(state: Path, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server of its own on this state, with these variables beside ours.

    Raises:
        CommandError: it did not start; the message has its last words.
    """
    environment = {**os.environ, **(variables or {}), f"{PREFIX}DATA_DIR": str(state), f"{PREFIX}LOG_LEVEL": "error"}
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--host", "127.0.0.1", "--port", "0"]
    started = time.perf_counter()
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            yield _ready(process, errors, started)
        finally:
            process.terminate()
            process.wait(30)


def _ready(process: subprocess.Popen[str], errors: Any, started: float) -> Server:
    line = process.stdout.readline() if process.stdout else ""
    found = _READY.search(line)
    if found is None:
        process.wait(30)
        errors.seek(0)
        raise CommandError(f"the server did not start: {errors.read().decode(errors='replace').strip()[-500:]}")
    return Server(found["host"], int(found["port"]), process.pid, time.perf_counter() - started)


def _memory_mb(pid: int) -> float | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    resident = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return round(int(resident[1]) / 1024, 1) if resident else None


def _cpu_s(pid: int) -> float | None:
    """Processor time that the process has used, in user and system mode; ``None`` where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(values: Sequence[float]) -> Spread:
    """Median and 95th percentile."""
    if len(values) == 1:
        return Spread(round(values[0], 3), round(values[0], 3))
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return Spread(round(cuts[49], 3), round(cuts[94], 3))
