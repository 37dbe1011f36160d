"""The JSON over HTTP: the contract's answers, clear errors, tags, names and prefixes, all as it is described."""

from __future__ import annotations

import copy
import gzip
import json
import os
import re
import threading
import time
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from openapi_spec_validator import validate

from corpus_search import api
from corpus_search.article import Kind
from corpus_search.corpus import Corpus
from corpus_search.engine import Sort
from corpus_search.errors import BusyError, TooSlowError
from corpus_search.limits import MAX_HITS, MAX_WINDOW, Limits, Turns, check, limited
from corpus_search.query import MAX_LENGTH, Field
from corpus_search.records import article_record, place_record
from corpus_search.results import Group
from corpus_search.search import Searcher
from corpus_search.web import create_app
from tests.conftest import SEED, MakeCorpus


@pytest.fixture(scope="module")
def app(seed_corpus: Corpus) -> Flask:
    return create_app(seed_corpus)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _json(client: FlaskClient, path: str, **query: Any) -> Any:
    response = client.get(path, query_string=query)
    assert response.status_code == 200, response.text
    return json.loads(response.data)


# --- answers -------------------------------------------------------------------------------------------------


def test_a_search_answers_as_the_command_does(client: FlaskClient, seed_searcher: Searcher) -> None:
    options: dict[str, Any] = {
        "limit": 3,
        "offset": 1,
        "filters": {Field.KIND: frozenset({"body", "note"})},
        "sort": Sort.POSITION,
    }
    wanted = seed_searcher.search("日美同盟 半导体", **options, exact_script=True, explain=True).record(explain=True)
    found = _json(
        client, "/api/search", q="日美同盟 半导体", limit=3, offset=1, kind=["body", "note"], sort="position",
        exact_script="true", explain="true",
    )  # fmt: skip
    assert {**found, "took_ms": 0} == json.loads(json.dumps({**wanted, "took_ms": 0}))
    grouped = _json(client, "/api/search", q="同盟", group="article")
    assert grouped["group"] == "article"
    assert grouped["hits"][0]["passages"] > 1


def test_an_article_and_its_places_are_shown_as_the_command_does(client: FlaskClient, seed_searcher: Searcher) -> None:
    article = seed_searcher.article(SEED.stem)
    assert _json(client, f"/api/articles/{SEED.stem}") == {**article_record(article), "paths": [SEED.name]}
    for fragment in ("front", "abstract", "s1.2", "s1.2p1", "fn7", "back"):
        _, place = seed_searcher.locate(f"{SEED.stem}#{fragment}")
        assert place is not None
        assert _json(client, f"/api/articles/{SEED.stem}", fragment=fragment) == place_record(place)
        assert _json(client, f"/api/articles/{SEED.stem}%23{fragment}") == place_record(place)


def test_documents_in_folders_are_reached_with_slashes_as_they_are_or_encoded(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"甲/乙#s1.txt": "日美同盟。", "甲/乙#s1p1.txt": "另一篇。"})
    corpus.update()
    client = create_app(corpus).test_client()
    for path in ("/api/articles/甲/乙%23s1", "/api/articles/%E7%94%B2%2F乙%23s1"):
        assert _json(client, path)["source"] == "甲/乙#s1.txt"
    assert _json(client, "/api/articles/甲/乙%23s1", fragment="s0p1")["text"] == "日美同盟。"


def test_completions_come_in_two_forms(client: FlaskClient) -> None:
    words = ["日美同盟 半导体", "日美同盟 半导体技术"]
    assert _json(client, "/api/complete", q="日美同盟 半导") == {"prefix": "日美同盟 半导", "completions": words}
    response = client.get("/api/suggest", query_string={"q": "日美同盟 半导"})
    assert response.mimetype == "application/x-suggestions+json"
    assert json.loads(response.data) == ["日美同盟 半导", words]


