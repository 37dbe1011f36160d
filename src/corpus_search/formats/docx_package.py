"""What is in a Word file?

The bytes of a ``.docx`` in, its parts out as XML trees: the text, the notes, the styles, the numbering, the settings,
and what the file says of itself. The trees come as a reader sees the document: tracked changes are accepted, hidden
text and tables of contents are gone, of two versions of the same drawing one is left, and what only wraps text (links,
content controls, insertions) is unwrapped, so that a paragraph holds runs and little else.

Nothing but these parts is opened, entities are not resolved, nothing is fetched, and a part that unpacks to more than
`MAX_BYTES` is refused.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corpus_search.errors import FileError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_BYTES = 50_000_000
"""A larger part is refused: the XML of the longest monograph is some 20 MB, and its tree takes several times that."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_STRICT = (
    ("{http://purl.oclc.org/ooxml/wordprocessingml/main}", W),
    ("{http://purl.oclc.org/ooxml/officeDocument/math}", M),
)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_UNDERSTOOD = frozenset({"wps", "wpg", "wpc", "wp14", "w14", "w15"})
"""The extensions whose version of a drawing or a number is read rather than what stands in for it."""

_WRAPPERS = (
    *(W + name for name in ("ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag", "hyperlink", "dir", "bdo")),
    *(MC + name for name in ("AlternateContent", "Choice", "Fallback")),
)
_ASIDE = tuple(
    W + name
    for name in (
        "sdtPr", "sdtEndPr", "customXmlPr", "smartTagPr", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange",
        "trPrChange", "tcPrChange", "tblPrExChange", "tblGridChange", "numberingChange",
    )
)  # fmt: skip
_OFF = frozenset({"0", "false", "off"})
_WHOLE = re.compile("-?[0-9]{1,9}")

# A zip file with wrong numbers in it makes the library raise any of these.
_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    NotImplementedError,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BROKEN = "the file is cut off or broken; get it again, or open it in Word and save it anew"


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of a Word file; `styles` and the others are None where the file has none.

    `properties` are its core properties by their local names (``title``, ``creator``, ``keywords``).
    """

    document: Element
    encoding: str
    styles: Element | None = None
    numbering: Element | None = None
    settings: Element | None = None
    footnotes: Element | None = None
    endnotes: Element | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


def opened(data: bytes, *, path: str) -> Package:
    """Read the parts of a Word file; raise `FileError` if it is none or cannot be read."""
    _refuse_others(data, path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Archive(archive, path).package()
    except _BROKEN_ARCHIVE as error:
        raise FileError(path, _BROKEN) from error


def value(element: Element | None, name: str) -> str | None:
    """Return ``w:val`` of the child `name`, None if there is no such child; "" if it has no value."""
    child = None if element is None else element.find(W + name)
    return None if child is None else child.get(W + "val") or ""


def whole(text: str | None) -> int | None:
    """Return the whole number that `text` is, or None."""
    return int(text) if text and _WHOLE.fullmatch(text) else None


def is_on(element: Element | None, name: str) -> bool:
    """Say whether the switch `name` (``<w:vanish/>``) is set in the properties `element`."""
    setting = value(element, name)
    return setting is not None and setting not in _OFF


def _refuse_others(data: bytes, path: str) -> None:
    """Tell what a file is that is called a Word file and is another kind."""
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            reason = "it is protected with a password; open it in Word, take the password off and save it"
        else:
            reason = "this is an old binary Word file; open it in Word or LibreOffice and save it as .docx"
        raise FileError(path, reason)
    if not data:
        raise FileError(path, "the file is empty; get it again or remove it")
    if data.startswith(b"{\\rtf"):
        raise FileError(path, "this is an RTF file; open it in Word or LibreOffice and save it as .docx")
    if not data.startswith(b"PK"):
        raise FileError(path, "this is no Word file; open it with what made it and save it as .docx")


class _Archive:
    """A zip file whose parts are looked up as Word does, whatever the case of their names."""

    def __init__(self, archive: zipfile.ZipFile, path: str) -> None:
        self._archive = archive
        self._path = path
        self._members = {member.filename.lower(): member for member in archive.infolist()}

    def package(self) -> Package:
        main = self._targets("").get("officeDocument", "word/document.xml")
        document = self._tree(main)
        if document is None or document.tag != W + "document" or document.find(W + "body") is None:
            raise FileError(self._path, "there is no Word document in it; if it is another kind, save it as .docx")
        parts = self._targets(main)

        def part(name: str) -> Element | None:
            return self._tree(parts[name]) if name in parts else None

        return Package(
            document,
            (document.getroottree().docinfo.encoding or "utf-8").lower(),
            part("styles"),
            part("numbering"),
            part("settings"),
            part("footnotes"),
            part("endnotes"),
            self._properties(),
        )

    def _properties(self) -> dict[str, str]:
        target = self._targets("").get("core-properties")
        core = self._tree(target) if target else None
        if core is None:
            return {}
        return {child.tag.rpartition("}")[2]: " ".join((child.text or "").split()) for child in core}

    def _targets(self, part: str) -> dict[str, str]:
        """Return the parts that `part` refers to, by the last word of the relationship's type."""
        folder, name = posixpath.split(part)
        tree = self._tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        if tree is None:
            return {}
        return {
            relationship.get("Type", "").rpartition("/")[2]: posixpath.normpath(
                posixpath.join("/", folder, relationship.get("Target", ""))
            ).lstrip("/")
            for relationship in tree.iter(_RELATIONSHIP)
            if relationship.get("TargetMode") != "External"
        }

    def _tree(self, name: str) -> Element | None:
        """Return the part `name` as a reader sees it, None if there is no such part."""
        from lxml import etree

        member = self._members.get(name.lower())
        if member is None:
            return None
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(self._content(member), parser)
        except etree.XMLSyntaxError as error:
            raise FileError(self._path, f"its part {name[:80]} is broken; open it in Word and save it anew") from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise FileError(self._path, "it declares a document type, as no Word file does; it was not read")
        _seen(root)
        return root

    def _content(self, member: zipfile.ZipInfo) -> bytes:
        if member.flag_bits & 1:
            raise FileError(self._path, "it is protected with a password; unpack it and save it without one")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise FileError(self._path, _BROKEN)
        with self._archive.open(member) as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            limit = f"{MAX_BYTES // 1_000_000} MB"
            raise FileError(self._path, f"its text unpacks to more than {limit}, too large for one article; split it")
        return content


