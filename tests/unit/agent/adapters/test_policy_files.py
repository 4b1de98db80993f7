"""Policies that follow the disk: published versions, edited files, shadows and canaries; broken ones change nothing."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.adapters.policy_files import INTERVAL_S, WatchedPolicies
from policies.errors import PolicyLoadError
from policies.reader import Source
from policies.store import Canary, VersionStore
from tests.unit.policies.trees import tiny_sources

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WHO = {"actor": "ada", "note": "", "now": NOW}


def sources(action):
    return tiny_sources({"when": "true", "action": action})


def write(folder: Path, files: list[Source]) -> None:
    for source in files:
        path = folder / source.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.text)
        # Two edits within one tick of the clock must not look alike.
        os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + next(TICKS)))


TICKS = iter(range(1_000, 1_000_000, 1_000))


@pytest.fixture
def store(tmp_path):
    return VersionStore(tmp_path / "store")


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "files", sources("answer"))
    return tmp_path / "files"


@pytest.fixture
def watched(store, folder):
    policies = WatchedPolicies(store, folder)
    policies.load()
    return policies


def action_of(policies, thread="t"):
    return policies.live(thread).rules[0].action


def publish(store, action):
    version = store.add(sources(action), **WHO)
    store.go_live(version, **WHO)
    return version


def test_an_edit_on_disk_applies(watched, folder):
    write(folder, sources("refuse"))
    watched.refresh()
    assert action_of(watched) == "refuse"


def test_a_broken_edit_changes_nothing_and_says_so(watched, folder, caplog):
    before = watched.live("t")
    write(folder, [Source("rules/test.yaml", "rules: [{id: x}]\n")])
    with caplog.at_level(logging.ERROR):
        watched.refresh()
        watched.refresh()
    assert watched.live("t") is before
    assert "a later change is rejected: policies cannot be loaded" in watched.status()
    assert "rules/test.yaml:1" in watched.status()
    assert [record.action for record in caplog.records] == ["policies_rejected"]
    write(folder, sources("refuse"))
    watched.refresh()
    assert "rejected" not in watched.status()
    assert action_of(watched) == "refuse"


def test_a_broken_start_is_an_error(store, tmp_path):
    write(tmp_path / "broken", [Source("vocabulary.yaml", "x: [\n")])
    with pytest.raises(PolicyLoadError):
        WatchedPolicies(store, tmp_path / "broken").load()


def test_a_published_version_replaces_the_files_and_rolling_back_brings_them_back(watched, store):
    version = publish(store, "guide")
    watched.refresh()
    assert action_of(watched) == "guide"
    assert watched.status() == f"version {version} from the published versions"
    store.roll_back(None, **WHO)
    watched.refresh()
    assert action_of(watched) == "answer"


def test_a_damaged_version_leaves_the_old_one(watched, store):
    first = publish(store, "guide")
    watched.refresh()
    second = store.add(sources("refuse"), **WHO)
    (store.root / "versions" / second / "rules" / "test.yaml").unlink()
    store.go_live(second, **WHO)
    watched.refresh()
    assert watched.live("t").version == first
    assert "is not what version" in watched.status()


def test_a_thread_keeps_to_its_side_of_a_canary(watched, store):
    version = store.add(sources("refuse"), **WHO)
    store.set_canary(Canary(version=version, share=0.3), **WHO)
    watched.refresh()
    threads = [f"thread_{number}" for number in range(2000)]
    inside = {thread for thread in threads if watched.live(thread).version == version}
    assert 0.25 < len(inside) / len(threads) < 0.35
    assert inside == {thread for thread in threads if watched.live(thread).version == version}
    assert "for 30% of threads" in watched.status()


def test_a_shadow_is_beside_the_live_policies(watched, store):
    assert watched.shadow() is None
    version = store.add(sources("refuse"), **WHO)
    store.set_shadow(version, **WHO)
    watched.refresh()
    assert watched.shadow().version == version
    assert action_of(watched) == "answer"


async def test_running_policies_follow_within_two_seconds(watched, store):
    assert INTERVAL_S <= 1
    version = store.add(sources("refuse"), **WHO)
    async with watched.watching():
        store.go_live(version, **WHO)
        for _ in range(40):
            if watched.live("t").version == version:
                break
            await asyncio.sleep(0.05)
    assert action_of(watched) == "refuse"


def test_asking_before_loading_is_a_fault_of_ours(store):
    with pytest.raises(RuntimeError, match="before `load`"):
        WatchedPolicies(store, None).live("t")
