"""The secret of the installation: from a setting, or from a file in the data directory that the first start makes."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Final

from agent.errors import SettingsError
from agent.sealing import Secret
from agent.settings import Settings

FILE: Final = "secret.key"
BYTES: Final = 32
_MADE: Final = "python -c 'import secrets,base64; print(base64.b64encode(secrets.token_bytes(32)).decode())'"


def load_secret(settings: Settings) -> Secret:
    """The secret.

    Raises:
        SettingsError: it cannot be read or made, or is not one.
    """
    if settings.secret_key is not None:
        return Secret(_decoded(settings.secret_key.get_secret_value(), "setting `HANDRAIL_SECRET_KEY`"))
    path = settings.data_dir / FILE
    try:
        if not path.exists():
            _make(path)
        return Secret(_decoded(path.read_text("ascii", errors="replace"), f"`{path}`"))
    except OSError as error:
        raise SettingsError(f"`{path}` cannot be used: {(error.strerror or str(error)).lower()}") from error


def _make(path: Path) -> None:
    """Only the owner can read the file, and no reader ever sees half of it; of two processes that make it one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(BYTES)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _decoded(text: str, where: str) -> bytes:
    try:
        decoded = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != BYTES:
        raise SettingsError(f"{where} is not base64 of {BYTES} bytes; make one with: {_MADE}")
    return decoded
