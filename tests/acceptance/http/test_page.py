"""The page, in a real browser."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from agent.access import issue
from agent.adapters.chat_model import ScriptedModel
from agent.adapters.twins import assessment
from agent.events import EVENT_TYPES
from api.authentication import KEY_FRESH_S
from policies.taxonomy import Facet
from tests.acceptance.http.live import Live
from tests.acceptance.world import ASSESSMENTS, BOMB, CRISIS, DOSE, HOMEWORK

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser | None]:
    if CHROMIUM is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(
    browser: Browser | None, live: Callable[..., Live], require_service: Callable[[str, bool], None]
) -> Iterator[Callable[..., Page]]:
    """Opens the page over a new server. Nothing may be asked of another host, and nothing may be logged as an error."""
    require_service("chromium", browser is not None)
    contexts = []
    faults: list[str] = []

    def open_page(*, width: int = 1000, height: int = 900, locale: str = "en-US", **parts: Any) -> Page:
        server = live(**parts)
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: None if request.url.startswith(server.url) else faults.append(request.url))
        page.on("console", lambda message: faults.append(message.text) if unexpected(message) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(server.url)
        page.server = server
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def unexpected(message: ConsoleMessage) -> bool:
    """The browser logs every answer that is an error; the page shows those itself."""
    return message.type == "error" and "server responded with a status of" not in message.text


def ask(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.keyboard.press("Enter")


def test_a_declined_request_shows_decision_reason_alternative_and_sources(visit):
    page = visit()
    ask(page, DOSE)
    reply = page.locator(".reply[aria-busy=false]")
    expect(reply.locator(".badge")).to_contain_text("Guide")
    expect(reply.locator(".topic")).to_have_text("medical · dosing")
    expect(reply.locator(".why")).to_contain_text("Why")
    assert reply.locator(".section").count() >= 1
    sources = reply.locator(".sources li")
    assert sources.count() >= 2
    assert sources.first.locator("a").get_attribute("href").startswith("https://")
    assert sources.first.locator("a").get_attribute("rel") == "noopener noreferrer"
    assert len(set(sources.locator(".source-title").all_inner_texts())) > 2  # sections of a document are told apart
    reply.locator("a.cite").first.click()
    assert page.evaluate("document.activeElement.closest('.sources') !== null")
    expect(page.locator("#announce")).to_contain_text("Guide")


def test_a_next_step_is_asked_with_a_click_in_the_same_thread(visit):
    page = visit()
    ask(page, DOSE)
    step = page.locator(".next .chip").first
    text = step.inner_text()
    step.click()
    expect(page.locator(".said").nth(1)).to_contain_text(text)
    expect(page.locator(".reply[aria-busy=false]")).to_have_count(2)
    # A step that editors wrote is judged by itself; that it was one is known from the thread alone.
    assert page.server.world.judge.seen[-1] == (text, ())
    decision = [record.body for record in page.server.world.records.records if record.kind == "decision"][-1]
    assert decision["conversation"]["move"] == "accepted"


def test_urgent_help_comes_first_and_is_announced_at_once(visit):
    page = visit()
    ask(page, CRISIS)
    reply = page.locator(".reply[aria-busy=false]")
    first = reply.locator(".body > *").first
    expect(first).to_have_class(re.compile("urgent"))
    expect(first).to_contain_text("988")
    expect(page.locator("#alarm")).to_contain_text("988")
    expect(reply.locator(".notes")).to_contain_text("Case")


def test_a_refusal_has_a_reason_and_a_way_to_object(visit):
    page = visit()
    ask(page, BOMB)
    reply = page.locator(".reply[aria-busy=false]")
    expect(reply.locator(".badge")).to_contain_text("Declined")
    expect(reply.locator(".why")).to_be_visible()
    reply.locator("summary").click()
    expect(reply.locator("dl")).to_contain_text("Policy version")


def test_text_appears_while_the_model_writes_and_can_be_stopped(visit):
    model = ScriptedModel(["Paris is the capital. It", asyncio.Event()])
    page = visit(model=model)
    ask(page, HOMEWORK)
    expect(page.locator(".reply .body")).to_contain_text("Paris is the capital.")
    expect(page.locator("#stop")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".failure")).to_contain_text("Stopped.")
    expect(page.locator("#send")).to_be_visible()


def test_the_keyboard_is_enough(visit):
    page = visit()
    assert page.evaluate("document.activeElement.id") == "input"
    page.keyboard.type("first line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text(re.compile("first line\\s+second line"))
    expect(page.locator(".reply[aria-busy=false]")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "input"
    assert page.locator("#input").input_value() == ""


def test_what_a_model_or_a_person_writes_is_never_markup(visit):
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    page = visit(model=ScriptedModel([f"Look: {attack} **bold** [1]"]))
    ask(page, attack)
    reply = page.locator(".reply[aria-busy=false]")
    expect(reply.locator(".text")).to_contain_text("<img src=x")
    expect(page.locator(".said")).to_contain_text("<script>")
    assert page.locator(".turn img, .turn script").count() == 0
    assert page.title() == "Handrail"
    expect(reply.locator("strong")).to_have_text("bold")


def test_arabic_runs_from_right_to_left(visit):
    arabic = "كم جرعة الدواء؟"
    page = visit(
        locale="ar-SA", language="ar", assessments={arabic: assessment(Facet.WRONGDOING, unsafe=0.98, language="ar")}
    )
    assert page.evaluate("document.documentElement.dir") == "rtl"
    ask(page, arabic)
    reply = page.locator(".reply[aria-busy=false]")
    assert reply.get_attribute("dir") == "rtl"
    assert page.evaluate("getComputedStyle(document.querySelector('.said')).direction") == "rtl"
    rail = page.evaluate(
        "(() => { const r = document.querySelector('.reply'); const s = getComputedStyle(r, '::before');"
        " return parseFloat(s.right) < parseFloat(s.left); })()"
    )
    assert rail


def test_the_selectors_change_who_asks(visit):
    page = visit()
    page.locator("#who summary").click()
    page.locator("#role").select_option("clinician")
    page.locator("#locale").select_option("es-MX")
    expect(page.locator("#who-summary")).to_have_text("personal sanitario, Español (México)")
    expect(page.locator("#send")).to_have_text("Enviar")
    ask(page, DOSE)
    expect(page.locator(".reply[aria-busy=false]")).to_have_attribute("data-action", "answer_with_care")


def test_it_fits_a_phone(visit):
    page = visit(width=360, height=740)
    ask(page, DOSE)
    expect(page.locator(".reply[aria-busy=false]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#input").bounding_box()["y"] < 740


def test_a_failed_turn_says_so_and_can_be_tried_again(visit):
    page = visit(assessments={"flaky": ValueError("inside"), **ASSESSMENTS})
    ask(page, "flaky")
    failure = page.locator(".failure")
    expect(failure).to_contain_text("Something went wrong on our side")
    failure.locator("button").click()
    expect(page.locator(".reply[aria-busy=false] .failure")).to_have_count(1)
    expect(page.locator(".said")).to_have_count(1)


def test_a_connection_that_breaks_is_taken_up_again(visit):
    page = visit()
    broken = []

    def cut(route):
        broken.append(True)
        response = route.fetch()
        body = response.body()
        route.fulfill(response=response, body=body[: body.index(b"event: message.delta")])

    page.route("**/v1/turns", cut)
    ask(page, DOSE)
    expect(page.locator(".reply[aria-busy=false] .badge")).to_contain_text("Guide")
    assert page.locator(".sources li").count() >= 2
    assert broken == [True]


def test_too_long_a_message_is_explained(visit):
    page = visit()
    ask(page, "long " * 3_000)
    expect(page.locator(".failure")).to_contain_text("15,000 characters")


def test_a_new_conversation_forgets_the_thread(visit):
    page = visit()
    ask(page, DOSE)
    expect(page.locator(".reply[aria-busy=false]")).to_be_visible()
    page.locator("#new").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()
    ask(page, HOMEWORK)
    expect(page.locator(".reply[aria-busy=false]")).to_be_visible()
    assert page.server.world.judge.seen[-1][1] == ()


def test_what_somebody_thinks_of_a_reply_is_one_click(visit):
    page = visit()
    ask(page, BOMB)
    buttons = page.locator(".feedback button")
    expect(buttons).to_have_text(["Not what I asked", "Should have been answered"])
    buttons.last.click()
    expect(page.locator(".feedback")).to_have_text("Thank you.")
    world = page.server.world
    assert [record.body["verdict"] for record in world.records.records if record.kind == "feedback"] == [
        "wrongly_refused"
    ]
    ask(page, CRISIS)
    expect(page.locator(".reply[aria-busy=false]")).to_have_count(2)
    expect(page.locator(".feedback")).to_have_count(1)


def test_once_there_are_keys_one_is_asked_for_and_kept_in_the_tab_only(visit):
    page = visit()
    issued = issue("page", tenant="default", scopes=["chat"], now=datetime.now(UTC) - timedelta(minutes=1))
    page.server.service.keys.keys[issued.key.id] = issued.key
    page.wait_for_timeout(KEY_FRESH_S * 1000)
    ask(page, HOMEWORK)
    expect(page.locator(".failure")).to_contain_text("no credentials were sent")
    expect(page.locator("#key")).to_be_focused()
    page.keyboard.type(issued.token)
    page.locator(".failure button").click()
    expect(page.locator(".reply[aria-busy=false] .badge")).to_be_visible()
    page.reload()
    assert page.locator("#key").input_value() == issued.token
    assert page.evaluate("localStorage.length + document.cookie.length") == 0


def test_the_documentation_draws_itself(visit):
    page = visit()
    page.goto(page.server.url + "/docs#type-TurnRequest")
    paths = page.request.get(page.server.url + "/openapi.json").json()["paths"]
    expect(page.locator("#operations details")).to_have_count(sum(map(len, paths.values())))
    expect(page.locator("#type-TurnRequest")).to_have_attribute("open", "")
    expect(page.locator("#events tr")).to_have_count(len(EVENT_TYPES))
