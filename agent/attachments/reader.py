"""Reads the files of a request as text, each by what is there for its kind, within bounds on time and length."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final, Literal, Protocol

from agent.attachments import child, extract
from agent.attachments.child import ChildFailed
from agent.attachments.media import Kind, kind_of
from agent.errors import ModelOutputError, ModelUnavailable
from agent.models import Attachment, Frozen
from agent.ports import AnswerModel, ChatMessage, Transcriber
from agent.prompts import Prompt

Fault = Literal["nobody", "empty", "locked", "damaged", "too_much", "too_slow", "failed"]
"""Why a file has no text: nothing is set up that perceives its kind; there is nothing in it; a password; it is broken; it
unpacks to too much; it took too long; what perceives it did not answer."""
Means = Literal["decoder", "html", "pdf", "ocr", "vision", "transcription"]

AT_ONCE: Final = 2
"""Files that are read at the same time, of all turns."""
DESCRIPTION_CHARS: Final = 4_000
_UNSEEN: Final = re.compile(r"[\U000e0000-\U000e007f\u200b\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that no reader sees and some models read."""


class ReadAttachment(Frozen):
    """A file as far as it could be read."""

    name: str = ""
    kind: Kind
    media_type: str
    size: int
    """Bytes."""
    sha256: str
    earlier: bool = False
    text: str = ""
    cut: bool = False
    """There is more text than is read."""
    read_by: tuple[Means, ...] = ()
    fault: Fault | None = None
    """Why there is no text."""

    def record(self) -> dict[str, object]:
        """What the decision record says of it: nothing of its content, nor its name."""
        return {
            "media_type": self.media_type,
            "size": self.size,
            "sha256": self.sha256,
            "read_by": list(self.read_by),
            "chars": len(self.text),
            "cut": self.cut,
            "fault": self.fault,
        }


class Ocr(Protocol):
    """Reads the text in pictures."""

    async def read(self, data: bytes, *, timeout_s: float) -> str:
        """The text; empty where there is none. Raises ``ChildFailed``."""
        ...


