"""What a message means in its conversation: does it stand alone, lean on the question before, ask why, ask for more, or take
up a question that we offered?

Pure, and only ever adds: the question that a message leans on is judged beside the person's own words and never instead of
them, so that nothing is laundered. A message that fits no form stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from agent.grounding import fold
from agent.models import Frozen, Told
from agent.ports import EarlierTurn

FEW_WORDS: Final = 12
"""Longer messages say by themselves what they want; two Chinese characters count as a word."""
ANTECEDENT_CHARS: Final = 600
"""Characters of each message that is taken up."""
FOLLOW_UPS: Final = 4
"""So many of the latest follow-ups are taken up with the question that they lean on; more of them would drown it."""

_WHY: Final = (
    r"(?:but |and |so )?(?:why(?: not| is that| so)?|how come)(?: please)?",
    r"(?:but )?why (?:can'?t|can not|cannot|won'?t|don'?t|didn'?t|wouldn'?t|do|did|are|were) you\b.*",
    r"(?:what is|what'?s|what was) the reason.*|explain (?:why|that|yourself).*|(?:what|which) are (?:your|the) sources.*",
    r"(?:pero |y |entonces )?(?:por ?que(?: no)?)(?: por favor)?",
    r"(?:pero |y )?por ?que no (?:puedes|me|quieres|lo|la|respondes|ayudas)\b.*",
    r"(?:cual es|cual fue) (?:el motivo|la razon).*|explica(?:me)? por ?que.*|(?:cuales son|que) (?:tus|las) fuentes.*",
    r"(?:那|但是?|可是)?(?:为什么|为啥|为何|凭什么)(?:不|不行|不能|不可以|不能说|不告诉我|不回答|拒绝|呢|啊|这样)*",
    r"(?:那)?(?:理由|原因|依据|来源)(?:是什么|呢)",
    r"(?:و ?|طيب |ولكن |لكن )?(?:لماذا|ليش|ليه|لم)(?: لا| ذلك| هذا)?",
    r"(?:لماذا|ليش|ليه) (?:لا|لم|لن|ترفض|رفضت)\b.*|(?:ما|ما هو) (?:السبب|سبب ذلك).*|ما (?:هي )?(?:المصادر|مصادرك).*",
)
_MORE: Final = (
    r"(?:so |then |ok |okay |well |and )*what (?:else )?can you (?:tell|say|offer|do|help)\b.*",
    r"(?:please )?(?:tell me|say|give me) more\b.*|more(?: please| details| information)?|(?:anything|what) else|go on|continue",
    r"(?:so |and )?what (?:now|then)|(?:so |and )?what (?:should|can) i do (?:then|instead|now)",
    r"(?:entonces |pues |vale |y )*que (?:mas )?(?:me |nos )?puedes (?:decir|contar|ofrecer)(?:me)?\b.*",
    r"(?:dime|cuentame) (?:algo )?mas\b.*|(?:algo|que) mas|mas (?:detalles|informacion)|continua|sigue|(?:y )?entonces que(?: hago)?",
    r"(?:y )?que (?:puedo hacer|hago) entonces",
    r"(?:那么?|那你)?(?:你)?(?:能|可以|还能)(?:跟我|和我|给我)?(?:告诉|说|讲|提供)(?:我)?(?:些|点|一些)?什么(?:呢)?",
    r"还有(?:呢|别的吗|什么|吗)|(?:请)?(?:再)?(?:多说|说多|多讲)(?:一?[点些])?|继续(?:说)?|(?:请)?(?:再)?详细(?:一点|说说|讲讲)?|那(?:我)?(?:该|应该)?怎么办",
    r"(?:اذن |اذا |طيب |حسنا |و ?)*(?:ماذا|ما الذي|وش|ايش) (?:يمكنك|تستطيع|تقدر)(?: ان)? (?:تخبرني|تقول|تقدم|تفعل)\w*.*",
    r"(?:اخبرني|قل لي) (?:المزيد|اكثر)\b.*|المزيد(?: من فضلك)?|اكمل|تابع|وماذا بعد|ماذا (?:ايضا|افعل اذن)",
)
_NODS_EN: Final = (
    r"(?:(?:ok(?:ay)?|cool|great|nice|good|perfect|yes|yep|yeah|thanks|thank you|thx|lol|and|now|so|then|please|pls) )*"
)
_COUNT_EN: Final = r"(?:\d+|one|two|three|four|five|six|ten|few|a few|couple|some)"
_PIECE_EN: Final = (
    r"(?:lines?|verses?|stanzas?|parts?|pages?|chapters?|paragraphs?|bits?|sections?|scenes?|sentences?|pieces?|half|chunk|batch|"
    r"song|poem|chorus|bridge)"
)
_TAIL_EN: Final = r"(?: (?:please|pls|too|now|then|thanks|as well|of it|with it|(?:to|till?|until) the end|you'?re doing (?:great|well|good)))*"
_NODS_ES: Final = r"(?:(?:ok|vale|bien|genial|perfecto|gracias|si|y|ahora|pues|bueno|listo|dale|por favor|porfa|ya) )*"
_COUNT_ES: Final = r"(?:\d+|dos|tres|cuatro|cinco|diez)"
_PIECE_ES: Final = (
    r"(?:lineas?|versos?|estrofas?|partes?|paginas?|capitulos?|parrafos?|secciones|seccion|escenas?|frases?|trozos?|pedazos?|mitad|"
    r"cancion|poema|estribillo)"
)
_TAIL_ES: Final = r"(?: (?:por favor|porfa|ahora|tambien|gracias|asi|hasta el final))*"
_NODS_ZH: Final = r"(?:好的?|嗯|不错|可以|谢谢|行|请|ok| )*"
_NODS_AR: Final = r"(?:(?:تمام|طيب|حلو|ممتاز|شكرا|زين|اوكي|يلا) )*(?:و ?)?"
_FOLLOW_UP: Final = (
    r"(?:and|but|or) (?:if|for|with|what|how|when|is|are|can|could|would|in|on|at|my|the|a|an|after|before|during|without)\b.*",
    r"(?:and |so |but )?(?:what|how) about\b.*|(?:and |so |but )?what if\b.*|(?:same|the same) (?:for|with|question)\b.*",
    r"how (?:much|many|long|often)(?: exactly)?|(?:how|when|where|who) exactly|and (?:then|now)",
    # One piece after the other: "cool, next 3", "keep going, you're doing great", "the rest of it please".
    rf"{_NODS_EN}(?:give me |gimme |do )?(?:the )?(?:next|rest|remaining|following)(?: one|(?: {_COUNT_EN})?(?: {_PIECE_EN})?){_TAIL_EN}",
    rf"{_NODS_EN}(?:keep (?:going|doing (?:that|it|this))|carry on|go on|continue|don'?t stop|finish it){_TAIL_EN}",
    rf"{_NODS_EN}(?:give me |gimme )?(?:{_COUNT_EN} more|another)(?: one| {_PIECE_EN})?{_TAIL_EN}",
    r"(?:y|e|pero|o) (?:si|para|con|en|a|de|que|como|cuando|cuanto|mi|mis|el|la|los|las|un|una|despues|antes|sin)\b.*",
    r"(?:y |entonces )?(?:que tal|que pasa (?:con|si)|y si)\b.*|cuant[oa]s?(?: exactamente)?|y (?:ahora|luego|despues)",
    rf"{_NODS_ES}(?:sigue|siga|dale|continua|no pares|el resto|lo que (?:sigue|falta|queda)){_TAIL_ES}",
    rf"{_NODS_ES}(?:dame )?(?:el|la|los|las) (?:que siguen?|demas|(?:siguientes?|proxim[oa]s?)(?: {_COUNT_ES})?(?: {_PIECE_ES})?){_TAIL_ES}",
    rf"{_NODS_ES}(?:dame )?(?:otr[oa]s?(?: {_COUNT_ES})?(?: {_PIECE_ES})?|{_COUNT_ES} {_PIECE_ES} mas){_TAIL_ES}",
    r"(?:那|那么|如果是|换成|要是|还有)(?!.*怎么办).+|.{1,12}呢",
    rf"{_NODS_ZH}(?:继续|接着|往下)(?:写|说|背|发|来|念|给我)?(?:下去|一下|完)?[吧呢啊]?",
    rf"{_NODS_ZH}(?:再(?:来|写|背|发|念)?|下|后面?|第|来)[一二两三四五六七八九十几\d]+(?:句|段|行|首|章|节|页|部分)(?:也?发?给?我)?[吧呢啊]?",
    r"(?:剩下|余下|后面)的(?:部分|内容)?(?:也?都?(?:要|发我|发给我|给我))?[吧呢啊]?",
    rf"{_NODS_AR}(?:(?:كمل|اكمل|استمر|واصل|تابع)(?:ها|ه|ي|لي)?(?: (?:للاخر|للآخر|من فضلك|لو سمحت|الباقي))?|(?:هات |عطني )?(?:الباقي|البقي[هة])|(?:اللي|الي) بعد(?:ه|ها)?)",
    rf"{_NODS_AR}(?:ال)?(?:بيت|سطر|مقطع|فقر[هة]|جز[ءئ]|فصل|صفح[هة]|بيتين|سطرين|ابيات|اسطر) (?:اللي بعد(?:ه|ها)?|ال?تالي(?:[هة]|ين)?|القادم[هة]?)",
    r"و ?(?:ماذا (?:عن|لو)|كيف|متي|متى|اين|كم|هل|اذا|لو|ان|في|مع|بعد|قبل|بدون|لل?)\S*.*|(?:طيب )?(?:ماذا عن|ماذا لو)\b.*|كم(?: بالضبط)?",
)


def _forms(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_FORM_WHY: Final = _forms(_WHY)
_FORM_MORE: Final = _forms(_MORE)
_FORM_FOLLOW_UP: Final = _forms(_FOLLOW_UP)
_CORE: Final = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)
"""From the first letter or digit to the last. What is left over is not looked for from its ends: that takes quadratic time."""
_INSIDE: Final = re.compile(r"[,،，;؛؛!?¿¡؟。、\s]+")


class Move(StrEnum):
    """What a message does in its conversation."""

    NEW = "new"
    """It stands alone."""
    FOLLOW_UP = "follow_up"
    """It leans on the question before: "and for adults?"."""
    WHY = "why"
    """It asks for the reason of the reply before it."""
    MORE = "more"
    """It asks what else there is: "what can you tell me then?"."""
    ACCEPTED = "accepted"
    """It is a next step that the reply before it offered."""


class Turning(Frozen):
    """How a message turns the conversation."""

    move: Move = Move.NEW
    resolved: str | None = None
    """The questions that it leans on, oldest first, and then the person's own words; ``None`` where it stands alone."""
    told: Told | None = None
    """The reply that it refers to, where that is known."""
    step: int | None = None
    """Place of the accepted next step among those offered, from 0."""

    seen: frozenset[tuple[str, str]] = frozenset()
    """Document and section of what a person who asks for more has read already."""

    def record(self) -> dict[str, object]:
        """The body for the decision record; empty for a message that stands alone."""
        if self.move is Move.NEW:
            return {}
        about = self.told.turn_id if self.told else None
        return {"conversation": {"move": self.move.value, "about": about, "step": self.step}}


