"""Every setting of the service, from ``HANDRAIL_*`` environment variables.

A variable that starts with ``HANDRAIL_`` and is not a setting is an error: a typo must not silently mean a default.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from limits import parse
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from agent.errors import SettingsError

PREFIX = "HANDRAIL_"
ModelKind = Literal["openai", "anthropic", "google", "ollama"]
"""Kinds of endpoints of chat models; ``openai`` is any that speaks OpenAI's protocol."""
GuardFormat = Literal["llama_guard", "shieldgemma", "granite_guardian", "gpt_oss_safeguard"]
_NOT_SETTINGS = frozenset({"HANDRAIL_REQUIRE_SERVICES", "HANDRAIL_TEST_MODELS", "HANDRAIL_TEST_POSTGRES"})
"""Variables of our tests that share the prefix."""


_SECRET_PREFIX = "whsec_"
_HOLDS_SECRETS = frozenset({"webhooks"})
"""Settings with a secret inside."""


def _listed(value: object) -> object:
    """A list written as ``a, b``."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _mapped(value: object) -> object:
    """An object written as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError('expected JSON such as {"doctors": "clinician"}') from error


def _rate(value: str) -> str:
    try:
        parse(value)
    except ValueError as error:
        raise ValueError("expected e.g. `600/minute`") from error
    return value


_USER: Final = re.compile(r"://[^/@\s]*@")
_ADDRESS: Final = re.compile(r"[!-~]+")


