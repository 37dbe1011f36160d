"""How are postings stored? As arrays, those of a segment in one file.

tantivy's Python hands out each posting as an object; ranking and matching here take whole posting lists at a time. So
these are kept beside tantivy's own files, each as an array of numbers as wide as its largest needs::

    magic | arrays, one after the other | their directory, in JSON | where that begins | CRC-32 of all that | magic

A segment has the documents that came one after the other, and numbers them from 0. Of each field it has

============ ======================================================================================
``keys``     the terms in order, as numbers (see `key`); fields of words have their ``names``,
             parted by `BETWEEN`, and where each ends
``table``    for each term how many postings it has, how wide they are, and where they begin
``gaps0`` …  of each posting the difference to the document before it, in one, two or four bytes
``counts0`` … how often the document has the term, in one, two or four bytes, unless all have it once
``dense``    instead of both, for a term that many documents have: how often each of all has it
``places0`` … where in the document's text each occurrence begins, in one, two or four bytes
============ ======================================================================================

and of all documents ``documents``, the number of each in the index, and ``sizes``, the characters of its text.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

import numpy as np

from corpus_search.engines.snapshot import Numbers
from corpus_search.engines.writing import BETWEEN
from corpus_search.errors import IndexDamagedError

SUFFIX = ".postings"
"""How the name of a segment's file ends."""

_MAGIC = b"ctpost02"
_TAIL = struct.Struct("<QI8s")
_ALL = ""
"""Under which name the directory has what is of no field."""

_WIDTHS = ("<u1", "<u2", "<u4")
_TABLE = struct.Struct("<IIIIB")
"""Of a term: how many postings, where its gaps, counts and places begin, and their widths, two bits each.

Of a dense one, which of these it is stands for where its gaps begin.
"""

_TABLE_TYPE = np.dtype([("size", "<u4"), ("gaps", "<u4"), ("counts", "<u4"), ("places", "<u4"), ("shape", "<u1")])


def key(gram: str) -> int:
    """Return the number of a character or a pair, in whose order they are kept."""
    first, *other = map(ord, gram)
    return first << 21 | other[0] if other else first


class Lists(NamedTuple):
    """Posting lists one after the other, by keys that ascend; none is empty.

    `sizes` tells how many postings each has. The postings are `documents`, which ascend in each list, and `counts`.
    `places`, where they are kept, are as many as the counts add up to, in the order of the postings.
    """

    keys: Numbers
    sizes: Numbers
    documents: Numbers
    counts: Numbers
    places: Numbers | None

    def occurring(self) -> Numbers:
        """Return how many occurrences each list has."""
        return _sums(self.counts, self.sizes)


def starts(sizes: Numbers) -> Numbers:
    """Return where each of some things begins that follow one another and have these `sizes`."""
    found: Numbers = np.cumsum(sizes, dtype=np.int64) - sizes
    return found


def spread(begins: Numbers, sizes: Numbers) -> Numbers:
    """Return all numbers of some ranges, none of which is empty, one range after the other."""
    steps = np.ones(int(sizes.sum(dtype=np.int64)), dtype=np.int64)
    if len(steps):
        steps[0] = begins[0]
        steps[starts(sizes)[1:]] = np.diff(begins.astype(np.int64)) - sizes[:-1] + 1
    found: Numbers = steps.cumsum()
    return found


def repeated(numbers: Numbers, often: Numbers) -> Numbers:
    """Return each of some numbers, of 32 bits or 64, as `often`, which is once at least; numpy takes twice as long."""
    steps = np.zeros(int(often.sum(dtype=np.int64)), dtype=numbers.dtype)
    if len(steps):
        steps[0] = numbers[0]
        steps[starts(often)[1:]] = np.diff(numbers)
    found: Numbers = steps.cumsum(dtype=numbers.dtype)
    return found


def _sums(numbers: Numbers, sizes: Numbers) -> Numbers:
    """Return the sum of each of some lists, none of which is empty."""
    found: Numbers = np.add.reduceat(numbers, starts(sizes), dtype=np.int64)
    return found


