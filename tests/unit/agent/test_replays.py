"""The same request sent twice has one effect."""

from __future__ import annotations

import pytest

from agent.adapters.answers_memory import MemoryAnswers
from agent.adapters.clock import FixedClock
from agent.errors import KeyInUse, KeyReused
from agent.replays import KEPT, UNDER_WAY, Answer, Claim, Replays
from agent.sealing import Secret
from tests.unit.agent.test_cases import NOW

ANSWER = Answer(200, (("content-type", "application/json"),), b'{"text": "a private\nreply"}')


class There:
    """Replays over twins."""

    def __init__(self) -> None:
        self.store = MemoryAnswers()
        self.clock = FixedClock(NOW)
        self.replays = Replays(self.store, Secret(bytes(32)), self.clock)

    async def begin(self, key: str = "k", request: bytes = b"body", caller: str = "key:a", tenant: str = "acme"):
        return await self.replays.begin(tenant, caller, key, request)


async def test_a_request_that_comes_again_has_the_answer_it_had_for_a_day():
    there = There()
    claim = await there.begin()
    assert isinstance(claim, Claim)
    await there.replays.keep(claim, ANSWER)
    there.clock.moment = NOW + KEPT / 2
    assert await there.begin() == ANSWER
    there.clock.moment = NOW + KEPT
    assert isinstance(await there.begin(), Claim)


async def test_another_request_under_the_key_is_refused_also_while_the_first_is_handled():
    there = There()
    claim = await there.begin()
    for _ in range(2):
        with pytest.raises(KeyReused):
            await there.begin(request=b"other")
        await there.replays.keep(claim, ANSWER)


async def test_a_request_that_is_being_handled_is_not_handled_twice_until_it_is_dropped_or_lost():
    there = There()
    claim = await there.begin()
    with pytest.raises(KeyInUse):
        await there.begin()
    await there.replays.drop(claim)
    assert isinstance(await there.begin(), Claim)
    there.clock.moment = NOW + UNDER_WAY
    assert isinstance(await there.begin(), Claim)


@pytest.mark.parametrize("other", [{"key": "l"}, {"caller": "key:b"}, {"tenant": "other"}])
async def test_keys_of_others_are_others(other: dict[str, str]):
    there = There()
    await there.replays.keep(await there.begin(), ANSWER)
    assert isinstance(await there.begin(**other), Claim)


async def test_what_is_kept_tells_nothing_without_the_key_of_the_client():
    there = There()
    await there.replays.keep(await there.begin(key="my-own-key"), ANSWER)
    ((name, (kept, _)),) = there.store.kept.items()
    assert "my-own-key" not in name
    assert "private" not in repr(kept)
    secret = Secret(bytes(32))
    assert secret.unseal_answer("acme\0key:a\0guess", kept.answer) is None
    assert b"private" in secret.unseal_answer("acme\0key:a\0my-own-key", kept.answer)
    there.replays = Replays(there.store, Secret(bytes([1]) * 32), there.clock)
    assert isinstance(await there.begin(key="my-own-key"), Claim)
