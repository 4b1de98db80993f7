from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.bootstrap import version_store
from agent.settings import Settings
from api.policy_choice import Choice, choose, patched, require_publishable
from policies.errors import PolicyLoadError, StoreError
from policies.loader import load_policies
from policies.reader import Source

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var")


def test_without_a_name_it_is_what_is_live(settings: Settings) -> None:
    bundled = choose(None, settings)
    assert bundled.name == "the bundled policies"
    assert bundled.policies().version == load_policies().version
    candidate = patched(bundled, {"rules/extra.yaml": "rules: []\n"})
    store = version_store(settings)
    version = store.add(candidate.sources, actor="ada", note="", now=NOW)
    store.go_live(version, actor="ada", note="", now=NOW)
    assert choose(None, settings).policies().version == choose("live", settings).policies().version == version
    assert choose(version, settings).name == f"version {version}"
    assert choose("disk", settings).policies().version == load_policies().version


def test_neither_folder_nor_version_is_named(settings: Settings) -> None:
    with pytest.raises(StoreError, match="`nowhere` is neither a folder nor a published version"):
        choose("nowhere", settings)


def test_a_patch_replaces_adds_and_takes_out(settings: Settings) -> None:
    base = Choice("b", (Source("rules/a.yaml", "a"), Source("rules/b.yaml", "b")))
    found = patched(base, {"rules/a.yaml": "new", "rules/b.yaml": None, "rules/c.yaml": "c"})
    assert {source.name: source.text for source in found.sources} == {"rules/a.yaml": "new", "rules/c.yaml": "c"}


def test_what_has_to_be_fixed_is_not_publishable(settings: Settings) -> None:
    require_publishable(choose(None, settings))
    extra = "rules: [{id: test.new, description: d, owner: o, domain: general, when: text.has_pii, action: guide, rationale: crime}]\n"
    with pytest.raises(PolicyLoadError, match=r"rules/extra\.yaml:1: rule `test\.new` has no near miss"):
        require_publishable(patched(choose(None, settings), {"rules/extra.yaml": extra}))
