"""What a run of the graph has at hand: its dependencies, and who asks.

``resolve`` turns what the frontend asserts into facts, and says where it had to fall back.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agent.access import DEFAULT_TENANT
from agent.attachments.reader import AttachmentReader
from agent.audit import Entry, Record
from agent.events import Event
from agent.models import Notice, RequestContext, TurnInput
from agent.moderation import Limits, Protected
from agent.overload import ReviewLimits
from agent.ports import (
    AnswerModel,
    Cases,
    Clock,
    EarlierTurn,
    MaterialJudge,
    OutputJudge,
    Perceiver,
    PolicySource,
    Records,
    RiskExplainer,
    RiskJudge,
    TurnObserver,
)
from agent.prompts import Messages, Prompt
from agent.sealing import Keep, Sealer
from agent.tracing import Tracing
from agent.usage import RunningCall
from agent.writer import Writer
from corpora.helplines import Helplines
from corpora.jurisdictions import ANY
from policies.loader import PolicySet
from policies.models import ContextFacts
from policies.taxonomy import LANGUAGES
from retrieval.ports import GuidanceSearch

MINOR: Final = "minor"
"""The role of people under the age of majority of their jurisdiction."""
DEFAULT_LOCALE: Final = {"en": "en-US", "es": "es", "zh": "zh-CN", "ar": "ar"}
"""Locale assumed for a message in this language when the frontend names none."""
_REGION: Final = re.compile(r"[a-z]{2,3}(?:-[a-z]{3,4})*?-(?:([a-z]{2})|\d{3})(?=-|$)")
"""A language tag in lower case with its region (BCP 47), which is a country or, in digits, a part of the world."""
_COUNTRY: Final = {"UK": "GB"}
"""Codes that people write for others."""


def _unheard(event: Event) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Dependencies:
    """Everything the nodes use. Built once by ``bootstrap``."""

    perceiver: Perceiver
    judge: RiskJudge
    policies: PolicySource
    search: GuidanceSearch
    model: AnswerModel | None
    records: Records
    messages: Messages
    helplines: Helplines
    answer_template: Prompt
    clock: Clock
    sealer: Sealer
    cases: Cases
    record_text: Keep = "redacted"
    output_judge: OutputJudge | None = None
    """Finds hazards in what a model writes; without one only the other checks run."""
    attachments: AttachmentReader | None = None
    """Reads files that come with a message; without one none is taken."""
    material_judge: MaterialJudge | None = None
    """Finds orders and requests in what was read."""
    protected: Protected = field(default_factory=Protected)
    """Works that must not be quoted at length."""
    limits: Limits = field(default_factory=Limits)
    """Bounds of what a model may write."""
    writer: Writer | None = None
    """Puts guidance into a model's words; without one it stands as it is."""
    citing: Writer | None = None
    """Answers with a model where every sentence must have a source; without one such answers stand as in the guidance."""
    explainer: RiskExplainer | None = None
    history_tokens: int = 2_000
    """Tokens of the earlier conversation that the model is given."""
    explain_turns: bool = False
    """Explain every judgement, asked or not."""
    review_limits: ReviewLimits = field(default_factory=ReviewLimits)
    """From how many unresolved cases on escalations are refused."""
    risk_model: str | None = None
    """What names the risk model on record."""
    observer: TurnObserver | None = None
    """Told of every turn when it has ended."""
    tracing: Tracing = field(default_factory=Tracing)


@dataclass(frozen=True)
class TurnContext:
    """One run: the dependencies, the identity of the turn and its input."""

    deps: Dependencies
    policies: PolicySet
    """Captured once, so that a turn finishes on the version it started with."""
    turn_id: str
    thread_id: str
    request: TurnInput
    earlier: tuple[EarlierTurn, ...] = ()
    shadow: PolicySet | None = None
    """Policies that decide beside the live ones and change nothing."""
    emit: Callable[[Event], None] = _unheard
    """Takes each event as it comes. LangGraph's own stream of them wakes the loop about eight times an event: 4 ms a turn."""
    timings: dict[str, float] = field(default_factory=dict)
    """Stage name -> milliseconds; filled by the nodes."""
    keep: list[Keep] = field(default_factory=list)
    """What of the texts of this turn is kept; filled by ``decide``."""
    calls: list[RunningCall] = field(default_factory=list)
    """Calls to models."""
    prompts: dict[str, str] = field(default_factory=dict)
    """Name -> hash of the prompts that were used; filled by the nodes. With those above the places that are not frozen."""

    async def record(
        self,
        kind: str,
        tenant: str,
        body: dict[str, object],
        text: str | None = None,
        language: str = "en",
        keep: Keep | None = None,
    ) -> Record:
        """Append a record of this turn, with the text sealed as far as the decision wants it kept, or as ``keep`` says;
        cancelling the turn does not tear the write.

        Raises:
            RecordsUnavailable: it could not be written.
        """
        keep = keep or (self.keep[0] if self.keep else self.deps.record_text)
        return await asyncio.shield(self._record(kind, tenant, body, text, language, keep))

    async def _record(
        self, kind: str, tenant: str, body: dict[str, object], text: str | None, language: str, keep: Keep
    ) -> Record:
        sealer = self.deps.sealer
        subject = self.request.context.subject or f"thread:{self.thread_id}"
        sealed = None
        if text is not None:
            sealed = await sealer.seal(
                text,
                keep,
                tenant=tenant,
                subject=subject,
                thread_id=self.thread_id,
                language=language,
                new=self.request.thread_id is None and self.request.context.subject is None,
            )
        entry = Entry.model_validate(
            {
                "kind": kind,
                "turn_id": self.turn_id,
                "thread_id": self.thread_id,
                "tenant": tenant,
                "subject": sealer.secret.pseudonym(tenant, subject),
                "at": self.deps.clock.now(),
                "body": body | ({"text": sealed.sealed.model_dump()} if sealed else {}),
            }
        )
        record = await self.deps.records.append(entry, sealed.keys if sealed else ())
        if sealed:
            sealer.stored(sealed.keys)
        return record


