"""What the pages of results, of an article, of a concordance and of a citation say, all without a script."""

from __future__ import annotations

import csv
import html
import io
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from corpus_search.corpus import Corpus
from corpus_search.web import create_app
from tests.conftest import SEED, MakeCorpus

ARTICLE = f"/article/{SEED.stem}"


@pytest.fixture(scope="module")
def client(seed_corpus: Corpus) -> FlaskClient:
    return create_app(seed_corpus).test_client()


def _get(client: FlaskClient, url: str, *, status: int = 200, **query: str | list[str]) -> str:
    response = client.get(url, query_string=query or None, headers={"Accept-Language": "en"})
    assert response.status_code == status, response.text
    return response.text


def _links(page: str, part: str) -> dict[str, str]:
    """Return the links of a part of the page, by their text."""
    inside = re.search(rf'<(\w+) class="{part}".*?</\1>', page, re.DOTALL)
    assert inside, part
    found = re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', inside[0], re.DOTALL)
    return {" ".join(re.sub(r"<[^>]+>", " ", text).split()): html.unescape(url) for url, text in found}


# --- results -------------------------------------------------------------------------------------------------


def test_facets_combine_and_are_taken_back_by_their_chips(client: FlaskClient) -> None:
    facets = _links(_get(client, "/", q="战略能动"), "facets")
    assert parse_qs(urlsplit(facets["Note 7"]).query) == {"q": ["战略能动"], "kind": ["note"]}
    notes = _get(client, facets["Note 7"])
    assert "7 passages" in notes
    both = _get(client, _links(notes, "facets")["Abstract 1"])
    assert "8 passages" in both
    chips = _links(both, "chips")
    assert list(chips) == ["Kind Abstract × (remove)", "Kind Note × (remove)"]
    assert "7 passages" in _get(client, chips["Kind Abstract × (remove)"])


def test_what_is_asked_stands_in_the_url(client: FlaskClient) -> None:
    page = _get(
        client, "/", q="日本", kind=["body", "note"], sort="position", group="article", exact_script="1", page="1"
    )
    for link in _links(page, "views").values():
        query = parse_qs(urlsplit(link).query)
        assert query["q"] == ["日本"]
        assert query["kind"] == ["body", "note"]
    views = _links(page, "views")
    assert "group" not in parse_qs(urlsplit(views["Passages"]).query)
    assert "exact_script" not in parse_qs(urlsplit(views["take scripts together"]).query)
    assert 'name="group" value="article"' in page  # The next question is shown the same way, but without limits.
    assert 'name="kind"' not in page


def test_hits_are_grouped_by_article_with_the_best_passages(client: FlaskClient) -> None:
    page = _get(client, "/", q="战略能动", group="article")
    assert "1 article for 战略能动" in page
    assert page.count('<li class="hit">') == 1
    assert "· 38 passages" in page
    assert page.count('class="snippet"') == 3


def test_a_passage_has_its_notes_at_hand_and_every_hit_says_how_it_matches(client: FlaskClient) -> None:
    page = _get(client, "/", q="高效运用反击能力")
    first = page.partition('<li class="hit">')[2].partition('<li class="hit">')[0]
    assert "as written" in first
    assert re.search(r"<summary>\d+ notes?</summary>", first)
    assert "对敌基地攻击能力" in first
    assert "its words, apart" in _get(client, "/", q="战略能动")
    assert "in another writing" in _get(client, "/", q="反擊能力")


@pytest.mark.parametrize(
    ("query", "looser"),
    [({"q": "“乌克兰危机学派”"}, "乌克兰危机学派"), ({"q": "战略能动", "author": "王明"}, "战略能动")],
)
def test_nothing_found_offers_the_nearest_query_that_finds_something(
    client: FlaskClient, query: dict[str, str], looser: str
) -> None:
    page = _get(client, f"/?{urlencode(query)}")
    assert "Nothing found for" in page
    found = re.search(r'This does find something: <a href="([^"]+)"[^>]*>([^<]+)</a> \((\d+)', page)
    assert found
    assert html.unescape(found[2]) == looser
    assert f"{found[3]} passages for" in _get(client, html.unescape(found[1]))


def test_a_page_beyond_the_last_leads_to_the_first(client: FlaskClient) -> None:
    assert "There are only 4 pages." in _get(client, "/", q="战略能动", page="9")


@pytest.mark.parametrize(
    ("form", "begins", "ending"),
    [
        ("ris", "TY  - JOUR", "ris"),
        ("bibtex", "@article{", "bib"),
        ("csv", "\ufeffrank,address", "csv"),
        ("json", "{", "json"),
    ],
)
def test_the_hits_are_saved_as_files(client: FlaskClient, form: str, begins: str, ending: str) -> None:
    links = _links(_get(client, "/", q="战略能动", kind="note"), "exports")
    url = next(url for url in links.values() if parse_qs(urlsplit(url).query)["format"] == [form])
    response = client.get(url)
    assert response.status_code == 200
    assert response.get_data().decode("utf-8").startswith(begins)
    assert response.headers["Content-Disposition"] == f'attachment; filename="corpus-search.{ending}"'
    if form == "csv":
        assert len(list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))) == 8


