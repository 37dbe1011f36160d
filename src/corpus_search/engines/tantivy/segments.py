"""Which segments of postings does an index have? They are written, read together, and merged.

A segment is written when enough is gathered, and never changes. What was deleted stays in it, until a merge leaves it
out. Segments are merged with their neighbours only, so that the documents of one all come before those of the next.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpus_search.analysis import run_grams
from corpus_search.engines.snapshot import NUMBER, Numbers, Postings, numbered
from corpus_search.engines.tantivy.inverting import Pool
from corpus_search.engines.tantivy.postings import (
    SUFFIX,
    Field,
    FieldWriter,
    Lists,
    Scratch,
    Segment,
    joined,
    renumbered,
    repeated,
    together,
    write,
)
from corpus_search.engines.writing import Terms
from corpus_search.errors import IndexDamagedError

_LARGE = 8_000_000
"""How many characters are gathered before they are written; such segments are merged only where there are many."""

_MOST, _MOST_LATER = 3, 8
"""How many segments there are at most: each costs a question some time. An index that changes has more of them, so that
a small change is not much work."""

_MOST_BYTES = 4 << 30
"""More than that is no segment, so that four bytes are enough to say where in it a list begins."""

_TOGETHER_BYTES = 512 << 20
"""What is no longer than that together is one segment at first."""

_LARGE_BYTES = 32 << 20
"""How many bytes a segment of `_LARGE` has, about."""

_LIVING = 0.7
"""A segment of which less lives is written anew."""

_FOUND = 100_000
"""Of how many terms it is kept where they are found."""

_FEW = 2
"""How many texts are looked at in the time that a pair's postings take."""

_FEWER = 16
"""From how many times as many on numbers are looked up sooner than merged."""

_AT_ONCE = 500_000
"""About how many postings are merged at a time."""
_AHEAD = 2
"""How many times that many are read ahead."""


_LIST = "postings.json"
"""The file that lists the files of segments: one that was merged may stay for a while where another looks at it."""


def _listed(folder: Path) -> list[str]:
    """Return the names of the segments' files in a folder."""
    try:
        names = json.loads((folder / _LIST).read_text("utf-8"))
        return [str(name) for name in names]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise IndexDamagedError(f"{folder / _LIST}: cannot be read ({error})") from error


def _opened(folder: Path, names: Iterable[str]) -> list[Segment]:
    """Return segments in a folder, in the order of their documents."""
    found = [Segment(folder / name) for name in names]
    return sorted(found, key=lambda segment: int(segment.documents[0]))


def _terms_of(parts: Sequence[Field]) -> list[str]:
    """Return the terms of a field of some segments, in order."""
    found: set[str] = set()
    for one in parts:
        found.update(one.terms())
    return sorted(found)


def _places(wanted: Numbers, among: Numbers) -> Numbers:
    """Return where each of the `wanted` numbers is among ascending ones, -1 for one that is not there."""
    if not len(among):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(among, wanted), len(among) - 1)
    return np.where(among[at] == wanted, at, -1)


# --- reading -------------------------------------------------------------------------------------------------------