def renumbered(lists: Lists, moved: Numbers) -> Lists:
    """Return lists with each document numbered as `moved` says, and without those for which it says less than 0."""
    documents = moved[lists.documents]
    kept = documents >= 0
    if kept.all():
        return lists._replace(documents=documents)
    sizes = _sums(kept, lists.sizes)
    there = sizes > 0
    places = None if lists.places is None else lists.places[np.repeat(kept, lists.counts)]
    return Lists(lists.keys[there], sizes[there], documents[kept], lists.counts[kept], places)


def joined(parts: Sequence[Lists]) -> Lists:
    """Return the lists of some parts as one; the documents of each go on from those of the one before."""
    keys = np.concatenate([part.keys for part in parts])
    sizes = np.concatenate([part.sizes for part in parts])
    # A stable sort leaves what has one key in the order of the parts.
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    postings = spread(starts(sizes)[order], sizes[order])
    places = None
    if parts[0].places is not None:
        occurring = np.concatenate([part.occurring() for part in parts])
        moved = spread(starts(occurring)[order], occurring[order])
        places = np.concatenate([part.places for part in parts if part.places is not None])[moved]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return Lists(
        keys[first],
        np.add.reduceat(sizes[order], first, dtype=np.int64),
        np.concatenate([part.documents for part in parts])[postings],
        np.concatenate([part.counts for part in parts])[postings],
        places,
    )


# --- writing -------------------------------------------------------------------------------------------------------


class Scratch(ExitStack):
    """Files in a folder, on which something is put for a while; they are gone when it is closed."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def file(self) -> IO[bytes]:
        """Return a new file, which is in memory as long as it is short."""
        return self.enter_context(SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)))


class _Blob:
    """Numbers of one width, gathered in a file until they are written."""

    def __init__(self, width: str, file: IO[bytes]) -> None:
        self.width = width
        self.count = 0
        self.file = file

    def add(self, numbers: Numbers) -> None:
        """Add numbers."""
        self.file.write(np.ascontiguousarray(numbers, dtype=self.width).data)
        self.count += len(numbers)


_PIECE = 1 << 20
"""How many bytes are copied at a time."""

_IN_MEMORY = 16 << 20
"""How many bytes of numbers of one width are gathered in memory; more go to a file of the system's."""

_KEPT = ("gaps", "counts", "places")
_FAR = 1 << 32
"""From how many characters on places in all texts take eight bytes."""
_NONE = 3
"""What stands for a width where nothing is written."""
_DENSE = 8
"""A term that more than one of so many documents have is dense: looked up at once in a few."""


def _widths(largest: Numbers) -> Numbers:
    """Return for each number which of the widths it takes."""
    found: Numbers = (largest >= 1 << 8).astype(np.uint8) + (largest >= 1 << 16)
    return found


