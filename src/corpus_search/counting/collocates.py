"""Which words stand beside it, more often than chance would put them there?

A query in; out come the words within so many words to the left and right of its matches, each with how surprising that
is. Matches are those of the concordance. A word that a match touches belongs to it: for 战略, the word 战略性 is no
collocate. A window ends with its sentence: what stands beyond is another statement. Evert 2008 limits surface
cooccurrence so in his example, and KorAP by default; AntConc counts on. With `across`, it ends with its paragraph.

A word that stands in the windows of two matches is counted once, so that the contingency table is one of words, each
in exactly one cell. What the words in the windows are compared with are all other words of the texts searched (all, or
those within the query's limits), without the matches themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus_search.counting.frequency import cut_apart, limits_of, places_of
from corpus_search.counting.functional import is_functional
from corpus_search.counting.measures import expected, log_dice, log_likelihood, mutual_information
from corpus_search.counting.streams import Streams
from corpus_search.limits import check
from corpus_search.query import Filters, Query
from corpus_search.records import Record
from corpus_search.search import Searcher

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[Any]

WINDOW = 5
"""How many words a window has on each side, if not said otherwise: as in Sketch Engine, AntConc and #LancsBox."""

MAX_WINDOW = 20
MINIMUM = 3
"""How often a word must stand in windows to be listed, if not said otherwise: rare words are overrated."""

_BLOCK = 20_000
"""How many chunks are looked at at once."""


class CollocateOrder(StrEnum):
    """How collocates are ordered; ties break by their count and their characters."""

    LOG_LIKELIHOOD = "ll"
    MUTUAL_INFORMATION = "pmi"
    LOG_DICE = "logdice"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Collocate:
    """A word beside the matches.

    `count` is how often it stands within windows, `left` and `right` of a match (in both, where it stands between two),
    `expected` how often by chance, `total` how often in all the texts searched, matches left out.
    """

    word: str
    count: int
    left: int
    right: int
    expected: float
    total: int
    log_likelihood: float
    pmi: float
    log_dice: float

    def record(self) -> Record:
        """Return the JSON object of a collocate."""
        return {
            "word": self.word,
            "count": self.count,
            "left": self.left,
            "right": self.right,
            "expected": round(self.expected, 4),
            "total": self.total,
            "log_likelihood": round(self.log_likelihood, 4),
            "pmi": round(self.pmi, 4),
            "logdice": round(self.log_dice, 4),
        }


@dataclass(frozen=True, slots=True)
class Collocates:
    """The words that stand beside a query's matches more often than by chance, in `order`.

    `occurrences` is how many matches there are, `window_words` how many words within the windows, `words` how many in
    all the texts searched, matches left out. `found` is how many collocates there are, of which `rows` are the first.
    """

    query: Query
    left: int
    right: int
    across: bool
    minimum: int
    order: CollocateOrder
    occurrences: int
    window_words: int
    words: int
    found: int
    rows: tuple[Collocate, ...]

    def record(self) -> Record:
        """Return the JSON object of ``collocates --json``."""
        return {
            "query": self.query.text,
            "parsed": str(self.query),
            "cut_apart": list(cut_apart(self.query)),
            "left": self.left,
            "right": self.right,
            "across_sentences": self.across,
            "minimum": self.minimum,
            "sort": self.order,
            "occurrences": self.occurrences,
            "window_words": self.window_words,
            "words": self.words,
            "total": self.found,
            "collocates": [row.record() for row in self.rows],
        }


