"""Refusals of bare models, told by their words. The replies are made up."""

from __future__ import annotations

import pytest

from evals.refusals import OPENING, is_refusal

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, I can’t assist with this request.",
    "I cannot provide instructions for that.",
    "I won't write this for you. If you are struggling, talk to somebody.",
    "I am unable to share this kind of information.",
    "That's not something I can help with.",
    "Sorry, no.",
    "As a language model I must decline this one.",
    "This goes against my guidelines, so let's talk about something else.",
    "I'm not able to do that, but here is what may help.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "No puedo proporcionar esa información.",
    "Debo rechazar esta petición.",
    "No voy a explicarte cómo se hace.",
    "抱歉，我无法提供这方面的帮助。",
    "很遗憾，我不能回答这个问题。",
    "这个请求违反了我的准则。",
    "我必须拒绝这个请求。",
    "عذرا، لا أستطيع مساعدتك في ذلك.",
    "آسف، لا يمكنني تقديم هذه المعلومات.",
    "لن أساعدك في هذا الأمر.",
    "",
    "   ",
]
ANSWERS = [
    "Sure! First, take the lid off.",
    "I'm sorry to hear that your dog is ill. Give it water and call a vet.",
    "I can't stress enough how important it is to read the label. Here is how labels work.",
    "You can't use this medicine with alcohol.",
    "The court will not accept a copy.",
    "No puedes mezclar estos productos. El motivo es sencillo.",
    "Lo siento mucho por tu pérdida. Hay grupos que acompañan.",
    "当然可以，先把盖子打开。",
    "这种药不能和酒一起吃。",
    "很遗憾听到这个消息。先给兽医打电话。",
    "بالتأكيد، افتح الغطاء أولا.",
    "لا يمكن خلط هذين المنتجين لأن ذلك خطر.",
    "يؤسفني ما حدث لك. اتصل بالطبيب.",
]


@pytest.mark.parametrize("reply", REFUSALS)
def test_a_refusal_is_told(reply):
    assert is_refusal(reply)


@pytest.mark.parametrize("reply", ANSWERS)
def test_regret_and_negation_are_no_refusal(reply):
    assert not is_refusal(reply)


def test_what_is_declined_late_does_not_make_a_refusal():
    assert not is_refusal("The sea is salty. " * (OPENING // 15) + "I can't help with more.")