class Segments:
    """The segments in a folder, read as one; `numbers` are those of the living documents, in order.

    What is given out are their places among these.
    """

    def __init__(self, folder: Path, numbers: Numbers) -> None:
        self._numbers = numbers
        self._segments = _opened(folder, _listed(folder))
        self._found = lru_cache(maxsize=_FOUND)(partial(_find, self._segments))
        self._words = lru_cache(_Words)
        self._rows = [_places(segment.documents, numbers).astype(NUMBER) for segment in self._segments]
        self._has_deleted = [bool((rows < 0).any()) for rows in self._rows]
        self.has_deleted = any(self._has_deleted)
        """Tell whether documents are in it that do not live any more."""
        self.living = sum(int((rows >= 0).sum()) for rows in self._rows)
        """How many documents in it live."""

    def terms(self, field: str) -> list[str]:
        """Return the terms of a field, in order; one may be of deleted documents alone."""
        return _terms_of([segment.fields[field] for segment in self._segments])

    def check(self) -> None:
        """Read all of the files. Raises `IndexDamagedError` where one is not what was written."""
        for segment in self._segments:
            segment.check()

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term, those that were deleted included."""
        return self._found(field, term).frequency

    def postings(self, field: str, term: str) -> Postings:
        """Return the living documents that have a term, and how often."""
        numbers, counts = [], []
        for segment, at in self._found(field, term).places.items():
            there, often = self._living(segment, *self._segments[segment].fields[field].postings(at))
            numbers.append(there)
            counts.append(often)
        if not numbers:
            return numbered(np.zeros(0))
        if len(numbers) == 1:
            return Postings(numbers[0], counts[0])
        return Postings(np.concatenate(numbers), np.concatenate(counts))

    def _living(self, segment: int, documents: Numbers, *others: Numbers) -> tuple[Numbers, ...]:
        """Return the documents of a segment that live, as they are numbered in all, and what `others` have of them."""
        found = self._rows[segment][documents]
        if not self._has_deleted[segment]:
            return found, *others
        living = found >= 0
        return found[living], *(other[living] for other in others)

    def among(self, numbers: Numbers) -> Callable[[Sequence[tuple[str, str]]], list[Numbers | None]]:
        """Return a function that tells how often each of a few documents has each of some terms, where that is dense.

        Each term comes with its field.
        """
        places = [_places(self._numbers[numbers], segment.documents) for segment in self._segments]
        own = [np.flatnonzero(there >= 0) for there in places]
        places = [there[which] for there, which in zip(places, own, strict=True)]

        def counts(terms: Sequence[tuple[str, str]]) -> list[Numbers | None]:
            found = np.zeros((len(terms), len(numbers)), dtype=np.uint8)
            is_known = [True] * len(terms)
            for number, segment in enumerate(self._segments):
                dense: dict[str, list[tuple[int, int]]] = {}
                for n, (field, term) in enumerate(terms):
                    at = self._found(field, term).places.get(number)
                    if at is not None:
                        row = segment.fields[field].dense_row(at)
                        if row is None:
                            is_known[n] = False
                        else:
                            dense.setdefault(field, []).append((n, row))
                for field, rows in dense.items():
                    into, which = map(list, zip(*rows, strict=True))
                    every = segment.fields[field].every_dense()
                    found[np.ix_(into, own[number])] = every[np.ix_(which, places[number])]
            return [row if known else None for row, known in zip(found, is_known, strict=True)]

        return counts

    def together(self, terms: Sequence[tuple[str, str]]) -> tuple[Postings, Numbers]:
        """Return the postings of some terms, each with its field, and of which of them each posting is."""
        every = [numbered(np.zeros(0))]
        whose = [np.zeros(0, dtype=np.int64)]
        for number, segment in enumerate(self._segments):
            there = {n: at for n, term in enumerate(terms) if (at := self._found(*term).places.get(number)) is not None}
            if there:
                documents, counts, sizes = together([(segment.fields[terms[n][0]], at) for n, at in there.items()])
                found, counts, which = self._living(number, documents, counts, np.repeat([*there], sizes))
                every.append(Postings(found, counts))
                whose.append(which)
        numbers, counts = map(np.concatenate, zip(*every, strict=True))
        return Postings(numbers, counts), np.concatenate(whose)

    def having_matching(self, field: str, pattern: str) -> Numbers:
        """Return the living documents that have any of the terms of a field in which an expression is found."""
        found = [np.zeros(0, dtype=NUMBER)]
        for segment, rows in zip(self._segments, self._rows, strict=True):
            places = self._words(segment.fields[field]).matching(pattern)
            if len(places):
                having = np.zeros(len(rows), dtype=bool)
                having[segment.fields[field].lists(places, places).documents] = True
                there = rows[having]
                found.append(there[there >= 0])
        return np.concatenate(found)

    def having_run(self, run: str, stands: Callable[[int], bool]) -> Numbers:
        """Return the living documents in whose texts a run of characters stands, which has three at least.

        `stands` looks whether it does in one of them, which is quicker for a few.
        """
        pairs = {pair: self._found("pairs", pair).places for pair in run_grams(run)}
        found = [np.zeros(0, dtype=NUMBER)]
        for segment in sorted(set.intersection(*map(set, pairs.values()))):
            own = {pair: places[segment] for pair, places in pairs.items()}
            having, is_sure = _having_run(self._segments[segment], own, run)
            there = self._rows[segment][having]
            there = there[there >= 0]
            found.append(there if is_sure else there[np.fromiter(map(stands, there.tolist()), bool, len(there))])
        return np.concatenate(found)


class _Words:
    """The terms of a field of a segment, to be looked through."""

    def __init__(self, field: Field) -> None:
        self._words = field.terms()
        self._others = [at for at, word in enumerate(self._words) if not word.isascii()]

    def matching(self, pattern: str) -> Numbers:
        """Return the places of those in which an expression is found."""
        words, found = self._words, re.compile(pattern).search
        among: Iterable[int] = range(len(words))
        begun = _BEGUN.match(pattern)
        if begun:
            # Those that begin so are neighbours; in others it may stand after a letter that is not of ASCII.
            first, last = bisect_left(words, begun[0]), bisect_left(words, begun[0] + "\uffff")
            among = {*range(first, last), *self._others}
        return np.array([at for at in among if found(words[at])], dtype=np.int64)


_BEGUN = re.compile("[a-z0-9]+")


class _Found(NamedTuple):
    """Where a term is found: its place in each segment that has it; how many documents have it, deleted ones too."""

    places: Mapping[int, int]
    frequency: int


def _find(segments: Sequence[Segment], field: str, term: str) -> _Found:
    """Return where a term of a field is found."""
    places, frequency = {}, 0
    for number, segment in enumerate(segments):
        at = segment.fields[field].find(term)
        if at is not None:
            places[number] = at
            frequency += segment.fields[field].size(at)
    return _Found(places, frequency)


def _having_run(segment: Segment, at: Mapping[str, int], run: str) -> tuple[Numbers, bool]:
    """Return the documents of a segment in which a run stands, whose pairs are `at` these places, and True.

    With False they are a few in which it may stand: to look at their texts takes less time than to go on.
    """
    pairs = segment.fields["pairs"]
    first, *others = sorted(at, key=lambda pair: pairs.size(at[pair]))
    having, _ = pairs.postings(at[first])
    for left, pair in zip(range(len(others), 0, -1), others, strict=True):
        if len(having) <= _FEW * left:
            return having, False
        dense = pairs.dense(at[pair])
        having = _common(having, pairs.postings(at[pair])[0]) if dense is None else having[dense[having] != 0]

    def begins(offset: int) -> Numbers:
        """Return where in all texts the run would begin for its pair at `offset` to stand there, in order."""
        documents, counts, places = pairs.occurrences(at[run[offset : offset + 2]], having)
        found = repeated(segment.begins[documents], counts)
        found += places
        if offset:  # None begins in the text before.
            found = found[places >= offset] - found.dtype.type(offset)
        return found

    # Every second pair, and the last, are all of the run.
    cover = {*range(0, len(run) - 1, 2), len(run) - 2}
    rarest, *more = sorted(cover, key=lambda offset: pairs.size(at[run[offset : offset + 2]]))
    found = begins(rarest)
    for left, offset in zip(range(len(more), 0, -1), more, strict=True):
        found = _common(found, begins(offset))
        if left > 1 and len(found) < len(having) / 2:
            having = _common(_having(segment, found), having)
    return _having(segment, found), True


def _having(segment: Segment, places: Numbers) -> Numbers:
    """Return the documents of a segment in which some places are of all texts."""
    stands = np.zeros(len(segment.documents), dtype=bool)
    stands[np.searchsorted(segment.begins, places, side="right") - 1] = True
    return np.flatnonzero(stands)


def _common(some: Numbers, others: Numbers) -> Numbers:
    """Return what is in both of two arrays of ascending numbers."""
    if _FEWER * len(some) < len(others):
        return some[_places(some, others) >= 0]
    both = np.concatenate([some, others])
    both.sort(kind="stable")  # Which for what is two sorted halves is to merge them.
    found: Numbers = both[1:][both[1:] == both[:-1]]
    return found


# --- writing -------------------------------------------------------------------------------------------------------


class SegmentsWriter:
    """Adds documents to the segments in a folder. What is gathered is written while more comes."""

    def __init__(self, folder: Path, fields: tuple[str, ...]) -> None:
        self._folder = folder
        self._named = fields
        self._next = 1 + max((int(path.stem) for path in folder.glob(f"*{SUFFIX}")), default=0)
        self._names = _listed(folder)
        self._is_new = not self._names
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="postings")
        self._writing: Future[None] | None = None
        self._pool = Pool(fields)

    def _path(self) -> Path:
        self._next += 1
        path = self._folder / f"{self._next - 1:06}{SUFFIX}"
        self._names.append(path.name)
        return path

    def add(self, numbers: list[int], texts: list[str], terms: Mapping[str, Terms]) -> None:
        """Add documents; their numbers are higher than those of all before."""
        self._pool.add(numbers, texts, terms)
        if self._pool.characters > _LARGE:
            self.begin()

    def begin(self) -> None:
        """Begin to write what is gathered."""
        self._finish()
        if len(self._pool):
            pool, self._pool = self._pool, Pool(self._named)
            self._writing = self._thread.submit(_written, pool, self._path())

    def _finish(self) -> None:
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def commit(self, living: Numbers | None) -> None:
        """Write everything down; `living` are the numbers of the living documents, where not all that came do."""
        self.begin()
        self._finish()
        self._thread.shutdown()
        limits = (_MOST, _TOGETHER_BYTES) if self._is_new else (_MOST_LATER, 0)
        for group in plan(_weights(self._folder, self._names, living), *limits):
            self._merge(group, living)
        beside = self._folder / f"{_LIST}.new"  # What is there is the last generation's, too.
        beside.write_text(json.dumps(self._names), "utf-8")
        beside.replace(self._folder / _LIST)

    def _merge(self, group: Sequence[Weight], living: Numbers | None) -> None:
        """Put a segment of the living documents of some segments in their place, if there are any."""
        into = self._path()
        if not _write_merged([one.path for one in group], into, living):
            self._names.remove(into.name)
        for one in group:
            self._names.remove(one.path.name)
            with suppress(PermissionError):  # Somebody looks at it.
                one.path.unlink()

    def cancel(self) -> None:
        """Write nothing more."""
        self._thread.shutdown(cancel_futures=True)


def _written(pool: Pool, path: Path) -> None:
    with Scratch(path.parent) as scratch:
        write(path, *pool.inverted(scratch))


class Weight(NamedTuple):
    """A segment's file, how long it is, and how much of it is of living documents, from 0 to 1."""

    path: Path
    size: int
    living: float


