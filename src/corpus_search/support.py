"""Which passages on one thing are supported by notes on another?

A query with items for the text and items for notes or references, ``body:反击能力 note:防衛省``, asks for passages of
the text that answer the first and rest on a note that answers the second: one whose marker stands in the passage, or
that such a note points back to (同上); with ``ref:``, on an entry of the list that the passage cites. No passage is
text and note at once, so such a query means nothing else.

This stands above the engines: they find notes, entries and passages as ever, and what rests on what is known of each
chunk (`Chunk.sources`). All other queries go straight through.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from corpus_search.article import Address, DocId
from corpus_search.chunk import Chunk
from corpus_search.engine import AnalyzedQuery, ArticlePage, Engine, Page, Ranked, RankedArticle, Sort
from corpus_search.frozen import dataclass
from corpus_search.limits import check
from corpus_search.query import FACETS, And, Field, Filters, Narrow, Node, Query, Within, narrowing

_ALL = 10_000_000
"""More hits than there are: which of them rest on the right notes is found out here."""
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Parts:
    """A query for passages that rest on something: what the passage answers, and what its notes and its entries do."""

    passage: Query
    sources: tuple[Query, ...]


def parts(query: Query) -> Parts | None:
    """Take apart a query that has items for the text and items for notes or references, or return None."""
    required = [one for node in query.required for one in _flat(node)]
    fields = {node.field for node in required if isinstance(node, Within)}
    sides = [field for field in (Field.NOTE, Field.REF) if field in fields]
    if Field.BODY not in fields or not sides:
        return None

    def of(side: Field) -> tuple[Node, ...]:
        return tuple(node for node in required if isinstance(node, Within) and node.field is side)

    rest = tuple(node for node in required if not (isinstance(node, Within) and node.field in sides))
    articles = tuple(node for node in rest if isinstance(node, Narrow) and node.field in _OF_ARTICLES)
    sources = tuple(replace(query, required=(*of(side), *articles), excluded=(), ranked=()) for side in sides)
    return Parts(replace(query, required=rest), sources)


_OF_ARTICLES = frozenset((Field.TITLE, Field.AUTHOR, Field.KEYWORD, Field.YEAR, Field.DOC))


def _flat(node: Node) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, And) and all(isinstance(one, Within) for one in node.nodes) else (node,)


def supporting(engine: Engine) -> Engine:
    """Return an engine that answers queries for passages that rest on something, too."""
    return cast("Engine", _Supporting(engine))


def sources(engine: Engine, query: Query) -> frozenset[Address]:
    """Return the notes and entries that answer their part of a query, as an engine that is `supporting` knows them."""
    return engine.sources(query) if isinstance(engine, _Supporting) else frozenset()


class _Supporting:
    """An engine before another, which answers all that is not written here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[Query, tuple[frozenset[Address], ...]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def sources(self, query: Query) -> frozenset[Address]:
        """Return the notes and entries that answer their part of a query."""
        found = parts(query)
        return frozenset(address for side in self._sides(found) for address in side) if found else frozenset()

    def search(self, query: AnalyzedQuery, *, limit: int, offset: int, sort: Sort, explain: bool = False) -> Page:
        found = parts(query.query)
        if found is None:
            return self._engine.search(query, limit=limit, offset=offset, sort=sort, explain=explain)
        hits, incomplete = self._hits(query, found, sort=sort, explain=explain)
        return Page(len(hits), tuple(hits[offset : offset + limit]), incomplete)

    def search_articles(
        self, query: AnalyzedQuery, *, limit: int, offset: int, sort: Sort, passages: int, explain: bool = False
    ) -> ArticlePage:
        found = parts(query.query)
        if found is None:
            return self._engine.search_articles(
                query, limit=limit, offset=offset, sort=sort, passages=passages, explain=explain
            )
        by_article: dict[DocId, list[Ranked]] = defaultdict(list)
        every, incomplete = self._hits(query, found, sort=sort, explain=explain)
        for hit in every:
            by_article[hit.chunk.doc_id].append(hit)
        articles = [
            RankedArticle(hits[0].score, hits[0].tier, len(hits), tuple(hits[:passages]))
            for hits in by_article.values()
        ]
        return ArticlePage(len(articles), tuple(articles[offset : offset + limit]), incomplete)

    def matching(self, query: Query) -> set[int]:
        found = parts(query)
        if found is None:
            return self._engine.matching(query)
        sides = self._sides(found)
        narrowed = _narrowed(found.passage, sides)
        numbers = self._engine.matching(narrowed) if narrowed else set()
        return {number for number in numbers if _rests_on(self._chunk(number), sides)}

    def matching_texts(self, query: Query) -> Iterator[tuple[int, str]]:
        found = parts(query)
        if found is None:
            yield from self._engine.matching_texts(query)
            return
        sides = self._sides(found)
        narrowed = _narrowed(found.passage, sides)
        for number, text in self._engine.matching_texts(narrowed) if narrowed else ():
            if _rests_on(self._chunk(number), sides):
                yield number, text

    def facets(self, query: Query, filters: Filters, *, by_article: bool) -> Mapping[Field, Mapping[str, int]]:
        if parts(query) is None:
            return self._engine.facets(query, filters, by_article=by_article)
        found: dict[tuple[Field, ...], list[Chunk]] = {}
        counts: dict[Field, Mapping[str, int]] = {}
        for field in FACETS:
            others = {name: values for name, values in filters.items() if name is not field}
            if tuple(others) not in found:
                asked = replace(query, required=(*query.required, *narrowing(others)))
                found[tuple(others)] = [self._chunk(number) for number in self.matching(asked)]
            counts[field] = self._counted(field, found[tuple(others)], by_article=by_article)
        return counts

    def _counted(self, field: Field, chunks: list[Chunk], *, by_article: bool) -> Mapping[str, int]:
        pairs = ((value, chunk.doc_id) for chunk in chunks for value in self._values(field, chunk))
        return Counter(value for value, _ in (set(pairs) if by_article else pairs))

    def _values(self, field: Field, chunk: Chunk) -> tuple[str, ...]:
        match field:
            case Field.KIND:
                return (str(chunk.kind),)
            case Field.YEAR:
                return (str(chunk.year),) if chunk.year is not None else ()
            case Field.AUTHOR:
                return chunk.authors
            case Field.DOC:
                return (chunk.doc_id,)
            case _:
                about = self._engine.about(chunk.doc_id)
                return about.keywords if about else ()

    def _chunk(self, number: int) -> Chunk:
        check()
        return self._engine.chunk(number)

    def _sides(self, found: Parts) -> tuple[frozenset[Address], ...]:
        """Return for notes and for entries the addresses of those that answer their part."""
        asked = replace(found.sources[0], text=" | ".join(map(str, found.sources)))
        if asked not in self._known:
            made = tuple(
                frozenset(self._chunk(number).address for number in self._engine.matching(side))
                for side in found.sources
            )
            while len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[asked] = made
        return self._known[asked]

    def _hits(
        self, query: AnalyzedQuery, found: Parts, *, sort: Sort, explain: bool
    ) -> tuple[list[Ranked], str | None]:
        """Return all hits, and why there may be more, if there may."""
        sides = self._sides(found)
        narrowed = _narrowed(found.passage, sides)
        if narrowed is None:
            return [], None
        asked = replace(query, query=narrowed)
        page = self._engine.search(asked, limit=_ALL, offset=0, sort=sort, explain=explain)
        return [hit for hit in page.hits if _rests_on(hit.chunk, sides)], page.incomplete


def _narrowed(passage: Query, sides: tuple[frozenset[Address], ...]) -> Query | None:
    """Look for passages in the articles alone that have something on every side, or in none."""
    articles = [frozenset(address.rpartition("#")[0] for address in side) for side in sides]
    common = frozenset.intersection(*articles)
    if not common:
        return None
    return replace(passage, required=(*passage.required, Narrow(Field.DOC, values=common)))


def _rests_on(chunk: Chunk, sides: tuple[frozenset[Address], ...]) -> bool:
    return all(not side.isdisjoint(chunk.sources) for side in sides)