@dataclass(frozen=True)
class Resolved:
    """Who asks, and what had to be assumed."""

    facts: ContextFacts
    notices: tuple[Notice, ...]


def resolve(request: RequestContext, message_language: str, policies: PolicySet) -> Resolved:
    """The facts of who asks. Unknown roles and locales fall back to the safer known one, with a notice.

    The reply language is that of the message where we have texts in it, else that of the locale, else English.
    """
    notices: list[Notice] = []
    locale, region = _locale(request.locale, message_language, policies, notices)
    entry = policies.locales[locale]
    jurisdiction = _jurisdiction(request.jurisdiction, region or entry.jurisdiction, policies, notices)
    role = _role(request, jurisdiction, policies, notices)
    return Resolved(
        facts=ContextFacts(
            tenant=request.tenant or DEFAULT_TENANT,
            role=role,
            role_provenance=request.role_provenance or "frontend",
            audience=_audience(request, role, policies, notices),
            locale=locale,
            language=message_language if message_language in LANGUAGES else entry.language,
            jurisdiction=jurisdiction,
            channel=request.channel or "chat",
        ),
        notices=tuple(notices),
    )


def _locale(asked: str | None, language: str, policies: PolicySet, notices: list[Notice]) -> tuple[str, str | None]:
    """The locale whose texts are used, and the region of one that is not known: who writes from there must not get the law and
    the emergency numbers of another place."""
    if asked is None:
        return DEFAULT_LOCALE.get(language, "en-US"), None
    by_lower = {name.lower(): name for name in policies.locales}
    wanted = re.split(r"[.@,;\s]", asked.strip())[0].replace("_", "-").lower()
    if wanted in by_lower:
        return by_lower[wanted], None
    fallback = by_lower.get(wanted.split("-")[0], DEFAULT_LOCALE.get(language, "en-US"))
    found = _REGION.match(wanted)
    region = (found[1] or ANY).upper() if found else None
    region = _COUNTRY.get(region, region) if region else None
    place = (
        f"; guidance and helplines are those for `{region}`, where there are any, and for every place" if region else ""
    )
    notices.append(Notice(code="unknown_locale", detail=f"locale `{asked}` is not known; `{fallback}` is used{place}"))
    return fallback, region


def _role(request: RequestContext, jurisdiction: str, policies: PolicySet, notices: list[Notice]) -> str:
    """The role, if it is known and vouched for by somebody whose word is enough; people under age are minors."""
    place = policies.jurisdictions.get(jurisdiction)
    if request.age is not None and MINOR in policies.roles and request.age < (place.age_of_majority if place else 18):
        return MINOR
    asked, provenance = request.role, request.role_provenance or "frontend"
    if asked is None:
        return "public"
    if asked not in policies.roles:
        notices.append(Notice(code="unknown_role", detail=f"role `{asked}` is not known; `public` is used"))
        return "public"
    if provenance not in policies.roles[asked].asserted_by:
        enough = " or ".join(f"`{name}`" for name in policies.roles[asked].asserted_by)
        detail = f"role `{asked}` asserted by `{provenance}` counts only when asserted by {enough}; `public` is used"
        notices.append(Notice(code="role_not_vouched", detail=detail))
        return "public"
    return asked


def _audience(request: RequestContext, role: str, policies: PolicySet, notices: list[Notice]) -> str:
    of_role, asked = policies.roles[role].audience, request.audience
    if asked is None or asked == of_role or request.role_provenance == "user" or role == MINOR:
        return of_role
    if asked not in policies.audiences:
        notices.append(Notice(code="unknown_audience", detail=f"audience `{asked}` is not known; `{of_role}` is used"))
        return of_role
    return asked


def _jurisdiction(asked: str | None, of_locale: str, policies: PolicySet, notices: list[Notice]) -> str:
    if asked is None:
        return of_locale
    known = {entry.jurisdiction for entry in policies.locales.values()} | set(policies.jurisdictions)
    if asked.upper() in known:
        return asked.upper()
    notices.append(
        Notice(
            code="unknown_jurisdiction",
            detail=f"jurisdiction `{asked}` has no data of its own; general guidance is used",
        )
    )
    return asked.upper()
