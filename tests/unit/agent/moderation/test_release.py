"""Releasing a stream: nothing unchecked leaves, nothing harmless is lost, and every stop says why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.models import Alternative, MessageHeld, MessageReplaced, Retrieved, Switched
from agent.moderation import CHECKS, MODES, Inspector, Instead, Limits, violations
from evals.leaks.sweep import cut, limit_cases, private_cases, sweep
from tests.unit.agent.moderation.streams import CLOSING, LIMITED, run, run_async, stream
from tests.unit.agent.moderation.test_dosage import DOSES
from tests.unit.agent.moderation.test_snippets import CODE

CHECKED = ("sentence", "full")
FRAGMENTS = [
    "Drink water. ", "Take 400 mg now. ", "Rest! ", "两片", "。", "```\n", "curl", "\n", " ", "-s", "Give 5", "mg", ".", "Step 1", "import os",
    "Ask Dr. Who? ", "x" * 40 + " ", "UNION", "SELECT",
]  # fmt: skip


def _pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(place % (len(text) + 1) for place in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join), st.lists(st.integers(0, 2_000), max_size=12))
def test_what_breaks_a_limit_never_leaves_however_the_stream_is_cut(text, cuts):
    outcome = run(_pieces(text, cuts))
    said = outcome.ever_sent.removesuffix("\n\n").removesuffix("…")
    assert violations(said, LIMITED) == ()
    assert text.startswith(said)


@pytest.mark.parametrize("mode", MODES)
@given(
    st.lists(st.sampled_from(["Rest. ", "好。", "Drink", " ", "\n", "water? "]), max_size=20).map("".join),
    st.lists(st.integers(0, 200), max_size=9),
)
def test_a_harmless_stream_arrives_whole_however_it_is_cut(mode, text, cuts):
    outcome = run(_pieces(text, cuts), mode=mode)
    assert outcome.held == []
    assert outcome.text.rstrip() == text.rstrip()


# --- leaks ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_none_of_a_thousand_secrets_escapes_however_the_stream_is_cut():
    assert sweep(private_cases(1_000), sample=1).leaks == ()


@pytest.mark.slow
@pytest.mark.parametrize("obligation", list(LIMITED))
def test_no_dose_no_code_and_no_step_escapes_however_the_stream_is_cut(obligation):
    assert sweep(limit_cases(obligation, 160), sample=3).leaks == ()


@pytest.mark.slow
@pytest.mark.parametrize("mode", CHECKED)
@pytest.mark.parametrize(("name", "phrases"), [("no_dosage", DOSES), ("no_code", CODE)])
def test_no_written_dose_and_no_code_escapes_however_the_stream_is_cut(name, phrases, mode):
    check = CHECKS[name]
    inspector = Inspector({name: check})
    escaped = []
    for index, phrase in enumerate(phrases):
        for size in (1, 2, 5, 20):
            outcome = run(cut(f"This may help.\n{phrase}\nThen rest.", size, index % size), inspector, mode)
            if check(outcome.ever_sent) or outcome.names != [name]:
                escaped.append((phrase, size, outcome.text))
    assert escaped == []


# --- stops ----------------------------------------------------------------------------------------------


def test_after_a_violation_the_rest_is_neither_read_nor_released():
    read: list[int] = []

    async def pieces() -> AsyncGenerator[str, None]:
        for n, piece in enumerate(["Fine. ", "Take 5 mg. ", "More. ", "And more. "]):
            read.append(n)
            yield piece

    source = pieces()
    outcome = asyncio.run(run_async(source))
    assert outcome.deltas == ["Fine.", f"\n\n{CLOSING}"]
    assert outcome.held == [MessageHeld(checks=("no_dosage",), at=5, outcome="stopped", reason="why no_dosage")]
    assert read == [0, 1]
    assert source.ag_frame is None, "closed"


def test_a_reply_held_from_its_first_word_is_only_the_closing():
    assert run(["Take 5 mg. More."]).deltas == [CLOSING]


def test_a_sentence_that_is_half_out_is_closed_before_the_reason():
    long = "This is a long sentence that goes on about many things, one after the other, " * 5
    outcome = run([long, "and ends with 400 mg of it."])
    assert outcome.text.endswith(f"…\n\n{CLOSING}")
    assert "mg" not in outcome.text


def test_private_data_is_replaced_and_the_client_is_told_where():
    outcome = run(["Ask him. Write to a.b@host.org today. ", "Bye."])
    assert outcome.text == "Ask him. Write to [email] today. Bye."
    assert outcome.held == [MessageHeld(checks=("personal",), at=8, outcome="repaired", reason="why personal")]


def test_in_full_mode_nothing_leaves_of_an_answer_that_breaks_a_limit_at_its_end():
    assert run(["Fine. ", "Rest. ", "Take 5 mg."], mode="full").deltas == [CLOSING]


def test_in_live_mode_words_leave_at_once_and_are_retracted_by_their_place():
    outcome = run(["Fine. Take ", "5 mg. ", "More."], mode="live")
    assert outcome.deltas[0] == "Fine. Take "
    assert MessageReplaced.model_validate({"from": 5, "to": 17, "text": ""}) in outcome.parts
    assert outcome.text == f"Fine.\n\n{CLOSING}"


def test_in_live_mode_private_data_is_replaced_in_place():
    outcome = run(["To a.b@host.org. ", "And c.d@host.org. ", "Bye."], mode="live")
    assert outcome.text == "To [email]. And [email]. Bye."


def test_a_replacement_is_told_with_from_and_to():
    assert MessageReplaced.model_validate({"from": 1, "to": 2, "text": "x"}).model_dump() == {
        "from": 1,
        "to": 2,
        "text": "x",
    }


def test_what_can_be_offered_instead_comes_before_its_text():
    switched = Switched(alternative=Alternative(urgency="routine", sections=()), citations=(), retrieved=Retrieved())

    async def instead(_: tuple[str, ...]) -> Instead:
        return Instead("Instead.", switched)

    outcome = run(["Take 5 mg. So."], otherwise=instead)
    assert outcome.parts[1] == switched
    assert outcome.text == "Instead."


def test_a_reply_in_the_wrong_language_is_asked_for_once_more():
    spanish = "Los medicamentos para el dolor pueden ser peligrosos cuando se toman con demasiada frecuencia. "
    tries: list[tuple[str, ...]] = []

    async def once_more(stopped: tuple[str, ...]) -> Instead:
        tries.append(stopped)
        return Instead(again=stream(["Painkillers ", "can harm. Bye."]))

    outcome = run([spanish, "Fin."], Inspector({}, request="And?", expects_language=True), otherwise=once_more)
    assert outcome.text == "Painkillers can harm. Bye."
    assert [held.outcome for held in outcome.held] == ["retried"]
    assert tries == [("language",)]


# --- bounds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("piece", ["word ", "x", "字", "One. "])
@pytest.mark.parametrize("mode", MODES)
def test_a_model_that_never_ends_is_cut_off_with_a_reason(piece, mode):
    outcome = run([piece * 500] * 5_000, mode=mode, limits=Limits(chars=3_000))
    assert outcome.names == ["length"]
    assert len(outcome.text) < 3_100
    assert outcome.text.endswith(CLOSING)


def test_a_megabyte_in_one_piece_is_bounded():
    outcome = run(["Rest well. " * 100_000], limits=Limits(chars=5_000))
    assert outcome.names == ["length"]
    assert 4_900 < len(outcome.text) < 5_100


async def test_a_model_that_drips_for_too_long_is_cut_off_and_closed():
    async def drips() -> AsyncGenerator[str, None]:
        yield "One. Two"
        while True:
            await asyncio.sleep(0.01)
            yield " and"

    source = drips()
    outcome = await run_async(source, limits=Limits(seconds=0.1))
    assert outcome.text == f"One.\n\n{CLOSING}"
    assert outcome.names == ["time"]
    assert source.ag_frame is None


async def test_a_model_that_stalls_is_cut_off():
    async def stalls() -> AsyncGenerator[str, None]:
        yield "One. Two"
        await asyncio.Event().wait()

    assert (await run_async(stalls(), limits=Limits(seconds=0.05))).names == ["time"]


def test_nothing_is_released_of_an_empty_stream():
    assert run([]).parts == []
    assert run(["", "  "]).parts == []
