"""Which entries do marks mean whose digits scanning lost?

Texts with the places that cite by number in; the same with those that were damaged added and set right. Of [6] there
may be left [6, 6], a bare 6, [] or nothing but a bracket, and of [11] often [1]. Entries are numbered in the order in
which they are first cited, so where [5] and [7] are cited, and 6 nowhere, a damaged mark between them that has kept
nothing contrary is 6; and a mark behind an author's name (吴浩等[]研究) means the only entry that begins with it.
Without such evidence a mark is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus_search.parse.citations import Cited

_OPEN, _CLOSE = r"\[［【〔", r"\]］】〕」"
_HAN = "\u4e00-\u9fff"
_HAN_BUT_AND_OTHERS = "\u4e00-\u7b48\u7b4a-\u9fff"  # All but 等.
_DAMAGED = re.compile(
    rf"(?<!!)[{_OPEN}]\s?(?P<whole>\d{{0,3}})\s?[{_CLOSE}](?!\()"  # [] has kept no digit, [0] none but the second.
    rf"|(?<=[{_HAN}A-Za-z”）)])[{_OPEN}](?=[。；，、]|[{_HAN}]{{2}})(?![^{_OPEN}{_CLOSE}]{{0,40}}[{_CLOSE}])"  # [。
    rf"|(?<=[{_HAN}”）)])(?P<closed>\d{{1,3}})[{_CLOSE}](?=[{_HAN}。；，、（(,.])"  # 6]
    rf"|[{_OPEN}](?P<opened>\d{{1,3}})[lI|]?(?=[{_HAN}。；，、：:,（(])(?!\s?[{_CLOSE}])"  # [6
    rf"|(?<=[{_HAN}”）)])(?P<bare>\d{{1,3}})(?=[。；，])"  # 6。
    rf"|(?<=等)(?P<among>\d{{1,3}})(?=[{_HAN}])(?![个項项種类類家位人名篇年省市县州国期次条款所部本座处件份组天月日大])"
)
_MAY_BE_DAMAGED = re.compile(rf"[{_OPEN}\d](?:(?<=[{_OPEN}])|(?<=[{_HAN}”）)].))")
"""What each of these begins with: looked for first, which is much quicker."""
# What is counted or measured is no mark: 图3。 共12，第5。
_COUNTED = re.compile(
    r"[图圖表第为是约共计总到至达于按式每占超过了有为在近逾满仅附版第和与或乘除加减值率数量度比级型组号期岁]$"
)
_NAME = re.compile(
    rf"(?:(?P<han>[{_HAN_BUT_AND_OTHERS}]{{2,4}})|(?P<latin>[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f’'-]+))\s?(?:等人?|et\.?\s?al\.?)?\s?$"
)
_FEWEST, _MOST_MISSING, _LONGEST_NAME = 5, 3, 24
_IN_ORDER = 0.75
"""So great a share of first mentions must come in the order of the numbers."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place that may cite: in which text, where, the digits that are left, and what it cites if that is known.

    `framed` tells whether something of the brackets is left.
    """

    text: int
    start: int
    end: int
    digits: str
    numbers: tuple[int, ...]
    framed: bool = True


def set_right(
    texts: Sequence[str], cited: Sequence[Sequence[Cited]], known: frozenset[int], firsts: Mapping[int, tuple[str, ...]]
) -> list[list[Cited]]:
    """Return what is cited, text by text, with the damaged marks that can mean one entry only.

    `firsts` are the first authors of the entries, by number, in small letters.
    """
    result = [list(places) for places in cited]
    sound = [_Mark(n, p.start, p.end, "", p.numbers) for n, places in enumerate(cited) for p in places]
    if not _are_in_order(sound):
        return result
    taken = {(m.text, m.start) for m in sound}
    marks = sorted(
        [
            *(_with_digits(texts, mark) for mark in sound),
            *(m for n, text in enumerate(texts) for m in _damaged(n, text) if (m.text, m.start) not in taken),
        ],
        key=lambda m: (m.text, m.start),
    )
    beginning = _beginning(firsts)
    meant = _by_order(marks, known) | (named := _by_name(texts, marks, beginning))
    for mark in [mark for mark in meant if mark not in named]:
        if (named_there := _named(texts, mark, beginning)) and meant[mark] not in named_there:
            del meant[mark]  # Somebody is named there who wrote something else.
    for mark, number in meant.items():
        places = result[mark.text]
        places[:] = [p for p in places if p.start != mark.start]
        places.append(Cited(mark.start, mark.end, (number,)))
        places.sort(key=lambda p: p.start)
    return result


def _are_in_order(marks: Sequence[_Mark]) -> bool:
    seen: set[int] = set()
    highest = first = ascending = 0
    for mark in marks:
        for number in mark.numbers:
            if number not in seen:
                first += 1
                ascending += number > highest
                highest = max(highest, number)
                seen.add(number)
    return first >= _FEWEST and ascending >= first * _IN_ORDER


def _with_digits(texts: Sequence[str], mark: _Mark) -> _Mark:
    printed = re.sub(r"\D", "", texts[mark.text][mark.start : mark.end])
    return _Mark(mark.text, mark.start, mark.end, printed if len(mark.numbers) == 1 else "-", mark.numbers)


def _damaged(n: int, text: str) -> Iterator[_Mark]:
    at = 0
    while start := _MAY_BE_DAMAGED.search(text, at):
        at = start.end()
        match = _DAMAGED.match(text, start.start())
        if not match:
            continue
        at = match.end()
        framed = not (match["bare"] or match["among"])
        digits = next((digits for digits in match.groups() if digits), "")
        if match["bare"] and _COUNTED.search(text[max(0, match.start() - 1) : match.start()]):
            continue
        yield _Mark(n, match.start(), match.end(), digits, (), framed)


def _by_order(marks: Sequence[_Mark], known: frozenset[int]) -> dict[_Mark, int]:
    """Return which number the damaged marks between two first mentions mean, where numbers are missing there."""
    cited = {number for mark in marks for number in mark.numbers}
    meant: dict[_Mark, int] = {}
    highest, since = 0, list[_Mark]()
    for mark in [*marks, None]:
        if mark is None:
            missing = sorted(n for n in known if n > highest)
        elif mark.numbers and max(mark.numbers) > highest:
            above = min(n for n in mark.numbers if n > highest)
            missing = [n for n in range(highest + 1, above) if n in known]
            highest = max(mark.numbers)
        else:
            since.append(mark)
            continue
        if missing and not cited & set(missing):
            meant.update(_assigned(since, missing))
        since = []
    return meant


def _assigned(marks: Sequence[_Mark], missing: Sequence[int]) -> dict[_Mark, int]:
    """Match the marks between two mentions with the numbers missing there, each beyond doubt, or not at all."""
    found: dict[_Mark, int] = {}
    for number in missing:
        whole = [mark for mark in marks if not mark.numbers and mark.digits == str(number)]
        if len(whole) == 1:
            found[whole[0]] = number
    still = [number for number in missing if number not in found.values()]
    if not 0 < len(still) <= _MOST_MISSING:
        return found
    fits = {
        mark: [number for number in still if _lost(mark.digits, str(number))]
        for mark in marks
        if mark not in found and mark.framed
    }
    left = [mark for mark in marks if fits.get(mark)]
    for number in still:
        may = [mark for mark in left if number in fits[mark]]
        if len(may) == 1 and fits[may[0]] == [number]:
            found[may[0]] = number
    left = [mark for mark in left if mark not in found]
    still = [number for number in still if number not in found.values()]
    if len(left) == len(still) and all(number in fits[mark] for mark, number in zip(left, still, strict=True)):
        found.update(zip(left, still, strict=True))
    return found


def _beginning(firsts: Mapping[int, tuple[str, ...]]) -> dict[str, list[int]]:
    """Return which entries begin with each name, `firsts` being the names of each entry's first author."""
    beginning: dict[str, list[int]] = {}
    for number, names in firsts.items():
        for name in names:
            beginning.setdefault(name, []).append(number)
    return beginning