def test_a_browser_can_add_the_box_as_a_search_engine(client: FlaskClient) -> None:
    page = client.get("/").text
    assert '<link rel="search" href="/opensearch.xml"' in page
    response = client.get("/opensearch.xml", headers={"Accept-Language": "zh"})
    assert response.mimetype == "application/opensearchdescription+xml"
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    root = ET.fromstring(response.text)
    assert len(root.findtext("o:ShortName", "", names)) <= 16
    assert root.findtext("o:Description", "", names) == "检索语料库"
    urls = {url.get("type"): url.get("template", "") for url in root.findall("o:Url", names)}
    assert urls["text/html"] == "http://localhost/?q={searchTerms}"
    found = client.get(urls["application/x-suggestions+json"].replace("{searchTerms}", quote("zhanl"))).json
    assert isinstance(found, list)
    assert found[1][0] == "战略"


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/api/search", "q: is missing"),
        ("/api/search?q=a&q=b", "q: given 2 times, where one is expected"),
        ("/api/search?q=a&limit=0", "limit: a whole number from 1 to 100 is expected"),
        ("/api/search?q=a&limit=101", "limit: a whole number from 1 to 100 is expected"),
        ("/api/search?q=a&limit=", "limit: a whole number from 1 to 100 is expected"),
        ("/api/search?q=a&limit=１", "limit: a whole number from 1 to 100 is expected"),
        ("/api/search?q=a&offset=-1", "offset: a whole number from 0 to 9,900 is expected"),
        ("/api/search?q=a&offset=9901", "offset: a whole number from 0 to 9,900 is expected"),
        ("/api/search?q=a&kind=x", "kind: one of these is expected: front, abstract, keywords, body, note, reference, back"),
        ("/api/search?q=a&sort=", "sort: one of these is expected: relevance, year, position"),
        ("/api/search?q=a&group=", "group: one of these is expected: article"),
        ("/api/search?q=a&exact_script=1", "exact_script: true or false is expected"),
        ("/api/search?q=%ff", "the address is not UTF-8, percent-encoded"),
        ("/api/complete?prefix=a", "prefix: there is no such parameter; there are q"),
        ("/api/suggest?q=" + "a" * 1001, "q: 1,001 characters, where 1,000 are allowed"),
    ],
)  # fmt: skip
def test_what_is_asked_amiss_is_said_and_never_mended(client: FlaskClient, path: str, message: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json) == (400, {"error": {"message": message}})


def test_a_query_that_cannot_be_read_is_answered_with_the_place(client: FlaskClient) -> None:
    response = client.get("/api/search", query_string={"q": "日美“同盟"})
    assert response.status_code == 400
    assert response.json == {
        "error": {
            "message": "the quotation mark “ is not closed: ” is expected",
            "query": "日美“同盟", "start": 2, "end": 3,
        }
    }  # fmt: skip
    long = client.get("/api/search", query_string={"q": "长" * (MAX_LENGTH + 1)})
    assert long.status_code == 400
    assert "1,001 characters" in long.json["error"]["message"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/articles/nothing", 404),
        ("GET", f"/api/articles/{SEED.stem}?fragment=s99", 404),
        ("GET", f"/api/articles/{SEED.stem}?fragment=", 400),
        ("GET", f"/api/articles/{SEED.stem}?fragment=x", 400),
        ("GET", "/api/articles/..%2f..%2fetc%2fpasswd", 404),
        ("GET", "/api/articles/%00", 404),
        ("GET", "/api/nothing", 404),
        ("POST", "/api/search?q=a", 405),
        ("GET", f"/api/search?q={'a' * 20_000}", 414),
    ],
)
def test_every_error_is_json(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = client.open(path, method=method)
    assert response.status_code == status
    assert response.mimetype == "application/json"
    assert response.json is not None
    assert set(response.json) == {"error"}
    assert response.json["error"]["message"]
    assert ("Allow" in response.headers) is (status == 405)


def test_a_request_with_a_body_is_refused(client: FlaskClient) -> None:
    for path in ("/api/search?q=a", "/", "/opensearch.xml"):
        assert client.get(path, data=b"x").status_code == 413
        assert client.post(path, data=b"x" * 100_000).status_code == 413


def test_an_index_that_cannot_be_had_is_a_503_to_come_back_to(make_corpus: MakeCorpus) -> None:
    response = create_app(make_corpus({"a.txt": "正文。"})).test_client().get("/api/search?q=正文")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
    assert "nothing is indexed here yet" in response.text
    assert "ETag" not in response.headers


# --- bounds --------------------------------------------------------------------------------------------------


def test_a_search_whose_time_is_up_ends_with_a_clear_answer(seed_corpus: Corpus) -> None:
    client = create_app(seed_corpus, limits=Limits(search_s=0.0)).test_client()
    for path in ("/api/search", "/"):
        for query in ("日本", "日?的", "日 NEAR/10 本", "note:日本"):
            response = client.get(path, query_string={"q": query})
            assert response.status_code == 422, (path, query)
            assert "takes longer than the 0 s that are allowed here" in response.text
    assert create_app(seed_corpus).test_client().get("/api/search?q=日本").status_code == 200


def test_an_article_is_shown_unmarked_where_marking_it_takes_too_long(seed_corpus: Corpus) -> None:
    client = create_app(seed_corpus, limits=Limits(search_s=0.0)).test_client()
    response = client.get(f"/article/{SEED.stem}", query_string={"q": "日本"})
    assert response.status_code == 200
    assert "日本" in response.text
    assert "<mark>" not in response.text


def test_who_waits_too_long_for_a_turn_is_asked_to_come_back(seed_corpus: Corpus) -> None:
    turns = Turns(Limits(wait_s=0.01))
    begun, over = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.turn():
            begun.set()
            over.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait(30)
    app = Flask(__name__)
    app.url_map.converters["document"] = create_app(seed_corpus).url_map.converters["document"]
    app.register_blueprint(api.blueprint(seed_corpus, turns))
    busy = app.test_client().get("/api/search?q=日本")
    over.set()
    holder.join()
    assert busy.status_code == 503
    assert busy.headers["Retry-After"] == "2"
    assert app.test_client().get("/api/search?q=日本").status_code == 200
    with pytest.raises(BusyError), Turns(Limits(at_once=1, wait_s=0)).turn() as _, turns.turn(), turns.turn():
        pass


def test_time_runs_only_where_it_was_given() -> None:
    check()
    with limited(0):
        time.sleep(0.001)
        with pytest.raises(TooSlowError):
            check()
    check()


# --- tags ----------------------------------------------------------------------------------------------------

TAGGED = ("/api/search?q=同盟", "/api/articles/a", "/api/complete?q=同", "/api/suggest?q=同", "/api/openapi.json",
          "/opensearch.xml", "/", "/?q=同盟", "/article/a", "/help")  # fmt: skip


def test_an_answer_is_kept_until_the_index_changes(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "日美同盟的历史。"})
    corpus.update()
    client = create_app(corpus).test_client()
    tags = {}
    for path in TAGGED:
        response = client.get(path)
        assert response.status_code == 200, path
        assert response.headers["Cache-Control"] == "no-cache"
        tags[path] = response.headers["ETag"]
        assert tags[path].startswith('W/"')
        again = client.get(path, headers={"If-None-Match": f'"other", {tags[path]}'})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tags[path]
        assert again.vary == response.vary
        assert "Content-Type" not in again.headers  # A cache would take it for the answer's.
        assert again.headers["Cache-Control"] == "no-cache"
        assert client.get(path, headers={"If-None-Match": "*"}).status_code == 304
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        assert client.head(path).headers["ETag"] == tags[path]
    assert len(set(tags.values())) == len(TAGGED)
    (corpus.folder / "b.txt").write_text("同盟的将来。", "utf-8")
    corpus.update()
    for path, tag in tags.items():
        response = client.get(path, headers={"If-None-Match": tag})
        assert response.status_code == 200, path
        assert response.headers["ETag"] != tag


