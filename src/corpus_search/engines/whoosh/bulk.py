"""How are postings gathered and written? As arrays, a field at a time, and never more of them than a bound.

Whoosh's own pool keeps each posting as a tuple, sorts them, spills them pickled to disk and merges them one by one.
Here a field's postings are three arrays that grow: the number of the term, the number of the document, and how often it
has the term. Documents come in order, so sorting by term is all there is to do. Who writes lets go of a full pool by
writing a segment; segments are merged term by term, so that what a merge holds is one term's postings, whatever the
size of the index.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from corpus_search.engines.whoosh.codec import CountsCodec, Encoded, Posted, encoded
from corpus_search.engines.writing import BETWEEN, Numbering, Terms

_Term = tuple[str, bytes]
"""A field, and a term of it in UTF-8."""


class _Field:
    """The postings of a field: term, document and count of each, in the order in which documents came."""

    def __init__(self) -> None:
        self.terms = Numbering()
        self.of = array("I")
        self.numbers = array("I")
        self.counts = array("I")


_AT_ONCE = 20_000
"""How many terms are made ready to be written at a time."""


def _terms(name: str, field: _Field) -> Iterator[tuple[_Term, Encoded]]:
    """Yield the terms of a field in order, which is the same for characters as for their UTF-8."""
    names = sorted(field.terms)
    place = np.zeros(len(names), dtype=np.uint32)
    place[[field.terms[term] for term in names]] = np.arange(len(names), dtype=np.uint32)
    field.terms.clear()
    of = place[np.frombuffer(field.of, np.uint32)]
    ends = np.cumsum(np.bincount(of, minlength=len(names)))
    # A stable sort leaves the documents of a term in order.
    order = np.argsort(of, kind="stable").astype(np.uint32)
    del of, place
    numbers, counts = np.frombuffer(field.numbers, np.uint32), np.frombuffer(field.counts, np.uint32)
    before = 0
    for first in range(0, len(names), _AT_ONCE):
        own = ends[first : first + _AT_ONCE]
        among = order[before : own[-1]]
        made = encoded(numbers[among], counts[among], own - before)
        before = own[-1]
        for at, term in enumerate(names[first : first + _AT_ONCE]):
            yield (name, term.encode("utf-8", "surrogatepass")), made[at]


class Pool:
    """Postings by field; `postings` counts them."""

    def __init__(self) -> None:
        self._fields: dict[str, _Field] = {}
        self.postings = 0

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """Add one posting, as Whoosh hands it on."""
        field, term, number, weight, _ = item
        one = array("I", (number,)).tobytes(), array("I", (int(weight),)).tobytes()
        self._extend(field, (term.decode("utf-8", "surrogatepass"),), *one)

    def extend(self, field: str, found: Terms, numbers: np.ndarray) -> None:
        """Add the terms of documents, which have these `numbers`; none comes before one that is there."""
        if found.counts:
            documents = np.repeat(numbers, np.frombuffer(found.sizes, np.uint32))
            self._extend(field, found.joined.split(BETWEEN), documents.tobytes(), found.counts)

    def _extend(self, field: str, terms: Iterable[str], numbers: bytes, counts: bytes) -> None:
        into = self._fields.setdefault(field, _Field())
        into.of.extend(map(into.terms.__getitem__, terms))
        into.numbers.frombytes(numbers)
        into.counts.frombytes(counts)
        self.postings += len(numbers) // 4

    def terms(self) -> Iterator[tuple[_Term, Encoded]]:
        """Yield all terms in order, each with its postings as they are written, and let them go field by field."""
        for name in sorted(self._fields):
            yield from _terms(name, self._fields.pop(name))

    def cleanup(self) -> None:
        """Let everything go."""
        self._fields.clear()


class BulkWriter(SegmentWriter):  # type: ignore[misc]
    """Whoosh's writer with postings as arrays."""

    def __init__(self, index: Any) -> None:
        super().__init__(index, codec=CountsCodec())
        self.pool = Pool()
        self._merged: list[tuple[SegmentReader, np.ndarray]] = []

    def add_postings_to_pool(self, reader: SegmentReader, startdoc: int, docmap: Mapping[int, int] | None) -> None:
        """Take over the postings of a segment that is merged into this one, when this one is written."""
        moved = np.full(reader.doc_count_all(), -1, dtype=np.int64)
        if docmap is None:
            moved[:] = np.arange(startdoc, startdoc + len(moved))
        else:
            moved[list(docmap)] = list(docmap.values())
        self._merged.append((reader, moved))

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        terms: Iterator[tuple[_Term, Encoded]] = self.pool.terms()
        if self._merged:
            # What was added here has lower numbers than what is merged, which comes in the order of its segments.
            others = (_terms_of(reader, moved) for reader, moved in self._merged)
            sources: list[Iterator[tuple[_Term, Encoded | Posted]]] = [iter(terms), *others]
            terms = _joined(merge(*sources, key=itemgetter(0)))
        for name, group in groupby(terms, key=lambda found: found[0][0]):
            self.fieldwriter.start_field(name, self.schema[name])
            for (_, term), posted in group:
                self.fieldwriter.add_term(term, posted)
            self.fieldwriter.finish_field()
        self.fieldwriter.close()
        for reader, _ in self._merged:
            reader.close()


def _terms_of(reader: SegmentReader, moved: np.ndarray) -> Iterator[tuple[_Term, Encoded | Posted]]:
    """Yield the terms of a segment in order, each with its postings, as they are to be numbered."""
    for field, term in reader.all_terms():
        matcher = reader.postings(field, term)
        numbers, counts = getattr(matcher, "child", matcher).decoded(np)
        now = moved[numbers]
        alive = now >= 0
        if alive.any():
            yield (field, term), Posted(now[alive].astype(np.uint32), counts[alive].astype(np.uint32))


def _joined(terms: Iterable[tuple[_Term, Encoded | Posted]]) -> Iterator[tuple[_Term, Encoded]]:
    """Yield each term once, with its postings from all sources, in which their documents go on from one another."""
    for term, group in groupby(terms, key=itemgetter(0)):
        found = [posted if isinstance(posted, Posted) else posted.decoded() for _, posted in group]
        numbers, counts = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        yield term, encoded(numbers, counts, np.array([len(numbers)]))[0]


_MOST_SEGMENTS = 8


def merge_small(writer: BulkWriter, segments: list[Any]) -> list[Any]:
    """Merge segments that are not larger than what is merged already, and any beyond a few; return the others.

    Each document is then copied only as often as the index has doubled since.
    """
    by_size = sorted(segments, key=lambda segment: segment.doc_count_all())
    size = writer.doc_count()
    while by_size and (len(by_size) > _MOST_SEGMENTS or by_size[0].doc_count_all() <= size):
        segment = by_size.pop(0)
        size += segment.doc_count_all()
        writer.add_reader(SegmentReader(writer.storage, writer.schema, segment))
    return by_size
