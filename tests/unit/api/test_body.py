"""Bodies that cannot be read are answered with the byte, the field and the fix."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.api.problem import JSON, problem


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"input": "a"', "not JSON"),
        (b'{"input": "\\ud800"}', "not JSON"),
        (b"[" * 5000 + b"]" * 5000, "not JSON"),
        (b'{"input": NaN_}', "not JSON"),
    ],
)
async def test_a_body_that_is_not_json(client: httpx.AsyncClient, body: bytes, detail: str) -> None:
    response = await client.post("/v1/turns", content=body, headers=JSON)
    assert detail in str((await problem(response, 400, "invalid_json"))["detail"])


async def test_a_body_that_is_not_utf8_names_the_byte(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", content=b'{"input": "caf\xe9"}', headers=JSON)
    body = await problem(response, 400, "invalid_encoding")
    assert "byte 14 is `0xe9`" in str(body["detail"])


async def test_a_byte_order_mark_is_accepted(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", content=b'\xef\xbb\xbf{"input": "hello"}', headers=JSON)
    assert response.status_code == 200


async def test_a_body_of_another_type_says_which_header_to_send(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", data={"input": "hello"})
    body = await problem(response, 415, "unsupported_media_type")
    assert "Content-Type: application/json" in str(body["detail"])


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "input", "is required"),
        ({"input": 5}, "input", "expected text, found a number"),
        ({"input": None}, "input", "expected text, found null"),
        ({"input": ["a"]}, "input", "expected text, found a list"),
        ({"input": "a", "stream": "yes"}, "stream", "expected true or false, found text"),
        ({"input": "a", "stream": 1}, "stream", "expected true or false, found a number"),
        ({"input": "a", "context": "public"}, "context", "expected an object, found text"),
        ({"input": "a", "context": {"role": 5}}, "context.role", "expected text, found a number"),
        ({"input": "a", "context": {"rol": "x"}}, "context.rol", "is not a known field; did you mean `role`?"),
        ({"input": "a", "context": {"role": "x" * 65}}, "context.role", "has 65 characters; at most 64 are accepted"),
        ({"input": "a", "treads": 1}, "treads", "is not a known field; did you mean `thread_id`?"),
        (
            {"input": "a", "zzz": 1},
            "zzz",
            "is not a known field; known: input, attachments, thread_id, context, stream, explain",
        ),
    ],
)
async def test_wrong_fields_are_named_with_the_fix(
    client: httpx.AsyncClient, body: dict[str, object], field: str, message: str
) -> None:
    found = await problem(await client.post("/v1/turns", json=body), 422, "invalid_request")
    assert {"field": field, "message": message} in found["errors"]


async def test_a_json_text_instead_of_an_object(client: httpx.AsyncClient) -> None:
    found = await problem(await client.post("/v1/turns", json="hello"), 422, "invalid_request")
    assert found["errors"] == [{"field": "", "message": "expected an object, found text"}]


async def test_the_wrong_value_is_not_repeated(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/turns", json={"input": {"secret": "my diagnosis"}})
    assert "diagnosis" not in response.text
