"""What is in an open index, as arrays?

Documents are numbered through all segments; a *mask* is an array of booleans, one for each document. What was
deleted but still lies in a segment is in no mask and no count, so an index answers the same whichever way it came
about.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from whoosh.reading import TermNotFound

from corpus_search.article import DocId, Kind
from corpus_search.engines.whoosh.schema import ARTICLE, KINDS, LENGTHS, SCHEMA
from corpus_search.query import Field

_KEPT_BYTES = 256 << 20
"""How much of the postings read is kept for the next query."""
_FEW = 32
_LETTERS = (
    *(bytes((code,)) for code in (*range(ord("a"), ord("z") + 1), *range(0xC3, 0xCB))),
    *(bytes((0xE1, code)) for code in range(0xB8, 0xBC)),
)
"""The first bytes of the letters of Latin words, see `analysis.LATIN`."""

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]
    """Booleans, one for each document of the index."""
    Numbers = npt.NDArray[Any]
    """Numbers: of documents, counts, or one for each document of the index."""
else:  # numpy's types take a while to load.
    Mask = Numbers = np.ndarray


class Postings(NamedTuple):
    """The documents that have a term, in order, and how often each has it."""

    numbers: Numbers
    counts: Numbers


class Values(NamedTuple):
    """What articles have in a field: the values, and pairs of a value's and an article's number."""

    names: tuple[str, ...]
    value: Numbers
    article: Numbers


class Snapshot:
    """An open index as arrays; `reader` is Whoosh's."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._leaves = [leaf for leaf in reader.leaf_readers() if leaf[0].doc_count_all()]
        self.size = reader.doc_count_all()
        self._alive: Mask = np.ones(self.size, dtype=bool)
        for leaf, offset in self._leaves:
            self._alive[[offset + number for number in leaf.deleted_docs_set]] = False
        self.kind = self._column("kind")
        self._year = self._column("year")
        self.is_heading = self._column("is_heading").astype(bool)
        self.is_article: Mask = self._alive & (self.kind == ARTICLE)
        self.is_chunk: Mask = self._alive & (self.kind != ARTICLE)
        self.lengths = {name: self._column(column) for name, column in LENGTHS.items()}
        self.chunks = int(self.is_chunk.sum())
        # An article stands right before its chunks.
        self.article_of = np.maximum.accumulate(np.where(self.kind == ARTICLE, np.arange(self.size), 0))
        self._texts = self._readers("folded")
        self._headings = self._readers("headings")
        self._plain = self._readers("plain")
        self._names = self._readers("name")
        self._about = self._readers("about")
        self._values: dict[Field, Values] = {}
        self._latin: list[str] | None = None
        self._kept: OrderedDict[tuple[str, str], Postings] = OrderedDict()
        self._kept_bytes = 0

    def _readers(self, field: str) -> list[tuple[int, Any]]:
        column = SCHEMA[field].column_type
        return [
            (offset, reader.column_reader(field, column, translate=False))
            for reader, offset in self._leaves
            if reader.has_column(field)
        ]

    def _column(self, field: str) -> Numbers:
        found = np.zeros(self.size, dtype=np.int64)
        column = SCHEMA[field].column_type
        for reader, offset in self._leaves:
            if reader.has_column(field):
                numbers = reader.column_reader(field, column, translate=False).array()
                found[offset : offset + len(numbers)] = numbers
        return found

    # --- terms -------------------------------------------------------------------------------------------

    def postings(self, field: str, term: str) -> Postings:
        """Return the living documents with a term in a field."""
        key = (field, term)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = self._read(field, term.encode("utf-8", "surrogatepass"))
        self._kept[key] = found
        self._kept_bytes += found.numbers.nbytes + found.counts.nbytes
        while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._kept_bytes -= old.numbers.nbytes + old.counts.nbytes
        return found

    def _read(self, field: str, term: bytes) -> Postings:
        numbers, counts = [], []
        for reader, offset in self._leaves:
            try:
                matcher = reader.postings(field, term)
            except TermNotFound:
                continue
            there, often = getattr(matcher, "child", matcher).arrays
            there = there + offset
            if reader.has_deletions():
                alive = self._alive[there]
                there, often = there[alive], often[alive]
            numbers.append(there)
            counts.append(often)
        if not numbers:
            return Postings(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8))
        if len(numbers) == 1:
            return Postings(numbers[0], counts[0])
        return Postings(np.concatenate(numbers), np.concatenate(counts))

    def lexicon(self, field: str) -> Iterator[str]:
        """Yield the terms of a field; one may be of deleted documents alone."""
        for term in self._reader.lexicon(field):
            yield term.decode("utf-8", "surrogatepass")

    def latin(self) -> list[str]:
        """Return the terms of the texts that begin with a Latin letter."""
        if self._latin is None:
            reader = self._reader
            found = (term for letter in _LETTERS for term in reader.expand_prefix("words", letter))
            self._latin = [term.decode("utf-8", "surrogatepass") for term in found]
        return self._latin

    # --- masks -------------------------------------------------------------------------------------------

    def none(self) -> Mask:
        """Return the mask of no document."""
        return np.zeros(self.size, dtype=bool)

    def mask(self, numbers: Numbers | list[int]) -> Mask:
        """Return the mask of the documents with these numbers."""
        found = self.none()
        found[numbers] = True
        return found

    def with_term(self, field: str, term: str) -> Mask:
        """Return the mask of the documents that have a term."""
        return self.mask(self.postings(field, term).numbers)

    def candidates(self, field: str, terms: Iterable[str]) -> Numbers:
        """Return the numbers of documents that have all of some terms, in order, and perhaps of a few that do not.

        The rarest terms come first; once a few documents are left, it is quicker to look at them. Their postings are
        those that rank what is found, so that reading them all is no loss.
        """
        found, *others = sorted((self.postings(field, term).numbers for term in terms), key=len)
        for other in others:
            if len(found) <= _FEW:
                break
            found = found[other[np.searchsorted(other[:-1], found)] == found]
        return found

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term, those that were deleted perhaps included."""
        name = term.encode("utf-8", "surrogatepass")
        return sum(reader.doc_frequency(field, name) for reader, _ in self._leaves)

    def of_kinds(self, kinds: Iterable[Kind]) -> Mask:
        """Return the mask of the chunks of some kinds."""
        found: Mask = self.is_chunk & np.isin(self.kind, [KINDS[kind] for kind in kinds])
        return found

    def of_years(self, first: int, last: int) -> Mask:
        """Return the mask of the chunks of articles from some years, both included."""
        found: Mask = self.is_chunk & (self._year > 0) & (self._year >= first) & (self._year <= last)
        return found

    def year(self, number: int) -> int:
        """Return the year of a chunk's article, 0 if it is not known."""
        return int(self._year[number])

    def chunks_of(self, articles: Numbers | list[int]) -> Mask:
        """Return the mask of the chunks of the articles with these numbers."""
        found: Mask = self.is_chunk & self.mask(articles)[self.article_of]
        return found

    # --- documents ---------------------------------------------------------------------------------------

    def text(self, number: int) -> bytes:
        """Return a chunk's folded text, in UTF-8."""
        return self._value(self._texts, number)

    def plain(self, number: int) -> bytes:
        """Return a chunk's text folded in everything but its script, in UTF-8."""
        return (self._value(self._plain, number) if self._plain else b"") or self.text(number)

    def headings(self, number: int) -> bytes:
        """Return the folded headings above a chunk, one a line, in UTF-8."""
        return self._value(self._headings, number)

    @staticmethod
    def _value(readers: list[tuple[int, Any]], number: int) -> bytes:
        for offset, reader in reversed(readers):
            if offset <= number:
                return bytes(reader[number - offset])
        raise IndexError(number)

    def stored(self, number: int) -> Mapping[str, Any]:
        """Return what is stored with a document."""
        found: Mapping[str, Any] = self._reader.stored_fields(number)
        return found

    def record(self, number: int) -> Mapping[str, Any]:
        """Return the JSON object of a chunk."""
        found: Mapping[str, Any] = json.loads(self.stored(number)["chunk"])
        return found

    def articles(self) -> list[int]:
        """Return the numbers of the articles."""
        found: list[int] = np.flatnonzero(self.is_article).tolist()
        return found

    def about(self, number: int) -> Mapping[str, Any]:
        """Return what an article is: ``title``, ``authors``, ``year``, ``keywords``."""
        found: Mapping[str, Any] = json.loads(self._value(self._about, number))
        return found

    def values(self, field: Field) -> Values:
        """Return the authors, keywords, years or ids of all articles."""
        if field not in self._values:
            known: dict[str, int] = {}
            pairs = [
                (known.setdefault(name, len(known)), number)
                for number in self.articles()
                for name in dict.fromkeys(self._named(field, number))
            ]
            value, article = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
            self._values[field] = Values(tuple(known), value, article)
        return self._values[field]

    def _named(self, field: Field, number: int) -> list[str]:
        about = self.about(number)
        match field:
            case Field.AUTHOR:
                return list(about["authors"])
            case Field.KEYWORD:
                return list(about["keywords"])
            case Field.YEAR:
                return [str(about["year"])] if about["year"] else []
            case _:
                return [self.doc_id(number)]

    def article(self, doc_id: DocId) -> int | None:
        """Return the number of the article with an id, or None."""
        numbers = [n for n in self.postings("doc_id", doc_id).numbers.tolist() if self.is_article[n]]
        return numbers[0] if numbers else None

    def doc_id(self, number: int) -> DocId:
        """Return the document that an article or chunk is of."""
        return DocId(self._value(self._names, int(self.article_of[number])).decode("utf-8", "surrogatepass"))

    def by_address(self, chunks: Numbers) -> Numbers:
        """Return the numbers of chunks, which come in order, in the order of their addresses.

        An article's chunks are numbered in their order; the articles are not.
        """
        of = self.article_of[chunks]
        articles = sorted(np.unique(of).tolist(), key=self.doc_id)
        place = np.zeros(self.size, dtype=np.int64)
        place[articles] = np.arange(len(articles))
        found: Numbers = chunks[np.argsort(place[of], kind="stable")]
        return found


def numbers_of(mask: Mask) -> list[int]:
    """Return the numbers of the documents in a mask."""
    found: list[int] = np.flatnonzero(mask).tolist()
    return found
