from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policies.errors import StoreError
from policies.reader import Source
from policies.store import Canary, State, VersionStore
from tests.unit.policies.trees import tiny_sources

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _sources(action: str = "answer") -> list[Source]:
    return tiny_sources({"when": "true", "action": action})


def _add(store: VersionStore, action: str = "answer", minutes: int = 0) -> str:
    return store.add(_sources(action), actor="ada", note="n", now=NOW + timedelta(minutes=minutes))


def _publish(store: VersionStore, action: str) -> str:
    version = _add(store, action)
    store.go_live(version, actor="ada", note=f"go {action}", now=NOW)
    return version


@pytest.fixture
def store(tmp_path: Path) -> VersionStore:
    return VersionStore(tmp_path / "policies")


def test_an_empty_store_has_nothing_in_force(store: VersionStore) -> None:
    assert store.state() == State()
    assert store.manifests() == []
    assert store.history() == []
    assert not store.root.exists()


def test_a_version_is_what_was_stored_and_is_stored_once(store: VersionStore) -> None:
    version = _add(store)
    assert _add(store, minutes=5) == version
    assert {source.name: source.text for source in store.sources(version)} == {s.name: s.text for s in _sources()}
    assert store.manifest(version).created_at == NOW
    path = store.root / "versions" / version / "rules" / "test.yaml"
    assert path.stat().st_mode & 0o222 == 0


def test_a_version_that_was_changed_on_disk_is_not_used(store: VersionStore) -> None:
    version = _add(store)
    path = store.root / "versions" / version / "rules" / "test.yaml"
    path.unlink()
    with pytest.raises(StoreError, match=r"rules/test\.yaml: is not what version `.*` was published with"):
        store.sources(version)


@pytest.mark.parametrize(
    "name", ["../x.yaml", "rules/../../x.yaml", "/etc/x.yaml", "rules/x.py", "rules/a/b.yaml", "x.yaml"]
)
def test_only_policy_files_are_written(store: VersionStore, name: str) -> None:
    with pytest.raises(StoreError, match="is no policy file"):
        store.add([*_sources(), Source(name, "")], actor="ada", note="", now=NOW)


@pytest.mark.parametrize("version", ["nothing", "../../etc", "0123456789ab"])
def test_an_unknown_version_is_named(store: VersionStore, version: str) -> None:
    with pytest.raises(StoreError, match="unknown policy version"):
        store.sources(version)
    with pytest.raises(StoreError, match="unknown policy version"):
        store.go_live(version, actor="ada", note="", now=NOW)


def test_rolling_back_goes_to_the_version_before(store: VersionStore) -> None:
    first, second, third = (_publish(store, action) for action in ("answer", "guide", "refuse"))
    assert store.state().live == third
    assert store.roll_back(None, actor="bob", note="", now=NOW).live == second
    assert store.roll_back(None, actor="bob", note="", now=NOW).live == first
    assert store.roll_back(None, actor="bob", note="", now=NOW).live is None
    with pytest.raises(StoreError, match="nothing has been published"):
        store.roll_back(None, actor="bob", note="", now=NOW)
    assert store.roll_back(third, actor="bob", note="", now=NOW).live == third
    assert store.roll_back("disk", actor="bob", note="", now=NOW).live is None
    assert {manifest.version for manifest in store.manifests()} == {first, second, third}


def test_the_history_says_who_did_what(store: VersionStore) -> None:
    version = _publish(store, "answer")
    store.set_shadow(version, actor="bob", note="look", now=NOW)
    store.set_canary(Canary(version=version, share=0.1), actor="bob", note="", now=NOW)
    store.set_canary(None, actor="bob", note="", now=NOW)
    assert [(e.act, e.actor, e.before, e.after) for e in store.history()] == [
        ("publish", "ada", None, version),
        ("shadow", "bob", None, version),
        ("canary", "bob", None, f"{version}@0.1"),
        ("canary", "bob", f"{version}@0.1", None),
    ]
    assert [event.revision for event in store.history()] == [1, 2, 3, 4]


def test_publishing_ends_the_trials_of_that_version(store: VersionStore) -> None:
    version = _add(store)
    store.set_shadow(version, actor="ada", note="", now=NOW)
    store.set_canary(Canary(version=version, share=0.5), actor="ada", note="", now=NOW)
    state = store.go_live(version, actor="ada", note="", now=NOW)
    assert (state.live, state.shadow, state.canary) == (version, None, None)


def test_a_damaged_state_is_named(store: VersionStore) -> None:
    _publish(store, "answer")
    store.state_file.write_text("{")
    with pytest.raises(StoreError, match=r"state\.json: is damaged"):
        store.state()


def _publish_many(root: Path, action: str) -> None:
    store = VersionStore(root)
    for _ in range(5):
        _publish(store, action)


def test_processes_share_one_store(store: VersionStore) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_publish_many, args=(store.root, action)) for action in ("answer", "refuse")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [event.revision for event in store.history()] == list(range(1, 11))
    assert len(store.manifests()) == 2
