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

from corpus_search.article import Span
from corpus_search.works.flat import LETTER, MASK, Flat
from corpus_search.works.model import Work, language_of
from corpus_search.works.names import Names, begun_names, names_in

_TYPES = {
    "J": "article-journal", "M": "book", "D": "thesis", "C": "paper-conference", "N": "article-newspaper", "R": "report",
    "S": "standard", "P": "patent", "EB": "webpage", "OL": "webpage", "DB": "dataset", "CP": "software", "K": "book",
    "G": "book", "Z": "document", "A": "chapter",
}  # fmt: skip
_MARK = re.compile(
    r"\s*(?:\[\s?(?P<mark>[JMDCNRSPZGKAI]|EB|DB|CP|OL)(?:\s?/\s?(?:[O0]L|CD|MT|DK|BOL))?\s?[\]lI1](?=[\s.,;:/\[?!\x00(A-Z\u4e00-\u9fff]|$)"
    r"|\$\s?\[\s?\\mathrm\s?\{\s?(?P<formula>[JMDCNRSPZ])\s?\}\s?\]\s?(?P<inner>/*)\s?(?:\\hbar)?\s?\$)"
)
_YEAR_TEXT = r"(?:1[5-9][\dOolI]{2}|2[0Oo][\dOolI]{2})"
_NUMBER = r"\d[\dOolI]{0,4}"
_VOLUME = rf"(?:{_NUMBER}[A-Za-z]?|[A-Z]-?\d{{1,4}}|[IVXL]{{1,6}}(?=\s*[(,:]))"
_ISSUE = (
    r"(?:[\dOolI]{1,5}(?:\s?[-/,~]\s?[\dOolI]{1,4})?[A-Z]?(?:\s?(?:[Pp]t|[Pp]art)\.?\s?\d+)?"
    r"|(?:[Ss]uppl?(?:ement)?|SUPPL)\.?\s?[\dA-Z]*|(?:增刊|专刊|特刊|专辑|z|Z|S|s)\s?[\dIVX]*|[\u4e00-\u9fff]{0,3}增刊?\s?\d*|\d+\s?[\u4e00-\u9fff]{1,3}"
    r"|[A-Z]?\d{1,3}\s?[A-Z]?|[\dOolI]{1,3}\s?[Ss]uppl?\.?\s?\d*)"
)
_PAGE = r"(?:[A-Za-z]{0,3}\d+(?:\s\d{3}(?=\s?-\s?\d\s?\d{3}))?)"
_PAGES = rf"{_PAGE}(?:\s?[-~]{{1,2}}\s?{_PAGE}(?:\s\d{{3}}(?!\d))?)?(?:\s?[,+]\s?\d+(?:\s?-\s?\d+)?(?![\d(]))*"
_PAGES_LEAD = r"(?:pp?\s?\.?\s?|页\s?|第)?"

