"""How is an entry of a reference list read?

An entry in, its works out: GB/T 7714 with its marks ([J], [M], [D], [C]//, [EB/OL] …) or without, and the English
customs that have the year at the end of the imprint (Chicago, Vancouver) or behind the authors (APA, Harvard). An entry
may say the same twice, in Chinese and in English; and where scanning ran two entries together, it holds two works.

The mark, and the figures of the imprint (year, volume, issue, pages), are what is looked for first: they are hardest
to mistake, and what stands before, between and after them is then known by its place. Where they are missing, nothing
is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from corpus_search.article import Span
from corpus_search.works.flat import Flat, dois
from corpus_search.works.imprint import (
    CHAPTER,
    DATA,
    PRESS,
    PUBLISHED,
    PUBLISHED_LAST,
    VOLUME,
    WITH_YEAR,
    WITHOUT_YEAR,
    YEAR,
    Draft,
    book_pages,
    contained,
    figures,
    held,
    published,
)
from corpus_search.works.model import Work
from corpus_search.works.names import Names, begun_names, names_in

_TYPES = {
    "J": "article-journal", "M": "book", "D": "thesis", "C": "paper-conference", "N": "article-newspaper",
    "R": "report", "S": "standard", "P": "patent", "EB": "webpage", "OL": "webpage", "DB": "dataset", "CP": "software",
    "K": "book", "G": "book", "Z": "document", "A": "chapter",
}  # fmt: skip
_MARK = re.compile(
    r"\s*(?:\[\s?(?P<mark>[JMDCNRSPZGKAI]|EB|DB|CP|OL)(?:\s?/\s?(?:[O0]L|CD|MT|DK|BOL))?\s?[\]lI1]"
    r"(?=[\s.,;:/\[?!\x00(A-Z\u4e00-\u9fff]|$)"
    # As a conversion writes what it takes for a formula.
    r"|\$\s?\[\s?\\mathrm\s?\{\s?(?P<formula>[JMDCNRSPZ])\s?\}\s?\]\s?(?P<inner>/*)\s?(?:\\hbar)?\s?\$)"
)
_YEAR_FIRST = re.compile(
    r"\s*(?:\(\s?(?P<lost>[\dOolI]{0,3})\s?\)(?=\s?\.)"
    rf"|\(\s?(?P<bracketed>{YEAR})\s?[a-e]?(?:,[^()]{{3,20}})?\s?\)"
    rf"|(?:[.,]\s?)?(?P<bare>{YEAR})[a-e]?(?=\s?[.:]))\s?[.,:]{{0,2}}\s*"
)
"""The year behind the authors: (2007). and 2007. and, where scanning lost it, ()."""
_MOST_NAMES, _LONGEST_NAME = 600, 300
"""Within how many characters the year stands behind names, and behind an organisation."""
_OTHERS_IMPRINT = re.compile(rf"[,.]\s?{YEAR}\s?[,;]\s?{VOLUME}\s?\([^()]{{1,8}}\)\s?:\s?\d")
_BETWEEN_WORKS = re.compile(
    r"[\s.,;:\])(\[\x00]*(?:\(in Chinese[^()]*\)\s?)?[\s.,;:\])(\[\x00]*(?:\d{1,2}\]\s?)?", re.IGNORECASE
)
_HELD_IN = re.compile(r"\s*[?!]?\s*/{1,2}\s*")
_ASKING = re.compile(r"\s*[?!]")
_DAY = re.compile(rf"(?<!\d)(?P<year>{YEAR})(?:-\d{{1,2}}-\d{{1,2}}|\.\d{{1,2}}\.\d{{1,2}})?(?![\d-])")
_SHEET = re.compile(r"\s?\([^()]{1,8}\)")
_STOP = re.compile(r"(?<!\d)\.(?!\d)|\.(?=[A-Z\u4e00-\u9fff])")
_TITLE_STOP = re.compile(r"[.?!](?=\s|[A-Z\u4e00-\u9fff\x00]|$)")
_CONTAINER_STOP = re.compile(r"[.?!](?=\s?[A-Z\u4e00-\u9fff\"(&])")
_SHORTENED = re.compile(r"[.?!]\s?(?:[A-Z][A-Za-z]{0,7}|[A-Z]{1,4})")
_PAGE_STOP = re.compile(r"\.\s?(?=\x00|[A-Z\u4e00-\u9fff\[(])|\s?[Hh]tt?ps?\s?[:/]|\x00|\(?(?=\[?\()")
_MEETING = re.compile("会议|论文集|Proc|Conference|Symposi")
_SHORTEST = 12
"""How long an entry's rest is, in characters, if it is another work."""
_NOBODY = Names((), others=False, end=0)


