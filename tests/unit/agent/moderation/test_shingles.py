"""Quotations of protected texts."""

from __future__ import annotations

import json

import pytest

from agent.errors import SettingsError
from agent.moderation.shingles import Protected, fingerprint, load_protected, shingles

POEM = "The lantern keeper walked along the frozen harbour wall and counted every gull that slept beside the broken boats until the morning came"
HAN = "老人每天清晨沿着河边走到桥头数一数水里的船然后慢慢回家给孙子讲昨夜的梦"


def protected(*texts: str) -> Protected:
    made = [fingerprint(f"work {n}", text) for n, text in enumerate(texts)]
    return Protected((one.name, [int(value, 16) for value in one.shingles]) for one in made)


def test_a_long_quotation_is_found_whatever_its_case_and_punctuation():
    text = "He wrote: THE LANTERN KEEPER walked, along the frozen harbour wall; and counted every gull!"
    assert protected(POEM).quoted(text) == "work 0"


def test_a_short_quotation_and_the_same_words_otherwise_are_none():
    both = protected(POEM, HAN)
    assert both.quoted("The lantern keeper walked along the road.") is None
    assert (
        both.quoted("Gulls slept beside boats, and the keeper of the lantern counted them along a wall in the harbour.")
        is None
    )
    assert both.quoted("老人每天清晨去公园。") is None


def test_chinese_is_compared_by_characters():
    assert protected(POEM, HAN).quoted(f"原文是：{HAN[:24]}") == "work 1"


def test_a_fingerprint_holds_no_text():
    made = fingerprint("poem", POEM, "owner")
    assert "lantern" not in made.model_dump_json()
    assert len(made.shingles) == len(set(shingles(POEM)))


def test_a_text_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="has 1 shingles"):
        fingerprint("x", "one two three four five")


def test_fingerprints_are_read_from_a_folder(tmp_path):
    (tmp_path / "poem.json").write_text(fingerprint("poem", POEM).model_dump_json())
    assert load_protected(tmp_path).quoted(POEM) == "poem"
    assert not load_protected(None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no fingerprint"),
        (json.dumps({"name": "x", "shingles": ["zz"]}), "is no fingerprint"),
        ("{}", "fingerprint TEXT"),
    ],
)
def test_a_broken_file_is_named(tmp_path, content, message):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(SettingsError, match=message) as caught:
        load_protected(tmp_path)
    assert "bad.json" in str(caught.value)


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(SettingsError, match="HANDRAIL_FINGERPRINTS_DIR"):
        load_protected(tmp_path / "nowhere")
