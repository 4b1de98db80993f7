"""Attachments as the API takes them: a list beside the text of ``/v1/turns``, parts of a message for OpenAI clients.

Nothing is fetched: a picture is sent, not linked to, for a service that opens addresses on behalf of strangers can be led
anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from agent.attachments.media import attachment
from agent.errors import RequestError
from agent.models import Attachment
from api.problems import FieldError, Problem, of_request_error

BASE64: Final = 4 / 3
"""Characters for each byte."""
PATHS: Final = ("/v1/turns", "/v1/chat/completions")
"""Where attachments may be sent."""


class AttachmentInput(BaseModel):
    """A file that belongs to the message."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    data: str = Field(description="the file in base64, or a data URL with it")
    media_type: str = Field("", max_length=100, description="such as `application/pdf`; told by the name when left out")
    name: str = Field("", max_length=200, description="name of the file, for its ending; not recorded")

    def attachment(self, field: str) -> Attachment:
        """The file. Raises ``Problem``, which names ``field``, when it is none."""
        return _named(field, self.data, media_type=self.media_type, name=self.name)


def part_attachment(part: dict[str, Any], field: str) -> Attachment:
    """The file in a part of the type `image_url`, `input_audio` or `file`.

    Raises:
        Problem: the part is not of its shape, or its file cannot be taken.
    """
    return _READERS[part["type"]](part, field)


def largest_body(max_body_bytes: int, max_attachment_bytes: int) -> int:
    """Bytes of a body that holds all the attachments that a request may have."""
    return max_body_bytes + round(max_attachment_bytes * BASE64)


def _image(part: dict[str, Any], field: str) -> Attachment:
    url = _inner(part, "image_url", "url", field)
    if url[:5].lower() != "data:":
        detail = f"`{field}.image_url.url` is an address; nothing is fetched: send the picture itself as a data URL"
        raise _unsupported(f"{field}.image_url.url", detail)
    return _named(f"{field}.image_url.url", url)


def _audio(part: dict[str, Any], field: str) -> Attachment:
    data, form = _inner(part, "input_audio", "data", field), _inner(part, "input_audio", "format", field)
    return _named(f"{field}.input_audio.data", data, media_type=f"audio/{form.lower()}")


def _file(part: dict[str, Any], field: str) -> Attachment:
    inside = part.get("file")
    if isinstance(inside, dict) and "file_id" in inside and "file_data" not in inside:
        raise _unsupported(f"{field}.file.file_id", f"`{field}.file.file_id`: no files are kept here; send `file_data`")
    data = _inner(part, "file", "file_data", field)
    name = inside.get("filename") if isinstance(inside, dict) else None
    return _named(f"{field}.file.file_data", data, name=name if isinstance(name, str) else "")


_READERS: Final[dict[str, Callable[[dict[str, Any], str], Attachment]]] = {
    "image_url": _image,
    "input_audio": _audio,
    "file": _file,
}
PARTS: Final = frozenset(_READERS)
"""Types of parts that hold a file."""


def _inner(part: dict[str, Any], outer: str, inner: str, field: str) -> str:
    inside = part.get(outer)
    value = inside.get(inner) if isinstance(inside, dict) else None
    if not isinstance(value, str):
        where = f"{field}.{outer}.{inner}"
        raise Problem(
            400,
            "invalid_content",
            f"`{where}`: expected text",
            errors=(FieldError(field=where, message="expected text"),),
        )
    return value


def _named(field: str, data: str, *, media_type: str = "", name: str = "") -> Attachment:
    try:
        return attachment(data, media_type=media_type, name=name)
    except RequestError as error:
        problem = of_request_error(error)
        told = (FieldError(field=field, message=str(error)),)
        raise Problem(problem.status, problem.code, f"`{field}` {error}", title=problem.title, errors=told) from error


def _unsupported(field: str, detail: str) -> Problem:
    return Problem(400, "unsupported_content_part", detail, errors=(FieldError(field=field, message=detail),))
