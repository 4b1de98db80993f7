"""The pages load nothing from elsewhere, and offer what the policies know."""

from __future__ import annotations

import re

import httpx
import pytest

from api.pages import STATIC
from policies.loader import load_policies

ELSEWHERE = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z0-9-]+\.[a-z]""")


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_every_file_of_a_page_is_served(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert files
    for file in files:
        assert (await client.get(file)).status_code == 200


@pytest.mark.parametrize("file", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere_or_parsed_as_markup(file) -> None:
    text = file.read_text(encoding="utf-8")
    assert not ELSEWHERE.search(text)
    assert "innerHTML" not in text
    assert "insertAdjacentHTML" not in text
    assert "style=" not in text


def options(select: str) -> set[str]:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    part = html[html.index(f'<select id="{select}">') :]
    return set(re.findall(r'<option value="([^"]+)"', part[: part.index("</select>")]))


def test_the_selectors_offer_what_the_policies_know() -> None:
    policies = load_policies()
    assert options("role") == set(policies.roles) - {"public"}
    assert options("locale") <= set(policies.locales)
    assert options("jurisdiction") == set(policies.jurisdictions)


def test_every_word_of_the_page_is_there_in_every_language() -> None:
    text = (STATIC / "strings.js").read_text(encoding="utf-8")
    tables = [
        re.findall(r"^  (\w+): ", block, re.MULTILINE)
        for block in re.findall(r"const [A-Z]{2} = \{(.*?)\n\};", text, re.DOTALL)
    ]
    assert len(tables) == 4
    assert tables[0] == tables[1] == tables[2] == tables[3]
    used = set(re.findall(r'data-(?:text|placeholder)="(\w+)"', (STATIC / "index.html").read_text(encoding="utf-8")))
    used |= set(re.findall(r"\bt\.(\w+)", (STATIC / "reply.js").read_text(encoding="utf-8")))
    used |= {"answer", "answer_with_care", "guide", "refuse", "escalate"}
    assert used <= set(tables[0])
