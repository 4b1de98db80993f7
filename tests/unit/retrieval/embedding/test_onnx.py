"""The serving process stays light."""

from __future__ import annotations

import subprocess
import sys


def test_neither_torch_nor_transformers_is_imported_while_serving() -> None:
    code = (
        "import sys, retrieval.embedding.onnx, retrieval.search, retrieval.index, retrieval.adapters.edge, "
        "retrieval.embedding.sentence_transformers, retrieval.embedding.minilm as m; m.model_dir(); "
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
