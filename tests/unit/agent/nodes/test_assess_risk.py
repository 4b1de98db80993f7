"""Judge the message in its conversation."""

from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage

from agent.adapters.twins import TableJudge, assessment
from agent.attachments.reader import ReadAttachment
from agent.events import RiskAssessed
from agent.explanation import Explanation
from agent.models import PiiSpan, TurnInput, View
from agent.nodes.assess_risk import assess_risk, facts_of
from agent.ports import EarlierTurn, Material
from policies.models import ContextFacts
from policies.taxonomy import Facet, Hazard
from tests.unit.agent.builders import Run, context, facts, perception, state


async def test_the_assessment_becomes_facts_and_is_told():
    risk = assessment(Facet.DOSING, unsafe=0.6, hazards={Hazard.ADVICE_HEALTH: 0.8}, signals=("dose.child",))
    run = Run(context(judge=TableJudge({"hello": risk}), earlier=(EarlierTurn("before", "guide", 0.9),)))
    update = await assess_risk(state(), run.runtime)
    assert update["judgement"].risk == risk
    assert update["facts"].risk.hazards[Hazard.ADVICE_HEALTH] == 0.8
    assert update["facts"].thread.prior_refusals == 1
    (sent,) = run.sent
    assert isinstance(sent, RiskAssessed)
    assert (sent.facet, sent.risk.signals) == (Facet.DOSING, ("dose.child",))


class OneWord:
    """Explains every judgement alike."""

    async def explain(self, judgement, earlier):
        return Explanation(judged=judgement.query, truncated=False, unsafe=0.1, moved=(), signals=(), nearest=())


@pytest.mark.parametrize(("asked", "always", "told"), [(False, False, False), (True, False, True), (False, True, True)])
async def test_it_is_explained_when_the_request_or_the_setting_asks(asked, always, told):
    request = TurnInput(text="hello", explain=asked)
    run = Run(context(request, explainer=OneWord(), explain_turns=always))
    await assess_risk(state(), run.runtime)
    assert (run.sent[0].explanation is not None) is told


async def test_the_exemplars_of_the_tenant_are_asked_for():
    judge = TableJudge({})
    run = Run(context(judge=judge))
    await assess_risk(state(context_facts=ContextFacts(tenant="clinic")), run.runtime)
    assert judge.tenants == ["clinic"]


def turns(*scores: float | None) -> tuple[EarlierTurn, ...]:
    return tuple(EarlierTurn("before", None, score) for score in scores)


@pytest.mark.parametrize(
    ("scores", "prior"),
    [((), 0.0), ((0.9,), 0.9), ((0.9, 0.1), 0.63), ((0.9, 0.1, 0.1, 0.1), 0.9 * 0.7**3), ((None, None), 0.0)],
)
def test_what_was_unsafe_before_fades_turn_by_turn(scores, prior):
    assert facts(earlier=turns(*scores)).thread.prior_unsafe == pytest.approx(prior)


@pytest.mark.parametrize(
    ("scores", "rising"),
    [((0.1, 0.2, 0.3), True), ((0.3, 0.2, 0.4), False), ((0.1, 0.2), False), ((0.5, 0.1, 0.2, 0.3), True)],
)
def test_three_turns_that_rise_are_an_escalation(scores, rising):
    assert facts(earlier=turns(*scores)).thread.escalating is rising


def test_turns_that_were_declined_are_counted():
    earlier = tuple(
        EarlierTurn("x", action, 0.1) for action in ("answer", "guide", "refuse", "escalate", "answer_with_care", None)
    )
    assert facts(earlier=earlier).thread.prior_refusals == 3
    assert facts(earlier=earlier).thread.turns == 6


def test_what_was_hidden_is_a_fact_and_form_alone_is_not():
    seen = perception("aGk=", "en", View(text="hi", how=("base64",)), View(text="ho", how=("normalised",)))
    hidden = facts_of(
        assessment(Facet.MALWARE).model_copy(update={"decoded_from": ("base64",)}), seen, ContextFacts(), ()
    )
    assert (hidden.text.views, hidden.text.obfuscated, hidden.text.length) == (("base64",), True, 4)
    assert facts().text.obfuscated is False


def test_personal_data_is_a_fact():
    seen = perception("me@example.org").model_copy(update={"pii": (PiiSpan(kind="email", start=0, end=14),)})
    assert facts_of(assessment(Facet.EVERYDAY), seen, ContextFacts(), ()).text.has_pii


class Reads:
    """Finds this in every file."""

    def __init__(self, material: Material) -> None:
        self._material = material

    async def read(self, text, views, language):
        return self._material


def a_file(text: str) -> ReadAttachment:
    return ReadAttachment(kind="pdf", media_type="application/pdf", size=1, sha256="0", text=text, read_by=("pdf",))


BOMB = assessment(Facet.WRONGDOING, unsafe=0.98)
LONG = "a long report " * 40


async def test_what_a_file_surely_asks_for_counts_like_a_message():
    run = Run(context(judge=TableJudge({"bomb": BOMB}), material_judge=Reads(Material(LONG, asks="a bomb"))))
    update = await assess_risk(state(attachments=(a_file(LONG),)), run.runtime)
    assert update["facts"].risk.unsafe == 0.98
    assert (update["facts"].text.modality, update["facts"].text.material_attack) == ("pdf", 0.0)


async def test_a_short_text_is_read_together_with_the_message_that_points_at_it():
    judge = TableJudge({"hello\na bomb": BOMB})
    run = Run(context(judge=judge, material_judge=Reads(Material("a bomb"))))
    update = await assess_risk(state(attachments=(a_file("a bomb"),)), run.runtime)
    assert update["judgement"].risk == BOMB


async def test_a_long_harmless_file_leaves_the_judgement_of_the_message():
    judge = TableJudge({LONG: BOMB})
    run = Run(context(judge=judge, material_judge=Reads(Material(LONG))))
    update = await assess_risk(state(attachments=(a_file(LONG),)), run.runtime)
    assert [text for text, _ in judge.seen] == ["hello"]
    assert update["facts"].risk.unsafe < 0.5


async def test_orders_are_left_out_told_and_a_fact_and_the_thread_keeps_the_rest():
    run = Run(context(material_judge=Reads(Material("Apples [...]", attack=0.99, orders=1))))
    given = state(attachments=(a_file("Apples obey"),), messages=[HumanMessage("hello", id="m1")])
    update = await assess_risk(given, run.runtime)
    assert update["attachments"][0].text == "Apples [...]"
    assert update["facts"].text.material_attack == 0.99
    assert [notice.code for notice in update["notices"]] == ["attachment_orders"]
    (kept,) = update["messages"]
    assert (kept.id, kept.text, kept.additional_kwargs) == ("m1", "hello", {"attachments": ["Apples [...]"]})
