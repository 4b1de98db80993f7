"""The twin fails when told to."""

from __future__ import annotations

import pytest

from agent.adapters.keys_memory import MemoryKeys
from agent.errors import RecordsUnavailable


async def test_told_to_fail_it_is_unavailable():
    keys = MemoryKeys()
    keys.fail = True
    with pytest.raises(RecordsUnavailable):
        await keys.all()
