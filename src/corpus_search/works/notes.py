"""How is a note read that sets titles in marks of their own?

A note in, its works out: in the custom of Chinese journals (参见朱锋：《…》，《日本学刊》2022年第1期，第17—19页。) and of
Japanese ones (森本敏「…」、『財界』2022年2月号、40—43頁。). A title in its marks is a cited work where an imprint stands
behind it: a container, a publisher, a year, pages or an address; 《…》 in the midst of prose is a mention.

In these notes every mark of the imprint has its own place, so that one expression says what a citation is. What follows
the last of its parts, up to the next citation, is prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus_search.article import Span
from corpus_search.works.model import Work, language_of

_HAN = "\u3400-\u4dbf\u4e00-\u9fff々〇"
_LEADS = re.compile(
    r"(?:并|另|亦|又|也|請|请)?(?:参见|参看|参阅|参考|參見|參看|參閱|參考|詳見|详见|转引自|轉引自|引自|例如|[Ss]ee also|[Ss]ee)\s?[:：]?\s?"
    r"|(?:(?<=[，,。；;、])|^)(?:并|另|亦|又|也|請|请)?(?:见|見|参|參|载|載|如)\s?[:：]?\s?"
)
_BETWEEN_WORKS = "；;。\n"
_YEAR = r"(?:[12]\d{3}|[１２]\d{3})\s?年|(?:令和|平成|昭和|大正|明治)\s?(?:\d{1,2}|元)\s?年"
_DATE = rf"(?:(?:{_YEAR})(?:\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?日)?)?|[12]\d{{3}}[-./]\d{{1,2}}[-./]\d{{1,2}})"
_COMMA = r"\s?[，,、]\s?"
_DASH = r"[-－–—~～、,，]"
_PAGES = rf"(?:第\s?)?(?P<pages>\d+(?:\s?{_DASH}\s?\d+)*)\s?[页頁]|[Pp]{{1,2}}\s?\.\s?(?P<pp>\d+(?:\s?{_DASH}\s?\d+)*)"
_URL = re.compile(r"<?\s?(?P<url>(?:https?|ftp)://[^\s<>\[\]［］〔〕（），。；、》」]+)\s?>?")
_ACCESSED = re.compile(
    r"[\[［〔(（]\s?(?:最終)?(?:アクセス|閲覧|访问)?\D{0,6}(?P<accessed>\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?)\D{0,6}[\]］〕)）]|(?:访问|登录|浏览|检索|閲覧|アクセス)(?:时间|日期|日)?[:：]?\s?(?P<said>\d{4}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}\s?日?)"
)


@dataclass(frozen=True, slots=True)
class _Custom:
    """How one tradition sets its titles and the names of what they stand in."""

    language: str
    title: tuple[str, str]
    container: tuple[str, str]


_CUSTOMS = (
    _Custom("ja", ("「", "」"), ("『", "』")),
    _Custom("zh", ("《", "》"), ("《", "》")),
    _Custom("zh", ("〈", "〉"), ("《", "》")),
)


def read_note(text: str) -> tuple[Work, ...]:
    """Return the works that a note cites in one of these customs, in order."""
    found: list[Work] = []
    taken = 0
    while taken < len(text):
        best = min(
            (place for custom in _CUSTOMS if (place := _next_title(text, taken, custom))), key=lambda p: p[1].start,
            default=None,
        )  # fmt: skip
        book = _next_title(text, taken, _Custom("ja", ("『", "』"), ("", "")))
        if book and (best is None or book[1].start < best[1].start) and not _follows_title(text, book[1]):
            best = book
        if best is None:
            break
        custom, title = best
        work = _citation(text, taken, title, custom)
        if work is None:
            taken = title.end + 1
            continue
        found.append(work)
        taken = max(work.extent.end, title.end + 1)
    return tuple(found)


def _next_title(text: str, start: int, custom: _Custom) -> tuple[_Custom, Span] | None:
    """Return the next text between marks of title that are balanced."""
    opening, closing = custom.title
    at = text.find(opening, start)
    if at < 0:
        return None
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if depth == 0:
            return custom, Span(at + 1, place)
    return None


def _follows_title(text: str, title: Span) -> bool:
    return bool(re.search(r"」[、，,]?\s?$", text[: title.start - 1]))


def _citation(text: str, low: int, title: Span, custom: _Custom) -> Work | None:
    """Read the citation whose title is `title`, in what of the text nothing was read from yet."""
    spans: dict[str, Span] = {}
    spans["title"] = title
    year_at: Span | None = None
    at = title.end + 1
    authors, others = _authors(text, low, title.start - 1, custom)
    kind: str | None = None
    # A container in its marks, right behind: 《日本学刊》2022年第1期, 『財界』2022年2月号.
    opening, closing = custom.container
    contained = (
        re.compile(
            rf"\s?[,，、]?\s?(?:载于|载|載|收於|收于|见|in)?\s?[:：]?\s?{re.escape(opening)}(?P<container>[^{closing}]{{1,60}}){re.escape(closing)}"
        ).match(text, at)
        if opening
        else None
    )
    if contained:
        spans["container"] = Span(*contained.span("container"))
        at = contained.end()
        issue = re.compile(
            rf"\s?[,，、]?\s?(?:(?P<place>[{_HAN}]{{2,6}})[:：](?P<publisher>[{_HAN}]{{2,20}})[,，、]?\s?)?"
            rf"(?:第?\s?(?P<volume0>\d+)\s?[卷巻][,，、]?\s?(?:第?\s?(?P<issue0>\d+)\s?[期号號])?[,，、]?\s?)?[(（]?(?P<year>{_YEAR}|(?<!\d)[12]\d{{3}}(?!\d))\s?[)）]?"
            rf"(?:(?P<day>\s?\d{{1,2}}\s?月\s?\d{{1,2}}\s?日)|\s?(?P<month>\d{{1,2}}\s?月号))?"
            rf"(?:\s?[,，、]?\s?第?\s?(?P<volume>\d+)\s?[卷巻])?(?:\s?[,，、]?\s?(?:(?:总|總)?第\s?)?(?P<issue>\d+(?:\s?[-—－/~、]\s?\d+)?)\s?[期号號輯辑])?"
        ).match(text, at)
        if issue:
            year_at = Span(*issue.span("year"))
            for name, groups in (
                ("volume", ("volume", "volume0")),
                ("issue", ("issue", "month", "issue0")),
                ("place", ("place",)),
                ("publisher", ("publisher",)),
            ):
                for group in groups:
                    if issue[group] and name not in spans:
                        spans[name] = _stripped(text, *issue.span(group))
            if issue["day"]:
                spans["date"] = Span(issue.start("year"), issue.end("day"))
            at = issue.end()
            kind = (
                "article-newspaper"
                if issue["day"] and not issue["issue"]
                else "chapter"
                if issue["publisher"]
                else "article-journal"
            )
            edition = re.compile(r"\s?[,，、]?\s?[(（]?第?\s?\d+\s?版[)）]?").match(text, at) if issue["day"] else None
            at = edition.end() if edition else at
    else:
        at, year_at, kind = _published(text, at, spans, custom)
    pages = re.compile(rf"\s?[,，、]?\s?(?:{_PAGES})").match(text, at)
    if pages:
        group = "pages" if pages["pages"] else "pp"
        spans["pages"] = Span(*pages.span(group))
        at = pages.end()
    url = re.compile(rf"\s?[,，、:：。]?\s?(?:网址|URL|来源)?[:：]?\s?{_URL.pattern}").match(text, at)
    if url:
        end = url.start("url") + len(url["url"].rstrip(".,;:"))
        spans["url"] = Span(url.start("url"), end)
        at = url.end()
        kind = kind or "webpage"
        accessed = re.compile(rf"\s?[,，、。]?\s?(?:{_ACCESSED.pattern})").match(text, at)
        if accessed:
            spans["accessed"] = _stripped(text, *accessed.span("accessed" if accessed["accessed"] else "said"))
    if not (url or pages or year_at):
        return None
    if not authors and not (url or year_at):
        return None
    language = language_of(text[title.start : title.end])
    if custom.language == "ja" and language == "zh":
        language = "ja"  # Its marks of title are Japanese, whatever characters stand in them.
    return Work(text, spans, authors, others, year_at, kind, language, pinpoint="pages" in spans)


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _published(text: str, at: int, spans: dict[str, Span], custom: _Custom) -> tuple[int, Span | None, str | None]:
    """Read what stands behind a title in no marks: translator, place and publisher, or who put it up and when."""
    skipped = re.compile(r"(?:\s?[,，、]\s?[^,，:：。；;《》]{2,24}?(?:译|譯|訳|校|编|編|点校|整理))*").match(text, at)
    begin = skipped.end() if skipped else at
    part = re.compile(r"\s?[,，]?\s?[（(]?(?:第\s?\S{1,4}\s?[册卷輯辑集部編编]|[上中下][册卷])[）)]?").match(
        text, begin
    )
    begin = part.end() if part else begin
    book = re.compile(
        rf"\s?[,，、(（]?\s?(?:(?P<place>[{_HAN}]{{2,8}}|[A-Z][A-Za-z ]{{2,20}})\s?[:：]\s?)?(?P<publisher>[{_HAN}A-Za-zァ-ヺー・ ]{{2,30}}?)\s?[,，、]?\s?(?P<year>{_YEAR})(?!\s?\d{{1,2}}\s?月)(?:(?:第\S{{1,2}})?版|刊)?[)）]?"
    ).match(text, begin)
    if (
        book
        and (
            book["place"]
            or re.search(r"出版|书店|書店|书局|書局|印书馆|書房|新書|文庫|选书|大学|社$|会$", book["publisher"])
            or custom.container[0] == ""
        )
        and not _URL.match(text, book.end() + 1)
    ):
        if book["place"]:
            spans["place"] = Span(*book.span("place"))
        spans["publisher"] = _stripped(text, *book.span("publisher"))
        return book.end(), Span(*book.span("year")), "book"
    site = re.compile(
        rf"{_COMMA}(?P<container>[^，,、。；;《》「」『』\d][^，,、。；;《》「」『』]{{0,30}}?)\s?(?=[，,、]\s?(?:{_DATE}|<?https?:|[pP第]?\s?\d))(?:{_COMMA}(?P<date>{_DATE}))?"
    ).match(text, at)
    if site:
        spans["container"] = _stripped(text, *site.span("container"))
        if not site["date"]:
            return site.end(), None, None
        year = re.compile(rf"{_YEAR}|[12]\d{{3}}").match(text, site.start("date"))
        whole = site.span("date")
        if re.search(r"月|[-./]", site["date"]):
            spans["date"] = Span(*whole)
            at_year = Span(whole[0], whole[0] + len(year.group())) if year else None
        else:
            at_year = Span(*whole)
        return site.end(), at_year, None
    dated = re.compile(rf"{_COMMA}(?P<date>{_DATE})").match(text, at)
    if dated:
        year = re.compile(rf"{_YEAR}|[12]\d{{3}}").match(text, dated.start("date"))
        spans["date"] = Span(*dated.span("date"))
        return dated.end(), Span(*year.span()) if year else None, None
    return at, None, None


# --- authors -------------------------------------------------------------------------------------------------

_ROLE = re.compile(r"\s?(?:主编|主編|编著|編著|编|編|著|译|譯|等著|等编)$")
_NATION = re.compile(r"^[\[［(（〔【][\u4e00-\u9fff]{1,4}[\]］)）〕】]\s?")
_OTHERS = re.compile(r"\s?(?:等|ほか|他)(?:主编|编著|编|編|著|人)?$")
_NAME = re.compile(
    rf"[{_HAN}ァ-ヺーぁ-ゖ]{{1,9}}(?:\s?[·•・＝.]\s?[{_HAN}ァ-ヺーA-Za-z.]{{1,12}}){{0,3}}|[A-Z][A-Za-z.'’ -]{{1,40}}"
)
_PROSE = re.compile(r"[的了是在于对从以即指为]|[0-9０-９]")


def _authors(text: str, low: int, end: int, custom: _Custom) -> tuple[tuple[Span, ...], bool]:
    """Return the places of the names right before a title, and whether others are meant besides."""
    colon = re.compile(r"[:：]\s?$").search(text, low, end) if custom.language == "zh" else None
    comma = re.compile(r"[，,]\s?$").search(text, low, end) if custom.language == "zh" else None
    if custom.language == "zh" and not colon and not comma:
        return (), False
    stop = colon.start() if colon else comma.start() if comma else end
    start = max((text.rfind(mark, low, stop) + 1 for mark in _BETWEEN_WORKS), default=low)
    start = max(start, low)
    for mark in "」』》〉”":
        start = max(start, text.rfind(mark, low, stop) + 1)
    piece = text[start:stop]
    for lead in _LEADS.finditer(piece):
        start += lead.end() - (start - stop + len(piece))
    piece = text[start:stop]
    shift = len(piece) - len(piece.lstrip(" ，,、。"))
    start, piece = start + shift, piece[shift:]
    nation = _NATION.match(piece)
    if nation:
        start, piece = start + nation.end(), piece[nation.end() :]
    piece = piece.rstrip()
    others = False
    while True:
        role = _OTHERS.search(piece) or _ROLE.search(piece)
        if not role or role.start() == 0:
            break
        others = others or "等" in role.group() or "ほか" in role.group()
        piece = piece[: role.start()]
    if (
        custom.language == "ja"
        and "、" in piece
        and not re.fullmatch(rf"(?:[{_HAN}ァ-ヺー・ ]{{2,12}}、)*[{_HAN}ァ-ヺー・ ]{{2,12}}", piece)
    ):
        return (), False
    names: list[Span] = []
    for part in re.finditer(r"[^、，,；;]+", piece):
        inner = part.group()
        lead = len(inner) - len(inner.lstrip())
        own = _NATION.match(inner.strip())
        lead += own.end() if own else 0
        name = inner[lead:].rstrip()
        if not _NAME.fullmatch(name) or len(name) > 24 or _PROSE.search(name):
            return (), False
        names.append(Span(start + part.start() + lead, start + part.start() + lead + len(name)))
    return tuple(names), others