# After the container: its year, volume, issue, pages. Each of the two wants more than one number, or a year.
_BEHIND = (
    # , 2010, 14(6): 416-9     . 2017     2008(17): 102     , 2007. 5 (4)
    re.compile(
        rf"\s?[.,;:·]?\s?\(?(?P<year>{_YEAR_TEXT})(?![\d])[a-e]?\)?\s?年?"
        rf"(?:\s?[.,;:]{{0,2}}\s?(?:[Vv]ol\.?\s?)?(?P<volume>{_VOLUME}(?![\w-]))(?=\s?[(,:;.]))?"
        rf"(?:\s?[.,;:]?\s?(?:[Nn]o\.?\s?)?\(\s?(?P<issue>{_ISSUE})\s?[).]|\s?[.,;:]?\s?\([^()]{{0,24}}\))?"
        rf"(?:\s?[:,;.]{{1,2}}\s?{_PAGES_LEAD}(?P<pages>{_PAGES})(?![\w(]|\s?\())?"
    ),
    # , 47(8), 459-469     ,(12):9-10,41     1: 75-83     27, 103-123
    re.compile(
        rf"\s?[.,;:]?\s?(?:[Vv]ol\.?\s?)?(?P<volume>{_VOLUME})?"
        rf"(?:\s?[.,;]?\s?(?:[Nn]o\.?\s?)?\(\s?(?P<issue>{_ISSUE})\s?\))?"
        rf"\s?[:,;]\s?{_PAGES_LEAD}(?P<pages>{_PAGES})(?![\w(]|\s?\()"
    ),
    re.compile(rf"\s?[.,;:]?\s?(?P<volume>{_VOLUME})\s?\(\s?(?P<issue>{_ISSUE})\s?\)"),
)
_YEAR_FIRST = re.compile(
    rf"\s*(?:\(\s?(?P<lost>[\dOolI]{{0,3}})\s?\)(?=\s?\.)|\(\s?(?P<bracketed>{_YEAR_TEXT})\s?[a-e]?(?:,[^()]{{3,20}})?\s?\)|(?:[.,]\s?)?(?P<bare>{_YEAR_TEXT})[a-e]?(?=\s?[.:]))\s?[.,:]{{0,2}}\s*"
)
_PLACE = r"(?:[\u4e00-\u9fff]\s?){2,6}|[A-Z][A-Za-z.' -]{1,30}(?:,\s?[A-Z][A-Za-z.]{1,20}){0,2}"
_PRESS = re.compile(
    r"出版|书店|书局|書店|書局|印书馆|书社|书院|出版社|Press|Publish|Verlag|Springer|Elsevier|Wiley|Books?\b|Academic|House|Sons|Hall|Blackwell|Routledge|Sage|Society|Association|Univers|Kluwer"
)
_PUBLISHED = re.compile(
    rf"\s*[.,]?\s*(?:(?P<edition>[^.,:]{{1,12}}(?:版|ed\.?|[Ee]dition|version|nd|rd|th))\s?[.,]\s?)?"
    rf"(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:\x00\[\]]{{2,80}}?)(?:\s?[., ]\s?(?P<year>{_YEAR_TEXT})(?!\d)|\s?\.?\s*$)"
)
# The same where the year is known: Shanghai: Shanghai Science and Technology Press: 163-167
_PUBLISHED_BEFORE = re.compile(
    rf"\s*[.,]?\s*(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:,.\x00\[\]\d]{{2,80}})(?=\s?[:,.]\s?\d|\s?\.?\s?(?:$|[\[(\])]))"
)
_TRANSLATED = re.compile(r"\s*[.,]?\s?[^.:\d]{2,24}译\s?[.,]")
_DEGREE = re.compile(
    r"\s*[.,]?\s*(?:(?:硕士|博士)(?:学位)?(?:论文)?|(?:Ph\.?\s?D\.?|Master|Doctor)[^.:,]{0,20}(?:[Tt]hesis|[Dd]issertation))\s?[.,:]"
)
_PUBLISHER = re.compile(rf"\s*[.,]?\s*(?P<publisher>[^:.,\x00\[\]]{{2,60}}?)\s?[.,]\s?(?P<year>{_YEAR_TEXT})(?!\d)")
_PUBLISHER_LAST = re.compile(
    r"\s*[.,]?\s*(?P<publisher>[^:.,\x00\[\]]{2,60})(?:,\s?(?P<place>[A-Z][A-Za-z .]{2,30}(?:,\s?[A-Z][A-Za-z.]{1,15})?))?\s?\.?\s*(?=$|[\[(])"
)
_BOOK_PAGES = re.compile(rf"\s?[:.,]\s?{_PAGES_LEAD}(?P<pages>{_PAGES})(?![\w(])")
_CHAPTER = re.compile(
    r"[.?!,]\s?In:?\s?(?P<editors>[^()]{2,160}?)\s?[(（]\s?(?:[Ee]ds?|Hrsg)\.?\s?\)\s?[.,:]?\s?(?P<container>[^()]{4,200}?)\s?"
    rf"[,.]?\s?\(\s?(?:[^()]{{0,12}}ed\.?,\s?)?(?:[Vv]ol\.\s?(?P<volume>\d+),\s?)?pp?\.\s?(?P<pages>{_PAGES})\s?\)\s?\.?\s?(?P<place>{_PLACE})?\s?(?::\s?(?P<publisher>[^:]{{2,60}}?))?\s?\.?\s*(?=$|\[|\x00)"
)
_DATA = re.compile(
    r"(?P<title>[\w .()（）-]{1,60}\.(?:rar|zip|7z|csv|tsv|txt|xml|xlsx?|docx?|json|owl|rdf|py|pdf|sav|mat))(?=\.|\s|$)"
)
_LOST, _LOST_MIXED = 36, 45
"""A run of so many small letters, or letters, has lost not only its blanks: nobody can read it."""
_SHORTEST = 12


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
        rest = re.compile(r"[\s.,;:\])(\[\x00]*(?:\(in Chinese[^()]*\)\s?)?[\s.,;:\])(\[\x00]*(?:\d{1,2}\]\s?)?").match(
            plain, end
        )
        at = rest.end() if rest else end
        if len(plain[at:].strip(" .,;:()[]\x00")) < _SHORTEST:
            break
    return _with_addresses(flat, works)


