"""The one entry point: a corpus, its index, and what one asks of them.

What `cli`, `web` and `Corpus` call. A query string in, `Results` out::

    for hit in Corpus("papers").searcher().search("战略能动"):
        print(hit.rank, hit.address, hit.snippet.text)
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus_search.analysis import Analyzer, fold
from corpus_search.article import (
    Address,
    Article,
    DocId,
    Note,
    Paragraph,
    Part,
    Reference,
    Section,
    Span,
    split_address,
)
from corpus_search.chunk import Chunk
from corpus_search.clues import analyzed
from corpus_search.engine import (
    About,
    ArticlePage,
    Engine,
    Page,
    Ranked,
    RankedArticle,
    Service,
    Sort,
)
from corpus_search.engines import open_engine
from corpus_search.errors import AddressError
from corpus_search.evidence import sources_within
from corpus_search.highlight import Matcher, match, snippet
from corpus_search.limits import check
from corpus_search.query import FACETS, Field, Filters, Query, narrowing, parse, plain
from corpus_search.results import Facet, Group, Hit, Question, Results, Support
from corpus_search.state import State
from corpus_search.support import Parts, parts, sources, supporting

if TYPE_CHECKING:
    from corpus_search.concordance import Concordance
    from corpus_search.suggest import Suggester
    from corpus_search.verify import Verdict
    from corpus_search.works.catalogue import Catalogue
    from corpus_search.works.making import Making

_FEW = 1
"""A query with no more hits than this is worth a suggestion."""

_WARMING = 300
"""How many texts are looked at before the first question: they have most characters of the others."""

_FREQUENT = 100
"""How many of their words are asked for before the first question."""

_ARTICLES = 8
"""How many articles are kept for the next hit that asks what it rests on."""

PASSAGES = 3
"""How many passages of an article are shown where hits are grouped."""

Place = Section | Paragraph | Note | Reference | tuple[Part, ...]
"""What stands at an address below a document."""


Highlighter = Callable[[str], tuple[Span, ...]]
"""A function from a text to the spans of it that a query matches."""


class _Shown(NamedTuple):
    """What hits are shown by: what finds a query in their texts, the query, and its parts, where it has any."""

    matcher: Matcher
    query: Query
    split: Parts | None


class Searcher:
    """An index opened for searching: what was committed when it was opened, and nothing later.

    Raises `IndexMissingError`, `IndexDamagedError`.
    """

    def __init__(self, folder: Path, *, engine: str = "whoosh", service: Service | None = None) -> None:
        self._engine = supporting(open_engine(engine, folder, service))
        self.state = State.read(self._engine.state)
        """What was kept with the index: the corpus, its files, the fingerprint."""
        commit = [self.state.updated, sorted(self.state.fingerprint.items()), self._engine.state.get("parts")]
        self.version = sha256(json.dumps(commit, sort_keys=True).encode()).hexdigest()[:16]
        """What tells this state of the index from any other."""
        self._analyzer = Analyzer(self.state.words)
        self._suggester: Suggester | None = None
        self._folder = folder
        self._works: Making | None = None
        self._lock = threading.Lock()
        # The hits of a page are of a few articles, which the engine makes anew each time.
        self._article = lru_cache(maxsize=_ARTICLES)(self._engine.get)

    @property
    def engine(self) -> Engine:
        """The engine that reads the index, for tools that ask it more than a search does."""
        return self._engine

    @property
    def analyzer(self) -> Analyzer:
        """What turns texts and questions into terms, as the index was made with."""
        return self._analyzer

    def is_current(self) -> bool:
        """Tell whether the index has not changed since it was opened."""
        return self._engine.is_current()

    def close(self) -> None:
        """Release the index."""
        self._engine.close()

    def stats(self) -> Mapping[str, Any]:
        """Return counts and sizes: ``documents``, ``chunks``, ``bytes``."""
        return self._engine.stats()

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        offset: int = 0,
        filters: Filters = MappingProxyType({}),
        sort: Sort = Sort.RELEVANCE,
        group: Group = Group.NONE,
        exact_script: bool = False,
        explain: bool = False,
    ) -> Results:
        """Answer a query with the hits `offset` to ``offset + limit``; to `explain` them, with their scores' parts.

        `filters` limit the hits, as ``{Field.KIND: frozenset({"note"})}``. Raises `QueryError`.
        """
        started = time.perf_counter()
        query = self.query(text, filters, exact_script=exact_script)
        split = parts(query)
        asked = replace(analyzed(split.passage if split else query, self._analyzer), query=query)
        window: Any = {"limit": limit, "offset": offset, "sort": sort, "explain": explain}
        shown = _Shown(Matcher(split.passage if split else query, self._analyzer), query, split)
        page: Page | ArticlePage
        if group is Group.ARTICLE:
            page = self._engine.search_articles(asked, passages=PASSAGES, **window)
            hits = tuple(self._article_hit(n, article, shown) for n, article in enumerate(page.hits, offset + 1))
        else:
            page = self._engine.search(asked, **window)
            hits = tuple(self._hit(n, ranked, shown) for n, ranked in enumerate(page.hits, offset + 1))
        took_ms = (time.perf_counter() - started) * 1000
        # What could not be looked for in all of the index is not said to be rare.
        few = page.total <= _FEW and not filters and not page.incomplete
        suggestion = self._suggestion(query) if few else None
        question = Question(text, limit, offset, filters, sort, group, exact_script)
        return Results(
            query,
            page.total,
            hits,
            took_ms,
            self._engine.name,
            suggestion,
            group,
            asked.terms,
            question,
            self,
            page.incomplete,
        )

    def query(self, text: str, filters: Filters = MappingProxyType({}), *, exact_script: bool = False) -> Query:
        """Return a query as it is read, limited by `filters`. Raises `QueryError`."""
        query = parse(text, self._analyzer, exact_script=exact_script)
        return replace(query, required=(*query.required, *narrowing(filters)))

    def answering(self, question: Question) -> Iterator[tuple[DocId, int, tuple[Chunk, ...]]]:
        """Yield each document that answers a question: how many of its passages do, and these.

        Grouped by article, only its best passages are given. Raises `QueryError`.
        """
        query = self.query(question.text, question.filters, exact_script=question.exact_script)
        if question.group is Group.ARTICLE:
            asked, most = analyzed(query, self._analyzer), self.stats()["documents"]
            page = self._engine.search_articles(asked, limit=most, offset=0, sort=Sort.POSITION, passages=PASSAGES)
            for article in page.hits:
                chunks = tuple(sorted((ranked.chunk for ranked in article.passages), key=lambda chunk: chunk.order))
                yield chunks[0].doc_id, article.total, chunks
            return
        found: dict[DocId, list[Chunk]] = defaultdict(list)
        # An article's chunks are numbered in their order.
        for number in sorted(self._engine.matching(query)):
            check()
            chunk = self._engine.chunk(number)
            found[chunk.doc_id].append(chunk)
        for doc_id in sorted(found):
            yield doc_id, len(found[doc_id]), tuple(found[doc_id])

    def facets(
        self,
        text: str,
        *,
        filters: Filters = MappingProxyType({}),
        group: Group = Group.NONE,
        exact_script: bool = False,
        limit: int = 12,
    ) -> tuple[Facet, ...]:
        """Return how the hits of a query are spread: up to `limit` values of each facet, and all those chosen.

        A value's count is what there would be if it alone were chosen in its facet. Raises `QueryError`.
        """
        query = self.query(text, exact_script=exact_script)
        counts = self._engine.facets(query, filters, by_article=group is Group.ARTICLE)
        return tuple(_facet(field, counts[field], filters.get(field, frozenset()), limit) for field in FACETS)

    def loosened(self, text: str, **options: Any) -> tuple[str, int] | None:
        """Return the nearest looser query that finds something and how many hits it has; `options` are `search`'s."""

        from corpus_search.loosen import loosened

        def stands(run: str) -> bool:
            return bool(self._engine.count(parse(f'"{run}"', self._analyzer)))

        for looser in loosened(text, stands):
            total = self.search(looser, limit=0, **options).total
            if total:
                return looser, total
        return None

    def concordance(
        self,
        text: str,
        *,
        filters: Filters = MappingProxyType({}),
        exact_script: bool = False,
        **options: Any,
    ) -> Concordance:
        """Return every occurrence of what a query shows: a window on them, with their contexts.

        `options` are those of `concordance.concordance`. Raises `QueryError`.
        """
        from corpus_search.concordance import concordance

        query = self.query(text, filters, exact_script=exact_script)
        return concordance(query, self._engine, self._analyzer, **options)

    def _article_hit(self, rank: int, article: RankedArticle, shown: _Shown) -> Hit:
        best, *others = (self._hit(rank, ranked, shown) for ranked in article.passages)
        return replace(best, score=article.score, tier=article.tier, passages=article.total, others=tuple(others))

    def _suggestion(self, query: Query) -> str | None:
        """Return another query that finds more than this one, if there is one worth trying."""
        text = self._suggests().suggest(query)
        if text is None:
            return None
        text = " ".join(map(self._as_written, text.split()))
        other = parse(text, self._analyzer, exact_script=query.exact_script)
        return text if self._engine.count(other) > self._engine.count(query) else None

    def _suggests(self) -> Suggester:
        if self._suggester is None:
            from corpus_search.suggest import Suggester

            self._suggester = Suggester(self._engine.terms(), self._engine.frequency, known=self._analyzer.knows)
        return self._suggester

    def complete(self, prefix: str, *, limit: int = 10) -> tuple[str, ...]:
        """Return queries that begin as `prefix` does, its last word completed to words of the corpus.

        A word may be begun in any script, or in pinyin.
        """
        from corpus_search.suggest import begun

        before, word = begun(prefix)
        suggester = self._suggests()
        # Words in pinyin are one run of Han, where that stands somewhere: rimei tongm is the beginning of 日美同盟.
        run = suggester.pinyin(before.split()) or ""
        found: dict[str, None] = {}
        for term in suggester.complete(word) or ([word] if run and (word := suggester.pinyin([word]) or "") else []):
            if run:
                if self._engine.count(parse(f'"{run}{term}"', self._analyzer)):
                    found[run + term] = None
            elif self._engine.count(plain(term, self._analyzer)):  # Not of a document that is gone.
                found[before + self._as_written(term)] = None
            if len(found) == limit:
                break
        return tuple(found)

    def _as_written(self, term: str) -> str:
        """Return a term as the corpus writes it: unfolded, and an English stem as a whole word."""
        asked = plain(term, self._analyzer)
        for number in sorted(self._engine.matching(asked))[:1]:
            text = self._engine.chunk(number).text
            found = match(text, asked, self._analyzer)
            if found.label != "segmented" or term.isascii():
                return next((text[a:b] for a, b in found.spans if fold(text[a:b]).text), term)
        return term

    def _hit(self, rank: int, ranked: Ranked, shown: _Shown) -> Hit:
        check()
        chunk = ranked.chunk
        found = shown.matcher.match(chunk.text)
        weights = Counter[int]()
        for span in found.spans:
            weights[chunk.passages.index(chunk.passage_at(span.start))] += span.end - span.start
        best = chunk.passages[min(weights, key=lambda i: (-weights[i], i), default=0)]
        cut = snippet(chunk.text, found.spans, best.start, best.end)
        first = next((s for s in found.spans if s.start < cut.end and s.end > cut.start), Span(best.start, best.start))
        page = best.page_at(max(first.start, best.start))
        return Hit(
            rank, ranked.score, chunk, best.address, page, found.spans, cut, found.label, ranked.tier, ranked.parts,
            support=self._support(chunk, shown.query, shown.split) if shown.split else (),
        )  # fmt: skip

    def _support(self, chunk: Chunk, query: Query, split: Parts) -> tuple[Support, ...]:
        """Return the notes and entries under a passage that answer their part of a query."""
        answering = sources(self._engine, query)
        article = self._article(chunk.doc_id)
        texts: dict[Address, Note | Reference] = {}
        if article:
            texts = {note.address: note for note in article.notes}
            texts |= {reference.address: reference for reference in article.references}
        asked = replace(split.passage, required=tuple(n for side in split.sources for n in side.required), ranked=())
        return tuple(
            Support(one.address, one.label, one.text, match(one.text, asked, self._analyzer).spans)
            for address in chunk.sources
            if address in answering and (one := texts.get(address))
        )

    def evidence(self, hit: Hit) -> tuple[Note | Reference, ...]:
        """Return the notes whose markers stand in a hit's snippet and the entries that are cited there, in order."""
        article = self._article(hit.chunk.doc_id) if hit.chunk.sources else None
        return sources_within(article, hit.chunk.passages, hit.snippet.start, hit.snippet.end) if article else ()

    def highlighter(self, text: str, *, exact_script: bool = False) -> Highlighter:
        """Return a function that gives the spans of a text which a query matches. Raises `QueryError`."""
        query = parse(text, self._analyzer, exact_script=exact_script)
        matcher = Matcher(query, self._analyzer)
        return lambda text: matcher.match(text).spans

    def warm_up(self) -> None:
        """Load what the first search would wait for."""
        self._analyzer.warm_up()
        # All at once: no other question is to wait for what is done with them.
        texts = [text for _, text in islice(self._engine.texts(), _WARMING)]
        for text in texts:
            # A character is folded once, which takes longer than to look it up; a corpus is written in some thousands.
            fold(text)
        counts = self._analyzer.counts_together(texts)
        words = Counter(word for counted in counts for word in counted if len(word) > 1)
        # What stands in many passages takes longest to read, and is asked for again and again.
        frequent = " ".join(word for word, _ in words.most_common(_FREQUENT))
        if frequent:
            query = analyzed(plain(frequent, self._analyzer), self._analyzer)
            self._engine.search(query, limit=1, offset=0, sort=Sort.RELEVANCE)
        self._suggests()

    def verify(self, **options: Any) -> Verdict:
        """Compare quoted runs with a scan of every text; `options` are those of `verify.verify`."""
        from corpus_search.verify import verify

        return verify(self._engine, self._analyzer, **options)

    def works(self, *, progress: Callable[[int, int], None] | None = None, wait_s: float | None = None) -> Catalogue:
        """Return the works that the articles cite, which are read when they are first asked for after a change.

        `progress` is told how many articles of how many are read. Who does not wait longer than `wait_s` seconds gets
        `BusyError`, and the catalogue when it comes back.
        """
        from corpus_search.works.making import Making

        with self._lock:
            if self._works is None:
                # What a file says depends on the parser, too.
                read_by = self.state.fingerprint.get("format")
                stamps = {file.doc_id: f"{file.sha256} {read_by}" for file in self.state.files if not file.copy}
                stamps = {doc: stamps.get(doc, "") for doc in self._engine.documents()}
                self._works = Making(
                    self._folder, version=self.version, stamps=stamps, article=self.article, keep=self.is_current
                )
        return self._works.result(progress=progress, wait_s=wait_s)

    def cited_by(self, text: str, *, exact_script: bool = False) -> frozenset[str]:
        """Return the places of texts, notes and entries that a query matches, for `works.Selection`.

        Raises `QueryError`.
        """
        from corpus_search.works.catalogue import selected_places

        query = self.query(text, exact_script=exact_script)
        return selected_places(self._checked(self._engine.matching(query)))

    def _checked(self, numbers: Iterable[int]) -> Iterator[Chunk]:
        for number in numbers:
            check()
            yield self._engine.chunk(number)

    def documents(self) -> tuple[DocId, ...]:
        """Return all documents, in order."""
        return self._engine.documents()

    def paths(self, doc_id: str) -> tuple[str, ...]:
        """Return the files that hold a document: one, and its copies."""
        digests = {file.sha256 for file in self.state.files if file.doc_id == doc_id and not file.copy}
        return tuple(sorted(file.path for file in self.state.files if file.sha256 in digests))

    def about(self, doc_id: str) -> About | None:
        """Return what a document is, in a line, or None if there is none."""
        return self._engine.about(DocId(doc_id))

    def titles(self, limit: int) -> tuple[About, ...]:
        """Return what the first `limit` documents are, in order."""
        return tuple(filter(None, map(self._engine.about, self._engine.documents()[:limit])))

    def article(self, doc_id: str) -> Article:
        """Return a document. Raises `AddressError` if there is none."""
        article = self._engine.get(DocId(doc_id))
        if article is None:
            if not doc_id.strip():
                raise AddressError("the address is empty: name a document; `corpus-search status` lists them")
            message = f"{doc_id}: no such document; `corpus-search status` lists them"
            raise AddressError(message, missing="document", name=doc_id)
        return article

    def locate(self, address: str) -> tuple[Article, Place | None]:
        """Return the document at `address`, and the place in it, or None for the whole.

        Raises `AddressError`.
        """
        whole = self._engine.get(DocId(address))
        if whole is not None:
            return whole, None
        doc_id, fragment = split_address(address)
        article = self.article(doc_id)
        found = place_in(article, Address(address)) if fragment else None
        if found is None:
            message = f"{address}: {doc_id} has no such place; `corpus-search show {doc_id}` lists its parts"
            raise AddressError(message, missing="place", name=fragment)
        return article, found


def place_in(article: Article, address: Address) -> Place | None:
    """Return what stands at `address` in `article`."""
    parts = tuple(p for p in (*article.front, *article.matter, *article.back) if p.address == address)
    if parts:
        return parts
    single: list[Note | Reference | Section | Paragraph] = [*article.notes, *article.references]
    for _, section in article.walk():
        single += [section, *section.paragraphs]
    return next((one for one in single if one.address == address), None)


def _facet(field: Field, counts: Mapping[str, int], chosen: frozenset[str], limit: int) -> Facet:
    by_count = sorted(counts, key=lambda value: (-counts[value], value))
    kept = {*by_count[:limit], *chosen}
    order = sorted(kept, reverse=True) if field is Field.YEAR else sorted(kept, key=lambda v: (-counts.get(v, 0), v))
    return Facet(field, tuple((value, counts.get(value, 0)) for value in order), chosen, len(counts.keys() - kept))