class FieldWriter:
    """Gathers the lists of a field, which come in the order of their keys; `names` are what the keys number.

    The segment has so many `documents`. What is gathered is gone when `scratch` is closed.
    """

    def __init__(self, scratch: Scratch, documents: int, names: Sequence[str] | None = None) -> None:
        self._scratch = scratch
        self._documents = documents
        self._names = names
        self._keys: list[Numbers] = []
        self._blobs: dict[str, _Blob] = {}

    def add(self, lists: Lists) -> None:
        """Add lists, one at least."""
        first = starts(lists.sizes)
        gaps = np.diff(lists.documents, prepend=lists.documents[:1])
        gaps[first] = lists.documents[first]
        most = np.maximum.reduceat(lists.counts, first)
        is_dense = (lists.sizes * _DENSE > self._documents) & (most < 1 << 8)
        widths = {
            "gaps": np.where(is_dense, np.uint8(_NONE), _widths(np.maximum.reduceat(gaps, first))),
            "counts": np.where(is_dense | (most == 1), np.uint8(_NONE), _widths(most)),
            "places": np.full(len(first), _NONE, dtype=np.uint8),
        }
        table = np.zeros(len(first), dtype=_TABLE_TYPE)
        table["size"] = lists.sizes
        table["gaps"] = self._add("gaps", gaps, lists.sizes, widths["gaps"])
        table["gaps"][is_dense] = self._add_dense(lists, is_dense)
        table["counts"] = self._add("counts", lists.counts, lists.sizes, widths["counts"])
        if lists.places is not None:
            occurring = lists.occurring()
            widths["places"] = _widths(np.maximum.reduceat(lists.places, starts(occurring)))
            table["places"] = self._add("places", lists.places, occurring, widths["places"])
        table["shape"] = widths["gaps"] | widths["counts"] << 2 | widths["places"] << 4
        self._keys.append(lists.keys.astype("<u8"))
        self._blob("table", "<u1").add(np.frombuffer(table.tobytes(), dtype=np.uint8))

    def _blob(self, name: str, width: str) -> _Blob:
        if name not in self._blobs:
            self._blobs[name] = _Blob(width, self._scratch.file())
        return self._blobs[name]

    def _add(self, what: str, numbers: Numbers, sizes: Numbers, widths: Numbers) -> Numbers:
        """Add the numbers of each list in its width; return where among those of this width it begins."""
        begins = np.zeros(len(sizes), dtype=np.int64)
        for n, width in enumerate(_WIDTHS):
            own = widths == n
            if own.any():
                blob = self._blob(f"{what}{n}", width)
                begins[own] = blob.count + starts(sizes[own])
                blob.add(numbers if own.all() else numbers[np.repeat(own, sizes)])
        return begins

    def _add_dense(self, lists: Lists, which: Numbers) -> Numbers:
        """Add those of some lists that are dense; return their places among all that are."""
        blob, count = self._blob("dense", "<u1"), int(which.sum())
        every = np.zeros((count, self._documents), dtype=np.uint8)
        own = np.repeat(which, lists.sizes)
        every[np.repeat(np.arange(count), lists.sizes[which]), lists.documents[own]] = lists.counts[own]
        first = blob.count // self._documents
        blob.add(every.ravel())
        return np.arange(first, first + count)

    def parts(self) -> dict[str, _Blob]:
        """Return all that is to be written of the field."""
        self._blob("table", "<u1")
        keys = np.concatenate([np.zeros(0, dtype="<u8"), *self._keys])
        if self._names is None:
            self._blob("keys", "<u8").add(keys)
        else:
            # A name that no list is left of is left out.
            encoded = [f"{self._names[number]}{BETWEEN}".encode() for number in keys.tolist()]
            self._blob("names", "<u1").add(np.frombuffer(b"".join(encoded), dtype=np.uint8))
            self._blob("ends", "<u4").add(np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded))))
        return self._blobs


def write(path: Path, documents: Numbers, sizes: Numbers, fields: Mapping[str, FieldWriter]) -> None:
    """Write a segment: the numbers of its documents, how many characters each has, and its fields."""
    every = {"documents": _Blob("<u4", BytesIO()), "sizes": _Blob("<u4", BytesIO())}
    every["documents"].add(documents)
    every["sizes"].add(sizes)
    directory: dict[str, dict[str, tuple[str, int, int]]] = {}
    with path.open("wb") as file:
        crc = 0

        def put(data: bytes) -> None:
            nonlocal crc
            crc = zlib.crc32(data, crc)
            file.write(data)

        put(_MAGIC)
        parts = {_ALL: every, **{name: writer.parts() for name, writer in fields.items()}}
        for field, blobs in parts.items():
            own = directory[field] = {}
            for name, blob in blobs.items():
                put(bytes(-file.tell() % 8))
                own[name] = (blob.width, file.tell(), blob.count)
                blob.file.seek(0)
                for piece in iter(partial(blob.file.read, _PIECE), b""):
                    put(piece)
        begins = file.tell()
        put(json.dumps(directory).encode())
        file.write(_TAIL.pack(begins, crc, _MAGIC))


# --- reading -------------------------------------------------------------------------------------------------------


_BROKEN = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, struct.error)
"""What a directory raises that is not what was written."""


