"""What does a Word file (``.docx``) say of its text?

Its bytes in, its text with a layout out: headings by style and outline level, with the numbers that Word prints before
them and keeps nowhere; titles, captions, a block for each row of a table; footnotes and endnotes after the text, in the
order of their calls, labelled as Word prints them. What a reader of the printed document does not see is left out:
deleted text, hidden text, comments, field codes, tables of contents, and heads and feet of pages. So are bullets, and
of ruby the reading: the base is the text.

Plain XML over a zip file, since no library for Word files reads notes with their marks and numbers: python-docx knows
no notes; mammoth and docx2python know no marks of an author's own, no formats of notes' numbers, no repeated notes.

Pages are not known: where Word broke them last is no printed page number. For notes counted anew on each page the
label is therefore the note's number in the whole document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corpus_search.errors import FileError
from corpus_search.formats.docx_numbers import printed
from corpus_search.formats.docx_package import XML_SPACE, M, Package, W, opened, whole
from corpus_search.formats.docx_styles import Numbering, Styles
from corpus_search.formats.docx_symbols import symbol
from corpus_search.formats.layout import BlockKind, Extract, LayoutBuilder

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

SUFFIXES = frozenset({".docx", ".docm", ".doc"})
"""The file name endings read as Word files, in lower case; ``.doc`` so that an old file is refused aloud."""

_REFERENCES = {W + "footnoteReference": "footnote", W + "endnoteReference": "endnote"}
_OWN_LABELS = frozenset({W + "footnoteRef", W + "endnoteRef"})
_PROPERTIES = {"footnote": "footnotePr", "endnote": "endnotePr"}
_DEFAULT_FORMATS = {"footnote": "decimal", "endnote": "lowerRoman"}
_STORIES = (W + "txbxContent", W + "footnote", W + "endnote")

_TEXTS = {
    W + "tab": "\t",
    W + "ptab": "\t",
    W + "br": "\n",
    W + "cr": "\n",
    W + "noBreakHyphen": "\N{NON-BREAKING HYPHEN}",
}
"""What stands for these elements; a soft hyphen is none, as it shows at line ends only."""

# `{ EQ \o\ac(○,21) }` puts a circle round a number, `{ EQ \* jc0 \o\ad(\s\up 9(reading),base) }` a reading over a word.
_EQUATION = re.compile(r"\s*eq\b.*?\\o\s*(?:\\a[lcrd])?\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
_CIRCLES = frozenset("○〇◯Oo")
_ENCLOSED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚㉛㉜㉝㉞㉟㊱㊲㊳㊴㊵㊶㊷㊸㊹㊺㊻㊼㊽㊾㊿"
_LONGEST_INSTRUCTION = 1000
"""What programs for citations keep in a field runs to pages; what is asked here stands at its beginning."""
_CONTENTS_FIELDS = frozenset({"TOC", "TOA", "INDEX"})

_BRACKETS = {"[": "]", "［": "］", "〔": "〕", "【": "】", "(": ")", "（": "）", "<": ">", "〈": "〉"}
_AFTER_LABEL = re.compile(r"[.．、)）\]］〕】](?!\d)")

_DEFAULT_NAMES = frozenset(
    {
        "admin", "administrator", "author", "computer", "dell", "hp", "lenovo", "asus", "acer", "huawei", "microsoft",
        "microsoft office user", "office user", "owner", "pc", "python-docx", "thinkpad", "un-named", "unknown", "user",
        "users", "windows user", "windows 用户", "xp", "apache poi", "openoffice.org", "wps office", "作者", "用户",
        "微软用户", "微软中国", "微軟用戶", "匿名用户", "雨林木风", "番茄花园", "深度技术", "系统管理员", "中国用户",
    }
)  # fmt: skip
"""Whom Word, other programs, makers of computers and copied systems name when nobody has given a name."""
_DEFAULT_TITLE = re.compile(
    r"(?:microsoft )?word(?: 文档| document)?|microsoft word - .*|document ?\d*|文档 ?\d*|文件 ?\d*|untitled.*"
    r"|无标题.*|新建.*文档.*|title|标题|.*\.(?:docx?|wps|rtf|pdf|txt)|(?:powerpoint|slide).*|-+|\d{1,4}",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")


def extract(data: bytes, *, path: str) -> Extract:
    """Read a Word file; raise `FileError`, naming `path`, when it cannot be read or holds no text."""
    try:
        import lxml  # noqa: F401
    except ImportError as error:
        raise FileError(path, "reading Word files needs more packages: pip install 'corpus-search[docx]'") from error
    package = opened(data, path=path)
    try:
        document = _Document(package)
        document.write()
    except RecursionError as error:
        raise FileError(
            path, "its tables or text boxes are nested too deep; open it in Word and save it anew"
        ) from error
    document.builder.metadata.update(_metadata(package))
    text, layout = document.builder.finished()
    if not text.strip():
        raise FileError(path, "there is no text in it; if its pages are pictures, have their text recognised first")
    # A note that turned out to be empty is none, and its call is a sign in the text.
    notes = {block.key for block in layout.blocks}
    layout = replace(layout, calls=tuple(call for call in layout.calls if call.key in notes))
    return Extract(text, package.encoding, tuple(document.remarks), layout)


def _metadata(package: Package) -> dict[str, str]:
    """Return what the file says of itself beside its text, where somebody has said it."""
    title = package.properties.get("title", "")
    creator = package.properties.get("creator", "")
    found = {
        "title": "" if _DEFAULT_TITLE.fullmatch(title) else title,
        "authors": "；".join(name for name in _names(creator) if name.casefold() not in _DEFAULT_NAMES),
        "keywords": "；".join(_names(package.properties.get("keywords", ""), commas=True)),
    }
    return {name: text for name, text in found.items() if text}


def _names(text: str, *, commas: bool = False) -> list[str]:
    """Take a list apart.

    A comma parts Chinese names and keywords, but stands within an English name (Wang, Li); blanks part Chinese words
    where nothing else does.
    """
    separators = "[;；、,，]" if commas or _HAN.search(text) else "[;；、]"
    if commas and _HAN.search(text) and not re.search(separators, text):
        separators = r"\s"
    return [name.strip() for name in re.split(separators, text) if name.strip()]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text in a paragraph: plain, or the call of the note `key`, or the note's own label."""

    text: str
    key: str = ""
    is_label: bool = False

    @property
    def is_marker(self) -> bool:
        return bool(self.key) or self.is_label


