"""Where the server listens."""

from __future__ import annotations

import pytest

from api.commands.errors import CommandError
from api.commands.serve import bound_socket, url_of


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