def _stands_alone(work: Work) -> bool:
    """Tell whether what follows a work in its entry is another one, and not a remark."""
    figures = work.get("volume") and work.get("pages")
    return bool(work.year_at or figures or (work.authors and work.title and work.get("container")))


def _paired(before: list[Work], work: Work) -> Work:
    """Mark a work as a translation of the one before, if it is: another language, and no other year or pages."""
    if not before or before[-1].translation:
        return work
    other = before[-1]
    same = other.language != work.language and all(
        _digits(other.get(name)) == _digits(work.get(name)) for name in ("volume", "issue", "pages")
        if other.get(name) and work.get(name)
    )  # fmt: skip
    if (
        same
        and {other.language, work.language} <= {"zh", "en", "ja"}
        and (other.year == work.year or None in (other.year, work.year))
    ):
        return Work(
            work.text, work.spans, work.authors, work.others, work.year_at, work.type, work.language, translation=True
        )
    return work


def _digits(value: str | None) -> str:
    return re.sub(r"\D", "", value or "")


def _with_addresses(flat: Flat, works: list[Work]) -> tuple[Work, ...]:
    """Give each work the address, DOI and day that are printed behind it and before the next."""
    if not works:
        return ()
    given: list[Work] = []
    starts = [work.extent.start for work in works]
    for number, work in enumerate(works):
        low = 0 if number == 0 else starts[number]
        high = starts[number + 1] if number + 1 < len(works) else len(flat.text)
        own = {name: span for name, span in flat.spans.items() if low <= span.start < high}
        more = _second_doi(flat, low, high) if "doi" in flat.spans and "doi" not in own else {}
        given.append(
            Work(
                work.text, {**work.spans, **own, **more}, work.authors, work.others, work.year_at, work.type,
                work.language, work.translation,
            )
        )  # fmt: skip
    return tuple(given)


def _second_doi(flat: Flat, low: int, high: int) -> dict[str, Span]:
    from corpus_search.works.flat import _DOI

    found = _DOI.search(flat.text, low, high)
    return {"doi": Span(found.start(), found.start() + len(found.group().rstrip(".)*")))} if found else {}


# --- one work ------------------------------------------------------------------------------------------------


