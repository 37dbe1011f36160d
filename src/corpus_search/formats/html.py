"""How do I read a web page?

A page's bytes in; the text of its main part out, block by block, with headings, notes and their markers, tables,
captions and what the page says of itself in its head. What belongs to the site and not to the text is left out:
navigation, site headers and footers, scripts, cookie banners, comments; so is the reading over characters (``rt`` in
ruby), of which the base text alone is kept, and whatever is hidden.

The main part is what the page marks as such (``main``, ``article``, ``itemprop=articleBody``), or all of it without
what is marked as furniture. No library does this here: those that find main texts (trafilatura, readability) drop
the ids and links that tie notes to their markers.

Raised numbers that link to nothing are text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html.entities import html5

from corpus_search.errors import FileError
from corpus_search.formats.layout import BlockKind, Extract
from corpus_search.formats.markup import (
    BlockWriter,
    Element,
    Step,
    decode_markup,
    is_marker,
    local_name,
    lost_notes,
    parse_html,
    parse_xml,
    walk,
    words,
)
from corpus_search.formats.webmeta import metadata_of
from corpus_search.formats.webnotes import (
    BLOCKS,
    HEADINGS,
    SKIPPED,
    Notes,
    Page,
    classes_of,
    find_notes,
    survey,
    types_of,
    visible_text,
)

SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
"""The file name endings read as web pages, in lower case."""

_ROLES = words(
    "navigation banner contentinfo search complementary doc-toc doc-pagelist doc-index doc-cover dialog alertdialog "
    "menu menubar toolbar tablist"
)
_TYPES = frozenset({"toc", "landmarks", "page-list", "cover", "loi", "lot"})
# Parts of class names that name furniture in every content management system.
_CLASSES = words(
    "nav navbar navigation navbox breadcrumb breadcrumbs menu sidebar toc cookie cookies consent gdpr share sharing "
    "social related recommend recommended comments pagination pager toolbar advert advertisement ads adsbygoogle "
    "banner popup modal newsletter subscribe masthead topbar catlinks printfooter noprint hatnote editsection "
    "jumplink indicators ambox skiplink siteheader sitefooter"
)
_HIDDEN_CLASSES = words(
    "sr-only visually-hidden screen-reader-text noprint mw-editsection mw-jump-link mw-cite-backlink z3988"
)
_PERMALINKS = frozenset({"headerlink", "anchor", "heading-link", "anchorjs-link", "header-anchor"})
_IDS = words(
    "nav navbar navigation menu sidebar header footer site-header site-footer masthead breadcrumb breadcrumbs toc "
    "cookie-banner cookie-notice cookie-consent onetrust-consent-sdk comments disqus_thread related share pagination "
    "mw-navigation mw-head mw-panel catlinks sitenotice sitesub contentsub jump-to-nav topbar bottombar"
)
_HIDING = re.compile(r"display:none|visibility:hidden|mso-hide:all|mso-element:comment-list")
_CAPTIONS = frozenset({"caption", "msocaption", "wp-caption-text", "thumbcaption", "figcaption", "image-caption"})
_TITLES = frozenset({"title", "entry-title", "article-title"})
_NAMED = re.compile("&([A-Za-z][A-Za-z0-9]*);")
_LONGEST_CELL = 600
_PAGES = frozenset({"pagebreak", "doc-pagebreak"})
_PAGE_CLASSES = frozenset({"pagebreak", "pagenum", "page-number", "pageno", "pb"})
_PAGE_NUMBER = re.compile(r"\D{0,12}?(\d{1,5})\D?")
_INDENTED = re.compile("(?:\u3000{2}|\xa0{4})")


def extract(data: bytes, *, path: str) -> Extract:
    """Read a web page, or raise `FileError` naming `path`."""
    decoded = decode_markup(data, path=path)
    root = parse_page(decoded.text, path=path, extra="html")
    page = survey(root, file_name=posixpath.basename(path))
    notes = find_notes([page])
    writer = BlockWriter()
    write_page(page, notes, writer, web=True)
    own_title = " ".join("".join(root.xpath("string(//*[local-name()='title'])")).split())
    mark_title(writer, own_title, reliable=False)
    text, layout = writer.finished(_metadata(root, writer))
    if not layout.blocks:
        raise FileError(path, "the page holds no text of its own, only markup; save it from a browser, or remove it")
    return Extract(text, decoded.encoding, (*decoded.remarks, *lost_notes([*notes.lost, *writer.lost])), layout)


def _metadata(root: Element, writer: BlockWriter) -> dict[str, str]:
    """Return the page's metadata; the title made for sharing, often with the site's name, only if there is no other."""
    metadata = metadata_of(root)
    shared = metadata.pop("shared title", "")
    if shared and "title" not in metadata and not any(block.kind is BlockKind.TITLE for block in writer.blocks):
        metadata["title"] = shared
    return metadata


def parse_page(text: str, *, path: str, extra: str) -> Element:
    """Parse a page: as XML if it says it is and keeps its rules, as HTML otherwise."""
    if "<?xml" in text[:200] or "http://www.w3.org/1999/xhtml" in text[:2000]:
        try:
            # What HTML has names for, XML would take for an error.
            root = parse_xml(_NAMED.sub(_character, text), path=path, extra=extra)
        except FileError:
            return parse_html(text, path=path, extra=extra)
        if local_name(root).lower() == "html":
            return root
    return parse_html(text, path=path, extra=extra)


def _character(named: re.Match[str]) -> str:
    known = named.group(1) in ("lt", "gt", "amp", "quot", "apos")
    return named.group() if known else html5.get(f"{named.group(1)};", named.group())


def mark_title(writer: BlockWriter, own_title: str, *, reliable: bool) -> None:
    """Find the title: a heading alone at the top, or the block near the top that says what the file's title says.

    `reliable` says that another heading than one of that title is none; a page's title may be the site's.
    """
    writer.end()
    blocks = [block for block in writer.blocks if not block.is_blank]
    titles = [block for block in blocks if block.kind is BlockKind.TITLE]
    if len(titles) == 1:
        return
    for block in titles:
        # What each chapter has is no title of the whole.
        block.kind, block.level = BlockKind.HEADING, 1
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    tops = [block for block in headings if block.level == 1]
    before = blocks[: blocks.index(tops[0])] if tops else []
    alone = len(tops) == 1 and headings[0] is tops[0] and len(before) <= 5
    if alone and not (reliable and own_title and own_title not in tops[0].text and tops[0].text not in own_title):
        tops[0].kind = BlockKind.TITLE
        return
    for block in blocks[:8]:
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING) and own_title and block.text == own_title:
            block.kind = BlockKind.TITLE
            return


def write_page(page: Page, notes: Notes, writer: BlockWriter, *, web: bool, muted: bool = False) -> None:
    """Write a page's blocks; `web` says that a site is around the text, `muted` that only its notes are wanted."""
    _PageWriter(page, notes, writer, web=web, muted=muted).write()


