"""The state of the graph.

INVARIANT: only ``messages`` and nothing else outlives a turn; every other key is an ``UntrackedValue``, because plain
keys survive into the next turn when there is a checkpointer.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple, NotRequired, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.channels import UntrackedValue
from langgraph.graph.message import add_messages

from agent.attachments.reader import ReadAttachment
from agent.conversation import Turning
from agent.models import Draft, Notice, Perception, Reply, Retrieved
from agent.ports import Judgement
from policies.models import ContextFacts, Decision, Facts


class Failure(NamedTuple):
    """Which node failed, and how."""

    node: str
    error: BaseException


class TurnState(TypedDict):
    """What nodes read."""

    messages: Annotated[list[AnyMessage], add_messages]
    perception: NotRequired[Annotated[Perception, UntrackedValue]]
    attachments: NotRequired[Annotated[tuple[ReadAttachment, ...], UntrackedValue]]
    turning: NotRequired[Annotated[Turning, UntrackedValue]]
    context_facts: NotRequired[Annotated[ContextFacts, UntrackedValue]]
    notices: NotRequired[Annotated[tuple[Notice, ...], UntrackedValue]]
    judgement: NotRequired[Annotated[Judgement, UntrackedValue]]
    facts: NotRequired[Annotated[Facts, UntrackedValue]]
    decision: NotRequired[Annotated[Decision, UntrackedValue]]
    retrieved: NotRequired[Annotated[Retrieved, UntrackedValue]]
    draft: NotRequired[Annotated[Draft, UntrackedValue]]
    reply: NotRequired[Annotated[Reply, UntrackedValue]]
    case_id: NotRequired[Annotated[str, UntrackedValue]]
    failure: NotRequired[Annotated[Failure, UntrackedValue]]


class TurnUpdate(TypedDict, total=False):
    """What nodes may return; a test checks that no node returns anything else."""

    messages: list[AnyMessage]
    perception: Perception
    attachments: tuple[ReadAttachment, ...]
    turning: Turning
    context_facts: ContextFacts
    notices: tuple[Notice, ...]
    judgement: Judgement
    facts: Facts
    decision: Decision
    retrieved: Retrieved
    draft: Draft
    reply: Reply
    case_id: str
    failure: Failure
