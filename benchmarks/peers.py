"""The engines that are measured, behind one small protocol: chunks as terms in, the numbers of the best ten out.

Each is used as its manual says, on terms joined by blanks. One that is not installed raises `ImportError` or `OSError`
when it is made, and is left out.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from workload import Asked, Made, articles

from corpus_search.engine import Service

BEST = 10


class Peer(Protocol):
    """An engine: `build` makes an index in a folder, `open` opens it, `search` asks it."""

    def version(self) -> str:
        """Return its name and version."""

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        """Make an index of `chunks`, which are numbered as they come."""

    def open(self, folder: Path) -> None:
        """Open what was made."""

    def search(self, asked: Asked) -> int | None:
        """Return how many of the best ten there are, or None for a question that it cannot be asked."""


class Ours:
    """An engine of this project, asked through `Engine.search`; `end_to_end`, through `Searcher.search`.

    OPENSEARCH names the nodes of a cluster, blanks between them, for the engine that needs one.
    """

    def __init__(self, name: str, *, end_to_end: bool = False) -> None:
        self.name = name
        self.end_to_end = end_to_end
        self.service = None
        if name == "opensearch":
            if not os.environ.get("OPENSEARCH"):
                raise ImportError("OPENSEARCH names no nodes")
            self.service = Service(urls=tuple(os.environ["OPENSEARCH"].split()), replicas=0, timeout_s=120.0)

    def version(self) -> str:
        from importlib.metadata import version

        return f"corpus-search {version('corpus-search')} ({self.name})"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        from corpus_search.engines import create_index
        from corpus_search.state import State

        with create_index(self.name, folder, self.service) as writer:
            for article, parts in articles(chunks):
                writer.replace(article, parts)
            writer.set_state(State(self.name, {}, str(folder), "", (), (), ()).record())

    def open(self, folder: Path) -> None:
        from corpus_search.search import Searcher

        self._searcher = Searcher(folder, engine=self.name, service=self.service)
        self._searcher.warm_up()  # As `serve` does.

    def search(self, asked: Asked) -> int | None:
        if self.end_to_end:
            return len(self._searcher.search(asked.text, limit=BEST).hits)
        return len(self._engine.search(self._analyzed[asked], limit=BEST, offset=0, sort=self._sort).hits)

    def served(self, folder: Path) -> tuple[int, int]:
        """Return the bytes of an index that a cluster keeps, and the bytes of memory that its nodes have taken."""
        from corpus_search.engines import open_engine
        from corpus_search.engines.opensearch.connection import Connection

        nodes = Connection(self.service).ask("GET", "/_nodes/stats/jvm")["nodes"].values()
        memory = (node["jvm"]["mem"] for node in nodes)
        taken = sum(one["heap_committed_in_bytes"] + one["non_heap_committed_in_bytes"] for one in memory)
        return int(open_engine(self.name, folder, self.service).stats()["bytes"]), taken

    def prepare(self, questions: Iterable[Asked]) -> None:
        """Analyse the questions, which is not the engine's work."""
        from corpus_search.clues import analyzed
        from corpus_search.engine import Sort
        from corpus_search.query import parse

        analyzer = self._searcher._analyzer
        self._engine, self._sort = self._searcher._engine, Sort.RELEVANCE
        self._analyzed = {asked: analyzed(parse(asked.text, analyzer), analyzer) for asked in questions}


class Fts5:
    """SQLite's full-text index."""

    def version(self) -> str:
        return f"SQLite FTS5 {sqlite3.sqlite_version}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        database = sqlite3.connect(folder / "fts5.db")
        database.execute("CREATE VIRTUAL TABLE found USING fts5(terms, content='', tokenize='unicode61')")
        database.executemany("INSERT INTO found(terms) VALUES (?)", ((" ".join(made.terms),) for made in chunks))
        database.execute("INSERT INTO found(found) VALUES ('optimize')")
        database.commit()
        database.close()

    def open(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "fts5.db")

    def search(self, asked: Asked) -> int | None:
        quoted = [f'"{term}"' for term in asked.terms]
        match asked.kind:
            case "quoted":
                text = " + ".join(quoted)
            case "wildcard":
                text = f"{quoted[0]} *"
            case _:
                text = " OR ".join(quoted)
        rows = self._database.execute("SELECT rowid FROM found WHERE found MATCH ? ORDER BY rank LIMIT ?", (text, BEST))
        return len(rows.fetchall())


