"""What ``/v1/turns`` takes. What it gives is ``agent.models.TurnResult`` and the events of ``agent.events``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agent.models import RequestContext, TurnInput
from api.attachments import AttachmentInput


class TurnRequest(BaseModel):
    """One message of a person, and who asks."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input: str = Field(description="what the person wrote; may be empty where there are attachments")
    attachments: list[AttachmentInput] = Field(
        [], max_length=10, description="files that came with it: text, HTML, PDF, pictures, sound"
    )
    thread_id: str | None = Field(
        None, max_length=100, description="conversation to continue, as returned by an earlier turn; new when left out"
    )
    context: RequestContext = Field(
        RequestContext(), description="what your application knows about the person; never read from the message"
    )
    stream: bool = Field(False, description="true: Server-Sent Events as they happen; false: one JSON result")

    explain: bool = Field(
        False, description="true: say in `risk.assessed` which words and signals moved the score; about 0.1 s more"
    )

    def turn_input(self, context: RequestContext) -> TurnInput:
        """The request as the runner takes it, in the context that the caller may assert. Raises ``Problem`` for a file that
        cannot be taken."""
        files = tuple(each.attachment(f"attachments.{number}.data") for number, each in enumerate(self.attachments))
        return TurnInput(
            text=self.input, thread_id=self.thread_id, attachments=files, context=context, explain=self.explain
        )


class Health(BaseModel):
    """The process is alive."""

    status: str = "ok"


class CheckView(BaseModel):
    """The state of one dependency."""

    ok: bool
    detail: str


class Readiness(BaseModel):
    """The state of every dependency."""

    status: str
    checks: dict[str, CheckView]
