"""Traditional characters are read as simplified ones."""

from __future__ import annotations

import pytest

from retrieval.han import simplified


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("學測又爆掉，室友今天回家了", "学测又爆掉，室友今天回家了"),
        ("魯迅啲文章喺香港過咗版權未？", "鲁迅啲文章喺香港过咗版权未？"),
        ("嗰個人呃我錢", "嗰个人呃我钱"),
        ("遺書 draft 3", "遗书 draft 3"),
        ("后面 and 皇后", "后面 and 皇后"),
        ("no Chinese, لا صينية", "no Chinese, لا صينية"),
        ("乾燥肌の対策", "乾燥肌の対策"),
        ("", ""),
    ],
)
def test_each_character_has_one_form(text: str, expected: str) -> None:
    assert simplified(text) == expected
    assert simplified(expected) == expected
