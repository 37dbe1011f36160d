"""What is this paragraph of a Word file, and which number does Word print before it?

Word keeps neither in the paragraph itself. That a paragraph is a heading follows from its style, from the style that
one is based on, or from an outline level; that it begins with 一、 or 1.1 follows from the numbering of its style and
from all numbered paragraphs before it. `Styles` and `Numbering` answer from ``styles.xml`` and ``numbering.xml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus_search.formats.docx_numbers import printed
from corpus_search.formats.docx_package import W, is_on, value, whole
from corpus_search.formats.layout import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Word keeps the names of its own styles in English in every language ("heading 1"); other programs and old
# conversions write them as the user sees them.
_HEADING = re.compile(
    r"(?:heading|标题|標題|見出し|제목|überschrift|titre|título|titolo|заголовок)\s*([1-9])", re.IGNORECASE
)
_TITLE = frozenset({"title", "标题", "標題", "表題"})
_SUBTITLE = frozenset({"subtitle", "副标题", "副標題", "副題"})
_CAPTION = re.compile(r"(?:table|image|figure)?\s*caption|题注|題注|標號|図表番号")
_CONTENTS = re.compile(
    r"(?:toc|目录|目錄|目次)\s*(?:[1-9]|heading|标题|標題)|table of figures|contents [1-9]", re.IGNORECASE
)
_QUOTE = frozenset({"quote", "intense quote", "block text", "block quotation", "引用", "明显引用", "引文", "文本块"})
_INDENT = 360
"""What is indented by as much (a quarter of an inch, in twentieths of a point) on its left is set off from the text."""
_INDENT_LETTERS = 150
"""The same in hundredths of a character."""
_DEEPEST = 20
"""No style is based on more styles than this; a file that says otherwise is broken or made to be slow."""
_LONGEST = 100
"""Longer numbers are no numbers."""
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_PLACE = re.compile("%([1-9])")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a paragraph is: its kind of block and, for a heading, its level; `quoted` if its style is for quotations."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    base: str
    outline: int | None = None
    list_id: str | None = None
    list_level: int | None = None


class Styles:
    """The paragraph styles of a file."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, _Style] = {}
        self._default = ""
        self._kinds: dict[str, Kind] = {}
        for style in () if root is None else root.iter(W + "style"):
            name = style.get(W + "styleId", "")
            if style.get(W + "type", "paragraph") == "paragraph" and style.get(W + "default") in {"1", "true", "on"}:
                self._default = name
            properties = style.find(W + "pPr")
            numbering = None if properties is None else properties.find(W + "numPr")
            self._styles[name] = _Style(
                (value(style, "name") or name).strip().casefold(),
                value(style, "basedOn") or "",
                whole(value(properties, "outlineLvl")),
                value(numbering, "numId"),
                whole(value(numbering, "ilvl")),
            )

    def kind(self, paragraph: Element) -> Kind:
        """Say what a paragraph is; FURNITURE is a line of a table of contents."""
        properties = paragraph.find(W + "pPr")
        style = self._of_style(value(properties, "pStyle") or self._default)
        level = whole(value(properties, "outlineLvl"))
        if level is None or style.kind not in {BlockKind.PARAGRAPH, BlockKind.HEADING}:
            return style
        return Kind(BlockKind.HEADING, level + 1) if 0 <= level < 9 else Kind(quoted=style.quoted)

    def is_indented(self, paragraph: Element) -> bool:
        """Tell whether a paragraph of running text is itself indented as a whole, as quotations are, and no list."""
        properties = paragraph.find(W + "pPr")
        indent = None if properties is None else properties.find(W + "ind")
        if properties is None or indent is None or properties.find(W + "numPr") is not None:
            return False
        wide = max(whole(indent.get(W + name)) or 0 for name in ("left", "start"))
        letters = max(whole(indent.get(W + name)) or 0 for name in ("leftChars", "startChars"))
        hanging = whole(indent.get(W + "hanging")) or 0
        return self.kind(paragraph).kind is BlockKind.PARAGRAPH and (
            wide - hanging >= _INDENT or letters >= _INDENT_LETTERS
        )

    def list_of(self, paragraph: Element) -> tuple[str, int | None, str]:
        """Return the list a paragraph belongs to, its level there, and the style that decides on the level.

        The list is "" or "0" for none, the level None where nothing says which, the style "" where the paragraph itself
        says its level.
        """
        properties = paragraph.find(W + "pPr")
        numbering = None if properties is None else properties.find(W + "numPr")
        style = value(properties, "pStyle") or self._default
        list_id, level = value(numbering, "numId"), whole(value(numbering, "ilvl"))
        inherited = None
        if list_id is None:
            list_id, inherited, style = self._list_of_style(style)
        return (list_id, inherited, style) if level is None else (list_id, level, "")

    def list_of_style(self, style: str) -> str:
        """Return the list that a style of lists belongs to."""
        return self._list_of_style(style)[0]

    def _list_of_style(self, style: str) -> tuple[str, int | None, str]:
        level: int | None = None
        for name, found in self._chain(style):
            level = found.list_level if level is None else level
            if found.list_id is not None:
                return found.list_id, level, name
        return "", level, style

    def _chain(self, style: str) -> Iterator[tuple[str, _Style]]:
        """Return a style and those it is based on; one that the file does not hold goes by what it is called."""
        for _ in range(_DEEPEST):
            if not style:
                return
            found = self._styles.get(style) or _Style(style.casefold(), "")
            yield style, found
            style = found.base

    def _of_style(self, style: str) -> Kind:
        if style not in self._kinds:
            self._kinds[style] = next(filter(None, (_kind(found) for _, found in self._chain(style))), Kind())
        return self._kinds[style]


