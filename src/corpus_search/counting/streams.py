"""Which words stand in all the texts, one after the other?

Collocates and keyness need every word of the corpus in reading order. To cut them takes longer than an answer may, so
the words are cut once for each state of the index and kept beside it, as arrays that are mapped and not read::

    index/
      words-<version>/     of the index with that `Searcher.version`; there is one
        ids.npy            which word, for each place of the stream (an index into the words)
        gaps.npy           how it follows the one before: characters between them, and what begins with it
        far.npy            places whose gap is longer than fits there, and the gaps
        ends.npy           where each chunk's words end in the stream, in the order of the chunks' numbers
        sizes.npy          how many characters each chunk's folded text has
        digests.npy        what each chunk's text was, so that the next state of the index need not cut it again
        words.txt          the words, one a line
        made.json          what they were cut with

A chunk is cut again only where its text is new, or a word stands in it that jieba was taught or made to forget since.

Sentences are told by the folded text, which has no capitals: one ends with 。！？… or the end of a line, or with a full
stop before a blank or the end, unless one or two letters stand before it (J. Smith, et al.), or with one between Han.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
from array import array
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from corpus_search import workers
from corpus_search.analysis import Analyzer, Term
from corpus_search.limits import check
from corpus_search.search import Searcher

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[Any]
    Mask = npt.NDArray[np.bool_]
else:  # numpy's types take a while to load.
    Numbers = Mask = np.ndarray

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Told how many chunks of how many are done."""

FORMAT = 1
"""Raised whenever the same texts would give other streams."""

_SENTENCE, _PARAGRAPH, _GAP = 64, 128, 63
"""In a gap: a sentence begins, a paragraph begins, and the characters between; the last value means: see `far`."""

_BATCH = 400
_NAME = "words-"
_CLOSING = r"""(?=[\s"')\]]|\Z)"""
_HAN = "[\u3400-\u9fff]"
_END = re.compile(rf"[。!?…]|\.\.\.|(?<![a-z])\.{_CLOSING}|(?<=[a-z][a-z][a-z])\.{_CLOSING}|(?<={_HAN})\.(?={_HAN})")

_MARKUP = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>\n]*)?/?>|\\[a-z]+|https?://[a-z0-9%&+,./:;=?@_~#-]+")
"""What stands in texts and is no word of theirs: addresses of the web, and of texts that were converted from PDFs, tags
of HTML and commands of TeX."""

_Cut = tuple[list[str], bytes, list[tuple[int, int]]]
"""The words of a text, their gaps, and those of the gaps that are too long, each with the word it is before."""

_ARRAYS = ("ids", "gaps", "far", "ends", "sizes", "digests")


class Streams:
    """The words of all texts in reading order.

    `ids` and `gaps` have a number for each word's place in the stream, `ends` and `sizes` one for each chunk, in the
    order of the engine's numbers. Raises `ValueError` where these do not belong together.
    """

    def __init__(
        self,
        *,
        ids: Numbers,
        gaps: Numbers,
        far: Numbers,
        ends: Numbers,
        sizes: Numbers,
        digests: Numbers,
        words: bytes,
    ) -> None:
        self.ids = ids
        self.gaps = gaps
        self.ends = ends
        self.sizes = sizes
        self.digests = digests
        self.words = words
        self.far = far
        # Where each word begins in the file, and where the last one ends.
        held = np.frombuffer(words, dtype=np.uint8)
        self._lines = np.concatenate((np.zeros(1, dtype=np.int64), np.flatnonzero(held == ord("\n")) + 1))
        self.size = len(self._lines) - 1
        # Each character of UTF-8 has one byte that does not go on another.
        heads = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum((held & 0xC0) != 0x80)))
        self._lengths = np.diff(heads[self._lines]) - 1
        self.begins = np.concatenate((np.zeros(1, dtype=np.int64), ends))[: len(ends)]
        """Where each chunk's words begin in the stream."""
        if (
            not (len(ids) == len(gaps) == (int(ends[-1]) if len(ends) else 0))
            or not (len(ends) == len(sizes) == len(digests))
            or (len(ids) and int(ids.max()) >= self.size)
        ):
            raise ValueError("the arrays do not belong together")

    def __len__(self) -> int:
        return len(self.ids)

    def word(self, number: int) -> str:
        """Return the word with a number."""
        start, end = int(self._lines[number]), int(self._lines[number + 1]) - 1
        return self.words[start:end].decode("utf-8", "surrogatepass")

    def within(self, chunks: Mask) -> Mask:
        """Return the mask of the words that stand in some chunks; `chunks` has a boolean for each."""
        return np.repeat(chunks, np.diff(self.ends, prepend=0))

    def counts(self, where: Mask | None = None) -> Numbers:
        """Return how often each word stands in the stream, or in a part of it."""
        return np.bincount(self.ids if where is None else self.ids[where], minlength=self.size)

    def places(self, first: int, last: int) -> tuple[Numbers, Numbers, Numbers]:
        """Return where the words of the chunks `first` to `last` begin and end, and where these chunks' texts begin.

        In characters, as if the texts stood one right after the other.
        """
        low, high = (int(self.begins[first]), int(self.ends[last - 1])) if last > first else (0, 0)
        between = (self.gaps[low:high] & _GAP).astype(np.int64)
        a, b = np.searchsorted(self.far[:, 0], (low, high))
        between[self.far[a:b, 0] - low] = self.far[a:b, 1]
        lengths = self._lengths[self.ids[low:high]]
        ends = np.cumsum(between + lengths)
        sizes = self.sizes[first:last]
        texts = np.cumsum(sizes) - sizes
        # Where the words of a chunk would begin if nothing stood behind those of the chunk before.
        held = np.diff(self.ends[first:last], prepend=low)
        packed = np.concatenate((np.zeros(1, dtype=np.int64), ends))[self.begins[first:last] - low]
        ends += np.repeat(texts - packed, held)
        return ends - lengths, ends, texts

    def breaks(self, *, sentences: bool) -> Mask:
        """Return where a sentence begins, or a paragraph; with a chunk, either does."""
        found: Mask = (self.gaps & (_SENTENCE if sentences else _PARAGRAPH)) > 0
        found[self.begins[self.begins < len(found)]] = True
        return found


