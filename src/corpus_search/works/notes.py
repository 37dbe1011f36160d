"""How is a note read that sets titles in marks of their own?

A note in, its works out: in the custom of Chinese journals (参见朱锋：《…》，《日本学刊》2022年第1期，第17—19页。) and
of Japanese ones (森本敏「…」、『財界』2022年2月号、40—43頁。). A title in its marks is a cited work where an imprint
stands behind it: a container, a publisher, a year, pages or an address; 《…》 in the midst of prose is a mention.

In these notes every part of the imprint has its own form, so that each is read where the one before ends. What follows
the last of them, up to the next citation, is prose. Pages are those that the note means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from corpus_search.article import Span
from corpus_search.works.model import Work, language_of

_HAN = "\u3400-\u4dbf\u4e00-\u9fff々〇"
_YEAR = r"(?:[12]\d{3}\s?年|(?:令和|平成|昭和|大正|明治)\s?(?:\d{1,2}|元)\s?年)"
_DATE = rf"(?:{_YEAR}(?:\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?日)?)?|[12]\d{{3}}[-./]\d{{1,2}}[-./]\d{{1,2}})"
_DAY = r"\d{4}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}\s?日?"
_COMMA = r"\s?[，,、]?\s?"
_RANGE = r"\d+(?:\s?[-－–—~～、,，]\s?\d+)*"

_YEAR_ALONE = re.compile(rf"{_YEAR}|[12]\d{{3}}")
_PAGES = re.compile(rf"{_COMMA}(?:(?:第\s?)?(?P<pages>{_RANGE})\s?[页頁]|[Pp]{{1,2}}\s?\.\s?(?P<pp>{_RANGE}))")
_URL = re.compile(
    r"\s?[,，、:：。]?\s?(?:网址|URL|来源)?[:：]?\s?<?\s?(?P<url>(?:https?|ftp)://[^\s<>\[\]［］〔〕（），。；、》」]+)\s?>?"
)
_ACCESSED = re.compile(
    rf"\s?[,，、。]?\s?(?:[\[［〔(（]\D{{0,8}}(?P<accessed>{_DAY})\D{{0,6}}[\]］〕)）]"
    rf"|(?:访问|登录|浏览|检索|閲覧|アクセス)(?:时间|日期|日)?[:：]?\s?(?P<said>{_DAY}))"
)
_ISSUE = re.compile(
    # 《日本学刊》2022年第1期   『財界』2022年2月号   《人民日报》2022年11月18日   第5卷（2001年）第2期
    rf"{_COMMA}(?:(?P<place>[{_HAN}]{{2,6}})[:：](?P<publisher>[{_HAN}]{{2,20}}){_COMMA})?"
    rf"(?:第?\s?(?P<volume_before>\d+)\s?[卷巻]{_COMMA}(?:第?\s?(?P<issue_before>\d+)\s?[期号號])?{_COMMA})?"
    rf"[(（]?(?P<year>{_YEAR}|(?<!\d)[12]\d{{3}}(?!\d))\s?[)）]?"
    r"(?:(?P<day>\s?\d{1,2}\s?月\s?\d{1,2}\s?日)|\s?(?P<month>\d{1,2}\s?月号))?"
    rf"(?:{_COMMA}第?\s?(?P<volume>\d+)\s?[卷巻])?"
    rf"(?:{_COMMA}(?:总|總)?(?:第\s?)?(?P<issue>\d+(?:\s?[-—－/~、]\s?\d+)?)\s?[期号號輯辑])?"
)
_SHEET = re.compile(rf"{_COMMA}[(（]?第?\s?\d+\s?版[)）]?")
_TRANSLATED = re.compile(r"(?:\s?[,，、]\s?[^,，:：。；;《》]{2,24}?(?:译|譯|訳|校|编|編|点校|整理))*")
_PART = re.compile(r"\s?[,，]?\s?[（(]?(?:第\s?\S{1,4}\s?[册卷輯辑集部編编]|[上中下][册卷])[）)]?")
_BOOK = re.compile(
    # 北京：世界知识出版社，1999年
    rf"{_COMMA}[(（]?(?:(?P<place>[{_HAN}]{{2,8}}|[A-Z][A-Za-z ]{{2,20}})\s?[:：]\s?)?"
    rf"(?P<publisher>[{_HAN}A-Za-zァ-ヺー・ ]{{2,30}}?){_COMMA}"
    rf"(?P<year>{_YEAR})(?!\s?\d{{1,2}}\s?月)(?:(?:第\S{{1,2}})?版|刊)?[)）]?"
)
_PRESS = re.compile(r"出版|书店|書店|书局|書局|印书馆|書房|新書|文庫|选书|大学|社$|会$")
_PUT_UP = re.compile(
    # 、外務省、令和5年5月18日、https://…
    r"\s?[，,、]\s?(?P<container>[^，,、。；;《》「」『』\d][^，,、。；;《》「」『』]{0,30}?)\s?"
    rf"(?=[，,、]\s?(?:{_DATE}|<?https?:|[pP第]?\s?\d))(?:\s?[，,、]\s?(?P<date>{_DATE}))?"
)
_DATED = re.compile(rf"\s?[，,、]\s?(?P<date>{_DATE})")


@dataclass(frozen=True, slots=True)
class _Custom:
    """How one tradition sets its titles and the names of what they stand in; books have no container."""

    language: str
    title: tuple[str, str]
    container: tuple[str, str] | None


_CUSTOMS = (
    _Custom("ja", ("「", "」"), ("『", "』")),
    _Custom("zh", ("《", "》"), ("《", "》")),
    _Custom("zh", ("〈", "〉"), ("《", "》")),
)
_JAPANESE_BOOK = _Custom("ja", ("『", "』"), None)


def read_note(text: str) -> tuple[Work, ...]:
    """Return the works that a note cites in one of these customs, in order."""
    found: list[Work] = []
    taken = 0
    while places := _next_titles(text, taken):
        custom, title = min(places, key=lambda place: place[1].start)
        work = _citation(text, taken, title, custom)
        taken = title.end + 1
        if work is not None:
            found.append(work)
            taken = max(work.extent.end, taken)
    return tuple(found)


def _next_titles(text: str, start: int) -> list[tuple[_Custom, Span]]:
    """Return for each custom the next title in its marks, if there is one."""
    found = [(custom, title) for custom in _CUSTOMS if (title := _balanced(text, start, *custom.title))]
    book = _balanced(text, start, *_JAPANESE_BOOK.title)
    if book and not re.search(r"」[、，,]?\s?$", text[: book.start - 1]):
        found.append((_JAPANESE_BOOK, book))
    return found


def _balanced(text: str, start: int, opening: str, closing: str) -> Span | None:
    """Return what stands between the next two marks that belong together."""
    at = text.find(opening, start)
    depth = 0
    for place in range(at, len(text)) if at >= 0 else ():
        depth += (text[place] == opening) - (text[place] == closing)
        if depth == 0:
            return Span(at + 1, place)
    return None


@dataclass(slots=True)
class _Draft:
    """What is read of a citation in `text` so far, up to `at`."""

    text: str
    at: int
    spans: dict[str, Span] = field(default_factory=dict)
    year_at: Span | None = None
    kind: str | None = None

    def go(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what `pattern` matches here, and go behind it."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def put(self, found: re.Match[str], **groups: str) -> None:
        """Keep fields that groups of a match hold, without blanks around them."""
        for name, group in groups.items():
            if found[group] and name not in self.spans:
                start, end = found.span(group)
                bare = self.text[start:end]
                start += len(bare) - len(bare.lstrip())
                self.spans[name] = Span(start, start + len(bare.strip()))


def _citation(text: str, low: int, title: Span, custom: _Custom) -> Work | None:
    """Read the citation whose title is `title`, in what of the text nothing was read from yet."""
    draft = _Draft(text, title.end + 1, {"title": title})
    authors, others = _authors(text, low, title.start - 1, custom)
    if not _contained(draft, custom):
        _published(draft, custom)
    pages = draft.go(_PAGES)
    if pages:
        draft.put(pages, pages="pages" if pages["pages"] else "pp")
    url = draft.go(_URL)
    if url:
        end = url.start("url") + len(url["url"].rstrip(".,;:"))
        draft.spans["url"] = Span(url.start("url"), end)
        draft.kind = draft.kind or "webpage"
        if accessed := draft.go(_ACCESSED):
            draft.put(accessed, accessed="accessed" if accessed["accessed"] else "said")
    if not (url or draft.year_at or (pages and authors)):
        return None
    language = language_of(text[title.start : title.end])
    if custom.language == "ja" and language == "zh":
        language = "ja"  # Its marks of title are Japanese, whatever characters stand in them.
    return Work(
        text, draft.spans, authors, others, draft.year_at, draft.kind, language, pinpoint="pages" in draft.spans
    )  # fmt: skip


def _contained(draft: _Draft, custom: _Custom) -> bool:
    """Read a container in its marks right behind the title, and its year and issue; tell whether there is one."""
    if custom.container is None:
        return False
    opening, closing = map(re.escape, custom.container)
    lead = rf"{_COMMA}(?:载于|载|載|收於|收于|见|in)?\s?[:：]?\s?"
    found = draft.go(re.compile(rf"{lead}{opening}(?P<container>[^{closing}]{{1,60}}){closing}"))
    if not found:
        return False
    draft.put(found, container="container")
    issue = draft.go(_ISSUE)
    if issue:
        draft.year_at = Span(*issue.span("year"))
        draft.put(issue, volume="volume", issue="issue", place="place", publisher="publisher")
        draft.put(issue, volume="volume_before", issue="month")
        draft.put(issue, issue="issue_before")
        daily = issue["day"] and not issue["issue"]
        if issue["day"]:
            draft.spans["date"] = Span(issue.start("year"), issue.end("day"))
            draft.go(_SHEET)
        draft.kind = "article-newspaper" if daily else "chapter" if issue["publisher"] else "article-journal"
    return True


def _published(draft: _Draft, custom: _Custom) -> None:
    """Read what stands behind a title without marks: translator, place and publisher, or who put it up and when."""
    begin = draft.at
    draft.go(_TRANSLATED)
    draft.go(_PART)
    book = _BOOK.match(draft.text, draft.at)
    press = book and (book["place"] or _PRESS.search(book["publisher"]) or custom.container is None)
    if book and press and not _URL.match(draft.text, book.end()):
        draft.put(book, place="place", publisher="publisher")
        draft.at, draft.year_at, draft.kind = book.end(), Span(*book.span("year")), "book"
        return
    draft.at = begin
    found = draft.go(_PUT_UP)
    if found:
        draft.put(found, container="container")
    else:
        found = draft.go(_DATED)
    year = _YEAR_ALONE.match(draft.text, found.start("date")) if found and found["date"] else None
    if found and year:
        draft.year_at = Span(*year.span())
        if len(found["date"].strip()) > len(year.group()):
            draft.put(found, date="date")


# --- authors -------------------------------------------------------------------------------------------------

_LEAD = re.compile(
    r"(?:并|另|亦|又|也|請|请)?(?:[参參][见看阅考見閱]|詳見|详见|[转轉]?引自|例如|[Ss]ee also|[Ss]ee)\s?[:：]?\s?"
    r"|(?:(?<=[，,。；;、])|^)(?:并|另|亦|又|也|請|请)?(?:见|見|参|參|载|載|如)\s?[:：]?\s?"
)
_ROLE = re.compile(r"\s?(?:主编|主編|编著|編著|编|編|著|译|譯|等著|等编)$")
_OTHERS = re.compile(r"\s?(?:等|ほか|他)(?:主编|编著|编|編|著|人)?$")
_NATION = re.compile(r"^[\[［(（〔【][\u4e00-\u9fff]{1,4}[\]］)）〕】]\s?")
_NAME = re.compile(
    rf"[{_HAN}ァ-ヺーぁ-ゖ]{{1,9}}(?:\s?[·•・＝.]\s?[{_HAN}ァ-ヺーA-Za-z.]{{1,12}}){{0,3}}|[A-Z][A-Za-z.'’ -]{{1,40}}"
)
_ORGANISATION = re.compile(rf"[{_HAN}]{{5,20}}")
_JAPANESE_NAMES = re.compile(rf"(?:[{_HAN}ァ-ヺー・ ]{{2,12}}、)*[{_HAN}ァ-ヺー・ ]{{2,12}}")
_PROSE = re.compile(r"[的了是在于对从以即指为]|[0-9０-９]")
_LONGEST = 24


def _authors(text: str, low: int, end: int, custom: _Custom) -> tuple[tuple[Span, ...], bool]:
    """Return the places of the names right before a title, and whether others are meant besides."""
    stop = end
    if custom.language == "zh":
        sign = re.compile(r"[:：，,]\s?$").search(text, low, end)
        if not sign:
            return (), False
        stop = sign.start()
    start = max(low, *(text.rfind(mark, low, stop) + 1 for mark in "；;。\n」』》〉”"))
    start += max((lead.end() for lead in _LEAD.finditer(text[start:stop])), default=0)
    piece = text[start:stop].rstrip()
    shift = len(piece) - len(piece.lstrip(" ，,、。"))
    start, piece, others = start + shift, piece[shift:], False
    while (role := _OTHERS.search(piece) or _ROLE.search(piece)) and role.start():
        others = others or bool(re.search("等|ほか|他", role.group()))
        piece = piece[: role.start()]
    if custom.language == "ja" and "、" in piece and not _JAPANESE_NAMES.fullmatch(piece):
        return (), False
    names: list[Span] = []
    for part in re.finditer(r"[^、，,；;]+", piece):
        inner = part.group()
        lead_length = len(inner) - len(inner.lstrip())
        nation = _NATION.match(inner.strip())
        lead_length += nation.end() if nation else 0
        name = inner[lead_length:].rstrip()
        if not (_NAME.fullmatch(name) or _ORGANISATION.fullmatch(name)) or len(name) > _LONGEST or _PROSE.search(name):
            return (), False
        at = start + part.start() + lead_length
        names.append(Span(at, at + len(name)))
    return tuple(names), others
