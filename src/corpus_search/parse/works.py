"""Which entries of the reference list does a text cite by author and year?

Running text and the entries in; the places that cite and the entries they mean out (张三，2019; Li et al., 2020;
颜森（1986）; Wang 2004, 2007a,b). A citation is tied only where it fits one entry and no other. Scanning spoils years
in a list: 2OO6, (0l3) and even () are years of which something, or nothing, is left; such an entry is tied to what
names its author where no other entry can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus_search.parse.citations import Cited

# Scanning reads noughts and ones as letters: 2OO6, 199o, 20l4.
# What stands before is looked at behind the first digit: a pattern that begins with a set is searched for much quicker.
_YEAR = re.compile(r"([12](?<!\d.)(?<!\d[.].)(?:(?<=1)9|(?<=2)[0Oo])[\dOolI]{2})([a-e]?)(?![\d])")
_MORE_LETTERS = re.compile(r"\s?[,，、/]\s?([b-e])(?![\w’'])")
_DIGITS = str.maketrans("OolI", "0011")
# Where the year of publication stands: in brackets behind the authors; else behind the type of the work.
_IN_BRACKETS = re.compile(r"[（(]\s?([12][\dOolI]{3})([a-e]?)\s?(?:[,，][^()（）]{1,20})?[)）]")
_AFTER_NAMES = re.compile(r"[.．,，\s]\s?((?:19|2[0Oo])[\dOolI]{2})([a-e]?)\s?[.．,，:：]")
_SPOILT = re.compile(r"(?:(?<=[.,，\w\s])[（(]\s?|(?<=[.．,，]))((?!\d{4})[\dOolI]{0,4})([a-e]?)\s?[)）]\s?[.．。]")
_CLOSED_AT_END = re.compile(r"[)）]\s?[.．。]")
_BEHIND_TYPE = re.compile(r"[\[［][A-Z](?:/OL)?[\]］].*?(?<!\d)((?:19|2[0Oo])[\dOolI]{2})([a-e]?)(?!\d)")
_NAMES_END = re.compile(r"[.．:：《“\"\[（(]")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff·•]{2,12}(?=[\s,，、.．:：;；（(]|等)|[\u4e00-\u9fff·]{2,4}")
_LATIN_NAME = re.compile(r"[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f’'-]+")
# Charles F. Hockett. 1955: the first author's names in the order in which they are said.
_GIVEN_FIRST = re.compile(
    r"[A-Z][a-z]+\s(?:[A-Z]\.\s?|[A-Z][a-z]+\s){0,2}([A-Z\u00c0-\u00de][a-z\u00c0-\u024f’'-]{2,})(?=[.．]|[,，](?!\s?[A-Z]\b)|\s+and\b|\s?&)"
)
_BOARD = re.compile(r"([\u4e00-\u9fff]{2,}?)(?:编[纂写辑审]?(?:委员会|委会|小组|组)|委员会|课题组)")
_ROMANISED = re.compile(r"[\u4e00-\u9fff·]{2,8}\s?[（(]([A-Z\u00c0-\u00de][\w’'-]+)")
_SURNAME_FIRST = re.compile(r"[A-Z][\w’'-]+,\s?[A-Z]\.")
_RUN_IN_INITIALS = re.compile("(?<=[a-z])[A-Z]{1,2}$")
_PARTICLES = "de|del|den|der|di|du|la|le|da|van|von|ten|ter"
_BETWEEN = re.compile(
    r"(?:[\s,，、;；&.．（(）)《》:：-]|和|与|及|等人?|et\.?\s?al|and|编|著"
    r"|[\u4e00-\u9fff·]{2,4}(?=[,，、;；和与及等（(\s]|$)|[A-Z\u00c0-\u00de][\w’'.-]*"
    rf"|(?:{_PARTICLES})(?=\s))*"
)
# Years of the same authors before this one: 2009, 2010; not those of other works, which a semicolon parts.
_YEARS_BEFORE = re.compile(r"(?:(?:19|20)\d\d[a-e]?(?:\s?[,，、]\s?[b-e])*\s?[,，、和与及&]\s?)+$")
_BETWEEN_YEARS = tuple(",，、和与及&")
_HAN_NAMES, _LONG_HAN_NAMES = re.compile(r"[\u4e00-\u9fff·]{2,4}"), re.compile(r"[\u4e00-\u9fff·]{2,12}")
_OWN_WRITING = re.compile(r"[\[［【]((?:[\u4e00-\u9fff·]{2,4}[,，、.．]\s*)+)")
_LOOK_BACK = 110
_LONGEST_HEAD = 240
"""Within so many characters an entry has named its authors and, where that is the custom, its year."""


@dataclass(frozen=True, slots=True)
class Work:
    """An entry as it is cited: its first author in each writing, all names that begin it, its year and letter.

    `whole` tells whether the year is; if not, `year` is what scanning left of it.
    """

    first: tuple[str, ...]
    names: frozenset[str]
    year: str
    letter: str
    whole: bool = True


@lru_cache(maxsize=500)
def first_author(entry: str) -> tuple[str, ...]:
    """Return the name that an entry begins with, in small letters, in each order and writing it may be cited in."""
    han = _HAN_NAME.match(entry)
    if han:
        # A board that edits a work is cited by the work's title (《…志》), a foreign author by the name in brackets.
        board, romanised = _BOARD.fullmatch(han.group()), _ROMANISED.match(entry)
        return (han.group(), *([board[1]] if board else []), *([romanised[1].lower()] if romanised else []))
    latin = _latin_names(entry[:120])
    if not latin:
        return ()
    said = _GIVEN_FIRST.match(entry)
    own = _own_writing(entry)
    return tuple(dict.fromkeys([latin[0], *([said[1].lower()] if said else []), *own[:1]]))


@lru_cache(maxsize=500)
def _latin_names(head: str) -> tuple[str, ...]:
    """Return the names in Latin letters at the head of an entry, in small letters, without initials run into them."""
    return tuple(
        (_RUN_IN_INITIALS.sub("", name) if name[-1].isupper() else name).lower() for name in _LATIN_NAME.findall(head)
    )


def _own_writing(entry: str) -> list[str]:
    """Return the names in Han behind a Chinese entry that is printed in English."""
    own = _OWN_WRITING.search(entry)
    return _HAN_NAMES.findall(own[1]) if own else []


def work(entry: str) -> Work | None:
    """Read an entry of a reference list as it is cited, or return None if it names no author or year."""
    year, letter, whole = _year_of(entry)
    first = first_author(entry)
    if year is None or not first:
        return None
    head = entry[:_LONGEST_HEAD]
    if _HAN_NAME.match(entry):
        names = _LONG_HAN_NAMES.findall(_NAMES_END.split(head, maxsplit=1)[0])
    else:
        names = [*_latin_names(entry[:120])[:6], *_own_writing(entry)]
    return Work(first, frozenset((*names, *first)), year, letter, whole)


def _year_of(entry: str) -> tuple[str | None, str, bool]:
    """Return the year of an entry, its letter, and whether the year is whole; the year is None if there is none."""
    head = entry[:_LONGEST_HEAD]
    bracketed = _IN_BRACKETS.search(head)
    if bracketed:
        return _digits(bracketed[1]), bracketed[2], True
    spoilt = _SPOILT.search(head) if _CLOSED_AT_END.search(head) else None
    if spoilt and not _YEAR.search(head[: spoilt.start()]):
        return _digits(spoilt[1]), spoilt[2], False
    # A title may have a year of its own; behind the mark of the type there is only that of publication.
    year = _AFTER_NAMES.search(entry[:80]) or _BEHIND_TYPE.search(entry) or _YEAR.search(entry)
    if year:
        return _digits(year[1]), year[2], True
    return ("", "", False) if _SURNAME_FIRST.match(entry) else (None, "", True)


def _digits(year: str) -> str:
    return year if year.isdecimal() else year.translate(_DIGITS)


@dataclass(frozen=True, slots=True)
class _Mention:
    """A year in a text with somebody's name before it: where they stand, and the entries that fit."""

    text: int
    start: int
    end: int
    year: str
    fitting: tuple[int, ...]
    spoilt: tuple[int, ...]


