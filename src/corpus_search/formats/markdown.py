"""How do I read Markdown?

Bytes in, text and its layout out, by CommonMark with tables, footnotes (``[^1]``) and YAML front matter. The text is
the file's own, so that every place in it is a place in the file; what is markup in it is said to be so, not removed.

Markdown that converters make of PDFs (MinerU, marker) knows no depth: every heading has one ``#``, notes are lines,
stars are stars. Such a file is read as the plain text it is, without a layout, and its structure is found by its
numbers and labels as in any scanned page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from corpus_search.article import Span
from corpus_search.formats.layout import BlockKind, Call, Extract, Layout, LayoutBlock
from corpus_search.formats.text import decode

SUFFIXES = frozenset({".md", ".markdown"})

_DEPTH = re.compile(r"\n(#{1,6})[ \t]+\S")
_DEFINITION = re.compile(r"\n\[\^[^\]\s]+\]:")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n.*?^(?:---|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"\d{1,9}[.)](?=\s)")
_LABEL = re.compile(r"\[\^[^\]\s]+\]:")
_COMMENT = re.compile(r"\s*<!--(?!\s*page\b).*-->\s*", re.DOTALL | re.IGNORECASE)
_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
# A line of dashes right under a paragraph is meant to part it from the next, not to make it a heading.
_LONGEST_HEADING = 60
_TERMINATORS = re.compile(r"\r\n|\r|\n")


def extract(data: bytes, *, path: str) -> Extract:
    """Read a Markdown file's bytes. Raises `FileError`, naming `path`."""
    decoded = decode(data, path=path)
    layout = _Reader(decoded.text).layout() if _is_written(decoded.text) else None
    return Extract(decoded.text, decoded.encoding, decoded.remarks, layout)


def extract_written(data: bytes, *, path: str) -> Extract:
    """Read a Markdown file of which it is known that somebody wrote it. Raises `FileError`, naming `path`."""
    decoded = decode(data, path=path)
    return Extract(decoded.text, decoded.encoding, decoded.remarks, _Reader(decoded.text).layout())


def _is_written(text: str) -> bool:
    """Tell whether somebody wrote `text` as Markdown: headings of several depths, footnotes, or front matter."""
    lines = "\n" + text  # To look for a character before them is much quicker than for where lines begin.
    depths = {len(sign) for sign in _DEPTH.findall(lines)}
    return len(depths) > 1 or bool(_DEFINITION.search(lines) or _FRONT_MATTER.match(text))


