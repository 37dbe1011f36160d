"""Which terms does each document have? The other way round: which documents has each term.

What is gathered of some documents becomes posting lists by sorting: each occurrence of a term is one number, the term
in its high bits and the place in its low ones, so that sorted numbers are the lists, one after the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from corpus_search.engines.snapshot import Numbers
from corpus_search.engines.tantivy.postings import FieldWriter, Lists, Scratch, starts
from corpus_search.engines.writing import BETWEEN, Numbering, Terms

_AT_ONCE = 1_000_000
"""About how many occurrences are sorted at a time."""

_CODES = 0x110000


class _Added(NamedTuple):
    """What is added at a time: numbers of documents, their texts, how long each is, and the numbers of their terms."""

    documents: Sequence[int]
    texts: Sequence[str]
    sizes: array[int]
    terms: Mapping[str, _Numbered]


class _Numbered(NamedTuple):
    """The terms of some documents in a field as numbers; see `Terms`."""

    of: array[int]
    sizes: bytes
    counts: bytes


class Pool:
    """What is gathered of documents until it is written: their texts, and their terms in some `fields`."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.characters = 0
        """How many characters the texts have."""
        self._added: list[_Added] = []
        self._numberings = {name: Numbering() for name in fields}

    def __len__(self) -> int:
        return sum(len(one.documents) for one in self._added)

    def add(self, numbers: Sequence[int], texts: Sequence[str], terms: Mapping[str, Terms]) -> None:
        """Add documents: their numbers in the index, their texts, and their terms by field."""
        sizes = array("I", map(len, texts))
        numbered = {}
        for name, found in terms.items():
            # Where no term is, none is parted from another, either.
            words = found.joined.split(BETWEEN) if found.counts else []
            of = array("I", map(self._numberings[name].__getitem__, words))
            numbered[name] = _Numbered(of, found.sizes, found.counts)
        # All of it or nothing, whenever somebody interrupts.
        self._added.append(_Added(numbers, texts, sizes, numbered))
        self.characters += sum(sizes)

    def inverted(self, scratch: Scratch) -> tuple[Numbers, Numbers, dict[str, FieldWriter]]:
        """Return what `write` writes of the documents; nothing is left in the pool."""
        added, self._added = self._added, []
        documents = np.fromiter(chain.from_iterable(one.documents for one in added), dtype=np.uint32)
        sizes = np.concatenate([np.frombuffer(one.sizes, np.uint32) for one in added])
        writer = partial(FieldWriter, scratch, len(documents))
        fields = {}
        for name, numbering in self._numberings.items():
            names = sorted(numbering)
            fields[name] = writer(names)
            lists = _of_terms([one.terms[name] for one in added], [numbering[term] for term in names])
            if len(lists.keys):
                fields[name].add(lists)
        text = _Text("".join(chain.from_iterable(one.texts for one in added)), sizes)
        del added
        for name in ("chars", "pairs"):
            fields[name] = writer()
            for lists in text.inverted(pairs=name == "pairs"):
                fields[name].add(lists)
        return documents, sizes, fields


def _of_terms(added: Sequence[_Numbered], order: Sequence[int]) -> Lists:
    """Return the lists of terms under their places in their `order`."""
    place = np.zeros(len(order), dtype=np.uint64)
    place[list(order)] = np.arange(len(order), dtype=np.uint64)
    sizes, counts = (
        np.frombuffer(b"".join(getattr(one, name) for one in added), np.uint32) for name in ("sizes", "counts")
    )
    of = place[np.concatenate([np.frombuffer(one.of, np.uint32) for one in added])]
    # A term's postings are in the order in which documents came.
    packed = of << np.uint64(32) | np.arange(len(of), dtype=np.uint64)
    packed.sort()
    which = packed & np.uint64(0xFFFFFFFF)
    documents = np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes)[which]
    # Who was interrupted may have left a term that no document has.
    having = np.bincount(of.astype(np.int64), minlength=len(order))
    there = np.flatnonzero(having)
    return Lists(there.astype(np.uint64), having[there], documents, counts[which], None)


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