class Segment:
    """A segment's file, opened. Raises `IndexDamagedError` where it is not what was written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._data = data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            begins, self._crc, magic = _TAIL.unpack_from(data, len(data) - _TAIL.size)
            directory = json.loads(data[begins : -_TAIL.size])
            every = {
                name: np.frombuffer(data, width, count, first)
                for name, (width, first, count) in directory.pop(_ALL).items()
            }
            self.documents, self.sizes = every["documents"], every["sizes"]
            if {width for parts in directory.values() for width, _, _ in parts.values()} - {*_WIDTHS, "<u8"}:
                raise ValueError("a width is none of ours")
            self.fields = {name: Field(data, len(self.documents), parts) for name, parts in directory.items()}
        except _BROKEN as error:
            raise IndexDamagedError(f"{path}: is not what was written ({error})") from error
        if magic != _MAGIC:
            raise IndexDamagedError(f"{path}: is not what was written")

    @cached_property
    def begins(self) -> Numbers:
        """Where the text of each document begins, were all texts one, with something between them."""
        ends = np.cumsum(self.sizes + np.uint32(1), dtype=np.int64)
        found: Numbers = (ends - self.sizes).astype("<u4" if ends[-1] < _FAR else "<i8")
        return found

    def check(self) -> None:
        """Read all of the file. Raises `IndexDamagedError` where it is not what was written."""
        with memoryview(self._data) as data, data[: -_TAIL.size] as written:
            if zlib.crc32(written) != self._crc:
                raise IndexDamagedError(f"{self.path}: is not what was written")


class Field:
    """The posting lists of a field of a segment, by their places in the order of its terms."""

    def __init__(self, data: mmap.mmap, documents: int, parts: Mapping[str, tuple[str, int, int]]) -> None:
        self._data = data
        self._documents = documents
        self._parts = parts
        _, self._table, length = parts["table"]
        self._size = length // _TABLE.size
        self._postings, self._occurrences = (
            sum(count for name, (_, _, count) in parts.items() if name.startswith(what))
            for what in (("gaps", "dense"), "places")
        )
        self.is_named = "names" in parts
        """Tell whether its terms are kept as names, not as numbers."""
        width, begins, count = parts["ends" if self.is_named else "keys"]
        order = np.frombuffer(data, width, count, begins)
        self._order = order.data
        self._names = parts["names"][1] if self.is_named else 0
        if count != self._size:
            raise ValueError("terms are missing")

    def find(self, term: str) -> int | None:
        """Return the place of a term, or None if there is no such term."""
        if self.is_named:
            name = term.encode("utf-8", "surrogatepass")
            at = bisect_left(range(self._size), name, key=self._name)
            return at if at < self._size and self._name(at) == name else None
        number = key(term)
        at = bisect_left(self._order, number)
        return at if at < self._size and self._order[at] == number else None

    def _name(self, at: int) -> bytes:
        begins = self._order[at - 1] if at else 0
        return self._data[self._names + begins : self._names + self._order[at] - len(BETWEEN)]

    def terms(self) -> list[str]:
        """Return the terms, which are names, in order."""
        _, begins, length = self._parts["names"]
        return self._data[begins : begins + length].decode().split(BETWEEN)[:-1]

    def keys(self) -> Numbers:
        """Return the keys of the terms, which are no names."""
        return np.asarray(self._order)

    def sizes(self) -> Numbers:
        """Return how many postings each term has."""
        return self._rows()["size"]

    def _rows(self) -> Numbers:
        return np.frombuffer(self._data, _TABLE_TYPE, self._size, self._table)

    def _row(self, at: int) -> tuple[int, int, int, int, int]:
        found: tuple[int, int, int, int, int] = _TABLE.unpack_from(self._data, self._table + at * _TABLE.size)
        return found

    def size(self, at: int) -> int:
        """Return how many postings the term at a place has."""
        return self._row(at)[0]

    def postings(self, at: int) -> tuple[Numbers, Numbers]:
        """Return the documents that have the term at a place, and how often."""
        dense = self.dense(at)
        if dense is not None:
            documents = np.flatnonzero(dense != 0)
            return documents, dense[documents]
        gaps, counts = self.gaps(at)
        return gaps.cumsum(dtype=np.int64), counts

    def dense_row(self, at: int) -> int | None:
        """Return which row of `every_dense` has the counts of the term at a place, if it is dense."""
        _, which, _, _, shape = self._row(at)
        return which if shape & 3 == _NONE else None

    def dense(self, at: int) -> Numbers | None:
        """Return how often each document of all has the term at a place, if it is dense."""
        which = self.dense_row(at)
        return None if which is None else self._numbers("dense", which * self._documents, self._documents)

    def gaps(self, at: int) -> tuple[Numbers, Numbers]:
        """Return the difference of each document that has the term at a place to the one before it, and the counts."""
        size, gaps, counts, _, shape = self._row(at)
        if shape & 3 == _NONE:
            documents, often = self.postings(at)
            return np.diff(documents, prepend=0), often
        differences = self._numbers(f"gaps{shape & 3}", gaps, size)
        if shape >> 2 & 3 == _NONE:
            return differences, np.ones(size, dtype=np.uint8)
        return differences, self._numbers(f"counts{shape >> 2 & 3}", counts, size)

    def occurrences(self, at: int, having: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return documents that have the term at a place, how often each has it, and the places at which it begins.

        They are those of `having`, all of which have it, or simply all, where these are not many more.
        """
        *_, first, shape = self._row(at)
        width, offset, count = self._parts[f"places{shape >> 4}"]
        every = np.frombuffer(self._data, width, count, offset)[first:]
        dense = self.dense(at)
        if 2 * len(having) >= self.size(at):
            documents, counts = self.postings(at)
            _check(counts, self._occurrences)
            return documents, counts, every[: int(counts.sum(dtype=np.int64))]
        if dense is None:
            documents, often = self.postings(at)
            which = np.searchsorted(documents, having)
            begins, counts = starts(often)[which], often[which]
        else:
            begins, counts = starts(dense)[having], dense[having]
        _check(counts, self._occurrences)
        return having, counts, every[spread(begins, counts)]

    def _numbers(self, name: str, begins: int, size: int) -> Numbers:
        kind, first, _ = self._parts[name]
        return np.frombuffer(self._data, kind, size, first + begins * int(kind[-1]))

    def every_dense(self) -> Numbers:
        """Return how often each document has each dense term, in rows."""
        return self._numbers("dense", 0, self._parts["dense"][2]).reshape(-1, self._documents)

    def lists(self, places: Numbers, keys: Numbers) -> Lists:
        """Return the lists of the terms at some places, one at least, under `keys`."""
        rows = self._rows()[places]
        sizes, shape = rows["size"].astype(np.int64), rows["shape"]
        _check(sizes, self._postings)
        gaps = self._all("gaps", rows, sizes, shape & 3)
        ends = np.cumsum(gaps, dtype=np.int64)
        at = starts(sizes)
        documents = ends - np.repeat(ends[at] - gaps[at], sizes)
        counts = self._all("counts", rows, sizes, shape >> 2 & 3)
        is_dense = shape & 3 == _NONE
        if is_dense.any():
            every = self.every_dense()[rows["gaps"][is_dense]]
            own = np.repeat(is_dense, sizes)
            which, documents[own] = np.nonzero(every)
            counts[own] = every[which, documents[own]]
        made = Lists(keys, sizes, documents, counts, None)
        if (shape >> 4 == _NONE).all():
            return made
        occurring = made.occurring()
        _check(occurring, self._occurrences)
        return made._replace(places=self._all("places", rows, occurring, shape >> 4))

    def _all(self, what: str, rows: Numbers, sizes: Numbers, widths: Numbers) -> Numbers:
        """Return what is kept of some terms, one after the other; a count that is not kept is 1."""
        found = np.ones(int(sizes.sum()), dtype=np.uint32)
        for n in range(len(_WIDTHS)):
            own = widths == n
            if own.any():
                kind, first, count = self._parts[f"{what}{n}"]
                numbers = np.frombuffer(self._data, kind, count, first)
                found[np.repeat(own, sizes)] = numbers[spread(rows[what][own], sizes[own])]
        return found


def together(terms: Sequence[tuple[Field, int]]) -> tuple[Numbers, Numbers, Numbers]:
    """Return the documents and the counts of some terms, one after the other, and how many postings each has.

    Each is a field with the place of a term; all are of one segment.
    """
    gaps, counts = zip(*[field.gaps(at) for field, at in terms], strict=True)
    sizes = np.fromiter(map(len, gaps), np.int64, len(gaps))
    every = np.concatenate(gaps, dtype=np.int64)
    ends = every.cumsum()
    first = starts(sizes)
    return ends - np.repeat(ends[first] - every[first], sizes), np.concatenate(counts), sizes


def _check(sizes: Numbers, most: int) -> None:
    """Raise `IndexDamagedError` where sizes are more together than there is: room is not made for what is not there."""
    if int(sizes.sum(dtype=np.int64)) > most:
        raise IndexDamagedError("posting lists are longer than what is kept of them")
