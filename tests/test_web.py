"""The web pages: right answers, safe markup, both languages, and faults that stay small."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from corpus_search.corpus import Corpus
from corpus_search.web import create_app
from tests.conftest import ROOT, SEED, MakeCorpus

SCRIPTS = {f'<script src="/static/{name}.js" defer>' for name in ("complete", "keys", "reader")}


@pytest.fixture(scope="module")
def client(seed_corpus: Corpus) -> FlaskClient:
    return create_app(seed_corpus).test_client()


def _get(client: FlaskClient, url: str, language: str = "en", **query: str) -> str:
    response = client.get(url, query_string=query or None, headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    return response.text


def test_the_start_page_lists_the_articles(client: FlaskClient) -> None:
    page = _get(client, "/")
    assert "乌克兰危机下的日美同盟形势与战略影响" in page
    assert 'action="/" method="get"' in page
    assert set(re.findall("<script[^>]*>[^<]*", page)) <= SCRIPTS


def test_words_are_completed(client: FlaskClient) -> None:
    answer = client.get("/api/complete", query_string={"q": "日美同盟 半导"})
    assert answer.json == {
        "prefix": "日美同盟 半导",
        "completions": ["日美同盟 半导体", "日美同盟 半导体技术"],
    }
    assert client.get("/api/complete").json == {"prefix": "", "completions": []}


def test_hits_are_ranked_marked_and_linked_to_their_place(client: FlaskClient) -> None:
    page = _get(client, "/", q="林芳正")
    assert "2 passages for 林芳正" in page
    links = re.findall(r'<h2><a href="([^"]+)"', page)
    assert [link.partition("#")[2] for link in links] == ["fn15", "s1.1p1"]
    assert links[0].startswith(f"/article/{SEED.stem}?q=")
    assert "日本外相<mark>林芳正</mark>、自卫队" in page
    assert "p. 20" in page
    assert "日本与北约围绕亚太的战略协调与防务合作显著加强。" in page
    assert "（四）以加强盟国团结" in page


def test_pages_of_results_keep_the_query(client: FlaskClient) -> None:
    first = _get(client, "/", q="日本", kind="body")
    following = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    second = _get(client, following)
    assert 'start="11"' in second
    assert 'rel="prev"' in second
    assert "kind=body" in following


def test_nothing_found_says_what_was_searched(client: FlaskClient) -> None:
    assert "Nothing found for 一万." in _get(client, "/", q="一万")
    assert "没有找到“一万”。" in _get(client, "/", "zh-CN", q="一万")


@pytest.mark.parametrize(
    ("language", "lang", "word"),
    [
        ("zh-CN,zh;q=0.9", "zh", "检索"),
        ("zh-TW", "zh", "检索"),
        ("en-GB", "en", "Search"),
        ("de", "en", "Search"),
        ("", "en", "Search"),
    ],
)
def test_the_interface_speaks_the_browsers_language(client: FlaskClient, language: str, lang: str, word: str) -> None:
    page = _get(client, "/", language)
    assert f'<html lang="{lang}">' in page
    assert f">{word}</button>" in page


def test_a_query_error_is_shown_at_its_place_in_both_languages(client: FlaskClient) -> None:
    for language, message in (("en", "is not closed: ” is expected"), ("zh", "没有配对：缺 ”")):
        response = client.get("/", query_string={"q": "日美“同盟"}, headers={"Accept-Language": language})
        assert response.status_code == 400
        assert message in response.text
        assert "日美<mark>“</mark>同盟" in response.text


def test_the_article_page_has_every_place_and_note_there_and_back(client: FlaskClient) -> None:
    page = _get(client, f"/article/{SEED.stem}", q="反击能力")
    for fragment in ("front", "abstract", "keywords", "s0", "s0p1", "s1.2p2", "s3.3", "fn1", "fn37", "back"):
        assert f'id="{fragment}"' in page
    for n in range(1, 38):
        assert page.count(f'id="to-fn{n}"') == 1
        assert f'href="#to-fn{n}"' in page
        assert f'href="#fn{n}"' in page
    assert re.search('“高效运用<mark id="m\\d">反击能力</mark>”', page)
    assert len(re.findall(r'<mark id="m\d+">反击能力</mark>', page)) == 3
    assert "3 matches" in page
    assert "= note 6" in page


def test_the_article_page_shows_every_character(client: FlaskClient, seed_text: str) -> None:
    page = html.unescape(re.sub(r"<[^>]+>", "", _get(client, f"/article/{SEED.stem}")))
    shown = re.sub(r"\s", "", page)
    for line in seed_text.splitlines():
        for piece in re.split(r"\^?[①-⑤]|^(?:内容提要|关键词|Abstract|Keywords)[:：]|\*\*", line):
            assert re.sub(r"\s", "", piece) in shown


@pytest.mark.parametrize(
    "path", ["/article/nothing", "/nothing", "/static/nothing.css", "/article/%00", "/article/..%2f..%2fetc%2fpasswd"]
)
def test_what_is_not_there_is_a_404_in_a_line(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        assert response.status_code == 404
        assert "Traceback" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-5", "page=x", "page=99999999999999", "kind=nothing", "q=%ff%fe", "q=a&page=7", "q=%00"]
)
def test_odd_parameters_do_no_harm(client: FlaskClient, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 200


def test_a_long_query_is_refused_with_its_length(client: FlaskClient) -> None:
    response = client.get("/", query_string={"q": "长" * 100_000})
    assert response.status_code == 400
    assert "100,000 characters" in response.text
    assert len(response.data) < 20_000


def test_every_answer_carries_the_policy(client: FlaskClient) -> None:
    for path in ("/", "/?q=日本", f"/article/{SEED.stem}", "/nothing", "/static/style.css"):
        with client.get(path) as response:
            headers = response.headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_reading_is_allowed(client: FlaskClient) -> None:
    assert client.post("/", data={"q": "x"}).status_code in (405, 413)
    assert client.head("/").status_code == 200


def test_no_text_becomes_markup(make_corpus: MakeCorpus) -> None:
    hostile = '<script>alert(1)</script> <img src=x onerror=alert(1)> <mark>同盟</mark> " onmouseover="x" &lt;b&gt; 当p‹q时，‹某甲>主张'
    corpus = make_corpus(
        {"<img onerror=x>.txt": f"{hostile}\n\n一、<b>同盟</b>\n\n{hostile}①\n\n① {hostile}《书》，第3页。"}
    )
    corpus.update()
    client = create_app(corpus).test_client()
    article = client.get("/article/%3Cimg%20onerror=x%3E", query_string={"q": "同盟"}).text
    results = _get(client, "/", q="同盟") + _get(client, "/", q="<script>") + _get(client, "/")
    for page in (article, results):
        assert set(re.findall("<script[^>]*>", page)) <= SCRIPTS
        assert "<img" not in page
        assert "<b>同盟" not in page
        assert 'onmouseover="x"' not in page
    assert "当p‹q时，‹某甲&gt;主张" in article
    assert "&amp;lt;b&amp;gt;" in re.sub("</?span[^>]*>", "", article)


def test_a_damaged_index_is_rebuilt_by_a_request(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "正文。"})
    corpus.update()
    client = create_app(corpus).test_client()
    (corpus.index / "CURRENT").write_text("nonsense")
    assert "<mark>正文</mark>" in _get(client, "/", q="正文")


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, None])
def test_files_touched_under_an_open_index_are_noticed(make_corpus: MakeCorpus, content: bytes | None) -> None:
    corpus = make_corpus({"a.txt": "正文。"})
    corpus.update()
    client = create_app(corpus).test_client()
    assert "<mark>正文</mark>" in _get(client, "/", q="正文")
    for segment in corpus.index.glob("gen-*/*.seg"):
        segment.unlink()
        if content is not None:
            segment.write_bytes(content)
    assert "<mark>正文</mark>" in _get(client, "/", q="正文")


def test_an_index_that_cannot_be_had_is_an_answer_not_a_crash(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "正文。"})
    response = create_app(corpus).test_client().get("/?q=正文")
    assert response.status_code == 503
    assert "cannot be searched just now" in response.text


def test_the_catalogue_is_whole_and_compiled() -> None:
    folder = ROOT / "src" / "corpus_search" / "translations" / "zh" / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as source, (folder / "messages.mo").open("rb") as compiled:
        written, read = read_po(source, locale="zh"), read_mo(compiled)
    messages = [message for message in written if message.id]
    assert messages
    for message in messages:
        assert message.string, message.id
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        other = read.get(key)
        assert other is not None
        assert list(other.string or ()) == list(message.string)
    code = "".join(p.read_text("utf-8") for p in [*(ROOT / "templates").glob("*.html"), *(ROOT / "src").rglob("*.py")])
    for double, single in re.findall(r"""(?:\b_|gettext|QueryError|_error)\(\s*(?:"([^"]+)"|'([^']+)')""", code):
        assert (double or single) in written


