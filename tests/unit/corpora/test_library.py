"""Libraries: a broken document is named and skipped."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.errors import LibraryError
from corpora.library import BUNDLED_LIBRARY, load_library

Write = Callable[[str, str | bytes], Path]
Spoil = Callable[[str, str], str]


def test_good_documents_are_sorted_by_id(write: Write, good: str) -> None:
    write("medical/en/b.md", good.replace("med-fixture-fever", "med-zz"))
    root = write("medical/en/a.md", good)
    library = load_library(root)
    assert [document.id for document in library.documents] == ["med-fixture-fever", "med-zz"]
    assert library.problems == ()


def test_broken_documents_are_named_and_skipped(write: Write, good: str, spoil: Spoil) -> None:
    write("a.md", good)
    write("b.md", spoil("[dosing, emergency]", "[posology]"))
    write("c.md", b"\xff\xfe")
    write("d.md", "no front matter")
    root = write("e.md", spoil("need: A", "need: why: A"))
    library = load_library(root)
    assert [document.id for document in library.documents] == ["med-fixture-fever"]
    assert [(problem.path.name, problem.line) for problem in library.problems] == [
        ("b.md", 5),
        ("c.md", 1),
        ("d.md", 1),
        ("e.md", 12),
    ]
    assert str(library.problems[0]).startswith(f"{root / 'b.md'}:5: field `facets`: `posology` is unknown")


def test_a_second_document_of_the_same_id_is_named(write: Write, good: str) -> None:
    write("a.md", good)
    root = write("b.md", good)
    library = load_library(root)
    assert len(library.documents) == 1
    (problem,) = library.problems
    assert problem.path == root / "b.md"
    assert "id `med-fixture-fever` is already used by" in problem.message
    assert "a.md" in problem.message


def test_readmes_and_hidden_files_are_no_documents(write: Write, good: str) -> None:
    write("README.md", "hello")
    write(".draft.md", "hello")
    write("notes.txt", "hello")
    assert load_library(write("a.md", good)).problems == ()


def test_a_link_out_of_the_folder_is_not_followed(write: Write, good: str, tmp_path: Path) -> None:
    root = write("a.md", good)
    (tmp_path / "secret.md").write_text(good.replace("med-fixture-fever", "med-secret"))
    os.symlink(tmp_path / "secret.md", root / "b.md")
    assert [document.id for document in load_library(root).documents] == ["med-fixture-fever"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="is no folder; expected a folder of guidance documents"):
        load_library(tmp_path / "none")


def test_an_empty_folder_is_an_empty_library(tmp_path: Path) -> None:
    assert load_library(tmp_path).documents == ()


def test_every_bundled_document_can_be_read() -> None:
    library = load_library(BUNDLED_LIBRARY)
    assert [str(problem) for problem in library.problems] == []
    assert len(library.documents) >= 36
