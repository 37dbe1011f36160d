"""A cluster that fails: nothing that was committed is lost, and no answer is less than it says.

Nodes are killed (SIGKILL) while an index is written and while it is asked; so is the process that writes. What else can
go wrong between this program and a cluster is played by a small server.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from corpus_search.cli import commands
from corpus_search.corpus import Corpus
from corpus_search.engine import Service
from corpus_search.engines.opensearch.bulk import Bulk
from corpus_search.engines.opensearch.connection import Connection
from corpus_search.engines.opensearch.lease import Lease
from corpus_search.engines.opensearch.store import Store
from corpus_search.errors import CorpusSearchError, EngineUnavailableError, IndexLockedError
from corpus_search.results import Group
from corpus_search.web import create_app
from tests.cluster import Cluster, Node, asked
from tests.conftest import ROOT

DOCUMENTS = 40


def _corpus(folder: Path, cluster: Cluster, **service: Any) -> Corpus:
    """Return a corpus of as many articles as are called `DOCUMENTS`, not indexed yet."""
    corpus = Corpus(
        folder / "corpus", folder / "index", engine="opensearch", service=replace(cluster.service, **service)
    )
    corpus.folder.mkdir(parents=True, exist_ok=True)
    for n in range(DOCUMENTS):
        text = f"一、海运\n论海运的历史与现状，第{n}篇。\n二、铁路\n论铁路。\n"
        (corpus.folder / f"{n:02}.txt").write_text(text, "utf-8")
    return corpus


@pytest.fixture(autouse=True)
def _whole_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave the cluster as it was found."""
    yield
    if "cluster" in request.fixturenames:
        request.getfixturevalue("cluster").start()


def _manager(cluster: Cluster) -> Node:
    """Return the node that the others follow, the worst to lose."""
    name = asked(f"{cluster.nodes[0].url}/_cat/cluster_manager?format=json")[0]["node"]
    return next(node for node in cluster.nodes if node.name == name)


def _without_head(cluster: Cluster, corpus: Corpus) -> Node:
    """Return a node that does not hold the head of an index, without which it cannot be opened."""
    name = json.loads(next(corpus.index.glob("gen-*/state.json")).read_text())["index"]
    shards = asked(f"{cluster.nodes[0].url}/{name}/_search_shards?routing=head")
    holding = {shards["nodes"][copy["node"]]["name"] for copies in shards["shards"] for copy in copies}
    return next(node for node in cluster.nodes if node.name not in holding)


# --- nodes that die --------------------------------------------------------------------------------------------