def works_cited(texts: Sequence[str], works: Mapping[int, Work]) -> list[list[Cited]]:
    """Return, for each text, the places that cite one of `works`, by number, beyond doubt."""
    by_year: dict[str, list[int]] = {}
    spoilt = [number for number, one in works.items() if not one.whole]
    for number, one in works.items():
        if one.whole:
            by_year.setdefault(one.year, []).append(number)
    if not by_year and not spoilt:
        return [[] for _ in texts]
    mentions = [m for n, text in enumerate(texts) for m in _mentions(n, text, works, by_year, spoilt)]
    # What is left of a year must fit one year alone of those that its author is cited with.
    meant: dict[int, set[str]] = {}
    for mention in mentions:
        if not mention.fitting and len(mention.spoilt) == 1:
            meant.setdefault(mention.spoilt[0], set()).add(mention.year)
    found: list[list[Cited]] = [[] for _ in texts]
    for mention in mentions:
        one_fits = len(mention.fitting) == 1
        if not mention.fitting and len(mention.spoilt) == 1:
            one_fits = len(meant[mention.spoilt[0]]) == 1
        if one_fits:
            number = (mention.fitting or mention.spoilt)[0]
            found[mention.text].append(Cited(mention.start, mention.end, (number,)))
    return found


def _mentions(
    n: int, text: str, works: Mapping[int, Work], by_year: Mapping[str, Sequence[int]], spoilt: Sequence[int]
) -> Iterator[_Mention]:
    for match in _YEAR.finditer(text):
        year = _digits(match[1])
        if year not in by_year and not spoilt:
            continue
        back = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        shift = match.start() - len(back)
        letters = [match[2]]
        after = match.end()
        while letters[-1] and (more := _MORE_LETTERS.match(text, after)):
            letters.append(more[1])
            after = more.end()
        for letter in letters:
            fitting = _best(_fitting(by_year.get(year, ()), works, back, letter))
            left = _NOTHING
            if spoilt and not fitting.known:
                left = _best(_fitting((k for k in spoilt if _could_be(works[k].year, year)), works, back, letter))
            if fitting.numbers and left.known:
                fitting = _NOTHING  # Somebody is named who wrote only the entry whose year is spoilt.
            if fitting.numbers or left.numbers:
                at = fitting.at if fitting.numbers else left.at
                yield _Mention(n, shift + at, match.end(), year + letter, fitting.numbers, left.numbers)