@dataclass(slots=True)
class _State:
    """What holds for the content of an element."""

    element: Element | None
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    key: str = ""
    muted: bool = False
    flat: bool = False
    """Blocks in it begin no blocks of their own: it is a heading, a caption or a table's row."""
    keeps_lines: bool = False
    ends_block: bool = False
    aside: bool = False
    raised: bool = False
    rows: bool = False
    """It is in a table whose rows are blocks."""


class _PageWriter:
    def __init__(self, page: Page, notes: Notes, writer: BlockWriter, *, web: bool, muted: bool) -> None:
        self._page = page
        self._notes = notes
        self._writer = writer
        self._web = web
        self._main = main_part(page) if web else page.root
        self._states = [_State(None, muted=muted or self._main is not page.root)]
        self._breaks = 0
        self._gap = ""
        self._cells = 0
        self._tops = [e for e in page.places if local_name(e).lower() == "h1"]
        # In what is muted as a whole, only notes are wanted.
        self._wanted = set() if muted else {self._main, *self._title_outside()}

    def write(self) -> None:
        skipping: Element | None = None
        for step, element, text in walk(self._page.root):
            if skipping is not None:
                if step is Step.END and element is skipping:
                    skipping = None
            elif step is Step.TEXT:
                self._text(text)
            elif step is Step.END:
                self._end(element)
            elif not self._start(element):
                skipping = element
        self._writer.end()

    def _start(self, element: Element) -> bool:
        """Begin an element; return False if its content is to be skipped."""
        tag = local_name(element).lower()
        state, writer = self._states[-1], self._writer
        if tag in SKIPPED or _is_hidden(element, tag):
            return False
        if tag in ("br", "hr"):
            self._break(tag)
            return False
        key = self._notes.bodies.get(element)
        if state.muted and key is None and element not in self._wanted:
            self._states.append(_State(element, state.kind, state.level, state.key, muted=True))
            return True
        listed, number = self._page.printed.get(element), _page_number(element)
        if listed is not None or number is not None:
            if tag in BLOCKS and not state.flat:
                self._end_block()
            writer.page(listed if listed is not None else number or 0)
        if number is not None or _is_page_break(element):
            return False
        if element in self._notes.calls:
            self._call(self._notes.calls[element], visible_text(element) or _alternative(element))
            return False
        if state.key and key is None and element in self._notes.backs and self._drops_back(element):
            return False
        if tag == "img":
            self._note_in_image(element)
            return False
        new = replace(state, element=element, ends_block=False, aside=False, raised=False, muted=False)
        if key is not None or element in self._notes.side:
            self._begin_note(element, tag, key or self._notes.side[element], new)
        elif not state.key and self._is_furniture(element, tag):
            new.muted = True
            new.ends_block = tag in BLOCKS and not state.flat
            if new.ends_block:
                self._end_block()
        else:
            self._begin(element, tag, new)
        new.raised = element in self._notes.raised
        new.keeps_lines = new.keeps_lines or tag == "pre"
        self._states.append(new)
        return True

    def _end(self, element: Element) -> None:
        state = self._states[-1]
        if state.element is not element:
            return
        self._states.pop()
        row = self._writer.open if state.kind is BlockKind.TABLE and state.ends_block else None
        if row and not row.text.strip("| "):
            self._writer.open = None
        if state.aside:
            self._writer.leave_note()
            self._breaks, self._gap = 0, ""
        elif state.ends_block:
            self._end_block()
        elif state.flat and local_name(element).lower() in BLOCKS and not state.muted:
            self._writer.add(" ")

    def _begin(self, element: Element, tag: str, new: _State) -> None:
        """Begin an element that is of the main text, or of a note."""
        if tag not in BLOCKS:
            return
        if new.flat:
            if tag in ("td", "th") and new.kind is BlockKind.TABLE:
                self._cells += 1
                self._part_cells()
            else:
                self._writer.add(" ")
            return
        self._end_block()
        new.ends_block = True
        if tag == "table":
            new.rows = _is_of_data(element, self._page)
        elif tag == "td":
            # A table within a cell decides for itself.
            new.rows = False
        if new.key:
            new.flat = tag in HEADINGS or tag == "tr"
        elif tag in HEADINGS:
            in_list = any(state.element in self._notes.lists for state in self._states)
            # A tool's own heading over the notes is no section of the text.
            new.kind = BlockKind.FURNITURE if in_list else BlockKind.TITLE if _is_title(element) else BlockKind.HEADING
            new.level, new.flat = int(tag[1]), True
        elif tag in ("figcaption", "caption") or classes_of(element) & _CAPTIONS:
            new.kind, new.flat = BlockKind.CAPTION, True
        elif tag == "tr" and new.rows:
            new.kind, new.flat = BlockKind.TABLE, True
            self._cells = 0
        elif tag == "p" and "msotitle" in classes_of(element):
            new.kind, new.flat = BlockKind.TITLE, True

    def _part_cells(self) -> None:
        if self._cells < 2:
            return
        self._open_block()
        for run in reversed(self._writer.open.runs if self._writer.open else []):
            run.text = run.text.rstrip()
            if run.text:
                break
        self._writer.add(" | ")

    def _begin_note(self, element: Element, tag: str, key: str, new: _State) -> None:
        side = element in self._notes.side
        host = self._host(side=side)
        new.key, new.kind, new.level, new.muted, new.rows = key, BlockKind.NOTE, 0, False, False
        new.flat = tag == "tr"
        if side:
            self._call(key, "")
        if side or (host and tag in BLOCKS):
            self._writer.enter_note()
            new.aside = True
        elif tag in BLOCKS:
            self._end_block()
            new.ends_block = True
        else:
            # The note begins within a block, which others share; the block's end is its end.
            bracket = self._take_bracket()
            self._end_block()
            for state in reversed(self._states):
                state.key, state.kind = key, BlockKind.NOTE
                if state.element is not None and local_name(state.element).lower() in BLOCKS:
                    break
            self._add(bracket)

    def _take_bracket(self) -> str:
        """Take away the bracket that the last block ends with: it opens the label of what comes."""
        runs = self._writer.open.runs if self._writer.open else []
        last = runs[-1].text.rstrip() if runs else ""
        if last[-1:] not in tuple("[［〔【(（"):
            return ""
        runs[-1].text = last[:-1]
        return last[-1:]

    def _host(self, *, side: bool) -> bool:
        """Tell whether a paragraph, heading or row is open around what comes, to be gone on with after it."""
        if side or self._writer.open is None or self._writer.open.is_blank:
            return side
        names = (local_name(s.element).lower() for s in reversed(self._states) if s.element is not None)
        around = next((name for name in names if name in BLOCKS), "")
        return around == "p" or self._states[-1].flat

    def _end_block(self) -> None:
        self._writer.end()
        self._breaks, self._gap = 0, ""

    def _text(self, text: str) -> None:
        state = self._states[-1]
        if state.muted:
            return
        if state.raised and not any(char.isalnum() for char in text):
            return
        if not state.keeps_lines:
            self._add(text)
            return
        for number, line in enumerate(text.split("\n")):
            if number:
                self._break("br")
            self._add(line)

    def _add(self, text: str) -> None:
        self._settle(text)
        if self._writer.open or text.strip():
            self._open_block()
            self._writer.add(text)

    def _call(self, key: str, printed: str) -> None:
        self._settle("", comes=True)
        self._open_block()
        self._writer.call(key, printed)

    def _open_block(self) -> None:
        state = self._states[-1]
        if self._writer.open is None:
            self._writer.begin(state.kind, level=state.level, key=state.key)

    def _break(self, tag: str) -> None:
        if self._states[-1].muted:
            return
        if tag == "hr" and not self._states[-1].flat:
            self._end_block()
        elif self._states[-1].flat:
            self._writer.add("\n")
        else:
            self._breaks += 1
            self._gap = ""

    def _settle(self, text: str, *, comes: bool = False) -> None:
        """Make of line breaks what they are, once text follows: two, or one and an indent, part paragraphs."""
        if not self._breaks:
            return
        self._gap += text
        if not (text.strip() or comes):
            return
        if self._breaks > 1 or _INDENTED.match(self._gap.lstrip("\r\n\t ")):
            self._writer.end()
        else:
            self._writer.add("\n")
        self._breaks, self._gap = 0, ""

    def _drops_back(self, element: Element) -> bool:
        """Write a link back as the note's label, or tell that it is no text of the note's."""
        text = visible_text(element)
        block = self._writer.open
        begun = any(b.key == self._states[-1].key for b in self._writer.blocks[-1:])
        if is_marker(text) and not begun and (block is None or len(block.text) < 3):
            self._settle("", comes=True)
            self._open_block()
            self._writer.label(text)
            return True
        whole = self._page.places[element].length
        note = next((s.element for s in reversed(self._states) if s.element in self._notes.bodies), None)
        return len(text) <= 40 and not (note is not None and self._page.places[note].length == whole and whole > 8)

    def _note_in_image(self, element: Element) -> None:
        """Take the note that some readers' books keep in the words of a marker's image."""
        text = element.get("zy-footnote") or ""
        if not text and "qqreader-footnote" in classes_of(element):
            text = element.get("alt") or ""
        if not text.strip() or self._states[-1].muted:
            return
        key = f"{self._page.name}#image-{self._page.places[element].first}"
        self._call(key, "")
        self._writer.enter_note()
        self._writer.begin(BlockKind.NOTE, key=key)
        self._writer.add(text)
        self._writer.leave_note()

    def _is_furniture(self, element: Element, tag: str) -> bool:
        """Tell whether an element belongs to the site or the book, not to the text."""
        types = types_of(element)
        if tag == "nav" or types & _TYPES:
            return True
        if not self._web or element is self._main or tag in ("html", "body") or element in self._notes.lists:
            return False
        if types & _ROLES:
            return True
        if tag in ("header", "footer"):
            return not _is_in_text(element) and not (tag == "header" and self._holds_title(element))
        classes = classes_of(element)
        if tag == "aside":
            return not classes & {"footnote", "note"}
        place, whole = self._page.places[element], self._page.places[self._main].length
        if place.length * 2 > whole or self._holds_title(element):
            return False
        parts = {part for name in classes for part in re.split(r"[-_]+", name)} | classes
        if tag in BLOCKS and parts & _CLASSES and tag not in HEADINGS and tag != "p":
            return True
        headed = len(element) > 0 and isinstance(element[0].tag, str) and local_name(element[0]).lower() in HEADINGS
        if tag in ("div", "ul", "ol", "table", "form") and not headed and (element.get("id") or "").lower() in _IDS:
            return True
        # Without a marked main part, what is nearly all short links is a menu.
        unmarked = local_name(self._main).lower() in ("html", "body")
        menu = place.links >= 3 and place.linked * 10 > place.length * 8 and place.length < place.links * 20
        return unmarked and menu and tag in ("ul", "ol", "div", "table", "p", "td")

    def _holds_title(self, element: Element) -> bool:
        """Tell whether a header is the text's own: pandoc's, or one with the page's only unlinked first heading."""
        if element.get("id") == "title-block-header":
            return True
        if len(self._tops) != 1:
            return False
        title, around = self._page.places[self._tops[0]], self._page.places[element]
        return around.first <= title.first <= around.last and not title.links

    def _title_outside(self) -> list[Element]:
        """Return the page's only first heading, if it stands before the main part and leads nowhere."""
        places = self._page.places
        before = [e for e in self._tops if places[e].first < places[self._main].first and not places[e].links]
        return before if len(self._tops) == 1 else []


