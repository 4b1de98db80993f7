"""Is what was offered of use? Four proxies that need no model: on the subject, something to do, complete, readable.

They are crude on purpose and miss what only a reader sees; a judge model (``evals.judge_model``) may be asked beside them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from Stemmer import Stemmer

from agent.grounding import content_terms, split_sentences
from evals.outcomes import Outcome
from retrieval.gloss import reading

SHARED: Final = 0.15
"""Of the words of the request, what the reply must have of them; at least one."""
STEPS: Final = 2
"""Sentences that say what to do."""
LONGEST_MEAN: Final = {"zh": 40.0}
"""Mean length of a sentence that reads easily: Chinese characters; words elsewhere."""
_WORDS: Final = 22.0
_STOP: Final = frozenset(
    [
        "about",
        "after",
        "again",
        "all",
        "also",
        "and",
        "any",
        "are",
        "because",
        "been",
        "but",
        "can",
        "could",
        "did",
        "does",
        "don",
        "for",
        "from",
        "get",
        "give",
        "had",
        "has",
        "have",
        "how",
        "into",
        "its",
        "just",
        "know",
        "let",
        "like",
        "make",
        "may",
        "more",
        "most",
        "much",
        "need",
        "not",
        "now",
        "one",
        "only",
        "other",
        "our",
        "out",
        "over",
        "own",
        "please",
        "say",
        "she",
        "should",
        "some",
        "take",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "too",
        "two",
        "use",
        "very",
        "want",
        "was",
        "way",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "without",
        "would",
        "you",
        "your",
    ]
)
_STEPS: Final = {
    "en": r"(?:^|you (?:can|could|may|should)|please) ?(?:\w+ly |first |then )?(?:add|agree|apply|ask|avoid|block|book|bring|call|change|check|choose|"
    r"collect|consider|contact|copy|delete|do not|don't|download|file|find|follow|get|give|go|install|keep|learn|leave|license|list|look|"
    r"lock|make|mark|meet|move|name|never|note|offer|open|pay|pick|put|quote|read|record|remove|replace|report|reset|restore|run|save|say|"
    r"scan|search|see|send|set|share|show|sit|start|stay|stop|store|switch|take|talk|tell|test|text|track|try|turn|type|update|use|"
    r"visit|wait|wash|watch|write)\b",
    "es": r"(?:^|puede[sn]?|debe[sn]?|conviene) ?(?:no )?(?:\w+mente )?(?:abr|acud|activ|actualiz|agend|anot|apag|aprend|avis|baj|borr|busc|cambi|cierr|"
    r"compr|comprueb|comun|configur|consult|contact|copi|cuent|cuid|da\b|dale|deja|denunci|descarg|di\b|diga|dile|elij|elig|empiez|env[ií]|escrib|espera|"
    r"evit|explic|guard|habl|haz|inform|instal|lee|lea|llam|llev|marc|mir|muestr|ofrec|par[ae]|pid|pide|pon|pregunt|prueb|qued|quit|"
    r"recib|reinici|registr|report|respald|revis|sal|sig|solicit|tom|us[ae]|utiliz|ve\b|verific|visit)\w*",
    "zh": r"请|可以|应该|应当|建议|拨打|打电话|联系|咨询|询问|问问|告诉|检查|保存|记录|避免|不要|别|先|立刻|马上|尽快|使用|选择|删除|更新|关闭|报告|举报|申请|准备",
    "ar": r"(?:^|يمكنك|بإمكانك|ينبغي|يجب|عليك) ?(?:أن )?(?:اتصل|اسأل|استشر|راجع|تحقق|احتفظ|سجل|سجّل|تجنب|لا ت|اطلب|أخبر|ابحث|استخدم|توجه|توجّه|اكتب|غيّر|غير|"
    r"افحص|احفظ|أبلغ|بلغ|بلّغ|خذ|ضع|انتظر|حدّث|حدث|اقرأ|افتح|أغلق|احذف|شارك|اذهب|تواصل|تأكد|تأكّد|احجز|أوقف|قل|تقول|تسأل|تطلب|تتصل|ابق|اجمع|اشرح|أرسل|تحدث|تحدّث|اختر|أضف|احذر|جرّب|جرب|انقل|افصل|شغّل|ثبّت|قدّم|قدم|صف|أعط)",
}
_MARKS: Final = re.compile(r"\[\d{1,3}\]")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


def on_topic(outcome: Outcome) -> bool:
    """The reply shares words with the request, in English where it must be glossed, or cites a document that fits."""
    if outcome.cites and outcome.cites_expected:
        return True
    asked = _terms("\n".join((*outcome.earlier, outcome.request)), outcome.language)
    said = _terms(outcome.reply, outcome.reply_language)
    return len(asked & said) >= max(1.0, SHARED * len(asked))


def actionable(outcome: Outcome) -> bool:
    """At least ``STEPS`` sentences say what to do, or whom to turn to."""
    pattern = _step(outcome.reply_language)
    return sum(pattern.search(sentence) is not None for sentence in _sentences(outcome.reply)) >= STEPS


def complete(outcome: Outcome) -> bool:
    """Guidance, a source, and a question to go on with."""
    return outcome.sections > 0 and bool(outcome.cited) and outcome.next_steps > 0


def readable(outcome: Outcome) -> bool:
    """Sentences are short enough on the average."""
    sentences = _sentences(outcome.reply)
    if outcome.reply_language == "zh":
        lengths = [len(_HAN.findall(sentence)) for sentence in sentences]
    else:
        lengths = [len(sentence.split()) for sentence in sentences]
    return bool(lengths) and sum(lengths) / len(lengths) <= LONGEST_MEAN.get(outcome.reply_language, _WORDS)


def _sentences(text: str) -> list[str]:
    return [stripped for sentence in split_sentences(text) if (stripped := _MARKS.sub("", sentence).strip())]


def _terms(text: str, language: str) -> frozenset[str]:
    """Stems of the words of content."""
    words = {word for word in content_terms(reading(text, language)) if word not in _STOP}
    return frozenset(_stemmer().stemWords(sorted(words)))


@cache
def _stemmer() -> Stemmer:
    return Stemmer("english", 0)


@cache
def _step(language: str) -> re.Pattern[str]:
    return re.compile(_STEPS.get(language, _STEPS["en"]), re.IGNORECASE)
