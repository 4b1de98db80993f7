"""What the commands over the database share."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.office import BackOffice
from api.commands.errors import CommandError
from api.commands.office import duration, in_office


def test_the_database_of_the_settings_is_opened(monkeypatch, tmp_path):
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(tmp_path))
    seen: list[int] = []

    async def work(office: BackOffice) -> None:
        seen.append(len(await office.records.read()))

    in_office(work)
    assert seen == [0]
    assert (tmp_path / "records.db").exists()


@pytest.mark.parametrize(
    ("text", "span"), [("90d", timedelta(days=90)), ("0m", timedelta()), ("4w", timedelta(weeks=4))]
)
def test_time_spans(text, span):
    assert duration(text) == span


@pytest.mark.parametrize("text", ["", "d", "9", "1y", "-1d", "1.5h", "999999d"])
def test_what_is_no_time_span(text: str) -> None:
    with pytest.raises(CommandError, match="is not a time span"):
        duration(text)