def main_part(page: Page) -> Element:
    """Return the element that holds the main text, the page's root if none is marked."""
    body = next((e for e in page.places if local_name(e).lower() == "body"), page.root)
    whole = page.places[body].length
    marked: list[list[Element]] = [[], [], [], []]
    for element in page.places:
        tag = local_name(element).lower()
        if element.get("itemprop") == "articleBody":
            marked[0].append(element)
        elif tag == "article":
            marked[1].append(element)
        elif tag == "main" or "main" in types_of(element):
            marked[2].append(element)
        elif element.get("id") == "mw-content-text":
            marked[3].append(element)
    articles = marked[1]
    for elements in (marked[3], articles if len(articles) == 1 else [], marked[2], marked[0]):
        best = max(elements, key=lambda e: page.places[e].length, default=None)
        if best is not None and page.places[best].length * 4 > whole:
            return best
    return page.root


def _is_hidden(element: Element, tag: str) -> bool:
    if tag in ("html", "body"):
        # Pages hide themselves until their scripts have run.
        return False
    if element.get("hidden") is not None or classes_of(element) & _HIDDEN_CLASSES:
        return True
    if classes_of(element) & _PERMALINKS and not any(char.isalnum() for char in visible_text(element)):
        return True
    if element.get("aria-hidden") == "true" and tag not in BLOCKS:
        return True
    style = "".join((element.get("style") or "").split()).lower()
    if "mso-list:ignore" in style or any(name.startswith("listlabel") for name in classes_of(element)):
        # The bullet that Word or LibreOffice draws is none of the text's characters; a number may be.
        return not any(char.isalnum() for char in visible_text(element))
    return _HIDING.search(style) is not None