def _could_be(remains: str, year: str) -> bool:
    """Tell whether what is left of a year is some of a year's digits, in order."""
    digits = iter(year)
    return all(digit in digits for digit in remains)


def _fitting(
    candidates: Iterable[int], works: Mapping[int, Work], back: str, letter: str
) -> Iterator[tuple[int, bool, int, int]]:
    """Yield the candidates whose author stands before a year: where, if all are named, how many, and which it is."""
    before = _YEARS_BEFORE.search(back) if back.rstrip()[-1:] in _BETWEEN_YEARS else None
    for number in candidates:
        one = works[number]
        if letter and one.letter and letter != one.letter:
            continue
        at, length = max(_last_place(name, back) for name in one.first)
        if at < 0:
            continue
        between = back[at + length :]
        if before and at < before.start():
            between = back[at + length : before.start()]
            if ";" in between or "；" in between:
                continue
        if not _BETWEEN.fullmatch(between):
            continue
        beside = sum(other not in one.first and _last_place(other, between)[0] >= 0 for other in one.names)
        named = _LATIN_NAME.findall(between) + _HAN_NAMES.findall(between)
        known = all((name.isupper() and len(name) < _SHORTEST_NAME) or _is_among(name, one.names) for name in named)
        yield at, known, beside, number


def _is_among(name: str, names: Iterable[str]) -> bool:
    return any(_last_place(other, name)[0] >= 0 for other in names) or name in ("等", "等人")


