"""Personal data."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.models import PiiSpan
from agent.perception.language import language
from agent.perception.pii import LOOK, find, redact
from tests.unit.agent.perception.personal import IMPERSONAL, PERSONAL


@pytest.mark.parametrize(
    ("lang", "text", "redacted"),
    [
        ("en", "mail a.b+c@example.co.uk or call 415-555-2671", "mail [email] or call [phone]"),
        ("en", "+44 20 7946 0958 is my number", "[phone] is my number"),
        ("es", "mi DNI es 12345678Z, tel 612 345 678", "mi DNI es [es_dni], tel [phone]"),
        ("es", "NIE X1234567L", "NIE [es_nie]"),
        ("es", "CURP BOXW310820HNERXN09 y RFC GODE561231GR8", "CURP [mx_curp] y RFC [mx_rfc]"),
        ("zh", "我的电话是13800138000，身份证11010519491231002X", "我的电话是[phone]，身份证[cn_resident_id]"),
        ("ar", "رقم جوالي 0512345678 وهويتي 1012345672", "رقم جوالي [phone] وهويتي [sa_id]"),
        ("ar", "اتصل بي على ٠٥١٢٣٤٥٦٧٨", "اتصل بي على [phone]"),
        ("en", "card 4111 1111 1111 1111 exp 12/26", "card [card] exp 12/26"),
        ("en", "IBAN GB82 WEST 1234 5698 7654 32", "IBAN [iban]"),
        ("en", "my SSN is 219099998 or 219-09-9998", "my SSN is [us_ssn] or [us_ssn]"),
        ("en", "NHS number 943 476 5919", "NHS number [gb_nhs]"),
        ("en", "NI AB 12 34 56 C", "NI [gb_nino]"),
        ("en", "from 8.8.8.8 to 192.168.0.1", "from [ip] to 192.168.0.1"),
        ("en", "I live at 221B Baker Street, London", "I live at [address], London"),
        ("es", "Vivo en Calle Mayor 12, Madrid", "Vivo en [address], Madrid"),
        ("zh", "我住在建国路88号", "我住在[address]"),
        ("ar", "أسكن في شارع الملك فهد، رقم 12", "أسكن في [address]"),
        ("en", "key sk-abcdefghijklmnopqrstuv and password: hunter22x", "key [secret] and password: [secret]"),
        ("en", "AKIAIOSFODNN7EXAMPLE", "[secret]"),
        ("en", "My name is Jane Mary Doe", "My name is [name]"),
        ("es", "Me llamo Juan Pérez", "Me llamo [name]"),
        ("zh", "我叫王小明", "我叫[name]"),
        ("ar", "اسمي محمد علي", "اسمي [name]"),
    ],
)
def test_personal_data_is_found_and_redacted(lang: str, text: str, redacted: str) -> None:
    assert redact(text, find(text, lang)) == redacted


@pytest.mark.parametrize(
    "text",
    ["pi is 3.14159265358979", "timestamp 1700000000", "order 1234567890 from 2023-10-12", "the population is 1,234,567,890", "4111 1111 1111 1112", "call 911 or 988", "I am 14 and weigh 45 kg",
     "ISBN 978-0-306-40615-7", "127.0.0.1", "2020-2021", "password reset link", "my api key does not work", "@username", "我叫", "me llamo la atención"],
)  # fmt: skip
def test_other_numbers_and_words_are_not_personal(text: str) -> None:
    assert find(text, "en") == ()


@pytest.mark.parametrize(("kind", "marked"), [(kind, text) for kind, texts in PERSONAL.items() for text in texts])
def test_every_kind_is_found_where_it_stands(kind: str, marked: str) -> None:
    text = re.sub("[<>]", "", marked)
    wanted = [(kind, found) for found in re.findall("<([^>]*)>", marked)]
    assert [(span.kind, text[span.start : span.end]) for span in find(text, language(text))] == wanted


@pytest.mark.parametrize("text", [text for texts in IMPERSONAL.values() for text in texts])
def test_what_only_looks_personal_is_left(text: str) -> None:
    assert find(text, language(text)) == ()


def test_there_are_ten_of_each_kind() -> None:
    assert min(map(len, (*PERSONAL.values(), *IMPERSONAL.values()))) >= 10


def test_of_overlapping_finds_the_longer_stays() -> None:
    spans = [PiiSpan(kind="phone", start=2, end=6), PiiSpan(kind="card", start=0, end=8)]
    assert redact("12345678", spans) == "[card]"


def test_what_was_not_looked_at_is_not_let_through() -> None:
    text = "a@example.org " + "secret talk " * LOOK + " b@example.org"
    redacted = redact(text, find(text, "en"))
    assert redacted.startswith("[email] secret talk")
    assert redacted.endswith("secret talk  [email]")
    assert "[unread]" in redacted
    assert len(redacted) < LOOK + 100


@given(st.text(max_size=200))
def test_spans_are_in_order_and_apart(text: str) -> None:
    spans = find(text, "en")
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@pytest.mark.parametrize("unit", ["_", "'", "1-", "a-", "a1-", "password="])
def test_no_long_row_takes_the_forms_long(unit: str) -> None:
    """Looking ahead to the end of the row from each of its places took seconds for one of these, and many minutes for all."""
    for n in range(40):
        row = f"a{n}{unit * (LOOK // len(unit))}b"
        assert all(span.end <= len(row) for span in find(row, "en"))
