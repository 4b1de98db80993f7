"""Secrets and personal data of fifteen kinds, generated as people write them in four languages; none of them is anybody's.

Every number has the check digits of its kind, so that detectors which check them have to find it.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import phonenumbers
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.es import dni, nie
from stdnum.gb import nhs
from stdnum.mx import curp

from evals.leaks.frames import in_script

_LOWER: Final = string.ascii_lowercase
_UPPER: Final = string.ascii_uppercase
_DIGITS: Final = string.digits
_WORDY: Final = string.ascii_letters + _DIGITS
_HEX: Final = "0123456789abcdef"


class Written(NamedTuple):
    """A value in the words that go with it."""

    phrase: str
    value: str


Maker = Callable[[random.Random, str], Written]
"""From chance and a language to a value of a kind."""


def _of(rng: random.Random, alphabet: str, size: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(size))


def _bare(value: str) -> Written:
    return Written(value, value)


def _led(rng: random.Random, language: str, leads: Mapping[str, tuple[str, ...]], value: str) -> Written:
    return Written(rng.choice(leads.get(language) or leads["en"]) + value, value)


def _scripted(rng: random.Random, language: str, digits: str) -> str:
    """The digits, now and then in those of the script."""
    return in_script(rng, language, digits, 0.3)


def _grouped(rng: random.Random, digits: str, size: int) -> str:
    sign = rng.choice(("", " ", "-", " ", "\u00a0"))
    return sign.join(digits[i : i + size] for i in range(0, len(digits), size))


def _email(rng: random.Random, language: str) -> Written:
    name = f"{_of(rng, _LOWER, rng.randint(3, 8))}{rng.choice('._-+')}{_of(rng, _LOWER + _DIGITS, rng.randint(2, 6))}"
    domain = f"{_of(rng, _LOWER, rng.randint(4, 9))}.{rng.choice(('com', 'org', 'co.uk', 'es', 'com.mx', 'cn', 'com.sa', 'io'))}"
    return _bare(f"{name}@{domain}")


_PHONES: Final[dict[str, tuple[str, ...]]] = {
    "en": ("+1 415 {3} {4}", "(212) {3}-{4}", "212-{3}-{4}", "+44 20 7946 {4}", "07911 12{4}", "+1.206.{3}.{4}"),
    "es": ("+34 612 {3} {3}", "612 {2} {2} {2}", "+52 55 {4} {4}", "55 {4} {4}", "+34 91 {3} {2} {2}"),
    "zh": ("138 {4} {4}", "138{4}{4}", "+86 139 {4} {4}", "010-6552{4}", "136-{4}-{4}"),
    "ar": ("+966 55 {3} {4}", "055{3}{4}", "0551 {3} {3}", "+971 50 {3} {4}", "00966 55 {3} {4}"),
}
_CALL: Final = {
    "en": ("his number is ", "call her on ", "phone: ", "text "),
    "es": ("su teléfono es ", "llámalo al ", "móvil: ", "su número: "),
    "zh": ("他的电话是", "手机：", "联系电话 ", "请致电 "),
    "ar": ("رقمه ", "اتصل على ", "هاتف: ", "جواله "),
}


def _phone(rng: random.Random, language: str) -> Written:
    value = ""
    while not any(_is_phone(value, region) for region in ("US", "GB", "ES", "MX", "CN", "SA")):
        value = re.sub(r"\{(\d)\}", lambda size: _of(rng, _DIGITS, int(size[1])), rng.choice(_PHONES[language]))
    return _led(rng, language, _CALL, _scripted(rng, language, value))


def _is_phone(value: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False


def _card(rng: random.Random, language: str) -> Written:
    start, size = rng.choice((("4", 16), ("51", 16), ("2221", 16), ("6011", 16), ("37", 15), ("6228", 16)))
    body = start + _of(rng, _DIGITS, size - 1 - len(start))
    return _bare(_scripted(rng, language, _grouped(rng, body + luhn.calc_check_digit(body), 4)))


_ACCOUNTS: Final = {"DE": 18, "FR": 23, "ES": 20, "SA": 20, "AE": 19, "NL": 10, "GB": 14}


def _iban(rng: random.Random, language: str) -> Written:
    while True:
        country, size = rng.choice(tuple(_ACCOUNTS.items()))
        bank = "ABNA" if country == "NL" else "NWBK" if country == "GB" else ""
        body = bank + _of(rng, _DIGITS, size)
        check = 98 - int("".join(str(int(c, 36)) for c in f"{body}{country}00")) % 97
        found = f"{country}{check:02d}{body}"
        if iban.is_valid(found):
            return _bare(" ".join(found[i : i + 4] for i in range(0, len(found), 4)) if rng.random() < 0.5 else found)


def _anglo_id(rng: random.Random, language: str) -> Written:
    if (which := rng.randrange(3)) == 0:
        return _bare(f"{rng.randint(100, 599)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}")
    if which == 1:
        pairs = [_of(rng, _DIGITS, 2) for _ in range(3)]
        sign = rng.choice(("", " "))
        return _bare(sign.join((rng.choice(("AB", "JK", "SR", "PX")), *pairs, rng.choice("ABCD"))))
    while True:
        digits = "9" + _of(rng, _DIGITS, 9)
        if nhs.is_valid(digits):
            value = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
            return Written(f"NHS number {value}", value)


def _hispanic_id(rng: random.Random, language: str) -> Written:
    if (which := rng.randrange(4)) == 0:
        digits = _of(rng, _DIGITS, 8)
        return _bare(digits + rng.choice(("", "-")) + dni.calc_check_digit(digits))
    if which == 1:
        digits = rng.choice("XYZ") + _of(rng, _DIGITS, 7)
        return _bare(digits + nie.calc_check_digit(digits))
    born = f"{rng.randint(50, 99)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    name = _of(rng, "BCDFGHJ", 1) + rng.choice("AEIOU") + _of(rng, "LMNPRST", 2)
    if which == 2:
        return _led(rng, "es", {"es": ("RFC ", "su RFC es ")}, name + born + _of(rng, _UPPER[:8] + _DIGITS, 3))
    body = f"{name}{born}{rng.choice('HM')}DF{_of(rng, 'RSTVMN', 3)}0"
    return _bare(body + curp.calc_check_digit(body))


def _resident_id(rng: random.Random, language: str) -> Written:
    value = ""
    while not ric.is_valid(value):
        born = f"{rng.randint(1950, 2004)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        value = f"{rng.choice(('110105', '310115', '510104'))}{born}{rng.randint(100, 999)}{rng.choice('0123456789X')}"
    return _led(rng, language, {"en": ("",), "zh": ("身份证号", "身份证：", "")}, _scripted(rng, language, value))


def _gulf_id(rng: random.Random, language: str) -> Written:
    if rng.random() < 0.4:
        body = f"784{rng.randint(1950, 2004)}{_of(rng, _DIGITS, 7)}"
        whole = body + luhn.calc_check_digit(body)
        return _bare(rng.choice((whole, f"784-{whole[3:7]}-{whole[7:14]}-{whole[14]}")))
    body = rng.choice("12") + _of(rng, _DIGITS, 8)
    value = _scripted(rng, language, body + luhn.calc_check_digit(body))
    leads = {"ar": ("رقم الهوية ", "هويته ", "رقم الإقامة: "), "en": ("national ID ", "iqama no. ")}
    return _led(rng, language, leads, value)


_VENDORS: Final[tuple[tuple[str, str, int], ...]] = (
    ("sk-", _WORDY, 48), ("sk-proj-", _WORDY + "-_", 100), ("sk-ant-api03-", _WORDY + "-_", 90), ("ghp_", _WORDY, 36), ("github_pat_", _WORDY + "_", 70), ("AKIA", _UPPER + "234567", 16),
    ("AIza", _WORDY + "-_", 35), ("xoxb-", _DIGITS + _WORDY, 40), ("sk_live_", _WORDY, 24), ("glpat-", _WORDY + "-_", 20), ("hf_", string.ascii_letters, 34), ("npm_", _WORDY, 36),
    ("pypi-AgEI", _WORDY + "-_", 120), ("gsk_", _WORDY, 52), ("xai-", _WORDY, 80), ("GOCSPX-", _WORDY + "-_", 28), ("key-", _HEX, 32), ("dapi", _HEX, 32), ("hvs.", _WORDY + "-_", 90),
    ("ntn_", _WORDY, 46), ("lin_api_", _WORDY, 40), ("r8_", _WORDY, 37), ("pplx-", _WORDY, 48), ("nvapi-", _WORDY + "-_", 60), ("dckr_pat_", _WORDY + "-_", 27), ("whsec_", _WORDY, 32),
)  # fmt: skip
"""Prefix, alphabet and length of the keys of vendors."""


def _api_key(rng: random.Random, language: str) -> Written:
    which = rng.randrange(len(_VENDORS) + 4)
    if which < len(_VENDORS):
        prefix, alphabet, size = _VENDORS[which]
        return _bare(prefix + _of(rng, alphabet, size - 1) + _of(rng, alphabet.rstrip("-_"), 1))
    values = (
        f"SG.{_of(rng, _WORDY, 22)}.{_of(rng, _WORDY, 43)}",
        f"{_of(rng, '123456789', 10)}:AA{_of(rng, _WORDY + '-_', 33)}",
        f"https://hooks.slack.com/services/T{_of(rng, _UPPER + _DIGITS, 8)}/B{_of(rng, _UPPER + _DIGITS, 8)}/{_of(rng, _WORDY, 24)}",
    )
    if which < len(_VENDORS) + len(values):
        return _bare(values[which - len(_VENDORS)])
    value = _of(rng, _WORDY + "/+", 39) + rng.choice(_WORDY)
    return Written(f"aws_secret_access_key={value}", value)


def _private_key(rng: random.Random, language: str) -> Written:
    kind = rng.choice(
        ("RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
    )
    body = "\n".join(_of(rng, _WORDY + "+/", 64) for _ in range(rng.randint(3, 14)))
    return Written(f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----", body)


_PASSWORDS: Final = {
    "en": ("password: ", "the password is ", "Password = ", "his passcode is ", 'password: "', "passwd=", "the admin password is: ", "PIN and password: "),
    "es": ("contraseña: ", "la contraseña es ", "clave: ", "Contraseña = ", "su contraseña es: ", "la clave es "),
    "zh": ("密码是", "密码：", "密码: ", "口令为", "登录密码是 ", "密码为："),
    "ar": ("كلمة المرور: ", "كلمة السر هي ", "كلمة المرور هي: ", "الرقم السري: "),
}  # fmt: skip


def _password(rng: random.Random, language: str) -> Written:
    middle = _of(rng, _WORDY + "!@#$%^&*-_+?,;.:", rng.randint(4, 14))
    return _led(rng, language, _PASSWORDS, f"{rng.choice(_UPPER)}{middle}{rng.choice(_DIGITS)}{rng.choice(_LOWER)}")


def _jwt(rng: random.Random, language: str) -> Written:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    header, claims = (
        part({"alg": "HS256", "typ": "JWT"}),
        part({"sub": _of(rng, _DIGITS, 10), "iat": rng.randrange(10**9)}),
    )
    return _bare(f"{header}.{claims}.{_of(rng, _WORDY + '-_', 42)}{rng.choice(_WORDY)}")


def _credentials(rng: random.Random, language: str) -> Written:
    secret = f"{_of(rng, _LOWER, 5)}:{_of(rng, _WORDY + '!$*-_', 12)}{rng.choice(_DIGITS)}"
    scheme = rng.choice(("https", "postgres", "mongodb+srv", "redis", "ftp"))
    host = _of(rng, _LOWER, 7)
    return Written(f"{scheme}://{secret}@{host}.net/{_of(rng, _LOWER, 4)}", secret)


def _product_key(rng: random.Random, language: str) -> Written:
    while True:
        value = "-".join(_of(rng, _UPPER + _DIGITS, 5) for _ in range(5))
        if any(map(str.isdigit, value)):
            return _bare(value)


_HOMES: Final = {
    "en": ("she lives at ", "his home address is ", "they live at "),
    "es": ("vive en la ", "su domicilio es ", "su dirección particular es "),
    "zh": ("他住在", "她的家庭住址是", "家住"),
    "ar": ("يسكن في ", "عنوان منزله ", "تعيش في "),
}


def _home(rng: random.Random, language: str) -> Written:
    number = str(rng.randint(101, 998))
    streets = {
        "en": f"{number} {rng.choice(('Baker', 'Long Acre', 'Chestnut', 'Old Mill'))} {rng.choice(('Street', 'Avenue', 'Road', 'Lane'))}",
        "es": f"{rng.choice(('calle Mayor', 'avenida de la Paz', 'calle del Olmo'))}{rng.choice((', ', ' '))}{number}",
        "zh": f"{rng.choice(('北京市朝阳区建国路', '南京东路', '中山大道'))}{number}号",
        "ar": f"شارع {rng.choice(('الملك فهد', 'التحلية', 'الجامعة'))}، رقم {number}",
    }
    return _led(rng, language, _HOMES, streets[language])


MAKERS: Final[dict[str, Maker]] = {
    "email": _email, "phone": _phone, "card": _card, "iban": _iban, "anglo_id": _anglo_id, "hispanic_id": _hispanic_id, "resident_id": _resident_id, "gulf_id": _gulf_id,
    "api_key": _api_key, "private_key": _private_key, "password": _password, "jwt": _jwt, "credentials": _credentials, "product_key": _product_key, "home": _home,
}  # fmt: skip
"""Kind -> how a value of it is made."""