def _kind(style: _Style) -> Kind | None:
    """Say what a style makes of a paragraph, None if it does not say.

    The names go before the outline level: Chinese Word gives its titles and subtitles one, as if they were headings.
    """
    if _CONTENTS.fullmatch(style.name):
        return Kind(BlockKind.FURNITURE)
    if style.name in _TITLE:
        return Kind(BlockKind.TITLE)
    if style.name in _SUBTITLE:
        return Kind()
    if _CAPTION.fullmatch(style.name):
        return Kind(BlockKind.CAPTION)
    if style.name in _QUOTE:
        return Kind(quoted=True)
    if style.outline is not None:
        return Kind(BlockKind.HEADING, style.outline + 1) if 0 <= style.outline < 9 else Kind()
    heading = _HEADING.fullmatch(style.name)
    return Kind(BlockKind.HEADING, int(heading[1])) if heading else None


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 0
    number_format: str = "decimal"
    custom: str = ""
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    style: str = ""
    legal: bool = False


class Numbering:
    """The lists of a file, and how far each has been counted."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._definitions: dict[str, dict[int, _Level]] = {}
        self._linked: dict[str, str] = {}
        self._definition_of: dict[str, str] = {}
        self._overrides: dict[str, dict[int, _Level]] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        self._counts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        for definition in root.iter(W + "abstractNum"):
            name = definition.get(W + "abstractNumId", "")
            self._definitions[name] = dict(map(_level, definition.findall(W + "lvl")))
            if link := value(definition, "numStyleLink"):
                self._linked[name] = link
        for one in root.iter(W + "num"):
            name = one.get(W + "numId", "")
            self._definition_of[name] = value(one, "abstractNumId") or ""
            overrides = one.findall(W + "lvlOverride")
            self._overrides[name] = dict(
                _level(level) for override in overrides for level in override.findall(W + "lvl")
            )
            self._starts[name] = {
                whole(override.get(W + "ilvl")) or 0: start
                for override in overrides
                if (start := whole(value(override, "startOverride"))) is not None
            }

    def label(self, paragraph: Element) -> str:
        """Count a paragraph, and return what Word prints before it: "一、", "1.1 ", "[3] "; "" for none or a bullet.

        The blank after the number is left out after Chinese punctuation, as a typist leaves it out.
        """
        list_id, level, style = self._styles.list_of(paragraph)
        if list_id in {"", "0"} or list_id not in self._definition_of:
            return ""
        definition = self._definition(list_id)
        levels = self._definitions.get(definition, {}) | self._overrides[list_id]
        if level is None:
            level = 0
        # What a style says of its level counts less than which level says that it is this style's.
        level = next((number for number, found in levels.items() if style and found.style == style), level)
        if level not in levels:
            return ""
        self._count(list_id, definition, level, levels)
        return _text(level, levels, self._counts[definition])

    def _definition(self, list_id: str) -> str:
        """Return the definition of a list, which a style of lists may hold in its stead."""
        definition = self._definition_of[list_id]
        if link := self._linked.get(definition):
            return self._definition_of.get(self._styles.list_of_style(link), definition)
        return definition

    def _count(self, list_id: str, definition: str, level: int, levels: dict[int, _Level]) -> None:
        counts = self._counts.setdefault(definition, {})
        start = self._starts[list_id].get(level)
        # A list that says where it starts does so once; after that it goes on with all lists of its definition.
        anew = start is not None and (list_id, level) not in self._begun
        self._begun.add((list_id, level))
        if level in counts and not anew:
            counts[level] += 1
        else:
            counts[level] = levels[level].start if start is None else start
        for deeper in [number for number in counts if number > level]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or level < restart:
                del counts[deeper]


def _level(element: Element) -> tuple[int, _Level]:
    number_format = element.find(W + "numFmt")
    restart = whole(value(element, "lvlRestart"))
    return whole(element.get(W + "ilvl")) or 0, _Level(
        whole(value(element, "start")) or 0,
        "decimal" if number_format is None else number_format.get(W + "val", "decimal"),
        "" if number_format is None else number_format.get(W + "format", ""),
        (value(element, "lvlText") or "")[:_LONGEST],
        value(element, "suff") or "tab",
        restart,
        value(element, "pStyle") or "",
        is_on(element, "isLgl"),
    )


def _text(level: int, levels: dict[int, _Level], counts: dict[int, int]) -> str:
    this = levels[level]
    if this.number_format == "bullet":
        return ""

    def number(place: re.Match[str]) -> str:
        index = int(place[1]) - 1
        other = levels.get(index, _Level())
        number_format = "decimal" if this.legal else other.number_format
        return printed(counts.get(index, other.start), number_format, custom=other.custom)

    text = _PRIVATE.sub("", _PLACE.sub(number, this.text))[:_LONGEST].strip()
    if not any(map(str.isalnum, text)):
        return ""
    tight = this.suffix == "nothing" or (text[-1] > "\u2fff" and not text[-1].isalnum())
    return text if tight else text + " "
