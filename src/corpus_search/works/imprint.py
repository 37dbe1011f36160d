"""How is the imprint of a list's entry read: container, publisher, year, volume, issue, pages?

A plain text and a place in it; the fields that stand from there on, kept in a `Draft`, and where they end. The figures
are looked for first: what stands before them is the container.
"""

from __future__ import annotations

import re

from corpus_search.article import Span
from corpus_search.works.flat import MASK, Flat
from corpus_search.works.model import Work, language_of
from corpus_search.works.names import Names, begun_names

YEAR = r"(?:1[5-9][\dOolI]{2}|2[0Oo][\dOolI]{2})"
"""A year, with letters for the figures that scanning misread."""

VOLUME = r"(?:\d[\dOolI]{0,4}[A-Za-z]?|[A-Z]-?\d{1,4}|[IVXL]{1,6}(?=\s*[(,:]))"
_ISSUE = (
    r"(?:[\dOolI]{1,5}(?:\s?[-/,~]\s?[\dOolI]{1,4})?[A-Z]?(?:\s?(?:[Pp]t|[Pp]art)\.?\s?\d+)?"
    r"|(?:[Ss]uppl?(?:ement)?|SUPPL)\.?\s?[\dA-Z]*"
    r"|(?:增刊|专刊|特刊|专辑|z|Z|S|s)\s?[\dIVX]*|[\u4e00-\u9fff]{0,3}增刊?\s?\d*|\d+\s?[\u4e00-\u9fff]{1,3}"
    r"|[A-Z]?\d{1,3}\s?[A-Z]?|[\dOolI]{1,3}\s?[Ss]uppl?\.?\s?\d*)"
)
_PAGE = r"(?:[A-Za-z]{0,3}\d+(?:\s\d{3}(?=\s?-\s?\d\s?\d{3}))?)"
_PAGES = (
    rf"{_PAGE}(?:\s?[-~]{{1,2}}\s?{_PAGE}(?:\s\d{{3}}(?!\d))?)?"
    r"(?:\s?[,+]\s?\d+(?:\s?-\s?\d+)?(?![\d(]))*"
)
_P = r"(?:pp?\s?\.?\s?|页\s?|第)?"

WITH_YEAR = re.compile(
    # , 2010, 14(6): 416-9     . 2017     2008(17): 102     , 2007. 5 (4)
    rf"\s?[.,;:·]?\s?\(?(?P<year>{YEAR})(?![\d])[a-e]?\)?\s?年?"
    rf"(?:\s?[.,;:]{{0,2}}\s?(?:[Vv]ol\.?\s?)?(?P<volume>{VOLUME}(?![\w-]))(?=\s?[(,:;.]))?"
    rf"(?:\s?[.,;:]?\s?(?:[Nn]o\.?\s?)?\(\s?(?P<issue>{_ISSUE})\s?[).]|\s?[.,;:]?\s?\([^()]{{0,24}}\))?"
    rf"(?:\s?[:,;.]{{1,2}}\s?{_P}(?P<pages>{_PAGES})(?![\w(]|\s?\())?"
)
WITHOUT_YEAR = re.compile(
    # , 47(8), 459-469     ,(12):9-10,41     1: 75-83     27, 103-123
    rf"\s?[.,;:]?\s?(?:[Vv]ol\.?\s?)?(?P<volume>{VOLUME})?"
    rf"(?:\s?[.,;]?\s?(?:[Nn]o\.?\s?)?\(\s?(?P<issue>{_ISSUE})\s?\))?"
    rf"\s?[:,;]\s?{_P}(?P<pages>{_PAGES})(?![\w(]|\s?\()"
)
_WITHOUT_PAGES = re.compile(rf"\s?[.,;:]?\s?(?P<volume>{VOLUME})\s?\(\s?(?P<issue>{_ISSUE})\s?\)(?P<pages>)?")
_MAY_BEGIN = re.compile(
    r"(?<=[\w)&.'\"\u4e00-\u9fff])\s?[.,;:·]\s?(?=[\d(A-ZVvIVXS])"
    r"|(?<=[\u4e00-\u9fff)])\s?(?=[\d(])|(?<=[A-Za-z]) (?=\d)"
)
_LEAD = re.compile(r"[\s.,;:\[\]]*")
_WORD = re.compile(r"\s(?=\w*[a-z])")
"""What makes a number part of a title: range-lands: 50 years since"""
_NOTHING_MORE = re.compile(r"\s?(?:[.,\x00\[]|$)")

