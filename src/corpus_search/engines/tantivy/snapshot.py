"""What is in an open index of tantivy's, as arrays?"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from corpus_search.analysis import LATIN
from corpus_search.article import DocId
from corpus_search.engines.snapshot import LENGTHS, NUMBER, Cost, Numbers, Postings, Snapshot
from corpus_search.engines.tantivy.schema import COLUMNS, characters, in_order, key
from corpus_search.engines.tantivy.segments import Segments
from corpus_search.errors import IndexDamagedError
from corpus_search.records import unpacked

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

    KEPT_BYTES = 32 << 20
    """Enough for what a question looks at again and again: reading it takes no longer than new memory does."""

    def __init__(self, index: tantivy.Index, folder: Path) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        hits = [hit for hit in self._hits(tantivy.Query.all_query()) if hit[0] >= 0]
        self._addresses = [address for _, address in hits]
        self._places = np.fromiter((place for place, _ in hits), np.int64, len(hits))
        columns = {name: self._column(name) for name in COLUMNS}
        super().__init__(
            alive=np.ones(len(hits), dtype=bool),
            kind=columns["kind"],
            year=columns["year"],
            is_heading=columns["is_heading"].astype(bool),
            lengths={name: columns[column] for name, column in LENGTHS.items()},
        )
        self._segments = Segments(folder, self._places)
        if self._segments.living != self.chunks:
            raise IndexDamagedError(f"{folder}: the postings are not those of its passages")
        self._names: dict[int, DocId] = {}
        self._lexicon: dict[str, list[str]] = {}
        self._latin: list[str] | None = None

    def check(self) -> None:
        """Read all posting lists. Raises `IndexDamagedError` where they are not what was written."""
        self._segments.check()

    def close(self) -> None:
        """Release the files; tantivy does so when nobody asks any more."""

    def _hits(self, query: tantivy.Query) -> list[tuple[int, Any]]:
        return in_order(self._searcher, query)

    def _column(self, name: str) -> Numbers:
        return np.array(self._searcher.fast_field_values(name, self._addresses), dtype=np.int64)

    # --- terms -------------------------------------------------------------------------------------------

    def _read(self, field: str, term: str) -> Postings:
        return self._segments.postings(*_located(field, term))

    def among(self, numbers: Numbers) -> Callable[[Sequence[tuple[str, str]]], Numbers]:
        """Return a function that tells how often each of a few documents has each of some terms, see `Snapshot`."""
        dense, others = self._segments.among(numbers), super().among(numbers)

        def counts(terms: Sequence[tuple[str, str]]) -> Numbers:
            rows = dense([_located(*term) for term in terms])
            found: Numbers = np.concatenate(
                [others([term]) if row is None else row for term, row in zip(terms, rows, strict=True)]
            )
            return found

        return counts

    def cost(self, having: int) -> Cost:
        """Return about what it costs to find a term that so many documents have; dense ones are looked up at once."""
        return Cost(15 + 0.005 * having, 0.03)

    def together(self, terms: Sequence[tuple[str, str]]) -> tuple[Postings, Numbers]:
        """Return the postings of some terms, each with its field, and of which of them each posting is."""
        return self._segments.together([_located(field, term) for field, term in terms])

    def having(self, field: str, terms: Sequence[str]) -> list[int]:
        """Return how many living documents have each of some terms in a field."""
        if self._segments.has_deleted:
            return super().having(field, terms)
        return [self.frequency(field, term) for term in terms]

    def _read_run(self, field: str, run: str) -> Numbers:
        if field == "grams":
            wanted = run.encode("utf-8", "surrogatepass")
            return self._segments.having_run(run, lambda number: wanted in self.text(number))
        if len(run) == 1:
            return self._numbers(tantivy.Query.term_query(self._schema, field, characters(run)))
        return self._numbers(tantivy.Query.phrase_query(self._schema, field, [*characters(run).split(" ")]))

    def with_whole_word(self, word: str) -> Numbers | None:
        """Return the numbers of the chunks in which a Latin word or number stands by itself, unstemmed."""
        return self.postings("latin", word).numbers

    def _read_words(self, pattern: str, grams: Iterable[str]) -> Numbers:
        return self._segments.having_matching("latin", pattern)

    @_uncollected()
    def _numbers(self, query: tantivy.Query) -> Numbers:
        hits = self._hits(query)
        places = np.fromiter(map(itemgetter(0), hits), np.int64, len(hits))
        found: Numbers = np.searchsorted(self._places, places).astype(NUMBER)
        return found

    def lexicon(self, field: str) -> list[str]:
        """Return the terms of a field; one may be of deleted documents alone."""
        if field not in self._lexicon:
            self._lexicon[field] = self._segments.terms(field)
        return self._lexicon[field]

    def latin(self) -> list[str]:
        """Return the terms of the texts that begin with a Latin letter."""
        if self._latin is None:
            self._latin = [term for term in self.lexicon("words") if _LATIN_LETTER.match(term)]
        return self._latin

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term, those that were deleted perhaps included."""
        return self._segments.frequency(*_located(field, term))

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


def _located(field: str, term: str) -> tuple[str, str]:
    """Return the field that holds a term, with the term: characters and pairs are apart."""
    if field == "grams":
        return ("chars" if len(term) == 1 else "pairs"), term
    return field, term
