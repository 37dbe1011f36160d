"""Where in the article stands what is cited?

An `Article` and an address in, a `Pinpoint` out: the printed page where it is known, else section and paragraph in
words of the article's language, as its headings number them (第二部分（一），第3段; sec. 2.1, para. 3). A note is named
by its printed label besides: 第15页，注③. A page that is not known is not guessed, so a note without one is placed by
the section it stands in, not by its anchor's page: an endnote's is another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus_search.article import Address, Article, Note, Paragraph, Part, Reference, Section, split_address
from corpus_search.cite.items import clean, language, pages
from corpus_search.errors import AddressError
from corpus_search.records import Record
from corpus_search.search import Place, place_in

if TYPE_CHECKING:
    from corpus_search.parse.labels import HeadingLabel

_PARTS = {
    "abstract": ("摘要", "abstract"),
    "abstract-en": ("英文摘要", "abstract"),
    "keywords": ("关键词", "keywords"),
    "keywords-en": ("英文关键词", "keywords"),
    "front": ("题头", "front matter"),
    "back": ("文末", "back matter"),
}


@dataclass(frozen=True, slots=True)
class Pinpoint:
    """A place in an article: `pages` (``15``, ``14-15``), if known, and what else there is to say, in `words`.

    `text` is both together, in words; all are empty for a whole article.
    """

    pages: str = ""
    words: str = ""
    text: str = ""

    def record(self) -> Record:
        """Return it as a JSON object."""
        return {"pages": self.pages or None, "words": self.words, "text": self.text}


def pinpoint(article: Article, address: str, *, page: int | None = None) -> Pinpoint:
    """Return where `address` stands in `article`; `page` says more exactly on which page of it, as a hit does.

    Raises `AddressError`.
    """
    if address == article.doc_id:
        return Pinpoint()
    place = place_in(article, Address(address))
    if place is None:
        message = (
            f"{address}: {article.doc_id} has no such place; `corpus-search show {article.doc_id}` lists its parts"
        )
        raise AddressError(message, missing="place", name=split_address(Address(address))[1])
    words = _Words(article)
    on = str(page) if page is not None else _pages(place)
    parts = words.aside(place) if on else words.of(place, address)
    return Pinpoint(on, words.joined(parts), words.joined([*words.page(on), *parts]))


def _pages(place: Place) -> str:
    """Return the printed pages that a place covers, or nothing where they are not known."""
    match place:
        case Section():
            found = [page for _, section in place.walk() for page in _section_pages(section)]
        case Paragraph():
            found = [*_all_pages([place])]
        case Note():
            found = [place.page]
        case Reference():
            found = []
        case _:
            found = [place[0].page]
    known = [page for page in found if page is not None]
    # Where a section or a paragraph begins on a page that is not known, its range is not, either.
    return pages(known[0], known[-1]) if found and found[0] is not None else ""


def _section_pages(section: Section) -> Iterable[int | None]:
    if section.heading:
        yield section.page
    yield from _all_pages(section.paragraphs)


def _all_pages(paragraphs: Iterable[Paragraph]) -> Iterable[int | None]:
    for paragraph in paragraphs:
        yield paragraph.page
        yield from (page_break.page for page_break in paragraph.page_breaks)


class _Words:
    """How places are named in an article's language; Japanese articles are cited in Chinese."""

    def __init__(self, article: Article) -> None:
        self._article = article
        self._chinese = language(article) != "en"

    def joined(self, parts: Iterable[str]) -> str:
        return ("，" if self._chinese else ", ").join(filter(None, parts))

    def page(self, on: str) -> list[str]:
        if not on:
            return []
        if self._chinese:
            return [f"第{on.replace('-', '—')}页"]
        return [f"{'pp.' if '-' in on else 'p.'} {on.replace('-', '–')}"]

    def aside(self, place: Place) -> list[str]:
        """Return what is said of a place beside its page."""
        match place:
            case Note():
                return [self._note(place)]
            case Reference():
                return [self._reference(place)]
            case _:
                return []

    def of(self, place: Place, address: str) -> list[str]:
        """Return what is said of a place whose page is not known."""
        match place:
            case Section():
                return [self._section(place.address)]
            case Paragraph():
                return self._paragraph(place.address)
            case Note():
                anchor = place.anchor.address if place.anchor else None
                return [self._section(anchor) if anchor else "", self._note(place)]
            case Reference():
                return [self._reference(place)]
            case _:
                return [self._part(place, address)]

    def _part(self, place: tuple[Part, ...], address: str) -> str:
        chinese, english = _PARTS[split_address(address)[1]]
        return chinese if self._chinese else english

    def _paragraph(self, address: Address) -> list[str]:
        number = int(re.findall(r"\d+", address)[-1])
        return [self._section(address), f"第{number}段" if self._chinese else f"para. {number}"]

    def _note(self, note: Note) -> str:
        # In Markdown a label is a name, [^61], of which the page shows the number.
        label = re.sub(r"^\[\^(.+)\]$", r"\1", note.label.strip("^ "))
        if self._chinese:
            return f"注{clean(label)}" if label else f"第{_ordinal(note.address)}条注释"
        bare = unicodedata.normalize("NFKC", label).strip("[]()〔〕【】")
        return f"n. {clean(bare)}" if bare else f"note {_ordinal(note.address)} in order"

    def _reference(self, reference: Reference) -> str:
        label = clean(reference.label) or f"[{_ordinal(reference.address)}]"
        return f"参考文献{label}" if self._chinese else f"ref. {label}"

    def _section(self, address: Address) -> str:
        """Return the section that `address` is or stands in, by the labels of its headings, or by a heading's words."""
        wanted = re.sub(r"p\d+$", "", address)
        chain = next((chain for one in self._article.sections if (chain := _chain(one, wanted))), ())
        if not chain:
            return ""
        if not chain[-1].heading:
            several = any(section.heading for section in self._article.sections)
            return ("篇首" if self._chinese else "opening") if several else ""
        labels = [_label(one.heading, chinese=self._chinese) for one in _outermost(chain)]
        if self._chinese:
            return "".join(labels)
        return f"sec. {', '.join(labels)}".replace(", (", "(")