_PLACE = r"(?:[\u4e00-\u9fff]\s?){2,6}|[A-Z][A-Za-z.' -]{1,30}(?:,\s?[A-Z][A-Za-z.]{1,20}){0,2}"
PRESS = re.compile(
    r"出版|书店|书局|書店|書局|印书馆|书社|书院|Press|Publish|Verlag|Springer|Elsevier|Wiley|Books?\b|Academic|House|Sons|Hall"
    r"|Blackwell|Routledge|Sage|Society|Association|Univers|Kluwer"
)
PUBLISHED = re.compile(
    r"\s*[.,]?\s*(?:(?P<edition>[^.,:]{1,12}(?:版|ed\.?|[Ee]dition|version|nd|rd|th))\s?[.,]\s?)?"
    rf"(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:\x00\[\]]{{2,80}}?)"
    rf"(?:\s?[., ]\s?(?P<year>{YEAR})(?!\d)|\s?\.?\s*$)"
)
"""Beijing: Science Press, 2008"""
_PUBLISHED_DATED = re.compile(
    rf"\s*[.,]?\s*(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:,.\x00\[\]\d]{{2,80}})"
    r"(?=\s?[:,.]\s?\d|\s?\.?\s?(?:$|[\[(\])]))"
)
"""The same where the year is known: Beijing: Science Press: 163-167"""
PUBLISHED_LAST = re.compile(rf"\s*(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:\x00\[\]]{{2,60}}?)\s?(?:\.|$|(?=[\[(]))")
_PUBLISHER = re.compile(rf"\s*[.,]?\s*(?P<publisher>[^:.,\x00\[\]]{{2,60}}?)\s?[.,]\s?(?P<year>{YEAR})(?!\d)")
_PUBLISHER_DATED = re.compile(
    r"\s*[.,]?\s*(?P<publisher>[^:.,\x00\[\]]{2,60})"
    r"(?:,\s?(?P<place>[A-Z][A-Za-z .]{2,30}(?:,\s?[A-Z][A-Za-z.]{1,15})?))?\s?\.?\s*(?=$|[\[(])"
)
BOOK_PAGES = re.compile(rf"\s?[:.,]\s?{_P}(?P<pages>{_PAGES})(?![\w(])")
_TRANSLATED = re.compile(r"\s*[.,]?\s?[^.:\d]{2,24}译\s?[.,]")
_DEGREE = re.compile(
    r"\s*[.,]?\s*(?:(?:硕士|博士)(?:学位)?(?:论文)?"
    r"|(?:Ph\.?\s?D\.?|Master|Doctor)[^.:,]{0,20}(?:[Tt]hesis|[Dd]issertation))\s?[.,:]"
)
CHAPTER = re.compile(
    r"[.?!,]\s?In:?\s?(?P<editors>[^()]{2,160}?)\s?[(（]\s?(?:[Ee]ds?|Hrsg)\.?\s?\)\s?[.,:]?\s?"
    r"(?P<container>[^()]{4,200}?)\s?[,.]?\s?"
    rf"\(\s?(?:[^()]{{0,12}}ed\.?,\s?)?(?:[Vv]ol\.\s?(?P<volume>\d+),\s?)?pp?\.\s?(?P<pages>{_PAGES})\s?\)\s?\.?\s?"
    rf"(?P<place>{_PLACE})?\s?(?::\s?(?P<publisher>[^:]{{2,60}}?))?\s?\.?\s*(?=$|\[|\x00)"
)
"""APA's: . In S. Kitayama & D. Cohen (Eds.), Handbook (pp. 370-388). New York: Guilford Press."""