def read_list_entry(flat: Flat) -> tuple[Work, ...]:
    """Return the works of an entry of a reference list, or of a note in the same custom."""
    works: list[Work] = []
    at, plain = flat.start, flat.plain
    while at < len(plain):
        found = _read(flat, at, len(plain))
        if found is None:
            break
        work, end = found
        if works and not _stands_alone(work):
            break
        works.append(_paired(works, work))
        rest = _BETWEEN_WORKS.match(plain, end)
        at = rest.end() if rest else end
        if len(plain[at:].strip(" .,;:()[]\x00")) < _SHORTEST:
            break
    return _with_addresses(flat, works)


def iter_marks(plain: str) -> Iterator[str]:
    """Yield the marks that an entry carries."""
    for mark in _MARK.finditer(plain):
        yield mark["mark"] or mark["formula"]


def _stands_alone(work: Work) -> bool:
    """Tell whether what follows a work in its entry is another one, and not a remark."""
    numbers = work.get("volume") and work.get("pages")
    return bool(work.year_at or numbers or (work.authors and work.title and work.get("container")))


def _paired(before: list[Work], work: Work) -> Work:
    """Mark a work as a translation of the one before, if it is: another language, and no other year or pages."""
    if not before or before[-1].translation:
        return work
    other = before[-1]
    languages = {other.language, work.language}
    same_year = other.year == work.year or None in (other.year, work.year)
    if len(languages) < 2 or not languages <= {"zh", "en", "ja"} or not same_year:
        return work
    numbers = [(other.get(name), work.get(name)) for name in ("volume", "issue", "pages")]
    same = all(_digits(a) == _digits(b) for a, b in numbers if a and b)
    return replace(work, translation=True) if same else work


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)


def _with_addresses(flat: Flat, works: list[Work]) -> tuple[Work, ...]:
    """Give each work the address, DOI and day that are printed behind it and before the next."""
    starts = [0, *(work.extent.start for work in works[1:]), len(flat.text)]
    given: list[Work] = []
    for work, low, high in zip(works, starts, starts[1:], strict=False):
        own = {name: span for name, span in flat.spans.items() if low <= span.start < high}
        second = next(dois(flat.text, low, high), None)
        if second and "doi" not in own:
            own["doi"] = second
        given.append(replace(work, spans={**work.spans, **own}))
    return tuple(given)


# --- one work ------------------------------------------------------------------------------------------------


def _read(flat: Flat, start: int, end: int) -> tuple[Work, int] | None:
    """Read the work that begins at `start`; return it and where it ends."""
    plain = flat.plain
    names, mark = begun_names(plain, start, end), _MARK.search(plain, start, end)
    named = names.places or names.lost
    before = _YEAR_FIRST.match(plain, names.end if named else start, end)
    if before is None:
        names, before = _year_behind(plain, start, end, names, mark)
    if mark and names.places and mark.start() <= names.end:
        names = replace(_NOBODY, end=start)  # What stands before a mark is a title, whatever it looks like.
    if mark and not _OTHERS_IMPRINT.search(plain, start, mark.start()):
        return _marked(flat, start, end, names, before, mark)
    if before:
        return _year_first(flat, names, before, end)
    return _unmarked(flat, start, end, names)


def _year_behind(
    plain: str, start: int, end: int, names: Names, mark: re.Match[str] | None
) -> tuple[Names, re.Match[str] | None]:
    """Look for the year behind names that are no list of names: an organisation's, or spoilt ones."""
    if names.places:
        found = _YEAR_FIRST.search(plain, start, min(end, start + _MOST_NAMES))
        if found and found["bracketed"] and not (mark and mark.start() < found.start()):
            gap = plain[names.end : found.start()]
            if not re.search(r"[.?!]\s?[A-Z][a-z]+ [a-z]|\d{2}", gap):
                return names_in(plain, start, found.start()), found
        return names, None
    found = _YEAR_FIRST.search(plain, start, min(end, start + _LONGEST_NAME))
    if found and not (mark and mark.start() < found.start()):
        sure = found["bracketed"] or (mark and found.end() < mark.start())
        if sure and not WITHOUT_YEAR.match(plain, found.end()):
            return names_in(plain, start, found.start()), found
    return names, None


