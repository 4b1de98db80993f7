"""Personal data in a text: where it stands and of what kind.

Numbers with check digits are checked (python-stdnum), phone numbers are parsed by their country's plan (phonenumbers); what
is left goes by form. Names of people are found only where somebody gives one (``me llamo ...``).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import phonenumbers
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.es import dni, nie
from stdnum.gb import nhs
from stdnum.mx import curp, rfc
from stdnum.us import ssn

from agent.models import PiiSpan
from agent.perception.spans import Span, replaced

LOOK: Final = 30_000
"""Characters that are looked at; of a longer text the head and the tail."""
MOST_PHONES: Final = 40

_PLAIN: Final = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９＋\u00a0\u2007\u2009\u202f\u3000\u2010\u2011\u2012\u2013\u2212",
    "012345678901234567890123456789+     -----",
)
"""Digits of every script, wide and narrow spaces and hyphens to their ASCII kin, place by place."""
_EDGES: Final = re.compile(
    r"(?:(?<![!-~])|(?<=\s[*\"`(\[>|])|(?<=\*\*))[_']++"
    r"|(?<![_'])[_']++(?:(?![!-~])|(?=[*\"`)\]<|.,;:!?]+(?![!-~])))"
)
"""Underscores and apostrophes at the edge of a word: Markdown's emphasis and quotation marks, no part of a value. A row of them is
looked at once, from its start: from each of its places would take seconds for a long one."""
_REGIONS: Final = {"en": ("US", "GB"), "es": ("ES", "MX", "US"), "zh": ("CN",), "ar": ("SA",)}
_DEFAULT_REGIONS: Final = ("US", "GB", "ES", "MX", "CN", "SA")
_DIGIT: Final = re.compile(r"\d")


class _Form(NamedTuple):
    """How a kind of personal data is written; ``holds`` checks a match, ``group`` is the part that is the data."""

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] | None = None
    group: int = 0


def _card(digits: str) -> bool:
    bare = re.sub(r"[ -]", "", digits)
    issued = bare[0] in "3456" or (len(bare) == 16 and "2221" <= bare[:4] <= "2720")
    return issued and len(set(bare)) > 1 and luhn.is_valid(bare)


def _iban(text: str) -> bool:
    """True for a valid IBAN. Its remainder is taken first: the check of each country's form is a hundred times slower."""
    bare = text.replace(" ", "").upper()
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1 and bool(iban.is_valid(bare))


def _public_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


def _luhn(digits: str) -> bool:
    return bool(luhn.is_valid(re.sub(r"[ -]", "", digits)))


_SECRET_WORD: Final = (
    r"api[ _-]?key|(?:account|private|access)[ _-]?key|secret(?:[ _-]?key)?|access[ _-]?token|auth[ _-]?token|bearer|token|passw(?:or)?d|pwd|passphrase|passcode|contrase[ñn]a|clave|密码|口令|密钥|"
    r"كلمة (?:المرور|السر)|الرقم السري"
)
_MARKS: Final = r"\s{0,3}(?:[\"'`*_«“「(\[<]|<b>|<code>|\n){0,5}\s{0,3}"
"""Quotation marks, Markdown and a line break before a value."""
_IN_ADDRESS: Final = r"A-Za-zÀ-ÿ0-9_.%+'’\-"
"""Characters before the sign of an email address."""
_STREET_EN: Final = r"Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Terrace|Close|Crescent|Highway|Hwy|Parkway|Pkwy|Gardens|Grove|Mews"