@dataclass(slots=True)
class _Field:
    """A field that is open: its instruction, and whether its result has begun."""

    instruction: str = ""
    in_result: bool = False
    result: list[str] = field(default_factory=list)

    @property
    def is_hidden(self) -> bool:
        words = self.instruction.split(maxsplit=1)
        return not self.in_result or bool(words and words[0].upper() in _CONTENTS_FIELDS)


@dataclass(frozen=True, slots=True)
class _Note:
    """A note that is called: its own story, its key, and the mark it is called with."""

    root: Element
    key: str
    mark: str
    is_custom: bool


class _Document:
    """A Word file on its way into a `LayoutBuilder`."""

    def __init__(self, package: Package) -> None:
        self.builder = LayoutBuilder()
        self.remarks: list[str] = []
        self.styles = Styles(package.styles)
        self.numbering = Numbering(package.numbering, self.styles)
        self._body = package.document.find(W + "body")
        self._notes = _notes(package)
        self._missing: set[str] = set()
        self.marks = _printed_marks(package)
        self.called: dict[str, _Note] = {}
        roots = [root for root in (package.document, package.footnotes, package.endnotes) if root is not None]
        self.unpaired = {mark for root in roots for mark in _unpaired(root)}
        self.bookmarks = _bookmarks(package.document)

    def write(self) -> None:
        """Write the text, and after it the notes: footnotes, then endnotes, in the order of their calls."""
        if self._body is not None:
            _Story(self).blocks(self._body)
        written: set[str] = set()
        # A note may call another.
        while waiting := [note for key, note in self.called.items() if key not in written]:
            for note in sorted(waiting, key=lambda note: note.key.startswith("endnote")):
                _Story(self, note).blocks(note.root)
                written.add(note.key)
        if self._missing:
            self.remarks.append(
                f"notes are called that the file does not hold: {len(self._missing)}; their marks are kept as text"
            )

    def call(self, key: str, mark: str, *, is_custom: bool = False) -> _Piece:
        """Return the marker `mark` that calls a note; mere text if the file does not hold that note."""
        if key not in self._notes:
            self._missing.add(key)
            return _Piece(mark)
        note = self.called.setdefault(key, _Note(self._notes[key], key, mark, is_custom))
        return _Piece(mark or note.mark, key)

    def omit(self, what: str) -> None:
        """Remember that something could not be read."""
        remark = f"the file refers to {what}, which was not read; open it in Word and save it anew to take it in"
        if remark not in self.remarks:
            self.remarks.append(remark)


