"""Behind a reverse proxy, below a prefix: every link, file and answer is found where the reader is told it is."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from click.testing import CliRunner

from corpus_search.cli import commands
from corpus_search.corpus import Corpus
from corpus_search.serving import serve
from tests.conftest import SEED

PREFIX = "/corpus"
PUBLIC = "papers.example.org"


class _Proxy(BaseHTTPRequestHandler):
    """Passes on what is below the prefix and nothing else, as a proxy before a small server does."""

    behind = 0
    strips = False
    adds: dict[str, str]

    def do_GET(self) -> None:
        if urlsplit(self.path).path != PREFIX and not self.path.startswith(f"{PREFIX}/"):
            self.send_error(418, "outside of the prefix")
            return
        path = (self.path.removeprefix(PREFIX) or "/") if self.strips else self.path
        connection = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        connection.putrequest("GET", path, skip_host=True)
        for name, value in {"Host": f"127.0.0.1:{self.behind}", **self.adds}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def _proxied(corpus: Corpus, *, strips: bool, adds: dict[str, str], **options: Any) -> Iterator[str]:
    ready, found = threading.Event(), list[str]()

    def told(url: str) -> None:
        found.append(url)
        ready.set()

    options = {"host": "127.0.0.1", "port": 0, "watching": False, "ready": told, **options}
    threading.Thread(target=serve, args=(corpus,), kwargs=options, daemon=True).start()
    assert ready.wait(60)
    handler = type("Handler", (_Proxy,), {"behind": urlsplit(found[0]).port, "strips": strips, "adds": adds})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            assert response.url == url  # Nothing is redirected.
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


FORWARDED = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": PUBLIC}
WAYS = {
    "the prefix passed on": {"strips": False, "adds": {}, "prefix": PREFIX},
    "the prefix taken off": {"strips": True, "adds": {}, "prefix": PREFIX},
    "the prefix in a header": {
        "strips": True, "adds": {**FORWARDED, "X-Forwarded-Prefix": PREFIX}, "proxy_hops": 1, "allowed_hosts": [PUBLIC],
    },
    "all of it": {
        "strips": False, "adds": {**FORWARDED, "X-Forwarded-Prefix": "/twice"}, "prefix": PREFIX, "proxy_hops": 1,
        "allowed_hosts": [PUBLIC],
    },
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_link_leads_below_the_prefix_and_is_answered(seed_corpus: Corpus, way: str) -> None:
    with _proxied(seed_corpus, **WAYS[way]) as front:  # type: ignore[arg-type]
        waiting, seen = [f"{front}{PREFIX}/", f"{front}{PREFIX}", f"{front}{PREFIX}/?q=日本&kind=body"], set[str]()
        waiting = [urllib.request.quote(url, safe=":/?&=%") for url in waiting]  # type: ignore[attr-defined]
        while waiting and len(seen) < 60:
            url = waiting.pop(0).partition("#")[0]
            if url in seen:
                continue
            seen.add(url)
            status, body = _get(url)
            assert status == 200, url
            for link in re.findall(r'(?:href|src|action|data-complete)="([^"#][^"]*)"', body):
                target = urljoin(url, unescape(link))
                assert target.startswith(f"{front}{PREFIX}/"), (url, link)
                waiting.append(target)
        assert {urlsplit(url).path for url in seen} >= {
            f"{PREFIX}/article/{SEED.stem}", f"{PREFIX}/static/style.css", f"{PREFIX}/static/complete.js",
            f"{PREFIX}/help", f"{PREFIX}/opensearch.xml", f"{PREFIX}/api/complete",
        }  # fmt: skip
        status, body = _get(f"{front}{PREFIX}/api/articles//{SEED.stem}")
        assert status == 404  # No redirect: one would have to name the address that the reader sees.
        public = f"https://{PUBLIC}{PREFIX}/" if "proxy_hops" in WAYS[way] else "http://127.0.0.1:"
        assert f'template="{public}' in _get(f"{front}{PREFIX}/opensearch.xml")[1]
        assert f'"servers": [{{"url": "{PREFIX}"}}]' in _get(f"{front}{PREFIX}/api/openapi.json")[1]
        status, body = _get(f"{front}{PREFIX}/nothing")
        assert status == 404
        assert f'href="{PREFIX}/"' in body


def test_what_is_forwarded_is_not_believed_unasked(seed_corpus: Corpus) -> None:
    adds = {**FORWARDED, "X-Forwarded-Prefix": "/elsewhere"}
    with _proxied(seed_corpus, strips=True, adds=adds) as front:
        _, body = _get(f"{front}{PREFIX}/opensearch.xml")
    assert PUBLIC not in body
    assert "elsewhere" not in body
    assert "https:" not in body


def test_a_name_that_is_not_allowed_is_turned_away_behind_a_proxy_too(seed_corpus: Corpus) -> None:
    with _proxied(seed_corpus, strips=True, adds=FORWARDED, proxy_hops=1) as front:
        assert _get(f"{front}{PREFIX}/")[0] == 421


def test_a_server_for_everybody_answers_to_the_machines_own_name(seed_corpus: Corpus) -> None:
    for host, status in ((socket.gethostname(), 200), ("localhost", 200), ("192.0.2.1", 421), (PUBLIC, 200)):
        adds = {"Host": host}
        with _proxied(seed_corpus, strips=True, adds=adds, host="0.0.0.0", allowed_hosts=[PUBLIC]) as front:
            assert _get(f"{front}{PREFIX}/")[0] == status, host


@pytest.mark.parametrize(
    "arguments",
    [["--allowed-host", "http://x"], ["--allowed-host", "a b"], ["--prefix", "/a b"], ["--prefix", "http://x/"],
     ["--prefix", "/a//b"], ["--proxy-hops", "-1"], ["--search-seconds", "0"]],
)  # fmt: skip
def test_options_that_cannot_be_meant_are_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(commands, ["serve", *arguments]).exit_code == 2
