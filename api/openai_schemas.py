"""What the OpenAI-compatible endpoint takes, and how it becomes a turn.

Every user message is judged. Those after the last assistant message are the input, for a person may send one thought in
several messages; earlier ones are history. System and developer messages are the client's instructions. They change no
decision; the model reads them as data, or follows them under its limits where the key has the scope ``context:set``. Files of
earlier messages are read again, for clients send the whole conversation each time.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from agent.models import Attachment, Notice, RequestContext, TurnInput
from api.attachments import PARTS, part_attachment
from api.problems import FieldError, Problem

MODEL: Final = "handrail"

_INSTRUCTIONS: Final = frozenset({"system", "developer"})
_WITHOUT_EFFECT: Final = frozenset({"metadata", "n", "safety_identifier", "user"})
"""Parameters that a client may send and that change nothing, so that no notice is due."""


class HandrailOptions(BaseModel):
    """Our own part of the request, e.g. through ``extra_body`` of the OpenAI SDK."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    context: RequestContext = Field(RequestContext(), description="what your application knows about the person")


class StreamOptions(BaseModel):
    """Options of a stream."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    include_usage: bool = False


class ChatMessage(BaseModel):
    """A message of the conversation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: str = Field(description="`system`, `developer`, `user` or `assistant`")
    content: Any = Field(
        None,
        description="text, or a list of parts; of the person also `image_url`, `input_audio` and `file`, with their data",
    )


class ChatRequest(BaseModel):
    """The body of ``/v1/chat/completions``.

    Parameters that steer sampling are accepted and named in ``handrail.notices``: Handrail decides how to reply.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    model: str = Field(MODEL, description="any name; the answer comes from `handrail`")
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    handrail: HandrailOptions = HandrailOptions()
    user: str | None = None
    n: int | None = Field(None, description="1")
    tools: Any = Field(None, description="not supported")
    functions: Any = Field(None, description="not supported")
    logprobs: Any = Field(None, description="not supported")
    top_logprobs: Any = Field(None, description="not supported")
    audio: Any = Field(None, description="not supported")
    modalities: Any = Field(None, description="`text` only")
    response_format: Any = Field(None, description="`text` only")

    @property
    def wants_usage(self) -> bool:
        """True when the stream is to end with the usage."""
        return self.stream_options is not None and self.stream_options.include_usage


class ChatTurn(NamedTuple):
    """The request as a turn, and what of it has no effect."""

    turn: TurnInput
    notices: tuple[Notice, ...]


def chat_turn(request: ChatRequest) -> ChatTurn:
    """The turn that the request asks for.

    Raises:
        Problem: the request asks for something that Handrail does not do, or holds no message of a person.
    """
    _refuse_unsupported(request)
    instructions: list[str] = []
    history: list[str] = []
    latest: list[str] = []
    files: list[Attachment] = []
    for index, message in enumerate(request.messages):
        where = f"messages.{index}"
        if message.role == "user":
            text, with_it = _content(message.content, where)
            latest.append(text)
            files += with_it
        elif message.role == "assistant":
            history += (text for text in latest if text)
            files = [file.model_copy(update={"earlier": True}) for file in files]
            latest = []
        elif message.role in _INSTRUCTIONS:
            instructions.append(_text(message.content, where))
        else:
            detail = f"`{where}.role` is `{message.role[:40]}`; expected system, developer, user or assistant"
            raise _unsupported(f"{where}.role", detail, "unsupported_role")
    if not latest:
        raise _unsupported("messages", "the last message must be one of the role `user`", "no_user_message")
    turn = TurnInput(
        text="\n".join(text for text in latest if text),
        attachments=tuple(files),
        history=tuple(history),
        instructions=tuple(instructions),
        context=request.handrail.context,
    )
    return ChatTurn(turn, _notices(request))


def _text(content: object, where: str) -> str:
    text, files = _content(content, where)
    if files:
        raise _unsupported(f"{where}.content", f"`{where}.content`: files belong to messages of the role `user`")
    return text


def _content(content: object, where: str) -> tuple[str, list[Attachment]]:
    if isinstance(content, str):
        return content, []
    if not isinstance(content, list):
        raise _unsupported(
            f"{where}.content", f"`{where}.content`: expected text or a list of parts", "invalid_content"
        )
    parts = [_part(part, f"{where}.content.{index}") for index, part in enumerate(content)]
    texts = [part for part in parts if isinstance(part, str)]
    return "\n".join(texts), [part for part in parts if isinstance(part, Attachment)]


def _part(part: object, where: str) -> str | Attachment:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise _unsupported(where, f"`{where}`: expected an object with a `type`", "invalid_content")
    kind = part["type"]
    if kind in PARTS:
        return part_attachment(part, where)
    if kind != "text":
        detail = f"`{where}` is of type `{kind[:40]}`; `text` is read, and {', '.join(f'`{name}`' for name in sorted(PARTS))}"
        raise _unsupported(f"{where}.type", detail, "unsupported_content_part")
    if not isinstance(part.get("text"), str):
        raise _unsupported(f"{where}.text", f"`{where}.text`: expected text", "invalid_content")
    return str(part["text"])


# --- parameters ---------------------------------------------------------------------------------------


def _refuse_unsupported(request: ChatRequest) -> None:
    """Ignoring these would give the client something other than it asked for."""
    if request.n is not None and request.n != 1:
        raise _unsupported("n", f"`n` is {request.n}; one reply is given to a message, so leave it out or send 1")
    modalities = request.modalities
    if modalities is not None and modalities != ["text"]:
        raise _unsupported("modalities", '`modalities`: only ["text"] is supported')
    form = request.response_format
    if form is not None and not (isinstance(form, dict) and form.get("type") == "text"):
        raise _unsupported("response_format", '`response_format`: only {"type": "text"} is supported')
    for name in ("tools", "functions", "logprobs", "top_logprobs", "audio"):
        if getattr(request, name):
            raise _unsupported(name, f"`{name}` is not supported; leave it out")


def _notices(request: ChatRequest) -> tuple[Notice, ...]:
    notices: list[Notice] = []
    if request.model != MODEL:
        detail = f"model `{request.model[:80]}` is not served; `{MODEL}` answered"
        notices.append(Notice(code="model_substituted", detail=detail))
    ignored = sorted(name for name, value in (request.model_extra or {}).items() if value is not None)
    notices += [
        Notice(code="ignored_parameter", detail=f"`{name[:80]}` has no effect")
        for name in ignored
        if name not in _WITHOUT_EFFECT
    ]
    return tuple(notices)


def _unsupported(param: str, detail: str, code: str = "unsupported_parameter") -> Problem:
    return Problem(400, code, detail, errors=(FieldError(field=param, message=detail),))