def _read(flat: Flat, start: int, end: int) -> tuple[Work, int] | None:
    """Read the work that begins at `start`; return it and where it ends."""
    plain = flat.plain
    names = begun_names(plain, start, end)
    mark = _MARK.search(plain, start, end)
    before = _YEAR_FIRST.match(plain, names.end if names.places or names.lost else start, end)
    bracketed = re.compile(_YEAR_FIRST.pattern).search(plain, start, min(end, start + 600)) if before is None else None
    if bracketed and bracketed["bracketed"] and names.places and not (mark and mark.start() < bracketed.start()):
        gap = plain[names.end : bracketed.start()]
        if not re.search(r"[.?!]\s?[A-Z][a-z]+ [a-z]|\d{2}", gap):
            before, names = bracketed, names_in(plain, start, bracketed.start())
    if before is None and not names.places:
        # An organisation, or names that cannot be read, with the year behind them.
        later = re.compile(_YEAR_FIRST.pattern).search(plain, start, min(end, start + 300))
        if (
            later
            and (later["bracketed"] or (mark and later.end() < mark.start()))
            and not (mark and mark.start() < later.start())
        ):
            if not _BEHIND[1].match(plain, later.end()):
                before, names = later, names_in(plain, start, later.start())
    if mark and names.places and mark.start() <= names.end:
        names = Names((), others=False, end=start)  # What stands before a mark is a title, whatever it looks like.
    if mark and _own_mark(plain, start, mark.start()):
        return _marked(flat, start, end, names, before, mark)
    if before:
        return _year_first(flat, names, before, end)
    return _unmarked(flat, start, end, names)


def _own_mark(plain: str, start: int, at: int) -> bool:
    """Tell whether the next mark is this work's: no imprint of another stands before it."""
    earlier = re.search(rf"[,.]\s?{_YEAR_TEXT}\s?[,;]\s?{_VOLUME}\s?\([^()]{{1,8}}\)\s?:\s?\d", plain[start:at])
    return earlier is None


def _year_place(before: re.Match[str]) -> Span | None:
    """Return where the year behind the authors is, or None if scanning lost it: (o7)."""
    group = next((group for group in ("bracketed", "bare") if before[group]), None)
    return Span(*before.span(group)) if group else None


class _Draft:
    """The fields of a work as they are found."""

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.spans: dict[str, Span] = {}
        self.year_at: Span | None = None

    def put(self, name: str, start: int, end: int) -> None:
        """Keep a field, without the punctuation around it; what cannot be read is not kept."""
        span = _bare(self.flat.plain, start, end, closing=name in ("title", "container"))
        plain = self.flat.plain[span.start : span.end]
        if span.end > span.start and MASK not in plain and not (name in _WORDED and _is_lost(plain)):
            if name != "title" or not _NO_TITLE.fullmatch(plain):
                self.spans[name] = span

    def take(self, found: re.Match[str]) -> None:
        """Keep what the groups of a match are named after."""
        for name in ("volume", "issue", "pages", "place", "publisher"):
            if name in found.re.groupindex and found[name]:
                self.put(name, *found.span(name))
        if "year" in found.re.groupindex and found["year"] and self.year_at is None:
            self.year_at = Span(*found.span("year"))

    def work(self, names: Names, kind: str | None) -> Work:
        title = self.spans.get("title")
        language = language_of(self.flat.text[title.start : title.end]) if title else None
        if title and kind is None and language == "en" and _DATA.fullmatch(self.flat.plain, *title):
            language = None  # A file's name.
        return Work(self.flat.text, dict(self.spans), names.places, names.others, self.year_at, kind, language)


_WORDED = frozenset(("title", "container", "publisher"))


_NO_TITLE = re.compile(
    r"(?:https?:?/*)?(?:doi|dx\.doi)\S*|(?:[Rr]etrieved|[Aa]vailable)\s?(?:from|at|on)?:?|\[?\w{1,2}/?\w{0,2}\]?|[\W\d_]+|arXiv",
    re.I,
)


def _is_lost(plain: str) -> bool:
    return bool(re.search(rf"[a-z]{{{_LOST}}}|[A-Za-z]{{{_LOST_MIXED}}}", plain))