class _Story:
    """Walks one story, the body or a note or a text box, and writes its blocks."""

    def __init__(self, document: _Document, note: _Note | None = None) -> None:
        self._document = document
        self._builder = document.builder
        self._note = note
        self._label_due = note is not None
        self._fields: list[_Field] = []
        self._carried: list[_Piece] = []
        self._boxes: list[Element] = []
        self._custom = ""

    def blocks(self, parent: Element) -> None:
        """Write the paragraphs and tables of `parent`."""
        for child in parent:
            if child.tag == W + "p":
                self._paragraph(child)
            elif child.tag == W + "tbl":
                self._table(child)
            elif child.tag == W + "altChunk":
                self._document.omit("a part in another format")
        if self._carried:
            self._write(self._carried, BlockKind.PARAGRAPH)
            self._carried = []

    def _paragraph(self, paragraph: Element) -> None:
        pieces, self._carried = self._carried, []
        pieces += self._pieces(paragraph)
        if _runs_on(paragraph):
            self._carried = pieces
        else:
            kind = self._document.styles.kind(paragraph)
            label = self._document.numbering.label(paragraph)
            if kind.kind != BlockKind.FURNITURE:
                quoted = kind.quoted or self._document.styles.is_indented(paragraph)
                self._write(pieces, kind.kind, level=kind.level, label=label, quoted=quoted and not label)
        self._write_boxes()

    def _table(self, table: Element) -> None:
        rows = [row for row in table.findall(W + "tr") if not _is_deleted(row.find(W + "trPr"))]
        cells = [[cell for cell in row.findall(W + "tc") if not _is_deleted_cell(cell)] for row in rows]
        if len(cells) == 1 and len(cells[0]) == 1:
            # A frame round some paragraphs is drawn as a table of one cell.
            self.blocks(cells[0][0])
            return
        for row in cells:
            pieces: list[_Piece] = []
            for number, cell in enumerate(row):
                pieces += [_Piece(" | ")] if number else []
                pieces += self._cell(cell)
            if any(piece.text.strip(" |") for piece in pieces):
                self._write(pieces, BlockKind.TABLE)
            self._write_boxes()

    def _cell(self, cell: Element) -> Iterator[_Piece]:
        """Return the text of a cell in one line, tables inside it included."""
        for child in cell:
            if child.tag == W + "p":
                yield _Piece(" " + self._document.numbering.label(child))
                yield from self._pieces(child)
            elif child.tag == W + "tbl":
                for inner in child.iterfind(f"{W}tr/{W}tc"):
                    yield from self._cell(inner)

    def _write(
        self, pieces: list[_Piece], kind: BlockKind, *, level: int = 0, label: str = "", quoted: bool = False
    ) -> None:
        pieces = _with_brackets(_joined(pieces))
        if not any(piece.text.strip() or piece.is_marker for piece in pieces):
            return
        if self._note is None:
            self._builder.begin(kind, level=level, quoted=quoted)
        else:
            self._builder.begin(BlockKind.NOTE, key=self._note.key)
            pieces = self._with_own_mark(pieces)
        self._builder.add(label)
        for piece in pieces:
            if piece.is_label:
                self._builder.label(piece.text)
            elif piece.key:
                self._builder.call(piece.key, piece.text)
            else:
                self._builder.add(piece.text)
        self._builder.end()

    def _with_own_mark(self, pieces: list[_Piece]) -> list[_Piece]:
        """Find the label of a note that its author numbered: the mark that calls it, typed again before its text."""
        note, due = self._note, self._label_due
        self._label_due = False
        if not (note and due and note.is_custom and note.mark and pieces) or any(piece.is_label for piece in pieces):
            return pieces
        first = pieces[0].text.lstrip()
        if pieces[0].is_marker or not first.startswith(note.mark):
            return pieces
        return [_Piece(note.mark, is_label=True), replace(pieces[0], text=first[len(note.mark) :]), *pieces[1:]]

    def _write_boxes(self) -> None:
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            _Story(self._document, self._note).blocks(box)

    def _pieces(self, parent: Element) -> Iterator[_Piece]:
        """Return what a paragraph holds, with the results of fields and without their codes."""
        for child in parent:
            if child.tag == W + "r":
                yield from self._run(child)
            elif child.tag == W + "fldSimple":
                self._fields.append(_Field(child.get(W + "instr", "")[:_LONGEST_INSTRUCTION], in_result=True))
                yield from self._pieces(child)
                yield from self._end_field()
            elif child.tag in {M + "oMath", M + "oMathPara"}:
                yield from self._text("".join(part.text or "" for part in child.iter(M + "t", W + "t")))
            elif child.tag == W + "subDoc":
                self._document.omit("a subdocument")
        if self._custom and parent.tag == W + "p":
            yield from self._end_custom("")

    def _run(self, run: Element) -> Iterator[_Piece]:
        if not self._custom:
            yield from self._run_parts(run)
            return
        # The mark was announced at the end of the run before.
        mark = "".join(piece.text for piece in self._run_parts(run))
        yield from self._end_custom(mark)

    def _run_parts(self, run: Element) -> Iterator[_Piece]:
        parts = iter(run)
        for child in parts:
            if child.tag in _REFERENCES:
                kind = _REFERENCES[child.tag]
                key = f"{kind}-{child.get(W + 'id', '')}"
                mark = self._document.marks.get(child)
                if self._is_hidden():
                    continue
                if mark is not None:
                    yield self._document.call(key, mark)
                    continue
                self._custom = key
                mark = "".join(piece.text for rest in parts for piece in self._part(rest)).strip()
                if mark:
                    yield from self._end_custom(mark)
            else:
                yield from self._part(child)

    def _end_custom(self, mark: str) -> Iterator[_Piece]:
        key, self._custom = self._custom, ""
        yield self._document.call(key, mark.strip() or "*", is_custom=True)

    def _part(self, part: Element) -> Iterator[_Piece]:
        """Return the text of one element of a run."""
        if part.tag == W + "t":
            text = (part.text or "").replace("\xad", "")
            yield from self._text(text if part.get(XML_SPACE) == "preserve" else text.strip(" \t\r\n"))
        elif part.tag in _TEXTS:
            yield from self._text(_TEXTS[part.tag])
        elif part.tag == W + "sym":
            yield from self._text(symbol(part.get(W + "font", ""), part.get(W + "char", "")))
        elif part.tag == W + "fldChar":
            yield from self._field_mark(part)
        elif part.tag == W + "instrText":
            if self._fields and not self._fields[-1].in_result:
                instruction = self._fields[-1].instruction + (part.text or "")
                self._fields[-1].instruction = instruction[:_LONGEST_INSTRUCTION]
        elif part.tag in _OWN_LABELS:
            if self._note:
                yield _Piece(self._note.mark, is_label=True)
        elif part.tag == W + "ruby":
            for base in part.iterfind(W + "rubyBase"):
                yield from self._pieces(base)
        elif part.tag in {W + "drawing", W + "pict", W + "object"}:
            self._boxes += [] if self._is_hidden() else _boxes(part)

    def _text(self, text: str) -> Iterator[_Piece]:
        if self._is_hidden() or not text:
            return
        if self._fields and self._repeated_note(self._fields[-1]):
            self._fields[-1].result.append(text)
        else:
            yield _Piece(text)

    def _is_hidden(self) -> bool:
        return any(one.is_hidden for one in self._fields)

    def _field_mark(self, mark: Element) -> Iterator[_Piece]:
        if mark in self._document.unpaired:
            return
        kind = mark.get(W + "fldCharType")
        if kind == "begin":
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].in_result = True
        elif kind == "end" and self._fields:
            yield from self._end_field()

    def _end_field(self) -> Iterator[_Piece]:
        ended = self._fields.pop()
        if self._is_hidden():
            return
        if key := self._repeated_note(ended):
            yield self._document.call(key, "".join(ended.result))
        elif not ended.in_result:
            yield from self._text(_equation(ended.instruction))

    def _repeated_note(self, one: _Field) -> str:
        """Return the key of the note that a field calls again, printing its mark raised; "" if it does not."""
        words = one.instruction.split()
        if len(words) < 3 or words[0].upper() != "NOTEREF" or "\\f" not in words[2:]:
            return ""
        return self._document.bookmarks.get(words[1], "")