def test_an_unknown_format_or_a_broken_query_is_no_file(client: FlaskClient) -> None:
    assert client.get("/export", query_string={"q": "同盟", "format": "exe"}).status_code == 404
    assert client.get("/export", query_string={"q": "“同盟", "format": "ris"}).status_code == 400
    assert client.get("/concordance.csv", query_string={"q": "“同盟"}).status_code == 400
    assert client.get("/concordance", query_string={"q": "“同盟"}).status_code == 400


# --- a concordance -------------------------------------------------------------------------------------------


def test_a_concordance_lists_every_occurrence_and_gives_a_table(client: FlaskClient, seed_text: str) -> None:
    page = _get(client, "/concordance", q="“反击能力”")
    lines = re.findall(r'<td class="left"[^>]*><bdi>(.*?)</bdi></td><td class="run"[^>]*><mark>(.*?)</mark>', page)
    assert {run for _, run in lines} == {"反击能力"}
    assert len(lines) == seed_text.count("反击能力")
    table = client.get(_links(page, "views")["CSV"])
    rows = list(csv.DictReader(io.StringIO(table.get_data().decode("utf-8-sig"))))
    assert [row["match"] for row in rows] == ["反击能力"] * len(lines)
    assert rows[0]["address"].startswith(f"{SEED.stem}#")


def test_a_concordance_is_sorted_by_either_context_and_paged(client: FlaskClient) -> None:
    page = _get(client, "/concordance", q="同盟", order="right")
    assert "page 1 of 2" in page
    following = _links(page, "pages")["Next"]
    assert parse_qs(urlsplit(following).query) == {"q": ["同盟"], "order": ["right"], "page": ["2"]}
    assert "page 2 of 2" in _get(client, following)
    assert client.get("/concordance").status_code == 302


# --- an article ----------------------------------------------------------------------------------------------


def test_the_outline_counts_matches_in_text_and_notes(client: FlaskClient) -> None:
    page = _get(client, ARTICLE, q="反击能力")
    outline = page[page.index('<nav class="outline"') : page.index("</nav>", page.index('<nav class="outline"'))]
    counts = re.findall(r'href="#(m\d+)" aria-label="(\d+) matches in the text, (\d+) in its notes', outline)
    marks = re.findall(r'<mark id="(m\d+)">', page)
    assert marks == [f"m{n}" for n in range(1, len(marks) + 1)]
    assert f'data-total="{len(marks)}"' in page
    assert counts
    assert all(first in marks for first, _, _ in counts)
    assert sum(int(text) + int(notes) for _, text, notes in counts) <= len(marks)
    assert "heat" not in _get(client, ARTICLE)


def test_a_note_that_points_back_shows_what_it_stands_for(client: FlaskClient) -> None:
    page = _get(client, ARTICLE)
    note = page[page.index('id="fn7"') : page.index('id="fn8"')]
    assert "同上" in note
    resolved = re.search(r'<span class="resolved"><a href="#fn6"[^>]*>= note 6</a> (.*?)</span>', note)
    assert resolved
    assert f'<span class="said">{resolved[1][:20]}' in page


def test_every_paragraph_and_note_has_a_permalink_and_a_citation(client: FlaskClient) -> None:
    page = _get(client, ARTICLE)
    paragraphs = re.findall(r'<p id="(s[\d.]+p\d+)"', page)
    notes = re.findall(r'class="note" id="(fn\d+)"', page)
    assert paragraphs
    assert len(notes) == 37
    for name in [*paragraphs, *notes]:
        assert f'class="permalink" href="#{name}"' in page
        assert f'href="?cite={name}"' in page


def test_reference_managers_find_the_article_in_its_page(client: FlaskClient) -> None:
    meta = dict(re.findall(r'<meta name="(citation_[^"]+)" content="([^"]*)">', _get(client, ARTICLE)))
    assert meta["citation_title"] == "乌克兰危机下的日美同盟形势与战略影响"
    assert meta["citation_publication_date"].startswith("2023")
    assert (meta["citation_firstpage"], meta["citation_lastpage"]) == ("13", "29")


def test_a_place_is_cited_in_every_style(client: FlaskClient) -> None:
    page = html.unescape(re.sub(r"<[^>]+>", "", _get(client, ARTICLE, cite="fn12")))
    for style in ("GB/T 7714-2015", "Chicago, notes", "APA", "BibTeX", "RIS", "CSL-JSON"):
        assert style in page
    assert "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 2023(5): 19, 注③." in page
    assert "@article{" in page
    _get(client, ARTICLE, status=404, cite="s99")


def test_what_cannot_be_cited_says_why(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "没有标题的正文。" * 20})
    corpus.update()
    page = _get(create_app(corpus).test_client(), "/article/a", status=404, cite="")
    assert "a.meta.toml" in page
