"""The twin fails when told to; its promises are in tests/contract/test_cases.py."""

from __future__ import annotations

import pytest

from agent.adapters.cases_memory import MemoryCases
from agent.errors import RecordsUnavailable


async def test_told_to_fail_it_is_unavailable():
    cases = MemoryCases()
    cases.fail = True
    with pytest.raises(RecordsUnavailable):
        await cases.get("x")