def _notes(package: Package) -> dict[str, Element]:
    """Return the notes that hold anything, by their keys."""
    notes = {}
    for kind, root in (("footnote", package.footnotes), ("endnote", package.endnotes)):
        for note in () if root is None else root.iter(W + kind):
            if next(note.iter(W + "t", W + "sym", M + "t", W + "instrText"), None) is not None:
                notes[f"{kind}-{note.get(W + 'id', '')}"] = note
    return notes


def _printed_marks(package: Package) -> dict[Element, str]:
    """Return what Word prints for each call of a note, but for those with a mark of their author's."""
    marks: dict[Element, str] = {}
    for tag, kind in _REFERENCES.items():
        count = 0
        for number, (section, calls) in enumerate(_sections(package.document, tag)):
            settings = _note_settings(package, section, kind)
            if number == 0 or settings.get("numRestart") == "eachSect":
                count = (whole(settings.get("numStart")) or 1) - 1
            for call in calls:
                if call.get(W + "customMarkFollows", "0") not in {"0", "false", "off"}:
                    continue
                count += 1
                marks[call] = printed(
                    count, settings.get("numFmt", _DEFAULT_FORMATS[kind]), custom=settings.get("format", "")
                )
    return marks


def _sections(document: Element, tag: str) -> Iterator[tuple[Element | None, list[Element]]]:
    """Return the sections with the calls in them; a section's properties stand in its last paragraph."""
    calls: list[Element] = []
    ending: Element | None = None
    last: Element | None = None
    for element in document.iter(W + "p", W + "sectPr", tag):
        if element.tag == tag:
            calls.append(element)
            continue
        if element.tag == W + "p" and ending is not None and not _within(element, ending):
            yield ending.find(f"{W}pPr/{W}sectPr"), calls
            calls, ending = [], None
        if element.tag == W + "sectPr":
            parent = element.getparent()
            if parent is not None and parent.tag == W + "pPr":
                ending = parent.getparent()
            else:
                last = element
    if ending is not None:
        yield ending.find(f"{W}pPr/{W}sectPr"), calls
        calls = []
    yield last, calls