def _is_in_text(element: Element) -> bool:
    above = element.getparent()
    while above is not None:
        if local_name(above).lower() in ("article", "main", "section"):
            return True
        above = above.getparent()
    return False


def _is_title(heading: Element) -> bool:
    return local_name(heading).lower() == "h1" and bool(
        classes_of(heading) & _TITLES or "fulltitle" in types_of(heading)
    )


def _is_of_data(table: Element, page: Page) -> bool:
    """Tell whether a table holds data, rather than lay out a page: a heading or long text in a cell says so."""
    if table.get("role") in ("presentation", "none"):
        return False
    widest = paragraphs = 0
    for element in table.iterdescendants():
        tag = local_name(element).lower() if isinstance(element.tag, str) else ""
        if tag == "table" or tag in HEADINGS or tag in ("article", "main", "section", "nav"):
            return False
        if tag == "tr":
            widest = max(widest, sum(1 for cell in element if isinstance(cell.tag, str)))
        elif tag in ("td", "th"):
            paragraphs = 0
            if page.places[element].length > _LONGEST_CELL:
                return False
        elif tag == "p":
            paragraphs += 1
            if paragraphs > 3:
                return False
    return widest > 1


def _is_page_break(element: Element) -> bool:
    return bool(types_of(element) & _PAGES)


def _page_number(element: Element) -> int | None:
    """Return the number of the printed page that begins with an element, if one does."""
    if not _is_page_break(element) and not classes_of(element) & _PAGE_CLASSES:
        return None
    said: Iterable[str | None] = (
        element.get("title"),
        element.get("aria-label"),
        visible_text(element),
        element.get("id"),
    )
    for text in said:
        found = _PAGE_NUMBER.fullmatch((text or "").strip())
        if found:
            return int(found.group(1))
    return None


def _alternative(element: Element) -> str:
    """Return the words for a marker's image, if they are of a marker's form."""
    words: Sequence[str] = [e.get("alt") or "" for e in element.iter() if isinstance(e.tag, str)]
    return next((word for word in words if word and is_marker(word)), "")
