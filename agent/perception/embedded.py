"""What a message holds that somebody else is to have said: the last turn of a transcript, and what a document tells the assistant.

A model reads a long message as a whole, and a plain request drowns in the made-up answers or the letter around it. Here it is
cut out and judged by itself too. Nothing is taken away from the message.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, NamedTuple

from agent.models import View

EMBEDDED: Final = ("transcript", "addressed")
"""How a view was cut out of a message."""
MOST_CHARS: Final = 600
"""Characters of what was cut out."""
_FEWEST_LINES: Final = 4
"""Lines with the names of two speakers that make a transcript, where the names are not those of a chat."""

_PERSON: Final = (
    r"user|human|person|you|me|prompt|question|instruction|inst|q|customer|usuari[oa]|humano|persona|pregunta|yo|p"
    r"|用户|人类|提问者?|问|我|المستخدم|الإنسان|سؤال|السؤال|أنا|س"
)
_ASSISTANT: Final = (
    r"assistant|ai|bot|chatbot|chatgpt|gpt|model|answer|response|reply|a|system|asistente|ia|modelo|respuesta|r|sistema"
    r"|助手|助理|回答|答|机器人|模型|系统|المساعد|الروبوت|النموذج|جواب|الجواب|الإجابة|النظام|ج"
)
_LABELLED: Final = re.compile(
    r"^[ \t>*#_-]*(?:"
    r"(?:<\|(?:im_start\|>|start_header_id\|>)?|\[/?|#{2,4}[ \t]*)(?P<marked>system|user|human|assistant|inst)\b[|>\]]*[ \t]*:?"
    rf"|(?P<role>{_PERSON}|{_ASSISTANT})[ \t]*[*_]*[ \t]*[:：]"
    r"|(?P<name>[^\W\d_][\w .'’-]{0,23}?)[*_ \t]*[:：]"
    r")[ \t]*(?P<said>.*)$",
    re.IGNORECASE,
)
_IS_ASSISTANT: Final = re.compile(rf"(?:{_ASSISTANT})\Z", re.IGNORECASE)

_ADDRESSED: Final = re.compile(
    r"\b(?:note|message|instructions?|attention|hint|reminder|memo|request)s? (?:to|for) (?:the |any |all |whichever |an? )?"
    r"(?:ai|assistants?|models?|chatbots?|bots?|llms?|agents?|language models?)\b"
    r"|\b(?:ai|assistants?|models?|chatbots?|bots?|llms?|agents?) (?:that|who|which|when|if|while) (?:you )?"
    r"(?:reads?|reading|process\w*|summari[sz]\w*|translat\w*)\b"
    r"|(?:^|<!--|[/*#({\[])\W{0,6}(?:dear )?(?:ai|assistant|chatbot|chatgpt|llm|agent|language model)s?\b[^:\n]{0,30}[:,]"
    r"|\b(?:nota|mensaje|instrucci[oó]n(?:es)?|aviso|recado) (?:para|a|al) (?:(?:el|la|los|cualquier|todo) )?"
    r"(?:ia|asistentes?|modelos?|chatbots?|bots?|agentes?)\b"
    r"|\b(?:asistente|ia|modelo|agente|bot) que (?:lea|lee|procese|resuma|traduzca)\b"
    r"|(?:^|<!--|[/*#({\[])\W{0,6}(?:querid[oa] )?(?:ia|asistente|agente)\b[^:\n]{0,30}[:,]"
    r"|(?:给|致|请|对)[^\n。]{0,8}(?:助手|助理|AI|人工智能|模型|机器人)|(?:助手|助理|人工智能|模型|机器人)[^\n。:：]{0,12}[:：]"
    r"|(?:ملاحظة|رسالة|تعليمات|تنبيه|طلب)\s+(?:إلى|الى)?\s*(?:لل?|ال)?(?:مساعد|ذكاء|نموذج|روبوت|وكيل)"
    r"|(?:للمساعد|المساعد الذي|للذكاء الاصطناعي|للنموذج|للروبوت|أيها المساعد|ايها المساعد)",
    re.IGNORECASE | re.MULTILINE,
)


_CLOSING: Final = re.compile(r"<\|(?:im_end|eot_id|end)\|>|\[/INST\]|</s>", re.IGNORECASE)


class _Turn(NamedTuple):
    who: str
    said: str


def embedded(text: str) -> list[View]:
    """At most one view; none of a message that speaks for itself, or has one line.

    Of a transcript, which may end with an opened answer: the last thing that somebody other than the assistant says. Of any
    longer text: the passage in which it turns to the assistant.
    """
    if "\n" not in text.strip():
        return []
    if turn := _last_turn(text):
        return [View(text=turn[-MOST_CHARS:], how=EMBEDDED[:1])]
    passage = _addressed(text)
    return [View(text=passage[:MOST_CHARS], how=EMBEDDED[1:])] if passage else []


def _last_turn(text: str) -> str:
    turns = _turns(text)
    speakers = Counter(turn.who for turn in turns if turn.who)
    a_chat = any(map(_IS_ASSISTANT.match, speakers)) and len(turns) > 1
    a_scene = speakers.total() >= _FEWEST_LINES and sum(count > 1 for count in speakers.values()) > 1
    if not (a_chat or a_scene):
        return ""
    asked = [turn.said for turn in turns if turn.said and not _IS_ASSISTANT.match(turn.who)]
    return asked[-1] if asked else ""


def _turns(text: str) -> list[_Turn]:
    """The message by speaker; what stands before the first name is said by nobody."""
    turns = [_Turn("", "")]
    for line in _CLOSING.sub("", text).splitlines():
        labelled = _LABELLED.match(line)
        if labelled:
            who = labelled["marked"] or labelled["role"] or labelled["name"]
            turns.append(_Turn(who.strip().lower(), labelled["said"].strip()))
        else:
            last = turns[-1]
            turns[-1] = last._replace(said=f"{last.said}\n{line}".strip())
    return turns if turns[0].said else turns[1:]


def _addressed(text: str) -> str:
    found = _ADDRESSED.search(text)
    if found is None:
        return ""
    start = text.rfind("\n", 0, found.start() + 1) + 1
    end = text.find("\n\n", found.end())
    return text[start : end if end >= 0 else len(text)].strip()
