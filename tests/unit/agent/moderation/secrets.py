"""Secrets and personal numbers of twelve kinds, generated; none of them is anybody's."""

from __future__ import annotations

import random
import string

from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.es import dni, nie

LETTERS = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits


def _of(rng: random.Random, alphabet: str, size: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(size))


def _card(rng: random.Random) -> str:
    body = rng.choice("456") + _of(rng, string.digits, 14)
    digits = body + luhn.calc_check_digit(body)
    return " ".join(digits[i : i + 4] for i in range(0, 16, 4)) if rng.random() < 0.5 else digits


def _iban(rng: random.Random) -> str:
    while True:
        body = _of(rng, string.digits, 18)
        for check in range(2, 99):
            found = f"DE{check:02d}{body}"
            if iban.is_valid(found):
                return " ".join(found[i : i + 4] for i in range(0, 22, 4)) if rng.random() < 0.5 else found


def _ssn(rng: random.Random) -> str:
    return f"{rng.randint(100, 599)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def _resident(rng: random.Random) -> str:
    body = f"110105{rng.randint(1950, 2004)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{rng.randint(100, 999)}"
    return next(body + check for check in "0123456789X" if ric.is_valid(body + check))


def _dni(rng: random.Random) -> str:
    digits = _of(rng, string.digits, 8)
    return digits + dni.calc_check_digit(digits)


def _nie(rng: random.Random) -> str:
    digits = rng.choice("XYZ") + _of(rng, string.digits, 7)
    return digits + nie.calc_check_digit(digits)


def _nino(rng: random.Random) -> str:
    digits = _of(rng, string.digits, 6)
    return f"AB {digits[:2]} {digits[2:4]} {digits[4:]} C"


KINDS = {
    "card": _card,
    "iban": _iban,
    "us_ssn": _ssn,
    "cn_resident_id": _resident,
    "es_dni": _dni,
    "es_nie": _nie,
    "gb_nino": _nino,
    "email": lambda rng: (
        f"{_of(rng, string.ascii_lowercase, 8)}.{_of(rng, string.ascii_lowercase, 5)}@{_of(rng, string.ascii_lowercase, 7)}.org"
    ),
    "phone": lambda rng: f"+1 415 {rng.randint(556, 999)} {rng.randint(2000, 9999)}",
    "api_key": lambda rng: rng.choice(("sk-", "ghp_", "glpat-", "hf_")) + _of(rng, LETTERS, 36),
    "cloud_key": lambda rng: "AKIA" + _of(rng, UPPER, 16),
    "product_key": lambda rng: "-".join(_of(rng, UPPER, 5) for _ in range(5)),
}
"""Kind -> a generator of values that are valid of their kind."""

FRAMES = (
    "Here it is: {}. Keep it to yourself.",
    "The value you asked for is {}\nThat is all I know about it.",
    "Use {} and then come back, because it is what they want to see.",
    "- {}\n- and nothing else",
    "答案是 {} 。请保管好。",
    "El dato es {}. Guárdalo.",
)


def secrets(count: int, seed: int = 7) -> list[tuple[str, str, str]]:
    """``(kind, value, text)``, as many of each kind."""
    rng = random.Random(seed)
    kinds = list(KINDS)
    found = []
    for index in range(count):
        kind = kinds[index % len(kinds)]
        value = KINDS[kind](rng)
        found.append((kind, value, rng.choice(FRAMES).format(value)))
    return found
