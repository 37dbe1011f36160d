"""How are postings stored? As arrays.

Whoosh's own codec keeps postings as pickled tuples in blocks of 128, to be walked one by one. Ranking and matching
here take whole posting lists at a time, so each is one record of the postings file::

    magic "ctps" | width of gaps | width of counts | number of postings | gaps | counts

with little-endian numbers: a byte for each width (1, 2 or 4; 0 for counts that are all 1), four for the number;
a gap is the difference to the document number before it.
"""

from __future__ import annotations

import struct
from array import array
from typing import Any

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter
from whoosh.matching import ListMatcher

from corpus_search.engines.snapshot import NUMBER
from corpus_search.errors import IndexDamagedError

_HEADER = struct.Struct("<4sBBI")
_MAGIC = b"ctps"
_WIDTHS = {1: "<u1", 2: "<u2", 4: "<u4"}


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """Return the numbers in as few bytes each as hold the largest."""
    largest = int(numbers.max(initial=0))
    width = 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4
    return numbers.astype(_WIDTHS[width])


class CountsCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with postings as arrays."""

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> CountsFieldWriter:
        """Return the writer of a segment's terms and postings."""
        return CountsFieldWriter(self, storage, segment)

    def postings_writer(self, dbfile: Any, byteids: Any = False) -> CountsWriter:  # noqa: FBT002 - Whoosh's signature
        """Return the writer of a postings file."""
        return CountsWriter(dbfile)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> CountsMatcher:
        """Return the postings of a term."""
        numbers, counts = read(dbfile, terminfo.extent()[0])
        return CountsMatcher(numbers, counts, format=format_, scorer=scorer, term=term, terminfo=terminfo)


def read(dbfile: Any, offset: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the document numbers and counts of the posting list at `offset`."""
    magic, gap_width, count_width, number = _HEADER.unpack(dbfile.get(offset, _HEADER.size))
    data = dbfile.get(offset + _HEADER.size, number * (gap_width + count_width)) if magic == _MAGIC else b""
    if len(data) != number * (gap_width + count_width):
        raise IndexDamagedError(f"the postings at {offset} are broken")
    gaps = np.frombuffer(data, _WIDTHS[gap_width], number)
    numbers = np.cumsum(gaps, dtype=NUMBER)
    if not count_width:
        return numbers, np.ones(number, dtype=np.uint8)
    return numbers, np.frombuffer(data, _WIDTHS[count_width], number, number * gap_width)


class CountsFieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Whoosh's writer of terms, which takes a term's postings all at once."""

    def add_all(self, numbers: array[int], counts: array[int]) -> None:
        """Add the postings of the term that was begun."""
        self._postwriter.add_all(numbers, counts)


class CountsWriter:
    """Writes posting lists, one after the other; Whoosh calls it term by term."""

    def __init__(self, dbfile: Any) -> None:
        self._dbfile = dbfile
        self._numbers = array("I")
        self._weights = array("I")
        self._terminfo: Any = None

    def start_postings(self, format_: Any, terminfo: Any) -> None:
        """Begin the list of a term."""
        self._terminfo = terminfo

    def add_all(self, numbers: array[int], counts: array[int]) -> None:
        """Take the list of a term."""
        self._numbers, self._weights = numbers, counts

    def finish_postings(self) -> Any:
        """Write the list down and return what Whoosh keeps of the term."""
        start = self._dbfile.tell()
        numbers = np.frombuffer(self._numbers, np.uint32)
        gaps = _narrow(np.diff(numbers, prepend=np.uint32(0))) if len(numbers) > 1 else _narrow(numbers)
        weights = np.frombuffer(self._weights, np.uint32)
        counts = _narrow(weights) if self.max_weight() > 1 else None
        header = _HEADER.pack(_MAGIC, gaps.itemsize, counts.itemsize if counts is not None else 0, len(numbers))
        self._dbfile.write(header + gaps.tobytes() + (counts.tobytes() if counts is not None else b""))
        self._terminfo.add_block(self)
        self._terminfo.set_extent(start, self._dbfile.tell() - start)
        return self._terminfo

    # What Whoosh asks of a block, which here is the whole list.

    def __len__(self) -> int:
        return len(self._numbers)

    def min_id(self) -> int:
        """Return the first document's number."""
        return self._numbers[0]

    def max_id(self) -> int:
        """Return the last document's number."""
        return self._numbers[-1]

    def min_length(self) -> int:
        """Return nothing of use: lengths are kept in columns."""
        return 1

    def max_length(self) -> int:
        """Return nothing of use: lengths are kept in columns."""
        return 1

    def max_weight(self) -> int:
        """Return the largest count."""
        return max(self._weights)


class CountsMatcher(ListMatcher):  # type: ignore[misc]
    """The postings of a term, as `arrays` and as Whoosh walks them."""

    def __init__(self, numbers: Any, counts: Any, *more: Any, **options: Any) -> None:
        super().__init__(numbers, counts, *more, **options)
        self.arrays: tuple[np.ndarray, np.ndarray] = (numbers, counts)

    def id(self) -> int:
        """Return the current document's number."""
        return int(self._ids[self._i])

    def weight(self) -> float:
        """Return the current count."""
        return float(self._weights[self._i])

    def value(self) -> bytes:
        """Return nothing: a posting has no more than its count."""
        return b""
