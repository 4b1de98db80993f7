"""Imports point down only: the contracts of ``pyproject.toml``, checked by import-linter."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from tests.architecture.source import PACKAGES, ROOT


def test_every_import_contract_is_kept():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_every_folder_is_under_the_contracts():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(config["root_packages"]) == set(PACKAGES)
    (layers,) = [c["layers"] for c in config["contracts"] if c["type"] == "layers" and "containers" not in c]
    assert {name for layer in layers for name in layer.split(" | ")} == set(PACKAGES)
