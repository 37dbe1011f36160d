"""What does a draft quote, and where?

A draft in, as a file's bytes or as an article; its `Quotation`s out, each with its place and the work that it is
attributed to. The draft is read as the corpus is, so that its notes are found and read too, and what a page break or a
note's marker parts is whole.

A quotation stands in quotation marks, or is a paragraph set off as one: by ``>`` in Markdown, by a style or an indent
of its own in Word, by a deeper indent than its neighbours in plain text. A paragraph that ends with its mark open and
is followed by one that opens the same mark again quotes to its end. What only names a work in a note is no quotation,
nor is 《…》 anywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from corpus_search.article import Article, Marker, Note, PageBreak, Span, split_address
from corpus_search.check.marks import Pair, find_marks, is_opening
from corpus_search.check.writing import core_text
from corpus_search.errors import FileError
from corpus_search.formats import FORMATS, SUFFIXES, extract
from corpus_search.parse import parse
from corpus_search.records import Record

MIN_LENGTH = 6
"""Shorter quotations, in letters, are not checked: a word between quotation marks quotes nobody."""

LONGEST = 5_000
"""What stands between quotation marks further apart, in letters, is no quotation; one of them was forgotten."""

_DEEPEST = 2
"""Quotations in quotations in quotations are checked; what stands deeper is part of these."""


class Form(StrEnum):
    """How a quotation is marked as one."""

    MARKS = "marks"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a draft.

    `fragment` is the address of its paragraph or note in the draft (``s1.2p3``, ``fn4``), `offset` counts in the text
    there; `line` is its line in the file, where that has lines, `paragraph` its paragraph in order, headings and notes
    counted; `page` the printed page, if it has any; `note` the label of the note it stands in.
    """

    fragment: str
    offset: int
    line: int | None
    paragraph: int
    page: int | None = None
    note: str = ""

    def __str__(self) -> str:
        parts = [
            f"line {self.line}" if self.line is not None else f"paragraph {self.paragraph}",
            f"note {self.note}" if self.note else "",
            f"p. {self.page}" if self.page is not None else "",
        ]
        return ", ".join(filter(None, parts))

    def record(self) -> Record:
        """Return the JSON object of a place in a draft."""
        return {
            "fragment": self.fragment,
            "offset": self.offset,
            "line": self.line,
            "paragraph": self.paragraph,
            "page": self.page,
            "note": self.note or None,
        }


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation in a draft: `text` without its marks, as it stands there; `outer` is the one it stands in."""

    text: str
    form: Form
    where: Where
    work: str = ""
    outer: int | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a quotation mark: it is `unbalanced`, without a partner, or has one ``too far apart``."""

    where: Where
    mark: str
    what: str

    def __str__(self) -> str:
        return (
            f"{self.mark} has no partner"
            if self.what == "unbalanced"
            else f"{self.mark} and its partner are {self.what}"
        )


@dataclass(frozen=True, slots=True)
class Quoted:
    """All that a draft quotes; so many quotations are `short`, name a work (`titles`), or are nested too `deep`."""

    quotations: tuple[Quotation, ...] = ()
    remarks: tuple[Remark, ...] = ()
    short: int = 0
    titles: int = 0
    deep: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: its article, the text it was read from, whether that has the file's lines, and the parts set off."""

    article: Article
    text: str
    has_lines: bool = True
    quoted: tuple[Span, ...] = ()


def read_draft(data: bytes, *, name: str = "draft.txt") -> Draft:
    """Read a draft's bytes by the ending of its `name`. Raises `FileError`."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise FileError(name, f"such files are not read; save it as one of {', '.join(sorted(SUFFIXES))}")
    if not data.strip():
        raise FileError(name, "there is nothing in it")
    found = extract(data, path=name)
    if FORMATS[suffix] == "markdown" and found.layout is None:
        # A draft is written by hand; only the corpus has Markdown that programs made of PDFs.
        from corpus_search.formats.markdown import extract_written

        found = extract_written(data, path=name)
    article = parse(found.text, doc_id=PurePosixPath(name).stem or "draft", path=name, layout=found.layout)
    layout = found.layout
    quoted = tuple(Span(block.start, block.end) for block in layout.blocks if block.quoted) if layout else ()
    return Draft(article, found.text, FORMATS[suffix] in ("text", "markdown", "html", "tei"), quoted)


def draft_of(text: str) -> Draft:
    """Read a draft that is given as text."""
    marked = re.search(r"^ {0,3}(?:>|#{1,6} |\[\^[^\]\s]+\]:)", text, re.MULTILINE)
    return read_draft(text.encode("utf-8", "replace"), name="draft.md" if marked else "draft.txt")


# --- units ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Unit:
    """A paragraph, note or heading of a draft."""

    fragment: str
    text: str
    source: tuple[Span, ...]
    page: int | None = None
    page_breaks: tuple[PageBreak, ...] = ()
    markers: tuple[Marker, ...] = ()
    note: Note | None = None


def _units(article: Article) -> list[_Unit]:
    """Return a draft's texts in the order of the file; its list of references quotes nobody."""
    found = [
        _Unit(split_address(part.address)[1], part.text, part.source, part.page, markers=part.markers)
        for part in (*article.front, *article.matter, *article.back)
    ]
    for _, section in article.walk():
        if section.heading:
            found.append(
                _Unit(split_address(section.address)[1], section.heading, section.source, markers=section.markers)
            )
        for one in section.paragraphs:
            fragment = split_address(one.address)[1]
            found.append(_Unit(fragment, one.text, one.source, one.page, one.page_breaks, one.markers))
    for note in article.notes:
        found.append(_Unit(split_address(note.address)[1], note.text, note.source, note.page, note=note))
    return sorted((unit for unit in found if unit.source), key=lambda unit: unit.source[0].start)