def _bare(plain: str, start: int, end: int, *, closing: bool) -> Span:
    while start < end and plain[start] in " .,;:-·":
        start += 1
    while end > start and (plain[end - 1] in " .,;:-·" or (not closing and plain[end - 1] in ")")):
        if (
            plain[end - 1] == "."
            and closing
            and re.search(r"\b[A-Z][a-z]{0,5}\.\s?[A-Z][a-z]{0,6}\.$", plain[start:end])
        ):
            break
        end -= 1
    pairs = {"《": "》", '"': '"'}
    if end - start > 2 and pairs.get(plain[start]) == plain[end - 1] and plain[start] not in plain[start + 1 : end - 1]:
        start, end = start + 1, end - 1
    return Span(start, end)


def _marked(
    flat: Flat, start: int, end: int, names: Names, before: re.Match[str] | None, mark: re.Match[str]
) -> tuple[Work, int]:
    plain, draft = flat.plain, _Draft(flat)
    letters = mark["mark"] or mark["formula"]
    kind = _TYPES.get(letters)
    title_start = names.end
    if before and before.end() <= mark.start():
        draft.year_at = _year_place(before)
        title_start = before.end()
    elif not names.places and not names.lost:
        title_start, names = _organisation(plain, start, mark.start())
    _title(draft, title_start, mark.start())
    at = mark.end()
    inner = re.compile(r"\s*[?!]?\s*/{1,2}\s*").match(plain, at, end)
    if inner or letters in ("C", "A") or mark["inner"]:
        at = inner.end() if inner else at
        kind = "chapter" if kind == "book" else kind
        stop = _within(draft, at, end)
        return draft.work(names, kind), stop
    query = re.compile(r"\s*[?!]").match(plain, at, end)
    at = query.end() if query else at
    if kind in ("book", "thesis", "report", "standard", "document") or (kind is None and letters == "I"):
        stop = _published(draft, at, end)
        if stop is not None:
            if kind == "thesis" or "publisher" in draft.spans:
                return draft.work(names, kind), stop
    if kind in ("patent", "standard", "article-newspaper"):
        day = re.compile(
            rf"(?<!\d)(?P<year>{_YEAR_TEXT})(?:-\d{{1,2}}-\d{{1,2}}|\.\d{{1,2}}\.\d{{1,2}})?(?![\d-])"
        ).search(plain, at, end)
        if day and kind != "article-newspaper":
            draft.take(day)
            if "-" in day.group() or "." in day.group():
                draft.put("date", *day.span())
            return draft.work(names, kind), day.end()
        if day:
            draft.put("container", at, day.start())
            draft.take(day)
            if len(day.group()) > 4:
                draft.put("date", *day.span())
            sheet = re.compile(r"\s?\([^()]{1,8}\)").match(plain, day.end(), end)
            return draft.work(names, kind), sheet.end() if sheet else day.end()
    stop = _imprint(draft, at, end, name="publisher" if kind in ("book", "thesis", "report") else "container")
    return draft.work(names, kind), stop


def _organisation(plain: str, start: int, end: int) -> tuple[int, Names]:
    """Read what comes before the first stop as an organisation, if it can be one."""
    stop = re.compile(r"(?<!\d)\.(?!\d)|\.(?=[A-Z\u4e00-\u9fff])").search(plain, start, end)
    if not stop or end - stop.end() < 4:
        return start, Names((), others=False, end=start)
    piece = plain[start : stop.start()]
    han = re.fullmatch(r"[\u4e00-\u9fff\s()·,、A-Z]{2,40}", piece)
    latin = re.fullmatch(r"[A-Z][A-Za-z,&'() -]{1,80}", piece) and len(plain[stop.end() : end].split()) > 2
    if not han and not latin:
        return start, Names((), others=False, end=start)
    names = names_in(plain, start, stop.start())
    return stop.end(), names


