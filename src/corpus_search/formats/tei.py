"""How do I read a TEI document?

A TEI P5 file's bytes in; the text of its front, body and back out, with what its header says. Divisions with a head
nest headings; notes stand in the text, where they are their own marker, or are gathered and called by ``ref``, ``ptr``
or a ``target`` of their own; ``pb`` begins a printed page; each ``bibl`` of a list is a paragraph. Where an editor
gives two readings, the source's stands (``sic``, ``orig``, ``abbr``, ``lem``); of ruby the base text alone.

An XML file that is no TEI is refused. GROBID's and pandoc's output are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus_search.errors import FileError
from corpus_search.formats.layout import BlockKind, Extract
from corpus_search.formats.markup import (
    BlockWriter,
    Element,
    Step,
    decode_markup,
    local_name,
    lost_notes,
    parse_xml,
    walk,
    words,
)
from corpus_search.formats.webmeta import doi_in, join

SUFFIXES = frozenset({".xml", ".tei"})
"""The file name endings read as TEI, in lower case."""

_ID = "{http://www.w3.org/XML/1998/namespace}id"
_SKIPPED = words("teiHeader rt figDesc graphic media fsdDecl standOff facsimile sourceDoc reg corr expan rdg del desc")
_PARAGRAPHS = words(
    "p ab l bibl biblStruct biblFull item byline docAuthor docDate docImprint dateline salute signed opener closer "
    "trailer epigraph argument titlePart title speaker stage label imprimatur postscript quote cit q said"
)
_CONTAINERS = words(
    "TEI TEI.2 teiCorpus text group front body back lg sp figure docTitle titlePage castList performance set list "
    "table listPerson listOrg listPlace listEvent note notesGrp noteGrp floatingText"
)
_IN_LINE_TOO = words("note bibl title label quote q said cit stage docDate docAuthor biblStruct")
_DIVISION = re.compile(r"div[1-7]?")
_PAGE = re.compile(r"\D{0,6}(\d{1,5})\D?")
_IN_TEXT = frozenset({"inline", "inspace", "interlinear"})


def extract(data: bytes, *, path: str) -> Extract:
    """Read a TEI document, or raise `FileError` naming `path`."""
    decoded = decode_markup(data, path=path)
    root = parse_xml(decoded.text, path=path, extra="tei")
    if local_name(root) not in ("TEI", "teiCorpus", "TEI.2"):
        raise FileError(path, f"this XML is no TEI (its root is <{local_name(root)[:40]}>); convert it, or remove it")
    writer = BlockWriter()
    _Writer(root, writer).write()
    text, layout = writer.finished(_metadata(root))
    if not layout.blocks:
        raise FileError(path, "the TEI document has a header but no text; get a version with text, or remove it")
    return Extract(text, decoded.encoding, (*decoded.remarks, *lost_notes(writer.lost)), layout)


# --- notes ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Notes:
    """`calls` are the elements that call gathered notes; `keys` give each note's key, `gathered` are those called."""

    calls: dict[Element, str]
    keys: dict[Element, str]
    gathered: frozenset[Element]


def _find_notes(root: Element) -> _Notes:
    by_id: dict[str, Element] = {}
    notes: list[Element] = []
    pointers: list[Element] = []
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.get(_ID):
            by_id.setdefault(element.get(_ID), element)
        name = local_name(element)
        if name == "note" and (element.get("place") or "") not in _IN_TEXT and not _is_of_source(element):
            notes.append(element)
        elif name in ("ref", "ptr") and element.get("target"):
            pointers.append(element)
    keys = {note: note.get(_ID) or f"note-{number}" for number, note in enumerate(notes, 1)}
    calls: dict[Element, str] = {}
    gathered = set()
    for pointer in pointers:
        note = by_id.get(pointer.get("target").removeprefix("#")) if pointer.get("target").startswith("#") else None
        if note in keys and note not in pointer.iterancestors():
            calls[pointer] = keys[note]
            gathered.add(note)
    for note in notes:
        # A note may itself point to the place it belongs to.
        target = by_id.get((note.get("target") or "").removeprefix("#"))
        if target is not None and note not in gathered and target not in keys and not len(target) and not target.text:
            calls[target] = keys[note]
            gathered.add(note)
    return _Notes(calls, keys, frozenset(gathered))


def _is_of_source(note: Element) -> bool:
    """Tell whether a note belongs to an entry of a bibliography or to the header, and not to the text."""
    return any(local_name(above) in ("biblStruct", "bibl", "biblFull", "teiHeader") for above in note.iterancestors())