def test_a_node_killed_while_indexing_loses_nothing(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus_search.engines.opensearch.bulk.BULK_BYTES", 20_000)
    corpus = _corpus(tmp_path, cluster)
    victim = _manager(cluster)
    sent: list[int] = []
    tried = Bulk._tried

    def killing(self: Bulk, lines: list[bytes]) -> tuple[list[bytes], str]:
        sent.append(len(lines))
        if len(sent) == 4:
            victim.kill()
        return tried(self, lines)

    monkeypatch.setattr(Bulk, "_tried", killing)
    summary = corpus.update()
    assert len(sent) > 6, "the node was to die in the middle"
    assert not victim.runs
    assert (summary.documents, summary.failures) == (DOCUMENTS, [])
    # What was committed is there with a node less, and once it is back, whichever copy answers.
    for _ in range(2):
        searcher = corpus.searcher()
        assert len(searcher.documents()) == DOCUMENTS
        results = searcher.search("“海运的历史”", limit=100)
        assert (results.total, results.incomplete) == (DOCUMENTS, None)
        assert {hit.chunk.doc_id for hit in results.hits} == set(searcher.documents())
        assert searcher.verify(samples=30, seed=1).good
        cluster.start()
        corpus = Corpus(corpus.folder, corpus.index, engine="opensearch", service=corpus.service)


def test_every_search_answers_in_full_while_a_node_is_killed_or_says_why_not(tmp_path: Path, cluster: Cluster) -> None:
    corpus = _corpus(tmp_path, cluster)
    corpus.update()
    searcher = corpus.searcher()
    wanted = {group: searcher.search("海运 历史", group=group, limit=100) for group in Group}
    told: list[str] = []
    complete = 0
    victim = _manager(cluster)
    until = time.monotonic() + 20
    for n in range(10_000):
        if n == 3:
            victim.kill()
        group = list(Group)[n % 2]
        try:
            results = searcher.search("海运 历史", group=group, limit=100)
        except CorpusSearchError as error:
            told.append(str(error))
            continue
        if results.incomplete:
            told.append(results.incomplete)
            assert results.total < wanted[group].total
            continue
        assert [hit.address for hit in results.hits] == [hit.address for hit in wanted[group].hits]
        complete += 1
        if n > 3 and (complete > 12 or time.monotonic() > until):
            break
    assert complete > 8
    assert all(told)


def test_what_a_lost_part_would_have_answered_is_said_to_be_missing(tmp_path: Path, cluster: Cluster) -> None:
    corpus = _corpus(tmp_path, cluster, replicas=0)
    corpus.update()
    total = corpus.searcher().search("海运").total
    victim = _without_head(cluster, corpus)
    victim.kill()
    results = corpus.searcher().search("海运", limit=100)
    assert 0 < results.total < total
    assert results.incomplete == "1 of 3 parts of the index do not answer"
    record = results.record()
    assert (record["complete"], record["incomplete"]) == (False, results.incomplete)
    # One who opens the index now is told the same, and what is worth nothing in part is not answered at all.
    fresh = Corpus(corpus.folder, corpus.index, engine="opensearch", service=corpus.service)
    assert fresh.searcher().search("海运", group=Group.ARTICLE).incomplete
    with pytest.raises(EngineUnavailableError, match="cannot answer in full: 1 of 3 parts"):
        fresh.searcher().facets("海运")
    client = create_app(fresh).test_client()
    for path in ("/", "/api/search"):
        answer = client.get(path, query_string={"q": "海运"}, base_url="http://localhost")
        assert "1 of 3 parts of the index do not answer" in answer.text
        # Nobody keeps it, to be told later that it has not changed.
        assert (answer.headers["Cache-Control"], answer.headers.get("ETag")) == ("no-store", None)
    export = client.get("/export", query_string={"q": "海运", "format": "csv"}, base_url="http://localhost")
    assert (export.status_code, "not all of the index answers" in export.text) == (503, True)
    cluster.start()
    assert corpus.searcher().search("海运", limit=100).incomplete is None
    assert corpus.searcher().search("海运").total == total
    assert fresh.searcher().search("海运").total == total


# --- writers that die, or meet -----------------------------------------------------------------------------------


def _command(corpus: Corpus, *arguments: str) -> list[str]:
    assert corpus.service
    urls = [part for url in corpus.service.urls for part in ("--opensearch-url", url)]
    return [*arguments, "--index", str(corpus.index), "--engine", "opensearch", *urls]


def test_a_writer_that_is_killed_leaves_the_index_as_it_was(tmp_path: Path, cluster: Cluster) -> None:
    corpus = _corpus(tmp_path, cluster)
    corpus.update()
    before = corpus.searcher().search("海运").total
    for n in range(DOCUMENTS):
        (corpus.folder / f"{n:02}.txt").write_text(f"一、航空\n论航空，第{n}篇。\n", "utf-8")
    script = (
        "import os, signal\n"
        "from corpus_search.engines.opensearch.store import Store\n"
        "Store.write_head = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from corpus_search.cli import main\n"
        f"main({_command(corpus, 'index', str(corpus.folder), '--workers', '1')!r})\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = Corpus(corpus.folder, corpus.index, engine="opensearch", service=corpus.service)
    assert again.searcher().search("海运").total == before
    assert again.searcher().search("航空").total == 0
    assert again.searcher().verify(samples=20, seed=2).good
    # The next writer notices that the one before is no more, removes what it left, and goes on.
    assert again.update().changed == DOCUMENTS
    assert again.searcher().search("海运").total == 0
    assert len(again.searcher().search("“论航空”", limit=100).hits) == DOCUMENTS


def test_two_writers_do_not_write_at_once(tmp_path: Path, cluster: Cluster) -> None:
    corpus = _corpus(tmp_path, cluster, index="shared-by-two")
    corpus.update()
    elsewhere = Corpus(corpus.folder, tmp_path / "other", engine="opensearch", service=corpus.service)
    assert elsewhere.searcher().search("海运").total  # It has never seen the index, but its name.
    store = Store(Connection(cluster.service), "shared-by-two")
    index, head = store.current()
    lease = Lease(store.connection, index, at_least=head.generation + 1)
    (corpus.folder / "new.txt").write_text("一、航空\n", "utf-8")
    beating = threading.Event()

    def beat() -> None:
        while not beating.wait(0.3):
            lease.renew(after_s=0.0)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        with pytest.raises(IndexLockedError, match=f"process {os.getpid()} on .* is writing this index"):
            elsewhere.update()
    finally:
        beating.set()
        thread.join()
    lease.release()
    assert elsewhere.update().new == 1
    assert not corpus.searcher().is_current() or corpus.searcher().search("航空").total


def test_a_rebuild_changes_the_index_in_one_step_while_it_is_searched(tmp_path: Path, cluster: Cluster) -> None:
    corpus = _corpus(tmp_path, cluster)
    corpus.update()
    wanted = {corpus.searcher().search("海运", limit=100).total}
    name = json.loads(next(corpus.index.glob("gen-*/state.json")).read_text())["index"]
    before = list(asked(f"{cluster.nodes[0].url}/_alias/{name}"))
    for n in range(0, DOCUMENTS, 2):
        (corpus.folder / f"{n:02}.txt").unlink()
    failed: list[BaseException] = []

    def rebuild() -> None:
        try:
            Corpus(corpus.folder, corpus.index, engine="opensearch", service=corpus.service).update(rebuild=True)
        except BaseException as error:
            failed.append(error)

    writer = threading.Thread(target=rebuild)
    writer.start()
    seen = []
    while writer.is_alive():
        results = corpus.searcher().search("海运", limit=100)
        assert results.incomplete is None
        seen.append(results.total)
    writer.join()
    assert not failed
    after = corpus.searcher().search("海运", limit=100).total
    wanted.add(after)
    assert set(seen) <= wanted
    assert sorted(seen, reverse=True) == seen, "what is gone does not come back"
    assert after < max(wanted)
    assert list(asked(f"{cluster.nodes[0].url}/_alias/{name}")) != before
    # The one before is there for those who still read it, until the next change.
    assert asked(f"{cluster.nodes[0].url}/{before[0]}/_count")["count"]
    (corpus.folder / "new.txt").write_text("一、航空\n", "utf-8")
    corpus.update()
    assert before[0] not in asked(f"{cluster.nodes[0].url}/_cat/indices?format=json&h=index").__str__()


# --- a cluster that says no ----------------------------------------------------------------------------------------

Answer = Callable[[str, str, bytes], tuple[int, Any]]
ROOT_ANSWER = {"version": {"distribution": "opensearch", "number": "3.0.0"}}


@contextmanager
def _playing(answer: Answer, *, certificate: Path | None = None) -> Iterator[str]:
    """Play a cluster that gives an `answer` to method, path and body; give its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            status, said = answer(self.command, self.path, body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _line(action: dict[str, Any], status: int, *, why: str = "") -> dict[str, Any]:
    error = {"error": {"type": why, "reason": "told so"}} if why else {}
    return {"index": {"_id": action["index"]["_id"], "status": status, **error}}


def test_a_busy_cluster_gets_everything_in_the_end_in_smaller_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus_search.engines.opensearch.bulk._SMALLEST_BYTES", 300)
    taken: list[str] = []
    sizes: list[int] = []
    lock = threading.Lock()

    def answer(method: str, path: str, body: bytes) -> tuple[int, Any]:
        if path == "/":
            return 200, ROOT_ANSWER
        with lock:
            sizes.append(len(body))
            if len(sizes) == 1:
                return 429, {"error": {"type": "es_rejected_execution_exception", "reason": "full"}, "status": 429}
            actions = [json.loads(line) for line in body.splitlines()[::2]]
            # Of a long request only a few documents are taken.
            results = [
                _line(action, 201) if n < 3 else _line(action, 429, why="es_rejected_execution_exception")
                for n, action in enumerate(actions)
            ]
            taken.extend(result["index"]["_id"] for result in results if result["index"]["status"] == 201)
        return 200, {"errors": len(results) > 3, "items": results}

    with _playing(answer) as url:
        bulk = Bulk(Connection(Service(urls=(url,))), "index", senders=1)
        bulk.largest_bytes = 2_000
        for n in range(60):
            bulk.add(f"doc-{n}", "key", {"text": "字" * 20})
        bulk.finish()
    assert sorted(taken) == sorted(f"doc-{n}" for n in range(60))
    assert max(sizes) <= 2_000 < sum(sizes)
    assert max(sizes[len(sizes) // 2 :]) < max(sizes[:3])


def test_a_document_that_is_refused_for_good_is_named() -> None:
    def answer(method: str, path: str, body: bytes) -> tuple[int, Any]:
        if path == "/":
            return 200, ROOT_ANSWER
        action = json.loads(body.splitlines()[0])
        return 200, {"errors": True, "items": [_line(action, 400, why="mapper_parsing_exception")]}

    with _playing(answer) as url:
        bulk = Bulk(Connection(Service(urls=(url,))), "index")
        bulk.add("doc-1", "key", {})
        with pytest.raises(
            EngineUnavailableError, match=r"does not take the document doc-1 \(mapper_parsing_exception"
        ):
            bulk.finish()


def _refusal(url: str, **service: Any) -> str:
    with pytest.raises(EngineUnavailableError) as caught:
        Connection(Service(urls=(url,), patience_s=0.1, timeout_s=2.0, **service))
    return str(caught.value)


def test_what_is_no_cluster_is_told_apart(tmp_path: Path) -> None:
    assert "is no address of a cluster; give one as https://" in _refusal("search.example.org")
    assert "cannot be reached" in _refusal("http://127.0.0.1:9")
    assert "see that the cluster runs there" in _refusal("http://127.0.0.1:9")
    assert "a password would cross the network in clear" in _refusal(
        "http://search.example.org", user="me", password="secret"
    )
    for answer, told in (
        ((200, {"version": {"number": "8.11.0"}}), "answers, but is version 8.11.0 of another server"),
        ((200, {"version": {"distribution": "opensearch", "number": "1.3.20"}}), "is OpenSearch 1.3.20; 2.4 or later"),
        ((200, ["what?"]), "answers, but is no cluster"),
        ((401, {}), "lets nobody in without the right user and password"),
        ((403, {"error": {"type": "security_exception", "reason": "no permissions"}}), "the user may not do this"),
        ((503, {}), "HTTP status 503"),
        ((429, {}), "is too busy"),
    ):
        with _playing(lambda *_, answer=answer: answer) as url:
            assert told in _refusal(url, user="me", password="secret")
            assert "secret" not in _refusal(url.replace("://", "://me:secret@"))


def test_certificates_are_looked_at(tmp_path: Path) -> None:
    key, mine, other = tmp_path / "key.pem", tmp_path / "mine.pem", tmp_path / "other.pem"
    for name in (mine, other):
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", name, "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            capture_output=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        name.write_text(name.read_text() + key.read_text())
    with _playing(lambda *_: (200, ROOT_ANSWER), certificate=mine) as url:
        Connection(Service(urls=(url,), ca=mine)).close()
        assert "its certificate is not trusted" in _refusal(url)
        assert "its certificate is not trusted" in _refusal(url, ca=other)
        Connection(Service(urls=(url,), verify=False)).close()
        assert "if it speaks TLS, give the address with https://" in _refusal(url.replace("https", "http"))
    with _playing(lambda *_: (200, ROOT_ANSWER)) as url:
        assert "speaks no TLS; give the address with http://" in _refusal(url.replace("http", "https"))


def test_the_command_line_says_why_and_writes_no_password(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("一、海运\n", "utf-8")
    words = ["index", str(tmp_path / "corpus"), "--index", str(tmp_path / "index"), "--engine", "opensearch"]
    with _playing(lambda *_: (401, {})) as url:
        run = CliRunner().invoke(
            commands,
            words,
            env={
                "CORPUS_SEARCH_OPENSEARCH_URL": url,
                "CORPUS_SEARCH_OPENSEARCH_USER": "me",
                "CORPUS_SEARCH_OPENSEARCH_PASSWORD": "sesame",
            },
        )
    assert isinstance(run.exception, EngineUnavailableError)
    assert "lets nobody in" in str(run.exception)
    kept = [path for path in (tmp_path / "index").rglob("*") if path.is_file() and b"sesame" in path.read_bytes()]
    assert "sesame" not in str(run.exception) + run.output
    assert not kept
