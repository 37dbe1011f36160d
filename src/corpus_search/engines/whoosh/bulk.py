"""How are postings gathered and written? Term by term, as arrays.

Whoosh's own pool keeps each posting as a tuple, sorts them, spills them pickled to disk and merges them one by one.
Here a term's postings are two arrays that grow; they come in order, since documents do.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from corpus_search.engines.whoosh.codec import CountsCodec

_Lists = dict[bytes, tuple["array[int]", "array[int]"]]


class Pool:
    """Postings by field and term; `postings` counts them."""

    def __init__(self) -> None:
        self._fields: dict[str, _Lists] = {}
        self.postings = 0

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """Add one posting, as Whoosh hands it on."""
        field, term, number, weight, _ = item
        self.extend(field, term, (number,), (int(weight),))

    def extend(self, field: str, term: bytes, numbers: Iterable[int], counts: Iterable[int]) -> None:
        """Add the postings of a term."""
        lists = self._fields.setdefault(field, {}).setdefault(term, (array("I"), array("I")))
        before = len(lists[0])
        lists[0].extend(numbers)
        lists[1].extend(counts)
        self.postings += len(lists[0]) - before

    def add_document(self, number: int, fields: Mapping[str, Mapping[str, int]]) -> None:
        """Add the terms of a document with their counts, by field."""
        for field, terms in fields.items():
            lists = self._fields.setdefault(field, {})
            for term, count in terms.items():
                key = term.encode("utf-8", "surrogatepass")
                there = lists.get(key)
                if there is None:
                    lists[key] = (array("I", (number,)), array("I", (count,)))
                else:
                    there[0].append(number)
                    there[1].append(count)
            self.postings += len(terms)

    def write(self, writer: Any, schema: Any) -> None:
        """Write everything down, fields and terms in order, and let it go."""
        for field in sorted(self._fields):
            writer.start_field(field, schema[field])
            lists = self._fields.pop(field)
            for term in sorted(lists):
                numbers, counts = lists.pop(term)
                writer.start_term(term)
                writer.add_all(numbers, counts)
                writer.finish_term()
            writer.finish_field()

    def cleanup(self) -> None:
        """Let everything go."""
        self._fields.clear()


class BulkWriter(SegmentWriter):  # type: ignore[misc]
    """Whoosh's writer with postings as arrays."""

    def __init__(self, index: Any) -> None:
        super().__init__(index, codec=CountsCodec())
        self.pool = Pool()

    def add_postings_to_pool(self, reader: SegmentReader, startdoc: int, docmap: Mapping[int, int] | None) -> None:
        """Take over the postings of a segment that is merged into this one."""
        moved = np.full(reader.doc_count_all(), -1, dtype=np.int64)
        if docmap is None:
            moved[:] = np.arange(startdoc, startdoc + len(moved))
        else:
            moved[list(docmap)] = list(docmap.values())
        for field, term in reader.all_terms():
            matcher = reader.postings(field, term)
            numbers, counts = getattr(matcher, "child", matcher).arrays
            now = moved[numbers]
            alive = now >= 0
            if alive.any():
                self.pool.extend(field, term, now[alive].tolist(), counts[alive].tolist())

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        self.pool.write(self.fieldwriter, self.schema)
        self.fieldwriter.close()


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
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return by_size
