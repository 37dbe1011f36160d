"""How is an item written in a citation style?

A CSL-JSON item and a `Pinpoint` in, `Rendered` text and HTML out, by the CSL project's own styles (`styles/`,
unchanged, see `styles/NOTICE.md`) and citeproc-py. The frame of GB/T 7714 follows the item's language (等, et al.);
Chicago and APA are English styles and keep their English frame, but a Chinese item's authors are cut short with 等.

What citeproc-py 0.11 does not do is made good here, in memory:

- it escapes HTML in some fields only, so nothing but marks goes through it, and what comes out is escaped here;
- it has no ``punctuation-in-quote``: American styles put comma and stop inside the closing quotation mark;
- it does not suppress what a ``substitute`` has used: APA would print the title of an anonymous article twice;
- it takes a group without variables for empty (``[J]`` where there is no ``OL``);
- it keeps no terms per item, and its locators have one label: the rest of a pinpoint is put where the locator stood.

GB/T 7714 requires the date of access of what was read online, which nobody knows here; what is cited is the printed
article, so ``[J]``, without DOI. As it prescribes, the page of a passage stands in the place of the article's pages.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import bleach
from markupsafe import Markup, escape

from corpus_search.cite.pinpoint import Pinpoint
from corpus_search.records import Record

_FILES = {
    "gbt7714": "china-national-standard-gb-t-7714-2015-note",
    "chicago": "chicago-fullnote-bibliography",
    "apa": "apa",
}
_CSL = "{http://purl.org/net/xbiblio/csl}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# Places are marked with noncharacters, which `items.clean` has taken out of every text.
_ITALIC, _UPRIGHT, _TITLE, _WORDS, _SECTION, _ET_AL, _QUOTE, _LESS = map(chr, range(0xFDD0, 0xFDD8))
_MARKS = re.compile("[\ufdd0-\ufdef]")

_USED = ("title", "author", "issued", "container-title", "volume", "issue", "page", "DOI")
_lock = threading.Lock()
"""citeproc-py keeps the format, and what has been cited, on the style."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A citation as text and as HTML; `inline` is the short form in running text of a style that has one (APA)."""

    text: str
    html: Markup
    inline: str = ""


def render(item: Record, pinpoint: Pinpoint, style: str) -> Rendered:
    """Return `item` in `style`, one of ``gbt7714``, ``chicago`` and ``apa``; what it lacks is left out."""
    chinese = item["language"] != "en"
    if style == "gbt7714":
        printed = {key: value for key, value in item.items() if key != "DOI"}
        place = ", ".join(filter(None, (pinpoint.pages, pinpoint.words)))
        # Its locator is a page or nothing; citeproc-py would print a range with an English dash.
        locator = ("page", _WORDS) if pinpoint.pages else None
        note = _note(printed, locator, style, "zh-CN" if chinese else "en-US", chinese=chinese)
        if place and not locator:
            bare = note.removesuffix(".")
            # Of an article of which the title is all that is known, the title ends first.
            note = f"{bare}{'. ' if bare.endswith(']') else ', '}{_WORDS}."
        return _finished(note, place)
    if pinpoint.pages:
        locator = ("page", pinpoint.pages + _WORDS)
        place = f", {pinpoint.words}" if pinpoint.words else ""
    else:
        locator, place = ("section", _WORDS) if pinpoint.words else None, pinpoint.words
    note = _note(item, locator, style, "en-US", chinese=chinese)
    if style == "chicago":
        return _finished(note, place)
    entry = _finished(_entry(item, style, chinese=chinese), place)
    return Rendered(entry.text, entry.html, _finished(note, place).text)


def _note(item: Record, locator: tuple[str, str] | None, style: str, locale: str, *, chinese: bool) -> str:
    """Return `item` as the style cites it in a note or in brackets, marks and all; `locator` is a label and a place."""
    from citeproc import Citation, CitationItem
    from citeproc.source import Locator

    with _lock:
        bibliography = _bibliography(item, style, locale, chinese=chinese)
        citation = Citation([CitationItem("item", **({"locator": Locator(*locator)} if locator else {}))])
        bibliography.register(citation)
        return str(bibliography.cite(citation, lambda _: None))