class _Places:
    """Where the units of a draft stand in its file."""

    def __init__(self, draft: Draft) -> None:
        self._has_lines = draft.has_lines
        self._ends = [match.end() for match in re.finditer(r"\r\n|\r|\n", draft.text)]

    def where(self, number: int, unit: _Unit, offset: int) -> Where:
        """Return the place of the character at `offset` of the unit with this number."""
        page = unit.page
        for page_break in unit.page_breaks:
            if page_break.offset <= offset:
                page = page_break.page
        line = bisect_right(self._ends, _source_offset(unit.source, offset)) + 1 if self._has_lines else None
        return Where(unit.fragment, offset, line, number, page, unit.note.label if unit.note else "")


def _source_offset(source: Sequence[Span], offset: int) -> int:
    """Return where the character at `offset` of a text stands in the source that it came from."""
    for span in source:
        if offset < span.end - span.start:
            return span.start + offset
        offset -= span.end - span.start
    return source[-1].end


# --- quotations ----------------------------------------------------------------------------------------------


def quotations(draft: Draft, *, min_length: int = MIN_LENGTH) -> Quoted:
    """Return what a draft quotes in at least so many letters."""
    return _Reading(draft, min_length).quoted()


class _Reading:
    def __init__(self, draft: Draft, min_length: int) -> None:
        self._draft = draft
        self._min_length = min_length
        self._units = _units(draft.article)
        self._places = _Places(draft)
        self._notes = {note.address: note for note in draft.article.notes}
        self._found: list[Quotation] = []
        self._remarks: list[Remark] = []
        self._skipped: Counter[str] = Counter()
        self._indented = _indented(draft, self._units)

    def quoted(self) -> Quoted:
        continued: str | None = None
        for number, unit in enumerate(self._units, 1):
            following = self._units[number].text.lstrip() if number < len(self._units) else ""
            continued = self._read(number, unit, continued, following)
        counts = self._skipped
        return Quoted(tuple(self._found), tuple(self._remarks), counts["short"], counts["title"], counts["deep"])

    def _read(self, number: int, unit: _Unit, continued: str | None, following: str) -> str | None:
        """Find what a unit quotes; return the mark that the next one has to open again, if it quotes on."""
        text = unit.text
        marks = find_marks(text)
        single = list(marks.single)
        outermost: int | None = None
        goes_on: str | None = None
        if single and is_opening(text[single[-1]]) and following[:1] == text[single[-1]]:
            # It quotes several paragraphs, each of which opens the mark again, and the last closes it.
            at = single.pop()
            goes_on = text[at]
            self._add(number, unit, at + 1, len(text), Form.MARKS, None)
        block = self._block(unit)
        if block:
            outermost = self._add(number, unit, *block, Form.BLOCK, None)
        for at in single:
            self._remarks.append(Remark(self._places.where(number, unit, at), text[at], "unbalanced"))
        indices: dict[int, int | None] = {}
        for n, pair in enumerate(marks.pairs):
            inner = (pair.start + 1, pair.end - 1)
            if block and inner == block:
                indices[n] = outermost
                continue
            if pair.depth > _DEEPEST:
                self._skipped["deep"] += 1
                continue
            outer = indices.get(pair.outer) if pair.outer is not None else None
            if outer is None and block and block[0] <= pair.start < block[1]:
                outer = outermost
            if self._is_title(unit, pair):
                self._skipped["title"] += 1
                continue
            indices[n] = self._add(number, unit, *inner, Form.MARKS, outer)
        return goes_on

    def _add(self, number: int, unit: _Unit, start: int, end: int, form: Form, outer: int | None) -> int | None:
        """Add a quotation; return its index, or None where it is none."""
        if end - start < self._min_length:
            self._skipped["short"] += 1
            return None
        text = unit.text[start:end]
        where = self._places.where(number, unit, start)
        if end - start > LONGEST:
            self._remarks.append(Remark(where, unit.text[max(start - 1, 0)], "too far apart"))
            return None
        if len(core_text(text)) < self._min_length:
            self._skipped["short"] += 1
            return None
        self._found.append(Quotation(text, form, where, self._work(unit, start, end), outer))
        return len(self._found) - 1

    # --- blocks ------------------------------------------------------------------------------------------

    def _block(self, unit: _Unit) -> tuple[int, int] | None:
        """Return what a paragraph set off as a quotation quotes: without its marks, and without who said it."""
        at = unit.source[0].start
        if not (any(span.start <= at < span.end for span in self._draft.quoted) or at in self._indented):
            return None
        text = unit.text
        end = len(text.rstrip())
        attribution = _ATTRIBUTION.search(text)
        if attribution and attribution.start() > 0:
            end = attribution.start()
        start = len(text) - len(text.lstrip())
        for pair in find_marks(text[:end]).pairs:
            if pair.depth == 0 and pair.start == start and pair.end >= end:
                return start + 1, pair.end - 1
        return (start, end) if end > start else None

    # --- works -------------------------------------------------------------------------------------------

    def _is_title(self, unit: _Unit, pair: Pair) -> bool:
        """Tell whether what stands between two marks names a work."""
        before = unit.text[max(pair.start - 30, 0) : pair.start].rstrip()
        after = unit.text[pair.end : pair.end + 120]
        if _NAMED.search(before) or _WORK_AFTER.match(after):
            return True
        if unit.note is None or _SAYING.search(before):
            return False
        inside = unit.text[pair.start + 1 : pair.end - 1].rstrip()
        if inside.endswith((",", "，")):
            return True  # “Title,” Journal: as English puts its commas.
        container = _CONTAINER.match(after)
        return bool(container and (container["title"] or _PUBLISHED.search(_sentence_start(after))))

    def _work(self, unit: _Unit, start: int, end: int) -> str:
        """Return the work that a quotation is attributed to: named before it, right after it, or in its note."""
        before = re.split(r"[。！？!?\n]", unit.text[max(start - 120, 0) : start])[-1]
        named = _WORK.findall(before)
        if named:
            return str(named[-1])
        named_after = _WORK_BEHIND.match(unit.text[end : end + 80])
        if named_after:
            return named_after[1]
        for marker in unit.markers:
            note = self._notes.get(marker.note)
            if note and end <= marker.offset <= end + 3:
                note = self._notes.get(note.resolves_to, note) if note.resolves_to else note
                work = _WORK.search(note.text)
                return work[1] if work else ""
        for reference in self._draft.article.references:
            cited = (
                split_address(citation.address)[1] == unit.fragment and end <= citation.offset <= end + 3
                for citation in reference.cited_in
            )
            if any(cited):
                titled = _LISTED.search(reference.text)
                return titled[1].strip() if titled else ""
        return ""