def test_an_index_made_anew_has_another_tag(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "日美同盟的历史。"})
    versions = set()
    for _ in range(3):
        corpus.update(rebuild=True)
        versions.add(corpus.searcher().version)
    assert len(versions) == 3


def test_what_is_not_there_is_never_304(client: FlaskClient) -> None:
    for path in ("/api/articles/nothing", "/article/nothing", "/nothing", "/api/search?q=“"):
        response = client.get(path, headers={"If-None-Match": "*"})
        assert response.status_code in (400, 404)
        assert "ETag" not in response.headers


def test_pages_in_two_languages_are_two_and_the_api_has_none(client: FlaskClient) -> None:
    english, chinese = (client.get("/", headers={"Accept-Language": one}) for one in ("en", "zh"))
    assert english.headers["ETag"] != chinese.headers["ETag"]
    assert set(english.vary) == {"Accept-Language", "Accept-Encoding"}
    assert set(client.get("/api/search?q=同盟").vary) == {"Accept-Encoding"}


def test_an_answer_of_an_index_that_changed_meanwhile_has_no_tag(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "日美同盟的历史。"})
    corpus.update()
    app = create_app(corpus)

    @app.before_request
    def change() -> None:
        (corpus.folder / "b.txt").write_text("同盟的将来。", "utf-8")
        corpus.update()

    assert "ETag" not in app.test_client().get("/api/search?q=同盟").headers


def test_long_answers_are_compressed_for_those_who_take_it(client: FlaskClient) -> None:
    path = f"/api/articles/{SEED.stem}"
    plain = client.get(path)
    assert "Content-Encoding" not in plain.headers
    for accepted in ("gzip", "br, gzip;q=0.5", "*"):
        packed = client.get(path, headers={"Accept-Encoding": accepted})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.data) < len(plain.data) / 2
        assert gzip.decompress(packed.data) == plain.data
        assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers
    with client.get("/static/style.css", headers={"Accept-Encoding": "gzip"}) as style:
        assert style.headers["Content-Encoding"] == "gzip"
        assert b"{" in gzip.decompress(style.data)