class Webhook(BaseModel):
    """Where a tenant hears of verdicts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    secret: SecretStr
    """``whsec_`` and base64 of 24 to 64 bytes, as Standard Webhooks has it."""

    def key(self) -> bytes:
        """What signs."""
        return base64.b64decode(self.secret.get_secret_value().removeprefix(_SECRET_PREFIX))

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        found = urlsplit(value)
        try:
            fits = found.port != 0 and bool(found.hostname) and found.username is None and not found.fragment
        except ValueError:  # the port is none
            fits = False
        if not (fits and found.scheme in ("https", "http") and _ADDRESS.fullmatch(value)):
            raise ValueError(
                "expected an address such as `https://app.example/hooks/handrail`, in ASCII (`xn--...`) and without a user"
            )
        return value

    @field_validator("secret")
    @classmethod
    def _a_secret(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        try:
            size = len(base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True))
        except ValueError:
            size = 0
        if not text.startswith(_SECRET_PREFIX) or not 24 <= size <= 64:
            raise ValueError("expected `whsec_` and base64 of 24 to 64 random bytes")
        return value


class Settings(BaseModel):
    """Settings with their defaults. The environment variable is ``HANDRAIL_`` plus the upper-case name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(Path("var"), description="all state of the service lives here")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL, e.g. postgresql://user:password@host/db; SQLite in the data directory when unset"
    )
    secret_key: SecretStr | None = Field(
        None,
        description="base64 of 32 bytes that seal texts and sign records, the same for all replicas; made in the data "
        "directory when unset",
    )
    record_text: Literal["none", "redacted", "full"] = Field(
        "redacted", description="what of messages and replies is recorded, sealed, where no rule says so"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    policies_dir: Path | None = Field(None, description="policy packs; the bundled ones when unset")
    library_dir: Path | None = Field(None, description="guidance documents; the bundled ones when unset")
    review_rules: Path | None = Field(None, description="who must approve guidance; the bundled rules when unset")
    risk_model_dir: Path | None = Field(None, description="risk model artifact; the bundled one when unset")

    exemplar_radius: float = Field(
        0.8, ge=0.75, le=0.95, description="similarity from which an exemplar speaks about a request"
    )
    exemplar_weight: float = Field(5.0, ge=0, le=8, description="log-odds that an exemplar adds or takes at most")
    explain_turns: bool = Field(False, description="explain every judgement in `risk.assessed`, not only where asked")

    guard_url: str | None = Field(
        None, description="base URL of a guard model, e.g. http://127.0.0.1:8080/v1; none is asked when unset"
    )
    guard_model: str | None = Field(None, description="name of the guard model at its endpoint")
    guard_format: GuardFormat = Field(
        "llama_guard", description="what the guard model is asked and how its answer reads"
    )
    guard_api_key: SecretStr | None = Field(None, description="API key of the endpoint")
    guard_timeout_s: float = Field(2.0, gt=0, le=60, description="longest wait for its verdict")
    guard_low: float = Field(0.25, ge=0, le=1, description="from this `unsafe` on the guard model is asked")
    guard_high: float = Field(0.75, ge=0, le=1, description="from this `unsafe` on it is asked no more")

    embedder: str = Field(
        "onnx", description="`onnx` (the bundled MiniLM), or any sentence-transformers model name or path"
    )
    qdrant_url: str | None = Field(None, description="Qdrant server; Qdrant Edge inside the process when unset")
    qdrant_api_key: SecretStr | None = Field(None, description="API key of the Qdrant server")
    qdrant_timeout_s: float = Field(2.0, gt=0, le=60)

    rerank_url: str | None = Field(
        None, description="base URL of a reranker that serves `/rerank`, e.g. http://127.0.0.1:8081/v1; none when unset"
    )
    rerank_model: str | None = Field(None, description="name of the reranker at its endpoint")
    rerank_api_key: SecretStr | None = Field(None, description="API key of the endpoint")
    rerank_timeout_s: float = Field(0.5, gt=0, le=60, description="longest wait; then the search keeps its own order")

    model: Literal["none", ModelKind] = Field("none", description="kind of chat model behind `answer`")
    model_name: str | None = Field(None, description="name of the chat model at its endpoint")
    model_base_url: str | None = Field(None, description="base URL of the endpoint, e.g. http://127.0.0.1:8080/v1")
    model_api_key: SecretStr | None = Field(None, description="API key of the endpoint")
    model_timeout_s: float = Field(30.0, gt=0, le=600, description="longest wait for the next piece of a model answer")
    model_max_tokens: int = Field(800, ge=16, le=32_000)
    models_file: Path | None = Field(
        None, description="YAML file of further endpoints, and of who answers, words guidance, guards and judges"
    )
    alternative: Literal["extractive", "model"] = Field(
        "extractive",
        description="who words guidance: `extractive` quotes it; `model` lets the chat model put it, and only what its "
        "sources support leaves",
    )
    reply_max_chars: int = Field(
        40_000, ge=200, le=1_000_000, description="a longer reply of a model is cut off, with a word why"
    )
    fingerprints_dir: Path | None = Field(
        None, description="fingerprints of works that must not be quoted at length (`handrail outputs fingerprint`)"
    )

    max_input_chars: int = Field(100_000, ge=1_000, le=2_000_000, description="a longer message is rejected with 413")
    max_body_bytes: int = Field(
        2_000_000, ge=10_000, description="a larger request body is rejected with 413; attachments come on top"
    )
    max_attachment_bytes: int = Field(
        10_000_000, ge=0, le=200_000_000, description="attachments of a request with more bytes are rejected with 413"
    )
    attachment_chars: int = Field(
        40_000, ge=1_000, le=1_000_000, description="characters that are read of the attachments of a request"
    )
    attachment_timeout_s: float = Field(20.0, gt=0, le=300, description="longest time to read an attachment")
    ocr: str = Field("auto", description="`auto` (tesseract where it is installed), `off`, or the path of `tesseract`")
    ocr_languages: str = Field(
        "eng+spa+chi_sim+ara", pattern=r"^\w+(\+\w+)*$", description="languages of OCR; those installed are used"
    )
    turn_timeout_s: float = Field(60.0, gt=0, le=600)
    history_tokens: int = Field(
        2_000,
        ge=0,
        le=200_000,
        description="tokens of the earlier conversation that the answer model is given; older messages in extracts",
    )
    replay_seconds: int = Field(600, ge=0, le=86_400, description="how long the events of a turn can be replayed")
    body_timeout_s: float = Field(30.0, gt=0, le=600, description="longest wait for the whole body of a request")

    rate_limit: Annotated[str, AfterValidator(_rate)] = Field(
        "600/minute", description="requests of one caller whose key has no limit of its own"
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Redis where replicas share rate limits, e.g. redis://host:6379/0; each counts alone when unset",
    )
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (),
        description="origins of pages that may call the API from a browser, e.g. `https://a.example, https://b.example`",
    )
    oidc_issuer: str | None = Field(
        None, description="identity provider whose bearer tokens are taken, as in their `iss`"
    )
    oidc_audience: str | None = Field(None, description="what its tokens must have in `aud`")
    oidc_jwks_url: str | None = Field(None, description="where its keys are; asked of the issuer when unset")
    oidc_tenant: str | None = Field(None, description="tenant of tokens without a tenant claim; refused when unset")
    oidc_tenant_claim: str = Field("tenant", description="claim that names the tenant")
    oidc_scope_claim: str = Field("scope", description="claim with the scopes, such as `chat` or `handrail:chat`")
    oidc_role_claim: str = Field("roles", description="claim with the roles at the provider; `a.b` looks inside")
    oidc_roles: Annotated[dict[str, str], BeforeValidator(_mapped)] = Field(
        {}, description='JSON: role at the provider -> role of the context, e.g. {"doctors": "clinician"}'
    )
    oidc_leeway_s: int = Field(30, ge=0, le=300, description="how far the clocks may be apart")

    review_max_open: int | None = Field(
        None, ge=0, description="from so many unresolved cases of a tenant on, escalations that can wait are refused"
    )
    review_max_late: int | None = Field(None, ge=0, description="the same for cases past their due time")
    feedback_review_share: float = Field(
        0.1, ge=0, le=1, description="share of the turns that people call wrong that reviewers get as a case"
    )
    webhooks: Annotated[dict[str, Webhook], BeforeValidator(_mapped)] = Field(
        {},
        description='JSON: tenant -> where it hears of verdicts, signed, e.g. {"default": {"url": "https://app.example/hook", '
        '"secret": "whsec_..."}}',
    )
    webhook_allow_private: bool = Field(
        False, description="webhooks may be at private, loopback and link-local addresses, and without TLS"
    )
    drift_reference: Path | None = Field(
        None,
        description="turns that today's are compared with in the metrics (`handrail audit reference`); the first 1,000 "
        "turns of the process when unset",
    )
    otlp_endpoint: str | None = Field(
        None,
        description="where traces go over OTLP/HTTP, e.g. http://127.0.0.1:4318/v1/traces; none are made when unset",
    )

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if self.oidc_issuer is not None and self.oidc_audience is None:
            raise ValueError(
                "setting `HANDRAIL_OIDC_ISSUER` needs `HANDRAIL_OIDC_AUDIENCE`: a token for another service is no key to this one"
            )
        return self

    @field_validator("otlp_endpoint")
    @classmethod
    def _http_endpoint(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("expected e.g. `http://127.0.0.1:4318/v1/traces`")
        return value

    @model_validator(mode="after")
    def _webhooks_are_safe(self) -> Settings:
        for tenant, hook in self.webhooks.items():
            if not self.webhook_allow_private and not hook.url.startswith("https://"):
                raise ValueError(
                    f"setting `HANDRAIL_WEBHOOKS` has an address without TLS for `{tenant[:40]}`; use https, or "
                    "`HANDRAIL_WEBHOOK_ALLOW_PRIVATE=true` for one inside your network"
                )
        return self

    @model_validator(mode="after")
    def _reranker_complete(self) -> Settings:
        _require_endpoint("RERANK", self.rerank_url, self.rerank_model, "http://127.0.0.1:8081/v1")
        return self

    @model_validator(mode="after")
    def _guard_complete(self) -> Settings:
        _require_endpoint("GUARD", self.guard_url, self.guard_model, "http://127.0.0.1:8080/v1")
        if self.guard_low >= self.guard_high:
            raise ValueError(
                f"setting `HANDRAIL_GUARD_LOW` is `{self.guard_low:g}`, expected less than `HANDRAIL_GUARD_HIGH`, "
                f"which is `{self.guard_high:g}`"
            )
        return self

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
            if not first["loc"]:
                raise SettingsError(first["msg"].removeprefix("Value error, ")) from error
            field = str(first["loc"][0])
            inside = f" at `{'.'.join(map(str, first['loc'][1:]))}`" if first["loc"][1:] else ""
            raise SettingsError(
                f"setting `{PREFIX}{field.upper()}`{inside} has value `{_shown(field, first.get('input'))}`: "
                f"{first['msg'].lower()}"
            ) from error

    def public(self) -> dict[str, object]:
        """The settings with secrets hidden, those inside addresses too."""
        return {key: "***" if isinstance(value, SecretStr) else _without_user(value) for key, value in self}


def _require_endpoint(name: str, url: str | None, model: str | None, example: str) -> None:
    """An address of a model is one, and says which model is meant."""
    if url is None:
        return
    if model is None:
        raise ValueError(f"setting `{PREFIX}{name}_URL` needs `{PREFIX}{name}_MODEL`, the name of the model there")
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"setting `{PREFIX}{name}_URL` is `{_without_user(url[:80])}`, expected e.g. `{example}`")


def _variables(cls: type[Settings]) -> list[str]:
    return [PREFIX + name.upper() for name in cls.model_fields]


def _shown(field: str, value: object) -> object:
    known = Settings.model_fields.get(field)
    return (
        "***" if field in _HOLDS_SECRETS or (known and "SecretStr" in str(known.annotation)) else _without_user(value)
    )


def _without_user(value: object) -> object:
    """The value, without the user and password of an address."""
    return _USER.sub("://***@", value) if isinstance(value, str) else value