@dataclass(frozen=True, slots=True)
class _Fits:
    """The entries that fit a mention best, where their author stands, and whether all who are named are authors."""

    numbers: tuple[int, ...] = ()
    at: int = -1
    known: bool = False


_NOTHING = _Fits()


def _best(found: Iterable[tuple[int, bool, int, int]]) -> _Fits:
    """Return those that fit best: the nearest author, nobody named who is no author, the most authors named."""
    ranked = list(found)
    if not ranked:
        return _NOTHING
    best = max((at, known, beside) for at, known, beside, _ in ranked)
    return _Fits(tuple(number for *fit, number in ranked if tuple(fit) == best), best[0], best[1])


@lru_cache(maxsize=4_000)
def _pattern(name: str, *, whole: bool) -> re.Pattern[str]:
    """Return what finds a name in small letters as scanning may have left it, as a `whole` word or within one.

    One of two same letters is often lost, and rn read as m; and conversions lose blanks, but a name of few letters is
    only looked for as a whole word.
    """
    spelled = (r"\s?" if len(name) > _LONGEST_NAME else "").join(
        "(?:rn|m{1,2})" if piece in ("rn", "m", "mm") else f"{re.escape(piece[0])}{{1,2}}"
        for piece in (match[0] for match in re.finditer(r"rn|(.)\1?", name))
    )
    return re.compile(rf"(?<![a-z]){spelled}(?:(?![a-z])|(?=et\.?\s?al))" if whole else spelled)


_LONGEST_WHOLE = 5
_LONGEST_NAME = 16
_SHORTEST_NAME = 4
"""What is shorter and in capitals is initials."""


_small = lru_cache(maxsize=4_000)(str.lower)


@lru_cache(maxsize=4_000)
def _kept_letters(name: str) -> tuple[str, ...]:
    """Return the letters of a name that stay however `_pattern` lets it be spelt."""
    return tuple(dict.fromkeys(letter for letter in name if letter not in "rnm"))


@lru_cache(maxsize=4_000)
def _bones(text: str) -> str:
    """Return of a text in small letters what stays, in order."""
    return _DOUBLED.sub(r"\1", _SHIFTING.sub("m", "".join(text.split())))


_SHIFTING, _DOUBLED, _LETTER = re.compile(r"[rnm]+"), re.compile(r"(.)\1+"), re.compile("[a-z]")


def _last_place(name: str, text: str) -> tuple[int, int]:
    """Return where a name stands last in a text, and how long it is there; -1 if it does not."""
    if "\u4e00" <= name[0] <= "\u9fff":
        return text.rfind(name), len(name)
    text = _small(text)
    if not all(letter in text for letter in _kept_letters(name)):  # As is the rule; what follows takes a while.
        return -1, 0
    bones, own_bones = _bones(text), _bones(name)
    first = bones.find(own_bones)
    if first < 0:
        return -1, 0
    if len(own_bones) > 1 and len(name) <= _LONGEST_NAME and "rn" not in name and bones.rfind(own_bones) == first:
        # It can stand in one place only. Where it does as it is spelt, between other letters than its own, that is it.
        at = text.find(name)
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if at >= 0 and not (_LETTER.match(before) or _LETTER.match(after) or before == name[0] or after == name[-1]):
            return at, len(name)
    for whole in (True, False) if len(name) > _LONGEST_WHOLE else (True,):
        places = [(m.start(), m.end() - m.start()) for m in _pattern(name, whole=whole).finditer(text)]
        if places:
            return places[-1]
    return -1, 0
