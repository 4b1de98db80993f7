"""Checks on text before it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.moderation import (
    CHECKS,
    MAX_SENTENCE_CHARS,
    checked,
    checks_for,
    has_code,
    has_dosage,
    has_secret,
    has_steps,
    surviving,
    violations,
)
from policies.models import OBLIGATIONS
from policies.taxonomy import LANGUAGES, Action
from tests.unit.agent.builders import HELPLINES, MESSAGES, POLICIES, decision

CLOSING = "\n\nI stop here."


@pytest.mark.parametrize(
    "text",
    [
        "Take 400 mg every six hours.",
        "2.5 ml twice a day",
        "two tablets at night",
        "10mg/kg",
        "Toma 500 miligramos",
        "media pastilla",
        "吃两片",
        "每次５毫升",
        "خذ ٢٠٠ ملغ",
        "حبتين حبة",
        "5-mg tablet",
    ],
)
def test_an_amount_of_a_medicine_is_a_dose(text):
    assert has_dosage(text)


@pytest.mark.parametrize(
    "text",
    [
        "Weigh your child and read the label.",
        "Call 911 or 1-800-222-1222.",
        "A child who weighs 14 kg",
        "Blood sugar of 100 mg/dL",
        "three days of fever",
        "version 3.5",
        "GPL-3.0",
    ],
)
def test_other_numbers_are_no_dose(text):
    assert not has_dosage(text)


@pytest.mark.parametrize(
    "text",
    [
        "```python",
        "import os\n",
        "Run sudo -s",
        "curl -X POST",
        "os.system('x')",
        "' OR '1'='1",
        "x UNION SELECT y",
        "$ nmap",
    ],
)
def test_code_and_commands_are_code(text):
    assert has_code(text)


@pytest.mark.parametrize(
    "text", ["Import duties rose.", "Curl your hair.", "The system evaluates users.", "from one class to another"]
)
def test_prose_about_such_things_is_no_code(text):
    assert not has_code(text)


@pytest.mark.parametrize("text", ["Step 1: mix", "Intro\nPaso 2", "第三步", "الخطوة الأولى"])
def test_numbered_steps_are_steps(text):
    assert has_steps(text)
    assert not has_steps("The next step is to ask.")


@pytest.mark.parametrize(
    "text",
    ["sk-abcdefghijklmnop1234", "AKIAABCDEFGHIJKLMNOP", "-----BEGIN RSA PRIVATE KEY-----", "ABCDE-12345-FGHIJ-67890"],
)
def test_keys_are_secrets(text):
    assert has_secret(text)
    assert not has_secret("Keep your key safe.")


def test_the_checks_are_those_the_decision_asks_for_and_always_secrets():
    assert set(checks_for(decision(Action.ANSWER))) == {"secrets"}
    assert set(checks_for(decision(Action.GUIDE, "no_dosage", "cite"))) == {"secrets", "no_dosage"}


def test_every_check_but_secrets_is_an_obligation_that_policies_know():
    assert set(CHECKS) - {"secrets"} <= set(OBLIGATIONS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_our_own_is_ever_held(language):
    texts = [MESSAGES.get(key, language) for key in MESSAGES.texts]
    texts += [line.text(language) for line in HELPLINES.lines]
    texts += [POLICIES.disclaimer(name, language).text for name in POLICIES.disclaimers]
    for code in POLICIES.rationales:
        texts += POLICIES.rationale(code, language).text.model_dump().values()
    assert [text for text in texts if violations(text, CHECKS)] == []


def test_what_passes_is_kept_and_what_held_the_rest_is_named_once():
    kept, held = surviving(["Rest.", "Take 5 mg.", "Or 10 mg.", "```"], CHECKS)
    assert (kept, held) == (["Rest."], ["no_dosage", "no_code"])


# --- streams ------------------------------------------------------------------------------------------


async def _stream(pieces: Sequence[str]) -> AsyncGenerator[str, None]:
    for piece in pieces:
        yield piece


def _run(pieces: Sequence[str]) -> tuple[list[str], list[str]]:
    async def collect() -> list[str]:
        return [piece async for piece in checked(_stream(pieces), CHECKS, held, CLOSING)]

    held: list[str] = []
    return asyncio.run(collect()), held


def _cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


FRAGMENTS = [
    "Drink water. ", "Take 400 mg now. ", "Rest! ", "两片", "。", "sk-abcdefghijklmnop1234 ", "```\n", "curl", "\n", " ", "-s",
    "Give 5", "mg", ".", "Step 1", "import os", "Ask Dr. Who? ", "x" * 40 + " ", "UNION", "SELECT",
]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join), st.lists(st.integers(0, 2_000), max_size=12))
def test_a_held_sentence_never_leaves_however_the_stream_is_cut(text, cuts):
    released, held = _run(_cut(text, cuts))
    if held:
        assert released[-1] in (CLOSING, CLOSING.lstrip())
        released = released[:-1]
    assert violations("".join(released), CHECKS) == ()
    assert text.startswith("".join(released))


@given(
    st.lists(st.sampled_from(["Rest. ", "好。", "Drink", " ", "\n", "water? "]), max_size=20).map("".join),
    st.lists(st.integers(0, 200), max_size=9),
)
def test_a_harmless_stream_arrives_whole_however_it_is_cut(text, cuts):
    released, held = _run(_cut(text, cuts))
    assert held == []
    assert "".join(released).rstrip() == text.rstrip()


def test_after_a_violation_the_rest_is_neither_read_nor_released():
    read: list[int] = []

    async def pieces() -> AsyncGenerator[str, None]:
        for n, piece in enumerate(["Fine. ", "Take 5 mg. ", "More. ", "And more. "]):
            read.append(n)
            yield piece

    async def collect() -> list[str]:
        return [piece async for piece in checked(stream, CHECKS, [], CLOSING)]

    stream = pieces()
    assert asyncio.run(collect()) == ["Fine.", CLOSING]
    assert read == [0, 1]
    assert stream.ag_frame is None, "closed"


def test_a_dose_split_over_two_lines_is_held():
    released, held = _run(["Give 5", "\n", "mg at night."])
    assert held == ["no_dosage"]
    assert "mg" not in "".join(released)


def test_a_command_split_by_blank_lines_is_held():
    assert _run(["Use curl\n \n", " -o file."])[1] == ["no_code"]


def test_a_model_that_never_ends_a_sentence_is_bounded():
    released, held = _run(["word "] * 1_000)
    assert held == []
    assert max(map(len, released)) <= MAX_SENTENCE_CHARS
    released, _ = _run(["x"] * 2_000)
    assert max(map(len, released)) <= MAX_SENTENCE_CHARS


def test_nothing_is_released_of_an_empty_stream():
    assert _run([]) == ([], [])
    assert _run(["", "  "]) == ([], [])