def _title(draft: _Draft, start: int, end: int) -> None:
    draft.put("title", start, end)


def _imprint(draft: _Draft, start: int, end: int, *, name: str) -> int:
    """Read container (or publisher, as `name` says) and figures behind a title; return where they end."""
    plain = draft.flat.plain
    best = _figures(plain, start, end, dated=draft.year_at is not None)
    if best is None:
        # A container without figures: up to a mask, a bracket or the end.
        stop = re.compile(r"[\x00\[]|$").search(plain, start, end)
        close = stop.start() if stop else end
        piece = plain[start:close].strip(" .,;:")
        if 1 < len(piece) <= 100 and not re.search(r"\d{3}", piece):
            draft.put(name, start, close)
        return close
    draft.put(name, start, best.start())
    draft.take(best)
    return best.end()


def _figures(plain: str, start: int, end: int, *, dated: bool) -> re.Match[str] | None:
    """Return the first figures of an imprint behind a container: with the year in them, unless it is known."""
    patterns = _BEHIND[1:] if dated else _BEHIND[:1]
    begin = re.compile(r"[\s.,;:\[\]]*").match(plain, start, end)
    at = begin.end() if begin else start
    boundary = re.compile(
        r"(?<=[\w)&.'\"\u4e00-\u9fff])\s?[.,;:·]\s?(?=[\d(A-ZVvIVXS])|(?<=[\u4e00-\u9fff)])\s?(?=[\d(])|(?<=[A-Za-z]) (?=\d)"
    )
    for place in boundary.finditer(plain, at, end):
        for pattern in patterns:
            found = pattern.match(plain, place.start(), end)
            if found and (dated or _is_enough(plain, found, end)):
                return found
    return None


def _is_enough(plain: str, found: re.Match[str], end: int) -> bool:
    """Tell whether a year is an imprint's, not a title's: with more figures, or at the end."""
    more = found["volume"] or found["issue"] or found["pages"]
    return bool(more) or bool(re.match(r"\s?(?:[.,\x00\[]|$)", plain[found.end() : end]))


def _published(draft: _Draft, start: int, end: int) -> int | None:
    """Read place and publisher, year and pages; return where they end, or None if there are none."""
    plain = draft.flat.plain
    degree = _DEGREE.match(plain, start, end)
    start = degree.end() if degree else start
    translated = _TRANSLATED.match(plain, start, end)
    start = translated.end() if translated else start
    behind = draft.year_at is None
    for pattern in (_PUBLISHED, _PUBLISHER) if behind else (_PUBLISHED_BEFORE, _PUBLISHER_LAST):
        found = pattern.match(plain, start, end)
        if not found:
            continue
        if re.search(r"\d{2}", found["publisher"]):
            continue
        draft.take(found)
        stop = found.end()
        pages = _BOOK_PAGES.match(plain, stop, end)
        if pages and pattern is not _PUBLISHER_LAST:
            draft.take(pages)
            stop = pages.end()
        return stop
    return None


def _within(draft: _Draft, start: int, end: int) -> int:
    """Read the proceedings or the book that a paper stands in; return where they end."""
    plain = draft.flat.plain
    begin = re.compile(r"[\s.,;:/]*(?:In(?:\s?:\s?|\s))?").match(plain, start, end)
    start = begin.end() if begin else start
    editors = begun_names(plain, start, end)
    if editors.places and plain[editors.end - 1] == "." and editors.end - editors.places[-1].end < 12:
        start = editors.end
    published = re.compile(
        rf"\.\s?(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:,\x00\[\]]{{2,60}}?)\s?[,.]\s?(?P<year>{_YEAR_TEXT})(?!\d)"
    ).search(plain, start, end)
    dated = re.compile(rf"[.,;]\s?(?P<year>{_YEAR_TEXT})(?!\d|\s?[-\u4e00-\u9fff])").search(plain, start, end)
    found = published if published and (not dated or published.start() < dated.end()) else dated
    if found is None:
        stop = re.compile(r"[\x00\[]|\.\s?(?=[A-Z])|$").search(plain, start, end)
        close = stop.start() if stop else end
        draft.put("container", start, close)
        return close
    inside = re.compile(
        r"[.,]\s?(?P<publisher>[^.,:]{2,40}(?:Press|Springer|IEEE|ACM|出版社)[^.,:]{0,20}|Springer|IEEE|ACM)\s?$"
    ).search(plain, start, found.start())
    if inside and found is dated:
        draft.take(inside)
    draft.put("container", start, inside.start() if inside and found is dated else found.start())
    draft.take(found)
    pages = _BOOK_PAGES.match(plain, found.end(), end)
    if pages:
        draft.take(pages)
        return pages.end()
    return found.end()