def _year_place(before: re.Match[str]) -> Span | None:
    """Return where the year behind the authors is, or None if scanning lost it: (o7)."""
    group = next((group for group in ("bracketed", "bare") if before[group]), None)
    return Span(*before.span(group)) if group else None


def _marked(
    flat: Flat, start: int, end: int, names: Names, before: re.Match[str] | None, mark: re.Match[str]
) -> tuple[Work, int]:
    """Read what has a mark behind its title: authors. title[J]. container, 2010, 14(6): 416-9."""
    plain, draft = flat.plain, Draft(flat)
    letters = mark["mark"] or mark["formula"]
    kind = _TYPES.get(letters)
    title_start = names.end
    if before and before.end() <= mark.start():
        draft.year_at = _year_place(before)
        title_start = before.end()
    elif not names.places and not names.lost:
        title_start, names = _organisation(plain, start, mark.start())
    draft.put("title", title_start, mark.start())
    at = mark.end()
    inner = _HELD_IN.match(plain, at, end)
    if inner or letters in ("C", "A") or mark["inner"]:
        stop = held(draft, inner.end() if inner else at, end)
        return draft.work(names, "chapter" if kind == "book" else kind), stop
    asking = _ASKING.match(plain, at, end)
    at = asking.end() if asking else at
    of_book = kind in ("book", "thesis", "report", "standard", "document") or letters == "I"
    behind = published(draft, at, end) if of_book else None
    if behind is not None:
        return draft.work(names, kind), behind
    if kind in ("patent", "standard", "article-newspaper") and (day := _DAY.search(plain, at, end)):
        stop = _dated(draft, day, at, end, container=kind == "article-newspaper")
        return draft.work(names, kind), stop
    stop = contained(draft, at, end, name="publisher" if kind in ("book", "thesis", "report") else "container")
    return draft.work(names, kind), stop


def _dated(draft: Draft, day: re.Match[str], start: int, end: int, *, container: bool) -> int:
    """Read the day of a patent or of a newspaper, which is the container; return where it ends."""
    draft.take(day)
    if re.search("[-.]", day.group()):
        draft.put("date", *day.span())
    if not container:
        return day.end()
    draft.put("container", start, day.start())
    sheet = _SHEET.match(draft.flat.plain, day.end(), end)
    return sheet.end() if sheet else day.end()


def _organisation(plain: str, start: int, end: int) -> tuple[int, Names]:
    """Read what comes before the first stop as an organisation, if it can be one; return where the title begins."""
    stop = _STOP.search(plain, start, end)
    if not stop or end - stop.end() < 4:
        return start, replace(_NOBODY, end=start)
    piece = plain[start : stop.start()]
    han = re.fullmatch(r"[\u4e00-\u9fff\s()·,、A-Z]{2,40}", piece)
    latin = re.fullmatch(r"[A-Z][A-Za-z,&'() -]{1,80}", piece) and len(plain[stop.end() : end].split()) > 2
    if not han and not latin:
        return start, replace(_NOBODY, end=start)
    return stop.end(), names_in(plain, start, stop.start())


# --- without a mark ------------------------------------------------------------------------------------------


def _year_first(flat: Flat, names: Names, before: re.Match[str], end: int) -> tuple[Work, int] | None:
    """Read what has its year behind the authors: Schooler, C. (2007). Title. Container, 3(1), 2-9."""
    plain, draft, start = flat.plain, Draft(flat), before.end()
    draft.year_at = _year_place(before)
    chapter = CHAPTER.search(plain, start, end)
    if chapter:
        _title(draft, start, chapter.start())
        draft.put("container", *chapter.span("container"))
        draft.take(chapter)
        return draft.work(names, "chapter"), chapter.end()
    for stop in _CONTAINER_STOP.finditer(plain, start, end):
        book = PUBLISHED_LAST.match(plain, stop.end(), end)
        if book and PRESS.search(book["publisher"]):
            draft.put("title", start, stop.end())
            draft.take(book)
            return draft.work(names, "book"), book.end()
    found = figures(plain, start, end, dated=True)
    if found is None:
        title = _TITLE_STOP.search(plain, start, end)
        if title and title.start() - start > 8:
            _title(draft, start, title.start())
            return draft.work(names, None), title.end()
        return (draft.work(names, None), end) if names.places else None
    cut = _container_start(plain, start, found.start())
    if cut is not None:
        _title(draft, start, cut)
        draft.put("container", cut + 1, found.start())
    draft.take(found)
    return draft.work(names, "article-journal"), found.end()


