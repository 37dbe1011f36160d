"""How is an English note read that follows Chicago, or what Chinese journals make of it?

    Michael Green, “Title,” Foreign Affairs, Vol. 99, No. 2, 2020, pp. 10–20.
    Michael Green and Jane Doe, “Title,” Journal of Peace 12, no. 3 (2001): 34–56.
    Michael Green, By More than Providence, New York: Columbia University Press, 2017, p. 5.
    Michael Green, By More than Providence (New York: Columbia University Press, 2017), 5.

A note in, its works out. Two notes of one place are parted by a semicolon.
"""

from __future__ import annotations

import re

from corpus_search.article import Span
from corpus_search.works.flat import Flat
from corpus_search.works.model import Work
from corpus_search.works.names import begun_names

_LEAD = re.compile(
    r"\s*(?:\d{1,3}\s+)?"
    r"(?:(?:[Ss]ee(?:,? also)?|[Cc]f\.|[Qq]uoted (?:in|from)|参见|参阅|转引自|见|参见：)[,:]?\s?(?:e\.g\.,?\s)?)?"
)
_QUOTED = re.compile(r',\s?"(?P<title>[^"]{4,300}?)[,.]?\s?"[,.]?\s?')
_YEAR = r"(?P<year>1[5-9]\d{2}|20\d{2})"
_PAGES = r"(?:[,:]\s?(?:pp?\.?\s?)?(?P<pages>[A-Z]?\d+(?:\s?-\s?[A-Z]?\d+)?(?:,\s?\d+(?:\s?-\s?\d+)?)*))"
_MONTH = r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?|Spring|Summer|Autumn|Fall|Winter)"
_CITY = r"[A-Z][A-Za-z.]+(?:\s[A-Z][A-Za-z.]+){0,2}(?:,\s[A-Z][A-Z.]{1,3})?"
_JOURNAL = re.compile(
    rf"(?P<container>[A-Z][^,()\x00\"]{{1,90}}?),?\s"
    rf"(?:(?:[Vv]ol\.?\s?)?(?P<volume>\d{{1,4}}),?\s)?(?:(?:[Nn]o\.|[Ii]ssue)\s?(?P<issue>\d{{1,3}}(?:[/-]\d{{1,3}})?),?\s)?"
    rf"\(?(?:{_MONTH}(?:[/-]{_MONTH})?\s)?(?:\d{{1,2}},\s)?{_YEAR}\)?{_PAGES}?"
)
_SITE = re.compile(
    rf"(?P<container>[A-Z][^,()\x00\"]{{1,80}}?),\s(?P<date>(?:{_MONTH}\s\d{{1,2}},\s|\d{{1,2}}\s{_MONTH},?\s){_YEAR})"
)
_IN_BOOK = re.compile(
    rf"in\s(?P<editors>[^,]{{3,80}}(?:,\s[^,]{{3,40}})*?),?\s\(?eds?\.\)?,\s(?P<container>[A-Z][^()\x00]{{4,160}}?),?\s\(?(?P<place>{_CITY}):\s(?P<publisher>[^:,()]{{3,60}}),\s{_YEAR}\)?{_PAGES}?"
)
_BOOK = re.compile(
    rf",\s(?P<title>[A-Z][^\x00\"]{{4,200}}?),?\s\(?(?P<place>{_CITY}):\s(?P<publisher>[^:,()]{{3,60}}),\s{_YEAR}\)?{_PAGES}?"
)


def read_english_note(flat: Flat) -> tuple[Work, ...]:
    """Return the works that a note cites in these customs, in order."""
    found: list[Work] = []
    start = 0
    for end in [*(m.start() for m in re.finditer(r";\s|[。；]", flat.text)), len(flat.text)]:
        work = _read(flat, start, end)
        if work:
            found.append(work)
        start = end + 1
    return tuple(found)


def _read(flat: Flat, start: int, end: int) -> Work | None:
    plain = flat.plain
    lead = _LEAD.match(plain, start, end)
    at = lead.end() if lead else start
    names = begun_names(plain, at, end)
    # The list of names takes the comma before the title with it.
    behind = names.places[-1].end if names.places else at
    others = re.compile(r",?\s?(?:et al\.?|eds?\.)").match(plain, behind, end)
    behind = others.end() if others else behind
    quoted = _QUOTED.match(plain, behind, end) if names.places else None
    if quoted:
        return _quoted(flat, names.places, quoted, end, others=bool(others))
    # A title may begin as names do: Samuels, Securing Japan: Tokyo's Grand Strategy.
    for count in range(len(names.places), 0, -1):
        authors = names.places[:count]
        book = _BOOK.match(plain, behind if count == len(names.places) else authors[-1].end, end)
        if book:
            return _made(flat, authors, book, "book", others=bool(others))
    return None


def _quoted(flat: Flat, authors: tuple[Span, ...], quoted: re.Match[str], end: int, *, others: bool) -> Work | None:
    title = Span(*quoted.span("title"))
    for pattern, kind in ((_IN_BOOK, "chapter"), (_SITE, None), (_JOURNAL, "article-journal")):
        found = pattern.match(flat.plain, quoted.end(), end)
        if found:
            if kind == "article-journal" and not (found["volume"] or found["issue"] or found["pages"]):
                kind = None
            return _made(flat, authors, found, kind, title=title, others=others)
    return None


def _made(
    flat: Flat, authors: tuple[Span, ...], found: re.Match[str], kind: str | None, *, title: Span | None = None,
    others: bool,
) -> Work:  # fmt: skip
    groups = found.re.groupindex
    spans = {name: Span(*found.span(name)) for name in groups if name not in ("year", "editors") and found[name]}
    if title:
        spans["title"] = title
    for name, span in flat.spans.items():
        if span.start >= found.end():
            spans[name] = span
    if kind is None and "url" in spans:
        kind = "webpage"
    return Work(
        flat.text, spans, authors, others, Span(*found.span("year")), kind, "en", pinpoint="pages" in spans
    )  # fmt: skip
