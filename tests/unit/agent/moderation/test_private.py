"""Secrets and personal data in what a model wrote."""

from __future__ import annotations

import pytest

from agent.moderation.private import KINDS, Known, find_private, has_secret, names_of, opens_key_block
from tests.unit.agent.moderation import secrets

NOBODY = Known()


def kinds(text, known=NOBODY):
    return [span.kind for span in find_private(text, "en", known)]


@pytest.mark.parametrize("kind", secrets.KINDS)
def test_every_generated_kind_is_found_whole(kind):
    for _, value, text in [found for found in secrets.secrets(120) if found[0] == kind]:
        (span,) = find_private(text, "en", NOBODY)
        assert span.kind in KINDS
        assert value in text[span.start : span.end] or span.end - span.start >= len(value) - 1


@pytest.mark.parametrize("text", ["sk-abcdefghijklmnop1234", "AKIAABCDEFGHIJKLMNOP", "ABCDE-12345-FGHIJ-67890"])
def test_keys_are_secrets(text):
    assert has_secret(text)
    assert not has_secret("Keep your key safe.")
    assert opens_key_block("-----BEGIN RSA PRIVATE KEY-----")


def test_what_the_person_wrote_may_be_repeated_however_it_is_spaced():
    assert kinds("Your card 4539 5787 6362 1486 is fine.") == ["card"]
    assert kinds("Your card 4539 5787 6362 1486 is fine.", Known(["is 4539578763621486 mine?"])) == []


@pytest.mark.parametrize(
    "text",
    ["Call 1-800-222-1222.", "Write to security@acme.org.", "user@example.com", "Call 911.", "See 10 Main Street."],
)
def test_public_contacts_are_not_private(text):
    assert kinds(text) == []


def test_a_person_is_reached_by_a_number_that_is_held():
    assert kinds("Call Anna on +1 415 868 2671.") == ["phone"]


def test_findings_are_named_once_by_their_check():
    spans = find_private("a.b@host.org, c.d@host.org, AKIAABCDEFGHIJKLMNOP", "en", NOBODY)
    assert names_of(spans) == ("personal", "secrets")