_HELD = re.compile(r"[\s.,;:/]*(?:In(?:\s?:\s?|\s))?")
_HELD_PUBLISHED = re.compile(
    rf"\.\s?(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:,\x00\[\]]{{2,60}}?)\s?[,.]\s?(?P<year>{YEAR})(?!\d)"
)
_HELD_DATED = re.compile(rf"[.,;]\s?(?P<year>{YEAR})(?!\d|\s?[-\u4e00-\u9fff])")
_HELD_PRESS = re.compile(
    r"[.,]\s?(?P<publisher>[^.,:]{2,40}(?:Press|Springer|IEEE|ACM|出版社)[^.,:]{0,20}|Springer|IEEE|ACM)\s?$"
)
_HELD_END = re.compile(r"[\x00\[]|\.\s?(?=[A-Z])|$")

_WORDED = frozenset(("title", "container", "publisher"))
_LOST = re.compile("[a-z]{36}|[A-Za-z]{45}")
"""A run of so many letters has lost not only its blanks: nobody can read it."""
_NO_TITLE = re.compile(
    r"\(?in press\)?|(?:https?:?/*)?(?:doi|dx\.doi)\S*|(?:retrieved|available)\s?(?:from|at|on)?:?"
    r"|\[?[A-Za-z0-9]{1,2}/?[A-Za-z0-9]{0,2}\]?|[\W\d_]+|arXiv",
    re.IGNORECASE,
)
DATA = re.compile(
    r"(?P<title>[\w .()（）-]{1,60}\."
    r"(?:rar|zip|7z|csv|tsv|txt|xml|xlsx?|docx?|json|owl|rdf|py|pdf|sav|mat))(?=\.|\s|$)"
)
"""A file, as the notes of data papers name them."""
_SHORTENED_WORD = re.compile(r"\b[A-Z][a-z]{0,5}\.\s?[A-Z][a-z]{0,6}\.$")


class Draft:
    """The fields of a work as they are found in `flat`."""

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.spans: dict[str, Span] = {}
        self.year_at: Span | None = None

    def put(self, name: str, start: int, end: int) -> None:
        """Keep a field, without the punctuation around it; what cannot be read is not kept."""
        span = _bare(self.flat.plain, start, end, closing=name in ("title", "container"))
        plain = self.flat.plain[span.start : span.end]
        unreadable = MASK in plain or (name in _WORDED and _LOST.search(plain))
        if plain and not unreadable and not (name == "title" and _NO_TITLE.fullmatch(plain)):
            self.spans[name] = span

    def take(self, found: re.Match[str]) -> None:
        """Keep what the groups of a match are named after."""
        for name in ("volume", "issue", "pages", "place", "publisher"):
            if name in found.re.groupindex and found[name]:
                self.put(name, *found.span(name))
        if "year" in found.re.groupindex and found["year"] and self.year_at is None:
            self.year_at = Span(*found.span("year"))

    def work(self, names: Names, kind: str | None) -> Work:
        """Return the work, by these `names` and of this `kind`."""
        title = self.spans.get("title")
        language = language_of(self.flat.text[title.start : title.end]) if title else None
        if title and kind is None and language == "en" and DATA.fullmatch(self.flat.plain, *title):
            language = None  # A file's name.
        return Work(self.flat.text, dict(self.spans), names.places, names.others, self.year_at, kind, language)


def _bare(plain: str, start: int, end: int, *, closing: bool) -> Span:
    """Return a range without the punctuation around it; in what is worded, a bracket and a short word's stop stay."""
    while start < end and plain[start] in " .,;:-·":
        start += 1
    while end > start and (plain[end - 1] in " .,;:-·" or (not closing and plain[end - 1] == ")")):
        if plain[end - 1] == "." and closing and _SHORTENED_WORD.search(plain[start:end]):
            break
        end -= 1
    pairs = {"《": "》", '"': '"'}
    if end - start > 2 and pairs.get(plain[start]) == plain[end - 1] and plain[start] not in plain[start + 1 : end - 1]:
        start, end = start + 1, end - 1
    return Span(start, end)


