"""The pages of statistics and of what is related: right figures, safe markup, and the whole state in the address."""

from __future__ import annotations

import csv
import html
import io
import re
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from corpus_search.api import RETRY_AFTER_S
from corpus_search.corpus import Corpus
from corpus_search.counting.charts import Bar, bars, strip
from corpus_search.counting.streams import streams
from corpus_search.errors import BusyError, PreparingError, TooSlowError
from corpus_search.web import create_app
from tests.conftest import SEED, MakeCorpus

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def client(seed_corpus: Corpus) -> FlaskClient:
    return create_app(seed_corpus).test_client()


def _get(client: FlaskClient, path: str, expected: int = 200, /, **query: Any) -> str:
    response = client.get(path, query_string=query or None, headers={"Accept-Language": "en"})
    assert response.status_code == expected, response.text
    return response.text


def _figures(page: str) -> list[list[str]]:
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cell = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.S)
    return [[html.unescape(re.sub("<[^>]+>", "", one)) for one in cell.findall(row)] for row in table.split("<tr>")[1:]]


def test_a_search_leads_to_its_statistics_and_back(client: FlaskClient) -> None:
    for path in ("/", "/concordance"):
        page = _get(client, path, q="同盟", kind="note")
        link = html.unescape(re.findall(r'href="(/statistics[^"]+)"', page)[0])
        found = _get(client, link)
        assert "Statistics of 同盟" in found
        total = re.findall(r"(\d+) occurrences", found)[0]
        assert f"{total} occurrences of 同盟" in _get(client, "/concordance", q="同盟", kind="note")
        assert re.search(r'href="/concordance\?q=[^"]+kind=note', found)


def test_the_table_says_what_is_counted(client: FlaskClient) -> None:
    page = _get(client, "/statistics", q="战略", by="section")
    rows = _figures(page)
    assert sum(int(row[1]) for row in rows) == 172
    assert ["Abstract", "7", "270.27", "259"] in rows
    assert "172 occurrences; 108.37 per 10,000 characters; " in page
    years = _figures(_get(client, "/statistics", q="战略", by="year"))
    assert years == [["2023", "172", "108.37", "15,871", "1", "1"]]


def test_a_plot_has_a_title_a_description_and_the_tables_figures(client: FlaskClient) -> None:
    page = _get(client, "/statistics", q="同盟", view="collocates")
    svg = re.findall(r"<svg class=\"plot\".*?</svg>", page, re.S)[0]
    drawn = ElementTree.fromstring(svg)
    assert drawn.attrib["role"] == "img"
    named = drawn.attrib["aria-labelledby"].split()
    said = {one.attrib["id"]: one.text for one in drawn if "id" in one.attrib}
    assert all(said[name] for name in named)
    labels = [one.text for one in drawn.iter("text") if one.attrib["class"] == "label"]
    assert labels == [row[0] for row in _figures(page)[:20]]
    widths = [float(one.attrib["width"]) for one in drawn.iter("rect")]
    assert widths == sorted(widths, reverse=True)
    assert "style=" not in svg
    assert "<script" not in svg


def test_the_table_for_spreadsheets_has_what_the_page_shows(client: FlaskClient) -> None:
    for query in ({"q": "同盟", "view": "collocates", "window": "3"}, {"q": "半导体", "view": "keyness", "p": "0.01"}):
        page = _get(client, "/statistics", **query)
        link = html.unescape(re.findall(r'href="(/statistics\.csv[^"]+)"', page)[0])
        response = client.get(link)
        assert response.headers["Content-Disposition"] == f'attachment; filename="{query["view"]}.csv"'
        rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))
        assert [row["word"] for row in rows][:50] == [row[0] for row in _figures(page)]


