"""The OpenSearch engine, behind the protocol of `corpus_search.engine`."""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from corpus_search.article import Article, DocId, Kind
from corpus_search.chunk import Chunk, chunk_from
from corpus_search.engine import About, AnalyzedQuery, ArticlePage, Page, Pieces, Ranked, RankedArticle, Service, Sort
from corpus_search.engines.opensearch import schema
from corpus_search.engines.opensearch.checking import TextChecker
from corpus_search.engines.opensearch.connection import Connection
from corpus_search.engines.opensearch.facets import count_articles, count_chunks
from corpus_search.engines.opensearch.matching import NOTHING, Json, Matching, every, having_chunk, of_kinds, without
from corpus_search.engines.opensearch.pages import SOURCE, Found, Stream, merged, window
from corpus_search.engines.opensearch.scoring import Scoring
from corpus_search.engines.opensearch.store import Store
from corpus_search.engines.opensearch.view import Asking, View, articles, chunks
from corpus_search.engines.opensearch.writer import ClusterWriter, begun, continued
from corpus_search.engines.ranking import NOT_ABOUT
from corpus_search.errors import EngineUnavailableError, IndexDamagedError, IndexMissingError, OtherEngineError
from corpus_search.generations import Generations
from corpus_search.limits import check
from corpus_search.query import Field, Filters, Narrow, Query, Run
from corpus_search.records import article_from

DEFAULT = Service()
"""Where a cluster is looked for unless told otherwise: on this machine."""

_BY_SCORE: list[Json] = [{"_score": "desc"}, {"doc": "asc"}, {"order": "asc"}]
_BY_YEAR: list[Json] = [{"year": "desc"}, *_BY_SCORE]
_BY_ADDRESS: list[Json] = [{"doc": "asc"}, {"order": "asc"}]
_BY_NUMBER: list[Json] = [{"number": "asc"}]
_RUNS_AT_ONCE = 200