class Fts5Trigram:
    """SQLite with trigrams of the text, which finds any run of three characters and more, as ours does."""

    def version(self) -> str:
        return f"SQLite FTS5 with trigrams {sqlite3.sqlite_version}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        database = sqlite3.connect(folder / "fts5.db")
        database.execute("CREATE VIRTUAL TABLE found USING fts5(text, content='', tokenize='trigram')")
        database.executemany("INSERT INTO found(text) VALUES (?)", ((made.text,) for made in chunks))
        database.execute("INSERT INTO found(found) VALUES ('optimize')")
        database.commit()
        database.close()

    def open(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "fts5.db")

    def search(self, asked: Asked) -> int | None:
        if asked.kind != "quoted" or len(asked.text) < 5:
            return None
        sql = "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rank LIMIT ?"
        return len(self._database.execute(sql, (asked.text, BEST)).fetchall())


class Bm25s:
    """bm25s: scores worked out beforehand, in sparse arrays."""

    def version(self) -> str:
        from importlib.metadata import version

        return f"bm25s {version('bm25s')}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        import bm25s

        engine = bm25s.BM25()
        engine.index([list(made.terms) for made in chunks], show_progress=False)
        engine.save(folder / "bm25s")

    def open(self, folder: Path) -> None:
        import bm25s

        self._engine = bm25s.BM25.load(folder / "bm25s")

    def search(self, asked: Asked) -> int | None:
        if asked.kind in ("quoted", "wildcard"):
            return None
        terms = [term for term in asked.terms if term in self._engine.vocab_dict]
        if not terms:
            return 0
        return int((self._engine.retrieve([terms], k=BEST, show_progress=False)[1][0] > 0).sum())


class Tantivy:
    """tantivy through its Python bindings."""

    def __init__(self) -> None:
        import tantivy

        self._tantivy = tantivy
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("terms", tokenizer_name="whitespace")
        self._schema = builder.build()

    def version(self) -> str:
        from importlib.metadata import version

        return f"tantivy {version('tantivy')}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        index = self._tantivy.Index(self._schema, path=str(folder))
        writer = index.writer(128_000_000)
        for made in chunks:
            writer.add_document(self._tantivy.Document(terms=" ".join(made.terms)))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        self._searcher = self._tantivy.Index(self._schema, path=str(folder)).searcher()

    def search(self, asked: Asked) -> int | None:
        query = self._tantivy.Query
        if asked.kind == "quoted" and len(asked.terms) > 1:
            found = query.phrase_query(self._schema, "terms", list(asked.terms))
        elif asked.kind == "wildcard":
            found = query.regex_query(self._schema, "terms", f"{asked.terms[0]}.*")
        else:
            should = self._tantivy.Occur.Should
            clauses = [(should, query.term_query(self._schema, "terms", term)) for term in asked.terms]
            found = query.boolean_query(clauses)
        return len(self._searcher.search(found, BEST).hits)


class Xapian:
    """Xapian through its Python bindings, which come with the system."""

    def __init__(self) -> None:
        import xapian

        self._xapian = xapian

    def version(self) -> str:
        return f"Xapian {self._xapian.version_string()}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        database = self._xapian.WritableDatabase(str(folder / "xapian"), self._xapian.DB_CREATE)
        for made in chunks:
            document = self._xapian.Document()
            for place, term in enumerate(made.terms):
                document.add_posting(term[:60], place)
            database.add_document(document)
        database.commit()

    def open(self, folder: Path) -> None:
        self._database = self._xapian.Database(str(folder / "xapian"))

    def search(self, asked: Asked) -> int | None:
        query = self._xapian.Query
        terms = [term[:60] for term in asked.terms]
        if asked.kind == "wildcard":
            found = query(query.OP_WILDCARD, terms[0], 0, query.WILDCARD_LIMIT_ERROR, query.OP_SYNONYM)
        else:
            found = query(query.OP_PHRASE if asked.kind == "quoted" else query.OP_OR, terms)
        enquire = self._xapian.Enquire(self._database)
        enquire.set_query(found)
        return int(enquire.get_mset(0, BEST).size())


