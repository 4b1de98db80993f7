"""A middleware for LangChain's agents (``langchain.agents.create_agent``)::

    async with HttpScreening("http://127.0.0.1:8000", api_key="hr_...") as screening:
        agent = create_agent(model, tools, middleware=[HandrailMiddleware(screening)])
        await agent.ainvoke({"messages": [HumanMessage("...")]})

The agent must be run asynchronously; a synchronous run raises before anything is answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NotRequired

try:
    from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse, hook_config
    from langchain.agents.middleware.types import ToolCallRequest
except ImportError as error:
    raise ImportError("the LangChain middleware needs LangChain: pip install 'handrail[langchain]'") from error
from langchain_core.messages import AIMessage, SystemMessage, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent.integrations.screened import Screened, reply_message
from agent.integrations.screening import Screening
from agent.models import RequestContext


class HandrailState(AgentState[Any]):
    """The state of the agent, with what holds for the answer of this run."""

    handrail_limits: NotRequired[str]


class HandrailMiddleware(AgentMiddleware[HandrailState]):
    """Handrail in front of an agent's model and tools.

    A message that is declined is replied to without the model, with the reason and reviewed guidance. Else the model gets
    the limits of the decision, its words are checked before they enter the conversation, tools are not called with arguments
    that would be declined, and what they return does not reach the model where it gives orders. Tokens that the agent streams
    while the model writes are not checked: stream the agent's ``updates`` or ``values``.
    """

    state_schema = HandrailState

    def __init__(self, screening: Screening, context: RequestContext | None = None) -> None:
        """``context`` says who asks, as far as the application knows; asserting a role needs a key with ``context:set``."""
        super().__init__()
        self._screened = Screened(screening, context)

    @hook_config(can_jump_to=["end"])
    async def abefore_agent(self, state: HandrailState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """The message is judged; the agent ends with the reply where it is declined."""
        judged = await self._screened.judged(state["messages"])
        if judged is None:
            return {"handrail_limits": ""}
        if judged.reply is not None:
            return {"messages": [reply_message(judged)], "jump_to": "end"}
        return {"handrail_limits": judged.limits}

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        """The model is told the limits, and only what passes of its words is kept."""
        limits = str(request.state.get("handrail_limits", ""))
        if limits:
            own = request.system_message.text if request.system_message else ""
            request = request.override(
                system_message=SystemMessage("\n\n".join(part for part in (own, limits) if part))
            )
        response = await handler(request)
        for index, message in enumerate(response.result):
            if isinstance(message, AIMessage):
                shown = await self._screened.shown(message.text, request.messages)
                if shown != message.text:
                    response.result[index] = message.model_copy(update={"content": shown})
        return response

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        """The tool is called, and its result handed on, where both may be."""
        call = request.tool_call
        if (why := await self._screened.call_declined(call["args"])) is not None:
            return ToolMessage(why, tool_call_id=call["id"], name=call["name"], status="error")
        result = await handler(request)
        if isinstance(result, ToolMessage) and (why := await self._screened.result_withheld(result.text)) is not None:
            return result.model_copy(update={"content": why, "artifact": None, "status": "error"})
        return result
