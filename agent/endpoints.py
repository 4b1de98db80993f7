"""Which models do what: endpoints, each with its limits, and the roles that use them in order.

``HANDRAIL_MODEL`` and its kin name one endpoint, which every role may use. A file (``HANDRAIL_MODELS_FILE``) names more, and
says who does what::

    endpoints:
      local: {kind: openai, model: NAME, base_url: http://127.0.0.1:8080/v1, timeout_s: 10}
      cloud: {kind: anthropic, model: NAME, api_key_env: ANTHROPIC_API_KEY, price: {input: 3.0, output: 15.0}}
    roles:
      answer: [local, cloud]      # the second is asked when the first does not answer
      judge: [cloud]
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import Field, SecretStr, ValidationError, model_validator

from agent.errors import SettingsError
from agent.models import Frozen
from agent.settings import GuardFormat, ModelKind, Settings

Role = Literal["answer", "alternative", "guard", "judge", "vision", "transcription"]
ROLES: Final[dict[Role, str]] = {
    "answer": "answers requests that may be answered",
    "alternative": "puts reviewed guidance into words",
    "guard": "tells safe requests from unsafe ones where the classifier is unsure",
    "judge": "says whether a passage supports a sentence, beside our own check",
    "vision": "says what is to be seen in a picture",
    "transcription": "writes down what is said in a recording",
}
DEFAULT: Final = "default"
"""Name of the endpoint that ``HANDRAIL_MODEL`` sets."""
GUARD: Final = "guard"
"""Name of the endpoint that ``HANDRAIL_GUARD_URL`` sets."""


class Price(Frozen):
    """What a million tokens cost."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """The cost of a call, in the currency of the price."""
        return round((input_tokens * self.input + output_tokens * self.output) / 1e6, 8)


class Endpoint(Frozen):
    """A model somewhere, and what protects it and us."""

    kind: ModelKind = "openai"
    model: str = Field(min_length=1)
    base_url: str | None = Field(None, pattern=r"^https?://")
    api_key: SecretStr | None = None
    api_key_env: str | None = None
    """Variable of the environment with the key, so that no secret stands in the file."""
    format: GuardFormat | None = None
    """How a guard model is asked; for the role ``guard`` only."""
    max_tokens: int = Field(800, ge=16, le=32_000)
    timeout_s: float = Field(30.0, gt=0, le=600)
    """Longest wait for the next piece of an answer."""
    retries: int = Field(1, ge=0, le=5)
    """Further attempts where another one may help, before the next endpoint is asked."""
    concurrency: int = Field(32, ge=1, le=10_000)
    """Calls at once; the others wait for a place, as long as for a piece."""
    breaker_failures: int = Field(5, ge=1, le=1_000)
    """Failures in a row after which the endpoint is left alone."""
    breaker_seconds: float = Field(30.0, gt=0, le=3_600)
    """For how long; then one call tries whether it works again."""
    reports_usage: bool = True
    """Ask an ``openai`` endpoint for its tokens; false for one that refuses ``stream_options``: they are then estimated."""
    price: Price | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Endpoint:
        if self.api_key is not None and self.api_key_env is not None:
            raise ValueError("has `api_key` and `api_key_env`; keep one of them")
        return self


class Models(Frozen):
    """Endpoints by name, and the names that a role asks in order; a role without any is not played."""

    endpoints: dict[str, Endpoint] = Field({}, description="by name")
    roles: dict[Role, tuple[str, ...]] = Field({}, description="names of endpoints, the first asked first")

    def of(self, role: Role) -> dict[str, Endpoint]:
        """The endpoints of the role, in the order in which they are asked."""
        return {name: self.endpoints[name] for name in self.roles.get(role, ())}


def load_models(settings: Settings, environ: Mapping[str, str] | None = None) -> Models:
    """The endpoints and roles of the settings and of their file. Keys are read from the environment where the file says so.

    Without a file, ``HANDRAIL_MODEL`` answers, and words guidance where ``HANDRAIL_ALTERNATIVE`` is ``model``; it is guard or
    judge only where the file says so, for a second call has its price in time.

    Raises:
        SettingsError: a value is wrong, a name is unknown, or two settings contradict each other; the message says where.
    """
    endpoints, roles = _from_settings(settings)
    if settings.models_file is not None:
        there = _read(settings.models_file, os.environ if environ is None else environ)
        if twice := sorted(set(endpoints) & set(there.endpoints)):
            raise SettingsError(
                f"{settings.models_file}: the endpoint `{twice[0]}` is set by the environment too "
                f"({'HANDRAIL_MODEL' if twice[0] == DEFAULT else 'HANDRAIL_GUARD_URL'}); give this one another name"
            )
        if GUARD in there.roles and settings.guard_url is not None:
            raise SettingsError(
                f"{settings.models_file}: the role `guard` is set by HANDRAIL_GUARD_URL too; keep one of them"
            )
        endpoints, roles = {**endpoints, **there.endpoints}, {**roles, **there.roles}
    models = Models(endpoints=endpoints, roles=roles)
    _require_sense(models, settings)
    return models


def _from_settings(settings: Settings) -> tuple[dict[str, Endpoint], dict[Role, tuple[str, ...]]]:
    endpoints: dict[str, Endpoint] = {}
    roles: dict[Role, tuple[str, ...]] = {}
    if settings.model != "none":
        if not settings.model_name:
            raise SettingsError(f"HANDRAIL_MODEL is `{settings.model}` but HANDRAIL_MODEL_NAME is not set")
        endpoints[DEFAULT] = Endpoint(
            kind=settings.model,
            model=settings.model_name,
            base_url=settings.model_base_url,
            api_key=settings.model_api_key,
            max_tokens=settings.model_max_tokens,
            timeout_s=settings.model_timeout_s,
        )
        roles["answer"] = (DEFAULT,)
        if settings.alternative == "model":
            roles["alternative"] = (DEFAULT,)
    if settings.guard_url is not None and settings.guard_model is not None:
        endpoints[GUARD] = Endpoint(
            model=settings.guard_model,
            base_url=settings.guard_url,
            api_key=settings.guard_api_key,
            format=settings.guard_format,
            timeout_s=settings.guard_timeout_s,
            retries=0,
        )
        roles["guard"] = (GUARD,)
    return endpoints, roles


def _read(path: Path, environ: Mapping[str, str]) -> Models:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"setting `HANDRAIL_MODELS_FILE` is `{path}`, which cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path}: expected `endpoints` and `roles`")
    try:
        models = Models.model_validate(content)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_told(error)}") from error
    return models.model_copy(
        update={"endpoints": {name: _with_key(one, name, path, environ) for name, one in models.endpoints.items()}}
    )


def _with_key(endpoint: Endpoint, name: str, path: Path, environ: Mapping[str, str]) -> Endpoint:
    if endpoint.api_key_env is None:
        return endpoint
    key = environ.get(endpoint.api_key_env)
    if not key:
        raise SettingsError(f"{path}: endpoints.{name}.api_key_env: the variable `{endpoint.api_key_env}` is not set")
    return endpoint.model_copy(update={"api_key": SecretStr(key), "api_key_env": None})


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "[key]")
    what = first["msg"].removeprefix("Value error, ")
    value = first.get("input")
    shown = "" if "key" in where or isinstance(value, dict | None) else f" (found `{str(value)[:60]}`)"
    return f"{where}: {what[:1].lower()}{what[1:]}{shown}"


def _require_sense(models: Models, settings: Settings) -> None:
    where = settings.models_file or "the settings"
    for role, names in models.roles.items():
        if not names:
            raise SettingsError(f"{where}: roles.{role}: expected at least one endpoint; leave the role out for none")
        for name in names:
            if name not in models.endpoints:
                known = ", ".join(sorted(models.endpoints)) or "none"
                raise SettingsError(f"{where}: roles.{role}: no endpoint is called `{name}`; there are: {known}")
        if role == "transcription":
            for name, one in models.of(role).items():
                if one.kind != "openai" or one.base_url is None:
                    raise SettingsError(
                        f"{where}: endpoints.{name}: transcription needs `kind: openai` and a `base_url`"
                    )
        if role == "guard":
            for name, one in models.of(role).items():
                if one.kind != "openai" or one.base_url is None or one.format is None:
                    raise SettingsError(
                        f"{where}: endpoints.{name}: a guard needs `kind: openai`, a `base_url` and a `format`"
                    )
    if settings.alternative == "model" and "alternative" not in models.roles:
        raise SettingsError(
            "HANDRAIL_ALTERNATIVE is `model`, but no model is set; set HANDRAIL_MODEL, or the role `alternative`"
        )