class Lucene:
    """Lucene in a Java machine of this process; LUCENE_JARS is the folder of its jars."""

    def __init__(self) -> None:
        import jpype

        folder = os.environ.get("LUCENE_JARS")
        if not folder:
            raise ImportError("LUCENE_JARS is not set")
        if not jpype.isJVMStarted():
            jpype.startJVM("-Xmx2g", classpath=[str(path) for path in Path(folder).glob("lucene-*.jar")])
        lucene = jpype.JPackage("org").apache.lucene
        self._index, self._search, self._document = lucene.index, lucene.search, lucene.document
        self._analyzer = lucene.analysis.core.WhitespaceAnalyzer()
        self._release = str(lucene.util.Version.LATEST)
        self._folder: Callable[[Path], Any] = lambda path: lucene.store.FSDirectory.open(
            jpype.java.nio.file.Paths.get(str(path))
        )

    def version(self) -> str:
        return f"Lucene {self._release}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        writer = self._index.IndexWriter(self._folder(folder), self._index.IndexWriterConfig(self._analyzer))
        no = self._document.Field.Store.NO
        for made in chunks:
            document = self._document.Document()
            document.add(self._document.TextField("terms", " ".join(made.terms), no))
            writer.addDocument(document)
        writer.close()

    def open(self, folder: Path) -> None:
        self._searcher = self._search.IndexSearcher(self._index.DirectoryReader.open(self._folder(folder)))

    def search(self, asked: Asked) -> int | None:
        terms = [self._index.Term("terms", term) for term in asked.terms]
        if asked.kind == "quoted":
            found = self._search.PhraseQuery("terms", *asked.terms)
        elif asked.kind == "wildcard":
            found = self._search.PrefixQuery(terms[0])
        else:
            builder = self._search.BooleanQuery.Builder()
            for term in terms:
                builder.add(self._search.TermQuery(term), self._search.BooleanClause.Occur.SHOULD)
            found = builder.build()
        return len(self._searcher.search(found, BEST).scoreDocs)


class StockWhoosh:
    """Whoosh as a tutorial has it."""

    def __init__(self) -> None:
        from whoosh import analysis, fields

        self._schema = fields.Schema(terms=fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer()))

    def version(self) -> str:
        from importlib.metadata import version

        return f"stock Whoosh {version('whoosh3')}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        from whoosh import index

        writer = index.create_in(str(folder), self._schema).writer(limitmb=512)
        for made in chunks:
            writer.add_document(terms=" ".join(made.terms))
        writer.commit()

    def open(self, folder: Path) -> None:
        from whoosh import index

        self._searcher = index.open_dir(str(folder)).searcher()

    def search(self, asked: Asked) -> int | None:
        from whoosh import query

        terms = [query.Term("terms", term) for term in asked.terms]
        if asked.kind == "quoted":
            found = query.Phrase("terms", list(asked.terms))
        elif asked.kind == "wildcard":
            found = query.Prefix("terms", asked.terms[0])
        else:
            found = query.Or(terms)
        return int(self._searcher.search(found, limit=BEST).scored_length())


class Meilisearch:
    """Meilisearch as a user runs it: with its own segmenter, over HTTP; MEILISEARCH is the program."""

    def __init__(self) -> None:
        self._program = os.environ.get("MEILISEARCH", "")
        if not Path(self._program).is_file():
            raise ImportError("MEILISEARCH names no program")

    def version(self) -> str:
        said = subprocess.run((self._program, "--version"), capture_output=True, text=True, check=True).stdout.split()
        return f"Meilisearch {said[-1]}"

    def build(self, folder: Path, chunks: Iterator[Made]) -> None:
        self.open(folder)
        numbered = enumerate(made.text for made in chunks)
        while batch := [{"id": number, "text": text} for number, text in islice(numbered, 10_000)]:
            self._ask("POST", "/indexes/made/documents", batch)
        while self._ask("GET", "/tasks?statuses=enqueued,processing&limit=1")["results"]:
            time.sleep(0.5)
        self._server.terminate()
        self._server.wait()

    def open(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._server = subprocess.Popen(
            (self._program, "--no-analytics", "--http-addr", f"127.0.0.1:{self.port}",
             "--db-path", folder / "meili", "--dump-dir", folder / "dumps"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        for _ in range(600):
            with suppress(OSError):
                self._connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
                self._ask("GET", "/health")
                return
            time.sleep(0.1)
        raise OSError("Meilisearch does not start")

    def search(self, asked: Asked) -> int | None:
        text = asked.text.rstrip("*")
        return len(self._ask("POST", "/indexes/made/search", {"q": text, "limit": BEST})["hits"])

    def close(self) -> None:
        """Stop the server."""
        self._server.terminate()
        self._server.wait()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        sent = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        self._connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
        return json.loads(self._connection.getresponse().read())


BASE = "SQLite FTS5"
"""What the others are compared with."""

OURS: dict[str, Callable[[], Ours]] = {
    f"corpus-search ({name})": (lambda name=name: Ours(name)) for name in ("whoosh", "tantivy", "opensearch")
}
PEERS: dict[str, Callable[[], Any]] = {
    BASE: Fts5,
    "FTS5, trigrams": Fts5Trigram,
    "bm25s": Bm25s,
    "tantivy": Tantivy,
    "Xapian": Xapian,
    "Lucene": Lucene,
    "Meilisearch": Meilisearch,
    "stock Whoosh": StockWhoosh,
}
ENGINES: dict[str, Callable[[], Any]] = {**OURS, **PEERS}