def turning(text: str, earlier: Sequence[EarlierTurn]) -> Turning:
    """How ``text`` turns the conversation of ``earlier``, oldest first. Total and deterministic."""
    if not earlier:
        return Turning()
    told = earlier[-1].told
    if told is not None and (step := _offered(text, told)) is not None:
        return Turning(move=Move.ACCEPTED, told=told, step=step)
    move = _form(text)
    if move is Move.NEW:
        return Turning()
    topic = _topic(earlier)
    said = [turn.text[:ANTECEDENT_CHARS] for turn in topic if _form(turn.text) in (Move.NEW, Move.FOLLOW_UP)]
    leans_on = dict.fromkeys([*said[:1], *said[1:][-FOLLOW_UPS:]])
    seen = {(c.document_id, c.section) for turn in topic if turn.told for c in turn.told.citations}
    return Turning(
        move=move,
        resolved="\n".join([*leans_on, text]),
        told=told,
        seen=frozenset(seen) if move is Move.MORE else frozenset(),
    )


def _offered(text: str, told: Told) -> int | None:
    own = _plain(text)
    return next((place for place, step in enumerate(told.next_steps) if _plain(step) == own), None)


def _form(text: str) -> Move:
    plain = _plain(text)
    han = sum("\u4e00" <= character <= "\u9fff" for character in plain)
    if not plain or len(plain.split()) + han // 2 > FEW_WORDS:
        return Move.NEW
    for form, move in ((_FORM_WHY, Move.WHY), (_FORM_MORE, Move.MORE), (_FORM_FOLLOW_UP, Move.FOLLOW_UP)):
        if form.fullmatch(plain):
            return move
    return Move.NEW


def _topic(earlier: Sequence[EarlierTurn]) -> Sequence[EarlierTurn]:
    """The last message that stands alone and all that leaned on it since."""
    alone = [place for place, turn in enumerate(earlier) if _form(turn.text) is Move.NEW]
    return earlier[alone[-1] :] if alone else earlier


def _plain(text: str) -> str:
    """Folded, without punctuation at its edges, one space between words."""
    found = _CORE.search(_INSIDE.sub(" ", fold(text).replace("’", "'")))
    return found[0] if found else ""