class AttachmentReader:
    """Reads files. What is ``None`` is not there, and its modality is then not perceived."""

    def __init__(
        self,
        *,
        max_bytes: int = 10_000_000,
        max_chars: int = 40_000,
        timeout_s: float = 20.0,
        ocr: Ocr | None = None,
        vision: AnswerModel | None = None,
        vision_prompt: Prompt | None = None,
        transcriber: Transcriber | None = None,
    ) -> None:
        """``max_chars`` is of all files of a request together, ``timeout_s`` of each."""
        self.max_bytes = max_bytes
        self._max_chars = max_chars
        self._timeout_s = timeout_s
        self._ocr = ocr
        self._vision = vision
        self.vision_prompt = vision_prompt
        self._transcriber = transcriber
        self._places = asyncio.Semaphore(AT_ONCE)

    async def read(self, attachments: Sequence[Attachment]) -> tuple[ReadAttachment, ...]:
        """Every file, in order; one that cannot be read says why. Raises nothing."""
        found = await asyncio.gather(*(self._read(each) for each in attachments))
        left = self._max_chars
        fitting = []
        for one in found:
            fitting.append(
                one.model_copy(update={"text": one.text[:left], "cut": True}) if len(one.text) > left else one
            )
            left = max(0, left - len(one.text))
        return tuple(fitting)

    async def _read(self, given: Attachment) -> ReadAttachment:
        kind = kind_of(given.media_type)
        if kind is None:
            raise ValueError(f"`{given.media_type}` is no type that is read")
        about = ReadAttachment(
            name=given.name,
            kind=kind,
            media_type=given.media_type,
            size=len(given.data),
            sha256=hashlib.sha256(given.data).hexdigest(),
            earlier=given.earlier,
        )
        async with self._places:
            match kind:
                case "text":
                    found = self._decoded(given.data)
                case "html" | "pdf":
                    found = await self._extracted(kind, given.data)
                case "image":
                    found = await self._seen(given)
                case "audio":
                    found = await self._heard(given)
        found["text"] = _UNSEEN.sub("", str(found.get("text", ""))).strip()
        if not found["text"] and not found.get("fault"):
            found["fault"] = "empty"
        return about.model_copy(update=found)

    def _decoded(self, data: bytes) -> dict[str, Any]:
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        text = data.decode(encoding, "replace")
        return {"text": text[: self._max_chars], "cut": len(text) > self._max_chars, "read_by": ("decoder",)}

    async def _extracted(self, kind: Literal["html", "pdf"], data: bytes) -> dict[str, Any]:
        until = asyncio.get_running_loop().time() + self._timeout_s
        wanted = "pdf+pictures" if kind == "pdf" and self._ocr is not None else kind
        command, environ = child.python(extract.__name__, wanted, str(self._max_chars))
        try:
            out = await child.run(command, data, timeout_s=self._timeout_s, environ=environ)
        except ChildFailed as error:
            # A program that the system ends has asked for more memory than it may have.
            return {"fault": "too_slow" if error.slow else "too_much", "read_by": (kind,)}
        found = json.loads(out)
        pictures = found.pop("pictures")
        if self._ocr is None or not pictures:
            return {**found, "read_by": (kind,)}
        return await self._with_pictures(self._ocr, found, pictures, until)

    async def _with_pictures(
        self, ocr: Ocr, found: dict[str, Any], pictures: Sequence[tuple[int, str]], until: float
    ) -> dict[str, Any]:
        """What was read of a PDF, with what is written in the pictures of its pages without text, each in its place."""
        parts: list[str] = []
        at, fault = 0, found["fault"]
        for place, picture in pictures:
            left = until - asyncio.get_running_loop().time()
            if left <= 0:
                fault, found["cut"] = "too_slow", True
                break
            try:
                written = await ocr.read(base64.b64decode(picture), timeout_s=left)
            except ChildFailed as error:
                fault, found["cut"] = "too_slow" if error.slow else "failed", True
                continue
            parts += [found["text"][at:place].strip(), written]
            at = place
        text = "\n\n".join(part for part in (*parts, found["text"][at:].strip()) if part)
        return {**found, "text": text, "fault": None if text else fault, "read_by": ("pdf", "ocr")}

    async def _seen(self, given: Attachment) -> dict[str, Any]:
        """The text in a picture and what it shows, as far as there is somebody for each."""
        parts: list[str] = []
        read_by: list[Means] = []
        fault: Fault | None = "nobody"
        if self._ocr is not None:
            try:
                if text := await self._ocr.read(given.data, timeout_s=self._timeout_s):
                    parts.append(text if self._vision is None else f"Text in the picture:\n{text}")
                read_by.append("ocr")
                fault = None if text else "empty"
            except ChildFailed as error:
                fault = "too_slow" if error.slow else "failed"
        if self._vision is not None:
            try:
                parts.append(await self._described(self._vision, given))
                read_by.append("vision")
            except (ModelUnavailable, ModelOutputError, TimeoutError):
                fault = "failed"
        return {"text": "\n\n".join(parts), "read_by": tuple(read_by), "fault": None if parts else fault}

    async def _described(self, vision: AnswerModel, given: Attachment) -> str:
        url = f"data:{given.media_type};base64,{base64.b64encode(given.data).decode('ascii')}"
        told = self.vision_prompt.template.template if self.vision_prompt else "Describe the picture."
        said = ""
        async with (
            asyncio.timeout(self._timeout_s),
            aclosing(vision.stream([ChatMessage("user", told, (url,))])) as pieces,
        ):
            async for piece in pieces:
                said += piece
                if len(said) > DESCRIPTION_CHARS:
                    break
        return said[:DESCRIPTION_CHARS]

    async def _heard(self, given: Attachment) -> dict[str, Any]:
        if self._transcriber is None:
            return {"fault": "nobody"}
        try:
            async with asyncio.timeout(self._timeout_s):
                text = await self._transcriber.transcribe(given.data, given.media_type)
        except (ModelUnavailable, ModelOutputError, TimeoutError):
            return {"fault": "failed"}
        return {"text": text, "read_by": ("transcription",)}
