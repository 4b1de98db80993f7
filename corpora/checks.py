"""What lint checks in one document. Each check is a function from a document to its findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, Literal

from corpora.document import Document, Sentence
from corpora.findings import Finding
from corpora.readability import LATIN_LANGUAGES, grade, latin_language, script_share, spanish_ease, word_count
from corpora.vocabulary import DEFAULT_VOCABULARY

WORDS: Final = (250, 700)
ARABIC_WORDS: Final = (200, 700)
"""Arabic joins articles, prepositions and pronouns to the word, so it says the same in fewer words."""
SECTIONS: Final = (3, 6)
SECTION_WORDS: Final = (8, 220)
KEYWORDS: Final = (6, 15)
NEXT_STEPS: Final = (2, 4)
MAX_SENTENCE_WORDS: Final = 40
MAX_GRADE: Final = 11.0
MIN_SPANISH_EASE: Final = 40.0
"""Inflesz: below 40 a text is very hard, as science is (Barrio-Cantalejo et al. 2008)."""
MAX_MEAN_WORDS: Final = {"zh": 22, "ar": 18}
"""Chinese and Arabic have no formula that fits short advice, so the length of sentences stands in."""
MIN_SCRIPT_SHARE: Final = 0.6
SOON_STALE: Final = timedelta(days=190)
"""Medicine, law and phone numbers are reviewed twice a year."""
STALE: Final = timedelta(days=370)
"""Everything else is reviewed once a year."""

PLACEHOLDERS: Final = {
    "need": "Say in one sentence what a person who asks this really needs.",
    "do": "Write plain sentences that stand on their own, and name the source of each.",
    "avoid": "Say what makes things worse, and why it does so.",
    "help": "Name who helps, at which hours, and what it costs.",
    "publisher": "Who published the source",
}
"""What a new document says until somebody has written it."""

_UNIT: Final = (
    r"(?:mg|mcg|µg|μg|g|grams?|milligrams?|ml|mL|millilit(?:er|re)s?|cc|IU|units?|drops?|tablets?|pills?|capsules?|puffs?"
    r"|gramos?|miligramos?|mililitros?|comprimidos?|pastillas?|cápsulas?|gotas?)"
)
_DOSAGE: Final = re.compile(
    rf"""
    \b\d+(?:[.,]\d+)?\s*(?:-|–|to|a|or|o)?\s*(?:\d+(?:[.,]\d+)?)?\s*{_UNIT}\b(?!\s*(?:battery|batteries))
    | \b(?:every|each)\s+\d+(?:\s*(?:-|–|to|or)\s*\d+)?\s*hours?\b
    | \bcada\s+\d+(?:\s*(?:-|–|a|o)\s*\d+)?\s*horas?\b
    | \d+(?:\.\d+)?\s*(?:毫克|克|毫升|片|粒|微克|国际单位)
    | 每(?:隔)?\s*\d+\s*(?:个)?小时
    | [0-9٠-٩]+\s*(?:ملغ|مجم|ملجم|غرام|مل\b|قرص|أقراص|حبة|حبات)
    | كل\s+[0-9٠-٩]+\s*ساع
    """,
    re.VERBOSE | re.IGNORECASE,
)
_COMMAND: Final = re.compile(
    r"`|(?:^|\s)(?:sudo\s|curl\s+-|wget\s|nmap\s+-|sqlmap\s|msfconsole|powershell\s+-|chmod\s|rm\s+-|git\s+clone|pip\s+install)"
    r"|<script|\bunion\s+select\b|'\s*or\s+1=1|\$\(|&&",
    re.IGNORECASE,
)
_EXPLOIT: Final = re.compile(
    r"\b(?:msfvenom|meterpreter|mimikatz|reverse shell payload|rop chain|nop sled|shellcode|heap spray(?:ing)?"
    r"|(?:run|launch|execute|send|inject) (?:the|this|an?) (?:exploit|payload)|ejecuta (?:el|este) exploit)\b"
    r"|(?:运行|执行|注入)(?:该|这个)?(?:漏洞利用|载荷)|شغّ?ل (?:الثغرة|الحمولة)",
    re.IGNORECASE,
)
_CIRCUMVENTION: Final = re.compile(
    r"\b(?:key ?gen(?:erator)?s? (?:for|from|site)|(?:use|run|apply|install|download) (?:the|this|an?) (?:keygen|crack|patcher)"
    r"|(?:patch|remove|disable|bypass|strip) the (?:licen[cs]e|activation|drm|copy[- ]protection)(?: check| key)?(?: by| with| using)"
    r"|usa (?:el|un|este) (?:crack|keygen)|(?:elimina|quita|desactiva) (?:el|la) (?:drm|protección|activación) con)\b"
    r"|(?:使用|运行|下载)(?:该|这个)?(?:注册机|破解补丁)|(?:استخدم|شغّ?ل|نزّ?ل) (?:الكراك|الكيجن|مولد المفاتيح)",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(
    r"\b(?:not|never|no|nunca|avoid|evita|without|instead)\b|n't\b|(?:不要|不能|切勿|别|避免)|(?:لا|تجنب|دون)\s",
    re.IGNORECASE,
)
_LEANING: Final = re.compile(
    r"^(?:this|these|those|it|they|that)\s+(?:is|are|can|may|means?|will|does|do|has|have|should|also|makes?|helps?)\b"
    r"|\b(?:see below|see above|as above|as mentioned|mentioned above|the following)\b",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile(r"^#{1,6}\s|^\||!\[|\]\(|\*\*|(?:^|\s)_\w")
_LINK_INSIDE: Final = re.compile(r"\]\(#(?P<id>[^)]+)\)")
PHONE: Final = re.compile(r"(?<![\w.,/-])\+?(?:\d[ \-]?){6,13}\d(?![\w/-])")
DATE_OR_YEAR: Final = re.compile(r"^(?:19|20)\d\d(?:[ \-](?:19|20)\d\d|-\d\d-\d\d)?$")


def dosage(document: Document) -> Iterator[Finding]:
    """No doses and no dosing intervals."""
    for sentence in _sentences(document):
        if match := _DOSAGE.search(sentence.text):
            yield _at(
                document, sentence.line, "error", "dosage", f"`{match[0].strip()}` is a dose; say who can tell it"
            )


def commands(document: Document) -> Iterator[Finding]:
    """No commands, code or payloads."""
    for sentence in _sentences(document):
        if sentence.kind == "code" or _COMMAND.search(sentence.text):
            shown = sentence.text.splitlines()[0][:50]
            yield _at(document, sentence.line, "error", "command", f"`{shown}` holds code; describe it in words")


def unwritten(document: Document) -> Iterator[Finding]:
    """Nothing of the skeleton of a new document is left."""
    left = set(PLACEHOLDERS.values())
    for sentence in _sentences(document):
        if sentence.text in left:
            yield _at(
                document, sentence.line, "error", "unwritten", f"`{sentence.text[:50]}` is a placeholder; write it"
            )
    if document.meta.need in left or any(source.publisher in left for source in document.meta.sources):
        yield _at(document, 2, "error", "unwritten", "need or sources still hold the words of the template; write them")


def harmful_detail(document: Document) -> Iterator[Finding]:
    """No step of an exploit, and no recipe to get round a protection; a sentence that warns of one may name it."""
    for sentence in _sentences(document):
        for code, pattern, advice in (
            ("exploit-detail", _EXPLOIT, "is a step of an attack; say what a defender does"),
            ("circumvention-detail", _CIRCUMVENTION, "tells how to get round a protection; say what is allowed"),
        ):
            match = pattern.search(sentence.text)
            if match and not _NEGATED.search(sentence.text):
                yield _at(document, sentence.line, "error", code, f"`{match[0].strip()}` {advice}")


def stance(document: Document) -> Iterator[Finding]:
    """Offensive text is never served."""
    if document.meta.stance == "offensive":
        yield _at(document, 2, "error", "offensive-stance", "stance `offensive` is never served; rewrite or retire it")


def expiry(document: Document, today: date) -> Iterator[Finding]:
    """Reviewed in time, and for no longer than its kind allows."""
    meta = document.meta
    if meta.review_by < today:
        yield _at(document, 2, "error", "expired", f"review_by `{meta.review_by}` has passed; review it or retire it")
    limit = SOON_STALE if meta.domain == "medical" or meta.numbers else STALE
    if meta.review_by - meta.reviewed_on > limit:
        message = f"review_by `{meta.review_by}` is more than {limit.days} days after the review; expected sooner"
        yield _at(document, 2, "warning", "review-too-late", message)


def support(document: Document) -> Iterator[Finding]:
    """Every section and sentence names its source, and every source is used."""
    for section in document.sections:
        if not section.source_keys:
            message = f"section `{section.id}` names no source at all; cite what it rests on"
            yield _at(document, section.line, "error", "section-without-source", message)
    for sentence in _sentences(document):
        if not sentence.sources and sentence.kind != "code":
            yield _at(document, sentence.line, "warning", "no-source", f"`{sentence.text[:60]}` has no source marker")
    used = {key for section in document.sections for key in section.source_keys}
    used |= {number.source for number in document.meta.numbers if number.source}
    for source in document.meta.sources:
        if source.key not in used:
            yield _at(
                document, 2, "warning", "unused-source", f"source `{source.key}` is cited nowhere; cite or drop it"
            )
        if source.accessed_on is None and not document.meta.unverified:
            message = f"source `{source.key}` was never opened and nothing is listed as unverified; open it or list it"
            yield _at(document, 2, "warning", "source-not-opened", message)


def numbers(document: Document) -> Iterator[Finding]:
    """Every phone number in the text is listed, and an unchecked one is owned up to."""
    known = {_digits(number.number) for number in document.meta.numbers}
    for sentence in _sentences(document):
        for match in PHONE.finditer(sentence.text):
            found = match[0].strip(" -")
            if not DATE_OR_YEAR.match(found) and not any(_digits(found) in number for number in known):
                message = f"`{found}` looks like a phone number and is not in `numbers`; list it with its source"
                yield _at(document, sentence.line, "warning", "unlisted-number", message)
    unverified = " ".join(document.meta.unverified)
    for number in document.meta.numbers:
        if number.verified_on is None and _digits(number.number) not in _digits(unverified):
            message = f"`{number.number}` has no verified_on and is not listed in `unverified`; do one of both"
            yield _at(document, 2, "warning", "unverified-number", message)


def shape(document: Document) -> Iterator[Finding]:
    """Neither too short nor too long, in whole and in parts."""
    meta = document.meta
    words = sum(word_count(section.text) for section in document.sections)
    for code, count, (low, high) in (
        ("word-count", words, ARABIC_WORDS if meta.locale == "ar" else WORDS),
        ("section-count", len(document.sections), SECTIONS),
        ("keyword-count", len(meta.keywords), KEYWORDS),
        ("next-step-count", len(meta.next_steps), NEXT_STEPS),
    ):
        if not low <= count <= high:
            yield _at(document, 2, "warning", code, f"`{count}` found; expected {low} to {high}")
    for section in document.sections:
        count = word_count(section.text)
        if not SECTION_WORDS[0] <= count <= SECTION_WORDS[1]:
            message = f"section `{section.id}` has `{count}` words; expected {SECTION_WORDS[0]} to {SECTION_WORDS[1]}"
            yield _at(document, section.line, "warning", "section-length", message)
    for step in meta.next_steps:
        if not step.endswith(("?", "？", "؟")):
            yield _at(document, 2, "warning", "next-step", f"`{step[:60]}` is no question; a reader clicks a question")


def language(document: Document) -> Iterator[Finding]:
    """Each section is written in the language that it declares: in its script, and for English and Spanish in its words."""
    for section in document.sections:
        locale = section.locale
        share = script_share(section.text, locale)
        if share < MIN_SCRIPT_SHARE:
            message = f"section `{section.id}` is only {share:.0%} in the script of `{locale}`"
            yield _at(document, section.line, "error", "language", f"{message}; translate it")
        elif (other := latin_language(section.text)) and locale in LATIN_LANGUAGES and other != locale:
            message = f"section `{section.id}` reads as `{other}`; expected `{locale}`; translate it"
            yield _at(document, section.line, "error", "language", message)


def plainness(document: Document) -> Iterator[Finding]:
    """Plain language, and sentences that stand on their own."""
    sentences = [sentence for sentence in _sentences(document) if sentence.kind != "code"]
    for sentence in sentences:
        if word_count(sentence.text) > MAX_SENTENCE_WORDS:
            message = f"`{sentence.text[:50]}...` has {word_count(sentence.text)} words; expected {MAX_SENTENCE_WORDS}"
            yield _at(document, sentence.line, "warning", "long-sentence", f"{message} or fewer")
        if document.meta.locale == "en" and (match := _LEANING.search(sentence.text)):
            message = f"`{match[0]}` leans on another sentence; name the thing, for sentences are quoted alone"
            yield _at(document, sentence.line, "warning", "not-standalone", message)
    texts = [sentence.text for sentence in sentences]
    if document.meta.locale == "es" and (ease := spanish_ease(texts)) < MIN_SPANISH_EASE:
        message = (
            f"reading ease `{ease:.0f}`; expected {MIN_SPANISH_EASE:.0f} or higher; use shorter words and sentences"
        )
        yield _at(document, 2, "warning", "reading-level", message)
    if document.meta.locale in MAX_MEAN_WORDS:
        mean = sum(map(word_count, texts)) / max(1, len(texts))
        if mean > (limit := MAX_MEAN_WORDS[document.meta.locale]):
            message = f"sentences have `{mean:.0f}` words on average; expected {limit} or fewer; cut them in two"
            yield _at(document, 2, "warning", "reading-level", message)
    if document.meta.locale == "en":
        level = grade(texts)
        if level > MAX_GRADE:
            message = f"reading grade `{level:.1f}`; expected {MAX_GRADE:.0f} or lower; use shorter words and sentences"
            yield _at(document, 2, "warning", "reading-level", message)


def markup(document: Document) -> Iterator[Finding]:
    """Paragraphs and bullets only; links inside the document lead somewhere."""
    ids = {section.id for section in document.sections}
    for sentence in _sentences(document):
        if sentence.kind != "code" and (match := _MARKUP.search(sentence.text)):
            message = f"`{match[0].strip()}` is markup; expected plain paragraphs and bullets"
            yield _at(document, sentence.line, "warning", "markup", message)
        for match in _LINK_INSIDE.finditer(sentence.text):
            if match["id"] not in ids:
                yield _at(
                    document, sentence.line, "error", "dead-link", f"`#{match['id']}` is no section of the document"
                )


def place(document: Document) -> Iterator[Finding]:
    """The file lies in the folder of its domain and language, and serves its own domain."""
    meta = document.meta
    folders = document.path.parent.parts[-2:]
    if len(folders) == 2 and folders[0] in DEFAULT_VOCABULARY.domains and folders != (meta.domain, meta.locale):
        expected = f"{meta.domain}/{meta.locale}"
        yield _at(document, 2, "error", "wrong-folder", f"the file is in `{'/'.join(folders)}`; expected {expected}")
    own = DEFAULT_VOCABULARY.facets_by_domain.get(meta.domain, meta.facets)
    if not set(meta.facets) & set(own):
        yield _at(document, 2, "warning", "foreign-facets", f"no facet belongs to domain `{meta.domain}`")
    suffix = "" if meta.locale == "en" else f"-{meta.locale}"
    if not document.id.endswith(suffix):
        yield _at(document, 2, "warning", "id-suffix", f"id `{document.id}` does not end in `{suffix}`")


def _sentences(document: Document) -> Iterator[Sentence]:
    """What may be quoted: of an offensive section nothing ever is."""
    for section in document.sections:
        if section.stance != "offensive":
            yield from section.sentences


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _at(document: Document, line: int, level: Literal["error", "warning"], code: str, message: str) -> Finding:
    return Finding(path=document.path, line=line, level=level, code=code, message=message)
