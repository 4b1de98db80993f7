"""What may stand in braces."""

from __future__ import annotations

import pytest

from policies.placeholders import fault, filled, used

VALUES = {"jurisdiction": "España", "age_of_majority": 18}


def test_every_placeholder_is_replaced_by_its_value() -> None:
    text = "{age_of_majority} en {jurisdiction}, {jurisdiction}"
    assert used(text) == {"age_of_majority", "jurisdiction"}
    assert filled(text, VALUES) == "18 en España, España"


def test_a_text_without_placeholders_stays_as_it_is() -> None:
    assert fault("plain") is None
    assert filled("plain", {}) == "plain"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("in {juristiction}", "unknown placeholder `{juristiction}`; did you mean `jurisdiction`?"),
        ("in {}", "unknown placeholder `{}`"),
        ("in {jurisdiction", "a `{` without its partner"),
        ("in jurisdiction}", "a `}` without its partner"),
    ],
)
def test_what_is_wrong_with_braces_is_named(text: str, message: str) -> None:
    assert message in str(fault(text))


@pytest.mark.parametrize("value", ["18", True, 18.0])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="`age_of_majority` takes a int"):
        filled("{age_of_majority}", {"age_of_majority": value})  # type: ignore[dict-item]  # a wrong type on purpose