def _within(element: Element, other: Element) -> bool:
    return any(ancestor is other for ancestor in element.iterancestors())


def _note_settings(package: Package, section: Element | None, kind: str) -> dict[str, str]:
    """Return how notes are numbered: as the section says, and else as the document does."""
    settings: dict[str, str] = {}
    for holder in (package.settings, section):
        properties = None if holder is None else holder.find(W + _PROPERTIES[kind])
        for child in () if properties is None else properties:
            name = child.tag.removeprefix(W)
            settings[name] = child.get(W + "val", "")
            if name == "numFmt":
                settings["format"] = child.get(W + "format", "")
    return settings


def _unpaired(root: Element) -> set[Element]:
    """Return the marks of fields that are begun and not ended in their story, or ended and not begun.

    In a damaged file one of them would otherwise hide all text after it.
    """
    open_fields: dict[Element | None, list[list[Element]]] = {}
    unpaired: set[Element] = set()
    for mark in root.iter(W + "fldChar"):
        story = open_fields.setdefault(next(mark.iterancestors(*_STORIES), None), [])
        kind = mark.get(W + "fldCharType")
        if kind == "begin":
            story.append([mark])
        elif not story:
            unpaired.add(mark)
        elif kind == "end":
            story.pop()
        else:
            story[-1].append(mark)
    return unpaired.union(*(marks for story in open_fields.values() for marks in story))