class _Reader:
    """Finds the blocks of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _TERMINATORS.finditer(text)), len(text)]
        self._blocks: list[LayoutBlock] = []
        self._calls: list[Call] = []
        self._labels: list[Span] = []
        self._skipped: list[Span] = []
        self._metadata: dict[str, str] = {}
        self._note = ""
        self._quoted = 0

    def layout(self) -> Layout:
        """Return what Markdown says of the text."""
        reader = MarkdownIt("commonmark").enable("table").use(footnote_plugin, inline=False).use(front_matter_plugin)
        reader.disable("text_join")  # Each entity and escaped sign is looked for by itself.
        # The reader knows "\n" alone; the others stand for one here, so that lines are counted alike.
        tokens = reader.parse(_TERMINATORS.sub("\n", self._text))
        for before, token in zip([None, *tokens], tokens, strict=False):
            self._token(token, before)
        self._unclaimed()
        self._blocks.sort(key=lambda block: block.start)
        return Layout(
            tuple(self._leveled()),
            tuple(self._calls),
            tuple(self._labels),
            tuple(sorted(self._skipped)),
            metadata=self._metadata,
        )

    def _token(self, token: Token, before: Token | None) -> None:
        if token.type == "footnote_open":
            self._note = str(token.meta["label"])
        elif token.type == "footnote_close":
            self._note = ""
        elif token.type in ("blockquote_open", "blockquote_close"):
            self._quoted += token.nesting
        elif token.type == "front_matter":
            self._metadata = front_matter(token.content)
            # Its closing line is not in the token's map.
            self._whole(token, BlockKind.METADATA, after=1)
        elif token.type in ("fence", "code_block", "html_block"):
            kind = BlockKind.FURNITURE if _COMMENT.fullmatch(token.content) else BlockKind.PARAGRAPH
            self._whole(token, BlockKind.TABLE if "<table" in token.content.lower() else kind)
        elif token.type == "hr":
            self._whole(token, BlockKind.FURNITURE)
        elif token.type == "tr_open" and token.map:
            self._row(token.map[0])
        elif token.type == "inline" and token.map and before is not None and before.type not in ("th_open", "td_open"):
            if before.type == "heading_open" and (
                before.markup.startswith("#") or len(token.content) < _LONGEST_HEADING
            ):
                self._inline(token, BlockKind.HEADING, level=int(before.tag[1:]))
            else:
                self._inline(token, BlockKind.NOTE if self._note else BlockKind.PARAGRAPH)

    # --- lines -------------------------------------------------------------------------------------------

    def _line(self, number: int) -> tuple[int, int]:
        """Return where a line begins and ends, blanks around it left out."""
        start, end = self._starts[number], self._starts[min(number + 1, len(self._starts) - 1)]
        piece = self._text[start:end]
        return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())

    def _whole(self, token: Token, kind: BlockKind, *, after: int = 0) -> None:
        """Take the lines of a token as they stand, each a block; front matter is one."""
        first, last = token.map or (0, 0)
        lines = [(a, b) for a, b in map(self._line, range(first, last + after)) if a < b]
        if kind is BlockKind.METADATA and lines:
            lines = [(lines[0][0], lines[-1][1])]
        self._blocks += [LayoutBlock(a, b, kind) for a, b in lines]

    def _row(self, number: int) -> None:
        start, end = self._line(number)
        if start < end:
            self._blocks.append(LayoutBlock(start, end, BlockKind.TABLE))
            edges = [Span(start, start + 1)] if self._text[start] == "|" else []
            edges += [Span(end - 1, end)] if self._text[end - 1] == "|" and end - 1 > start else []
            self._skipped += edges
            found = _REFERENCE.finditer(self._text, start, end)
            self._calls += [Call(match.start(), match.end(), match[1]) for match in found]

    def _unclaimed(self) -> None:
        """Keep what no token covers, a note that nothing calls, say; the lines under a table's head are furniture."""
        taken = sorted((block.start, block.end) for block in self._blocks)
        at = 0
        for number in range(len(self._starts) - 1):
            start, end = self._line(number)
            while at < len(taken) and taken[at][1] <= start:
                at += 1
            if start < end and not (at < len(taken) and taken[at][0] < end):
                text = self._text[start:end]
                label = _LABEL.match(text)
                if label:
                    self._labels.append(Span(start, start + label.end()))
                    key = label.group()[2:-2]
                    self._blocks.append(LayoutBlock(start, end, BlockKind.NOTE, key=key))
                else:
                    sign = not re.search(r"\w", text)
                    self._blocks.append(LayoutBlock(start, end, BlockKind.FURNITURE if sign else BlockKind.PARAGRAPH))

    # --- running text ------------------------------------------------------------------------------------

    def _inline(self, token: Token, kind: BlockKind, *, level: int = 0) -> None:
        """Find what a token shows in the source; what stands between is markup."""
        first, last = token.map or (0, 0)
        start, end = self._line(first)[0], self._line(last - 1)[1]
        if kind is BlockKind.HEADING and last - first == 1 and not self._text[start:end].startswith("#"):
            last += 1  # The line under a heading that makes it one.
            end = self._line(last - 1)[1]
        kept: list[Span] = []
        at = start
        label = _LABEL.match(self._text, start, end) if self._note else None
        if label:
            self._labels.append(Span(start, label.end()))
            kept.append(Span(start, label.end()))
            at = label.end()
        for shown, key in _shown(token.children or ()):
            found = self._text.find(shown, at, end)
            if found < 0:
                shown = shown.strip()
                found = self._text.find(shown, at, end)
            if found < 0:
                # An entity, say, that shows another character than is written: the source stands as it is.
                kept.append(Span(at, end))
                at = end
                break
            kept.append(Span(found, found + len(shown)))
            if key:
                self._calls.append(Call(found, found + len(shown), key))
            at = found + len(shown)
        number = _NUMBER.search(self._text, start, kept[0].start) if kept else None
        if number:
            kept.insert(0, Span(number.start(), kept[0].start))
        if not any(self._text[a:b].strip() for a, b in kept):
            self._blocks.append(LayoutBlock(start, end, BlockKind.FURNITURE))  # A picture without words, say.
            return
        for before, after in zip([Span(start, start), *kept], [*kept, Span(end, end)], strict=True):
            between = self._text[before.end : after.start]
            if markup := between.strip():
                skipped = before.end + between.index(markup)
                self._skipped.append(Span(skipped, skipped + len(markup)))
        self._blocks.append(LayoutBlock(start, end, kind, level, self._note, quoted=bool(self._quoted)))

    def _leveled(self) -> Iterator[LayoutBlock]:
        """Yield the blocks with a title where there is one: the only heading of the first depth, at the top."""
        headings = [block for block in self._blocks if block.kind is BlockKind.HEADING]
        top = min((block.level for block in headings), default=0)
        tops = [block for block in headings if block.level == top]
        title = tops[0] if len(tops) == 1 and len(headings) > 1 and headings[0] is tops[0] else None
        base = min((block.level for block in headings if block is not title), default=1)
        for block in self._blocks:
            if block is title:
                yield LayoutBlock(block.start, block.end, BlockKind.TITLE)
            elif block.kind is BlockKind.HEADING:
                yield LayoutBlock(block.start, block.end, block.kind, block.level - base + 1)
            else:
                yield block


