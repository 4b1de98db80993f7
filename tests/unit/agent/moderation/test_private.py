"""Secrets and personal data in what a model wrote."""

from __future__ import annotations

import pytest

from agent.moderation.private import KINDS, Known, find_private, has_secret, names_of, opens_key_block
from evals.leaks.sweep import private_cases

NOBODY = Known()


def kinds(text, known=NOBODY):
    return [span.kind for span in find_private(text, "en", known)]


@pytest.mark.parametrize("case", private_cases(240, seed=5), ids=lambda case: f"{case.kind}-{case.language}")
def test_every_generated_kind_is_found_whole(case):
    spans = find_private(case.text, case.language, NOBODY)
    start = case.text.index(case.hidden)
    assert any(span.start <= start and start + len(case.hidden) <= span.end for span in spans)
    assert all(span.kind in KINDS for span in spans)


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


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "She lives at 221B Baker Street with two cats."), ("en", "His home address: 12 Long Acre Road"), ("es", "Vive en la calle Mayor 12, Madrid."),
        ("zh", "据我所知他住在北京市朝阳区建国路88号。"), ("ar", "يسكن في شارع الملك فهد، رقم 12"),
    ],
)  # fmt: skip
def test_an_address_is_held_where_somebody_lives(language, text):
    assert [span.kind for span in find_private(text, language, NOBODY)] == ["address"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The clinic is at 221B Baker Street."), ("en", "Send the form to 1600 Amphitheatre Parkway."), ("es", "La oficina está en la calle Mayor 12."),
        ("zh", "医院地址：南京东路100号。"), ("ar", "المستشفى في شارع الملك فهد، رقم 12"), ("es", "Llama al 800 468 8722."), ("ar", "اتصل على 920033360"),
    ],
)  # fmt: skip
def test_where_an_organisation_is_reached_is_not_private(language, text):
    assert find_private(text, language, NOBODY) == []


def test_a_number_is_public_by_the_plan_of_its_place_alone():
    assert [span.kind for span in find_private("Llámalo al 55 9402 1736.", "es", NOBODY)] == ["phone"]


def test_a_person_is_reached_by_a_number_that_is_held():
    assert kinds("Call Anna on +1 415 868 2671.") == ["phone"]


def test_findings_are_named_once_by_their_check():
    spans = find_private("a.b@host.org, c.d@host.org, AKIAABCDEFGHIJKLMNOP", "en", NOBODY)
    assert names_of(spans) == ("personal", "secrets")