def _ordinal(address: Address) -> str:
    return str(re.findall(r"\d+", address)[-1])


def _chain(section: Section, wanted: str) -> tuple[Section, ...]:
    """Return the sections from `section` down to the one at `wanted`."""
    if section.address == wanted:
        return (section,)
    below = next((chain for one in section.sections if (chain := _chain(one, wanted))), ())
    return (section, *below) if below else ()


def _outermost(chain: tuple[Section, ...]) -> Iterable[Section]:
    """Yield the sections one has to name: 2.1 says by itself that it stands in 2."""
    for section, below in zip(chain, [*chain[1:], None], strict=True):
        own, inner = (_numbered(one.heading) if one else None for one in (section, below))
        if not (own and inner and own.rank is inner.rank and len(inner.numbers) > 1):
            yield section


def _numbered(heading: str) -> HeadingLabel | None:
    """Return a heading's label, if it has one and only one can be meant.

    2推广 is 2, but 21推广 may be 2.1, and 2020年 is none.
    """
    # The parser is slow to load, and most places are named by their page.
    from corpus_search.parse.labels import heading_label, heading_labels

    readings = [label for label in heading_labels(heading) if not heading[label.length : label.length + 1].isdigit()]
    return heading_label(heading) or (readings[0] if len(readings) == 1 else None)


def _label(heading: str, *, chinese: bool) -> str:
    """Return how one refers to a heading: 一、 is 第一部分, (一) is （一）, 2.1 is 第2.1节 or, in English, itself.

    A heading without a label is quoted.
    """
    from corpus_search.parse.labels import Rank

    label = _numbered(heading)
    if label is None:
        return f"“{clean(heading)}”"
    printed = re.sub(r"[\s#*、．.:：]+$|^[#*\s_]+|(?<=第)\s+|\s+(?=[编篇部章节])", "", heading[: label.length])
    bare = clean(printed.strip("()（）"))
    match label.rank:
        case Rank.PART | Rank.CHAPTER | Rank.CLAUSE:
            return clean(printed)
        case Rank.CHINESE_BRACKETED | Rank.ARABIC_BRACKETED:
            return f"（{bare}）" if chinese else f"({bare})"
        case Rank.ARABIC:
            number = ".".join(map(str, label.numbers))
            return f"第{number}节" if chinese else number
        case _:
            return f"第{bare}部分" if chinese else bare