def _seen(root: Element) -> None:
    """Bring the tree to what a reader of the printed document sees."""
    from lxml import etree

    if root.tag.startswith(tuple(strict for strict, _ in _STRICT)):
        _rename(root)
    gone = [element for element in root.iter(W + "del", W + "moveFrom") if not _is_mark(element)]
    gone += [sdt for sdt in root.iter(W + "sdt") if _is_contents(sdt)]
    gone += [run for run in root.iter(W + "r") if is_on(run.find(W + "rPr"), "vanish")]
    for choices in root.iter(MC + "AlternateContent"):
        taken = _taken(choices)
        gone += [branch for branch in choices if branch is not taken]
    for element in gone:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    etree.strip_elements(root, *_ASIDE, with_tail=False)
    etree.strip_tags(root, *_WRAPPERS)


def _rename(root: Element) -> None:
    """Give a document in the strict variant of the format the names of the usual one."""
    for element in root.iter():
        for strict, usual in _STRICT:
            if element.tag.startswith(strict):
                element.tag = usual + element.tag[len(strict) :]
            for name in list(map(str, element.attrib)):
                if name.startswith(strict):
                    element.set(usual + name[len(strict) :], element.get(name, ""))


def _is_mark(element: Element) -> bool:
    """Say whether this only marks its paragraph's end or its row as deleted; it holds no text then."""
    parent = element.getparent()
    return parent is not None and parent.tag in {W + "rPr", W + "trPr"}


def _is_contents(sdt: Element) -> bool:
    gallery = sdt.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(W + "val") == "Table of Contents"


def _taken(choices: Element) -> Element | None:
    """Choose among versions of the same thing the first that is understood here, or else what stands in for it."""
    for choice in choices.findall(MC + "Choice"):
        if set(choice.get("Requires", "").split()) <= _UNDERSTOOD:
            return choice
    return choices.find(MC + "Fallback")
