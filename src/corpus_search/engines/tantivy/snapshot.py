"""What is in an open index of tantivy's, as arrays?"""

from __future__ import annotations

import gc
import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
import tantivy

from corpus_search.analysis import LATIN, gram_count, run_grams
from corpus_search.article import DocId
from corpus_search.engines.snapshot import LENGTHS, NUMBER, Cost, Numbers, Postings, Snapshot, counts_among, numbered
from corpus_search.engines.tantivy.counts import Scoring, counted, scoring
from corpus_search.engines.tantivy.schema import COLUMNS, characters, key
from corpus_search.records import unpacked

_SEARCH_US, _POSTING_US, _COUNT_US, _TEXT_US = 40.0, 0.25, 6.0, 0.7
"""What a search costs, a posting, which is made an object of Python's, and the count of a term in one document: of a
word, which tantivy is asked for, and of characters, which are counted in the text."""

_TEXTS = 2_000
"""How many texts are kept for the next term that is counted in them."""

_BEGUN = re.compile("[a-z0-9]+")
_LATIN_LETTER = re.compile(f"(?![0-9])[{LATIN}]")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Have no garbage looked for meanwhile: a list of many hits is none, and looking through all there is takes longer.

    What threads do at the same time is only collected later.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class TantivySnapshot(Snapshot):
    """An open index as arrays.

    A document's number is its place in the order of the column ``number``, deleted ones and records left out.
    """

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        every = self._hits(tantivy.Query.all_query())
        hits = [hit for hit in every if hit[0] >= 0]
        # A document has one id, so that there are as many as are counted with the ids, deleted ones included.
        self._has_deleted = sum(having for _, having in self._searcher.terms_with_prefix("doc_id", "")) > len(every)
        self._addresses = [address for _, address in hits]
        self._places = np.fromiter((place for place, _ in hits), np.int64, len(hits))
        self._rows = self._by_segment()
        columns = {name: self._column(name) for name in COLUMNS}
        super().__init__(
            alive=np.ones(len(hits), dtype=bool),
            kind=columns["kind"],
            year=columns["year"],
            is_heading=columns["is_heading"].astype(bool),
            lengths={name: columns[column] for name, column in LENGTHS.items()},
        )
        self._tokens = {
            "chars": columns["chars_length"],
            "pairs": np.maximum(columns["chars_length"] - 1, 0),
            "words": columns["words_length"],
            "heading": columns["heading_length"],
            "title": columns["title_length"],
        }
        self._scoring: dict[str, Scoring] = {}
        self._counted = Counter[tuple[str, str]]()
        self._frequency = lru_cache(maxsize=100_000)(self._searcher.doc_freq)
        self._letters = lru_cache(maxsize=_TEXTS)(partial(_text, self._searcher, self._addresses))
        self._names: dict[int, DocId] = {}
        self._lexicon: dict[str, list[str]] = {}
        self._accented: list[str] = []
        self._latin: list[str] | None = None

    def close(self) -> None:
        """Release the files; tantivy does so when nobody asks any more."""

    def _hits(self, query: tantivy.Query) -> list[tuple[int, Any]]:
        """Return what a query finds, in order, with the numbers as the column has them."""
        most = max(self._searcher.num_docs, 1)
        ordered = self._searcher.search(query, most, count=False, order_by_field="number", order=tantivy.Order.Asc)
        found: list[tuple[int, Any]] = ordered.hits
        return found

    def _by_segment(self) -> list[Numbers]:
        """Return for each segment the number of each of its documents, -1 for those that have none."""
        segment, inside = self._where(self._addresses)
        rows = []
        for one in range(self._searcher.num_segments):
            own = np.flatnonzero(segment == one)
            found = np.full(int(inside[own].max(initial=-1)) + 1, -1, dtype=np.int64)
            found[inside[own]] = own
            rows.append(found)
        return rows

    def _where(self, addresses: Sequence[Any]) -> tuple[Numbers, Numbers]:
        """Return the segment of each address, and the place within it."""
        inside = np.fromiter(map(attrgetter("doc"), addresses), np.int64, len(addresses))
        if self._searcher.num_segments < 2:
            return np.zeros(len(addresses), dtype=np.int64), inside
        return np.fromiter(map(attrgetter("segment_ord"), addresses), np.int64, len(addresses)), inside

    def _column(self, name: str) -> Numbers:
        return np.array(self._searcher.fast_field_values(name, self._addresses), dtype=np.int64)

    # --- terms -------------------------------------------------------------------------------------------

    @_uncollected()
    def _read(self, field: str, term: str) -> Postings:
        field, term = _located(field, term)
        query = tantivy.Query.term_query(self._schema, field, term)
        having = self._frequency(field, term)
        hits = self._searcher.search(query, having, count=False).hits if having else []
        if not hits:
            return Postings(np.zeros(0, dtype=NUMBER), np.zeros(0, dtype=np.uint8))
        scores = np.fromiter(map(itemgetter(0), hits), np.float64, len(hits))
        segment, inside = self._where([address for _, address in hits])
        numbers = np.zeros(len(hits), dtype=NUMBER)
        for one, rows in enumerate(self._rows):
            own = segment == one
            numbers[own] = rows[inside[own]]
        if field not in self._scoring:
            explained = query.explain(self._searcher, hits[0][1]).to_json()
            self._scoring[field] = scoring(explained, self._tokens[field])
        order = np.argsort(numbers)
        numbers = numbers[order]
        counts = self._scoring[field].counts(scores[order], numbers, having)
        return Postings(numbers, counts.astype(np.uint8) if counts.max() < 256 else counts)

    def having(self, field: str, term: str) -> int:
        """Return how many living documents have a term in a field."""
        if (field, term) in self._kept:
            return super().having(field, term)
        if not self._has_deleted:
            return self.frequency(field, term)
        query = tantivy.Query.term_query(self._schema, *_located(field, term))
        found: Any = self._searcher.search(query, 1, count=True)
        return int(found.count)

    def cost(self, field: str, term: str) -> Cost:
        """Return about what it costs to find a term."""
        if (field, term) in self._kept:
            return super().cost(field, term)
        return Cost(_SEARCH_US + _POSTING_US * self.frequency(field, term), _one_us(field))

    def among(self, numbers: Numbers) -> Callable[[str, str], Numbers]:
        """Return a function that tells how often each of a few documents has a term in a field."""
        wanted = numbers.tolist()

        def counts(field: str, term: str) -> Numbers:
            # Once looking up a term has taken the time that its postings would take, they are read: it is asked for
            # often.
            self._counted[field, term] += len(wanted)
            enough = _POSTING_US / _one_us(field) * self.frequency(field, term)
            if (field, term) in self._kept or self._counted[field, term] > enough:
                return counts_among(self.postings(field, term), numbers)
            if field == "grams":
                return np.array([gram_count(self._letters(number), term) for number in wanted])
            query = tantivy.Query.term_query(self._schema, *_located(field, term))
            return np.array([self._count(query, self._addresses[number]) for number in wanted])

        return counts

    def _count(self, query: tantivy.Query, address: Any) -> float:
        """Return how often a document has the term that a query is for."""
        try:
            return counted(query.explain(self._searcher, address).to_json())
        except ValueError:  # It has it not at all.
            return 0.0

    def _read_run(self, field: str, run: str) -> Numbers:
        if field != "grams":
            return self._numbers(self._phrase(field, run))
        must = tantivy.Occur.Must
        # Where in a text characters stand is only looked at where all their pairs do, which are far fewer.
        pairs = [tantivy.Query.term_query(self._schema, "pairs", pair) for pair in run_grams(run)]
        return self._numbers(
            tantivy.Query.boolean_query([*((must, pair) for pair in pairs), (must, self._phrase("chars", run))])
        )

    def _phrase(self, field: str, run: str) -> tantivy.Query:
        if len(run) == 1:
            return tantivy.Query.term_query(self._schema, field, characters(run))
        if len(run) == 2 and field == "chars":
            return tantivy.Query.term_query(self._schema, "pairs", run)
        return tantivy.Query.phrase_query(self._schema, field, [*characters(run).split(" ")])

    def with_whole_word(self, word: str) -> Numbers | None:
        """Return the numbers of the chunks in which a Latin word or number stands by itself, unstemmed."""
        query = tantivy.Query.term_query(self._schema, "latin", word)
        return self._kept.get(("latin", word), lambda: numbered(self._numbers(query))).numbers

    def _read_words(self, pattern: str, grams: Iterable[str]) -> Numbers:
        words = self._latin_words()
        begun = _BEGUN.match(pattern)
        if begun:
            # Those that begin so are neighbours; in others it may stand after a letter that is not of ASCII.
            first, last = bisect_left(words, begun[0]), bisect_left(words, begun[0] + "\uffff")
            words = words[first:last] + self._accented
        found = re.compile(pattern)
        return self._numbers(tantivy.Query.term_set_query(self._schema, "latin", list(filter(found.search, words))))

    def _latin_words(self) -> list[str]:
        """Return all words and numbers in Latin letters, unstemmed; one may be of deleted documents alone."""
        if not self._accented:
            self._accented = [word for word in self.lexicon("latin") if not word.isascii()]
        return self.lexicon("latin")

    @_uncollected()
    def _numbers(self, query: tantivy.Query) -> Numbers:
        hits = self._hits(query)
        places = np.fromiter(map(itemgetter(0), hits), np.int64, len(hits))
        found: Numbers = np.searchsorted(self._places, places).astype(NUMBER)
        return found

    def lexicon(self, field: str) -> list[str]:
        """Return the terms of a field; one may be of deleted documents alone."""
        if field not in self._lexicon:
            self._lexicon[field] = sorted(term for term, _ in self._searcher.terms_with_prefix(field, ""))
        return self._lexicon[field]

    def latin(self) -> list[str]:
        """Return the terms of the texts that begin with a Latin letter."""
        if self._latin is None:
            self._latin = [term for term in self.lexicon("words") if _LATIN_LETTER.match(term)]
        return self._latin

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term, those that were deleted perhaps included."""
        return int(self._frequency(*_located(field, term)))

    # --- documents ---------------------------------------------------------------------------------------

    def _stored(self, number: int, name: str) -> bytes:
        return _stored_bytes(self._searcher, self._addresses[number], name)

    def text(self, number: int) -> bytes:
        """Return a chunk's folded text, in UTF-8."""
        return self._stored(number, "folded")

    def plain(self, number: int) -> bytes:
        """Return a chunk's text folded in everything but its script, in UTF-8."""
        return self._stored(number, "plain") or self.text(number)

    def headings(self, number: int) -> bytes:
        """Return the folded headings above a chunk, one a line, in UTF-8."""
        return self._stored(number, "headings")

    def narrowing(self, number: int, name: str) -> str:
        """Return what an article is narrowed by in the field `name`, folded."""
        return str(json.loads(self._stored(number, "narrowing"))[name])

    def record(self, number: int) -> Mapping[str, Any]:
        """Return the JSON object of a chunk."""
        found: Mapping[str, Any] = json.loads(self._stored(number, "chunk"))
        return found

    def article_record(self, number: int) -> Mapping[str, Any]:
        """Return the JSON object of an article."""
        query = tantivy.Query.term_query(self._schema, "record", key(self.doc_id(number)))
        ((_, address),) = self._hits(query)
        return unpacked(_stored_bytes(self._searcher, address, "record_of"))

    def about(self, number: int) -> Mapping[str, Any]:
        """Return what an article is: ``title``, ``authors``, ``year``, ``keywords``."""
        found: Mapping[str, Any] = json.loads(self._stored(number, "about"))
        return found

    def article(self, doc_id: DocId) -> int | None:
        """Return the number of the article with an id, or None."""
        hits = self._hits(tantivy.Query.term_query(self._schema, "article", key(doc_id)))
        return int(np.searchsorted(self._places, hits[0][0])) if hits else None

    def doc_id(self, number: int) -> DocId:
        """Return the document that an article or chunk is of."""
        article = int(self.article_of[number])
        if article not in self._names:
            self._names[article] = DocId(self.about(article)["doc_id"])
        return self._names[article]


def _stored_bytes(searcher: tantivy.Searcher, address: Any, name: str) -> bytes:
    return bytes(searcher.doc(address).get_first(name) or b"")


def _text(searcher: tantivy.Searcher, addresses: Sequence[Any], number: int) -> str:
    """Return a chunk's folded text; what keeps some of them keeps no snapshot, which would keep them in turn."""
    return _stored_bytes(searcher, addresses[number], "folded").decode("utf-8", "surrogatepass")


def _one_us(field: str) -> float:
    return _TEXT_US if field == "grams" else _COUNT_US


def _located(field: str, term: str) -> tuple[str, str]:
    """Return the field that holds a term, and how: characters and pairs are apart."""
    if field == "grams":
        return ("chars", characters(term)) if len(term) == 1 else ("pairs", term)
    return field, term