def test_every_option_is_in_the_address_and_changes_the_answer(client: FlaskClient) -> None:
    plain = _figures(_get(client, "/statistics", q="同盟", view="collocates"))
    for name, value in (("window", "2"), ("min", "6"), ("measure", "pmi"), ("across", "1"), ("all", "1")):
        page = _get(client, "/statistics", **{"q": "同盟", "view": "collocates", name: value})
        assert _figures(page) != plain, name
        assert f"{name}={value}" in html.unescape(re.findall(r'href="(/statistics\.csv[^"]+)"', page)[0])
    assert _figures(_get(client, "/statistics", q="同盟", view="collocates", window="x", measure="y")) == plain
    rarer = _get(client, "/statistics", q="半导体", view="keyness", p="0.05", negative="1")
    assert all(float(row[6]) < 0 for row in _figures(rarer))


def test_what_cannot_be_shown_is_said(client: FlaskClient) -> None:
    assert client.get("/statistics").status_code == 302
    assert "is not closed" in _get(client, "/statistics", 400, q="日美“同盟")
    alone = _get(client, "/statistics", 404, view="keyness", of="doc", doc=SEED.stem)
    assert "There is nothing to compare it with" in alone
    assert "No article here is called nothing." in _get(
        client, "/statistics", 404, q="同盟", by="section", doc="nothing"
    )
    assert "There is no such table" in _get(client, "/statistics.csv", 404, view="keyness", of="doc", doc="nothing")
    assert "0 occurrences" in _get(client, "/statistics", q="“没有这个词语吧”")


def test_a_count_of_parts_links_to_one_of_the_whole(client: FlaskClient) -> None:
    page = _get(client, "/statistics", q="日美同盟", kind="body")
    link = re.search(r'<a href="([^"]*)">Count the whole alone</a>', page)
    assert link
    whole = _get(client, unescape(link[1]))
    assert "Count the whole alone" not in whole
    assert "Statistics of “日美同盟”" in whole
    assert "kind=body" in link[1]
    assert "Count the whole alone" not in _get(client, "/statistics", q="同盟")