def _bookmarks(document: Element) -> dict[str, str]:
    """Return which note is called inside each bookmark, so that a field that refers to it calls that note again."""
    names: dict[str, str] = {}
    targets: dict[str, str] = {}
    for element in document.iter(W + "bookmarkStart", W + "bookmarkEnd", *_REFERENCES):
        if element.tag == W + "bookmarkStart":
            names[element.get(W + "id", "")] = element.get(W + "name", "")
        elif element.tag == W + "bookmarkEnd":
            names.pop(element.get(W + "id", ""), None)
        else:
            key = f"{_REFERENCES[element.tag]}-{element.get(W + 'id', '')}"
            targets |= dict.fromkeys(names.values(), key)
            names.clear()
    return targets


def _boxes(element: Element) -> Iterator[Element]:
    """Return the text boxes in a drawing, but not those inside them."""
    for child in element:
        if child.tag == W + "txbxContent":
            yield child
        else:
            yield from _boxes(child)


def _runs_on(paragraph: Element) -> bool:
    """Say whether the end of a paragraph was deleted, so that the next one goes on with it."""
    return _is_deleted(paragraph.find(f"{W}pPr/{W}rPr"))


def _is_deleted(properties: Element | None) -> bool:
    return properties is not None and any(properties.find(W + name) is not None for name in ("del", "moveFrom"))


def _is_deleted_cell(cell: Element) -> bool:
    return cell.find(f"{W}tcPr/{W}cellDel") is not None


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """Make one piece of neighbouring plain text: Word parts it wherever somebody once changed something."""
    joined: list[_Piece] = []
    plain: list[str] = []
    for piece in pieces:
        if not piece.is_marker:
            plain.append(piece.text)
            continue
        if plain:
            joined.append(_Piece("".join(plain)))
            plain = []
        joined.append(piece)
    return [*joined, _Piece("".join(plain))] if plain else joined


def _with_brackets(pieces: list[_Piece]) -> list[_Piece]:
    """Take what authors type round an automatic number into it: [1], 〔1〕, and a dot after a note's own number."""
    pieces = list(pieces)
    for index, piece in enumerate(pieces):
        if not piece.is_marker:
            continue
        before = pieces[index - 1] if index else _Piece("")
        after = pieces[index + 1] if index + 1 < len(pieces) else _Piece("")
        if before.is_marker or after.is_marker:
            continue
        opening, closing = before.text[-1:], after.text[:1]
        if opening and _BRACKETS.get(opening) == closing:
            pieces[index - 1] = replace(before, text=before.text[:-1])
            pieces[index] = replace(piece, text=opening + piece.text + closing)
            pieces[index + 1] = replace(after, text=after.text[1:])
        elif piece.is_label and _AFTER_LABEL.match(after.text):
            pieces[index] = replace(piece, text=piece.text + closing)
            pieces[index + 1] = replace(after, text=after.text[1:])
    return pieces


def _equation(instruction: str) -> str:
    """Return the text of a field that lays characters over one another: a number in a circle, a word with a reading."""
    equation = _EQUATION.fullmatch(instruction)
    if not equation:
        return ""
    over, separator, base = equation[1].replace(";", ",").rpartition(",")
    if not separator:
        return ""
    if over.strip() in _CIRCLES:
        number = whole(base.strip())
        return _ENCLOSED[number - 1] if number and 0 < number <= len(_ENCLOSED) else base.strip()
    return base.strip() if "\\s" in over else ""