def _by_name(texts: Sequence[str], marks: Sequence[_Mark], beginning: Mapping[str, Sequence[int]]) -> dict[_Mark, int]:
    """Return which number marks mean that stand behind the name of an author who begins one entry only."""
    meant: dict[_Mark, int] = {}
    for mark in marks:
        named = _named(texts, mark, beginning)
        if len(named) != 1 or mark.numbers == tuple(named) or (mark.numbers and mark.digits == "-"):
            continue
        (number,) = named
        if mark.digits == str(number) or _lost(mark.digits, str(number)):
            meant[mark] = number
    return meant


def _named(texts: Sequence[str], mark: _Mark, beginning: Mapping[str, Sequence[int]]) -> frozenset[int]:
    """Return the entries that begin with the name that stands before a mark."""
    before = _NAME.search(texts[mark.text], max(0, mark.start - _LONGEST_NAME), mark.start)
    if not before:
        return frozenset()
    if before["latin"]:
        return frozenset(beginning.get(before["latin"].lower(), ()))
    # Han has no blanks to tell where a name begins.
    han = before["han"]
    return frozenset(number for start in range(len(han)) for number in beginning.get(han[start:], ()))


def _lost(digits: str, number: str) -> bool:
    """Tell whether `digits` are what is left of a number that lost one or more."""
    left = iter(number)
    return len(digits) < len(number) and all(digit in left for digit in digits)
