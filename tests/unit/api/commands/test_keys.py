"""``handrail keys``: made, listed, revoked and rotated, each on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from agent.access import read_token, verifies
from agent.audit import Record, verify
from agent.office import open_back_office
from agent.settings import Settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(handrail: Run) -> Run:
    """Exit status, stdout and stderr of a command over an installation of its own."""
    return partial(handrail, "keys")


def records(data_dir: Path) -> list[Record]:
    async def read() -> list[Record]:
        async with open_back_office(Settings(data_dir=data_dir)) as office:
            return await office.records.read()

    return asyncio.run(read())


def test_a_key_is_shown_once_and_alone_on_standard_output(run: Run, tmp_path: Path) -> None:
    status, out, err = run("create", "intranet", "--scope", "chat", "--scope", "context:set", "--expires", "90d")
    token = read_token(out.strip())
    assert status == 0
    assert token is not None
    assert "shown this once" in err
    listed = run("list")[1]
    assert all(part in listed for part in (token.id, "default", "chat context:set", "expires ", "intranet"))
    assert token.secret not in listed
    (record,) = records(tmp_path / "state")
    assert (record.kind, record.body["event"], record.body["key"]) == ("access", "key_created", token.id)
    assert token.secret not in record.model_dump_json()


def test_a_revoked_key_is_listed_as_such_and_cannot_be_revoked_again(run: Run, tmp_path: Path) -> None:
    token = read_token(run("create", "a", "--scope", "chat")[1].strip())
    assert token is not None
    assert run("revoke", token.id)[0] == 0
    assert "was revoked" in run("list")[1]
    status, _, err = run("revoke", token.id)
    assert (status, "revoked" in err) == (2, True)
    kept = records(tmp_path / "state")
    assert [record.body["event"] for record in kept] == ["key_created", "key_revoked"]
    assert verify(kept) == []


def test_rotation_makes_a_like_key_and_ends_the_old_one_later(run: Run, tmp_path: Path) -> None:
    old = read_token(run("create", "a", "--scope", "review", "--tenant", "acme", "--rate-limit", "5/second")[1].strip())
    assert old is not None
    status, out, _ = run("rotate", old.id, "--overlap", "2h")
    new = read_token(out.splitlines()[0])
    assert status == 0
    assert new is not None

    async def both() -> None:
        async with open_back_office(Settings(data_dir=tmp_path / "state")) as office:
            before, after = await office.keys.get(old.id), await office.keys.get(new.id)
            assert before is not None
            assert after is not None
            assert (after.tenant, after.scopes, after.rate_limit) == (before.tenant, before.scopes, before.rate_limit)
            assert verifies(after, new.secret)
            assert before.expires_at is not None

    asyncio.run(both())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "a", "--scope", "root"), "unknown scope `root`"),
        (("create", "a", "--scope", "chat", "--tenant", "a b"), "`a b` is not the name of a tenant"),
        (("create", "a", "--scope", "chat", "--expires", "soon"), "`soon` is not a time span"),
        (("create", "a", "--scope", "chat", "--rate-limit", "x"), "`x` is not a rate limit"),
        (("revoke", "nobody"), "there is no key `nobody`"),
        (("rotate", "nobody"), "there is no key `nobody`"),
    ],
)
def test_mistakes_are_said_in_one_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_no_keys_are_said(run: Run) -> None:
    assert "there are no keys" in run("list")[1]
