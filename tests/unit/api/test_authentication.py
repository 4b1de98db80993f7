"""Who gets in with what, and who does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.requests import Request

from agent.access import ApiKey, Issued, issue
from agent.adapters.keys_memory import MemoryKeys
from api.authentication import KEY_FRESH_S, Authenticator
from api.problems import Problem

NOW = datetime.now(UTC)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


class CountingKeys(MemoryKeys):
    """Counts how often a key is read."""

    reads = 0

    async def get(self, key_id: str) -> ApiKey | None:
        self.reads += 1
        return await super().get(key_id)


def made(**changes: object) -> Issued:
    issued = issue("test", tenant="acme", scopes=["chat"], now=NOW)
    return Issued(issued.key.model_copy(update=changes), issued.token)


def request(
    authorization: str | None = None, client: str = "127.0.0.1", host: str = "localhost", **more: str
) -> Request:
    headers = {"host": host, **more} | ({"authorization": authorization} if authorization is not None else {})
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request(
        {"type": "http", "client": (client, 1), "headers": raw, "server": (host, 80), "path": "/", "scheme": "http"}
    )


async def refusal(authenticator: Authenticator, asked: Request) -> Problem:
    with pytest.raises(Problem) as caught:
        await authenticator.principal(asked)
    return caught.value


async def test_a_key_is_its_caller() -> None:
    issued = made()
    caller = await Authenticator(MemoryKeys(issued.key), None).principal(request(f"bearer {issued.token}"))
    assert (caller.name, caller.tenant) == (f"key:{issued.key.id}", "acme")


@pytest.mark.parametrize(
    ("authorization", "code", "words"),
    [
        (None, "missing_credentials", "no credentials"),
        ("", "missing_credentials", "no credentials"),
        ("Basic dTpw", "missing_credentials", "`Basic`"),
        ("Bearer", "missing_credentials", "Bearer"),
        ("Bearer nonsense", "invalid_credentials", "handrail keys create"),
        ("Bearer hr_abcdefghijkm_" + "a" * 43, "invalid_credentials", "not a key"),
        ("Bearer hr_abcdefghijkm_" + "a" * 42, "invalid_credentials", "keys look like"),
        ("Bearer ' OR 1=1 --", "invalid_credentials", "not a key"),
        ("Bearer \xff\xfe", "invalid_credentials", "not a key"),
    ],
)
async def test_everything_else_is_refused_with_the_fix(authorization: str | None, code: str, words: str) -> None:
    found = await refusal(Authenticator(MemoryKeys(made().key), None), request(authorization))
    assert (found.status, found.code) == (401, code)
    assert words in found.detail
    assert found.headers["WWW-Authenticate"].startswith("Bearer")


async def test_the_secret_of_another_key_does_not_fit() -> None:
    one, two = made(), made()
    mixed = f"hr_{one.key.id}_{two.token.rpartition('_')[2]}"
    mixed = f"hr_{one.key.id}_{two.token[len('hr_') + 13 :]}"
    found = await refusal(Authenticator(MemoryKeys(one.key, two.key), None), request(f"Bearer {mixed}"))
    assert found.code == "invalid_credentials"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expires_at": NOW - timedelta(seconds=1)}, "expired at"),
        ({"revoked_at": NOW - timedelta(seconds=1)}, "was revoked at"),
    ],
)
async def test_a_key_that_has_ended_is_refused_with_the_reason(changes: dict[str, object], words: str) -> None:
    issued = made(**changes)
    found = await refusal(Authenticator(MemoryKeys(issued.key), None), request(f"Bearer {issued.token}"))
    assert words in found.detail


async def test_a_revocation_is_noticed_soon_and_a_key_is_not_read_for_every_request() -> None:
    issued, watch = made(), Watch()
    keys = CountingKeys(issued.key)
    authenticator = Authenticator(keys, None, watch)
    for _ in range(3):
        await authenticator.principal(request(f"Bearer {issued.token}"))
    assert keys.reads == 1
    await keys.expire(issued.key.id, NOW - timedelta(seconds=1), revoke=True)
    watch.time += KEY_FRESH_S + 0.1
    assert "revoked" in (await refusal(authenticator, request(f"Bearer {issued.token}"))).detail


async def test_keys_that_cannot_be_read_let_nobody_in() -> None:
    keys = MemoryKeys(made().key)
    keys.fail = True
    for authorization in (None, f"Bearer {made().token}"):
        found = await refusal(Authenticator(keys, None), request(authorization))
        assert (found.status, found.code) == (503, "keys_unavailable")


# --- while there are no keys ------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
async def test_this_machine_may_do_everything_until_the_first_key(host: str) -> None:
    keys, watch = MemoryKeys(), Watch()
    authenticator = Authenticator(keys, None, watch)
    assert (await authenticator.principal(request(host=host))).name == "local"
    await keys.add(made().key)
    watch.time += KEY_FRESH_S + 0.1
    assert (await refusal(authenticator, request(host=host))).code == "missing_credentials"


@pytest.mark.parametrize(
    "asked",
    [
        request(client="192.0.2.7"),
        request(x_forwarded_for="192.0.2.7"),
        request(forwarded="for=192.0.2.7"),
        request(host="evil.example"),  # a page of a site that resolves to this machine
        request(client=""),
    ],
)
async def test_nobody_else_may_do_anything(asked: Request) -> None:
    found = await refusal(Authenticator(MemoryKeys(), None), asked)
    assert (found.status, "handrail keys create" in found.detail) == (401, True)


async def test_without_keys_whatever_a_client_must_send_is_ignored(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/models", headers={"Authorization": "Bearer unused"})
    assert response.status_code == 200