class OpenSearchEngine:
    """The index that a folder points to, or that a service names, in a cluster.

    Raises `IndexMissingError`, `IndexDamagedError`, `EngineUnavailableError`. Safe to use from several threads.
    """

    name = "opensearch"
    is_served = True

    def __init__(self, folder: Path, *, service: Service | None = None) -> None:
        self._folder = folder
        self._service = service or DEFAULT
        name = self._service.index or _pointed(folder)
        if name is None:
            raise IndexMissingError(f"{folder}: nothing is indexed here yet")
        self._connection = Connection(self._service)
        self._store = Store(self._connection, name)
        self._lock = threading.Lock()
        self._words: Counter[str] | None = None
        self._documents: tuple[DocId, ...] | None = None
        while True:
            index, head = self._store.current()
            try:
                kept = self._store.state(index, head)
                break
            except IndexDamagedError:
                if self._store.current() == (index, head):
                    raise
        # What tells this commit from any other, where the others have their files.
        self._state = {**kept, "parts": {index: head.generation}}
        self._view = View(self._store, index, head)
        self._scoring = Scoring(self._view)

    @property
    def state(self) -> Mapping[str, Any]:
        """The JSON object that was kept with the last commit."""
        return self._state

    def is_current(self) -> bool:
        """Tell whether no later commit has been made."""
        try:
            index, head = self._store.current(patience_s=1.0)
        except EngineUnavailableError:
            # Where nobody can tell, what is open goes on to answer; what it lacks, it says.
            return True
        return (index, head.generation) == (self._view.index, self._view.head.generation)

    def writer(self) -> AbstractContextManager[ClusterWriter]:
        """Return a writer that goes on from what is indexed."""
        return continued(self._store, self._folder)

    @staticmethod
    def create(folder: Path, *, service: Service | None = None) -> AbstractContextManager[ClusterWriter]:
        """Return a writer that begins anew, whatever `folder` points to."""
        service = service or DEFAULT
        name = service.index
        if not name:
            with suppress(IndexMissingError, IndexDamagedError):
                name = _pointed(folder) or ""
        name = name or f"corpus-search-{secrets.token_hex(4)}"
        return begun(Store(Connection(service), name), folder)

    @staticmethod
    def drop(folder: Path, *, service: Service | None = None) -> None:
        """Remove the index that `folder` points to from the cluster; does nothing if there is none."""
        service = service or DEFAULT
        with suppress(IndexMissingError, IndexDamagedError):
            name = service.index or _pointed(folder)
            if name:
                Store(Connection(service), name).remove_all()

    def close(self) -> None:
        """Release what the cluster holds for this engine."""
        self._view.close()
        self._connection.close()

    # --- searching ---------------------------------------------------------------------------------------

    def _matching(self, asking: Asking, query: Query, *, by_article: bool = False) -> Matching:
        checker = TextChecker(self._view, asking, plain=query.exact_script)
        return Matching(checker, exact_script=query.exact_script, by_article=by_article)

    def search(
        self,
        asked: AnalyzedQuery,
        *,
        limit: int,
        offset: int,
        sort: Sort = Sort.RELEVANCE,
        explain: bool = False,
    ) -> Page:
        """Return the hits `offset` to ``offset + limit``, best first."""
        with self._view.asking() as asking:
            matching = self._matching(asking, asked.query)
            found = matching.match(asked.query)
            written, whole = matching.tiers(asked.query)
            terms = self._scoring.terms(asking, asked)
            clauses = [] if sort is Sort.POSITION else self._scoring.clauses(terms)
            if sort is Sort.POSITION:
                named = [_named("written", written), _named("whole", whole)]
                query = {"bool": {"filter": [chunks(self._view, found)], "should": named}}
                count, before, hits = window(
                    asking, [Stream(0, query)], _BY_ADDRESS, offset, offset + limit, source=SOURCE
                )
                hits = [Found(one.hit, _tier(one.hit)) for one in hits]
            else:
                streams = self._tiers(found, written, whole, clauses)
                if sort is Sort.YEAR:
                    count, before, hits = merged(
                        asking, streams, _BY_YEAR, offset, offset + limit, place=_year_place, source=SOURCE
                    )
                else:
                    count, before, hits = window(asking, streams, _BY_SCORE, offset, offset + limit, source=SOURCE)
            ranked = [self._ranked(one, terms, explain=explain) for one in hits]
            if sort is not Sort.POSITION:
                ranked.sort(key=lambda hit: _place(sort, hit))
            shown = ranked[offset - before : offset - before + limit] if limit else []
            return Page(count, tuple(shown), asking.told())

    def _tiers(self, found: Json, written: Json, whole: Json, clauses: list[Json]) -> list[Stream]:
        """Return the streams of hits, best tier first."""
        tiers = [(2, every((found, written)))]
        if written != whole or found != whole:
            tiers += [(1, without(every((found, whole)), written)), (0, without(found, whole))]
        return [Stream(tier, _scored(chunks(self._view, query), clauses)) for tier, query in tiers if query != NOTHING]

    def _ranked(self, found: Found, terms: Any, *, explain: bool) -> Ranked:
        kept = found.hit["_source"]
        parts = self._scoring.parts(terms, kept)
        score = round(sum(part.score for part in parts), 9)
        return Ranked(_chunk(kept), score, found.tier, parts if explain else ())

    def search_articles(
        self,
        asked: AnalyzedQuery,
        *,
        limit: int,
        offset: int,
        sort: Sort = Sort.RELEVANCE,
        passages: int,
        explain: bool = False,
    ) -> ArticlePage:
        """Return the articles `offset` to ``offset + limit``, best first, with their best passages."""
        with self._view.asking() as asking:
            matching = self._matching(asking, asked.query)
            showing = matching.passages(asked.query)
            written, whole = matching.tiers(asked.query)
            # An article of which nothing can be shown is no hit.
            found = every(
                (self._matching(asking, asked.query, by_article=True).match(asked.query), having_chunk(showing))
            )
            about = every((showing, of_kinds(kind for kind in Kind if kind not in NOT_ABOUT)))
            best = having_chunk(every((about, written)))
            good = having_chunk(every((about, whole)))
            clauses = [] if sort is Sort.POSITION else self._scoring.article_clauses(asking, asked)
            tiers = [
                (2, every((found, best))),
                (1, without(every((found, good)), best)),
                (0, without(found, best, good)),
            ]
            start, stop = offset, offset + limit
            if sort is Sort.POSITION:
                query = _scored(articles(self._view, found), [_named("best", best), _named("good", good)])
                query["bool"]["should"] = [_named("written", best), _named("whole", good)]
                count, before, hits = window(
                    asking, [Stream(0, query)], [{"doc": "asc"}], start, stop, source="version"
                )
                hits = [Found(one.hit, _tier(one.hit)) for one in hits]
                scores = self._article_scores(asking, asked, hits)
            else:
                streams = [
                    Stream(tier, _scored(articles(self._view, query), clauses))
                    for tier, query in tiers
                    if query != NOTHING
                ]
                by = [{"_score": "desc"}, {"doc": "asc"}]
                if sort is Sort.YEAR:
                    by = [{"year": "desc"}, *by]
                    count, before, hits = merged(asking, streams, by, start, stop, place=_year_place, source="version")
                else:
                    count, before, hits = window(asking, streams, by, start, stop, source="version")
                scores = [one.hit["sort"][-2] for one in hits]
            shown = slice(start - before, stop - before if limit else 0)
            made = self._articles(
                asking, asked, hits[shown], scores[shown], showing, written, whole, passages, explain=explain
            )
            return ArticlePage(count, made, asking.told())

    def _article_scores(self, asking: Asking, asked: AnalyzedQuery, hits: list[Found]) -> list[float]:
        """Return the scores of some articles, where the order was another."""
        clauses = self._scoring.article_clauses(asking, asked)
        names = [one.hit["_id"] for one in hits]
        if not names:
            return []
        body = {"query": _scored({"ids": {"values": names}}, clauses), "size": len(names), "_source": False}
        found = {hit["_id"]: float(hit["_score"] or 0.0) for hit in asking.one(body)["hits"]["hits"]}
        return [found.get(name, 0.0) for name in names]

    def _articles(
        self,
        asking: Asking,
        asked: AnalyzedQuery,
        hits: list[Found],
        scores: list[float],
        showing: Json,
        written: Json,
        whole: Json,
        passages: int,
        *,
        explain: bool,
    ) -> tuple[RankedArticle, ...]:
        """Return articles with their best passages."""
        terms = self._scoring.terms(asking, asked)
        clauses = self._scoring.clauses(terms)
        streams = self._tiers(showing, written, whole, clauses)
        own: Json = {"terms": {"version": [one.hit["_source"]["version"] for one in hits]}}
        best = {"top_hits": {"size": passages + 2, "sort": _BY_SCORE, "_source": SOURCE}}
        by_document = {"terms": {"field": "doc", "size": max(len(hits), 1)}, "aggs": {"best": best}}
        bodies: list[Json] = [
            {
                "query": _scored(every((own, *stream.query["bool"]["filter"])), clauses),
                "size": 0,
                "track_total_hits": False,
                "aggs": {"documents": by_document},
            }
            for stream in streams
        ]
        found: dict[str, list[Ranked]] = {}
        totals = Counter[str]()
        for stream, answer in zip(streams, asking.several(bodies) if hits else (), strict=bool(hits)):
            for bucket in answer.get("aggregations", {}).get("documents", {"buckets": ()})["buckets"]:
                totals[bucket["key"]] += bucket["doc_count"]
                found.setdefault(bucket["key"], []).extend(
                    self._ranked(Found(hit, stream.tier), terms, explain=explain)
                    for hit in bucket["best"]["hits"]["hits"]
                )
        made = []
        for one, score in zip(hits, scores, strict=True):
            name = one.hit["sort"][-1]
            ranked = sorted(found.get(name, ()), key=lambda hit: _place(Sort.RELEVANCE, hit))
            if ranked:
                shown = tuple(ranked[:passages])
                made.append(RankedArticle(float(score or 0.0), one.tier, totals[name], shown))
        return tuple(made)

    def facets(self, query: Query, filters: Filters, *, by_article: bool) -> Mapping[Field, Mapping[str, int]]:
        """Return how many hits each value of each facet has; see `engine.Engine.facets`."""
        with self._view.whole() as asking:
            if not by_article:
                return count_chunks(self._view, asking, self._matching(asking, query), query, filters)

            def made(*, by_article: bool = False) -> Matching:
                return self._matching(asking, query, by_article=by_article)

            return count_articles(self._view, asking, made, query, filters)

    def count(self, query: Query) -> int:
        """Return how many chunks a query matches."""
        with self._view.whole() as asking:
            return asking.count([chunks(self._view, self._matching(asking, query).match(query))])[0]

    def matching(self, query: Query) -> set[int]:
        """Return the numbers of the chunks that a query matches."""
        with self._view.whole() as asking:
            found = chunks(self._view, self._matching(asking, query).match(query))
            return {int(hit["sort"][0]) for hit in asking.walk(found, _BY_NUMBER)}

    def matching_texts(self, query: Query) -> Iterator[tuple[int, str]]:
        """Yield the number and the folded text of each chunk that a query matches, in the order of their addresses."""
        with self._view.whole() as asking:
            found = chunks(self._view, self._matching(asking, query).match(query))
            asking.demand()
            for hit in asking.walk(found, _BY_ADDRESS, source=["number", "folded", "plain"], page=500):
                asking.demand()
                kept = hit["_source"]
                yield kept["number"], (kept.get("plain") if query.exact_script else None) or kept["folded"]

    def holding(self, runs: Iterable[str]) -> frozenset[DocId]:
        """Return the documents with a chunk in which any of the folded `runs` stands."""
        wanted = list(runs)
        found: set[DocId] = set()
        with self._view.whole() as asking:
            for at in range(0, len(wanted), _RUNS_AT_ONCE):
                query = Query("")
                matching = self._matching(asking, query)
                standing = [matching.having(Run(run, run, run)) for run in wanted[at : at + _RUNS_AT_ONCE]]
                either: Json = {"bool": {"should": standing, "minimum_should_match": 1}}
                for hit in asking.walk(articles(self._view, having_chunk(either)), [{"doc": "asc"}]):
                    found.add(schema.unordered(hit["sort"][0]))
        return frozenset(found)

    # --- reading -----------------------------------------------------------------------------------------

    def _of_document(self, sort: str, doc_id: DocId, source: str) -> str | None:
        asked = [{"term": {"sort": sort}}, {"term": {"key": schema.key(doc_id)}}, *self._view.visible()]
        hits = self._one({"bool": {"filter": asked}}, source)
        return str(hits[0]["_source"][source]) if hits else None

    def get(self, doc_id: DocId) -> Article | None:
        """Return a document, or None if there is none."""
        record = self._of_document(schema.RECORD, doc_id, "record")
        return None if record is None else article_from(json.loads(record))

    def about(self, doc_id: DocId) -> About | None:
        """Return what a document is, or None if there is none."""
        record = self._of_document(schema.ARTICLE, doc_id, "about")
        if record is None:
            return None
        about = json.loads(record)
        return About(doc_id, about["title"], tuple(about["authors"]), about["year"], tuple(about["keywords"]))

    def documents(self) -> tuple[DocId, ...]:
        """Return all documents, in order."""
        with self._lock:
            if self._documents is None:
                with self._view.whole() as asking:
                    names = (hit["sort"][0] for hit in asking.walk(articles(self._view), [{"doc": "asc"}]))
                    self._documents = tuple(map(schema.unordered, names))
            return self._documents

    def stats(self) -> Mapping[str, Any]:
        """Return counts and sizes: ``documents``, ``chunks``, ``bytes``, one copy of each."""
        with self._view.whole() as asking:
            documents, held = asking.count([articles(self._view), chunks(self._view)])
        found = self._connection.ask("GET", f"/{self._view.index}/_stats/store")
        size = found["_all"]["primaries"].get("store", {}).get("size_in_bytes", 0)
        return {"documents": documents, "chunks": held, "bytes": size}

    def _lexicon(self) -> Counter[str]:
        with self._lock:
            if self._words is None:
                self._words = self._store.words(self._view.index, self._view.head)
            return self._words

    def pieces(self, limits: Iterable[Narrow] = ()) -> Pieces:
        """Return all chunks at a glance, or those within all of the `limits`."""
        import numpy as np

        kinds = {kind.value: place for place, kind in enumerate(Kind)}
        names: dict[str, int] = {}
        rows: list[tuple[int, int, int, int]] = []
        with self._view.whole() as asking:
            matching = self._matching(asking, Query(""))
            query = chunks(self._view, *map(matching.narrowed, limits))
            source = ["number", "doc", "kind", "length"]
            for hit in asking.walk(query, _BY_NUMBER, source=source):
                check()
                kept = hit["_source"]
                document = names.setdefault(kept["doc"], len(names))
                rows.append((kept["number"], document, kinds[kept["kind"]], kept.get("length", 0)))
        for doc_id in self.documents():
            names.setdefault(schema.ordered(doc_id), len(names))
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return Pieces(tuple(map(schema.unordered, names)), *columns)

    def terms(self) -> list[str]:
        """Return the terms of the texts."""
        return list(self._lexicon())

    def frequency(self, term: str) -> int:
        """Return how many chunks have a term in their text, those of deleted documents perhaps included."""
        return self._lexicon()[term]

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield each chunk's number and folded text."""
        with self._view.whole() as asking:
            for hit in asking.walk(chunks(self._view), _BY_NUMBER, source=["folded"], page=500):
                asking.demand()
                yield int(hit["sort"][0]), hit["_source"]["folded"]

    def chunk(self, number: int) -> Chunk:
        """Return the chunk with a number."""
        query = chunks(self._view, {"term": {"number": number}})
        return _chunk(self._one(query, "record")[0]["_source"])

    def _one(self, query: Json, source: str) -> list[Json]:
        """Return the one hit of a query, if there is one: what is found is found, whatever else does not answer."""
        with self._view.asking() as asking:
            hits: list[Json] = asking.one({"query": query, "size": 1, "_source": source})["hits"]["hits"]
            if not hits:
                asking.demand()
        return hits


