"""Which entries of the reference list does a text cite?

Running text and the entries in; the places that cite and the entries they mean out. Two customs: by number ([3],
[1-2,5-9], ［3，8］, raised or not) and by author and year (张三，2019; Li et al., 2020; 颜森（1986）). A citation by
author and year is tied only where it fits one entry and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_OPEN, _CLOSE = r"\[［【〔", r"\]］】〕"
_GROUP = re.compile(rf"[{_OPEN}]([^{_OPEN}{_CLOSE}]{{1,40}})[{_CLOSE}]")
# Not where a unit stands: km².
_RAISED_GROUP = re.compile(r"(?<![A-Za-z])([⁰¹²³⁴-⁹]+(?:[,，⁻–-]+[⁰¹²³⁴-⁹]+)*)")
_NUMBERS = re.compile(r"\s*\d{1,3}(?:\s*[,，、;；.:：~～\\–—―－⁻一-]+\s*\d{1,3})*\s*")
_RANGE = re.compile(r"(\d{1,3})\s*[~～–—―－⁻一\\-]+\s*(\d{1,3})|(\d{1,3})")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# What scanning makes of digits between brackets.
_MISREAD = str.maketrans({"I": "1", "l": "1", "|": "1", "O": "0", "o": "0"})
_WIDEST_RANGE = 40
_LOST_ENTRIES = 10
"""How many entries may be missing at the end of a list: numbers so little above the last are theirs."""
# A bracket whose other half scanning lost, before Han or a mark of punctuation.
_UNCLOSED = re.compile(rf"[{_OPEN}]\s?(\d{{1,3}})(?=[\u4e00-\u9fff，。；、（(])")


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
        inner = match[1].translate(_RAISED).translate(_MISREAD)
        if "$" in text[match.end() : match.end() + 4] or re.fullmatch(
            r"(?:\s*\d\s)+\s*(?:[-–,，]\s*(?:\d\s*)+)*", inner
        ):
            inner = re.sub(r"(?<=\d)\s+(?=\d)", "", inner)  # A formula parts the digits of a number.
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
    if not re.fullmatch(r"\s*\d{2,6}\s*", inner) or int(inner) <= max(known, default=0) + _LOST_ENTRIES:
        return ()
    digits = inner.strip()
    ways = [(int(digits[:i]), int(digits[i:])) for i in range(1, len(digits)) if digits[i] != "0" and digits[0] != "0"]
    fitting = [(first, last) for first, last in ways if first < last and {first, last} <= known]
    return fitting[0] if len(fitting) == 1 else ()


def unclosed_number(text: str, known: frozenset[int], highest: int) -> Iterator[Cited]:
    """Yield the places with half a bracket whose number is due: little above the `highest` cited before."""
    for match in _UNCLOSED.finditer(text):
        number = int(match[1])
        if number in known and number <= highest + 2:
            highest = max(highest, number)
            yield Cited(match.start(), match.end(), (number,))


# --- by author and year --------------------------------------------------------------------------------------

# Scanning reads noughts and ones as letters: 2OO6, 199o, 20l4.
_YEAR = re.compile(r"(?<!\d)(?<!\d[.])((?:19|2[0Oo])[\dOolI]{2})([a-e]?)(?![\d])")
_YEAR_DIGITS = str.maketrans("OolI", "0011")
_NAMES_END = re.compile(r"[.．:：《“\"\[]")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}")
_LATIN_NAME = re.compile(r"[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f’'-]+")
_RUN_IN_INITIALS = re.compile("(?<=[a-z])[A-Z]{1,2}$")
_BETWEEN = re.compile(
    r"(?:[\s,，、;；&.．（(）)《》:：-]|和|与|及|等人?|et\s?al|and|编|著|[\u4e00-\u9fff·]{2,4}(?=[,，、;；和与及等（(\s]|$)|[A-Z][\w’'.-]*)*"
)
_OWN_WRITING = re.compile(r"[\[［【]((?:[\u4e00-\u9fff·]{2,4}[,，、.．]\s*)+)")
_LOOK_BACK = 60


@dataclass(frozen=True, slots=True)
class Work:
    """An entry as it is cited: its first author in each writing, all names that begin it, and its year and letter."""

    first: tuple[str, ...]
    names: frozenset[str]
    year: str
    letter: str


def work(entry: str) -> Work | None:
    """Read an entry of a reference list as it is cited, or return None if it names no author or year."""
    year = _YEAR.search(entry)
    if not year:
        return None
    # Names stand before the title; the year may stand between them, or at the end.
    han = _HAN_NAME.match(entry)
    if han:
        names = frozenset(_HAN_NAME.findall(_NAMES_END.split(entry, maxsplit=1)[0]))
        return Work((han.group(),), names, _digits(year[1]), year[2])
    latin = [_RUN_IN_INITIALS.sub("", name).lower() for name in _LATIN_NAME.findall(entry[:120])]
    if not latin:
        return None
    # A Chinese entry printed in English has its own writing behind it, in brackets.
    own = _HAN_NAME.findall(_OWN_WRITING.search(entry)[1]) if _OWN_WRITING.search(entry) else []  # type: ignore[index]
    return Work((latin[0], *own[:1]), frozenset([*latin[:6], *own]), _digits(year[1]), year[2])


def _digits(year: str) -> str:
    return year.translate(_YEAR_DIGITS)


def cited_works(text: str, works: Mapping[int, Work]) -> Iterator[Cited]:
    """Yield the places of a text that cite one of `works`, by number, beyond doubt."""
    by_year: dict[str, list[int]] = {}
    for number, one in works.items():
        by_year.setdefault(one.year, []).append(number)
    for match in _YEAR.finditer(text):
        candidates = by_year.get(_digits(match[1]), [])
        back = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        shift = match.start() - len(back)
        found = []
        for number in candidates:
            one = works[number]
            at, name = max((_last_place(name, back), name) for name in one.first)
            if at < 0 or (match[2] and one.letter and match[2] != one.letter):
                continue
            between = back[at + len(name) :]
            if _BETWEEN.fullmatch(between):
                beside = sum(other not in one.first and _last_place(other, between) >= 0 for other in one.names)
                found.append((at, beside, number))
        if not found:
            continue
        nearest = max(at for at, _, _ in found)
        best = max((at, beside) for at, beside, _ in found if at == nearest)
        fitting = [number for at, beside, number in found if (at, beside) == best]
        if len(fitting) == 1:
            yield Cited(shift + best[0], match.end(), (fitting[0],))


def _last_place(name: str, text: str) -> int:
    """Return where a name stands last in a text, as a whole word, or -1."""
    if _HAN_NAME.match(name):
        return text.rfind(name)
    text = text.lower()
    if name not in text:  # As is the rule.
        return -1
    places = [m.start() for m in re.finditer(rf"(?<![a-z]){re.escape(name)}(?![a-z])", text)]
    # Conversions lose blanks: LaFrance andWatts.
    return places[-1] if places else text.rfind(name) if len(name) > 5 else -1


def numbered_entries(labels: Sequence[str]) -> dict[int, int]:
    """Map the numbers printed before entries to their places in the list, from 1 on."""
    return {int(label): place for place, label in reversed(list(enumerate(labels, 1))) if label.isdecimal()}
