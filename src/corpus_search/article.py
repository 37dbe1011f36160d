"""What is an article?

The frozen tree that parsing makes and everything else reads: metadata, sections with paragraphs, notes tied
to the sentences that carry their markers, references, and what stands before and after. Every text
remembers where in the decoded source file it came from.

Offsets are Unicode code points, half-open ``[start, end)``. `Span`s named `source` or `label_source` point
into the decoded source; all others into the text named beside them. A text is the concatenation of its
source spans, character for character, but for one thing: where a line break inside a paragraph separates two
Latin words, the span covers that one break and the text has a space for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple, NewType

from corpus_search.frozen import dataclass

DocId = NewType("DocId", str)
"""A document's path below the corpus folder, ``/``-separated, without its extension."""

Address = NewType("Address", str)
"""A place in the corpus: a `DocId`, or a `DocId`, ``#`` and a fragment such as ``s2.1p3`` or ``fn12``."""

_FRAGMENT = re.compile(r"front|abstract|abstract-en|keywords|keywords-en|back|s\d+(?:\.\d+)*(?:p\d+)?|fn\d+|ref\d+")


class Span(NamedTuple):
    """A half-open range of code points."""

    start: int
    end: int


class Kind(StrEnum):
    """What sort of text a chunk is; the values of ``kind:`` in a query."""

    FRONT = "front"
    ABSTRACT = "abstract"
    KEYWORDS = "keywords"
    BODY = "body"
    NOTE = "note"
    REFERENCE = "reference"
    BACK = "back"


def address(doc_id: DocId, fragment: str = "") -> Address:
    """Return the address of `fragment` in `doc_id`, or of the whole document."""
    return Address(f"{doc_id}#{fragment}" if fragment else doc_id)


def split_address(value: str) -> tuple[DocId, str]:
    """Return the document and the fragment that `value` names.

    A ``#`` that no known fragment follows belongs to the document's name.
    """
    doc, hash_, fragment = value.rpartition("#")
    if hash_ and doc and _FRAGMENT.fullmatch(fragment):
        return DocId(doc), fragment
    return DocId(value), ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the parser is unsure of: the 1-based line of the source and a sentence about it."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Marker:
    """The place of a note's marker: taken out of the text, it stood before the character at `offset`."""

    note: Address
    offset: int
    source: Span


@dataclass(frozen=True, slots=True)
class PageBreak:
    """A printed page begins inside a paragraph, at `offset` of its text; `page` is the new page's number."""

    offset: int
    page: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as its author wrote it, whole across lines and pages.

    `page` is the printed page it begins on, or None where pages are not known.
    """

    address: Address
    text: str
    source: tuple[Span, ...]
    page: int | None = None
    page_breaks: tuple[PageBreak, ...] = ()
    markers: tuple[Marker, ...] = ()

    def page_at(self, offset: int) -> int | None:
        """Return the printed page of the character at `offset`."""
        page = self.page
        for page_break in self.page_breaks:
            if page_break.offset <= offset:
                page = page_break.page
        return page


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its paragraphs and subsections; `s0` has level 0 and an empty heading."""

    address: Address
    level: int
    heading: str
    source: tuple[Span, ...] = ()
    label_source: tuple[Span, ...] = ()
    page: int | None = None
    markers: tuple[Marker, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    sections: tuple[Section, ...] = ()

    def walk(self) -> Iterator[tuple[tuple[str, ...], Section]]:
        """Yield this section and all below it in reading order, each with its heading path."""
        path = (self.heading,) if self.heading else ()
        yield path, self
        for child in self.sections:
            for below, section in child.walk():
                yield path + below, section


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a note is called: `offset` in the text at `address`, and the sentence that carries the marker."""

    address: Address
    offset: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote or endnote; `resolves_to` is the note that 同上 and its like point to."""

    address: Address
    label: str
    text: str
    source: tuple[Span, ...]
    label_source: tuple[Span, ...] = ()
    page: int | None = None
    anchor: Anchor | None = None
    resolves_to: Address | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in the text that cites a reference; the citation itself stays in the text."""

    address: Address
    offset: int


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the reference list."""

    address: Address
    label: str
    text: str
    source: tuple[Span, ...]
    label_source: tuple[Span, ...] = ()
    cited_in: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A block before or after the body: front matter, abstract, keywords, back matter.

    `label` is what introduces it (内容提要：) and is not in `text`; front and back parts keep theirs in `text`.
    """

    address: Address
    kind: Kind
    text: str
    source: tuple[Span, ...]
    label: str = ""
    label_source: tuple[Span, ...] = ()
    page: int | None = None
    markers: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """An author as printed in the byline, with the affiliation as printed, or an empty one."""

    name: str
    affiliation: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the article says of itself, as printed. What it does not say is empty or None."""

    title: str | None = None
    authors: tuple[Author, ...] = ()
    keywords: tuple[str, ...] = ()
    title_en: str | None = None
    authors_en: tuple[str, ...] = ()
    keywords_en: tuple[str, ...] = ()
    year: int | None = None
    issue: str | None = None
    volume: str | None = None
    journal: str | None = None
    doi: str | None = None
    article_number: str | None = None
    clc: tuple[str, ...] = ()
    funding: tuple[str, ...] = ()
    pages: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One document of the corpus, taken apart as its author built it.

    `path` is the file below the corpus folder, `encoding` what its bytes were decoded from. `furniture` holds
    running heads and page numbers: printed on the page, written by nobody.
    """

    doc_id: DocId
    path: str = ""
    encoding: str = "utf-8"
    metadata: Metadata = field(default_factory=Metadata)
    front: tuple[Part, ...] = ()
    matter: tuple[Part, ...] = ()
    sections: tuple[Section, ...] = ()
    notes: tuple[Note, ...] = ()
    references: tuple[Reference, ...] = ()
    back: tuple[Part, ...] = ()
    furniture: tuple[Part, ...] = ()
    problems: tuple[Problem, ...] = ()

    def walk(self) -> Iterator[tuple[tuple[str, ...], Section]]:
        """Yield all sections in reading order, each with its heading path."""
        for section in self.sections:
            yield from section.walk()

    def paragraphs(self) -> Iterator[Paragraph]:
        """Yield all body paragraphs in reading order."""
        for _, section in self.walk():
            yield from section.paragraphs

    def part(self, fragment: str) -> Part | None:
        """Return the abstract or keyword list named `fragment`, if it is this article's."""
        wanted = address(self.doc_id, fragment)
        return next((part for part in self.matter if part.address == wanted), None)