def _pointed(folder: Path) -> str | None:
    """Return the index that a folder points to, or None if it points to none.

    Raises `OtherEngineError` where another engine's index lies there.
    """
    generations = Generations(folder)
    state = generations.state(generations.current())
    maker = str(state.get("engine", OpenSearchEngine.name))
    if maker != OpenSearchEngine.name:
        raise OtherEngineError(
            f"{folder}: holds the index of another engine, {maker}; index again, or ask with --engine {maker}", maker
        )
    return str(state["index"]) if "index" in state else None


def _scored(found: Json, clauses: list[Json]) -> Json:
    return {"bool": {"filter": [found], "should": clauses}}


def _named(name: str, query: Json) -> Json:
    return {"constant_score": {"filter": query, "_name": name}}


def _tier(hit: Json) -> int:
    names = hit.get("matched_queries", ())
    return 2 if "written" in names else 1 if "whole" in names else 0


def _chunk(kept: Mapping[str, Any]) -> Chunk:
    return chunk_from(json.loads(kept["record"]))


def _year_place(hit: Json, tier: int) -> tuple[Any, ...]:
    year, score, *address = hit["sort"]
    return (-year, -tier, -score, *address)


def _place(sort: Sort, hit: Ranked) -> tuple[Any, ...]:
    address = (hit.chunk.doc_id, hit.chunk.order)
    best = (-hit.tier, -hit.score, address)
    return (-(hit.chunk.year or 0), *best) if sort is Sort.YEAR else best