def contained(draft: Draft, start: int, end: int, *, name: str = "container") -> int:
    """Read container (or publisher, as `name` says) and figures behind a title; return where they end."""
    plain = draft.flat.plain
    best = figures(plain, start, end, dated=draft.year_at is not None)
    if best is not None:
        draft.put(name, start, best.start())
        draft.take(best)
        return best.end()
    # A container without figures: up to a mask, a bracket or the end.
    close = min((at for at in (plain.find(char, start, end) for char in (MASK, "[")) if at >= 0), default=end)
    piece = plain[start:close].strip(" .,;:")
    if 1 < len(piece) <= 100 and not re.search(r"\d{3}", piece):
        draft.put(name, start, close)
    return close


def figures(plain: str, start: int, end: int, *, dated: bool) -> re.Match[str] | None:
    """Return the first figures of an imprint behind a container: with the year in them, unless it is known.

    Where it is known, a lone number that can be a year is no page: Major uses of land in the United States, 2007. It
    may be the same year once more: 电子学报, 2008, 36(8): 1519-1525.
    """
    lead = _LEAD.match(plain, start, end)
    for place in _MAY_BEGIN.finditer(plain, lead.end() if lead else start, end):
        for pattern in (WITHOUT_YEAR, _WITHOUT_PAGES) if dated else (WITH_YEAR,):
            found = pattern.match(plain, place.start(), end)
            if found and dated and not (found["volume"] or found["issue"]) and found["pages"].isdigit():
                if re.fullmatch(YEAR, found["pages"]):
                    again = WITH_YEAR.match(plain, place.start(), end)
                    found = again if again and again["volume"] and (again["issue"] or again["pages"]) else None
                elif _WORD.match(plain, found.end(), end):
                    found = None
            # A year alone may stand in a title, too.
            more = found and (dated or found["volume"] or found["issue"] or found["pages"])
            if found and (more or _NOTHING_MORE.match(plain, found.end(), end)):
                return found
    return None


def published(draft: Draft, start: int, end: int) -> int | None:
    """Read place and publisher, year and pages; return where they end, or None if there are none."""
    plain = draft.flat.plain
    for aside in (_DEGREE, _TRANSLATED):
        skipped = aside.match(plain, start, end)
        start = skipped.end() if skipped else start
    dated = draft.year_at is not None
    for pattern in (_PUBLISHED_DATED, _PUBLISHER_DATED) if dated else (PUBLISHED, _PUBLISHER):
        found = pattern.match(plain, start, end)
        if found and not re.search(r"\d{2}", found["publisher"]):
            draft.take(found)
            return found.end() if pattern is _PUBLISHER_DATED else book_pages(draft, found.end(), end)
    return None


def book_pages(draft: Draft, start: int, end: int) -> int:
    """Read the pages behind a year, if there are any; return where they end."""
    pages = BOOK_PAGES.match(draft.flat.plain, start, end)
    if pages:
        draft.take(pages)
        return pages.end()
    return start


def held(draft: Draft, start: int, end: int) -> int:
    """Read the proceedings or the book that a paper stands in; return where they end."""
    plain = draft.flat.plain
    begin = _HELD.match(plain, start, end)
    start = begin.end() if begin else start
    editors = begun_names(plain, start, end)
    if editors.places and plain[editors.end - 1] == "." and editors.end - editors.places[-1].end < 12:
        start = editors.end
    whole, dated = _HELD_PUBLISHED.search(plain, start, end), _HELD_DATED.search(plain, start, end)
    found = whole if whole and (not dated or whole.start() < dated.end()) else dated
    if found is None:
        close = _HELD_END.search(plain, start, end)
        draft.put("container", start, close.start() if close else end)
        return close.start() if close else end
    press = _HELD_PRESS.search(plain, start, found.start()) if found is dated else None
    if press:
        draft.take(press)
    draft.put("container", start, press.start() if press else found.start())
    draft.take(found)
    return book_pages(draft, found.end(), end)
