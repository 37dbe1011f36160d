"""Which entries of the reference list does a text cite by number?

Running text and the numbers of the entries in; the places that cite and the numbers they mean out: [3], [1-2,5-9],
［3，8］, raised or not. (By author and year: `works`.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_OPEN, _CLOSE = r"\[［【〔", r"\]］】〕"
# Not the degree of a root in a formula. (What stands before is looked at behind the bracket: a pattern that begins
# with a set is searched for much quicker.)
_GROUP = re.compile(rf"[{_OPEN}](?<!\\sqrt.)(?<!\\sqrt .)([^{_OPEN}{_CLOSE}]{{1,40}})[{_CLOSE}]")
# Not where a unit stands: km².
_RAISED_GROUP = re.compile(r"([⁰¹²³⁴-⁹](?<![A-Za-z].)[⁰¹²³⁴-⁹]*(?:[,，⁻–-]+[⁰¹²³⁴-⁹]+)*)")
_NUMBERS = re.compile(r"\s*\d{1,3}(?:\s*[,，、;；.:：~～\\–—―－⁻一-]+\s*\d{1,3})*\s*")
_RANGE = re.compile(r"(\d{1,3})\s*[~～–—―－⁻一\\-]+\s*(\d{1,3})|(\d{1,3})")
# Raised digits, and what scanning makes of digits between brackets.
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹Il|Oo", "012345678911100")
_FIRST_DIGIT = re.compile(r"\s*\d")
_PARTED_DIGITS = re.compile(r"(?:\s*\d\s)+\s*(?:[-–,，]\s*(?:\d\s*)+)*")
_BLANK_BETWEEN = re.compile(r"(?<=\d)\s+(?=\d)")
_ONE_NUMBER = re.compile(r"\s*\d{2,6}\s*")
_WIDEST_RANGE, _WIDEST_HALF = 40, 6
"""How far apart the ends of a range may be, in whole brackets and in half of them, where a bracket may be read as 1."""
_LOST_ENTRIES = 10
"""How many entries may be missing at the end of a list: numbers so little above the last are theirs."""
# A bracket whose other half scanning lost, before Han or a mark of punctuation; or behind Han.
_UNCLOSED = re.compile(
    rf"[{_OPEN}]\s?(?P<first>\d{{1,3}})(?:\s?[-–~～,，]\s?(?P<last>\d{{1,3}}))?(?=[\u4e00-\u9fff，。；、（(]|,(?!\s?\d))"
)
_UNOPENED = re.compile(
    rf"(?<=[\u4e00-\u9fff”）)])\s?(?P<first>\d{{1,3}})[{_CLOSE}](?=[\u4e00-\u9fff，。；、（(,.]|\s|$)"
)

_CLOSED_DIGIT = re.compile(rf"[{_CLOSE}](?<=\d.)")
_BRACKETS = "[［【〔]］】〕"


@dataclass(frozen=True, slots=True)
class Cited:
    """A place ``[start, end)`` of a text and the numbers or entries that it cites."""

    start: int
    end: int
    numbers: tuple[int, ...]


def is_bracketed(texts: Iterable[str]) -> bool:
    """Tell whether texts cite by numbers in brackets; raised numbers are then something else."""
    return any(_NUMBERS.fullmatch(match[1]) for text in texts for match in _GROUP.finditer(text))


def cited_numbers(text: str, known: frozenset[int], *, raised: bool) -> Iterator[Cited]:
    """Yield the places of a text that cite by number, `raised` or in brackets, entries whose numbers are `known`."""
    for match in (_RAISED_GROUP if raised else _GROUP).finditer(text):
        inner = match[1].translate(_DIGITS)
        if not _FIRST_DIGIT.match(inner):
            continue  # As most of what stands in brackets.
        if "$" in text[match.end() : match.end() + 4] or _PARTED_DIGITS.fullmatch(inner):
            inner = _BLANK_BETWEEN.sub("", inner)  # A formula parts the digits of a number.
        if (lost := _parted(inner, known)) and not raised:
            yield Cited(match.start(), match.end(), lost)
            continue
        if not _NUMBERS.fullmatch(inner):
            continue
        found: list[int] = []
        for piece in _RANGE.finditer(inner):
            if piece[3]:
                found.append(int(piece[3]))
                continue
            first, last = int(piece[1]), int(piece[2])
            found += range(first, last + 1) if first < last <= first + _WIDEST_RANGE else (first, last)
        if found and all(number in known for number in found):
            yield Cited(match.start(), match.end(), tuple(found))


def _parted(inner: str, known: frozenset[int]) -> tuple[int, ...]:
    """Return the two numbers that lost what stood between them (2930 for 29-30 or 29,30), if they can be no others.

    Whether those between them are cited as well cannot be known.
    """
    if not _ONE_NUMBER.fullmatch(inner) or int(inner) <= max(known, default=0) + _LOST_ENTRIES:
        return ()
    digits = inner.strip()
    ways = [(int(digits[:i]), int(digits[i:])) for i in range(1, len(digits)) if digits[i] != "0" and digits[0] != "0"]
    fitting = [(first, last) for first, last in ways if first < last and {first, last} <= known]
    return fitting[0] if len(fitting) == 1 else ()


def unclosed_number(text: str, known: frozenset[int], highest: int) -> Iterator[Cited]:
    """Yield the places with half a bracket whose number is due: little above the `highest` cited before."""
    halves = list(_UNCLOSED.finditer(text))
    if _CLOSED_DIGIT.search(text):  # Quick to see, and most texts have none.
        halves += _UNOPENED.finditer(text)
        halves.sort(key=lambda match: match.start())
    for match in halves:
        first = int(match["first"])
        if first > max(known, default=0) and first % 10 == 1:
            first //= 10  # The closing bracket was read as a 1.
        last = int(match.groupdict().get("last") or first)
        numbers = (first,) if first == last else (first, last) if "-" not in match[0] else tuple(range(first, last + 1))
        if numbers and {*numbers} <= known and numbers[0] <= highest + 2 and last <= first + _WIDEST_HALF:
            highest = max(highest, *numbers)
            yield Cited(match.start(), match.end(), numbers)


def _closes(text: str, half: Cited, found: Sequence[Cited]) -> bool:
    """Tell whether what looks like half a bracket is the rest of a whole one (［1，2] holds 2])."""
    return any(one.start <= half.start < one.end for one in found)


def numbers_cited(texts: Sequence[str], known: frozenset[int], *, raised: bool) -> list[list[Cited]]:
    """Return, for each text, the places that cite by number entries whose numbers are `known`, in order."""
    cited: list[list[Cited]] = []
    highest = 0  # Entries are numbered as they are first cited.
    for text in texts:
        if not raised and not any(bracket in text for bracket in _BRACKETS):
            cited.append([])
            continue
        found = list(cited_numbers(text, known, raised=raised))
        whole = {one.start for one in found}
        halves = unclosed_number(text, known, _highest(found, highest))
        if more := [half for half in halves if half.start not in whole and not _closes(text, half, found)]:
            found += more
            found.sort(key=lambda one: one.start)
        highest = _highest(found, highest)
        cited.append(found)
    return cited


def _highest(found: Iterable[Cited], highest: int) -> int:
    """Return the highest number that is cited at the places that were `found`, or that before them."""
    for one in found:
        highest = max(highest, *one.numbers)
    return highest


def numbered_entries(labels: Sequence[str]) -> dict[int, int]:
    """Map the numbers printed before entries to their places in the list, from 1 on.

    An entry without a number between the third and the fifth is the fourth.
    """
    numbered = {int(label): place for place, label in reversed(list(enumerate(labels, 1))) if label.isdecimal()}
    for place, (before, label, after) in enumerate(zip(labels, labels[1:], labels[2:], strict=False), 2):
        if not label and before.isdecimal() and after.isdecimal() and int(after) == int(before) + 2:
            numbered.setdefault(int(before) + 1, place)
    return numbered