# --- text -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _State:
    """What holds for the content of an element."""

    element: Element | None
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    key: str = ""
    depth: int = 0
    in_block: bool = False
    ends_block: bool = False
    aside: bool = False


class _Writer:
    def __init__(self, root: Element, writer: BlockWriter) -> None:
        self._root = root
        self._writer = writer
        self._notes = _find_notes(root)
        self._states = [_State(None)]
        self._cells = 0
        self._titled = False

    def write(self) -> None:
        skipping: Element | None = None
        for step, element, text in walk(self._root):
            if skipping is not None:
                if step is Step.END and element is skipping:
                    skipping = None
            elif step is Step.TEXT:
                self._add(text)
            elif step is Step.END:
                self._end()
            elif not self._start(element):
                skipping = element
        self._writer.end()

    def _start(self, element: Element) -> bool:
        """Begin an element; return False if its content is to be skipped."""
        name, state = local_name(element), self._states[-1]
        if element in self._notes.calls:
            self._open_block()
            self._writer.call(self._notes.calls[element], "".join(element.itertext()) or element.get("n") or "")
            return False
        if name == "pb":
            if found := _PAGE.fullmatch((element.get("n") or "").strip()):
                self._writer.page(int(found.group(1)))
            return False
        if name == "lb":
            self._add("" if element.get("break") == "no" else "\n")
            return False
        if name in _SKIPPED and not self._is_only_reading(element):
            return False
        raw = element.find("{*}note[@type='raw_reference']") if name == "biblStruct" else None
        if raw is not None:
            self._writer.begin()
            self._writer.add("".join(raw.itertext()))
            self._writer.end()
            return False
        new = _State(element, state.kind, state.level, state.key, state.depth, state.in_block)
        self._states.append(new)
        if element in self._notes.keys:
            self._begin_note(element, new)
        elif name == "head":
            self._begin_head(element, new)
        elif _DIVISION.fullmatch(name) or name == "listBibl":
            self._writer.end()
            new.depth += _has_head(element)
            new.in_block = False
        elif name == "fw":
            self._begin_block(new, BlockKind.FURNITURE)
        elif name == "row":
            self._begin_block(new, BlockKind.TABLE)
            self._cells = 0
        elif name == "cell" and state.kind is BlockKind.TABLE:
            self._cells += 1
            if self._cells > 1:
                self._trim()
                self._writer.add(" | ")
        elif state.kind in (BlockKind.TABLE, BlockKind.HEADING, BlockKind.CAPTION, BlockKind.TITLE):
            self._writer.add(" " if name in _PARAGRAPHS and name not in _IN_LINE_TOO else "")
        elif name == "titlePart" and element.get("type", "main") == "main" and not self._titled:
            self._begin_block(new, BlockKind.TITLE)
            self._titled = True
        elif name in _PARAGRAPHS or name in _CONTAINERS:
            self._begin_plain(element, name, new)
        return True

    def _begin_plain(self, element: Element, name: str, new: _State) -> None:
        if new.in_block and name in _IN_LINE_TOO and not _holds_blocks(element):
            return
        self._writer.end()
        new.ends_block = True
        new.in_block = name == "p" or (name in _PARAGRAPHS and not _holds_blocks(element))

    def _begin_block(self, new: _State, kind: BlockKind, level: int = 0) -> None:
        self._writer.begin(kind, level=level, key=new.key)
        new.kind, new.level, new.ends_block, new.in_block = kind, level, True, True

    def _begin_head(self, element: Element, new: _State) -> None:
        around = local_name(element.getparent())
        if new.key:
            self._begin_block(new, BlockKind.NOTE)
        elif around in ("figure", "table"):
            self._begin_block(new, BlockKind.CAPTION)
        elif _DIVISION.fullmatch(around) or around == "listBibl":
            self._begin_block(new, BlockKind.HEADING, max(new.depth, 1))
        elif around in ("text", "front", "body") and not self._titled:
            self._begin_block(new, BlockKind.TITLE)
            self._titled = True
        else:
            self._begin_block(new, BlockKind.HEADING, new.depth + 1)

    def _begin_note(self, element: Element, new: _State) -> None:
        key = self._notes.keys[element]
        if new.in_block:
            if element not in self._notes.gathered:
                self._open_block()
                self._writer.call(key, element.get("n") or "")
            self._writer.enter_note()
            new.aside = True
        else:
            self._writer.end()
            new.ends_block = True
        new.key, new.kind, new.level, new.in_block = key, BlockKind.NOTE, 0, not _holds_blocks(element)

    def _end(self) -> None:
        state = self._states.pop()
        row = self._writer.open if state.kind is BlockKind.TABLE and state.ends_block else None
        if row and not row.text.strip("| "):
            self._writer.open = None
        if state.aside:
            self._writer.leave_note()
        elif state.ends_block:
            self._writer.end()

    def _is_only_reading(self, element: Element) -> bool:
        """Tell whether an editor's reading stands alone, with no reading of the source beside it."""
        above = element.getparent()
        if local_name(element) == "figDesc":
            # GROBID has the caption there, and no picture to describe.
            return any("grobid" in (app.get("ident") or "").lower() for app in self._root.iter("{*}application"))
        alone = local_name(element) in ("reg", "corr", "expan")
        return alone and not (above is not None and local_name(above) == "choice")

    def _open_block(self) -> None:
        state = self._states[-1]
        if self._writer.open is None:
            self._writer.begin(state.kind, level=state.level, key=state.key)

    def _add(self, text: str) -> None:
        if self._writer.open or text.strip():
            self._open_block()
            self._writer.add(text)

    def _trim(self) -> None:
        for run in reversed(self._writer.open.runs if self._writer.open else []):
            run.text = run.text.rstrip()
            if run.text:
                break


