"""How are postings stored? As arrays.

Whoosh's own codec keeps postings as pickled tuples in blocks of 128, to be walked one by one. Ranking and matching
here take whole posting lists at a time, so each is one record of the postings file::

    magic "ctps" | width of gaps | width of counts | number of postings | gaps | counts

with little-endian numbers: a byte for each width (1, 2 or 4; 0 for counts that are all 1), four for the number;
a gap is the difference to the document number before it.
"""

from __future__ import annotations

import struct
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermInfo
from whoosh.matching import ListMatcher
from whoosh.system import pack_ushort

from corpus_search.engines.few import for_size
from corpus_search.engines.snapshot import NUMBER
from corpus_search.errors import IndexDamagedError

if TYPE_CHECKING:
    import numpy as np

_HEADER = struct.Struct("<4sBBI")
_MAGIC = b"ctps"
_WIDTHS = {1: "<u1", 2: "<u2", 4: "<u4"}


class Posted(NamedTuple):
    """The postings of a term: documents in order, and how often each has the term."""

    numbers: np.ndarray
    counts: np.ndarray


class Encoded(NamedTuple):
    """The postings of a term as they are written, and what Whoosh keeps of them."""

    data: bytes
    size: int
    first: int
    last: int
    weight: int
    most: int

    def decoded(self) -> Posted:
        """Return the postings."""
        import numpy as np

        numbers, counts = _decoded(self.data, np)
        return Posted(numbers.astype(np.uint32), counts.astype(np.uint32))


def encoded(numbers: np.ndarray, counts: np.ndarray, ends: np.ndarray) -> _Encoding:
    """Return the posting lists that stand one after the other in two arrays, up to each of `ends`; none is empty."""
    return _Encoding(numbers, counts, ends)


class _Encoding:
    """Posting lists as they are written, by their places; what numpy can do for all at once is done once."""

    def __init__(self, numbers: np.ndarray, counts: np.ndarray, ends: np.ndarray) -> None:
        import numpy as np

        starts = np.concatenate(([0], ends[:-1]))
        gaps = np.diff(numbers, prepend=np.uint32(0))
        gaps[starts] = numbers[starts]
        self._starts, self._ends = starts.tolist(), ends.tolist()
        self._first, self._last = numbers[starts].tolist(), numbers[ends - 1].tolist()
        self._weight = np.add.reduceat(counts, starts, dtype=np.int64).tolist()
        self._widest = np.maximum.reduceat(gaps, starts).tolist()
        self._most = np.maximum.reduceat(counts, starts).tolist()
        self._gaps, self._counts = _in_widths(gaps, self._widest), _in_widths(counts, self._most)

    def __getitem__(self, at: int) -> Encoded:
        start, end, most = self._starts[at], self._ends[at], self._most[at]
        gap_width, count_width = _width(self._widest[at]), _width(most) if most > 1 else 0
        header = _HEADER.pack(_MAGIC, gap_width, count_width, end - start)
        data = header + self._gaps[gap_width][start * gap_width : end * gap_width]
        if count_width:
            data += self._counts[count_width][start * count_width : end * count_width]
        return Encoded(data, end - start, self._first[at], self._last[at], self._weight[at], most)


def _width(largest: int) -> int:
    """Return how many bytes a number takes."""
    return 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4


def _in_widths(numbers: np.ndarray, largest: list[int]) -> dict[int, bytes]:
    """Return numbers in as many bytes each as some lists need, cut off where they do not."""
    return {width: numbers.astype(_WIDTHS[width]).tobytes() for width in set(map(_width, largest))}


class CountsCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with postings as arrays."""

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> CountsFieldWriter:
        """Return the writer of a segment's terms and postings."""
        return CountsFieldWriter(self, storage, segment)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> CountsMatcher:
        """Return the postings of a term."""
        return CountsMatcher(
            read(dbfile, terminfo.extent()[0]), format=format_, scorer=scorer, term=term, terminfo=terminfo
        )


def read(dbfile: Any, offset: int) -> bytes:
    """Return the posting list at `offset`."""
    magic, gap_width, count_width, number = _HEADER.unpack(dbfile.get(offset, _HEADER.size))
    length = number * (gap_width + count_width)
    data = dbfile.get(offset, _HEADER.size + length) if magic == _MAGIC else b""
    if len(data) != _HEADER.size + length:
        raise IndexDamagedError(f"the postings at {offset} are broken")
    return bytes(data)


def _decoded(data: bytes, np: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return document numbers and counts, as arrays of numpy's or `few`'s."""
    _, gap_width, count_width, number = _HEADER.unpack_from(data)
    gaps = np.frombuffer(data, _WIDTHS[gap_width], number, _HEADER.size)
    numbers = np.cumsum(gaps, dtype=NUMBER)
    if not count_width:
        return numbers, np.ones(number, dtype="uint8")
    return numbers, np.frombuffer(data, _WIDTHS[count_width], number, _HEADER.size + number * gap_width)


_INFO = struct.Struct(W3TermInfo._struct.format + "qi")
"""What Whoosh keeps of a term: see `W3TermInfo.to_bytes`."""


class CountsFieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Whoosh's writer of terms, which takes a term's postings as they are written."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._offset = 0

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        """Begin a field."""
        self._fieldid = self._fieldmap.setdefault(fieldname, len(self._fieldmap))
        self._infield = True

    def add_term(self, term: bytes, posted: Encoded) -> None:
        """Write a term and its postings; terms come in order."""
        self._postfile.write(posted.data)
        # Lengths are kept in columns, so a posting has none (1), and nothing stands in the place of the postings (0).
        info = _INFO.pack(
            0, posted.weight, posted.size, 1, 1, posted.most, posted.first, posted.last, self._offset, len(posted.data)
        )
        self._tindex.add(pack_ushort(self._fieldid) + term, info)
        self._offset += len(posted.data)


class CountsMatcher(ListMatcher):  # type: ignore[misc]
    """The postings of a term, as arrays and as Whoosh walks them."""

    def __init__(self, data: bytes, **options: Any) -> None:
        self._data = data
        self._walked: tuple[Any, Any] | None = None
        super().__init__(None, **options)

    def decoded(self, np: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the document numbers and counts, as arrays of numpy's or `few`'s."""
        return _decoded(self._data, np)

    def _walk(self) -> tuple[Any, Any]:
        if self._walked is None:
            self._walked = self.decoded(for_size(_HEADER.unpack_from(self._data)[3]))
        return self._walked

    # What Whoosh walks is decoded when it does: the lists that it would have are none.
    _ids = property(lambda self: self._walk()[0], lambda self, value: None)
    _weights = property(lambda self: self._walk()[1], lambda self, value: None)

    def copy(self) -> CountsMatcher:
        """Return another that goes on from here."""
        return copy(self)

    def id(self) -> int:
        """Return the current document's number."""
        return int(self._ids[self._i])

    def weight(self) -> float:
        """Return the current count."""
        return float(self._weights[self._i])

    def value(self) -> bytes:
        """Return nothing: a posting has no more than its count."""
        return b""
