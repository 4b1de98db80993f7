"""The trusted folder: published without ceremony, and never over the head of a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.adoption import adopt_folder
from corpora.curation import Curation
from corpora.folders import Incoming
from corpora.library import BUNDLED_LIBRARY
from corpora.store import CorpusStore
from tests.unit.corpora.conftest import ANA, BO, NOW

Write = Callable[[str, str | bytes], Path]
DOC = "med-fixture-fever"
CHANGE = ("A child has a fever", "A child has a high fever")


async def states(curation: Curation) -> list[str]:
    return [seen.status.value for seen in await curation.revisions()]


async def test_the_bundled_library_is_published_by_its_reviewers(store: CorpusStore, curation: Curation) -> None:
    adopted = await adopt_folder(store, BUNDLED_LIBRARY, "bundled", NOW)
    assert (adopted.changed, adopted.problems) == (True, ())
    assert set(await states(curation)) == {"published"}
    entry = (await curation.history("med-chest-pain"))[0]
    assert (entry.step, entry.actor, entry.role) == ("adopt", "bundled", "system")
    assert entry.reason.startswith("reviewed by Handrail editors (editor) on 2026-")
    again = await adopt_folder(store, BUNDLED_LIBRARY, "bundled", NOW)
    assert (again.changed, again.documents) == (False, {})


async def test_a_changed_file_replaces_the_revision_and_a_removed_one_retires_it(
    store: CorpusStore, curation: Curation, write: Write, good: str
) -> None:
    root = write("a.md", good)
    await adopt_folder(store, root, "folder", NOW)
    write("a.md", good.replace(*CHANGE))
    assert (await adopt_folder(store, root, "folder", NOW)).changed
    assert await states(curation) == ["retired", "published"]
    write("a.md", good)
    await adopt_folder(store, root, "folder", NOW)
    assert await states(curation) == ["published", "retired"]
    (root / "a.md").unlink()
    await adopt_folder(store, root, "folder", NOW)
    assert await states(curation) == ["retired", "retired"]
    async with store.reading() as ledger:
        assert len(await ledger.barred()) == 1


async def test_a_document_that_a_person_withdrew_stays_so_and_a_new_text_waits(
    store: CorpusStore, curation: Curation, write: Write, good: str
) -> None:
    root = write("a.md", good)
    await adopt_folder(store, root, "folder", NOW)
    await curation.withdraw(DOC, None, BO, "wrong")
    write("b.md", good.replace(DOC, "med-other-thing"))
    await adopt_folder(store, root, "folder", NOW)
    assert await states(curation) == ["withdrawn", "published"]
    write("a.md", good.replace(*CHANGE))
    await adopt_folder(store, root, "folder", NOW)
    assert await states(curation) == ["withdrawn", "published", "in_review"]


async def test_a_document_that_people_took_over_is_theirs(
    store: CorpusStore, curation: Curation, write: Write, good: str
) -> None:
    root = write("a.md", good)
    await adopt_folder(store, root, "folder", NOW)
    await curation.import_files([Incoming("a.md", good.replace(*CHANGE).encode())], ANA)
    write("a.md", good.replace("A child has a fever", "Fever"))
    await adopt_folder(store, root, "folder", NOW)
    assert await states(curation) == ["published", "draft", "in_review"]


@pytest.mark.parametrize("status", ["draft", "retired", "withdrawn"])
async def test_only_what_the_folder_publishes_is_adopted(
    store: CorpusStore, curation: Curation, write: Write, good: str, status: str
) -> None:
    root = write("a.md", good.replace("status: published", f"status: {status}"))
    await adopt_folder(store, root, "folder", NOW)
    assert await states(curation) == []


async def test_broken_files_are_named_now_and_at_the_next_start(store: CorpusStore, write: Write, good: str) -> None:
    write("a.md", good)
    root = write("broken.md", "nothing")
    for _ in range(2):
        (problem,) = (await adopt_folder(store, root, "folder", NOW)).problems
        assert problem.startswith(f"{root}/broken.md:1: ")