# --- cutting -------------------------------------------------------------------------------------------------


def without_markup(folded: str, analyzer: Analyzer) -> Iterator[Term]:
    """Yield the words of a folded text, but for those of `_MARKUP`."""
    marks = iter([*(match.span() for match in _MARKUP.finditer(folded)), (len(folded), len(folded))])
    mark = next(marks)
    for term in analyzer.words_of(folded):
        while mark[1] <= term.start < len(folded):
            mark = next(marks)
        if mark[0] > term.start:
            yield term


def _cut(text: str, analyzer: Analyzer) -> _Cut:
    """Return the words of a folded text as they stand there, each with what is between it and the one before.

    What only sets a text, `_MARKUP`, is between words like signs.
    """
    words: list[str] = []
    gaps = bytearray()
    far: list[tuple[int, int]] = []
    stops = iter([*(match.start() for match in _END.finditer(text)), len(text)])
    stop = next(stops)
    end = 0
    for term in without_markup(text, analyzer):
        gap = term.start - end
        code = min(gap, _GAP)
        if gap:
            if gap >= _GAP:
                far.append((len(words), gap))
            if stop < term.start:
                code |= _SENTENCE
                while stop < term.start:
                    stop = next(stops)
            if text.find("\n", end, term.start) >= 0:
                code |= _SENTENCE | _PARAGRAPH
        gaps.append(code)
        words.append(text[term.start : term.end])
        end = term.end
    return words, bytes(gaps), far


def _cut_all(texts: Sequence[str]) -> list[_Cut]:
    """Return the words of some texts, cut by a worker's analyzer."""
    analyzer = workers.analyzer()
    return [_cut(text, analyzer) for text in texts]


