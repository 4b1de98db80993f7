"""The models of the roles, opened from the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from agent.adapters.guard_model import guard_model
from agent.adapters.model_chain import GuardChain, Line, ModelChain, TranscriptionChain
from agent.adapters.support_judge import ModelSupportJudge
from agent.adapters.transcription_model import transcription_model
from agent.endpoints import Endpoint, Models, Role, load_models
from agent.ports import EndpointModel, GuardModel, Transcriber
from agent.prompts import load_template
from agent.prompts.model_prompt import JUDGE
from agent.settings import Settings
from agent.support import Near
from agent.tracing import TracedModel, Tracing
from agent.writer import Writer

_SHARE_OF_STAGE: Final = 0.8
"""Of the time of a stage, how long a role looks for an endpoint that answers: the rest is for what stands in for it."""


class ModelRoles:
    """Who answers, words guidance, judges, sees and hears; ``None`` where a role is not played. Roles share the lines of their endpoints,
    so that what one learns of an endpoint the others know."""

    def __init__(self, models: Models, *, patience_s: float, tracing: Tracing | None = None) -> None:
        """``patience_s`` bounds how long a role looks for an endpoint that answers.

        Raises:
            SettingsError: an endpoint's driver is not installed, or its key is missing.
        """
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._lines: dict[str, Line[EndpointModel]] = {}
        self._patience_s = patience_s
        self._tracing = tracing or Tracing()
        self.answer = self._chain(models, "answer")
        self.alternative = self._chain(models, "alternative")
        self._judge = self._chain(models, "judge")
        self.vision = self._chain(models, "vision")
        self.transcriber = self._transcriber(models)
        self.judge = ModelSupportJudge(self._judge, load_template(JUDGE, frozenset({"fence"}))) if self._judge else None

    def writer(self, model: ModelChain | None, prompt: Path, near: Near | None = None) -> Writer | None:
        """A writer that has this model, where there is one, and the judge."""
        return Writer(model, load_template(prompt), self.judge, near=near) if model is not None else None

    async def close(self) -> None:
        """Connections that were kept open for the next call are closed."""
        for close in self._closers:
            await close()

    def status(self) -> str:
        """Every role with its endpoints, for ``/readyz``. An endpoint that is left alone makes nobody unready: what it does
        not answer is answered from guidance."""
        chains = (self.answer, self.alternative, self._judge, self.vision, self.transcriber)
        played = [chain.status() for chain in chains if chain is not None]
        return "; ".join(played) or "none"

    def _chain(self, models: Models, role: Role) -> ModelChain | None:
        endpoints = models.of(role)
        if not endpoints:
            return None
        return ModelChain(role, [self._line(name, one) for name, one in endpoints.items()], patience_s=self._patience_s)

    def _transcriber(self, models: Models) -> TranscriptionChain | None:
        lines: list[Line[Transcriber]] = []
        for name, endpoint in models.of("transcription").items():
            model = transcription_model(endpoint)
            self._closers.append(model.close)
            lines.append(Line(name, endpoint, model))
        return TranscriptionChain("transcription", lines, patience_s=self._patience_s) if lines else None

    def _line(self, name: str, endpoint: Endpoint) -> Line[EndpointModel]:
        if name not in self._lines:
            # Message types and clients of models take a tenth of a second to import; only who asks for a model pays for it.
            from agent.adapters.chat_model import chat_model

            model = chat_model(name, endpoint)
            self._closers.append(model.close)
            self._lines[name] = Line(name, endpoint, TracedModel(model, endpoint.kind, self._tracing))
        return self._lines[name]


class GuardRole(GuardChain):
    """The guard models, with their connections."""

    def __init__(self, endpoints: Mapping[str, Endpoint], *, patience_s: float) -> None:
        """Raises ``SettingsError`` where an endpoint lacks something."""
        models = {name: guard_model(endpoint) for name, endpoint in endpoints.items()}
        lines: list[Line[GuardModel]] = [Line(name, endpoints[name], model) for name, model in models.items()]
        super().__init__("guard", lines, patience_s=patience_s)
        self._models = tuple(models.values())

    async def close(self) -> None:
        """The connections are closed."""
        for model in self._models:
            await model.close()


def open_roles(settings: Settings, tracing: Tracing | None = None) -> ModelRoles:
    """The roles but the guard's, of which none has been asked anything. Raises ``SettingsError`` as ``load_models``."""
    return ModelRoles(load_models(settings), patience_s=_SHARE_OF_STAGE * settings.turn_timeout_s, tracing=tracing)


def open_guard(settings: Settings) -> GuardRole | None:
    """The guard, not yet asked anything; ``None`` where there is none. Raises ``SettingsError`` as ``load_models``."""
    endpoints = load_models(settings).of("guard")
    return GuardRole(endpoints, patience_s=_SHARE_OF_STAGE * settings.turn_timeout_s) if endpoints else None