def _weights(folder: Path, names: Sequence[str], living: Numbers | None) -> list[Weight]:
    return [
        Weight(one.path, one.path.stat().st_size, float(_lives(one, living).mean())) for one in _opened(folder, names)
    ]


def _lives(segment: Segment, living: Numbers | None) -> Numbers:
    """Return which documents of a segment live; all, where it is not said which do."""
    if living is None:
        return np.ones(len(segment.documents), dtype=bool)
    found: Numbers = _places(segment.documents, living) >= 0
    return found


def plan(segments: Sequence[Weight], most: int, together: int) -> list[list[Weight]]:
    """Return which segments are to be written anew, and which of them as one; the others stay as they are.

    What comes last is merged with what is before it as long as that is no larger, so that each document is copied only
    as often as what comes after it has doubled; a large segment is let alone. The smallest neighbours are merged where
    there are more than `most`, or where they are no longer than `together` bytes. A segment is written anew when much
    of it was deleted.
    """
    groups = [[one] for one in segments]

    def size(group: list[Weight]) -> float:
        return sum(one.size * one.living for one in group)

    while len(groups) > 1 and size(groups[-2]) <= min(size(groups[-1]), _LARGE_BYTES):
        last = groups.pop()
        groups[-1] += last
    while len(groups) > 1:
        both = [size(one) + size(next_one) for one, next_one in pairwise(groups)]
        if len(groups) <= most and min(both) > together:
            break
        at = both.index(min(both))
        if both[at] > _MOST_BYTES:
            break
        groups[at] += groups.pop(at + 1)
    return [group for group in groups if len(group) > 1 or group[0].living < _LIVING]


