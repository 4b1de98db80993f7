from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.api.commands.conftest import Said

Handrail = Callable[..., Said]


@pytest.fixture
def folder(handrail: Handrail, tmp_path: Path) -> Path:
    """The bundled policies in a folder, with another number."""
    path = tmp_path / "mine"
    handrail("policies", "export", str(path))
    vocabulary = path / "vocabulary.yaml"
    vocabulary.write_text(vocabulary.read_text().replace("facet_certain: 0.75", "facet_certain: 0.74"))
    return path


def _version(said: Said) -> str:
    found = re.search(r"[0-9a-f]{12}", said.out)
    assert found, said
    return found.group()


def test_publish_then_roll_back(handrail: Handrail, folder: Path) -> None:
    said = handrail("policies", "publish", str(folder), "--actor", "ada", "--note", "surer")
    version = _version(said)
    assert said.out == f"version {version} is live\n"
    listed = handrail("policies", "versions").out
    assert f"{version} [live]" in listed
    assert f"publish - -> {version} by ada  surer" in listed
    assert handrail("policies", "lint").out.endswith(f"version {version}\n")
    assert handrail("policies", "rollback", "--actor", "ada").out == "the files on disk are live\n"
    assert handrail("policies", "rollback", "--to", version).out == f"version {version} is live\n"


def test_a_broken_candidate_is_rejected_and_the_live_one_stays(handrail: Handrail, folder: Path) -> None:
    version = _version(handrail("policies", "publish", str(folder)))
    rules = folder / "rules" / "medical.yaml"
    rules.write_text(rules.read_text().replace("action: guide", "action: refuse", 1))
    said = handrail("policies", "publish", str(folder))
    assert said.status == 2
    assert "cases/medical.yaml:2: case of `medical.emergency` expects `guide`, got `refuse`" in said.err
    assert f"{version} [live]" in handrail("policies", "versions").out


def test_shadow_and_canary_come_and_go(handrail: Handrail, folder: Path) -> None:
    version = _version(handrail("policies", "shadow", str(folder)))
    assert "decides for 10.00% of the threads" in handrail("policies", "canary", version, "--share", "0.1").out
    assert f"{version} [shadow, canary 10%]" in handrail("policies", "versions").out
    assert handrail("policies", "shadow", "--report").out.startswith("version -: 0 turns in shadow")
    assert handrail("policies", "shadow", "--stop").out == "nothing runs in shadow\n"
    assert handrail("policies", "canary", "--stop").out == "there is no canary\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["publish", "0123456789ab"], "unknown policy version `0123456789ab`"),
        (["rollback"], "nothing has been published, so there is nothing to roll back"),
        (["rollback", "--to", "nothing"], "unknown policy version `nothing`"),
        (["shadow"], "name a folder or a version to run in shadow, or `--stop`"),
        (["canary"], "name a folder or a version for the canary, or `--stop`"),
        (["export", "/"], "folder `/` is not empty; name a new one"),
    ],
)
def test_what_cannot_be_done_is_said(handrail: Handrail, arguments: list[str], message: str) -> None:
    said = handrail("policies", *arguments)
    assert said.status == 2
    assert message in said.err
    assert "Traceback" not in said.err
