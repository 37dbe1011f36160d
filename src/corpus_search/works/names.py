"""Where do the authors end, and who are they?

The beginning of an entry in, the places of the names out. Names stand in lists in a few customs: 朱锋，吴怀中；
Vapnik V N; VAPNIK V N; Vapnik, V. N.; Vladimir N. Vapnik. A list ends where something stands that is no name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus_search.article import Span

_HAN = "\u3400-\u4dbf\u4e00-\u9fff々"
_UPPER = "A-Z\u00c0-\u00de"
_PARTICLE = r"(?:(?:van|von|de|der|den|del|della|dos|da|di|du|la|le|el|al|ter|ten|bin|ibn|zu|y)\s)"
_WORD = rf"(?:d'|O')?[{_UPPER}][A-Za-z\u00c0-\u024f0-9'-]*"
_HAN_NAME = re.compile(
    rf"[{_HAN}]{{1,8}}(?:\s?[·•・]\s?[{_HAN}A-Z]{{1,8}}\.?)+|(?:[{_HAN}〇○]\s?){{1,3}}[{_HAN}〇○](?<!等)"
)
_LATIN_NAME = re.compile(
    # J. M. Smith, or John van der Smith, Smith J M, Smith J. M.
    rf"(?:[{_UPPER}]\.[\s-]?){{1,3}}{_PARTICLE}{{0,2}}{_WORD}(?:\s{_WORD})?"
    rf"|{_PARTICLE}{{0,3}}{_WORD}(?:[\s-]{_PARTICLE}{{0,2}}{_WORD}){{0,4}}(?:\s(?:Jr|Sr)\b)?"
    rf"(?:(?:(?<=[\s-][{_UPPER}])|(?<=[a-z][A-Z]))\.(?=[\s-]?[{_UPPER}]\.)[\s-]?[{_UPPER}](?=\.))*"
)
_SURNAME = re.compile(rf"(?:{_PARTICLE}{{0,3}}){_WORD}(?:[\s-]{_PARTICLE}?{_WORD}){{0,2}}")
_INITIALS = re.compile(
    rf"(?:[{_UPPER}][a-z]?\.[\s-]{{0,2}}){{1,4}}(?:(?:Jr|Sr)\.)?|[{_UPPER}]{{1,3}}(?=\s*(?:[,;&(]|$))"
)
_OTHERS = re.compile(
    r",?\s*(?:et|rt|ct)\s?\.?\s?a[l1](?![a-z])\s?\.?"
    r"|,?\s*等(?!\w*[\"「《])(?:人|主编|编著|编|著|译)?\s?\.?|,?\s*\.\.\.\s?,?|,?\s*and others\b\.?"
)
_BETWEEN = re.compile(r"\s*(?:\.?[,;、&]|\band\b|[与和](?=[\u4e00-\u9fff]{2,3}[.,]))[\s,;]*(?:&|\band\b)?\s*")
_ROLE = re.compile(
    r"\s*(?:\(?\b[Ee]ds?\b\.?\)?|\(?\btrans\.\)?|主编|编著|编译|编|著|译|整理|执笔|起草)(?=\s*[.,:;]|\s*$)"
)
_ET_AL_GLUED = re.compile(r"(?<=[A-Z])(?:et|rt)(?:\s?al)?$")
_MAX_NAME = 40
_RUN_TOGETHER = 26
"""A name of so many letters without a blank is several that scanning ran together: whose, nobody can tell."""


@dataclass(frozen=True, slots=True)
class Names:
    """The places of names, whether others are meant besides, and where the list ends, its stop included.

    `lost` says that there are names which cannot be read.
    """

    places: tuple[Span, ...]
    others: bool
    end: int
    lost: bool = False


def names_in(plain: str, start: int, end: int) -> Names:
    """Read all of ``plain[start:end]`` as names, where it is known that nothing else stands there.

    What is no list of names is one name: an organisation's.
    """
    found = begun_names(plain, start, end)
    rest = plain[found.end : end].strip(" .,;:&()")
    if found.places and not rest:
        return found
    whole = _trimmed(plain, start, end)
    if found.lost or _garbled(plain[whole.start : whole.end]):
        return Names((), others=False, end=end, lost=True)
    if not found.places or len(rest) > 2:
        piece = plain[whole.start : whole.end]
        single = not re.search(r"[;]|,.*,", piece) and 1 < len(piece) <= 120
        return Names((whole,) if single else (), others=False, end=end, lost=not single and bool(piece))
    return Names(found.places, found.others, end)


def begun_names(plain: str, start: int, end: int) -> Names:
    """Read the names that ``plain[start:end]`` begins with."""
    pairs = _pairs(plain, start, end)
    if pairs:
        return pairs
    places: list[Span] = []
    others = False
    at = stopped = start
    while True:
        while at < end and plain[at] == " ":
            at += 1
        if places and (etal := _OTHERS.match(plain, at, end)):
            others, stopped = True, etal.end()
            break
        name = _HAN_NAME.match(plain, at, end) or _LATIN_NAME.match(plain, at, end)
        if not name or name.end() - at > _MAX_NAME:
            break
        stop = name.end()
        while plain[stop - 1] == " ":
            stop -= 1
        if places and (glued := _ET_AL_GLUED.search(plain[at:stop])) and plain.startswith((".", " al", "al"), stop):
            stop = at + glued.start()
        role = _ROLE.match(plain, stop, end)
        after = role.end() if role else stop
        if etal := _OTHERS.match(plain, after, end):
            places.append(Span(at, stop))
            others, stopped = True, etal.end()
            break
        between = _BETWEEN.match(plain, after, end)
        if between:
            dotted = plain[stop : stop + 1] == "." and plain[stop - 1] in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            places.append(Span(at, stop + dotted))
            at = stopped = between.end()
            continue
        if after >= end or re.match(r"\s*[.:(\[]", plain[after:end]):
            places.append(Span(at, stop))
            closed = re.match(r"\s*\.", plain[after:end])
            stopped = after + (closed.end() if closed else 0)
        break
    if any(_garbled(plain[p.start : p.end]) for p in places):
        return Names((), others=False, end=stopped, lost=True)
    return Names(tuple(places), others, stopped)


def _pairs(plain: str, start: int, end: int) -> Names | None:
    """Read names that have the family name before a comma: Vapnik, V. N., & Chervonenkis, A."""
    places: list[Span] = []
    others = False
    at = stopped = start
    while at < end:
        if etal := _OTHERS.match(plain, at, end):
            others, stopped = bool(places), etal.end()
            break
        surname = _SURNAME.match(plain, at, end)
        comma = re.compile(r"\s*,\s*").match(plain, surname.end(), end) if surname else None
        initials = _INITIALS.match(plain, comma.end(), end) if comma else None
        if not (surname and initials) or not (places or "." in initials.group()):
            break
        stop = initials.start() + len(initials.group().rstrip())
        places.append(Span(at, stop))
        stopped = stop
        between = re.compile(r"\s*(?:[,;&…]|\band\b)[\s,;.…]*(?:&|\band\b)?\s*").match(plain, stop, end)
        if not between:
            break
        at = between.end()
    if not places:
        return None
    return Names(tuple(places), others, stopped)


def _trimmed(plain: str, start: int, end: int) -> Span:
    while start < end and plain[start] in " ,;:.&":
        start += 1
    while end > start and plain[end - 1] in " ,;:&":
        end -= 1
    if plain[end - 1 : end] == "." and not re.search(rf"(?:\b|[a-z\s])[{_UPPER}]\.$|\b(?:Jr|Sr)\.$", plain[start:end]):
        end -= 1
    return Span(start, end)


def _garbled(name: str) -> bool:
    return any(len(token) >= _RUN_TOGETHER for token in re.findall(r"[A-Za-z]+", name))