class _Making:
    """A stream that grows, chunk by chunk."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._ids = array("i")
        self._gaps = bytearray()
        self._far: list[tuple[int, int]] = []
        self._ends = array("q")

    def add(self, cut: _Cut) -> None:
        words, gaps, far = cut
        known = self._known
        self._far += [(len(self._ids) + at, gap) for at, gap in far]
        self._ids.extend([known.setdefault(word, len(known)) for word in words])
        self._gaps += gaps
        self._ends.append(len(self._ids))

    def made(self, sizes: Numbers, digests: Numbers) -> Streams:
        return Streams(
            ids=np.frombuffer(self._ids, dtype=np.int32) if self._ids else np.zeros(0, dtype=np.int32),
            gaps=np.frombuffer(bytes(self._gaps), dtype=np.uint8),
            far=np.array(self._far, dtype=np.int64).reshape(-1, 2),
            ends=np.array(self._ends, dtype=np.int64),
            sizes=sizes,
            digests=digests,
            words="".join(f"{word}\n" for word in self._known).encode("utf-8", "surrogatepass"),
        )


class _Before:
    """The streams of an earlier state of the index: what of them still holds."""

    def __init__(self, streams: Streams, stale: frozenset[str]) -> None:
        self._streams = streams
        self._stale = stale
        self._at = {bytes(digest): i for i, digest in enumerate(streams.digests)}
        self._word: dict[int, str] = {}

    def place(self, text: str, digest: bytes) -> int | None:
        """Return which chunk a text was, or None where it has to be cut again."""
        at = self._at.get(digest)
        return None if at is None or any(word in text for word in self._stale) else at

    def cut(self, at: int) -> _Cut:
        """Return the words of a chunk."""
        streams = self._streams
        low, high = int(streams.begins[at]), int(streams.ends[at])
        first, last = np.searchsorted(streams.far[:, 0], (low, high))
        far = [(int(place) - low, int(gap)) for place, gap in streams.far[first:last]]
        return [self._named(number) for number in streams.ids[low:high].tolist()], streams.gaps[low:high].tobytes(), far

    def _named(self, number: int) -> str:
        if number not in self._word:
            self._word[number] = self._streams.word(number)
        return self._word[number]


def make(
    searcher: Searcher,
    *,
    before: tuple[Streams, frozenset[str]] | None = None,
    processes: int = 1,
    progress: Progress = lambda done, total: None,
) -> Streams:
    """Cut all texts of an index into words; what `before` has of them, cut with the words beside it, is taken over."""
    # All at once, for whoever reads them one by one holds up those that search.
    texts = [text for _, text in searcher.engine.texts()]
    digests = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
    old = _Before(before[0], searcher.analyzer.words ^ before[1]) if before else None
    known = [old.place(text, digest) if old else None for text, digest in zip(texts, digests, strict=True)]
    fresh = _cut_in_turn(
        [text for text, place in zip(texts, known, strict=True) if place is None], searcher.analyzer, processes
    )
    making = _Making()
    for done, place in enumerate(known):
        if done % _BATCH == 0:
            check()
            progress(done, len(texts))
        making.add(next(fresh) if old is None or place is None else old.cut(place))
    progress(len(texts), len(texts))
    return making.made(
        np.array([len(text) for text in texts], dtype=np.int64),
        np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 16),
    )


def _cut_in_turn(texts: list[str], analyzer: Analyzer, processes: int) -> Iterator[_Cut]:
    batches = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
    with workers.working(processes, batches, words=analyzer.words) as pool:
        if pool is None:
            for text in texts:
                yield _cut(text, analyzer)
        else:
            for cuts in workers.results(pool, _cut_all, batches, ahead=processes * 4):
                yield from cuts


# --- keeping -------------------------------------------------------------------------------------------------


def kept(searcher: Searcher, folder: Path) -> Streams | None:
    """Return the streams of this very state of the index, if they are kept in its `folder`."""
    found = _opened(folder / f"{_NAME}{searcher.version}")
    return found[0] if found and found[2] == _maker(searcher) else None


def streams(searcher: Searcher, folder: Path, *, processes: int = 1, progress: Progress | None = None) -> Streams:
    """Return the streams of an index, made if need be and then kept in its `folder`.

    Where that cannot be written, they are made each time.
    """
    found = kept(searcher, folder)
    if found:
        return found
    made = make(
        searcher,
        before=_newest(searcher, folder),
        processes=processes,
        progress=progress or (lambda done, total: None),
    )
    try:
        _keep(made, searcher, folder)
    except OSError as error:
        _log.warning("%s: the words of the corpus cannot be kept there (%s); they are cut each time", folder, error)
        return made
    return kept(searcher, folder) or made


def _maker(searcher: Searcher) -> dict[str, Any]:
    """Return what decides how texts are cut, but for the words that jieba is taught."""
    return {"format": FORMAT, "fingerprint": dict(searcher.state.fingerprint)}


def _opened(folder: Path) -> tuple[Streams, frozenset[str], dict[str, Any]] | None:
    """Return the streams in a folder with the words they were cut with and what they were cut by; None if broken."""
    try:
        made = json.loads((folder / "made.json").read_text("utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
        found = Streams(**arrays, words=(folder / "words.txt").read_bytes())
        return found, frozenset(made["words"]), made["by"]
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError):
        return None


def _newest(searcher: Searcher, folder: Path) -> tuple[Streams, frozenset[str]] | None:
    """Return the streams of an earlier state that can be built upon."""
    for path in sorted(folder.glob(f"{_NAME}*"), key=_age, reverse=True):
        found = _opened(path)
        if found and found[2] == _maker(searcher):
            return found[0], found[1]
    return None


def _age(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _keep(made: Streams, searcher: Searcher, folder: Path) -> None:
    """Put streams into their folder, which is there whole or not at all, and remove those of earlier states."""
    target = folder / f"{_NAME}{searcher.version}"
    beside = folder / f".{_NAME}{uuid4().hex}"
    beside.mkdir()
    try:
        for name in _ARRAYS:
            np.save(beside / f"{name}.npy", getattr(made, name), allow_pickle=False)
        (beside / "words.txt").write_bytes(made.words)
        by = {"words": sorted(searcher.analyzer.words), "by": _maker(searcher)}
        (beside / "made.json").write_text(json.dumps(by), "utf-8")
        shutil.rmtree(target, ignore_errors=True)  # One that is broken; another process may be as far as this one.
        with contextlib.suppress(FileExistsError):
            beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    for path in folder.glob(f"{_NAME}*"):
        if path != target:
            shutil.rmtree(path, ignore_errors=True)
