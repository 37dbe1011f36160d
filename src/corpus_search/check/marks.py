"""Where in a text are quotation marks opened and closed?

A text in; the pairs of its quotation marks out, each with the pair that it stands in, and the marks that have no
partner. “ ”, 「 」, 『 』, ‘ ’, 〝 〞 and « » are paired by their form; straight ones, which have none, by their order.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_CLOSING = {"“": "”", "「": "」", "『": "』", "‘": "’", "〝": "〞", "«": "»", "｢": "｣"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()} | {"〟": "〝"}
_STRAIGHT = frozenset('"＂')
_MARK = re.compile('[“”「」『』‘’〝〞〟«»｢｣"＂]')


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of quotation marks, at `start` and at ``end - 1``, inside `outer` (an index), or None; `depth` from 0."""

    start: int
    end: int
    outer: int | None
    depth: int


@dataclass(frozen=True, slots=True)
class Marks:
    """The pairs of a text in the order of their beginnings, and the places of the marks without a partner."""

    pairs: tuple[Pair, ...]
    single: tuple[int, ...]


def is_opening(char: str) -> bool:
    """Tell whether a character opens a quotation."""
    return char in _CLOSING


def find_marks(text: str) -> Marks:
    """Return how the quotation marks of a text are paired.

    A mark is closed by the next of its form. What is opened inside and not closed before it has no partner; nor have
    straight marks of an odd number, of which none can be told to open or to close.
    """
    found = [(match.start(), match.group()) for match in _MARK.finditer(text)]
    straight = [at for at, mark in found if mark in _STRAIGHT]
    odd = len(straight) % 2 == 1
    single = straight if odd else []
    opened: list[tuple[int, str]] = []
    waiting: Counter[str] = Counter()
    ends: dict[int, int] = {}
    for at, mark in found:
        if mark in _STRAIGHT and odd:
            continue
        opening = '"' if mark in _STRAIGHT else _OPENING.get(mark)
        if opening is None or (opening == '"' and not waiting[opening]):
            opened.append((at, opening or mark))
            waiting[opening or mark] += 1
        elif mark == "’" and _is_apostrophe(text, at, closes=bool(waiting[opening])):
            continue
        elif not waiting[opening]:
            single.append(at)
        else:
            while True:
                start, other = opened.pop()
                waiting[other] -= 1
                if other == opening:
                    ends[start] = at + 1
                    break
                single.append(start)
    return Marks(_nested(ends), tuple(sorted([*single, *(start for start, _ in opened)])))


def _is_apostrophe(text: str, at: int, *, closes: bool) -> bool:
    """Tell whether a closing single mark stands in a Latin word (author’s), or after one where it `closes` nothing."""
    before, after = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
    return _is_latin(before) and (_is_latin(after) or not closes)


def _is_latin(char: str) -> bool:
    return char.isalpha() and char < "\u2e80"


def _nested(ends: dict[int, int]) -> tuple[Pair, ...]:
    pairs: list[Pair] = []
    around: list[int] = []
    for start in sorted(ends):
        while around and pairs[around[-1]].end <= start:
            around.pop()
        pairs.append(Pair(start, ends[start], around[-1] if around else None, len(around)))
        around.append(len(pairs) - 1)
    return tuple(pairs)
