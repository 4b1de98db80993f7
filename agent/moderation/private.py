"""Secrets and personal data in what a model wrote: where they stand, and the text without them.

What the person wrote in this conversation and what stands in published guidance is not private to them: the phone number
of a poison line must reach them. A street address is held only where the words before it say that somebody lives there; IP
addresses and names are not looked for: in an answer they are seldom private, and holding them would cost more than it saves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberType

from agent.models import PiiSpan
from agent.perception import pii

KINDS: Final = frozenset(
    {
        "card", "iban", "cn_resident_id", "mx_curp", "mx_rfc", "us_ssn", "gb_nhs", "gb_nino", "es_dni", "es_nie", "sa_id", "ae_id", "email", "secret", "phone",
        "address",
    }
)  # fmt: skip
"""Kinds that are held in an output."""

_PRODUCT_KEY: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3,}(?![A-Za-z0-9])")
_KEY_BLOCK: Final = re.compile(r"-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY")
_HOME: Final = re.compile(
    r"\b(?:(?:lives?|lived|living|resides?|stays?) (?:at|on|in)|(?:his|her|their|my|your|home|private|residential)(?: home)? address\b|"
    r"viven?|vivía|vivimos|reside|se hospeda|domicilio|(?:su|mi|tu) (?:direcci[oó]n|casa))|住在|家住|住址|(?:家庭|他的|她的|你的)地址|"
    r"(?<![\u0621-\u064a])(?:[يتن]سكن|[يت]عيش|[يت]قيم|مسكن|عنوان (?:منزل|بيت|سكن)|عنوان[هك])",
    re.IGNORECASE,
)
"""Words that say that somebody lives at the address which follows."""
_LEAD: Final = 30
"""Characters before an address in which these words stand."""
_ROLE_ADDRESS: Final = re.compile(
    r"(?:info|support|help|contact|press|abuse|security|privacy|legal|sales|hello|noreply|no-reply|postmaster|webmaster|copyright|dmca|team|office|contacto|ayuda)@"
    r"|@example\.(?:com|org|net)\b|\.(?:test|example|invalid)\b",
    re.IGNORECASE,
)
_PUBLIC_NUMBERS: Final = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)
_REGIONS: Final = {
    "en": ("US", "GB", "SA", "CN", "ES", "MX"),
    "es": ("ES", "MX", "US", "GB"),
    "zh": ("CN", "US", "GB"),
    "ar": ("SA", "US", "GB"),
}
"""Plans that a number is read by; the first that it is valid in counts: ``55 9402 1736`` is a home in Mexico, a company in Britain."""
_FROM_US: Final = re.compile(r"1[ .(-]")
_SIGNS: Final = re.compile(r"[\W_]+")


class Redacted(NamedTuple):
    """A text without private data, and what was found: ``secrets`` or ``personal``, each once."""

    text: str
    found: tuple[str, ...]


class Known:
    """Values that may be repeated."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._text = "\n".join(_bare(text) for text in texts)

    def holds(self, value: str) -> bool:
        """True when the value stands in one of the texts, however it is spaced."""
        return bool(self._text) and _bare(value) in self._text


def _bare(text: str) -> str:
    return _SIGNS.sub("", text).casefold()


def find_private(text: str, language: str, known: Known) -> list[PiiSpan]:
    """Private data in the text, in order, without overlaps."""
    spans = [span for span in pii.find(text, language) if span.kind in KINDS]
    keys = [PiiSpan(kind="secret", start=m.start(), end=m.end()) for m in _PRODUCT_KEY.finditer(text)]
    spans += [key for key in keys if all(key.end <= span.start or span.end <= key.start for span in spans)]
    return sorted((span for span in spans if not _allowed(text, span, language, known)), key=lambda s: s.start)


def _allowed(text: str, span: PiiSpan, language: str, known: Known) -> bool:
    value = text[span.start : span.end]
    if known.holds(value):
        return True
    if span.kind == "email":
        return _ROLE_ADDRESS.search(value) is not None
    if span.kind == "address":
        return _HOME.search(text, max(0, span.start - _LEAD), span.end) is None
    return span.kind == "phone" and _is_public(value, language)


def _is_public(number: str, language: str) -> bool:
    """True for numbers that belong to an organisation by their plan, such as toll-free ones."""
    plans = _REGIONS.get(language, _REGIONS["en"])
    for region in ("US", *plans) if _FROM_US.match(number) else plans:
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.number_type(parsed) in _PUBLIC_NUMBERS
    return False


def names_of(spans: Iterable[PiiSpan]) -> tuple[str, ...]:
    """The checks that these spans break: ``secrets``, ``personal``."""
    return tuple(dict.fromkeys("secrets" if span.kind == "secret" else "personal" for span in spans))


def has_secret(text: str) -> bool:
    """True when the text holds an API key, a private key, a password or a product key."""
    return any(span.kind == "secret" for span in find_private(text, "en", Known()))


def opens_key_block(text: str) -> bool:
    """True when a private key begins here; its lines go on, so that no redaction of this piece is enough."""
    return _KEY_BLOCK.search(text) is not None