def _has_head(element: Element) -> bool:
    heads = (child for child in element if isinstance(child.tag, str) and local_name(child) == "head")
    return any("".join(head.itertext()).strip() for head in heads)


def _holds_blocks(element: Element) -> bool:
    """Tell whether a quotation, list or the like holds paragraphs, and so cannot be part of one."""
    inner = ("p", "lg", "l", "ab", "list", "item", "table", "row", "listBibl", "head")
    return any(local_name(child) in inner for child in element if isinstance(child.tag, str))


# --- metadata -------------------------------------------------------------------------------------------------


def _metadata(root: Element) -> dict[str, str]:
    """Return what the header says of the text, of the article before the whole that it is part of."""
    header = next(root.iter("{*}teiHeader"), None)
    if header is None:
        return {}
    analytic, statement = ".//{*}sourceDesc//{*}analytic", ".//{*}fileDesc/{*}titleStmt"
    identifiers = [e for e in header.iter("{*}idno") if (e.get("type") or "").upper() in ("DOI", "")]
    metadata = {
        "title": _first([*_titles(header, analytic), *_titles(header, statement)]),
        "authors": join(_names(header, analytic) or _names(header, statement)),
        "keywords": join(_keywords(header)),
        "abstract": _first(_text(e) for e in header.iter("{*}abstract")),
        "doi": _first(doi_in(_text(e)) for e in identifiers),
        "date": _first(
            [_date(e) for e in header.findall(".//{*}sourceDesc//{*}imprint/{*}date")]
            + [_date(e) for e in header.findall(".//{*}publicationStmt//{*}date")]
        ),
        "journal": _first(_text(e) for e in header.findall(".//{*}sourceDesc//{*}title[@level='j']")),
    }
    return {key: value for key, value in metadata.items() if value}


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext("{*}*")).split())


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _titles(header: Element, where: str) -> Iterator[str]:
    found = header.findall(f"{where}/{{*}}title")
    yield from (_text(e) for e in sorted(found, key=lambda e: e.get("type", "main") != "main"))


def _names(header: Element, where: str) -> list[str]:
    """Return authors' names: family names go first and close up where they are Han, as they do in print."""
    names = []
    for author in header.findall(f"{where}/{{*}}author"):
        person = author.find("{*}persName")
        if person is None:
            names.append(_text(author))
            continue
        family = " ".join(_text(e) for e in person.findall("{*}surname"))
        given = " ".join(_text(e) for e in person.findall("{*}forename"))
        if family and given:
            names.append(f"{given} {family}" if family.isascii() or given.isascii() else family + given)
        else:
            names.append(_text(person))
    return names


def _keywords(header: Element) -> list[str]:
    found = [e for keywords in header.iter("{*}keywords") for e in keywords.iter("{*}term", "{*}item")]
    leaves = [e for e in found if not any(True for _ in e.iter("{*}term") if _ is not e)]
    return [_text(e) for e in leaves] or [
        word for keywords in header.iter("{*}keywords") for word in re.split("[;；,，、]", _text(keywords))
    ]


def _date(element: Element) -> str:
    return element.get("when") or _text(element)
