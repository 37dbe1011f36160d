"""A real browser searches, opens a hit at its place, and follows a note there and back.

Needs Chromium; says so loudly where there is none, and fails there if CORPUS_SEARCH_REQUIRE_BROWSER is set.
CORPUS_SEARCH_SCREENSHOTS names a folder for pictures of every page, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from corpus_search.corpus import Corpus
from tests.conftest import SEED, served

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def address(seed_corpus: Corpus) -> Iterator[str]:
    with served(seed_corpus) as address:
        yield address


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
    for path in (
        "/",
        "/?q=日本",
        "/?q=https",
        "/?q=一万",
        "/?q=日美“同盟",
        f"/article/{SEED.stem}?q=日本",
        "/nothing",
        "/?q=日本&group=article&kind=note",
        "/concordance?q=日本",
        "/check",
        f"/article/{SEED.stem}?cite=fn12",
        "/statistics?q=战略&by=section",
        "/statistics?q=同盟&view=collocates",
        "/statistics?q=半导体&view=keyness&p=0.01",
    ):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.skipif("CORPUS_SEARCH_SCREENSHOTS" not in os.environ, reason="CORPUS_SEARCH_SCREENSHOTS names no folder")
def test_screenshots(browser: Browser, address: str) -> None:
    folder = Path(os.environ["CORPUS_SEARCH_SCREENSHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        for dark in (False, True):
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                locale="en-US" if dark else "zh-CN",
            )
            page = context.new_page()
            for name, path in PAGES.items():
                page.goto(address + path)
                page.screenshot(path=folder / f"{name}-{size}-{'dark' if dark else 'light'}.png")
            context.close()


# --- with scripts --------------------------------------------------------------------------------------------

WORDS = {
    "zh-CN": {"search": "检索", "note": "脚注", "cite": "引用", "remove": "取消", "save": "RIS"},
    "en-US": {"search": "Search", "note": "Note", "cite": "Cite", "remove": "remove", "save": "RIS"},
}


@pytest.mark.parametrize("locale", WORDS)
@pytest.mark.parametrize("size", SIZES)
def test_a_scholars_path(browser: Browser, address: str, size: str, locale: str, tmp_path: Path) -> None:
    words, (width, height) = WORDS[locale], SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, accept_downloads=True)
    page = context.new_page()
    outside: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(address) else outside.append(r.url))
    page.on("pageerror", lambda error: outside.append(str(error)))

    page.goto(address)
    page.get_by_role("combobox").fill("反击能力")
    page.get_by_role("button", name=words["search"]).click()
    facets = page.locator(".facets")
    facets.get_by_role("link", name=words["note"]).click()
    expect(page.locator(".chips a")).to_contain_text(words["note"])
    expect(page.locator("li.hit .kind").first).to_contain_text(words["note"])
    with page.expect_download() as saved:
        page.locator(".exports").get_by_role("link", name=words["save"]).click()
    assert saved.value.suggested_filename == "corpus-search.ris"
    page.locator(".chips a").click()
    expect(page.locator(".chips")).to_have_count(0)

    page.get_by_role("combobox").fill("高效运用反击能力")
    page.get_by_role("combobox").press("Enter")
    page.locator("li.hit h2 a").first.click()
    assert page.url.endswith("#s1.2p2")
    expect(page.locator("#s1\\.2p2 mark")).to_be_in_viewport()
    assert (
        page.locator('meta[name="citation_title"]').get_attribute("content") == "乌克兰危机下的日美同盟形势与战略影响"
    )

    page.locator("#to-fn8").click()
    opened = page.locator("#open-note")
    expect(opened).to_contain_text("对敌基地攻击能力")
    expect(opened).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    expect(page.locator("#to-fn8")).to_be_focused()
    page.locator("#to-fn8").click()
    opened.get_by_role("link").last.click()
    assert page.url.endswith("#fn8")
    page.locator("#fn8 a.label").click()
    assert page.url.endswith("#to-fn8")

    page.locator("#s1\\.2p2").hover()
    page.locator("#s1\\.2p2 .to-cite").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 2023(5): 16")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.locator(".matches a").first.click()
    expect(page.get_by_role("combobox")).to_have_value("高效运用反击能力")
    context.close()
    assert outside == []


def test_everything_is_within_reach_of_the_keyboard(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="en-US")
    page.goto(f"{address}/?q=反击能力")
    page.locator("body").press("j")
    page.keyboard.press("j")
    expect(page.locator("li.hit.current")).to_have_count(1)
    expect(page.locator("li.hit").nth(1).locator("h2 a")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("li.hit").first.locator("h2 a")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("?")  # In the box it is a character like others.
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("li.hit h2 a").first.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("to the search box")
    page.keyboard.press("Escape")
    page.locator("li.hit h2 a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_be_visible()
    total = int(page.locator(".steps").get_attribute("data-total") or 0)
    page.keyboard.press("j")
    expect(page.locator("mark.now")).to_have_count(1)
    expect(page.locator("mark.now")).to_be_in_viewport()
    first = page.locator(".steps .now").inner_text()
    page.keyboard.press("j")
    assert page.locator(".steps .now").inner_text() == f"{int(first.split(' / ')[0]) % total + 1} / {total}"
    page.close()


def test_a_selection_is_copied_with_its_reference(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="en-US", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/article/{SEED.stem}#s1.2p2")
    page.evaluate(
        "const text = document.getElementById('s1.2p2').firstChild;getSelection().setBaseAndExtent(text, 2, text, 9)"
    )
    page.get_by_role("button", name="Copy with its reference").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0] == page.evaluate("getSelection().toString()")
    assert copied.splitlines()[1].startswith("卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 2023(5): 16")
    context.close()


PAGES = {
    "home": "/",
    "results": "/?q=战略能动",
    "limited": "/?q=战略能动&kind=note&author=卢昊",
    "articles": "/?q=战略能动&group=article",
    "note": "/?q=林芳正",
    "nothing": "/?q=“乌克兰危机学派”",
    "error": "/?q=日美“同盟",
    "concordance": "/concordance?q=同盟&order=right",
    "statistics": "/statistics?q=战略&by=section",
    "years": "/statistics?q=战略&by=year",
    "collocates": "/statistics?q=同盟&view=collocates",
    "keyness": "/statistics?q=半导体&view=keyness&p=0.01",
    "related": f"/related/{SEED.stem}",
    "article": f"/article/{SEED.stem}",
    "place": f"/article/{SEED.stem}?q=反击能力#s1.2p2",
    "notes": f"/article/{SEED.stem}#fn7",
    "cite": f"/article/{SEED.stem}?cite=fn12",
    "replay": "/replay",
    "help": "/help",
    "check": "/check",
    "missing": "/nothing",
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", WORDS)
def test_axe_finds_nothing(
    browser: Browser, address: str, size: str, scheme: Literal["light", "dark"], locale: str
) -> None:
    width, height = SIZES[size]
    # axe is put into the page as a script, which the pages' policy rightly forbids.
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, bypass_csp=True
    )
    page = context.new_page()
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = {}
    for name, path in PAGES.items():
        page.goto(address + path)
        violations = Axe().run(page, options={"runOnly": rules}).response["violations"]
        if violations:
            found[name] = [(v["id"], v["nodes"][0]["html"][:200]) for v in violations]
    context.close()
    assert found == {}


@pytest.mark.parametrize("size", SIZES)
def test_a_receipt_is_saved_and_replayed_without_a_script_and_axe_finds_nothing(
    browser: Browser, address: str, seed_corpus: Corpus, tmp_path: Path, size: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en", java_script_enabled=False, accept_downloads=True
    )
    page = context.new_page()
    page.goto(f"{address}/?q=战略能动")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Receipt", exact=True).click()
    kept = tmp_path / "receipt.json"
    saved.value.save_as(kept)
    page.get_by_role("link", name="Replay one").click()
    page.set_input_files("#receipt", kept)
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_contain_text("The same answer")
    context.close()
    other = seed_corpus.search("战略能动").receipt()
    turned = (replace(other.hits[1], rank=1), replace(other.hits[0], rank=2), *other.hits[2:-1])
    kept.write_text(replace(other, hits=turned).text(), "utf-8")
    scripted = browser.new_context(viewport={"width": width, "height": height}, locale="en", bypass_csp=True)
    page = scripted.new_page()
    page.goto(f"{address}/replay")
    page.set_input_files("#receipt", kept)
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_contain_text("Another answer")
    expect(page.locator(".replay tbody tr")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert Axe().run(page).response["violations"] == []
    scripted.close()


def test_no_page_is_heavy(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="zh-CN")
    bodies: dict[str, int] = {}
    page.on("response", lambda response: bodies.__setitem__(response.url, len(response.body())))
    for name, path in PAGES.items():
        bodies.clear()
        page.goto(address + path, wait_until="networkidle")
        text = len(page.locator("main").inner_text().encode())
        assert sum(bodies.values()) - text < 100_000, (name, bodies)
        assert all(url.startswith(address) for url in bodies), name
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_draft_is_checked_without_a_script(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme=scheme, locale="en", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{address}/check")
    draft = "他说：“对此，日本表示大力支持美国的军事部署計劃。”又说：“春眠不觉晓，处处闻啼鸟……”，还说“半句。"
    page.get_by_label("The draft").fill(draft)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("li.altered ins")).to_have_text("大")
    expect(page.locator("li.missing")).to_have_count(1)
    html = page.content()
    context.close()
    # The same page again with scripts, for axe is one.
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{address}/check")
    page.set_content(html)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