def _unmarked(flat: Flat, start: int, end: int, names: Names) -> tuple[Work, int] | None:
    """Read what has neither a mark nor its year behind the authors: authors. title. container, 2005, 41(6): 157."""
    plain, draft, title_start = flat.plain, Draft(flat), names.end
    if not names.places and not names.lost:
        title_start, names = _organisation(plain, start, end)
    data = DATA.match(plain, title_start, end)
    if data and names.places:
        draft.put("title", *data.span("title"))
        return draft.work(names, None), end
    inner = re.compile("(?<!:)//").search(plain, title_start, end)
    if inner and names.places:
        draft.put("title", title_start, inner.start())
        stop = held(draft, inner.end(), end)
        meeting = _MEETING.search(plain, inner.end(), stop)
        return draft.work(names, "paper-conference" if meeting else "chapter"), stop
    if (book := _book(draft, names, title_start, end)) is not None:
        return book
    found = figures(plain, title_start, end, dated=False)
    if found is None or not (found["volume"] or found["issue"] or found["pages"]):
        return _bits(flat, start, end, names, title_start)
    cut = _container_start(plain, title_start, found.start())
    # Where one short word would be the title, none is printed: A. Author, J. Phys. Chem. B, 2005, 109, 120.
    if cut is None or re.fullmatch(r"\s*[!-~]{1,16}\s*", plain[title_start:cut]):
        draft.put("container", title_start, found.start())
    else:
        _title(draft, title_start, cut)
        draft.put("container", cut + 1, found.start())
    draft.take(found)
    return draft.work(names, "article-journal"), found.end()


def _book(draft: Draft, names: Names, start: int, end: int) -> tuple[Work, int] | None:
    """Read a title with place and publisher behind it; which of them are books, publishers' names tell."""
    plain = draft.flat.plain
    for stop in re.compile(r"[.?!](?=\s?[A-Z\d\u4e00-\u9fff])").finditer(plain, start, end):
        found = PUBLISHED.match(plain, stop.end(), end)
        press = found and PRESS.search(found["publisher"])
        if found and found["year"] and (press or not found["place"].isascii()):
            if not press and WITHOUT_YEAR.match(plain, found.end(), end):
                return None  # A journal with a colon in its name.
            draft.put("title", start, stop.end())
            draft.take(found)
            behind = book_pages(draft, found.end(), end)
            return draft.work(names, "book" if press else None), behind
        if re.compile(rf"[^.]*[,.]\s?{YEAR}\s?[,;(]").match(plain, stop.end(), end):
            return None
    return None


def _bits(flat: Flat, start: int, end: int, names: Names, title_start: int) -> tuple[Work, int] | None:
    """Read what is left of an entry whose words scanning lost, or one that has but a title and an address."""
    plain, draft = flat.plain, Draft(flat)
    if "url" in flat.spans or re.search(r"\x00|[Hh]tt?ps?[:/]", plain[start:end]):
        stop = _PAGE_STOP.search(plain, title_start + 2, end)
        if not stop or not (names.places or re.match(r"[\w\u4e00-\u9fff]", plain[start : start + 1])):
            return None
        draft.put("title", title_start, stop.start())
        year = re.compile(rf"\(\s?({YEAR})").search(plain, start, end)
        draft.year_at = Span(*year.span(1)) if year else None
        return draft.work(names, "webpage"), end
    found = WITH_YEAR.search(plain, start, end)
    if found is None or not (found["volume"] and found["pages"]):
        found = WITHOUT_YEAR.search(plain, start, end)
    if found and found["volume"] and re.search(r"[a-z]{20}", plain[start : found.start()]):
        draft.take(found)
        return draft.work(replace(_NOBODY, end=start), "article-journal"), found.end()
    return None


def _title(draft: Draft, start: int, stop: int) -> None:
    """Keep a title that ends at a `stop`, which is its own where it asks or calls out."""
    draft.put("title", start, stop + (draft.flat.plain[stop] in "?!"))


def _container_start(plain: str, start: int, end: int) -> int | None:
    """Return where the stop between title and container is, or None if there is none.

    It is the last stop, but for those that shorten the words of the container: Phys. Rev. Lett.
    """
    stops = [stop.start() for stop in _CONTAINER_STOP.finditer(plain, start, end)]
    while len(stops) > 1 and _SHORTENED.fullmatch(plain, stops[-2], stops[-1]):
        stops.pop()
    return stops[-1] if stops else None
