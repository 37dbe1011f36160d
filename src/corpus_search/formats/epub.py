"""How do I read an electronic book?

An EPUB's bytes in; the text of its documents in the order of its spine out, read as web pages are (see
`corpus_search.formats.html`). Notes may stand in other documents than their markers, and numbers may begin anew in
each: a note's key is the document's name and the id in it. Printed pages come from page breaks or the book's page list,
metadata from the package document. Covers, tables of contents and the navigation are left out; where no document marks
a heading, the table of contents tells which paragraphs are headings.

The container is a ZIP file and is read with the standard library, within bounds: EbookLib, the usual choice, is under
the AGPL, reads everything into memory and drops what this module is after.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote

from corpus_search.errors import FileError
from corpus_search.formats.html import mark_title, parse_page, write_page
from corpus_search.formats.layout import BlockKind, Extract
from corpus_search.formats.markup import Block, BlockWriter, Element, decode_markup, local_name, lost_notes, parse_xml
from corpus_search.formats.text import MAX_BYTES
from corpus_search.formats.webmeta import doi_in, join
from corpus_search.formats.webnotes import Page, address_of, find_notes, survey, types_of

SUFFIXES = frozenset({".epub"})
"""The file name endings read as electronic books, in lower case."""

_PAGE_TYPES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"})
_FONT_SCRAMBLING = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
_NO_TEXT = frozenset({"cover", "toc", "landmarks", "page-list", "loi", "lot"})
_ENCRYPTED = "the book is encrypted (DRM) and cannot be read; get it without, or as another format"
_BROKEN = "this is no EPUB, or a broken one ({}); get it anew, or save it anew with an EPUB editor"


def extract(data: bytes, *, path: str) -> Extract:
    """Read an electronic book, or raise `FileError` naming `path`."""
    box = _Box(data, path)
    package_name = _package_name(box)
    package = box.xml(package_name)
    _refuse_encrypted(box)
    items = _manifest(package, package_name)
    spine, missing = _read_spine(box, package, items)
    pages = [document.page for document in spine]
    notes = find_notes(pages)
    _add_page_list(box, items, {page.name: page for page in pages})
    metadata = _metadata(package)
    writer = BlockWriter()
    blocks_of: dict[str, list[Block]] = {}
    for document in spine:
        before = len(writer.blocks)
        write_page(document.page, notes, writer, web=False, muted=document.muted)
        blocks_of[document.page.name] = writer.blocks[before:]
    if not any(block.kind is BlockKind.HEADING for block in writer.blocks):
        _mark_headings(blocks_of, _contents(box, items))
    mark_title(writer, metadata.get("title", ""), reliable=True)
    text, layout = writer.finished(metadata)
    if not layout.blocks:
        raise FileError(path, "the book holds no text, only images or markup; get a version with text")
    lost = (f"documents of the book are missing: {', '.join(missing[:10])}",) if missing else ()
    return Extract(text, spine[0].encoding, (*lost, *lost_notes([*notes.lost, *writer.lost])), layout)


class _Box:
    """A ZIP file whose members are read one by one, within bounds."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        self._read = 0
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            self._names = {name.casefold(): name for name in self._zip.namelist()}
        except (zipfile.BadZipFile, OSError, ValueError, struct.error, EOFError, NotImplementedError) as error:
            raise FileError(path, _BROKEN.format(_why(error))) from None

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._names

    def read(self, name: str) -> bytes:
        """Return a member's bytes; more than an article's worth of them all is refused, however small it is packed."""
        if name not in self:
            raise FileError(self.path, _BROKEN.format(f"{name} is missing"))
        try:
            info = self._zip.getinfo(self._names[name.casefold()])
            if info.flag_bits & 1:
                raise FileError(self.path, _ENCRYPTED)
            with self._zip.open(info) as member:
                data = member.read(MAX_BYTES - self._read + 1)
        except (
            zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, KeyError, IndexError,
            NotImplementedError, RuntimeError, struct.error, OverflowError, MemoryError,
        ) as error:  # fmt: skip
            raise FileError(self.path, _BROKEN.format(f"{name}: {_why(error)}")) from None
        self._read += len(data)
        if self._read > MAX_BYTES:
            size = MAX_BYTES // 1_000_000
            raise FileError(self.path, f"more than {size} MB of text are too much for one article; split the book")
        return data

    def xml(self, name: str) -> Element:
        """Return the root of a member that is XML."""
        decoded = decode_markup(self.read(name), path=self.path)
        return parse_xml(decoded.text, path=self.path, extra="epub")


