"""Files in and out: byte for byte, and never outside of the folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.errors import LibraryError, UnsafePath
from corpora.folders import Incoming, parse_all, read_folder, safe_path, write_folder
from corpora.library import BUNDLED_LIBRARY

Write = Callable[[str, str | bytes], Path]


@pytest.mark.parametrize("path", ["a.md", "medical/en/fever.md", "a b/ü.md", "中文.md"])
def test_a_path_below_the_folder(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../a.md", "leads out of the folder"),
        ("a/../../b.md", "leads out of the folder"),
        ("a//b.md", "leads out of the folder"),
        ("./a.md", "leads out of the folder"),
        ("/etc/a.md", "is absolute"),
        ("C:/a.md", "is absolute"),
        ("a\\b.md", "holds a character"),
        ("a\x00.md", "holds a character"),
        ("a\n.md", "holds a character"),
        (".git/a.md", "names a hidden file"),
        ("a/.b.md", "names a hidden file"),
        ("a.txt", "names no Markdown file"),
        ("", "names no Markdown file"),
        ("a" * 400 + ".md", "has 403 characters"),
    ],
)
def test_a_path_that_must_not_be(path: str, problem: str) -> None:
    with pytest.raises(UnsafePath, match=problem):
        safe_path(path)


def test_the_bundled_library_survives_a_round_trip_byte_for_byte(tmp_path: Path) -> None:
    parsing = read_folder(BUNDLED_LIBRARY)
    assert parsing.problems == ()
    files = {found.path: found.data for found in parsing.documents}
    assert write_folder(tmp_path, files) == tuple(sorted(files))
    assert all((tmp_path / path).read_bytes() == (BUNDLED_LIBRARY / path).read_bytes() for path in files)
    assert write_folder(tmp_path, files) == ()


def test_malformed_yaml_unknown_facets_and_duplicate_ids_are_named_and_the_others_read(good: str) -> None:
    parsing = parse_all(
        [
            Incoming("a.md", good.encode()),
            Incoming("b.md", good.encode()),
            Incoming("c.md", good.replace("facets: [dosing", "facets: [posology").encode()),
            Incoming("d.md", good.replace("hazards: [advice_health]", "hazards: [advice_health").encode()),
            Incoming("e.md", b"\xff\xfe"),
            Incoming("../f.md", good.encode()),
        ]
    )
    assert [found.path for found in parsing.documents] == ["a.md"]
    messages = [str(problem) for problem in parsing.problems]
    assert "b.md:2: id `med-fixture-fever` is already used by a.md" in messages[0]
    assert "c.md:5: field `facets`: `posology` is unknown" in messages[1]
    assert messages[2].startswith("d.md:")
    assert "not YAML" in messages[2]
    assert "e.md:1: byte `0xff` is not UTF-8" in messages[3]
    assert "path `../f.md` leads out of the folder" in messages[4]


def test_a_file_of_fifty_megabytes_is_not_even_read(write: Write, good: str) -> None:
    root = write("a.md", good)
    with (root / "huge.md").open("wb") as file:
        file.truncate(50_000_000)
    parsing = read_folder(root)
    assert len(parsing.documents) == 1
    assert "huge.md:1: the file has `50000000` bytes; expected at most 1000000" in str(parsing.problems[0])


def test_a_link_out_of_the_folder_is_named_and_not_followed(write: Write, good: str, tmp_path: Path) -> None:
    root = write("a.md", good)
    (tmp_path / "secret.md").write_text(good.replace("med-fixture-fever", "med-secret-file"))
    (root / "link.md").symlink_to(tmp_path / "secret.md")
    parsing = read_folder(root)
    assert [found.document.id for found in parsing.documents] == ["med-fixture-fever"]
    assert "link.md:1: the link leads out of the folder" in str(parsing.problems[0])


def test_readmes_and_hidden_files_are_no_documents(write: Write, good: str) -> None:
    write("README.md", "hello")
    write(".drafts/x.md", "hello")
    root = write("a.md", good)
    assert read_folder(root).problems == ()


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="is no folder"):
        read_folder(tmp_path / "none")


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sub").symlink_to(tmp_path / "out")
    with pytest.raises(UnsafePath, match="leads out of"):
        write_folder(tmp_path / "in", {"a.md": b"x", "sub/b.md": b"x"})
    assert list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "in" / "a.md").exists()


def test_links_that_go_round_and_things_that_are_no_files_are_named(write: Write, good: str) -> None:
    root = write("a.md", good)
    (root / "loop.md").symlink_to(root / "loop.md")
    (root / "folder.md").mkdir()
    os.mkfifo(root / "pipe.md")
    problems = [str(problem) for problem in read_folder(root).problems]
    assert len(problems) == 3
    assert "folder.md:1: is no regular file" in problems[0]
    assert problems[1].startswith("loop.md:1: ")
    assert "pipe.md:1: is no regular file" in problems[2]
