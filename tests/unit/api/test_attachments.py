"""Files beside the text of a turn, and in the parts of an OpenAI message."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.agent.attachments.files import a_pdf, a_png, data_url, encoded
from tests.unit.api.fakes import FakeService
from tests.unit.api.problem import problem

CHAT = "/v1/chat/completions"
PICTURE = {"type": "image_url", "image_url": {"url": data_url(a_png(), "image/png")}}


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


async def test_a_turn_takes_files(client: httpx.AsyncClient, service: FakeService) -> None:
    files = [{"data": encoded(a_pdf("Hi")), "name": "a.pdf"}, {"data": encoded(b"a,b"), "media_type": "text/csv"}]
    response = await client.post("/v1/turns", json={"input": "Sum it up", "attachments": files})
    assert response.status_code == 200
    given = service.runner.requests[0].attachments
    assert [(file.name, file.media_type) for file in given] == [("a.pdf", "application/pdf"), ("", "text/csv")]
    assert given[1].data == b"a,b"


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        ({"data": "%%%", "media_type": "text/plain"}, 422, "invalid_attachment"),
        ({"data": "YWJ", "media_type": "text/plain"}, 422, "invalid_attachment"),
        ({"data": "YWJj", "media_type": "application/zip"}, 415, "unsupported_attachment"),
        ({"data": "YWJj"}, 415, "unsupported_attachment"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_a_problem_that_names_it(
    client: httpx.AsyncClient, file: dict[str, str], status: int, code: str
) -> None:
    response = await client.post("/v1/turns", json={"input": "hi", "attachments": [file]})
    body = await problem(response, status, code)
    assert body["errors"][0]["field"] == "attachments.0.data"


async def test_parts_of_a_message_are_files_and_those_before_a_reply_are_earlier(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    page = {"type": "file", "file": {"filename": "a.html", "file_data": encoded(b"<p>hi</p>")}}
    speech = {"type": "input_audio", "input_audio": {"data": encoded(b"RIFF"), "format": "wav"}}
    text = {"type": "text", "text": "and this?"}
    messages = [user(page), {"role": "assistant", "content": "A page."}, user(text, PICTURE, speech)]
    assert (await client.post(CHAT, json={"messages": messages})).status_code == 200
    turn = service.runner.requests[0]
    assert (turn.text, turn.history) == ("and this?", ())
    assert [(file.media_type, file.earlier) for file in turn.attachments] == [
        ("text/html", True),
        ("image/png", False),
        ("audio/wav", False),
    ]


@pytest.mark.parametrize(
    ("part", "status", "code", "param"),
    [
        (
            {"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}},
            400,
            "unsupported_content_part",
            "image_url.url",
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,%"}},
            422,
            "invalid_attachment",
            "image_url.url",
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png,abc"}},
            415,
            "unsupported_attachment",
            "image_url.url",
        ),
        ({"type": "image_url"}, 400, "invalid_content", "image_url.url"),
        (
            {"type": "input_audio", "input_audio": {"data": "YWJj", "format": "au"}},
            415,
            "unsupported_attachment",
            "input_audio.data",
        ),
        ({"type": "input_audio", "input_audio": {"data": "YWJj"}}, 400, "invalid_content", "input_audio.format"),
        ({"type": "file", "file": {"file_id": "file-1"}}, 400, "unsupported_content_part", "file.file_id"),
        ({"type": "file", "file": {"file_data": 3}}, 400, "invalid_content", "file.file_data"),
    ],
)
async def test_a_part_that_cannot_be_taken_is_refused_in_openais_shape(
    client: httpx.AsyncClient, part: dict[str, Any], status: int, code: str, param: str
) -> None:
    response = await client.post(CHAT, json={"messages": [user(part)]})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (status, code, f"messages.0.content.0.{param}")


async def test_instructions_hold_no_files(client: httpx.AsyncClient) -> None:
    messages = [{"role": "system", "content": [PICTURE]}, user({"type": "text", "text": "hi"})]
    error = (await client.post(CHAT, json={"messages": messages})).json()["error"]
    assert error["param"] == "messages.0.content"