@pytest.fixture
def served(make_corpus: MakeCorpus) -> Iterator[tuple[str, Path]]:
    """The command `serve` at work: its address, and the folder it serves."""
    corpus = make_corpus({"a.txt": "日美同盟的历史。"})
    command = [sys.executable, "-m", "corpus_search", "serve", str(corpus.folder), "--index", str(corpus.index)]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().rpartition(" ")[2].strip(), corpus.folder
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 0
        assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/article/nothing", "No article here is called nothing."),
        ("/related/nothing", "No article here is called nothing."),
        ("/cited?doc=nothing", "No article here is called nothing."),
        (f"/related/{SEED.stem}?fragment=s9", "The article has no place s9."),
        (f"/related/{SEED.stem}%23s9", "The article has no place s9."),
        (f"/article/{SEED.stem}?cite=s9", "The article has no place s9."),
        ("/cited/0123456789ab", "No article here cites a work with the number 0123456789ab."),
    ],
)
def test_what_is_not_there_is_said_in_the_pages_words_not_the_terminals(
    client: FlaskClient, path: str, said: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert said in answer.text
    assert "corpus-search status" not in answer.text


def test_what_is_related_to_a_place_is_shown_by_its_address_as_written(client: FlaskClient) -> None:
    page = _get(client, f"/related/{SEED.stem}%23s1.2p1")
    assert page == _get(client, f"/related/{SEED.stem}", fragment="s1.2p1")


def test_a_served_corpus_follows_its_folder(served: tuple[str, Path]) -> None:
    url, folder = served

    def found(word: str) -> bool:
        with urllib.request.urlopen(f"{url}?q={urllib.parse.quote(word)}", timeout=10) as response:
            return f"<mark>{word}</mark>" in response.read().decode()

    assert found("同盟")
    # A name that is no text is more than the watcher takes; it is looked after all the same.
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("名不成文。", "utf-8")
    time.sleep(1)
    (folder / "b.txt").write_text("后来写下的文章。", "utf-8")
    deadline = time.monotonic() + 30
    while not found("后来写下") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found("后来写下")