# --- without a mark ------------------------------------------------------------------------------------------


def _year_first(flat: Flat, names: Names, before: re.Match[str], end: int) -> tuple[Work, int] | None:
    """Read what has its year behind the authors: Schooler, C. (2007). Title. Container, 3(1), 2-9."""
    plain, draft = flat.plain, _Draft(flat)
    draft.year_at = _year_place(before)
    start = before.end()
    chapter = _CHAPTER.search(plain, start, end)
    if chapter:
        draft.put("title", start, chapter.start() + (plain[chapter.start()] in "?!"))
        draft.put("container", *chapter.span("container"))
        draft.take(chapter)
        return draft.work(names, "chapter"), chapter.end()
    for place in re.finditer(r"[.?!]\s?(?=[A-Z\u4e00-\u9fff])", plain[start:end]):
        at = start + place.start() + 1
        published = re.compile(
            rf"\s*(?P<place>{_PLACE})\s?:\s?(?P<publisher>[^:\x00\[\]]{{2,60}}?)\s?(?:\.|$|(?=[\[(]))"
        ).match(plain, at, end)
        if published and _PRESS.search(published["publisher"]):
            draft.put("title", start, at)
            draft.take(published)
            return draft.work(names, "book"), published.end()
    figures = _figures(plain, start, end, dated=True)
    if figures is None:
        title = re.compile(r"[.?!](?=\s|[A-Z\u4e00-\u9fff\x00]|$)").search(plain, start, end)
        if title and title.start() - start > 8:
            draft.put("title", start, title.start() + (plain[title.start()] in "?!"))
            return draft.work(names, None), title.end()
        return (draft.work(names, None), end) if names.places else None
    cut = _container_start(plain, start, figures.start())
    if cut is None:
        draft.take(figures)
        return draft.work(names, "article-journal"), figures.end()
    draft.put("title", start, cut + (plain[cut] in "?!"))
    draft.put("container", cut + 1, figures.start())
    draft.take(figures)
    return draft.work(names, "article-journal"), figures.end()


