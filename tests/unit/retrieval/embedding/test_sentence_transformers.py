"""Other models: only from this machine unless told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.embedding.sentence_transformers import load_sentence_transformers
from retrieval.errors import ModelNotFound


@pytest.mark.slow
def test_a_model_that_is_not_here_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelNotFound, match="is not on this machine"):
        load_sentence_transformers(str(tmp_path / "none"))
