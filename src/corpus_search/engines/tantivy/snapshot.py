"""What is in an open index of tantivy's, as arrays?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import tantivy

from corpus_search.analysis import LATIN
from corpus_search.article import DocId
from corpus_search.engines.snapshot import LENGTHS, Numbers, Postings, Snapshot, numbers_of
from corpus_search.engines.tantivy.counts import Scoring, scoring
from corpus_search.engines.tantivy.schema import COLUMNS, characters, key
from corpus_search.records import unpacked

_LATIN_LETTER = re.compile(f"(?![0-9])[{LATIN}]")


class TantivySnapshot(Snapshot):
    """An open index as arrays.

    A document's number is its place in the order of the column ``number``, deleted ones and records left out.
    """

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        hits = self._hits(tantivy.Query.all_query())
        hits = [hit for hit in hits if hit[0] >= 0]
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
        self._names: dict[int, DocId] = {}
        self._lexicon: dict[str, list[str]] = {}
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

    def _where(self, addresses: list[Any]) -> tuple[Numbers, Numbers]:
        """Return the segment of each address, and the place within it."""
        inside = np.fromiter((address.doc for address in addresses), np.int64, len(addresses))
        if self._searcher.num_segments < 2:
            return np.zeros(len(addresses), dtype=np.int64), inside
        return np.fromiter((address.segment_ord for address in addresses), np.int64, len(addresses)), inside

    def _column(self, name: str) -> Numbers:
        return np.array(self._searcher.fast_field_values(name, self._addresses), dtype=np.int64)

    # --- terms -------------------------------------------------------------------------------------------

    def _read(self, field: str, term: str) -> Postings:
        field, term = _located(field, term)
        query = tantivy.Query.term_query(self._schema, field, term)
        having = self._searcher.doc_freq(field, term)
        hits = self._searcher.search(query, having, count=False).hits if having else []
        if not hits:
            return Postings(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint32))
        segment, inside = self._where([address for _, address in hits])
        numbers = np.zeros(len(hits), dtype=np.int64)
        for one, rows in enumerate(self._rows):
            own = segment == one
            numbers[own] = rows[inside[own]]
        if field not in self._scoring:
            explained = query.explain(self._searcher, hits[0][1]).to_json()
            self._scoring[field] = scoring(explained, self._tokens[field])
        scores = np.fromiter((score for score, _ in hits), np.float64, len(hits))
        order = np.argsort(numbers)
        return Postings(numbers[order], self._scoring[field].counts(scores, numbers, having)[order])

    def having_run(self, field: str, run: str) -> Numbers:
        """Return the numbers of the documents in which the folded `run` stands, in order."""
        field = "chars" if field == "grams" else field
        if len(run) == 1:
            query = tantivy.Query.term_query(self._schema, field, characters(run))
        elif len(run) == 2 and field == "chars":
            query = tantivy.Query.term_query(self._schema, "pairs", run)
        else:
            query = tantivy.Query.phrase_query(self._schema, field, [*characters(run).split(" ")])
        return self._numbers(query)

    def with_whole_word(self, word: str) -> Numbers | None:
        """Return the numbers of the chunks in which a Latin word or number stands by itself, unstemmed."""
        return self._numbers(tantivy.Query.term_query(self._schema, "latin", word))

    def _numbers(self, query: tantivy.Query) -> Numbers:
        hits = self._hits(query)
        return np.searchsorted(self._places, np.fromiter((place for place, _ in hits), np.int64, len(hits)))

    def lexicon(self, field: str) -> Iterable[str]:
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
        return int(self._searcher.doc_freq(*_located(field, term)))

    # --- documents ---------------------------------------------------------------------------------------

    def _stored(self, number: int, name: str) -> bytes:
        return self._bytes(self._addresses[number], name)

    def _bytes(self, address: Any, name: str) -> bytes:
        return bytes(self._searcher.doc(address).get_first(name) or b"")

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
        return unpacked(self._bytes(address, "record_of"))

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
        if not self._names:
            self._names = {one: DocId(self.about(one)["doc_id"]) for one in numbers_of(self.is_article)}
        return self._names[int(self.article_of[number])]


def _located(field: str, term: str) -> tuple[str, str]:
    """Return the field that holds a term, and how: characters and pairs are apart."""
    if field == "grams":
        return ("chars", characters(term)) if len(term) == 1 else ("pairs", term)
    return field, term