def _why(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of the book: its name in the container, its media type and what the manifest says of it."""

    name: str
    media_type: str
    properties: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Document:
    """A parsed document of the book; of one that is muted only the notes are read."""

    page: Page
    encoding: str
    muted: bool


def _all(root: Element, name: str) -> Iterator[Element]:
    return (e for e in root.iter() if isinstance(e.tag, str) and local_name(e).lower() == name)


def _package_name(box: _Box) -> str:
    if "META-INF/container.xml" in box:
        for rootfile in _all(box.xml("META-INF/container.xml"), "rootfile"):
            if name := rootfile.get("full-path"):
                return posixpath.normpath(unquote(name) if name not in box else name)
    raise FileError(box.path, _BROKEN.format("its container names no package document"))


def _refuse_encrypted(box: _Box) -> None:
    """Refuse a book whose text is encrypted; scrambled fonts do no harm."""
    if "META-INF/license.lcpl" in box or "META-INF/sinf.xml" in box:
        raise FileError(box.path, _ENCRYPTED)
    if "META-INF/encryption.xml" in box:
        for encrypted in _all(box.xml("META-INF/encryption.xml"), "encrypteddata"):
            methods = {e.get("Algorithm") for e in _all(encrypted, "encryptionmethod")}
            if not methods or not methods <= _FONT_SCRAMBLING:
                raise FileError(box.path, _ENCRYPTED)


def _manifest(package: Element, package_name: str) -> dict[str, _Item]:
    folder = posixpath.dirname(package_name)
    items = {}
    for item in _all(package, "item"):
        href = address_of(item.get("href") or "")[0]
        if href and item.get("id"):
            name = posixpath.normpath(posixpath.join(folder, unquote(href)))
            properties = frozenset((item.get("properties") or "").split())
            items[item.get("id")] = _Item(name, (item.get("media-type") or "").lower(), properties)
    return items


def _read_spine(box: _Box, package: Element, items: dict[str, _Item]) -> tuple[list[_Document], list[str]]:
    """Return the documents in reading order, and the names of those that are not there."""
    # A guide's places are of EPUB 2, where nothing else tells a cover from a chapter.
    guide = {
        posixpath.basename(unquote(address_of(reference.get("href") or "")[0]))
        for reference in _all(package, "reference")
        if (reference.get("type") or "").lower() in _NO_TEXT
    }
    documents: dict[str, _Document] = {}
    missing: list[str] = []
    for reference in _all(package, "itemref"):
        item = items.get(reference.get("idref") or "")
        if item is None or item.name in documents or item.name in missing:
            continue
        if item.media_type not in _PAGE_TYPES and not item.name.lower().endswith((".xhtml", ".html", ".htm")):
            continue
        if item.name not in box:
            missing.append(item.name)
            continue
        decoded = decode_markup(box.read(item.name), path=box.path)
        if not decoded.text.strip():
            continue
        page = survey(parse_page(decoded.text, path=box.path, extra="epub"), item.name)
        no_text = "nav" in item.properties or posixpath.basename(item.name) in guide or _is_apart(page)
        documents[item.name] = _Document(page, decoded.encoding, muted=no_text)
    if not documents:
        raise FileError(box.path, "the book has no documents to read in its spine; get a version with text")
    return [*documents.values()], missing


def _is_apart(page: Page) -> bool:
    """Tell whether a document is a cover or a table of contents: it says so, or nearly all of it is links away."""
    body = next(iter(_all(page.root, "body")), page.root)
    said = types_of(body) | (types_of(body[0]) if len(body) == 1 and isinstance(body[0].tag, str) else frozenset())
    whole = page.places[body]
    listed = whole.links >= 5 and whole.linked * 10 > whole.length * 8
    return bool(said & (_NO_TEXT | {"doc-toc", "doc-cover"})) or listed


def _add_page_list(box: _Box, items: dict[str, _Item], pages: dict[str, Page]) -> None:
    """Mark the places that the book's page list gives as page breaks, where the documents do not."""
    for item, root in _listings(box, items):
        folder = posixpath.dirname(item.name)
        for href, label in _listed_pages(root):
            address, fragment = address_of(href)
            page = pages.get(posixpath.normpath(posixpath.join(folder, unquote(address))))
            target = page.targets.get(fragment) if page else None
            if page and target is not None and re.fullmatch("[0-9]{1,5}", label):
                page.printed.setdefault(target, int(label))


def _listings(box: _Box, items: dict[str, _Item]) -> Iterator[tuple[_Item, Element]]:
    """Yield the files that list the book's parts, the newer kind before the older; broken ones are no loss."""
    nav = [item for item in items.values() if "nav" in item.properties]
    ncx = [item for item in items.values() if item.media_type == "application/x-dtbncx+xml"]
    for item in (*nav, *ncx):
        if item.name in box:
            with suppress(FileError):
                yield item, box.xml(item.name)


def _listed_pages(root: Element) -> Iterator[tuple[str, str]]:
    for nav in _all(root, "nav"):
        if types_of(nav) & {"page-list", "doc-pagelist"}:
            for link in _all(nav, "a"):
                yield link.get("href") or "", "".join(link.itertext()).strip()
    for target in _all(root, "pagetarget"):
        content = next(_all(target, "content"), None)
        label = next(_all(target, "text"), None)
        if content is not None and label is not None:
            yield content.get("src") or "", "".join(label.itertext()).strip()


def _contents(box: _Box, items: dict[str, _Item]) -> Iterator[tuple[str, str, int]]:
    """Yield the table of contents: the document a line leads to, its words, how deep it is."""
    for item, root in _listings(box, items):
        folder = posixpath.dirname(item.name)
        tocs = [nav for nav in _all(root, "nav") if types_of(nav) & {"toc", "doc-toc"}]
        lines = [(a.get("href") or "", a, _depth(a, "ol")) for nav in tocs for a in _all(nav, "a")]
        for point in _all(root, "navpoint"):
            content = _first(point, "content").get("src") or ""
            lines.append((content, _first(point, "text"), _depth(point, "navpoint")))
        for href, words, depth in lines:
            name = posixpath.normpath(posixpath.join(folder, unquote(address_of(href)[0])))
            yield name, "".join(words.itertext()), depth
        if lines:
            return


def _first(element: Element, name: str) -> Element:
    """Return the first element of a name in an element, the element itself if there is none."""
    return next(_all(element, name), element)


def _depth(element: Element, name: str) -> int:
    return sum(1 for around in (element, *element.iterancestors()) if local_name(around).lower() == name)


def _mark_headings(blocks_of: dict[str, list[Block]], contents: Iterable[tuple[str, str, int]]) -> None:
    """Make headings of the paragraphs whose words the table of contents has."""
    for name, words, depth in contents:
        for block in blocks_of.get(name, ()):
            if block.kind is BlockKind.PARAGRAPH and words.strip() and block.text.split() == words.split():
                block.kind, block.level = BlockKind.HEADING, max(depth, 1)
                break


def _metadata(package: Element) -> dict[str, str]:
    """Return what the package document says of the book; only those who wrote it are its authors."""
    roles = {
        (meta.get("refines") or "").lstrip("#"): "".join(meta.itertext()).strip()
        for meta in _all(package, "meta")
        if meta.get("property") == "role"
    }
    said: dict[str, list[str]] = {}
    for name in ("title", "creator", "subject", "description", "date", "identifier", "source", "ispartof"):
        for element in _all(package, name):
            role = roles.get(element.get("id")) or element.get("{http://www.idpf.org/2007/opf}role") or "aut"
            value = " ".join("".join(element.itertext()).split())
            if value and (name != "creator" or role == "aut"):
                said.setdefault(name, []).append(value)
    doi = next((found for value in said.get("identifier", ()) if (found := doi_in(value))), "")
    metadata = {
        "title": next(iter(said.get("title", ())), ""),
        "authors": join(name for names in said.get("creator", ()) for name in re.split("[;；]", names)),
        "keywords": join(said.get("subject", ())),
        "abstract": next(iter(said.get("description", ())), ""),
        "doi": doi,
        "date": next(iter(said.get("date", ())), ""),
    }
    return {key: value for key, value in metadata.items() if value}
