"""Does search lie? Quoted runs, compared with a scan of every text.

An index in; out come counts: runs of characters are drawn from the texts, asked as quoted queries through the query
language, and what the engine finds is compared with a naive scan of all folded texts. Missing, extra and beside-the-
point matches are counted, and the first few told.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from corpus_search.analysis import Analyzer, fold
from corpus_search.engine import Engine
from corpus_search.highlight import match
from corpus_search.query import parse

LONGEST = 30
"""The longest run drawn, in characters."""

_TOLD = 10
_QUOTES = ("“”", "「」", "『』", '""')


@dataclass(slots=True)
class Verdict:
    """What came of it: runs asked, chunks found, and what was wrong with them; `told` names the first few."""

    runs: int = 0
    found: int = 0
    missing: int = 0
    extra: int = 0
    unmarked: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong."""
        return not (self.missing or self.extra or self.unmarked)


class _Scan:
    """All folded texts as one, to be scanned."""

    def __init__(self, texts: Iterator[tuple[int, str]]) -> None:
        self._numbers: list[int] = []
        self._starts: list[int] = []
        parts: list[str] = []
        at = 0
        for number, text in texts:
            self._numbers.append(number)
            self._starts.append(at)
            parts += [text, "\x00"]
            at += len(text) + 1
        self._whole = "".join(parts)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, place: int) -> int:
        """Return the number of the text at `place` of the list."""
        return self._numbers[place]

    def having(self, run: str) -> set[int]:
        """Return the numbers of the texts in which `run` stands."""
        found: set[int] = set()
        at = self._whole.find(run)
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            found.add(self._numbers[place])
            # On to the next text: one place in this one is enough.
            if place + 1 == len(self._starts):
                break
            at = self._whole.find(run, self._starts[place + 1])
        return found


def verify(
    engine: Engine,
    analyzer: Analyzer,
    *,
    samples: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Ask `samples` runs, drawn with `seed`, and compare what is found with a scan."""
    scan = _Scan(engine.texts())
    verdict = Verdict()
    rng = random.Random(seed)  # noqa: S311 - a sample, no secret
    tries = 0
    while verdict.runs < samples and len(scan) and tries < samples * 10:
        tries += 1
        number = scan.number(rng.randrange(len(scan)))
        text = engine.chunk(number).text
        start = rng.randrange(len(text))
        run = text[start : start + rng.randint(1, LONGEST)]
        quotes = next((q for q in _QUOTES if q[0] not in run and q[1] not in run), None)
        folded = fold(run).text
        if quotes is None or not folded or "\x00" in folded:
            continue
        progress(verdict.runs, samples)
        verdict.runs += 1
        query = parse(f"{quotes[0]}{run}{quotes[1]}", analyzer)
        found, wanted = engine.matching(query), scan.having(folded)
        verdict.found += len(found)
        verdict.missing += len(wanted - found)
        verdict.extra += len(found - wanted)
        marked = match(text, query, analyzer)
        wrong = number in wanted and not (marked.spans and all(folded in fold(text[a:b]).text for a, b in marked.spans))
        verdict.unmarked += wrong
        if (found != wanted or wrong) and len(verdict.told) < _TOLD:
            beside = ", marked wrong" if wrong else ""
            verdict.told.append(f"{run!r}: {len(wanted - found)} missing, {len(found - wanted)} extra{beside}")
    return verdict