def _write_merged(paths: Sequence[Path], into: Path, living: Numbers | None) -> bool:
    """Write the living documents of some segments as one; return whether there are any."""
    segments = [Segment(path) for path in paths]
    for segment in segments:
        segment.check()  # What is broken is not to be written as if it were whole.
    moved, count = [], 0
    for segment in segments:
        lives = _lives(segment, living)
        moved.append(np.where(lives, count + np.cumsum(lives) - 1, -1))
        count += int(lives.sum())
    if not count:
        return False
    documents, sizes = (
        np.concatenate([getattr(one, name)[to >= 0] for one, to in zip(segments, moved, strict=True)])
        for name in ("documents", "sizes")
    )
    with Scratch(into.parent) as scratch:
        fields = {}
        for name in segments[0].fields:
            parts = [one.fields[name] for one in segments]
            names = _terms_of(parts) if parts[0].is_named else None
            fields[name] = FieldWriter(scratch, count, names)
            _merge_field(parts, moved, names, fields[name])
        write(into, documents, sizes, fields)
    return True


def _merge_field(
    parts: Sequence[Field], moved: Sequence[Numbers], names: Sequence[str] | None, into: FieldWriter
) -> None:
    """Write the lists of a field of some segments `into` one, with documents numbered as `moved` says.

    `names` are those of all parts, if they have any.
    """
    if names is None:
        keys = [part.keys() for part in parts]
    else:
        number = {name: at for at, name in enumerate(names)}
        keys = [np.array([number[name] for name in part.terms()], dtype=np.uint64) for part in parts]

    def together(bounds: tuple[int, int]) -> Lists | None:
        """Return the lists of the keys in a range, if there are any."""
        found = []
        for part, own, to in zip(parts, keys, moved, strict=True):
            begin, end = np.searchsorted(own, np.array(bounds, dtype=np.uint64)).tolist()
            if begin < end:
                found.append(renumbered(part.lists(np.arange(begin, end), own[begin:end]), to))
        found = [one for one in found if len(one.keys)]
        return joined(found) if found else None

    def add(lists: Lists | None) -> None:
        if lists:
            into.add(lists)

    # The next are read while one is written.
    with ThreadPoolExecutor(1) as thread:
        ahead: deque[Future[Lists | None]] = deque()
        for bounds in _ranges(parts, keys):
            ahead.append(thread.submit(together, bounds))
            if len(ahead) > _AHEAD:
                add(ahead.popleft().result())
        for one in ahead:
            add(one.result())


def _ranges(parts: Sequence[Field], keys: Sequence[Numbers]) -> Iterator[tuple[int, int]]:
    """Yield ranges of keys that have about `_AT_ONCE` postings together, or are one key alone."""
    every = np.concatenate(keys)
    order = np.argsort(every, kind="stable")
    every = every[order]
    step = np.cumsum(np.concatenate([part.sizes() for part in parts])[order], dtype=np.int64) // _AT_ONCE
    firsts = np.unique(every[np.concatenate(([True], step[1:] != step[:-1]))]) if len(every) else every
    bounds = [*firsts.tolist(), int(every[-1]) + 1] if len(every) else []
    yield from pairwise(bounds)