_DIGIT_FORMS: Final[tuple[_Form, ...]] = (
    _Form("cn_resident_id", re.compile(r"(?<!\w)[1-9]\d{16}[\dXx](?!\w)", re.ASCII), ric.is_valid),
    _Form("ae_id", re.compile(r"(?<![\w-])784[ -]?(?:19|20)\d{2}[ -]?\d{7}[ -]?\d(?![\w-])", re.ASCII), _luhn),
    _Form("card", re.compile(r"(?<![\w.-])[2-6]\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)", re.ASCII), _card),
    _Form("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}(?: [A-Z0-9])?\b", re.ASCII), _iban),
    _Form("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?(?=[A-Z]{0,4}\d)[A-Z0-9]{2,4}){3,8}(?: [A-Z0-9])?\b", re.ASCII | re.IGNORECASE), _iban),
    _Form("mx_curp", re.compile(r"(?<!\w)[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d(?!\w)", re.ASCII | re.IGNORECASE), curp.is_valid),
    _Form("mx_rfc", re.compile(r"(?<!\w)[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}(?!\w)", re.ASCII | re.IGNORECASE), rfc.is_valid),
    _Form("us_ssn", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", re.ASCII), ssn.is_valid),
    _Form("us_ssn", re.compile(r"\b(?:ssn|social security)\b\D{0,25}(\d{3} ?\d{2} ?\d{4})(?!\w)", re.ASCII | re.IGNORECASE), None, 1),
    _Form("gb_nhs", re.compile(r"\bnhs\b\D{0,25}(\d{3}[ -]?\d{3}[ -]?\d{4})(?!\w)", re.ASCII | re.IGNORECASE), nhs.is_valid, 1),
    _Form("gb_nino", re.compile(r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:\d{2} ?){3}[A-D](?!\w)", re.ASCII)),
    _Form("gb_nino", re.compile(r"\b(?:nino|ni|national insurance)\b\D{0,25}?\b([a-z]{2}\d{6}[a-d])(?!\w)", re.ASCII | re.IGNORECASE), None, 1),
    _Form("es_dni", re.compile(r"(?<![\w.-])\d{8}[ -]?[A-HJ-NP-TV-Z](?!\w)", re.ASCII | re.IGNORECASE), dni.is_valid),
    _Form("es_nie", re.compile(r"(?<![\w.-])[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z](?!\w)", re.ASCII | re.IGNORECASE), nie.is_valid),
    _Form("sa_id", re.compile(r"(?:هوي|إقام|اقام|iqama|national id)\D{0,30}([12]\d{9})(?!\d)", re.IGNORECASE), _luhn, 1),
    _Form("ip", re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\d|\w)", re.ASCII), _public_address),
    _Form("ip", re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}(?![\w:])", re.ASCII | re.IGNORECASE), _public_address),
    _Form("address", re.compile(rf"(?<!\w)\d{{1,5}}[A-Za-z]? (?:[A-Z0-9][\w.'’]* ){{1,4}}(?:{_STREET_EN})\b\.?")),
    _Form(
        "address",
        re.compile(
            r"\b(?i:(?:calle|c/|avenida|avda\.?|av\.|blvd\.?) ?(?:[a-záéíóúñü.]+ ){0,5}?[a-záéíóúñü]+|(?:plaza|paseo|carretera|calzada) (?:de |del |la |los |las )*(?-i:[A-ZÁÉÍÓÚÑ])[a-záéíóúñü]+"
            r"(?: [a-záéíóúñü]+){0,4}),? (?i:n[úu]m(?:ero|\.)? ?|n\.?[ºo°] ?|# ?)?\d{1,5}\b"
        ),
    ),
    _Form("address", re.compile(r"(?:(?<![\u3400-\u9fff])|(?<=住在)|(?<=家住)|(?<=[地住]址是))[我你您他她它们家住在的地址是于寄送到去就]*+((?:[\u3400-\u9fff]{1,8}[省市区县镇])?[\u3400-\u9fff]{1,10}(?:路|街|大道|巷|弄|胡同) ?\d{1,5} ?(?:号|弄))"), None, 1),
    _Form("address", re.compile(r"(?:شارع|حي) [\u0621-\u064a]+(?: [\u0621-\u064a]+){0,3}[،, ]+(?:رقم |مبنى |منزل )*\d{1,5}")),
)  # fmt: skip
"""Kinds that hold digits: looked for only where there are some."""

_FORMS: Final[tuple[_Form, ...]] = (
    _Form("email", re.compile(rf"(?<![{_IN_ADDRESS}])[A-Za-zÀ-ÿ0-9_][{_IN_ADDRESS}]{{0,63}}@(?:[\w-]{{1,63}}\.){{1,5}}[A-Za-z]{{2,24}}(?![A-Za-z0-9_])")),
    _Form(
        "secret",
        re.compile(
            r"(?<![A-Za-z0-9_])(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,}|(?:AKIA|ASIA)[0-9A-Z]{16}|xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{30,}|"
            r"glpat-[\w-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|ya29\.[\w-]{20,}|shp(?:at|ss)_[0-9a-f]{32}|dop_v1_[0-9a-f]{64}|hf_[A-Za-z0-9]{30,}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|"
            r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|GOCSPX-[\w-]{20,}|hv[sb]\.[\w-]{20,}|dckr_pat_[\w-]{20,}|(?:nvapi|xai|pplx|gsk|r8|ntn|lin_api|whsec|sbp|figd|pscale_tkn|tskey)[_-][\w-]{28,}|"
            r"key-[0-9a-f]{32}|dapi[0-9a-f]{32}|[1-9]\d{7,9}:AA[\w-]{33}|(?=[a-z0-9_-]{0,38}[-_][A-Za-z0-9]{0,200}[A-Z])(?:[a-z][a-z0-9]{1,11}[-_]){1,3}(?=[A-Za-z0-9]*\d[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[a-z])[A-Za-z0-9]{28,})(?![A-Za-z0-9])"
            r"|(?:https://)?hooks\.slack\.com/services/T\w+/B\w+/\w{20,}"
            r"|-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}[\s\S]{0,6000}?(?:-{4,5} ?END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}|\Z)",
            re.ASCII,
        ),
    ),
    _Form(
        "secret",
        re.compile(
            rf"(?:{_SECRET_WORD})[\"'`*_]{{0,3}}(?: (?:is|es)|是|为| هي| هو)?\s{{0,3}}(?:[:=：]|(?<=is)|(?<=es)|(?<=是)|(?<=为)|(?<=هي)|(?<=هو)){_MARKS}"
            r"(?!\d+[- ]?(?:bit|byte|char|digit|letter|word|min|hour|day|bits)|(?:AES|RSA|SHA|DSA|ECDSA|HMAC|Ed|WPA|OAuth)-?\d)"
            r"((?=[^\s\"]{0,200}[A-Za-z])(?=[^\s\"]{0,200}\d|[^\s\",;]{0,200}[A-Za-z][!@#$%^&+]{1,20}[A-Za-z])(?:[^\s\"'`,;，。」»”]|[,;'](?=[^\s\"'`])){6,200})",
            re.IGNORECASE,
        ),
        None,
        1,
    ),
    _Form("secret", re.compile(r"\bbearer\s{1,3}((?=\S*\d)(?=\S*[A-Za-z])[\w.~+/=-]{12,500})", re.IGNORECASE), None, 1),
    _Form("secret", re.compile(r"://([^\s:/@]{1,64}:[^\s@/]{3,128}@[^\s/]{1,255})"), None, 1),
    _Form("name", re.compile(r"\b(?:[Mm]y name is|I am called|[Mm]e llamo|[Mm]i nombre es|[Ss]oy) ((?:[A-ZÁÉÍÓÚÑ][a-záéíóúñü'’-]+)(?: (?:de la |de los |de las |de |del |la )?[A-ZÁÉÍÓÚÑ][a-záéíóúñü'’-]+){1,3})"), None, 1),
    _Form("name", re.compile(r"\b(?:[Mm]y name is|[Mm]e llamo|[Mm]i nombre es) ([A-ZÁÉÍÓÚÑ][a-záéíóúñü'’-]+)"), None, 1),
    _Form("name", re.compile(r"(?:我叫|我的名字是|我的名字叫)(?![了他她你我车人个不什啥醒住停的])([\u4e00-\u9fff]{2,4})(?![\u4e00-\u9fff])"), None, 1),
    _Form("name", re.compile(r"(?:^|[.،,!؟?:\n] ?|أنا |انا )اسمي (?![وبلف]|موجود|مكتوب|في )([\u0621-\u064a]{2,15}(?: (?![وبلف])[\u0621-\u064a]{2,15})?)(?=[\s،.,]|$)"), None, 1),
)  # fmt: skip

_TRIGGER: Final = re.compile(
    r"@|---- ?BEGIN|sk-|gh[pousr]_|github_pat|AKIA|ASIA|xox|AIza|glpat|npm_|pypi-|SG\.|ya29|shp|dop_v1|://|hf_|[rs]k_|eyJ|GOCSPX|hv[sb]\.|dapi|:AA|hooks\.|[A-Za-z0-9_-]{20}|"
    r"name is|called|llamo|nombre|[Ss]oy|我叫|名字|اسمي",
    re.UNICODE,
)
_SECRET_TRIGGER: Final = re.compile(_SECRET_WORD, re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\w.@/#=-])(?:\+|00)?\(?\d(?:[ \-./()]{0,2}\d){6,16}(?![\w@]|[.-]\d)", re.ASCII)
_PHONE_WORD: Final = re.compile(
    r"\b(?:call|phone|mobile|cell|tel|whatsapp|text|number|fax|ll[aá]m|tel[eé]fono|m[oó]vil|celular|n[uú]mero)|电话|手机|致电|联系|微信|رقم|جوال|هاتف|اتصل|موبايل|واتس",
    re.IGNORECASE,
)
_NOT_PHONE: Final = re.compile(
    r"\d{3}-\d{2}-\d{4}|\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}|\d+\.\d{5,}|(?:\d{1,3}\.){3}\d{1,3}|(?:19|20)\d{2}[ -]{1,3}(?:19|20)\d{2}"
)


def find(text: str, language: str) -> tuple[PiiSpan, ...]:
    """Personal data in the text, in order, without overlaps; ``language`` tells which phone plans are likely."""
    if len(text) > LOOK:
        head = list(_found(text[: LOOK // 2], language))
        at = len(text) - LOOK // 2
        tail = [
            span.model_copy(update={"start": span.start + at, "end": span.end + at})
            for span in _found(text[at:], language)
        ]
        return _apart([*head, *tail])
    return _apart(_found(text, language))


def redact(text: str, spans: Iterable[PiiSpan]) -> str:
    """The text with each span replaced by its kind, such as ``[email]``; what ``find`` did not look at by ``[unread]``."""
    kept = _apart(spans)
    if len(text) > LOOK:
        start = max([LOOK // 2, *(span.end for span in kept if span.start < LOOK // 2)])
        end = min([len(text) - LOOK // 2, *(span.start for span in kept if span.end > len(text) - LOOK // 2)])
        kept = (
            *(s for s in kept if s.end <= start or s.start >= end),
            PiiSpan(kind="unread", start=start, end=max(start, end)),
        )
    ordered = sorted(kept, key=lambda span: span.start)
    return replaced(text, [Span(span.start, span.end, f"[{span.kind}]", span.kind) for span in ordered])


def _apart(spans: Iterable[PiiSpan]) -> tuple[PiiSpan, ...]:
    """In order, the longer of two that overlap."""
    kept: list[PiiSpan] = []
    for span in sorted(spans, key=lambda s: s.start - s.end):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(sorted(kept, key=lambda s: s.start))


def _found(text: str, language: str) -> Iterator[PiiSpan]:
    plain = text.translate(_PLAIN) if not text.isascii() else text
    if "_" in plain or "'" in plain:
        plain = _EDGES.sub(lambda edge: " " * len(edge[0]), plain)
    if _TRIGGER.search(plain) or _SECRET_TRIGGER.search(plain):
        yield from _matches(plain, _FORMS)
    digits = len(_DIGIT.findall(plain))
    if digits:
        numbered = list(_matches(plain, _DIGIT_FORMS))
        yield from numbered
        if digits >= 7:
            yield from _phones(plain, language, numbered)


def _matches(text: str, forms: Sequence[_Form]) -> Iterator[PiiSpan]:
    for form in forms:
        for match in form.pattern.finditer(text):
            if form.holds is None or form.holds(match.group(form.group)):
                yield PiiSpan(kind=form.kind, start=match.start(form.group), end=match.end(form.group))


def _phones(text: str, language: str, taken: Sequence[PiiSpan]) -> Iterator[PiiSpan]:
    regions = _REGIONS.get(language, _DEFAULT_REGIONS)
    for count, match in enumerate(_PHONE.finditer(text)):
        if count >= MOST_PHONES:
            return
        start, end = match.span()
        if any(span.start < end and start < span.end for span in taken) or _NOT_PHONE.fullmatch(match.group()):
            continue
        announced = _PHONE_WORD.search(text[max(0, start - 40) : start]) is not None
        if _is_phone(
            match.group(), regions if not announced else dict.fromkeys((*regions, *_DEFAULT_REGIONS)), sure=announced
        ):
            yield PiiSpan(kind="phone", start=start, end=end)


def _is_phone(number: str, regions: Iterable[str], *, sure: bool) -> bool:
    """True for a valid number of one of the plans; one without any word about phones must be written like one."""
    if number.startswith(("+", "00")):
        return _valid("+" + number.lstrip("+0"), None)
    digits = sum(map(str.isdigit, number))
    if not sure and not (
        digits >= 9 and (digits < len(number) or number[0] == "0" or (digits == 11 and number[0] == "1"))
    ):
        return False
    return any(_valid(number, region) for region in regions)


def _valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
