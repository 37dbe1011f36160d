"""What is like a passage or an article, and why?

A place of the corpus in; other articles' passages, or other articles, out, each with what is shared: its terms and the
works that both cite.

A passage is asked for by its most distinctive words, those with the highest tf·idf (Salton and Buckley, Term-weighting
approaches in automatic text retrieval, 1988), as "more like this" of Lucene does; the engine ranks by them, each
weighing as its tf·idf does. A work that both cite adds what a word would that stands in as many articles. Articles are
coupled by the works they both cite (Kessler, Bibliographic coupling between scientific papers, 1963), each work
weighing the more the fewer cite it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log

from corpus_search.analysis import folded_text
from corpus_search.article import Address, Article, DocId, Kind, Note, Paragraph, Reference, Section, split_address
from corpus_search.chunk import Chunk
from corpus_search.counting.functional import is_functional
from corpus_search.counting.streams import without_markup
from corpus_search.engine import About, AnalyzedQuery, Clue, Ranked, Sort
from corpus_search.engines.ranking import IDF_POWER
from corpus_search.errors import AddressError
from corpus_search.highlight import match, snippet
from corpus_search.limits import check
from corpus_search.query import Field, Narrow, Query, Words, plain
from corpus_search.records import Record
from corpus_search.related.citing import SharedWork, Sharing, by_article, by_passage
from corpus_search.search import Place, Searcher
from corpus_search.works.catalogue import Catalogue

TERMS = 20
"""How many words a passage is asked for by."""

ARTICLE_TERMS = 30
_KINDS = frozenset({Kind.BODY, Kind.ABSTRACT, Kind.NOTE})
"""What a related passage may be."""
_CANDIDATES = 40
_SHOWN_TERMS = 8
_OF_ONE = 3
"""How many passages of one article are shown."""
_VARIABLE = re.compile(r"[a-z]\d+")
_SAME = 0.8
"""From which share of common pairs of characters on two passages are one text in two articles."""


@dataclass(frozen=True, slots=True)
class RelatedPassage:
    """A passage of another article, with the words that both have, those that tell most first, and shared works."""

    address: Address
    about: About
    heading_path: tuple[str, ...]
    kind: Kind
    page: int | None
    snippet: str
    score: float
    terms: tuple[str, ...]
    works: tuple[SharedWork, ...]

    def record(self) -> Record:
        """Return the JSON object of a passage."""
        return {
            "address": self.address,
            **_about(self.about),
            "heading_path": list(self.heading_path),
            "kind": self.kind,
            "page": self.page,
            "snippet": self.snippet,
            "score": round(self.score, 4),
            "terms": list(self.terms),
            "works": [work.record() for work in self.works],
        }


@dataclass(frozen=True, slots=True)
class RelatedArticle:
    """Another article, with the words that both have, what tells most first, and shared works, the rarest first."""

    about: About
    score: float
    terms: tuple[str, ...]
    works: tuple[SharedWork, ...]

    def record(self) -> Record:
        """Return the JSON object of an article."""
        return {
            **_about(self.about),
            "score": round(self.score, 4),
            "terms": list(self.terms),
            "works": [work.record() for work in self.works],
        }


@dataclass(frozen=True, slots=True)
class Related:
    """What is related to the place at `address`.

    For a passage, `passages` are like it, and `same` are those with the same text, which are no news; for an article,
    `articles` are like it. `coupled` cite the same works as the article. `terms` are what it was asked for by.
    """

    address: Address
    terms: tuple[str, ...]
    passages: tuple[RelatedPassage, ...] = ()
    articles: tuple[RelatedArticle, ...] = ()
    coupled: tuple[RelatedArticle, ...] = ()
    same: tuple[Address, ...] = ()

    def record(self) -> Record:
        """Return the JSON object of ``related --json``."""
        return {
            "address": self.address,
            "terms": list(self.terms),
            "passages": [one.record() for one in self.passages],
            "articles": [one.record() for one in self.articles],
            "coupled": [one.record() for one in self.coupled],
            "same": list(self.same),
        }


def _about(about: About) -> Record:
    return {"doc_id": about.doc_id, "title": about.title, "authors": list(about.authors), "year": about.year}


def related(searcher: Searcher, works: Catalogue, address: str, *, limit: int = 10) -> Related:
    """Return what is related to a document, or to a place in it: at most `limit` of each sort.

    Raises `AddressError` where there is no such place, or none with a text.
    """
    article, place = searcher.locate(address)
    if place is None:
        return _of_article(searcher, works, article, limit)
    return _of_passage(searcher, works, article, Address(address), place, limit)


# --- passages ------------------------------------------------------------------------------------------------


def _of_passage(
    searcher: Searcher, works: Catalogue, article: Article, address: Address, place: Place, limit: int
) -> Related:
    text = _text(place)
    weights = distinctive(searcher, text, TERMS)
    if not weights:
        raise AddressError(f"{address}: no word stands there that tells it from other places")
    asked = _asked(searcher, weights)
    page = searcher.engine.search(asked, limit=_CANDIDATES, offset=0, sort=Sort.RELEVANCE, explain=True)
    own = folded_text(text)
    cited = works.shared(article.doc_id, _addresses(place))
    passages: dict[Address, RelatedPassage] = {}
    same: list[Address] = []
    for hit in page.hits:
        check()
        chunk = hit.chunk
        if chunk.doc_id == article.doc_id or chunk.is_heading:
            continue
        found, passage_text = _passage(searcher, asked, hit)
        if _alike(own, folded_text(passage_text)) >= _SAME:
            same.append(found.address)
            continue
        passages[found.address] = found
    count = int(searcher.stats()["documents"])
    shared = {other: both for other, both in by_passage(cited).items() if other not in same}
    scores = {other: one.score for other, one in passages.items()}
    for other, both in shared.items():
        scores[other] = scores.get(other, 0.0) + sum(idf(work.articles, count) ** IDF_POWER for work in both)
    of_one = Counter[DocId]()
    best: list[RelatedPassage] = []
    for other in sorted(scores, key=lambda other: (-round(scores[other], 9), other)):
        doc_id, _ = split_address(other)
        of_one[doc_id] += 1
        if of_one[doc_id] <= _OF_ONE and len(best) < limit:
            check()
            # Many passages may cite a famous work: only those that are shown are read.
            one = passages.get(other) or _only_cited(searcher, other)
            best.append(replace(one, score=scores[other], works=tuple(shared.get(other, ()))))
    coupled = _coupled(searcher, by_article(cited), limit)
    return Related(address, tuple(weights), tuple(best), (), coupled, tuple(same))


def _passage(searcher: Searcher, asked: AnalyzedQuery, hit: Ranked) -> tuple[RelatedPassage, str]:
    """Return the paragraph of a chunk that has most of what is asked, and its text."""
    chunk = hit.chunk
    spans = match(chunk.text, asked.query, searcher.analyzer).spans
    held = Counter[int]()
    for span in spans:
        held[chunk.passages.index(chunk.passage_at(span.start))] += span.end - span.start
    best = chunk.passages[min(held, key=lambda i: (-held[i], i), default=0)]
    cut = snippet(chunk.text, spans, best.start, best.end)
    # The terms are those of the whole chunk: what ranks it.
    terms = tuple(dict.fromkeys(part.term for part in hit.parts if part.field == Clue.WORDS))
    made = RelatedPassage(
        best.address, _about_chunk(chunk), chunk.heading_path, chunk.kind, best.page_at(max(cut.start, best.start)),
        cut.text, hit.score, terms[:_SHOWN_TERMS], (),
    )  # fmt: skip
    return made, chunk.text[best.start : best.end]


def _about_chunk(chunk: Chunk) -> About:
    return About(chunk.doc_id, chunk.title, chunk.authors, chunk.year, ())


def _only_cited(searcher: Searcher, address: Address) -> RelatedPassage:
    """Return a passage that shares works, and perhaps no words."""
    article, place = searcher.locate(address)
    meta = article.metadata
    about = About(article.doc_id, meta.title, tuple(one.name for one in meta.authors), meta.year, ())
    text = _text(place) if place is not None else ""
    paths: dict[Address, tuple[str, ...]] = {}
    for path, section in article.walk():
        paths |= dict.fromkeys([section.address, *(paragraph.address for paragraph in section.paragraphs)], path)
    kind = Kind.NOTE if isinstance(place, Note) else Kind.BODY
    page = place.page if isinstance(place, Paragraph | Note | Section) else None
    return RelatedPassage(address, about, paths.get(address, ()), kind, page, snippet(text, ()).text, 0.0, (), ())


def _text(place: Place) -> str:
    match place:
        case Section():
            parts = [part for _, part in place.walk()]
            return "\n".join(text for part in parts for text in (part.heading, *(p.text for p in part.paragraphs)))
        case Paragraph() | Note() | Reference():
            return place.text
        case _:
            return "\n".join(part.text for part in place)


def _addresses(place: Place) -> frozenset[str]:
    """Return the addresses at which what a place cites is called: its own, its paragraphs', and its notes'."""
    match place:
        case Section():
            paragraphs = [p for _, part in place.walk() for p in part.paragraphs]
        case Paragraph():
            paragraphs = [place]
        case Note() | Reference():
            return frozenset({place.address})
        case _:
            return frozenset(part.address for part in place)
    notes = (marker.note for paragraph in paragraphs for marker in paragraph.markers)
    return frozenset([*(paragraph.address for paragraph in paragraphs), *notes])


def _alike(one: str, other: str) -> float:
    """Return the share of pairs of characters that two texts have in common, of those of the shorter one."""
    pairs = [set(pairwise("".join(filter(str.isalnum, text)))) for text in (one, other)]
    least = min(map(len, pairs))
    return len(pairs[0] & pairs[1]) / least if least else 0.0


# --- articles ------------------------------------------------------------------------------------------------


def _of_article(searcher: Searcher, works: Catalogue, article: Article, limit: int) -> Related:
    weights = distinctive(searcher, _whole(article), ARTICLE_TERMS)
    shared = by_article(works.shared(article.doc_id))
    alike = tuple(
        replace(one, terms=terms, works=tuple(shared.get(one.about.doc_id, ())))
        for one, terms in _like(searcher, article, weights, limit)
    )
    return Related(Address(article.doc_id), tuple(weights), (), alike, _coupled(searcher, shared, limit))


def like_article(searcher: Searcher, article: Article, *, limit: int) -> tuple[RelatedArticle, ...]:
    """Return the articles like one, with the words that both have; what they cite is not asked for."""
    weights = distinctive(searcher, _whole(article), ARTICLE_TERMS)
    return tuple(replace(one, terms=terms) for one, terms in _like(searcher, article, weights, limit))


def _like(
    searcher: Searcher, article: Article, weights: Mapping[str, float], limit: int
) -> Iterator[tuple[RelatedArticle, tuple[str, ...]]]:
    """Yield the articles that an engine finds by some words, each with those of the words that stand in it."""
    if not weights:
        return
    asked = _asked(searcher, weights)
    page = searcher.engine.search_articles(asked, limit=limit + 1, offset=0, sort=Sort.RELEVANCE, passages=1)
    hits = [hit for hit in page.hits if hit.passages[0].chunk.doc_id != article.doc_id]
    for hit in hits[:limit]:
        check()
        about = _about_chunk(hit.passages[0].chunk)
        text = folded_text(_whole(searcher.article(about.doc_id)))
        terms = tuple(term for term in weights if term in text)
        yield RelatedArticle(about, hit.score, (), ()), terms[:_SHOWN_TERMS]


def _whole(article: Article) -> str:
    """Return what an article says: title, abstract, keywords and text."""
    matter, text = (part.text for part in article.matter), (paragraph.text for paragraph in article.paragraphs())
    return "\n".join([article.metadata.title or "", *matter, *text])


def _coupled(searcher: Searcher, shared: Mapping[DocId, Sharing], limit: int) -> tuple[RelatedArticle, ...]:
    """Return the articles that cite the same works, those first whose works tell most."""
    count = int(searcher.stats()["documents"])
    scores = {other: sum(idf(work.articles, count) for work in works) for other, works in shared.items()}
    order = sorted(scores, key=lambda other: (-round(scores[other], 9), other))[:limit]
    return tuple(
        RelatedArticle(
            searcher.about(other) or About(other, None, (), None, ()), scores[other], (), tuple(shared[other])
        )
        for other in order
    )


# --- words ---------------------------------------------------------------------------------------------------


def idf(having: int, of: int) -> float:
    """Return how much it tells that something stands in `having` of so many: as BM25 has it, never below 0."""
    return log(1 + (of - having + 0.5) / (having + 0.5))


def distinctive(searcher: Searcher, text: str, count: int) -> dict[str, float]:
    """Return the most distinctive words of a text with their weights, most first: (1 + ln tf) × idf.

    Words that stand nowhere else lead nowhere, and function words, numbers and the names of variables (x4) everywhere:
    they are left out.
    """
    folded = folded_text(text)
    often: Counter[str] = Counter()
    written: dict[str, str] = {}
    for term in without_markup(folded, searcher.analyzer):
        word = folded[term.start : term.end]
        if not is_functional(word) and not _VARIABLE.fullmatch(word):
            often[term.text] += 1
            written.setdefault(term.text, word)
    chunks = int(searcher.stats()["chunks"])
    weights = {}
    for stem, tf in often.items():
        having = searcher.engine.frequency(stem)
        if having > 1 and len(stem) > 1:
            weights[written[stem]] = (1 + log(tf)) * idf(having, chunks)
    best = sorted(weights, key=lambda word: (-weights[word], word))[:count]
    return {word: weights[word] for word in best}


def _asked(searcher: Searcher, weights: Mapping[str, float]) -> AnalyzedQuery:
    """Return the query for passages with any of some words, each weighing as it should, the first 1."""
    most = max(weights.values())
    terms: dict[str, float] = {}
    ranked: list[Words] = []
    for word, weight in weights.items():
        ranked += plain(word, searcher.analyzer).ranked
        for term in searcher.analyzer.words_of(word):
            terms[term.text] = max(terms.get(term.text, 0.0), weight / most)
    query = Query(" ".join(weights), (Narrow(Field.KIND, kinds=_KINDS),), (), tuple(ranked))
    return AnalyzedQuery(query, {clue: terms if clue is Clue.WORDS else {} for clue in Clue})