def _entry(item: Record, style: str, *, chinese: bool) -> str:
    """Return `item` as an entry of a list of references, marks and all."""
    from citeproc import Citation, CitationItem

    with _lock:
        bibliography = _bibliography(item, style, "en-US", chinese=chinese)
        bibliography.register(Citation([CitationItem("item")]))
        text = "".join(map(str, bibliography.bibliography()[0]))
    # The title in the author's place, the date, and then the title again.
    first, *more = text.split(_TITLE)
    if len(more) == 2 and (date := re.match(rf"{_UPRIGHT}?\. \([^)]*\)\.", more[0])):
        return first + _TITLE + date[0] + more[1].removeprefix(_UPRIGHT).removeprefix(".")
    return text


def _bibliography(item: Record, style: str, locale: str, *, chinese: bool) -> Any:
    from citeproc import CitationStylesBibliography
    from citeproc.source.json import CiteProcJSON

    known = {key: _marked(value) for key, value in item.items() if key in _USED}
    if "title" in known:
        known["title"] += _TITLE
    source = CiteProcJSON([{**known, "id": "item", "type": item["type"], "language": item["language"]}])
    return CitationStylesBibliography(_style(style, locale, chinese), source, _Formatter)


def _marked(value: Any) -> Any:
    """Return a value of an item without what citeproc-py would read as markup."""
    if isinstance(value, str):
        return value.replace("<", _LESS)
    if isinstance(value, list):
        return [_marked(one) for one in value]
    return {key: _marked(one) for key, one in value.items()} if isinstance(value, dict) else value


class _Formatter:
    """What citeproc-py asks of a format: italics marked, nothing escaped, nothing else set off."""

    @staticmethod
    def preformat(text: Any) -> str:
        return str(text)

    Oblique = Bold = Light = Underline = Superscript = Subscript = SmallCaps = str

    @staticmethod
    def Italic(text: Any) -> str:  # noqa: N802 - citeproc-py's name
        return f"{_ITALIC}{text}{_UPRIGHT}"


@lru_cache
def _style(style: str, locale: str, chinese: bool) -> Any:  # noqa: FBT001
    """Return the style with the terms that mark places put before its own."""
    from citeproc import CitationStylesStyle
    from lxml import etree

    file = Path(__file__).parent / "styles" / f"{_FILES[style]}.csl"
    root = etree.parse(file, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    for medium in root.xpath("//*[local-name()='text'][@macro='medium-id']"):
        # Only ever empty here, and the group around it would be lost with it.
        medium.getparent().remove(medium)
    if style != "gbt7714":
        terms = [("section", _SECTION), ("open-quote", "“"), ("close-quote", f"”{_QUOTE}")]
        terms += [("et-al", f"{_ET_AL}等")] if chinese else []
        own = root.find(f"{_CSL}locale[@{_LANG}='{locale}']")
        if own is None:
            own = etree.Element(f"{_CSL}locale", {_LANG: locale})
            root.insert(1, own)
        _add_terms(own, terms)
    return CitationStylesStyle(BytesIO(etree.tostring(root)), locale=locale, validate=False)


def _add_terms(locale: Any, terms: list[tuple[str, str]]) -> None:
    from lxml import etree

    held = locale.find(f"{_CSL}terms")
    if held is None:
        held = etree.SubElement(locale, f"{_CSL}terms")
    for term, text in terms:
        for form in ("long", "short", "symbol") if term == "section" else ("long",):
            one = etree.Element(f"{_CSL}term", {"name": term} if form == "long" else {"name": term, "form": form})
            if term == "section":
                for number in ("single", "multiple"):
                    etree.SubElement(one, f"{_CSL}{number}").text = text
            else:
                one.text = text
            held.insert(0, one)


def _finished(text: str, place: str) -> Rendered:
    """Put the marks of a rendered citation into effect; `place` is what the locator says."""
    text = text.replace(_LESS, "<")
    text = re.sub(f"{_SECTION} ?", "", text)
    text = text.replace(_WORDS, place)
    text = re.sub(f",? {_ET_AL}", "", text)
    # No stop after a title that ends in its own.
    text = re.sub(rf"([.?!。？！]){_TITLE}({_UPRIGHT}?)\.(?=[\s{_UPRIGHT}]|$)", r"\1\2", text)
    text = text.replace(_TITLE, "")
    text = re.sub(rf"”{_QUOTE}({_UPRIGHT}?)([.,])", r"\2”\1", text)
    plain = _MARKS.sub("", text)
    html = str(escape(text)).replace(_ITALIC, "<i>").replace(_UPRIGHT, "</i>")
    # Escaped above; bleach passes last over the markup made here.
    cleaned = bleach.clean(_MARKS.sub("", html), tags={"i"}, attributes={})
    return Rendered(plain, Markup(cleaned))  # noqa: S704
