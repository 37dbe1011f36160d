"""An engine over a `Snapshot`, behind the protocol of `corpus_search.engine`; what files it opens, a subclass says."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corpus_search.article import Article, DocId
from corpus_search.chunk import Chunk, chunk_from
from corpus_search.engine import About, AnalyzedQuery, ArticlePage, Page, Pieces, Ranked, RankedArticle, Sort
from corpus_search.engines.matching import Matching
from corpus_search.engines.ranking import Ranking
from corpus_search.engines.snapshot import ARTICLE, Numbers, Snapshot, numbers_of
from corpus_search.errors import CorpusSearchError, IndexDamagedError, OtherEngineError
from corpus_search.generations import Generations
from corpus_search.limits import check
from corpus_search.query import Field, Filters, Narrow, Query, Run
from corpus_search.records import article_from


class SnapshotEngine(ABC):
    """The index in a folder, opened for searching.

    Raises `IndexMissingError`, `IndexDamagedError`. Safe to use from several threads.
    """

    name: str

    def __init__(self, folder: Path) -> None:
        self._generations = Generations(folder)
        self._lock = threading.RLock()
        while True:
            self._generation = self._generations.current()
            try:
                self._state = self._generations.state(self._generation)
                self._check_maker(folder)
                self._snapshot = self._open(self._generation)
                self._ranking = Ranking(self._snapshot)
                self._seen = self._generations.stamps(self._generation)
                break
            except BaseException as error:
                if not self._is_damage(error):
                    raise
                if self._generation != self._generations.current():
                    continue  # It was swept away between two commits; there is a newer one.
                if isinstance(error, IndexDamagedError):
                    raise
                # A broken file makes a library raise whatever its reader stumbles over.
                raise IndexDamagedError(f"{self._generation}: the index is damaged ({error!r})") from error

    @staticmethod
    def _is_damage(error: BaseException) -> bool:
        """Tell whether what a library raised means that its files are broken."""
        return isinstance(error, Exception)

    def _check_maker(self, folder: Path) -> None:
        maker = str(self._state.get("engine", self.name))
        if maker != self.name:
            raise OtherEngineError(
                f"{folder}: holds the index of another engine, {maker}; index again, or ask with --engine {maker}",
                maker,
            )

    @abstractmethod
    def _open(self, generation: Path) -> Snapshot:
        """Open the files of a generation."""

    @property
    def state(self) -> Mapping[str, Any]:
        """The JSON object that was kept with the last commit."""
        return self._state

    def is_current(self) -> bool:
        """Tell whether no later commit has been made, and nobody has touched the files."""
        if self._generation != self._generations.current():
            return False
        return self._seen == self._generations.stamps(self._generation)

    def close(self) -> None:
        """Release the files."""
        self._snapshot.close()

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        try:
            with self._lock:
                yield self._snapshot
        except CorpusSearchError:
            raise
        except BaseException as error:
            if not self._is_damage(error):
                raise
            raise IndexDamagedError(f"{self._generation}: the index is damaged ({error!r})") from error

    # --- searching ---------------------------------------------------------------------------------------

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
        with self._reading() as snapshot:
            matched = Matching(snapshot, exact_script=asked.query.exact_script).match(asked.query)
            found = snapshot.np.flatnonzero(matched.mask)
            window = slice(offset, offset + limit)
            return Page(len(found), self._hits(asked, found, matched.tiers, window, sort, explain=explain))

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
        with self._reading() as snapshot:
            by_article = Matching(snapshot, exact_script=asked.query.exact_script, by_article=True)
            by_chunk = Matching(snapshot, exact_script=asked.query.exact_script)
            matched = by_article.match(asked.query)
            tiers = by_chunk.match(asked.query).tiers
            showing = snapshot.np.flatnonzero(by_chunk.passages(asked.query))
            article_scores = self._ranking.article_scores(asked)
            article_tiers = self._ranking.article_tiers(showing, tiers)
            of = snapshot.article_of[showing]
            # An article of which nothing can be shown is no hit.
            articles = snapshot.np.intersect1d(snapshot.np.flatnonzero(matched.mask), of)
            order = self._order(articles, article_tiers, article_scores, sort)
            hits = []
            for number in order[offset : offset + limit]:
                own = showing[of == number]
                top = self._hits(asked, own, tiers, slice(0, passages), Sort.RELEVANCE, explain=explain)
                hits.append(RankedArticle(float(article_scores[number]), int(article_tiers[number]), len(own), top))
            return ArticlePage(len(articles), tuple(hits))

    def _order(self, articles: Numbers, tiers: Numbers, scores: Numbers, sort: Sort) -> list[int]:
        """Return the numbers of articles in order; ties break by their ids."""
        snapshot = self._snapshot

        def place(number: int) -> tuple[Any, ...]:
            name = snapshot.doc_id(number)
            if sort is Sort.POSITION:
                return (name,)
            best = (-int(tiers[number]), -round(float(scores[number]), 9), name)
            return (-int(snapshot.years[number + 1]), *best) if sort is Sort.YEAR else best

        return sorted(articles.tolist(), key=place)

    def _hits(
        self,
        asked: AnalyzedQuery,
        found: Numbers,
        tiers: Numbers,
        window: slice,
        sort: Sort,
        *,
        explain: bool,
    ) -> tuple[Ranked, ...]:
        """Return a window on the chunks `found`, in order."""
        if window.start >= min(window.stop, len(found)):
            return ()
        if sort is Sort.RELEVANCE:
            found, scores = self._ranking.best(asked, found, tiers, window.stop)
        elif sort is Sort.YEAR:
            scores = self._snapshot.np.round(self._ranking.scores(asked)[found], 9)
        else:
            scores = self._snapshot.np.zeros(len(found))
        keys = [self._snapshot.places(found)]
        if sort is not Sort.POSITION:
            keys += [-scores, -tiers[found]]
        if sort is Sort.YEAR:
            keys.append(-self._snapshot.years[found])
        shown = self._snapshot.np.lexsort(keys)[window]
        numbers = found[shown]
        if sort is Sort.POSITION:
            scores[shown] = self._snapshot.np.round(self._ranking.scores_of(asked, numbers), 9)
        hits = []
        for number, score in zip(numbers.tolist(), scores[shown].tolist(), strict=True):
            check()
            parts = self._ranking.parts(asked, number) if explain else ()
            hits.append(Ranked(self._chunk(number), score, int(tiers[number]), parts))
        return tuple(hits)

    def facets(self, query: Query, filters: Filters, *, by_article: bool) -> Mapping[Field, Mapping[str, int]]:
        """Return how many hits each value of each facet has; see `engine.Engine.facets`."""
        with self._reading() as snapshot:
            from corpus_search.engines.facets import count_articles, count_chunks

            return (count_articles if by_article else count_chunks)(snapshot, query, filters)

    def count(self, asked: Query) -> int:
        """Return how many chunks a query matches."""
        with self._reading() as snapshot:
            return int(Matching(snapshot, exact_script=asked.exact_script).match(asked).mask.sum())

    def matching(self, asked: Query) -> set[int]:
        """Return the numbers of the chunks that a query matches."""
        with self._reading() as snapshot:
            return set(numbers_of(Matching(snapshot, exact_script=asked.exact_script).match(asked).mask))

    def matching_texts(self, asked: Query) -> Iterator[tuple[int, str]]:
        """Yield the number and the folded text of each chunk that a query matches, in the order of their addresses."""
        with self._reading() as snapshot:
            found = snapshot.np.flatnonzero(Matching(snapshot, exact_script=asked.exact_script).match(asked).mask)
            numbers = snapshot.by_address(found).tolist()
        read = self._snapshot.plain if asked.exact_script else self._snapshot.text
        for number in numbers:
            # Others may search between two texts: a frequent word stands in very many.
            with self._reading():
                text = read(number).decode("utf-8", "surrogatepass")
            yield number, text

    def holding(self, runs: Iterable[str]) -> frozenset[DocId]:
        """Return the documents with a chunk in which any of the folded `runs` stands."""
        with self._reading() as snapshot:
            matching = Matching(snapshot, exact_script=False)
            found = snapshot.none()
            for run in runs:
                found |= matching.having(Run(run, run, run))
            return frozenset(
                snapshot.doc_id(number) for number in snapshot.np.unique(snapshot.article_of[found]).tolist()
            )

    # --- reading -----------------------------------------------------------------------------------------

    def get(self, doc_id: DocId) -> Article | None:
        """Return a document, or None if there is none."""
        with self._reading() as snapshot:
            number = snapshot.article(doc_id)
            return None if number is None else article_from(snapshot.article_record(number))

    def about(self, doc_id: DocId) -> About | None:
        """Return what a document is, or None if there is none."""
        with self._reading() as snapshot:
            number = snapshot.article(doc_id)
            if number is None:
                return None
            about = snapshot.about(number)
            return About(doc_id, about["title"], tuple(about["authors"]), about["year"], tuple(about["keywords"]))

    def documents(self) -> tuple[DocId, ...]:
        """Return all documents, in order."""
        with self._reading() as snapshot:
            return tuple(sorted(snapshot.doc_id(number) for number in numbers_of(snapshot.is_article)))

    def stats(self) -> Mapping[str, Any]:
        """Return counts and sizes: ``documents``, ``chunks``, ``bytes``."""
        with self._reading() as snapshot:
            size = sum(self._state["parts"].values())
            return {"documents": int(snapshot.is_article.sum()), "chunks": snapshot.chunks, "bytes": size}

    def pieces(self, limits: Iterable[Narrow] = ()) -> Pieces:
        """Return all chunks at a glance, or those within all of the `limits`."""
        import numpy as np

        with self._reading() as snapshot:
            matching = Matching(snapshot, exact_script=False)
            mask = snapshot.is_chunk
            for node in limits:
                mask = mask & matching.narrowed(node)
            numbers = np.flatnonzero(np.asarray(mask))
            articles = np.array(snapshot.articles(), dtype=np.int64)
            return Pieces(
                tuple(snapshot.doc_id(number) for number in articles.tolist()),
                numbers,
                np.searchsorted(articles, np.asarray(snapshot.article_of)[numbers]),
                np.asarray(snapshot.kind)[numbers].astype(np.int64) - (ARTICLE + 1),
                np.asarray(snapshot.lengths["text"])[numbers].astype(np.int64),
            )

    def terms(self) -> list[str]:
        """Return the terms of the texts."""
        with self._reading() as snapshot:
            return list(snapshot.lexicon("words"))

    def frequency(self, term: str) -> int:
        """Return how many chunks have a term in their text, those of deleted documents perhaps included."""
        with self._reading() as snapshot:
            return snapshot.frequency("words", term)

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield each chunk's number and folded text."""
        with self._reading() as snapshot:
            for number in numbers_of(snapshot.is_chunk):
                yield number, snapshot.text(number).decode("utf-8", "surrogatepass")

    def chunk(self, number: int) -> Chunk:
        """Return the chunk with a number."""
        with self._reading():
            return self._chunk(number)

    def _chunk(self, number: int) -> Chunk:
        return chunk_from(self._snapshot.record(number))
