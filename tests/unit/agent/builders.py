"""Small values for the unit tests of the agent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime

from agent.adapters.cases_memory import MemoryCases
from agent.adapters.clock import FixedClock
from agent.adapters.records_memory import MemoryRecords, MemorySubjectKeys
from agent.adapters.twins import FixedPolicies, ListSearch, PlainPerceiver, TableJudge, assessment
from agent.context import Dependencies, TurnContext
from agent.conversation import Turning
from agent.models import Perception, TurnInput, View
from agent.nodes.assess_risk import facts_of
from agent.ports import EarlierTurn, Judgement
from agent.prompts import load_messages, load_template
from agent.sealing import Sealer, Secret
from corpora.helplines import load_helplines
from policies.loader import load_policies
from policies.models import ContextFacts, Decision, Facts, Obligation
from policies.taxonomy import Action, Facet
from retrieval.models import SearchHit, Section, SourceRef

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POLICIES = load_policies()
MESSAGES = load_messages()
HELPLINES = load_helplines()
TEMPLATE = load_template()


def decision(action: Action, *obligations: str, rationale: str = "served") -> Decision:
    """A decision with these obligations, each ``name`` or ``name:argument``."""
    parts = [text.partition(":") for text in obligations]
    return Decision(
        action=action,
        rule_ids=("test.rule",),
        decided_by=("test.rule",),
        rationale_code=rationale,
        obligations=tuple(
            Obligation(name=name, argument=argument or None, rule_ids=("test.rule",)) for name, _, argument in parts
        ),
        policy_version=POLICIES.version,
    )


def perception(text: str = "hello", language: str = "en", *views: View) -> Perception:
    """A message as written, with decoded views after it."""
    return Perception(original=text, views=(View(text=text), *views), language=language)


def facts(facet: Facet = Facet.EVERYDAY, *, earlier: tuple[EarlierTurn, ...] = (), **parts: Any) -> Facts:
    """Facts of a turn; ``parts`` are fields of the context or of the assessment."""
    context = {key: value for key, value in parts.items() if key in ContextFacts.model_fields and key != "language"}
    language = parts.pop("language", "en")
    of_risk = {key: value for key, value in parts.items() if key not in ContextFacts.model_fields}
    risk = assessment(facet, language=language, **of_risk)
    return facts_of(risk, perception(language=language), ContextFacts(language=language, **context), earlier)


def section(document_id: str = "doc", name: str = "do-now", text: str = "Ask a pharmacist.", **changes: Any) -> Section:
    """A section that every filter lets pass, unless changed."""
    values: dict[str, Any] = {
        "section_id": f"{document_id}#{name}",
        "document_id": document_id,
        "revision": "0123456789ab",
        "heading": f"Heading {name}",
        "section": name,
        "title": f"Title {document_id}",
        "text": text,
        "domain": "medical",
        "facets": ("dosing",),
        "hazards": (),
        "locale": "en",
        "jurisdictions": ("any",),
        "audience": ("public",),
        "urgency": "routine",
        "stance": "protective",
        "status": "published",
        "reviewed_on": date(2026, 1, 1),
        "review_by": date(2027, 1, 1),
        "need": "Needs help.",
        "keywords": (),
        "next_steps": (f"What about {document_id}?",),
        "sources": (SourceRef(publisher="P", title="T", url="https://example.org/", licence="CC0"),),
    }
    return Section.model_validate({**values, **changes})


def hit(document_id: str = "doc", name: str = "do-now", text: str = "Ask a pharmacist.", **changes: Any) -> SearchHit:
    """A section that was found."""
    return SearchHit(section=section(document_id, name, text, **changes), score=0.8, dense=0.8, lexical=1.0)


def context(request: TurnInput | None = None, **parts: Any) -> TurnContext:
    """The context of a turn over twins; ``parts`` replace dependencies, ``earlier`` the turns before."""
    earlier = parts.pop("earlier", ())
    values: dict[str, Any] = {
        "perceiver": PlainPerceiver(),
        "judge": TableJudge({}),
        "policies": FixedPolicies(POLICIES),
        "search": ListSearch(),
        "model": None,
        "records": MemoryRecords(),
        "messages": MESSAGES,
        "helplines": HELPLINES,
        "answer_template": TEMPLATE,
        "clock": FixedClock(NOW),
        "cases": MemoryCases(),
    }
    records = parts.get("records", values["records"])
    values["sealer"] = Sealer(Secret(bytes(32)), getattr(records, "keys", None) or MemorySubjectKeys())
    return TurnContext(
        deps=Dependencies(**{**values, **parts}),
        policies=POLICIES,
        turn_id="turn_1",
        thread_id="thread_1",
        request=request or TurnInput(text="hello"),
        earlier=earlier,
    )


class Run:
    """A node's runtime that keeps what was sent."""

    def __init__(self, ctx: TurnContext | None = None) -> None:
        self.sent: list[Any] = []
        self.ctx = replace(ctx or context(), emit=self.sent.append)
        self.runtime: Runtime[TurnContext] = Runtime(context=self.ctx)


def state(decided: Decision | None = None, about: Facts | None = None, **parts: Any) -> Any:
    """The state of a turn after ``decide``."""
    about = about or facts()
    risk = assessment(about.risk.facet, language=about.context.language)
    values = {
        "messages": [HumanMessage("hello")],
        "perception": perception(),
        "turning": Turning(),
        "context_facts": about.context,
        "notices": (),
        "judgement": Judgement(risk, "hello", None),
        "facts": about,
        "decision": decided or decision(Action.ANSWER),
    }
    return {**values, **parts}


class NoSignals:
    """Text rules that never fire."""

    def fire(self, text: str, language: str) -> tuple[str, ...]:
        return ()
