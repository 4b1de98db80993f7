"""The cost of records is measured on what a turn writes."""

from __future__ import annotations

from pathlib import Path

from agent.audit_report import verify_chain
from agent.office import open_back_office
from agent.settings import Settings
from api.commands.bench_audit import WARM_UP, measure_audit


async def test_every_turn_writes_two_sealed_records_and_the_parts_add_up(tmp_path: Path):
    seen: list[tuple[int, int]] = []
    figures = await measure_audit(tmp_path, 12, lambda done, of: seen.append((done, of)))
    assert (figures.turns, seen[-1]) == (12, (12 + WARM_UP, 12 + WARM_UP))
    assert 0 < figures.decision.p50 < figures.both.p50 < figures.both.p95
    assert [line.split()[0] for line in figures.lines()] == ["decision", "outcome", "a", "processor"]
    assert figures.cpu_ms > 0
    async with open_back_office(Settings(data_dir=tmp_path)) as office:
        found = await verify_chain(office.records, office.sealer.secret)
        assert (found.checked, found.breaks) == (2 * (12 + WARM_UP), ())
        assert {"text"} <= set((await office.records.read(limit=1))[0].body)
