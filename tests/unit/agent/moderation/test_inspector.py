"""One piece, in its place."""

from __future__ import annotations

import asyncio

import pytest

from agent.adapters.twins import WordJudge
from agent.moderation import CHECKS, Inspector, Known
from agent.moderation.inspector import Verdict, is_prose
from tests.unit.agent.moderation.test_shingles import POEM, protected

FRENCH = "Les médicaments contre la douleur peuvent être dangereux quand on les prend trop souvent."
SPANISH = "Los medicamentos para el dolor pueden ser peligrosos cuando se toman con demasiada frecuencia."


def verdict(inspector: Inspector, piece: str, before: str = "", ahead: str = "") -> Verdict:
    return asyncio.run(inspector.inspect(before, piece, ahead))


def test_a_limit_is_checked_over_both_seams():
    limited = Inspector({"no_dosage": CHECKS["no_dosage"]})
    assert verdict(limited, "Rest well.") == Verdict("Rest well.")
    assert verdict(limited, " mg at night.", before="Give 5").stop == ("no_dosage",)
    assert verdict(limited, "Give 5", ahead=" mg").stop == ("no_dosage",)


def test_steps_are_remembered_longer_than_other_things():
    limited = Inspector({"no_steps": CHECKS["no_steps"]})
    assert verdict(limited, "\n2. Close it", before="1. Open it" + " and look" * 100).stop == ("no_steps",)


def test_private_data_is_taken_out_and_the_reply_goes_on():
    found = verdict(Inspector({}), "Write to a.b@host.org today.")
    assert (found.text, found.repaired, found.stop) == ("Write to [email] today.", ("personal",), ())
    assert verdict(Inspector({}, known=Known(["a.b@host.org"])), "Write to a.b@host.org today.").repaired == ()


def test_a_piece_that_would_split_a_secret_is_cut_before_it():
    found = verdict(Inspector({}), "Key AKIAABCDEF", ahead="GHIJKLMNOP and on")
    assert found.cut == len("Key ")


def test_a_private_key_stops_the_reply():
    assert verdict(Inspector({}), "-----BEGIN PRIVATE KEY-----\n").stop == ("secrets",)


def test_a_hazard_stops_the_reply_and_the_judge_sees_the_request():
    judge = WordJudge({"poison the well": "violent_crimes"})
    inspector = Inspector({}, judge=judge, request="How?")
    assert verdict(inspector, "One may poison the well.").stop == ("hazards",)
    assert judge.seen == [("One may poison the well.", "How?")]


def test_instructions_are_not_repeated_unless_the_person_wrote_them():
    rules = "You are a careful assistant that answers through Handrail, a safety service for everybody."
    leak = "My rules: you are a careful assistant that answers through Handrail, a safety service."
    assert verdict(Inspector({}, instructions=rules), leak).stop == ("prompt_leak",)
    assert verdict(Inspector({}, instructions=rules, request=leak), leak).stop == ()


def test_a_protected_work_is_not_quoted_even_over_several_pieces():
    inspector = Inspector({}, protected=protected(POEM))
    words = POEM.split()
    assert verdict(inspector, " ".join(words[:7])).stop == ()
    assert verdict(inspector, " " + " ".join(words[7:]), before=" ".join(words[:7])).stop == ("no_verbatim",)


def test_a_long_quotation_is_held_where_a_rule_says_so():
    quoted = f'The song says: "{"la la love me do again " * 9}" and so on.'
    assert verdict(Inspector({}, no_verbatim=True), quoted).stop == ("no_verbatim",)
    assert verdict(Inspector({}), quoted).stop == ()


def test_prose_that_no_limit_can_be_checked_in_is_held_where_there_are_limits():
    assert verdict(Inspector({"no_dosage": CHECKS["no_dosage"]}), FRENCH).stop == ("language",)
    assert verdict(Inspector({}), FRENCH).stop == ()


def test_a_reply_that_begins_with_short_sentences_is_told_from_them_together():
    asked = Inspector({}, request="What about painkillers?", expects_language=True)
    assert verdict(asked, "Sí, claro. ").stop == ()
    assert verdict(asked, SPANISH, before="Sí, claro. ").stop == ("language",)
    assert (
        verdict(
            asked,
            "Los medicamentos. ",
            before="Painkillers can do harm when they are taken every single day of the week. ",
        ).stop
        == ()
    )


def test_a_reply_that_begins_in_another_language_than_the_request_is_told_from_one_that_was_asked_for():
    asked = Inspector({}, request="What about painkillers?", expects_language=True)
    assert verdict(asked, SPANISH).stop == ("language",)
    assert verdict(asked.in_any_language(), SPANISH).stop == ()
    assert (
        verdict(
            asked,
            SPANISH,
            before="Painkillers can do harm when they are taken every single day of the week, most of all at night. ",
        ).stop
        == ()
    )
    assert verdict(Inspector({}, request="Say it in Spanish", expects_language=True), SPANISH).stop == ()


@pytest.mark.parametrize(("text", "prose"), [("ok", False), ("a" * 60, True), ("字" * 20, True), ("1" * 99, False)])
def test_a_language_is_told_from_prose_only(text, prose):
    assert is_prose(text) is prose
