"""Keys and callers: what can be made, what fits, and what ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.access import (
    ANY_TENANT,
    Principal,
    Scope,
    issue,
    read_token,
    require_rate,
    require_tenant,
    scopes_of,
    verifies,
)
from agent.errors import AccessError

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_a_token_leads_back_to_its_key_and_no_other_fits():
    issued, other = [issue("chat", tenant="acme", scopes=["chat"], now=NOW) for _ in range(2)]
    token = read_token(issued.token)
    assert token is not None
    assert token.id == issued.key.id
    assert verifies(issued.key, token.secret)
    assert not verifies(other.key, token.secret)
    assert not verifies(issued.key, token.secret[:-1])
    assert not verifies(issued.key.model_copy(update={"secret_hash": "no hash"}), token.secret)


def test_the_secret_is_not_kept():
    issued = issue("chat", tenant="acme", scopes=["chat"], now=NOW)
    secret = issued.token.rpartition("_")[2]
    assert secret not in issued.key.model_dump_json()
    assert issued.key.secret_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    "token",
    ["", "hr_", "hr_abc", "hr_abcdefghijkm_short", "sk-1234", "hr_abcdefghijkm_" + "a" * 44, " hr_" + "a" * 56, "\x00"],
)
def test_what_has_not_the_form_of_a_token_is_none(token: str):
    assert read_token(token) is None


def test_a_key_ends_when_it_expires_or_is_revoked():
    key = issue("chat", tenant="acme", scopes=["chat"], now=NOW, lifetime=timedelta(days=1)).key
    assert key.fault(NOW) is None
    assert "expired at 2026-11-25 09:00 UTC" in str(key.fault(NOW + timedelta(days=1)))
    revoked = key.model_copy(update={"revoked_at": NOW})
    assert "was revoked at 2026-11-24" in str(revoked.fault(NOW))
    assert not revoked.usable(NOW)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scopes": []}, "needs a scope; known: chat"),
        ({"scopes": ["chat", "root"]}, "unknown scope `root`; known: chat, context:set"),
        ({"tenant": "a/b"}, "`a/b` is not the name of a tenant"),
        ({"tenant": ""}, "is not the name of a tenant"),
        ({"tenant": "-a"}, "a letter or digit first"),
        ({"name": " "}, "1 to 100 printable characters"),
        ({"name": "a\nb"}, "printable"),
        ({"rate_limit": "often"}, "`often` is not a rate limit; expected e.g. `60/minute`"),
    ],
)
def test_what_cannot_be_a_key_is_said(changes: dict[str, object], message: str):
    with pytest.raises(AccessError, match=message.replace("[", r"\[")):
        issue(**{"name": "n", "tenant": "acme", "scopes": ["chat"], "now": NOW, **changes})


def test_scopes_come_once_and_in_order():
    assert scopes_of(["review", "chat", "review"]) == (Scope.CHAT, Scope.REVIEW)


def test_a_caller_sees_its_tenant_and_one_of_every_tenant_sees_all():
    one = Principal(name="k", tenant="acme", scopes=frozenset())
    every = one.model_copy(update={"tenant": ANY_TENANT})
    assert (one.sees("acme"), one.sees("other"), one.own_tenant) == (True, False, "acme")
    assert (every.sees("acme"), every.sees("other"), every.own_tenant) == (True, True, None)


def test_names_that_are_good_come_back():
    assert require_tenant("Acme.eu-1") == "Acme.eu-1"
    assert require_rate("5 per second") == "5 per second"
