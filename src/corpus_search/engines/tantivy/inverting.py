"""Which terms does each document have? The other way round: which documents has each term.

What is gathered of some documents becomes posting lists by sorting: each occurrence of a term is one number, the term
in its high bits and the place in its low ones, so that sorted numbers are the lists, one after the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

import numpy as np

from corpus_search.engines.snapshot import Numbers
from corpus_search.engines.tantivy.postings import FieldWriter, Lists, Scratch, starts
from corpus_search.engines.writing import BETWEEN, Numbering, Terms

_AT_ONCE = 1_000_000
"""About how many occurrences are sorted at a time."""

_CODES = 0x110000


class _Gathered:
    """What is gathered of a field: the terms, and of each posting the term and the count."""

    def __init__(self) -> None:
        self.numbering = Numbering()
        self.of = array("I")
        self.sizes = array("I")
        self.counts = array("I")


class Pool:
    """What is gathered of documents until it is written: their texts, and their terms in some `fields`."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.characters = 0
        """How many characters the texts have."""
        self._texts: list[str] = []
        self._documents = array("I")
        self._sizes = array("I")
        self._fields = {name: _Gathered() for name in fields}

    def __len__(self) -> int:
        return len(self._documents)

    def add(self, numbers: list[int], texts: list[str], terms: Mapping[str, Terms]) -> None:
        """Add documents: their numbers in the index, their texts, and their terms by field."""
        sizes = array("I", map(len, texts))
        self._documents.extend(numbers)
        self._texts += texts
        self._sizes += sizes
        self.characters += sum(sizes)
        for name, found in terms.items():
            into = self._fields[name]
            into.sizes.frombytes(found.sizes)
            if found.counts:
                into.of.extend(map(into.numbering.__getitem__, found.joined.split(BETWEEN)))
                into.counts.frombytes(found.counts)

    def inverted(self, scratch: Scratch) -> tuple[Numbers, Numbers, dict[str, FieldWriter]]:
        """Return what `write` writes of the documents; nothing is left in the pool."""
        documents, sizes = (np.array(one, dtype=np.uint32) for one in (self._documents, self._sizes))
        fields = {}
        for name, gathered in self._fields.items():
            names = sorted(gathered.numbering)
            fields[name] = FieldWriter(scratch, names)
            if names:
                fields[name].add(_of_terms(gathered, names))
        text = _Text("".join(self._texts), sizes)
        self._texts.clear()
        for name in ("chars", "pairs"):
            fields[name] = FieldWriter(scratch)
            for lists in text.inverted(pairs=name == "pairs"):
                fields[name].add(lists)
        return documents, sizes, fields


def _of_terms(gathered: _Gathered, names: list[str]) -> Lists:
    """Return the lists of terms, which are numbered in the order of their `names`."""
    place = np.zeros(len(names), dtype=np.uint32)
    place[[gathered.numbering[name] for name in names]] = np.arange(len(names), dtype=np.uint32)
    sizes = np.frombuffer(gathered.sizes, np.uint32)
    of = place[np.frombuffer(gathered.of, np.uint32)].astype(np.uint64)
    # A term's postings are in the order in which documents came.
    packed = of << np.uint64(32) | np.arange(len(of), dtype=np.uint64)
    packed.sort()
    order = packed & np.uint64(0xFFFFFFFF)
    documents = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)[order]
    counts = np.frombuffer(gathered.counts, np.uint32)[order]
    having = np.bincount(of.astype(np.int64), minlength=len(names))
    return Lists(np.arange(len(names), dtype=np.uint64), having, documents, counts, None)


class _Text:
    """Texts as one; their characters are numbered in an alphabet of their own: a pair with its place is one number."""

    def __init__(self, text: str, sizes: Numbers) -> None:
        codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
        there = np.zeros(_CODES, dtype=bool)
        there[codes] = True
        self._alphabet = np.flatnonzero(there).astype(np.uint64)
        number = np.zeros(_CODES, dtype=np.uint16 if len(self._alphabet) < 1 << 16 else np.uint32)
        number[self._alphabet] = np.arange(len(self._alphabet))
        self._letters = number[codes]
        self._document = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)
        self._begins = starts(sizes)
        self._ends = (self._begins + sizes)[sizes > 0]

    def inverted(self, *, pairs: bool) -> Iterator[Lists]:
        """Yield the lists of the characters, or of the pairs of neighbours in a text."""
        letters, size = self._letters, np.uint64(len(self._alphabet))
        bits = np.uint64(len(letters).bit_length())
        for first, last in _ranges(np.bincount(letters, minlength=len(self._alphabet))):
            chosen = (letters >= first) & (letters < last)
            if pairs:
                chosen[self._ends - 1] = False  # No pair begins with the last character of a text.
            places = np.flatnonzero(chosen)
            if not len(places):
                continue
            packed = letters[places].astype(np.uint64)
            if pairs:
                packed = packed * size + letters[places + 1]
            packed = packed << bits | places.astype(np.uint64)
            packed.sort()
            places = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
            packed >>= bits
            of = self._document[places]
            is_first = np.concatenate(([True], packed[1:] != packed[:-1]))
            is_posting = is_first.copy()
            is_posting[1:] |= of[1:] != of[:-1]
            postings = np.flatnonzero(is_posting)
            lists = np.flatnonzero(is_first[postings])
            found = packed[postings[lists]]
            yield Lists(
                self._alphabet[found // size] << np.uint64(21) | self._alphabet[found % size]
                if pairs
                else self._alphabet[found],
                np.diff(lists, append=len(postings)),
                of[postings],
                np.diff(postings, append=len(places)).astype(np.uint32),
                (places - self._begins[of]).astype(np.uint32) if pairs else None,
            )


def _ranges(sizes: Numbers) -> Iterator[tuple[int, int]]:
    """Yield ranges of places that have about `_AT_ONCE` together, or are one place alone."""
    ends = np.cumsum(sizes)
    first = 0
    while first < len(ends):
        before = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, before + _AT_ONCE, side="right")), first + 1)
        yield first, last
        first = last
