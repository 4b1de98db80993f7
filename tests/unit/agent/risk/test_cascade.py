"""A guard model is asked where the classifier is unsure, and only there."""

from __future__ import annotations

import pytest

from agent.adapters.guard_model import ScriptedGuard
from agent.adapters.twins import assessment
from agent.errors import ModelOutputError, ModelUnavailable
from agent.ports import GuardVerdict
from agent.risk import cascade as module
from agent.risk.cascade import READ_CHARS, Band, Cascade
from policies.taxonomy import Facet, Hazard

BAND = Band(0.25, 0.75)
UNSURE = assessment(Facet.WRONGDOING, unsafe=0.5)


def made(**table):
    guard = ScriptedGuard(table)
    return guard, Cascade(guard, BAND)


def score(risk, hazard):
    return next(h.score for h in risk.hazards if h.id is hazard)


@pytest.mark.parametrize(
    ("unsafe", "asked"), [(0.0, 0), (0.249, 0), (0.25, 1), (0.5, 1), (0.749, 1), (0.75, 0), (1.0, 0)]
)
async def test_it_is_asked_inside_the_band_only(unsafe, asked):
    guard, cascade = made()
    risk = assessment(Facet.WRONGDOING, unsafe=unsafe)
    checked = await cascade.checked(risk, "tea", "")
    assert len(guard.asked) == asked
    assert (checked is risk) is (asked == 0)


async def test_its_word_is_evidence_and_is_recorded():
    _, cascade = made(bad=GuardVerdict(True, (Hazard.CYBER_OFFENSE,)))
    bad = await cascade.checked(UNSURE, "bad", "")
    good = await cascade.checked(UNSURE, "good", "")
    assert bad.unsafe == pytest.approx(0.9)
    assert score(bad, Hazard.CYBER_OFFENSE) > score(UNSURE, Hazard.CYBER_OFFENSE)
    assert good.unsafe == pytest.approx(0.1)
    assert (bad.guard.verdict, bad.guard.hazards, bad.guard.model) == ("unsafe", (Hazard.CYBER_OFFENSE,), "scripted")
    assert bad.guard.shift == -good.guard.shift == pytest.approx(module.WEIGHT, abs=1e-3)
    assert good.guard.verdict == "safe"


@pytest.mark.parametrize("error", [ModelUnavailable("took too long"), ModelOutputError("not of its format")])
async def test_a_guard_that_cannot_be_asked_counts_as_unsafe_and_is_recorded(error):
    _, cascade = made(tea=error)
    checked = await cascade.checked(UNSURE, "tea", "")
    assert checked.unsafe == pytest.approx(0.9)
    assert (checked.guard.verdict, checked.guard.detail) == ("failed", str(error))


async def test_a_core_hazard_is_not_loosened_by_it():
    _, cascade = made()
    risk = assessment(Facet.WRONGDOING, unsafe=0.5, hazards={Hazard.INDISCRIMINATE_WEAPONS: 0.4})
    checked = await cascade.checked(risk, "tea", "")
    assert (checked.unsafe, checked.guard.shift) == (0.5, 0.0)
    assert "core hazard" in checked.guard.detail


async def test_what_it_did_not_read_whole_is_not_loosened():
    guard, cascade = made()
    checked = await cascade.checked(UNSURE, "x" * (READ_CHARS + 1), "")
    assert len(guard.asked[0][0]) == READ_CHARS
    assert (checked.unsafe, checked.guard.shift) == (0.5, 0.0)


async def test_the_same_request_is_asked_once_and_another_conversation_again():
    guard, cascade = made()
    for earlier in ("", "", "before", "before"):
        await cascade.checked(UNSURE, "tea", earlier)
    assert guard.asked == [("tea", ""), ("tea", "before")]


async def test_a_failure_is_not_remembered():
    guard, cascade = made(tea=ModelUnavailable("down"))
    await cascade.checked(UNSURE, "tea", "")
    guard._table.clear()
    assert (await cascade.checked(UNSURE, "tea", "")).guard.verdict == "safe"


async def test_only_so_many_verdicts_are_kept(monkeypatch):
    monkeypatch.setattr(module, "CACHED", 2)
    guard, cascade = made()
    for text in ("a", "b", "a", "c", "a", "b"):
        await cascade.checked(UNSURE, text, "")
    assert [text for text, _ in guard.asked] == ["a", "b", "c", "b"]
