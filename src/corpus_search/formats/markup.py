"""How does a marked-up text become blocks?

What HTML, EPUB and TEI share: bytes are decoded and parsed into a tree of elements, safely, and a `BlockWriter` takes
what a walker over that tree finds and hands it on to a `LayoutBuilder`. Notes that stand inside the sentence they
belong to are set aside until its block ends; labels and the brackets around markers are told from text.

lxml does the parsing. Entities are never expanded, nothing is fetched, and the walk needs no recursion, so that
neither depth nor bombs do harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from html import unescape
from typing import Any

from corpus_search.errors import FileError
from corpus_search.formats.layout import BlockKind, Extract, Layout, LayoutBuilder
from corpus_search.formats.text import MAX_BYTES, decode

Element = Any
"""An element of lxml's, which has no types of its own."""

_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)|<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I
)
# Pages announce the smaller set and use the larger one, which is why browsers decode by these tables.
_CODECS = {
    "utf-8": ("utf-8", "utf8"),
    "gb18030": ("gb2312", "gb_2312-80", "gbk", "x-gbk", "gb18030", "chinese", "csgb2312"),
    "big5hkscs": ("big5", "big5-hkscs", "x-x-big5", "csbig5", "cn-big5"),
    "cp932": ("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms_kanji"),
    "euc_jp": ("euc-jp", "x-euc-jp"),
    "cp949": ("euc-kr", "ks_c_5601-1987", "windows-949", "korean"),
    "cp1252": ("iso-8859-1", "latin1", "us-ascii", "ascii", "windows-1252"),
    "iso2022_jp": ("iso-2022-jp",),
    "hz": ("hz-gb-2312",),
}
_CODEC_OF = {label: codec for codec, labels in _CODECS.items() for label in labels}
_CODEC_OF |= {f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1253, 1254, 1257, 1258)}
_CODEC_OF |= {f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 7, 9, 10, 13, 14, 15, 16)}
_SEVEN_BITS = frozenset({"iso2022_jp", "hz"})
_SUBSET = re.compile(r"<!DOCTYPE[^>\[]{0,500}\[.*?\]\s*>", re.DOTALL | re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_OPENING, _CLOSING = "[(（［〔【〈", "])）］〕】〉"
_NUMBER = r"(?:\d{1,4}|[①-⓿❶-➓㉑-㊿⑴-⒛]|[ivxlcIVXLC]{1,6}|[a-zA-Z]{1,2}|[一二三四五六七八九十百]{1,4}|[*＊†‡§¶#※]{1,4})"
_MARKER = re.compile(
    rf"[\[(（［〔【〈<^]?\s*(?:[注註][释釋]?|[Nn]ote|nb|n\.|fn)?\s*{_NUMBER}\s*[\])）］〕】〉>]?[.．、]?"
)
_PLAIN = re.compile(rf"^[\s\^{re.escape(_OPENING)}]*|[\s.．、{re.escape(_CLOSING)}]*$")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_LINE_END = re.compile(r"\s*\n\s*")


# --- bytes to elements ---------------------------------------------------------------------------------------


def decode_markup(data: bytes, *, path: str) -> Extract:
    """Decode a marked-up text by its byte order mark, what it announces, or what fits, and raise `FileError` else.

    What is valid UTF-8 is UTF-8, whatever it announces: browsers save pages so, and leave the announcement.
    """
    announced = _DECLARED.search(data, 0, 4096)
    label = next(filter(None, announced.groups())).decode("latin-1").lower() if announced else ""
    codec = _CODEC_OF.get(label)
    if codec is None or len(data) > MAX_BYTES or (codec not in _SEVEN_BITS and _is_utf8(data)):
        return decode(data, path=path)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        # A few stray bytes do not make an announcement untrue.
        text = data.decode(codec, "replace")
        if text.count("\ufffd") > len(text) // 200:
            return decode(data, path=path)
    checked = decode(text.encode("utf-8", "replace"), path=path)
    broken = text.count("\ufffd")
    remark = (f"{broken} characters are not valid {label}; they are read as \ufffd",) if broken else ()
    return Extract(checked.text, codec, (*checked.remarks, *remark))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def parse_xml(text: str, *, path: str, extra: str) -> Element:
    """Parse XML and return its root, or raise `FileError`; `extra` is what brings the parser, should it be missing."""
    etree = _etree(path, extra)
    # Without `collect_ids`, which would save a table, lxml reads the files that a document type names.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_NOT_XML.sub("\ufffd", text).strip().encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        why = re.sub(r" \(<string>.*", "", " ".join(str(error).split()))[:200] or "it is empty"
        if re.search("(?i)excessive depth|too long|amplification|resource limit", why):
            reason = "its elements, texts or entities go beyond what any article needs (an XML bomb?); save it anew"
            raise FileError(path, reason) from None
        raise FileError(path, f"this is no well-formed XML ({why}); repair it or save it anew") from None
    if root is None:
        raise FileError(path, "this is no well-formed XML (it is empty); remove it or save it anew")
    return root


def parse_html(text: str, *, path: str, extra: str) -> Element:
    """Parse HTML as leniently as a browser and return its root, or raise `FileError`."""
    etree = _etree(path, extra)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    root = None
    text = _SUBSET.sub("", text, count=1)
    if text.strip():
        try:
            root = etree.fromstring(_NOT_XML.sub("\ufffd", text).encode("utf-8", "replace"), parser)
        except (etree.LxmlError, ValueError):
            root = None
    if any("depth" in error.message for error in parser.error_log):
        raise FileError(path, "its elements are nested thousands deep, as in no page made by hand; save it anew")
    if root is None:
        raise FileError(path, "no text is in it; remove it or save it anew")
    return root


def _etree(path: str, extra: str) -> Any:
    try:
        from lxml import etree
    except ImportError:
        reason = f"reading {extra.upper()} needs more packages: pip install 'corpus-search[{extra}]'"
        raise FileError(path, reason) from None
    return etree


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


class Step(Enum):
    """What a walk over a tree comes upon."""

    START = "start"
    TEXT = "text"
    END = "end"


def lost_notes(lost: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence on markers whose notes are not there."""
    shown = ", ".join(lost[:10])
    return (f"no note is there for marker {shown}; it stays in the text",) if lost else ()


def walk(root: Element) -> Iterator[tuple[Step, Element, str]]:
    """Yield the elements of a tree as they begin and end, and the text in them."""
    yield Step.START, root, ""
    if root.text:
        yield Step.TEXT, root, root.text
    stack = [(root, iter(root))]
    while stack:
        element, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield Step.END, element, ""
            if stack and element.tail:
                yield Step.TEXT, stack[-1][0], element.tail
        elif isinstance(child.tag, str):
            yield Step.START, child, ""
            if child.text:
                yield Step.TEXT, child, child.text
            stack.append((child, iter(child)))
        else:
            # An entity that the document type would define is known by name, or stays as it is written.
            written = unescape(child.text) if str(child.text).startswith("&") else ""
            yield Step.TEXT, element, written + (child.tail or "")


# --- markers and labels --------------------------------------------------------------------------------------


def is_marker(text: str) -> bool:
    """Tell whether `text` is of the form of a note's marker: ``1``, ``[1]``, ``①``, ``*``, ``注1``."""
    return len(text) < 12 and _MARKER.fullmatch(text.strip()) is not None


def bare(marker: str) -> str:
    """Return a marker without the brackets and points around it."""
    return _PLAIN.sub("", marker)


def words(text: str) -> frozenset[str]:
    """Return the words of a text, for tables of names."""
    return frozenset(text.split())


def _label_end(text: str, marker: str) -> int:
    """Return where the label at the beginning of a note's text ends, 0 if `marker` does not label it."""
    around = rf"[\s\^{re.escape(_OPENING)}]*{re.escape(marker)}\s*(?:[{re.escape(_CLOSING)}]\s*)?(?:[.．、:：](?!\d))?"
    found = re.match(around, text) if marker else None
    if found is None:
        return 0
    following = text[found.end() : found.end() + 1]
    # A year or a word that begins with the number is not labelled by it.
    goes_on = found.group()[-1].isalnum() and following and (following.isascii() or following in "年月日世个個")
    return 0 if goes_on and marker.isascii() and following.isalnum() else found.end()


# --- blocks ---------------------------------------------------------------------------------------------------


class RunKind(Enum):
    """What a piece of a block is."""

    TEXT = "text"
    CALL = "call"
    PAGE = "page"


@dataclass(slots=True)
class Run:
    """A piece of a block: text, a marker that calls the note `key`, or the beginning of a printed page."""

    kind: RunKind
    text: str = ""
    key: str = ""
    page: int = 0


@dataclass(slots=True)
class Block:
    """A block in the making; `labels` are markers that may stand at its beginning as a note's label."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    key: str = ""
    runs: list[Run] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text as it will be, markers and all, with blanks put in order roughly."""
        return " ".join("".join(run.text for run in self.runs).split())

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written into it yet."""
        return not any(run.kind is RunKind.CALL or run.text.strip() for run in self.runs)


class BlockWriter:
    """Gathers the blocks of a marked-up text in reading order."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.open: Block | None = None
        self._set_aside: list[Block] = []
        self._hosts: list[tuple[Block | None, list[Block]]] = []
        self._page = 0
        self.lost: list[str] = []
        """Markers whose notes turned out to be empty."""

    def begin(self, kind: BlockKind = BlockKind.PARAGRAPH, *, level: int = 0, key: str = "") -> Block:
        """Begin a block, and end the one before it."""
        self.end()
        self.open = Block(kind, level, key)
        return self.open

    def end(self) -> None:
        """End the block that is open, if one is; the notes set aside in it follow."""
        if self.open:
            self.blocks.append(self.open)
            self.open = None
        if not self._hosts and self._set_aside:
            self.blocks += self._set_aside
            self._set_aside = []
            self._write_page()

    def add(self, text: str) -> None:
        """Add running text."""
        # A soft hyphen is where a line may break, and no character of the text.
        text = text.replace("\xad", "")
        if text and (self.open or text.strip()):
            (self.open or self.begin()).runs.append(Run(RunKind.TEXT, text))

    def call(self, key: str, printed: str) -> None:
        """Add a marker that calls the note `key`."""
        (self.open or self.begin()).runs.append(Run(RunKind.CALL, printed.strip(), key))

    def label(self, printed: str) -> None:
        """Add the label a note begins with."""
        block = self.open or self.begin()
        block.labels.append(bare(printed))
        block.runs.append(Run(RunKind.TEXT, printed))

    def page(self, number: int) -> None:
        """Say that a printed page begins here."""
        self._page = number
        if self.open:
            self.open.runs.append(Run(RunKind.PAGE, page=number))
        else:
            self._write_page()

    def enter_note(self) -> None:
        """Set the block that is open aside: a note stands in the middle of it."""
        self._hosts.append((self.open, self.blocks))
        self.open, self.blocks = None, []
        self._write_page()

    def leave_note(self) -> None:
        """Go on with the block that was set aside."""
        self.end()
        notes = self.blocks
        self.open, self.blocks = self._hosts.pop()
        self._set_aside += notes
        if not self._hosts and self.open is None:
            self.end()

    def finished(self, metadata: Mapping[str, str]) -> tuple[str, Layout]:
        """Return the text and its layout."""
        self.end()
        builder = LayoutBuilder()
        builder.metadata.update(metadata)
        markers: dict[str, list[str]] = {}
        written = {block.key for block in self.blocks if block.kind is BlockKind.NOTE and not block.is_blank}
        for block in self.blocks:
            block.runs = _gathered(block.runs)
            for run in block.runs:
                if run.kind is RunKind.CALL and run.key not in written:
                    self.lost.append(run.text or "*")
                    run.kind = RunKind.TEXT
                elif run.kind is RunKind.CALL:
                    markers.setdefault(run.key, []).append(bare(run.text))
        top = min((block.level for block in self.blocks if block.kind is BlockKind.HEADING), default=1)
        begun: set[str] = set()
        for block in _labels_joined(self.blocks, markers):
            level = block.level - top + 1 if block.kind is BlockKind.HEADING else 0
            builder.begin(block.kind, level=level, key=block.key)
            labels: list[str] = []
            if block.kind is BlockKind.NOTE and block.key not in begun and not block.is_blank:
                begun.add(block.key)
                labels = [*block.labels, *markers.get(block.key, ())]
            _replay(block.runs, labels, builder)
            builder.end()
        return builder.finished()

    def _write_page(self) -> None:
        if self._page:
            self.blocks.append(Block(runs=[Run(RunKind.PAGE, page=self._page)]))


def _gathered(runs: list[Run]) -> list[Run]:
    """Join neighbouring runs of text, and take the brackets around a marker into it."""
    gathered: list[Run] = []
    for run in runs:
        if gathered and run.kind is gathered[-1].kind is RunKind.TEXT:
            gathered[-1].text += run.text
        else:
            gathered.append(run)
    for before, marker, after in zip(gathered, gathered[1:], gathered[2:], strict=False):
        if marker.kind is not RunKind.CALL or not is_marker(marker.text):
            continue
        opening, closing = before.text.rstrip()[-1:], after.text.lstrip()[:1]
        if (
            before.kind is after.kind is RunKind.TEXT
            and opening
            and _OPENING.find(opening) == _CLOSING.find(closing) >= 0
        ):
            before.text = before.text.rstrip()[:-1]
            after.text = after.text.lstrip()[1:]
            marker.text = opening + marker.text + closing
    return gathered


def _labels_joined(blocks: list[Block], markers: Mapping[str, list[str]]) -> list[Block]:
    """Join a label that is a block by itself with the note it is the label of."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and last.kind is block.kind is BlockKind.NOTE and last.key == block.key and last.text:
            alone = bare(last.text) in (*last.labels, *markers.get(last.key, ()))
            first = len(joined) < 2 or joined[-2].key != last.key
            if alone and first:
                last.runs = [*last.runs, Run(RunKind.TEXT, " "), *block.runs]
                last.labels += block.labels
                continue
        joined.append(block)
    return joined


def _replay(runs: list[Run], labels: list[str], builder: LayoutBuilder) -> None:
    first = next((run for run in runs if run.text.strip()), None)
    last, called = "", False
    for run in runs:
        text = run.text
        if run.kind is RunKind.PAGE:
            builder.page(run.page)
            continue
        if run.kind is RunKind.CALL:
            builder.call(run.key, text)
            called = True
            continue
        if run is first and (end := max((_label_end(text, label) for label in labels), default=0)):
            builder.label(text[:end])
            text = text[end:]
        if called and _WIDE.match(last):
            # A line end after Han is none, nor is it after Han and a marker.
            text = _LINE_END.sub("", text, count=1) if _LINE_END.match(text) else text
        builder.add(text)
        last, called = text.rstrip()[-1:] or last, called and not text.strip()
