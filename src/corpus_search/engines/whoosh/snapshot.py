"""What is in an open index of Whoosh's, as arrays?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from whoosh.reading import TermNotFound

from corpus_search.article import DocId
from corpus_search.engines.few import for_size
from corpus_search.engines.snapshot import LENGTHS, NUMBER, Mask, Numbers, Postings, Snapshot
from corpus_search.engines.whoosh.schema import SCHEMA
from corpus_search.records import unpacked

_LETTERS = (
    *(bytes((code,)) for code in (*range(ord("a"), ord("z") + 1), *range(0xC3, 0xCB))),
    *(bytes((0xE1, code)) for code in range(0xB8, 0xBC)),
)
"""The first bytes of the letters of Latin words, see `analysis.LATIN`."""


class WhooshSnapshot(Snapshot):
    """An open index as arrays; `reader` is Whoosh's. Documents are numbered through all segments."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._leaves = [leaf for leaf in reader.leaf_readers() if leaf[0].doc_count_all()]
        self._count = reader.doc_count_all()
        np = for_size(self._count)
        self._alive: Mask = np.ones(self._count, dtype=bool)
        for leaf, offset in self._leaves:
            self._alive[[offset + number for number in leaf.deleted_docs_set]] = False
        super().__init__(
            alive=self._alive,
            kind=self._column("kind", np),
            year=self._column("year", np),
            is_heading=self._column("is_heading", np).astype(bool),
            lengths={name: self._column(column, np) for name, column in LENGTHS.items()},
        )
        self._texts = self._readers("folded")
        self._headings = self._readers("headings")
        self._plain = self._readers("plain")
        self._names = self._readers("name")
        self._about = self._readers("about")
        self._latin: list[str] | None = None

    def close(self) -> None:
        """Release the files."""
        self._reader.close()

    def _readers(self, field: str) -> list[tuple[int, Any]]:
        column = SCHEMA[field].column_type
        return [
            (offset, reader.column_reader(field, column, translate=False))
            for reader, offset in self._leaves
            if reader.has_column(field)
        ]

    def _column(self, field: str, np: Any) -> Numbers:
        found: Numbers = np.zeros(self._count, dtype="int64")
        column = SCHEMA[field].column_type
        for reader, offset in self._leaves:
            if reader.has_column(field):
                numbers = reader.column_reader(field, column, translate=False).array(np)
                found[offset : offset + len(numbers)] = numbers
        return found

    def _read(self, field: str, term: str) -> Postings:
        name = term.encode("utf-8", "surrogatepass")
        numbers, counts = [], []
        for reader, offset in self._leaves:
            try:
                matcher = reader.postings(field, name)
            except TermNotFound:
                continue
            there, often = getattr(matcher, "child", matcher).decoded(self.np)
            there = there + offset
            if reader.has_deletions():
                alive = self._alive[there]
                there, often = there[alive], often[alive]
            numbers.append(there)
            counts.append(often)
        if not numbers:
            return Postings(self.np.zeros(0, dtype=NUMBER), self.np.zeros(0, dtype="uint8"))
        if len(numbers) == 1:
            return Postings(numbers[0], counts[0])
        return Postings(self.np.concatenate(numbers), self.np.concatenate(counts))

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

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term, those that were deleted perhaps included."""
        name = term.encode("utf-8", "surrogatepass")
        return sum(reader.doc_frequency(field, name) for reader, _ in self._leaves)

    def text(self, number: int) -> bytes:
        """Return a chunk's folded text, in UTF-8."""
        return self._value(self._texts, number)

    def plain(self, number: int) -> bytes:
        """Return a chunk's text folded in everything but its script, in UTF-8."""
        return (self._value(self._plain, number) if self._plain else b"") or self.text(number)

    def headings(self, number: int) -> bytes:
        """Return the folded headings above a chunk, one a line, in UTF-8."""
        return self._value(self._headings, number)

    def _matching(self, numbers: Numbers, pattern: re.Pattern[bytes]) -> Numbers:
        np = self.np
        found: list[Numbers] = [np.zeros(0, dtype=NUMBER)]
        # Where nothing is indexed, there are no texts, and no ends of them.
        ends = [*(offset for offset, _ in self._texts), self.size][1:]
        for (offset, reader), end in zip(self._texts, ends, strict=True):
            own = numbers[slice(*np.searchsorted(numbers, [offset, end]))]
            found.append(np.array(reader.matching((own - offset).tolist(), pattern), dtype=NUMBER) + offset)
        matching: Numbers = np.concatenate(found)
        return matching

    @staticmethod
    def _value(readers: list[tuple[int, Any]], number: int) -> bytes:
        for offset, reader in reversed(readers):
            if offset <= number:
                return bytes(reader[number - offset])
        raise IndexError(number)

    def _stored(self, number: int) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._reader.stored_fields(number)
        return found

    def narrowing(self, number: int, name: str) -> str:
        """Return what an article is narrowed by in the field `name`, folded."""
        return str(self._stored(number)["narrowing"][name])

    def article_record(self, number: int) -> Mapping[str, Any]:
        """Return the JSON object of an article."""
        return unpacked(self._stored(number)["article"])

    def record(self, number: int) -> Mapping[str, Any]:
        """Return the JSON object of a chunk."""
        found: Mapping[str, Any] = json.loads(self._stored(number)["chunk"])
        return found

    def about(self, number: int) -> Mapping[str, Any]:
        """Return what an article is: ``title``, ``authors``, ``year``, ``keywords``."""
        found: Mapping[str, Any] = json.loads(self._value(self._about, number))
        return found

    def article(self, doc_id: DocId) -> int | None:
        """Return the number of the article with an id, or None."""
        numbers = [n for n in self.postings("doc_id", doc_id).numbers.tolist() if self.is_article[n]]
        return numbers[0] if numbers else None

    def doc_id(self, number: int) -> DocId:
        """Return the document that an article or chunk is of."""
        return DocId(self._value(self._names, int(self.article_of[number])).decode("utf-8", "surrogatepass"))
