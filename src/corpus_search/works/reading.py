"""What does a note or an entry of a list cite?

The one door to the parsers: a text in, an `Entry` out. Whether a note is a citation at all, an explanation, or says
that its source is the one before, is decided here; how citations are read, in `notes` and `lists`.

Of the parsers that others maintain, two were tried on the truth files of `tests/truth/works` (figures in
`benchmarks/README.md`): refextract, made for physics papers, which knows journals by its own list of them, is GPL and
has `magic` and poppler underneath; and refparse, which reads the exports of three databases. AnyStyle is Ruby, GROBID
Java, and both, like neural parsers, need models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus_search.article import Kind, Span
from corpus_search.works.english import read_english_note
from corpus_search.works.flat import flatten
from corpus_search.works.lists import iter_marks, read_list_entry
from corpus_search.works.model import Entry, Source, Work
from corpus_search.works.notes import read_note

_IBID = re.compile(
    r"^\s?(?:参见|见|見)?\s?(?:同上|同前|同注|前注|同①|前揭|前掲|前引|上引|[Ii]bid|[Ii]d\.|[Oo]p\.?\s?cit|[Ll]oc\.?\s?cit)"
)
_SHORT = re.compile(
    r"\b[Oo]p\.?\s?cit|\b[Ll]oc\.?\s?cit|[Ii]bid\."
    r"|前引(?:书|書|文|注)|前掲(?:書|論文|注)|前揭(?:书|書|文)|同前注"
)
_SET_OFF = re.compile("[《〈「『]")
_INTERVIEW = re.compile(
    r"(?P<date>[12]\d{3}\s?年\s?\d{1,2}\s?月(?:\s?\d{1,2}\s?日)?)?[^，。；;《「]{0,6}?(?:对|與|与|同|访|采访|訪問|専訪|专访)"
    r"(?P<who>[^，。；;、《「的]{0,30}?(?:教授|副教授|讲师|研究员|研究員|院长|主任|所长|博士|先生|女士|记者|官员|议员|大使|社长))"
    r"(?P<name>(?:(?!的)[\u4e00-\u9fff·々]){2,5})的?\s?(?:访谈|采访|訪談|面谈|访问|谈话|电话采访|インタビュー)"
)
_SHORT_NOTE = 80
"""A note that points to one before says little else."""
_PROSE_LEFT = 12
"""A note with this many characters beside its citations explains something."""
_LEADS = re.compile(
    r"并|另|参见|参阅|参看|详见|转引自|见|根据|笔者|整理而成|内容|归纳得出|得出|归纳|整理|访问时间|访问日期|最后|登录时间|转"
    r"|第\d+页|第\d+版|[上中下]册|年版|载|版|等|See|see also|in Chinese|with English abstract"
)
_READABLE = re.compile("[\u3400-\u9fffぁ-ヺA-Za-z0-9]")


def read_entry(text: str, kind: Kind = Kind.REFERENCE) -> Entry:
    """Read a note or an entry of a reference list; a note need not cite anything."""
    if kind is Kind.NOTE and len(text) < _SHORT_NOTE and (_IBID.match(text) or _SHORT.search(text)):
        return Entry(frozenset({Source.IBID}))
    works, in_marks = _works(text, kind)
    sources: set[Source] = set()
    for work in works:
        sources.add(_SOURCES.get(work.type or "", Source.WORK))
    if kind is Kind.NOTE and (not works or (in_marks and _left(text, works) >= _PROSE_LEFT)):
        sources.add(Source.EXPLANATION)
    return Entry(frozenset(sources or {Source.WORK}), works)


_SOURCES = {"webpage": Source.WEBPAGE, "interview": Source.INTERVIEW}


def _works(text: str, kind: Kind) -> tuple[tuple[Work, ...], bool]:
    """Return the works, and whether their titles are in marks of their own, so that prose may stand around them."""
    flat = flatten(text)
    marked = any(True for _ in iter_marks(flat.plain))
    if not marked and _SET_OFF.search(text):
        works = read_note(text)
        works = tuple(sorted((*works, *_beside(read_english_note(flat), works)), key=lambda work: work.extent.start))
        interview = _interview(text, works)
        if works or interview:
            return (*interview, *works), True
    if interview := _interview(text, ()):
        return interview, True
    works = read_english_note(flat) if kind is Kind.NOTE and not marked else ()
    if works:
        return works, True
    works = read_list_entry(flat)
    if kind is Kind.NOTE and not marked:
        works = tuple(work for work in works if _certain(work))
    return works, False


def _beside(more: tuple[Work, ...], works: tuple[Work, ...]) -> Iterator[Work]:
    """Yield what stands beside the works that were read."""
    for work in more:
        if not any(work.extent.start < one.extent.end and one.extent.start < work.extent.end for one in works):
            yield work


def _certain(work: Work) -> bool:
    """Tell whether what a note seems to cite is a work beyond doubt: an explanation has no volume and pages."""
    has = [name for name in ("volume", "issue", "pages", "publisher", "doi") if work.get(name)]
    if has and (work.year or len(has) > 1):
        return True
    file = work.authors and re.search(r"\.[a-z0-9]{2,4}$", work.title or "")
    return bool(file) or (work.type == "webpage" and bool(work.get("url")))


def _interview(text: str, works: tuple[Work, ...]) -> tuple[Work, ...]:
    found = _INTERVIEW.search(text)
    if not found or any(w.extent.start < found.end() and w.extent.end > found.start() for w in works):
        return ()
    spans = {"date": Span(*found.span("date"))} if found["date"] else {}
    year = re.compile(r"[12]\d{3}\s?年").match(text, found.start("date")) if found["date"] else None
    return (
        Work(
            text, spans, (Span(*found.span("name")),), year_at=Span(*year.span()) if year else None, type="interview",
        ),
    )  # fmt: skip


def _left(text: str, works: tuple[Work, ...]) -> int:
    """Return how many readable characters of a text belong to no work and to nothing that leads to one."""
    rest = list(text)
    for work in works:
        low, high = work.extent
        rest[low:high] = " " * (high - low)
    bare = "".join(rest)
    if found := _INTERVIEW.search(text):
        bare = bare[: found.start()] + " " * (found.end() - found.start()) + bare[found.end() :]
    return len(_READABLE.findall(_LEADS.sub("", bare)))
