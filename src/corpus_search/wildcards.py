"""Where does a word with wildcards stand?

The places that its regular expression has, found without its cost: where the expression tries every way to divide a
text among its gaps, which takes twenty times as long for each gap more, here every place is tried once. A query that
anybody may send must not hold up a server, and Python's expressions cannot be stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from corpus_search.limits import check

GAP = r"[^\s,.:;!?，。、；：！？]"
"""The expression for a character that a wildcard stands for."""

WIDEST = 20
"""How many of them an asterisk may stand for."""

SOME = f"{GAP}{{0,{WIDEST}}}?"
"""The expression for what an asterisk between characters stands for."""

_GAP = re.compile(GAP)


def wildcard_places(regex: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where `regex`, made of pieces and `SOME` between them, stands in `text`, as ``re.finditer`` does.

    Matches of nothing are left out.
    """
    pieces = _pieces(regex)
    if len(pieces) == 1:
        yield from (match.span() for match in pieces[0].finditer(text) if match.end() > match.start())
        return
    ending = _Ending(pieces, text)
    at = 0
    while at <= len(text) and (start := pieces[0].search(text, at)):
        check()
        end = ending.of(0, start.start())
        if end is None or end == start.start():
            at = start.start() + 1
        else:
            yield start.start(), end
            at = end


@lru_cache(maxsize=1000)
def _pieces(regex: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, regex.split(SOME)))


class _Ending:
    """Where pieces that follow each other end, the gaps as narrow as may be; what failed is not tried twice."""

    def __init__(self, pieces: tuple[re.Pattern[str], ...], text: str) -> None:
        self._pieces = pieces
        self._text = text
        self._failed: set[tuple[int, int]] = set()

    def of(self, number: int, at: int) -> int | None:
        """Return where the pieces from `number` on end if the first of them stands at `at`, or None."""
        if (number, at) in self._failed:
            return None
        match = self._pieces[number].match(self._text, at)
        while match:
            if number == len(self._pieces) - 1:
                return match.end()
            for begin in range(match.end(), match.end() + WIDEST + 1):
                end = self.of(number + 1, begin)
                if end is not None:
                    return end
                if not _GAP.match(self._text, begin):
                    break
            # The first piece may take in the rest of a Latin word before it, and then less of it.
            match = self._pieces[number].match(self._text, at, match.end() - 1)
        self._failed.add((number, at))
        return None
