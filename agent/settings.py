"""Every setting of the service, from ``HANDRAIL_*`` environment variables.

A variable that starts with ``HANDRAIL_`` and is not a setting is an error: a typo must not silently mean a default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from agent.errors import SettingsError

PREFIX = "HANDRAIL_"
_NOT_SETTINGS = frozenset({"HANDRAIL_REQUIRE_SERVICES", "HANDRAIL_TEST_MODELS", "HANDRAIL_TEST_POSTGRES"})
"""Variables of our tests that share the prefix."""


class Settings(BaseModel):
    """Settings with their defaults. The environment variable is ``HANDRAIL_`` plus the upper-case name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(Path("var"), description="all state of the service lives here")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL, e.g. postgresql://user:password@host/db; SQLite in the data directory when unset"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    policies_dir: Path | None = Field(None, description="policy packs; the bundled ones when unset")
    library_dir: Path | None = Field(None, description="guidance documents; the bundled ones when unset")
    risk_model_dir: Path | None = Field(None, description="risk model artifact; the bundled one when unset")

    embedder: str = Field(
        "onnx", description="`onnx` (the bundled MiniLM), or any sentence-transformers model name or path"
    )
    qdrant_url: str | None = Field(None, description="Qdrant server; Qdrant Edge inside the process when unset")
    qdrant_api_key: SecretStr | None = Field(None, description="API key of the Qdrant server")
    qdrant_timeout_s: float = Field(2.0, gt=0, le=60)

    model: Literal["none", "openai", "anthropic", "ollama"] = Field(
        "none", description="kind of chat model behind `answer`"
    )
    model_name: str | None = Field(None, description="name of the chat model at its endpoint")
    model_base_url: str | None = Field(None, description="base URL of the endpoint, e.g. http://127.0.0.1:8080/v1")
    model_api_key: SecretStr | None = Field(None, description="API key of the endpoint")
    model_timeout_s: float = Field(30.0, gt=0, le=600, description="longest wait for the next piece of a model answer")
    model_max_tokens: int = Field(800, ge=16, le=32_000)

    max_input_chars: int = Field(100_000, ge=1_000, le=2_000_000, description="a longer message is rejected with 413")
    max_body_bytes: int = Field(2_000_000, ge=10_000, description="a larger request body is rejected with 413")
    turn_timeout_s: float = Field(60.0, gt=0, le=600)
    replay_seconds: int = Field(600, ge=0, le=86_400, description="how long the events of a turn can be replayed")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
        """Settings from the environment; keyword arguments that are not ``None`` win.

        Raises:
            SettingsError: a variable is unknown or its value is wrong; the message names it.
        """
        env = os.environ if environ is None else environ
        values: dict[str, object] = {}
        for name, value in env.items():
            if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
                continue
            field = name.removeprefix(PREFIX).lower()
            if field not in cls.model_fields:
                raise SettingsError(f"unknown setting `{name}`; known: {', '.join(sorted(_variables(cls)))}")
            if value != "":
                values[field] = value
        values.update({key: value for key, value in overrides.items() if value is not None})
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                f"setting `{PREFIX}{field.upper()}` has value `{_shown(field, first.get('input'))}`: {first['msg'].lower()}"
            ) from error

    def public(self) -> dict[str, object]:
        """The settings with secrets hidden, for logs and ``/readyz``."""
        return {key: "***" if isinstance(value, SecretStr) else value for key, value in self}


def _variables(cls: type[Settings]) -> list[str]:
    return [PREFIX + name.upper() for name in cls.model_fields]


def _shown(field: str, value: object) -> object:
    known = Settings.model_fields.get(field)
    return "***" if known and "SecretStr" in str(known.annotation) else value
