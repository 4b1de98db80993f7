"""Reading a folder that somebody else has written: nothing outside of it, nothing too large, nothing that blows up."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.connectors import base
from corpora.connectors.base import (
    SourceFolder,
    as_date,
    as_text,
    decode,
    load_json,
    load_xml,
    load_yaml,
    rows,
    text_of,
)
from corpora.errors import LibraryError, UnreadableSource
from tests.unit.corpora.connectors.conftest import Files

Upstream = Callable[[Files], Path]
BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>"""


def test_paths_are_sorted_and_hide_what_is_hidden(upstream: Upstream) -> None:
    folder = SourceFolder(
        upstream({"b.md": "", "a/c.MD": "", ".git/x.md": "", ".y.md": "", "z.txt": "", "_SOURCE.md": ""})
    )
    assert folder.paths((".md",)) == ["a/c.MD", "b.md"]


def test_each_file_that_is_read_is_told(upstream: Upstream) -> None:
    told: list[str] = []
    folder = SourceFolder(upstream({"a.md": "text"}), told.append)
    assert (folder.text("a.md"), told) == ("text", ["a.md"])


def test_a_link_out_of_the_folder_is_not_followed(upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    root = upstream({"a.md": "x"})
    (root / "b.md").symlink_to(tmp_path / "secret.md")
    (root / "c").symlink_to(tmp_path)
    (root / "d.md").symlink_to(root / "d.md")
    folder = SourceFolder(root)
    assert folder.paths((".md",)) == ["a.md", "b.md", "d.md"]
    with pytest.raises(UnreadableSource, match="leads out of the folder"):
        folder.read("b.md")
    with pytest.raises(UnreadableSource):
        folder.read("d.md")


def test_what_is_no_file_or_too_large_is_not_opened(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    root = upstream({"large.md": "123456"})
    os.mkfifo(root / "pipe.md")
    monkeypatch.setattr(base, "MAX_FILE", 5)
    with pytest.raises(UnreadableSource, match="has `6` bytes; expected at most 5"):
        SourceFolder(root).read("large.md")
    with pytest.raises(UnreadableSource, match="no regular file"):
        SourceFolder(root).read("pipe.md")
    with pytest.raises(UnreadableSource, match="no such file"):
        SourceFolder(root).read("gone.md")


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="is no folder"):
        SourceFolder(tmp_path / "none")


@pytest.mark.parametrize(
    ("read", "data", "message"),
    [
        (decode, b"one\ntwo \xff", "line 2: byte `0xff` is not UTF-8"),
        (load_json, b'{"a":\n 1,,}', "line 2: not JSON"),
        (load_json, b"[" * 100_000, "nested too deeply"),
        (load_xml, b"<a><b></a>", "not XML"),
        (load_xml, BOMB, "declares a document type"),
        (load_xml, b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "declares a document type"),
    ],
)
def test_broken_data_says_where(read: Callable[[bytes], object], data: bytes, message: str) -> None:
    with pytest.raises(UnreadableSource, match=message):
        read(data)


def test_broken_yaml_says_where_and_makes_no_objects() -> None:
    with pytest.raises(UnreadableSource, match="line 4: not YAML"):
        load_yaml("a: 1\nb: [\n", first_line=2)
    with pytest.raises(UnreadableSource, match="not YAML: could not determine a constructor"):
        load_yaml("!!python/object/apply:os.getcwd []")


def test_values_of_data_files_are_read_leniently() -> None:
    assert (as_text(" a\n b "), as_text(None), as_text(["x"])) == ("a b", "", "")
    assert rows([{"a": 1}, 2, None]) == [{"a": 1}]
    assert rows("x") == []
    assert str(as_date("2024-02-13T17:43:49Z")) == "2024-02-13"
    assert as_date("soon") is None
    root = load_xml(b"<a>one <b>two</b> <n>no</n>three</a>")
    assert text_of(root, without=("n",)) == "one two three"