def _unmarked(flat: Flat, start: int, end: int, names: Names) -> tuple[Work, int] | None:
    """Read what has neither a mark nor its year behind the authors: authors. title. container, 2005, 41(6): 157."""
    plain, draft = flat.plain, _Draft(flat)
    if not names.places and not names.lost:
        title_start, names = _organisation(plain, start, end)
    else:
        title_start = names.end
    data = _DATA.match(plain, title_start, end)
    if data and names.places:
        draft.put("title", *data.span("title"))
        return draft.work(names, None), end
    inner = re.compile(r"(?<!:)//").search(plain, title_start, end)
    if inner and names.places:
        draft.put("title", title_start, inner.start())
        stop = _within(draft, inner.end(), end)
        meeting = re.search("会议|论文集|Proc|Conference|Symposi", plain[inner.end() : stop])
        return draft.work(names, "paper-conference" if meeting else "chapter"), stop
    for place in re.finditer(r"[.?!]\s?(?=[A-Z\d\u4e00-\u9fff])", plain[title_start:end]):
        at = title_start + place.start() + 1
        published = _PUBLISHED.match(plain, at, end)
        if (
            published
            and published["year"]
            and (_PRESS.search(published["publisher"]) or not published["place"].isascii())
        ):
            stop = published.end()
            if not _PRESS.search(published["publisher"]) and _BEHIND[1].match(plain, stop, end):
                break  # A journal with a colon in its name.
            draft.put("title", title_start, at)
            draft.take(published)
            pages = _BOOK_PAGES.match(plain, stop, end)
            if pages:
                draft.take(pages)
                stop = pages.end()
            book = "book" if _PRESS.search(published["publisher"]) else None
            return draft.work(names, book), stop
        if re.match(rf"[^.]*[,.]\s?{_YEAR_TEXT}\s?[,;(]", plain[at:end]):
            break
    figures = _figures(plain, title_start, end, dated=False)
    if figures is None or not (figures["volume"] or figures["issue"] or figures["pages"]):
        return _bits(flat, start, end, names, title_start)
    cut = _container_start(plain, title_start, figures.start())
    if cut is None or (
        re.fullmatch(r"[\x00-\x7f]{1,16}", plain[title_start:cut]) and " " not in plain[title_start:cut].strip()
    ):
        # No title is printed: A. Author, J. Phys. Chem. B, 2005, 109, 120.
        draft.put("container", title_start, figures.start())
    else:
        draft.put("title", title_start, cut + (plain[cut] in "?!"))
        draft.put("container", cut + 1, figures.start())
    draft.take(figures)
    return draft.work(names, "article-journal"), figures.end()


def _bits(flat: Flat, start: int, end: int, names: Names, title_start: int) -> tuple[Work, int] | None:
    """Read what is left of an entry whose words scanning lost, or one that has but a title and an address."""
    plain, draft = flat.plain, _Draft(flat)
    if "url" in flat.spans or re.search(r"\x00|[Hh]tt?ps?[:/]", plain[start:end]):
        stop = re.compile(r"\.\s?(?=\x00|[A-Z\u4e00-\u9fff\[(])|\s?[Hh]tt?ps?\s?[:/]|\x00|\(?(?=\[?\()").search(
            plain, title_start + 2, end
        )
        if (stop and names.places) or (stop and re.match(r"[\w\u4e00-\u9fff]", plain[start : start + 1])):
            draft.put("title", title_start, stop.start())
            year = re.compile(rf"\(\s?({_YEAR_TEXT})").search(plain, start, end)
            draft.year_at = Span(*year.span(1)) if year else None
            return draft.work(names, "webpage"), end
        return None
    figures = _BEHIND[0].search(plain, start, end)
    if figures is None or not (figures["volume"] and figures["pages"]):
        figures = _BEHIND[1].search(plain, start, end)
    if figures and figures["volume"] and re.search(r"[a-z]{20}", plain[start : figures.start()]):
        draft.take(figures)
        return draft.work(Names((), others=False, end=start), "article-journal"), figures.end()
    return None


def _container_start(plain: str, start: int, end: int) -> int | None:
    """Return where the stop between title and container is, or None if there is none.

    It is the last stop, but for those that shorten the words of the container: Phys. Rev. Lett.
    """
    stops = [m.start() for m in re.finditer(r"[.?!](?=\s?[A-Z\u4e00-\u9fff\"(&])", plain[start:end])]
    if not stops:
        return None
    number = len(stops) - 1
    while number > 0 and re.fullmatch(
        r"[.?!]\s?(?:[A-Z][A-Za-z]{0,7}|[A-Z]{1,4})", plain[start + stops[number - 1] : start + stops[number]]
    ):
        number -= 1
    return start + stops[number]


def iter_marks(plain: str) -> Iterator[str]:
    """Yield the marks that an entry carries."""
    for mark in _MARK.finditer(plain):
        yield mark["mark"] or mark["formula"]


_ = LETTER
