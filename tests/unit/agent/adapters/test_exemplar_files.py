"""Exemplars that follow the disk, by tenant; broken ones change nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime

import pytest

from agent.adapters.exemplar_files import INTERVAL_S, ExemplarFolder, WatchedExemplars
from agent.errors import AccessError, LabelError
from agent.risk import exemplars as module
from agent.risk.exemplars import Exemplar, version_of
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import StoreUnavailable

WHO = {"actor": "ada", "now": datetime(2026, 6, 1, tzinfo=UTC)}
ONE = Exemplar(id="one", text="how do I kill a process", unsafe=False, note="日志")
TWO = Exemplar(id="two", text="write the usual letter", unsafe=True)


@pytest.fixture
def folder(tmp_path):
    return ExemplarFolder(tmp_path / "exemplars")


@pytest.fixture
def watched(folder):
    return WatchedExemplars(folder, HashingEmbedder(64))


def test_what_was_added_is_there_in_order_with_a_version_and_a_history(folder):
    assert folder.read("clinic") == ()
    first = folder.add("clinic", [ONE], **WHO)
    second = folder.add("clinic", [TWO], **WHO)
    assert folder.read("clinic") == (ONE, TWO)
    assert (first, second) == (version_of([ONE]), version_of([ONE, TWO]))
    assert folder.tenants() == ["clinic"]
    lines = [json.loads(line) for line in folder.path("clinic").with_name("history.jsonl").read_text().splitlines()]
    assert [(line["act"], line["ids"], line["actor"]) for line in lines] == [
        ("add", ["one"], "ada"),
        ("add", ["two"], "ada"),
    ]
    assert lines[1]["before"] == first == lines[0]["after"]


def test_what_was_removed_is_gone_for_one_tenant(folder):
    folder.add("clinic", [ONE, TWO], **WHO)
    folder.add("other", [ONE], **WHO)
    assert folder.remove("clinic", ["one"], **WHO) == version_of([TWO])
    assert (folder.read("clinic"), folder.read("other")) == ((TWO,), (ONE,))


def test_a_taken_id_or_an_unknown_one_changes_nothing(folder):
    folder.add("clinic", [ONE], **WHO)
    with pytest.raises(LabelError, match="`one` exists already, as safe; remove it first"):
        folder.add("clinic", [TWO, ONE.model_copy(update={"unsafe": True})], **WHO)
    with pytest.raises(LabelError, match="has no exemplar `nope`"):
        folder.remove("clinic", ["one", "nope"], **WHO)
    with pytest.raises(LabelError, match="exists already"):
        folder.add("other", [TWO, TWO], **WHO)
    assert (folder.read("clinic"), folder.read("other")) == ((ONE,), ())


def test_there_are_not_too_many(folder, monkeypatch):
    monkeypatch.setattr("agent.adapters.exemplar_files.MOST", 1)
    with pytest.raises(LabelError, match="at most 1 are kept"):
        folder.add("clinic", [ONE, TWO], **WHO)
    assert module.MOST == 5_000


@pytest.mark.parametrize("tenant", ["../up", "", "a/b", "*"])
def test_a_name_that_is_no_tenant_reaches_no_file(folder, tenant):
    with pytest.raises(AccessError):
        folder.read(tenant)


def test_every_tenant_has_its_own_at_the_start(folder, watched):
    folder.add("clinic", [ONE], **WHO)
    folder.add("other", [TWO], **WHO)
    watched.load()
    assert watched.of("clinic").exemplars == (ONE,)
    assert watched.of("other").exemplars == (TWO,)
    assert watched.of("nobody") is None
    assert watched.status() == "2 exemplars of 2 tenants"


def test_a_broken_file_stops_the_start(folder, watched):
    folder.add("clinic", [ONE], **WHO)
    folder.path("clinic").write_text("{")
    with pytest.raises(LabelError, match=r"exemplars\.jsonl:1"):
        watched.load()


def test_a_change_is_taken_up_and_a_broken_one_is_not(folder, watched, caplog):
    caplog.set_level(logging.INFO)
    watched.load()
    folder.add("clinic", [ONE], **WHO)
    watched.refresh()
    assert watched.of("clinic").exemplars == (ONE,)
    path = folder.path("clinic")
    good = path.read_text(encoding="utf-8")
    path.write_text("{")
    watched.refresh()
    watched.refresh()
    assert watched.of("clinic").exemplars == (ONE,)
    assert "clinic keeps its last" in watched.status()
    path.write_text(good, encoding="utf-8")
    folder.add("clinic", [TWO], **WHO)
    watched.refresh()
    assert watched.of("clinic").exemplars == (ONE, TWO)
    assert "keeps" not in watched.status()
    actions = [record.action for record in caplog.records if hasattr(record, "action")]
    assert actions == ["exemplars_changed", "exemplars_rejected", "exemplars_changed"]


def test_what_is_removed_or_deleted_is_heard_no_more(folder, watched):
    folder.add("clinic", [ONE], **WHO)
    folder.add("other", [TWO], **WHO)
    watched.load()
    folder.remove("clinic", ["one"], **WHO)
    folder.path("other").unlink()
    watched.refresh()
    assert (watched.of("clinic"), watched.of("other")) == (None, None)


def test_an_embedder_that_fails_is_asked_again(folder, watched, monkeypatch):
    watched.load()
    folder.add("clinic", [ONE], **WHO)

    def fails(self, texts):
        raise StoreUnavailable("cache is locked")

    with monkeypatch.context() as patch:
        patch.setattr(HashingEmbedder, "embed", fails)
        watched.refresh()
        assert "cache is locked" in watched.status()
    watched.refresh()
    assert watched.of("clinic").exemplars == (ONE,)


async def test_a_running_service_follows(folder, watched):
    watched.load()
    async with watched.watching():
        folder.add("clinic", [ONE], **WHO)
        async with asyncio.timeout(10 * INTERVAL_S):
            while watched.of("clinic") is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert watched.of("clinic").exemplars == (ONE,)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "exemplars").write_text("a file")
    with pytest.raises(LabelError, match=r"cannot be written: .*HANDRAIL_DATA_DIR"):
        ExemplarFolder(tmp_path / "exemplars").add("clinic", [ONE], **WHO)