def _shown(children: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Yield the pieces of running text that tokens show, each with the key of the note it calls, or nothing."""
    for child in children:
        if child.type == "footnote_ref":
            label = str(child.meta["label"])
            yield f"[^{label}]", label
        elif child.type == "image":
            yield from _shown(child.children or ())
        elif child.type in ("text", "code_inline", "text_special") and child.content:
            yield child.content, ""


# --- front matter --------------------------------------------------------------------------------------------

_NAMES = {
    "title": ("title", "标题", "標題"),
    "authors": ("author", "authors", "作者"),
    "keywords": ("keywords", "keyword", "tags", "关键词", "關鍵詞"),
    "abstract": ("abstract", "摘要", "description", "summary"),
    "doi": ("doi",),
    "date": ("date", "year", "published", "日期"),
    "journal": ("journal", "container-title", "期刊"),
}


def front_matter(content: str) -> dict[str, str]:
    """Return what YAML front matter says under the customary names; nothing, if it cannot be read."""
    try:
        found = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError):
        return {}
    if not isinstance(found, Mapping):
        return {}
    lower = {str(key).lower(): value for key, value in found.items()}
    said = {}
    for name, spellings in _NAMES.items():
        value = next((lower[spelling] for spelling in spellings if lower.get(spelling)), None)
        text = "；".join(_values(value))
        if text:
            said[name] = text
    return said


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        # {name: …, affiliation: …} or {family: …, given: …}
        given, family = (str(value.get(key) or "") for key in ("given", "family"))
        name = f"{family}{given}" if family > "\u2e80" else f"{given} {family}"
        yield str(value.get("name") or name).strip()
    elif isinstance(value, list):
        for one in value:
            yield from _values(one)
    elif value is not None:
        yield str(value).strip()