_WORK = re.compile(r"《([^《》]{2,100})》")
_WORK_BEHIND = re.compile(r"[”」』’\"]{0,2}[。，]?\s*(?:[（(]|——?|―)[^。《》]{0,30}《([^《》]{2,100})》")
_LISTED = re.compile(r"[.．]\s*([^.．\[\]]{2,100})\[[A-Z]+(?:/OL)?\]")
_ATTRIBUTION = re.compile(
    r"\s*(?:——?|―+|—)\s*[^。！？]{1,60}[。]?\s*$|\s*[（(][^（()）]{0,80}(?:《[^》]+》|\d{4}|第?\d+[页頁])[^（()）]{0,80}[)）]\s*$"
)
_NAMED = re.compile(r"(?:题为|題為|题目为|题目是|名为|名為|以|titled|entitled)[：:]?\s*$")
_WORK_AFTER = re.compile(r"(?:为题|為題|一文|一書|一书|一篇)")
_SAYING = re.compile(
    r"(?:[：:]|[说称曰云道]|[說稱]|指出|认为|認為|表示|强调|強調|原文|写道|寫道|says?|said|writes?|wrote|quoted?)[,，]?\s*$"
)
_CONTAINER = re.compile(r"\s*(?:[、，,.．。;；]\s*)?(?P<title>[《『])?")
_PUBLISHED = re.compile(r"\d{4}|令和|平成|昭和|https?:|《|『|第\s*\d+|\d+\s*[页頁]|\bpp?\.|\[[JMNDRCZ](?:/OL)?\]")


def _sentence_start(text: str) -> str:
    """Return the beginning of a text up to where a sentence ends."""
    return re.split(r"[。；;！？!?]", text, maxsplit=1)[0] if text[:1] not in "。" else ""


# --- indents -------------------------------------------------------------------------------------------------

_DEEPER = 4
"""By how many columns a quotation is indented more than the paragraphs around it."""


def _indented(draft: Draft, units: Sequence[_Unit]) -> frozenset[int]:
    """Return where the paragraphs of a plain text begin that are indented more deeply than most."""
    if draft.article.path and FORMATS.get(PurePosixPath(draft.article.path).suffix.lower()) != "text":
        return frozenset()
    indents = {unit.source[0].start: _indent(draft.text, unit.source[0].start) for unit in units if not unit.note}
    if len(indents) < 2:
        return frozenset()
    usual = Counter(indents.values()).most_common(1)[0][0]
    return frozenset(at for at, indent in indents.items() if indent >= usual + _DEEPER)


def _indent(text: str, at: int) -> int:
    """Return by how many columns the line with the character `at` is indented; an ideographic blank has two."""
    begin = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    blanks = re.match(r"\s*", text[begin:])
    return sum(4 if char == "\t" else 2 if char == "\u3000" else 1 for char in (blanks[0] if blanks else ""))
