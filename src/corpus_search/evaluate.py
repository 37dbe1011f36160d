"""How well does it find? Retrieval quality on a test collection.

A folder in, measures out: documents as ``corpus.jsonl`` or as articles in ``corpus/``, queries as
``queries.jsonl``, judgements as ``qrels.tsv``. Documents are ranked by their best passage. Queries are read as
plain text, without the query language: what people ask may hold quotation marks and colons. The measures are
ir-measures' (MacAvaney, Macdonald and Ounis, 2022).
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus_search.analysis import Analyzer
from corpus_search.analyzed import analyzed as indexed
from corpus_search.article import Article, DocId, Kind, Metadata, Part, Span, address
from corpus_search.clues import analyzed
from corpus_search.engine import AnalyzedQuery, Engine, Service, Sort
from corpus_search.engines import create_index, drop_index, open_engine
from corpus_search.errors import CorpusSearchError
from corpus_search.folder import document_ids, scan
from corpus_search.formats import extract
from corpus_search.parse import parse
from corpus_search.query import plain

DEPTH = 100
"""How many documents are judged for a query."""


class CollectionError(CorpusSearchError):
    """A test collection that is not as it should be."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A query of a collection; `exclude` is a document left out of its ranking."""

    id: str
    text: str
    exclude: str | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A test collection: where it is, its queries and its judgements (query, document, relevance)."""

    folder: Path
    topics: tuple[Topic, ...]
    judgements: tuple[tuple[str, str, int], ...]

    @classmethod
    def read(cls, folder: Path, *, queries: str = "queries.jsonl") -> Collection:
        """Read a collection. Raises `CollectionError`, naming file and line."""
        topics = tuple(
            Topic(str(r["id"]), r["text"], r.get("exclude") or None) for r in _lines(folder / queries, ("id", "text"))
        )
        if not topics:
            raise CollectionError(f"{folder / queries}: holds no queries")
        judgements = []
        listed = folder / "qrels.tsv"
        for number, line in enumerate(_read(listed).split("\n"), 1):
            columns = line.strip("\r").split("\t")
            if re.fullmatch(r"-?[0-9]+", columns[-1]) and len(columns) == 3:
                judgements.append((columns[0], columns[1], int(columns[2])))
            elif line.strip() and number > 1:  # The first line may be a header.
                raise CollectionError(
                    f"{folder / 'qrels.tsv'}:{number}: wants query, document, relevance, parted by tabs"
                )
        if not judgements:
            raise CollectionError(
                f"{folder / 'qrels.tsv'}: holds no judgements (query, document, relevance, parted by tabs)"
            )
        return cls(folder, topics, tuple(judgements))

    @property
    def has_articles(self) -> bool:
        """Whether the documents are a folder of articles, not a list of texts."""
        return not (self.folder / "corpus.jsonl").exists()

    def articles(self) -> Iterator[Article]:
        """Yield the documents."""
        if not self.has_articles:
            for record in _lines(self.folder / "corpus.jsonl", ("id", "text")):
                yield _article(str(record["id"]), record.get("title") or None, str(record["text"]))
            return
        corpus = self.folder / "corpus"
        files = scan(corpus, exclude=self.folder / "none").files
        for path, doc_id in document_ids(files).items():
            found = extract((corpus / path).read_bytes(), path=path)
            yield parse(found.text, doc_id=doc_id, path=path, layout=found.layout)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CollectionError(f"{path}: cannot be read ({error}); see `corpus-search evaluate --help`") from error


def _lines(path: Path, wanted: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(_read(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise CollectionError(f"{path}:{number}: is no JSON object ({error})") from error
        if not isinstance(record, dict):
            raise CollectionError(f"{path}:{number}: is no JSON object")
        missing = [key for key in wanted if key not in record]
        if missing:
            raise CollectionError(f"{path}:{number}: lacks {', '.join(missing)}")
        if not isinstance(record["text"], str) or not record["text"].strip():
            raise CollectionError(f"{path}:{number}: its text is empty")
        yield record


def _article(doc_id: str, title: str | None, text: str) -> Article:
    """Make an article of a listed document: its title in front, its text as written."""
    article = replace(parse(text, doc_id=doc_id), metadata=Metadata(title=title))
    if not title:
        return article
    front = Part(address(DocId(doc_id), "front"), Kind.FRONT, title, (Span(0, 0),))
    return replace(article, front=(front, *article.front))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome: measures by name, how many queries, seconds to index, milliseconds a query took."""

    measures: Mapping[str, float]
    queries: int
    index_s: float
    query_ms: Mapping[str, float]

    def record(self) -> dict[str, Any]:
        """Return the JSON object of ``evaluate --json``."""
        return {
            "measures": {name: round(value, 4) for name, value in self.measures.items()},
            "queries": self.queries,
            "index_s": round(self.index_s, 2),
            "query_ms": {name: round(value, 2) for name, value in self.query_ms.items()},
        }


def measure(judgements: Iterable[tuple[str, str, int]], run: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return nDCG@10, RR@10 and R@100 of a run: scores by query and document."""
    try:
        import ir_measures
        from ir_measures import RR, R, nDCG
    except ImportError as error:
        raise CorpusSearchError("evaluating needs more packages: pip install 'corpus-search[evaluate]'") from error
    wanted = [nDCG @ 10, RR @ 10, R @ 100]
    found = ir_measures.calc_aggregate(
        wanted,
        [ir_measures.Qrel(query, doc, relevance) for query, doc, relevance in judgements],
        [ir_measures.ScoredDoc(query, doc, score) for query, docs in run.items() for doc, score in docs.items()],
    )
    return {str(name): float(found[name]) for name in wanted}


def _documents(engine: Engine, asked: AnalyzedQuery, *, by_article: bool) -> Iterator[str]:
    """Yield the documents that answer, best first: articles as wholes, listed texts by their best passages."""
    if by_article:
        articles = engine.search_articles(asked, limit=DEPTH + 1, offset=0, sort=Sort.RELEVANCE, passages=1)
        yield from (article.passages[0].chunk.doc_id for article in articles.hits)
    else:
        page = engine.search(asked, limit=DEPTH * 5, offset=0, sort=Sort.RELEVANCE)
        yield from (hit.chunk.doc_id for hit in page.hits)


def evaluate(collection: Collection, *, engine: str = "whoosh", service: Service | None = None) -> Evaluation:
    """Index a collection in a temporary folder, ask all its queries, and measure the answers."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        analyzer = Analyzer()
        with create_index(engine, Path(folder), service) as writer:
            for article in collection.articles():
                writer.replace(*indexed(article, analyzer))
            writer.set_state({})
        index_s = time.perf_counter() - started
        searching = open_engine(engine, Path(folder), service)
        run: dict[str, dict[str, float]] = {}
        times = []
        for topic in collection.topics:
            begun = time.perf_counter()
            asked = analyzed(plain(topic.text, analyzer), analyzer)
            found = _documents(searching, asked, by_article=collection.has_articles)
            times.append((time.perf_counter() - begun) * 1000)
            wanted = [doc for doc in dict.fromkeys(found) if doc != topic.exclude][:DEPTH]
            # Ranks, not scores: a passage with all the words comes first whatever its score.
            run[topic.id] = {doc: float(-rank) for rank, doc in enumerate(wanted)}
        searching.close()
        drop_index(engine, Path(folder), service)
    cuts = statistics.quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
    return Evaluation(
        measure(collection.judgements, run), len(run), index_s, {"p50": statistics.median(times), "p95": cuts[18]}
    )