def collocates(
    searcher: Searcher,
    streams: Streams,
    text: str,
    *,
    left: int = WINDOW,
    right: int = WINDOW,
    across: bool = False,
    minimum: int = MINIMUM,
    order: CollocateOrder = CollocateOrder.LOG_LIKELIHOOD,
    all_words: bool = False,
    limit: int | None = 50,
    filters: Filters = MappingProxyType({}),
    exact_script: bool = False,
) -> Collocates:
    """Return the collocates of a query: the words within `left` and `right` words of its matches.

    Listed are words that stand there at least `minimum` times and more often than by chance; function words and numbers
    only with `all_words` (see `functional`). `streams` are those of the same index. Raises `QueryError`.
    """
    query = searcher.query(text, filters, exact_script=exact_script)
    numbers = searcher.engine.pieces().numbers
    searched = np.isin(numbers, searcher.engine.pieces(limits_of(query)).numbers)
    windows = _Windows(streams, left=left, right=right, sentences=not across)
    occurrences = windows.look(searcher, query, numbers)
    base = streams.within(searched) & ~windows.nodes
    within = (windows.before | windows.after) & base
    totals, counts = streams.counts(base), streams.counts(within)
    size, window = int(base.sum()), int(within.sum())
    # Where nothing stands beside a match, or nothing else stands anywhere, there is nothing to compare.
    chosen = np.flatnonzero(counts >= max(minimum, 1)) if 0 < window < size else np.zeros(0, dtype=np.int64)
    count, rest = counts[chosen], totals[chosen] - counts[chosen]
    others = max(size - window, 1)
    chance = expected(count, window, rest, others)
    more = count > chance
    chosen, count, rest, chance = chosen[more], count[more], rest[more], chance[more]
    ll = log_likelihood(count, window, rest, others)
    pmi = mutual_information(count, window, rest, others)
    dice = log_dice(count, occurrences, totals[chosen])
    key = {
        CollocateOrder.LOG_LIKELIHOOD: ll,
        CollocateOrder.MUTUAL_INFORMATION: pmi,
        CollocateOrder.LOG_DICE: dice,
        CollocateOrder.COUNT: count,
    }[order]
    listed = [(i, word) for i, number in enumerate(chosen.tolist())
              if not is_functional(word := streams.word(number)) or all_words]  # fmt: skip
    listed.sort(key=lambda one: (-round(float(key[one[0]]), 9), -int(count[one[0]]), one[1]))
    before, after = streams.counts(windows.before & base), streams.counts(windows.after & base)
    rows = tuple(
        Collocate(
            word, int(count[i]), int(before[chosen[i]]), int(after[chosen[i]]), float(chance[i]),
            int(totals[chosen[i]]), float(ll[i]), float(pmi[i]), float(dice[i]),
        )
        for i, word in listed[:limit]
    )  # fmt: skip
    return Collocates(
        query, left, right, across, minimum, order, occurrences, window, size, len(listed), rows
    )  # fmt: skip


class _Windows:
    """Which words of a stream belong to matches (`nodes`), and which stand within so many words `before` or `after`."""

    def __init__(self, streams: Streams, *, left: int, right: int, sentences: bool) -> None:
        self._streams = streams
        self._left, self._right = left, right
        self.nodes, self.before, self.after = (np.zeros(len(streams), dtype=bool) for _ in range(3))
        # Which sentence or paragraph each word stands in.
        self._unit = np.cumsum(streams.breaks(sentences=sentences), dtype=np.int32)

    def look(self, searcher: Searcher, query: Query, numbers: Numbers) -> int:
        """Find the matches of a query, whose chunks have `numbers`, and return how many there are."""
        at = {number: i for i, number in enumerate(numbers.tolist())}
        places = [(at[number], *place) for number, _, places in places_of(searcher, query) for place in places]
        # In the order of the chunks' numbers, which is not that of their addresses.
        chunk, start, end = np.array(sorted(places), dtype=np.int64).reshape(-1, 3).T
        for first in range(0, len(numbers), _BLOCK):
            check()
            low, high = np.searchsorted(chunk, (first, first + _BLOCK))
            if low < high and len(self.nodes):
                here = slice(low, high)
                self._mark(first, min(first + _BLOCK, len(numbers)), chunk[here], start[here], end[here])
        return len(places)

    def _mark(self, first: int, last: int, chunk: Numbers, start: Numbers, end: Numbers) -> None:
        """Mark what belongs to matches in the chunks `first` to `last`, and what stands beside them."""
        streams = self._streams
        word_start, word_end, texts = streams.places(first, last)
        base = int(streams.begins[first])
        begin = texts[chunk - first]
        # The words from `low` on end after the match begins, those before `high` begin before it ends.
        low = base + np.searchsorted(word_end, begin + start, side="right")
        high = base + np.searchsorted(word_start, begin + end, side="left")
        for step in range(int((high - low).max(initial=0))):
            self.nodes[low[low + step < high] + step] = True
        # A match that touches no word, a sign, stands in the sentence of the word before it.
        touching = low < high
        bounds = (streams.begins[chunk], streams.ends[chunk])
        there = np.where(touching, low, np.maximum(low - 1, bounds[0]))
        inside = there < bounds[1]
        unit = np.full(len(there), -1, dtype=np.int64)
        unit[inside] = self._unit[there[inside]]
        last_unit = np.where(touching & (high > low), high - 1, there)
        unit_after = np.full(len(there), -1, dtype=np.int64)
        unit_after[inside] = self._unit[last_unit[inside]]
        for step in range(1, self._left + 1):
            left = low - step
            self.before[left[(left >= bounds[0]) & (unit == self._unit[np.maximum(left, 0)])]] = True
        most = len(streams) - 1
        for step in range(self._right):
            right = high + step
            self.after[right[(right < bounds[1]) & (unit_after == self._unit[np.minimum(right, most)])]] = True