# --- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]", "localhost."])
def test_the_machines_own_names_are_answered_to(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["example.org", "localhost.example.org", "127.0.0.1.example.org", "", "a@localhost",
                                  "localhost:x", "localhost/", "[::2]", "localhost, example.org"])  # fmt: skip
def test_other_names_are_turned_away_for_every_path(client: FlaskClient, host: str) -> None:
    for path in ("/", "/api/search?q=同盟", "/static/style.css", "/nothing"):
        response = client.get(path, headers={"Host": host})
        assert response.status_code == 421
        assert "--allowed-host NAME" in response.text


def test_a_name_can_be_allowed(seed_corpus: Corpus) -> None:
    client = create_app(seed_corpus, hosts=["papers.example.org"]).test_client()
    assert client.get("/", headers={"Host": "papers.example.org:8443"}).status_code == 200
    assert client.get("/", headers={"Host": "localhost"}).status_code == 421


def test_what_a_proxy_says_is_believed_only_where_asked(seed_corpus: Corpus) -> None:
    said = {
        "X-Forwarded-Host": "papers.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/corpus/",
    }  # fmt: skip
    plain = create_app(seed_corpus).test_client().get("/opensearch.xml", headers=said).text
    assert 'template="http://localhost/?q={searchTerms}"' in plain
    client = create_app(seed_corpus, hosts=["papers.example.org"], proxy_hops=1).test_client()
    proxied = client.get("/opensearch.xml", headers=said).text
    assert 'template="https://papers.example.org/corpus/?q={searchTerms}"' in proxied
    elsewhere = client.get("/", headers={**said, "X-Forwarded-Prefix": "//example.net"}).text
    assert "example.net" not in elsewhere
    assert client.get("/", headers={**said, "X-Forwarded-Host": "example.net"}).status_code == 421


# --- the description -----------------------------------------------------------------------------------------


def test_the_description_is_valid_and_its_bounds_are_the_codes(client: FlaskClient) -> None:
    described = _json(client, "/api/openapi.json")
    validate(described)
    assert described["servers"] == [{"url": "/"}]
    parameters = {p["name"]: p["schema"] for p in described["paths"]["/api/search"]["get"]["parameters"] if "name" in p}
    assert parameters["q"]["maxLength"] == MAX_LENGTH
    assert parameters["limit"]["maximum"] == MAX_HITS
    assert parameters["offset"]["maximum"] == MAX_WINDOW - MAX_HITS
    assert parameters["sort"]["enum"] == list(Sort)
    assert parameters["group"]["enum"] == [Group.ARTICLE]
    assert described["components"]["schemas"]["Kind"]["enum"] == list(Kind)


def test_every_route_is_described(app: Flask) -> None:
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    described = set(api.description()["paths"])
    assert described == {route for route in routes if route.startswith("/api/") or route == "/opensearch.xml"}


CASES = int(os.environ.get("CORPUS_SEARCH_CASES", "80"))
NAMES = ("doc", "section", "paragraph", "note", "part", "blocks")


def _with_examples() -> dict[str, Any]:
    """Return the description with places of the seed as examples: what is drawn at random is never found."""
    made: dict[str, Any] = copy.deepcopy(dict(api.description()))
    address = made["paths"]["/api/articles/{address}"]["get"]["parameters"][0]
    fragments = ("", "#s1.2", "#s1.2p1", "#fn7", "#abstract", "#back")
    address["examples"] = {name: {"value": f"{SEED.stem}{part}"} for name, part in zip(NAMES, fragments, strict=True)}
    return {**made, "servers": [{"url": "http://localhost/"}]}


# That a query cannot be read, which no schema can tell, is a right answer to any string.
ANSWERED = ["2xx", "3xx", "400", "404"]
# What is too long can make the whole address too long, before any parameter is looked at.
REFUSED = ["400", "404", "405", "411", "413", "414", "415"]
described = schemathesis.openapi.from_dict(
    _with_examples(),
    config=schemathesis.Config.from_dict(
        {
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ANSWERED},
                "negative_data_rejection": {"expected-statuses": REFUSED},
            }
        }
    ),
)


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
def _as_bytes(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@described.parametrize()
@settings(max_examples=CASES, derandomize=True, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: schemathesis.Case[Any], app: Flask) -> None:
    case.call_and_validate(app=app, headers={"Accept-Encoding": "identity"})
