"""Where the server listens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.access import issue
from agent.adapters.keys_memory import MemoryKeys
from agent.settings import Settings
from api.commands.errors import CommandError
from api.commands.serve import bound_socket, require_keys, url_of


def test_a_free_port_is_taken_for_port_zero() -> None:
    with bound_socket("127.0.0.1", 0) as listener:
        assert url_of(listener).startswith("http://127.0.0.1:")
        assert not url_of(listener).endswith(":0")


def test_an_address_in_use_is_said_with_the_fix() -> None:
    with bound_socket("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(CommandError, match=rf"port {port}: address already in use; choose others with --host"):
            bound_socket("127.0.0.1", port)


async def test_others_can_call_only_when_there_is_a_key() -> None:
    key = issue("n", tenant="t", scopes=["chat"], now=datetime.now(UTC)).key
    with bound_socket("0.0.0.0", 0) as listener:
        with pytest.raises(
            CommandError, match=r"can be reached by others, and there are no keys; create one with `handrail"
        ):
            await require_keys(Settings(), MemoryKeys(), listener)
        await require_keys(Settings(), MemoryKeys(key), listener)
        await require_keys(Settings(oidc_issuer="https://id.example", oidc_audience="a"), MemoryKeys(), listener)


async def test_a_first_start_on_this_machine_says_that_it_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    with bound_socket("127.0.0.1", 0) as listener:
        await require_keys(Settings(), MemoryKeys(), listener)
    assert "handrail keys create" in capsys.readouterr().err
