from __future__ import annotations

import contextlib

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import ExpressionError
from policies.expressions import MAX_LENGTH, Binary, Call, Conditional, ListOf, Literal, Path, Unary, bare_names, parse


def test_operators_bind_as_in_cel() -> None:
    assert parse("a || b && c == 1") == Binary(
        "||", Path(("a",)), Binary("&&", Path(("b",)), Binary("==", Path(("c",)), Literal(1)))
    )


@pytest.mark.parametrize(
    "source",
    ["1 + 2 * 3 == 7", "10 - 3 - 2 == 5", "!(1 > 2) && 2 > 1", "1 < 2 ? 3 > 2 : false", "-2 < -1", '"a" in ["a", "b"]'],
)
def test_what_parses_means_the_same_to_cel(source: str) -> None:
    parse(source)
    assert cel.compile(source).execute({}) is True


def test_index_by_text_is_a_field() -> None:
    assert parse('risk.hazards["privacy"]') == parse("risk.hazards.privacy") == Path(("risk", "hazards", "privacy"))


def test_calls_lists_strings_and_ternary() -> None:
    assert parse('x.exists(s, s == "a\\n")') == Call(
        "exists", Path(("x",)), (Path(("s",)), Binary("==", Path(("s",)), Literal("a\n")))
    )
    assert parse("size([]) == .5") == Binary("==", Call("size", None, (ListOf(()),)), Literal(0.5))
    assert parse("!a ? b : true") == Conditional(Unary("!", Path(("a",))), Path(("b",)), Literal(True))


def test_bare_names_leave_out_texts_and_fields() -> None:
    assert bare_names(parse('clinician && context.role == "minor" && [other] == x')) == {"clinician", "other", "x"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "unexpected `end of condition` at column 1; expected a value"),
        ("a b", "unexpected `b` at column 3; expected an operator or the end of the condition"),
        ("a < b < c", "expected `&&` between two comparisons"),
        ("a.1", "expected an operator or the end of the condition"),
        ("a. == 1", "expected a field name after `.`"),
        ("[1].b", "field `b` at column 5 follows a value that has no fields"),
        ("a[1]", "expected a field name in quotes"),
        ("(a", "expected `)`"),
        ("[a", "expected `]`"),
        ("has(a.b)", "`has` at column 1 is not available"),
        ("!!a", "`!!` repeats a prefix operator"),
        ("“a”", "unexpected character `“` at column 1"),
        ('"\\q"', "unknown escape `\\q`"),
        ("9007199254740993 > a", "is too large"),
        ("a" * (MAX_LENGTH + 1), f"at most {MAX_LENGTH} are allowed"),
        ("[" * 40, "nested deeper than"),
        ("risk.unsafe > ٥", "unexpected character"),
    ],
)
def test_faults_name_the_place_and_what_was_expected(source: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert message in str(caught.value)


@given(st.text(max_size=60) | st.text(alphabet="ab.()[]!&|=<>+-*/?:,\"' 01", max_size=60))
def test_any_text_parses_or_is_an_expression_error(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        parse(source)