def test_who_comes_while_words_are_counted_is_told_how_far_it_is(
    seed_corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet(*_: object, **__: object) -> None:
        raise PreparingError(0.374)

    monkeypatch.setattr("corpus_search.counting.preparing.Preparing.streams", not_yet)
    client = create_app(seed_corpus).test_client()
    response = client.get("/statistics?q=同盟&view=collocates&window=3", headers={"Accept-Language": "en"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert "37 % is done" in response.text
    assert re.search(r'href="/statistics\?q=[^"]+window=3">Look again', html.unescape(response.text))
    answer = client.get("/api/collocates?q=同盟")
    assert answer.status_code == 503
    assert "37% is done" in answer.json["error"]["message"]  # type: ignore[index]


def test_hostile_text_is_shown_and_not_obeyed(make_corpus: MakeCorpus) -> None:
    title = "<script>alert(1)</script>&\x1b同盟"
    corpus = make_corpus({
        "a.txt": f"{title}\n\n一、<b>头</b>\n\n日美同盟<img src=x>的历史与现状以及半导体。",
        "b.txt": f"{title}二\n\n一、头\n\n日美同盟的历史与现状以及半导体，另一种说法。",
    })  # fmt: skip
    corpus.update()
    streams(corpus.searcher(), corpus.index)
    client = create_app(corpus).test_client()
    for path in (
        "/statistics?q=同盟", "/statistics?q=同盟&by=section&doc=a", "/statistics?q=<b>&by=year",
        "/statistics?q=同盟&view=collocates&min=1", "/related/a", "/related/a?fragment=s1p1", "/article/a",
    ):  # fmt: skip
        page = _get(client, path)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "\x1b" not in page


def test_plots_are_sound_for_nothing_and_for_anything() -> None:
    for rows in ([], [Bar("<&>", 0, "0")], [Bar("很长的名字" * 9, 1e9, "1"), Bar("a", -0.0, "", 9)]):
        drawn = ElementTree.fromstring(bars(rows, name="p", title="<", description="&"))
        for one in drawn.iter("rect"):
            assert 0 <= float(one.attrib["width"]) <= 210
    drawn = ElementTree.fromstring(strip([0, 5, 5, 10], 10, [0, 5], name="s", title="t", description="d"))
    strokes = [float(one.attrib["x1"]) for one in drawn.iter("line") if one.attrib["class"] == "stroke"]
    assert strokes == [1.0, 200.0, 399.0]
    assert ElementTree.fromstring(strip([], 0, [], name="s", title="t", description="d")) is not None


# --- what is related -----------------------------------------------------------------------------------------


def test_an_article_leads_to_what_is_related(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({
        "a.txt": "海运简史\n\n一、头\n\n清代漕粮海运与沙船业，上海县的船商。\n",
        "b.txt": "沙船业考\n\n一、头\n\n沙船业兴于漕粮海运，船商聚于上海县。\n",
        "c.txt": "铁路\n\n一、头\n\n机车与轨距。\n",
    })  # fmt: skip
    corpus.update()
    client = create_app(corpus).test_client()
    page = _get(client, "/article/a")
    box = page.partition('class="elsewhere"')[2]
    assert "沙船业考" in box
    assert "铁路" not in box
    found = _get(client, "/related/a")
    assert 'href="/article/b"' in found
    assert "Shared words:" in found
    passages = _get(client, "/related/a", fragment="s1p1")
    assert 'href="/article/b#s1p1"' in passages
    assert "There is nothing related" in _get(client, "/related/a", 404, fragment="s9")
    assert "There is nothing related" in _get(client, "/related/nothing", 404)
    answer = client.get("/api/related?address=a%23s1p1").json
    assert answer is not None
    assert [one["address"] for one in answer["passages"]] == ["b#s1p1"]
    assert "漕粮" in "".join(answer["passages"][0]["terms"])


def test_a_work_that_both_cite_leads_to_all_who_cite_it(make_corpus: MakeCorpus) -> None:
    text = "{}\n\n一、头\n\n有人说过[1]。\n\n参考文献\n\n[1] 朱锋.东亚安全秩序的未来[J].国际问题研究,2019(3).\n"
    corpus = make_corpus({"a.txt": text.format("甲"), "b.txt": text.format("乙")})
    corpus.update()
    client = create_app(corpus).test_client()
    link = re.search(
        r'<cite lang="zh"><a href="(/cited/\w+)">东亚安全秩序的未来</a></cite>', _get(client, "/related/a")
    )
    assert link
    page = _get(client, link[1])
    assert '"/article/a#s1p1"' in page
    assert '"/article/b#s1p1"' in page


def test_an_article_does_not_wait_for_what_is_cited_and_what_does_says_so(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def being_read(*_: object, **__: object) -> None:
        raise BusyError("the works that are cited are being read")

    corpus = make_corpus({
        "a.txt": "海运简史\n\n一、头\n\n清代漕粮海运与沙船业，上海县的船商。\n",
        "b.txt": "沙船业考\n\n一、头\n\n沙船业兴于漕粮海运，船商聚于上海县。\n",
    })  # fmt: skip
    corpus.update()
    monkeypatch.setattr("corpus_search.search.Searcher.works", being_read)
    client = create_app(corpus).test_client()
    assert "沙船业考" in _get(client, "/article/a").partition('class="elsewhere"')[2]
    assert "the works that are cited are being read" in _get(client, "/related/a", 503)
    answer = client.get("/api/related?address=a")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(RETRY_AFTER_S))


def test_an_article_keeps_its_marks_where_others_take_too_long(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object, **__: object) -> None:
        raise TooSlowError("too slow")

    corpus = make_corpus({"a.txt": "海运简史\n\n一、头\n\n清代漕粮海运与沙船业。\n"})
    corpus.update()
    monkeypatch.setattr("corpus_search.web.like_article", too_slow)
    page = _get(create_app(corpus).test_client(), "/article/a", q="漕粮")
    assert re.search(r'<mark id="m1">漕粮</mark>', page)
    assert "nearby" not in page
