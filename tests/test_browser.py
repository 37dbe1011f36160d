"""A real browser searches, opens a hit at its place, and follows a note there and back.

Needs Chromium; says so loudly where there is none, and fails there if CORPUS_SEARCH_REQUIRE_BROWSER is set.
CORPUS_SEARCH_SCREENSHOTS names a folder for pictures of every page, to be looked at.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from corpus_search.corpus import Corpus
from corpus_search.web import create_app
from tests.conftest import SEED

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def address(seed_corpus: Corpus) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(seed_corpus), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=SIZES)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", java_script_enabled=False
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if "Security Policy" in message.text else None)
    # What a click away leaves unloaded is no failure.
    page.on("requestfailed", lambda r: problems.append(r.url) if r.failure != "net::ERR_ABORTED" else None)
    yield page
    context.close()
    assert problems == []


def _in_view(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    return -1 <= box["y"] < size["height"]


def test_a_reader_searches_opens_the_place_and_follows_a_note_there_and_back(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("searchbox").fill("高效运用反击能力")
    page.get_by_role("button", name="检索").click()
    hits = page.locator("li.hit")
    expect(hits.first.locator("mark")).to_have_text("高效运用反击能力")
    expect(hits.first).to_contain_text("第 17 页")
    hits.first.get_by_role("link").first.click()

    assert page.url.endswith("#s1.2p2")
    assert _in_view(page, "#s1\\.2p2")
    expect(page.locator("#s1\\.2p2 mark")).to_have_text("高效运用反击能力")

    page.locator("#to-fn8").click()
    assert page.url.endswith("#fn8")
    assert _in_view(page, "#fn8")
    expect(page.locator("#fn8")).to_contain_text("对敌基地攻击能力")

    page.locator("#fn8 a.label").click()
    assert page.url.endswith("#to-fn8")
    assert _in_view(page, "#to-fn8")


def test_a_note_that_is_found_opens_with_its_sentence_a_click_away(page: Page, address: str) -> None:
    page.goto(f"{address}/?q=同上")
    hit = page.locator("li.hit")
    expect(hit).to_have_count(1)
    expect(hit).to_contain_text("对此，日本表示全力支持美国的军事部署计划。")
    hit.get_by_role("link", name="对此，日本表示").click()
    assert page.url.endswith("#s1.2p1")
    page.goto(f"{address}/article/{SEED.stem}#fn7")
    page.get_by_role("link", name="＝注 6").click()
    assert _in_view(page, "#fn6")


def test_the_search_box_completes_words_by_keyboard(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="zh-CN")
    page.goto(address)
    box = page.get_by_role("combobox")
    box.press_sequentially("zhanl")
    options = page.get_by_role("option")
    expect(options.first).to_have_text("战略")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value("战略")
    expect(options).to_have_count(0)
    box.press("Enter")
    expect(page.locator("li.hit").first.locator("mark").first).to_have_text("战略")
    page.get_by_role("combobox").fill("战")
    expect(options.first).to_be_visible()
    page.get_by_role("combobox").press("Escape")
    expect(options).to_have_count(0)
    page.close()


def test_no_page_is_wider_than_its_window(page: Page, address: str) -> None:
    for path in ("/", "/?q=日本", "/?q=https", "/?q=一万", "/?q=日美“同盟", f"/article/{SEED.stem}?q=日本", "/nothing"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.skipif("CORPUS_SEARCH_SCREENSHOTS" not in os.environ, reason="CORPUS_SEARCH_SCREENSHOTS names no folder")
def test_screenshots(browser: Browser, address: str) -> None:
    folder = Path(os.environ["CORPUS_SEARCH_SCREENSHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"home": "/", "results": "/?q=战略能动", "note": "/?q=林芳正", "nothing": "/?q=一万", "error": "/?q=日美“同盟",
             "article": f"/article/{SEED.stem}", "place": f"/article/{SEED.stem}?q=反击能力#s1.2p2",
             "notes": f"/article/{SEED.stem}#fn7"}  # fmt: skip
    for size, (width, height) in SIZES.items():
        for dark in (False, True):
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                locale="en-US" if dark else "zh-CN",
            )
            page = context.new_page()
            for name, path in pages.items():
                page.goto(address + path)
                page.screenshot(path=folder / f"{name}-{size}-{'dark' if dark else 'light'}.png")
            context.close()
