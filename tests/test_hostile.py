"""A corpus of hostile files, in a real browser: nothing of what is stored becomes markup, nothing outside can be read.

Scripts, event handlers, `javascript:` links in Markdown and HTML, overrides of the direction of writing, a heading of
10 MB, files named as markup. No script of theirs runs, no dialog opens, no request leaves the server, and the policy
has nothing to forbid: what it would have to stop is not there in the first place.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page

from corpus_search.corpus import Corpus
from corpus_search.gate import LOOPBACK
from corpus_search.serving import serve
from corpus_search.web import create_app
from tests.conftest import served

SCRIPT = "<script>window.pwned=1;alert(1)</script>"
BREAKOUT = '"\'><script>window.pwned=2</script><img src=x onerror="window.pwned=3">'
OVERRIDES = "\u202e倒写的文字\u202c \u2066隔离\u2069 \u200f"
HANDLERS = "<svg onload=window.pwned=4><details open ontoggle=window.pwned=5><body onload=window.pwned=6>"
LINKS = '[点我](javascript:window.pwned=7) <a href="javascript:window.pwned=8">同盟</a> [x](data:text/html,<script>alert(9)</script>)'
ENTITIES = "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;"
OUTSIDE = '<img src="http://192.0.2.1/x.png"><link rel=stylesheet href="http://192.0.2.1/x.css"><iframe src="http://192.0.2.1/"></iframe>'
HOSTILE = " ".join((SCRIPT, BREAKOUT, OVERRIDES, HANDLERS, LINKS, ENTITIES, OUTSIDE, "</title></textarea></style><!--"))
HEADING = "同盟" * (10 * (1 << 20) // 6)

FILES = {
    "<img src=x onerror=alert(1)>.txt": f"{HOSTILE}\n\n一、{HOSTILE}\n\n同盟{HOSTILE}①\n\n① {HOSTILE}《书》，第3页。\n",
    '"><script>window.pwned=10<／script>.md': f"---\ntitle: '{SCRIPT} 同盟'\nauthor: ['{SCRIPT}', 'b']\n---\n\n# {HOSTILE}\n\n同盟{HOSTILE}[^1]\n\n```html\n{HOSTILE}\n```\n\n[^1]: {HOSTILE}\n",
    "page.html": f"<html><head><title>同盟{HOSTILE.replace('</title>', '')}</title><meta name=citation_author content='{SCRIPT}'></head><body onload='window.pwned=11'><h1 onclick=alert(1)>同盟</h1><p>同盟 {LINKS}<a href='java&#10;script:alert(1)'>x</a></p><p>{ENTITIES} {OVERRIDES}</p><form action=javascript:alert(1)><button>同盟</button></form></body></html>",
    "meta.txt": "一篇关于同盟的文章。\n\n正文同盟。\n",
    "meta.meta.toml": f"title = '''{HOSTILE}'''\nauthors = ['''{BREAKOUT}''']\nyear = 2023\n",
    "big.md": f"# {HEADING}\n\n标题很长的同盟。\n\n## 小节\n\n再说同盟。\n",
    "javascript:alert(1).txt": "名为链接的同盟。\n",
    "a&b=c#s1?q=%00.txt": f"名字里有记号的同盟。{BREAKOUT}\n",
    "夹/x..%2f..%2fsecret.txt": "名字像路径的同盟。\n",
    "夹\u202e/gpj.txt": "方向倒转的同盟。\n",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    top = tmp_path_factory.mktemp("hostile")
    (top / "secret.txt").write_text("秘密：root:x:0:0", "utf-8")
    for name, text in FILES.items():
        path = top / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (top / "corpus" / "link.txt").symlink_to(top / "secret.txt")
    made = Corpus(top / "corpus", top / "index")
    made.update()
    return made


@pytest.fixture(scope="module")
def address(corpus: Corpus) -> Iterator[str]:
    with served(corpus) as address:
        yield address


class _Witness:
    """Sees what happens in a page that should not."""

    def __init__(self, page: Page, own: str) -> None:
        self.seen: list[str] = []
        self._page = page
        page.on("dialog", self._dialog)
        page.on("console", lambda message: self._noticed("console", message.text))
        page.on("pageerror", lambda error: self._noticed("error", str(error)))
        page.on("popup", lambda popup: self._noticed("popup", popup.url))
        page.on("request", lambda r: None if r.url.startswith(own + "/") else self._noticed("request", r.url))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => {"
            " (window.violations ||= []).push(e.violatedDirective + ' ' + e.blockedURI) })"
        )

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _noticed(self, what: str, text: str) -> None:
        # That an error page is one, browsers tell the console.
        if "the server responded with a status of" not in text:
            self.seen.append(f"{what} {text}")

    def look(self) -> None:
        """Assert that nothing has happened in the page as it is."""
        page = self._page
        assert self.seen == [], page.url
        assert page.evaluate("window.pwned ?? null") is None
        assert page.evaluate("window.violations ?? []") == []
        scripts = page.evaluate("[...document.scripts].map(s => new URL(s.src).pathname)")
        assert set(scripts) <= {"/static/complete.js", "/static/keys.js", "/static/reader.js"}
        assert (
            page.evaluate(
                "document.querySelectorAll('img,iframe,object,embed,svg:not(.heat > svg),base,meta[http-equiv],style,form[action^=javascript]').length"
            )
            == 0
        )
        assert (
            page.evaluate(
                "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes])"
                ".filter(a => /^(on|style$|srcdoc$|formaction$)/i.test(a.name) || /^\\s*(javascript|data|vbscript):/i.test(a.value)"
                " && ['href', 'src', 'action'].includes(a.name)).map(a => a.name + '=' + a.value.slice(0, 60))"
            )
            == []
        )
        elsewhere = page.evaluate(
            "[...document.links].map(a => a.href).filter(h => !h.startsWith(location.origin + '/'))"
        )
        assert elsewhere == []
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.evaluate("document.documentElement.innerText"))


@pytest.mark.browser
def test_nothing_stored_becomes_markup_on_any_page(browser: Browser, address: str, corpus: Corpus) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(120_000)
    witness = _Witness(page, address)
    searches = (
        "同盟",
        "script",
        "onerror",
        "“<script>”",
        "note:同盟",
        "kind:front 同盟",
        SCRIPT,
        BREAKOUT[:200],
        "“" + SCRIPT,
    )
    paths = ["/", "/help", "/nothing", f"/article/{quote(SCRIPT)}", f"/nothing/{quote(BREAKOUT)}"]
    paths += [f"/?q={quote(query)}" for query in searches]
    paths += [f"/?q={quote('同盟')}&page={n}" for n in (2, 3)]
    paths += [f"/?q={quote('同盟')}&group=article", f"/?q={quote('“' + SCRIPT + '”')}&author={quote(BREAKOUT)}"]
    paths += [f"/concordance?q={quote(query)}" for query in ("同盟", "script", "“<script>”")]
    paths += [f"/?q={quote('同盟')}&kind={quote(BREAKOUT)}&page={quote(SCRIPT)}"]
    documents = corpus.searcher().documents()
    assert len(documents) == len(FILES) - 1
    paths += [f"/article/{quote(doc)}?q={quote('同盟')}" for doc in documents]
    paths += [f"/article/{quote(doc)}" for doc in documents if doc != "big"]
    paths += [f"/article/{quote(doc)}?cite={place}" for doc in documents if doc != "big" for place in ("", "s0p1")]
    for path in paths:
        page.goto(address + path)
        witness.look()
    context.close()


@pytest.mark.browser
def test_links_of_hits_lead_to_their_articles_whatever_these_are_called(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="en-US")
    witness = _Witness(page, address)
    page.goto(f"{address}/?q={quote('名字里有记号 OR 名为链接 OR 名字像路径 OR 方向倒转')}")
    hrefs = page.evaluate("[...document.querySelectorAll('li.hit h2 a')].map(a => a.href)")
    assert len(hrefs) == 4
    for href in hrefs:
        response = page.goto(href)
        assert response is not None
        assert response.status == 200
        assert page.locator("article mark").count() > 0
        witness.look()
    page.close()


@pytest.mark.browser
def test_completions_are_text(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="en-US")
    witness = _Witness(page, address)
    page.goto(address)
    page.route("**/api/complete*", lambda route: route.fulfill(json={"prefix": "", "completions": [SCRIPT, BREAKOUT]}))
    page.get_by_role("combobox").press_sequentially("al")
    page.get_by_role("option").first.wait_for()
    assert page.get_by_role("option").first.inner_text() == SCRIPT
    witness.look()
    page.close()


def test_json_is_never_taken_for_a_page(corpus: Corpus) -> None:
    client = create_app(corpus).test_client()
    for path in (f"/api/search?q={quote(SCRIPT)}", f"/api/articles/{quote(SCRIPT)}", f"/api/suggest?q={quote(SCRIPT)}"):
        response = client.get(path)
        assert (response.mimetype or "").endswith("json")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        json.loads(response.data)


def test_a_page_is_no_bigger_for_a_heading_of_ten_megabytes(corpus: Corpus) -> None:
    client = create_app(corpus).test_client()
    for path in ("/?q=同盟", "/", "/?q=标题很长", "/?q=再说同盟", "/api/search?q=同盟", "/article/big?fragment=s1"):
        response = client.get(path)
        assert response.status_code == 200, path
        assert len(response.data) < 500_000 or path.startswith("/article/"), path


# --- outside -------------------------------------------------------------------------------------------------

TRAVERSALS = [
    "../secret",
    "../secret.txt",
    "../../etc/passwd",
    "../../../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "page.html%00.txt",
    "%00",
    "....//....//etc/passwd",
    "..%c0%af..%c0%afetc/passwd",
    "file:///etc/passwd",
    "C:%5cwindows%5cwin.ini",
    "link",
    "link.txt",
    ".",
    "..",
    "~root",
    "CURRENT",
    "../index/CURRENT",
    "夹/../../secret",
    "page.html/../../secret",
    "%ff%fe",
    "a" * 5000,
]


@pytest.fixture(scope="module")
def port(corpus: Corpus) -> int:
    """The server that users run, where paths arrive as they were sent."""
    ready = threading.Event()
    found: list[str] = []

    def told(url: str) -> None:
        found.append(url)
        ready.set()

    options = {"host": "127.0.0.1", "port": 0, "watching": False, "ready": told}
    threading.Thread(target=serve, args=(corpus,), kwargs=options, daemon=True).start()
    assert ready.wait(60)
    return urlsplit(found[0]).port or 0


def _raw(port: int, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest("GET", quote(path, safe="/%\\:?=&~"), skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": "localhost", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("base", ["/article/", "/api/articles/", "/static/", "/"])
def test_no_path_outside_the_corpus_can_be_read(port: int, base: str) -> None:
    for path in TRAVERSALS:
        status, body = _raw(port, base + path)
        assert status == 404 or (base == "/" and path == "."), (base, path, status)
        assert b"root:x" not in body
        assert "秘密".encode() not in body
        assert b"gen-" not in body
        assert b"Traceback" not in body


def test_the_server_bounds_what_it_reads(port: int) -> None:
    assert _raw(port, "/?q=" + "a" * 40_000)[0] == 431
    assert _raw(port, "/", Cookie="a" * 40_000)[0] == 431
    assert _raw(port, "/api/search?q=" + "a" * 20_000)[0] == 414
    assert _raw(port, "/", b"x", **{"Content-Length": "1"})[0] == 413
    assert _raw(port, "/", None, **{"Content-Length": "1000000000"})[0] == 413
    assert _raw(port, "/", Host="example.org")[0] == 421
    for name in LOOPBACK:
        assert _raw(port, "/", Host=f"{name}:{port}")[0] == 200
    assert _raw(port, "/", None, **{"X-Forwarded-Host": "example.org"})[0] == 200


def test_a_link_that_leads_out_of_the_folder_is_no_article(corpus: Corpus) -> None:
    assert "link" not in corpus.searcher().documents()
    assert Path(corpus.folder / "link.txt").read_text("utf-8").startswith("秘密")
    assert corpus.searcher().search("秘密").total == 0
