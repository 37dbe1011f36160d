"""Which links call notes, and where do the notes stand?

In: the pages of one work, a web page or the documents of an EPUB, surveyed. Out: the elements that are markers, those
that begin notes, and the links that lead back. Some pages say so (``role=doc-noteref``, ``epub:type=footnote``,
``section.footnotes``, ``ol.references``); in the others a note is what a link of a marker's form leads to, further
down, at the beginning of a block, if the link is raised or bracketed or the note leads back to it.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote

from corpus_search.formats.markup import Element, Step, is_marker, local_name, walk, words

SKIPPED = words(
    "script style template noscript head title iframe object embed audio video canvas svg select option button input "
    "textarea datalist rt rp rtc annotation annotation-xml map menu dialog"
)
"""Elements whose content is no text of the page's; readings over characters (``rt``) are among them."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | words(
    "address article aside blockquote body caption center details dd div dl dt fieldset figcaption figure footer form "
    "header hgroup hr html legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_WHOLES = frozenset({"html", "body", "main", "article"})
_REGIONS = _WHOLES | {"section", "nav", "header", "footer"}

_LISTS = frozenset({"ol", "ul", "dl", "table", "tbody"})

_NOTE_TYPES = frozenset({"footnote", "endnote", "rearnote", "doc-footnote", "doc-endnote"})
_NOTE_CLASSES = frozenset({"footnote", "endnote", "duokan-footnote-item", "footnote-item"})
_LIST_TYPES = frozenset({"footnotes", "endnotes", "rearnotes", "doc-endnotes", "doc-footnotes"})
_LIST_CLASSES = frozenset(
    {"footnotes", "endnotes", "footnote-list", "footnotes-list", "duokan-footnote-content", "footnotes_list"}
)
_CALL_TYPES = frozenset({"noteref", "doc-noteref"})
_CALL_CLASSES = words(
    "footnote-ref footnoteref noteref footnote-reference fnref sdfootnoteanc sdendnoteanc duokan-footnote"
)
_BACK_TYPES = frozenset({"doc-backlink", "backlink"})
_BACK_CLASSES = words(
    "footnote-back footnote-backref footnote-backlink reversefootnote data-footnote-backref mw-cite-backlink "
    "fn-backref footnote-return"
)
_SIDE_CLASSES = frozenset({"sidenote", "marginnote"})
_ARROWS = re.compile(r"[\s↩↵⏎↑⇑⬆▲△^«‹←⇧⤴↥\ufe0e\ufe0f]+")
_NOTE_ID = re.compile(
    r"_?(?:s?d?f(?:oot)?n(?:ote)?|s?d?e(?:nd)?n(?:ote)?|ftn|edn|note|cite_note|zhu|zs)[-_:.]?\w{0,8}", re.I
)
# A number in round brackets is an equation's as often as a note's.
_PLAIN_NUMBER = re.compile("[(（]?[0-9A-Za-z一二三四五六七八九十百]+[)）]?")
_OTHER_ID = re.compile(
    r"(?:aff|affil|affiliation|inst|corresp|cor|corr|author|au|eq|fig|tab|table|app)[-_:.]?\d\w*", re.I
)
"""What publishers call the targets of raised numbers that are no notes: affiliations, addresses, figures."""

_LONGEST_NOTE = 20_000
_MOST_MARKERS = 100
"""How many elements a raised group of markers may hold."""
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"


def types_of(element: Element) -> frozenset[str]:
    """Return what an element says it is by ``epub:type`` and ``role``."""
    said = (element.get(_EPUB_TYPE), element.get("epub:type"), element.get("role"))
    return frozenset(" ".join(filter(None, said)).lower().split())


def classes_of(element: Element) -> frozenset[str]:
    """Return an element's classes."""
    return frozenset((element.get("class") or "").lower().split())


def address_of(href: str) -> tuple[str, str]:
    """Return the address and the fragment of a link, which may be anything."""
    address, _, fragment = href.strip().partition("#")
    return address, fragment


def _last_part(address: str) -> str:
    return unquote(address.partition("?")[0].rpartition("/")[2])


def visible_text(element: Element) -> str:
    """Return the text of an element that a reader sees, or the words that stand for its image."""
    parts: list[str] = []
    skipping: Element | None = None
    for step, here, text in walk(element):
        if skipping is not None:
            skipping = None if step is Step.END and here is skipping else skipping
        elif step is Step.START and local_name(here).lower() in SKIPPED:
            skipping = here
        elif step is Step.TEXT:
            parts.append(text)
    return " ".join("".join(parts).split())


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands: the count of elements and of characters that are not blank before and after it."""

    first: int
    last: int
    start: int
    end: int
    linked: int
    """How many of its characters are in links that lead to other pages."""
    links: int
    headings: int

    @property
    def length(self) -> int:
        """How many characters it holds."""
        return self.end - self.start


@dataclass(slots=True)
class Page:
    """A parsed page: its `name` in the book (none for a web page), and where everything is."""

    name: str
    root: Element
    places: dict[Element, Place] = field(default_factory=dict)
    targets: dict[str, Element] = field(default_factory=dict)
    links: list[Element] = field(default_factory=list)
    printed: dict[Element, int] = field(default_factory=dict)
    """The printed pages that begin with an element, by the book's page list."""
    own_names: frozenset[str] = frozenset({""})
    """The last parts of the addresses by which it calls itself, and nothing."""


def survey(root: Element, name: str = "", *, file_name: str = "") -> Page:
    """Count a page's elements and characters and note where its links and targets are, in one walk.

    A web page has no `name`; its `file_name` is one of the ways in which it may call itself in links.
    """
    page = Page(name, root)
    count = length = linked = links = headings = 0
    opened: list[tuple[int, int, int, int, int]] = []
    outside = skipped = 0
    addresses = {file_name}
    for step, element, text in walk(root):
        if step is Step.TEXT:
            size = 0 if skipped else len("".join(text.split()))
            length += size
            linked += size if outside else 0
            continue
        tag = local_name(element).lower()
        href = element.get("href") or ""
        leaves = tag == "a" and bool(href) and not href.startswith("#")
        if step is Step.START:
            opened.append((count, length, linked, links, headings))
            headings += tag in HEADINGS
            # An entry is made now, so that ids and order are those of the beginnings.
            page.places[element] = Place(count, count, length, length, 0, 0, 0)
            count += 1
            outside += leaves
            links += leaves
            skipped += tag in SKIPPED
            for key in (
                element.get("id"),
                element.get("{http://www.w3.org/XML/1998/namespace}id"),
                element.get("name"),
            ):
                if key and (tag == "a" or key != element.get("name")):
                    page.targets.setdefault(key, element)
            if tag == "a" and href:
                page.links.append(element)
            elif tag == "link" and element.get("rel") in ("canonical", "dc:isVersionOf"):
                addresses.add(address_of(href)[0])
            elif tag == "meta" and element.get("property") == "og:url":
                addresses.add(address_of(element.get("content") or "")[0])
        else:
            outside -= leaves
            skipped -= tag in SKIPPED
            first, start, *before = opened.pop()
            since = (now - then for now, then in zip((linked, links, headings), before, strict=True))
            page.places[element] = Place(first, count - 1, start, length, *since)
    page.own_names = frozenset({"", *(_last_part(address) for address in addresses)})
    return page


@dataclass(slots=True)
class Notes:
    """What was found: `calls` and `bodies` give the note's key, `lists` hold notes only, `backs` lead back.

    `side` are notes that stand in the running text and are their own call; `raised` are groups of markers, in which
    commas are no text.
    """

    calls: dict[Element, str] = field(default_factory=dict)
    bodies: dict[Element, str] = field(default_factory=dict)
    lists: set[Element] = field(default_factory=set)
    backs: set[Element] = field(default_factory=set)
    side: dict[Element, str] = field(default_factory=dict)
    raised: set[Element] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Link:
    """A link within the work: from an element of one page to one of another, which may be the same."""

    element: Element
    page: int
    target: Element
    target_page: int
    text: str


def find_notes(pages: Sequence[Page]) -> Notes:
    """Find the notes of a work."""
    notes = Notes()
    marked = _marked(pages, notes)
    links = list(_inner_links(pages, notes))
    to = _links_to(links)
    calls = [link for link in links if _is_call(link, pages, marked, to)]
    called: dict[Element, int] = {}
    for link in calls:
        called.setdefault(link.target, link.target_page)
    _unmark_lists(called, marked, pages, notes)
    bodies = dict(marked)
    body_of: dict[Element, Element] = {}
    for number, page in enumerate(pages):
        here = [target for target, its_page in called.items() if its_page == number]
        starts = sorted((page.places[target].first, page.places[target].start) for target in here)
        for target in here:
            body = _body(target, page, marked, starts)
            bodies.setdefault(body, number)
            body_of[target] = body
    notes.bodies = _keys(bodies, body_of, pages)
    for link in calls:
        notes.calls[_whole_marker(link.element, pages[link.page], notes)] = notes.bodies[body_of[link.target]]
    _continued(notes)
    _find_backs(links, notes)
    return notes


def _marked(pages: Sequence[Page], notes: Notes) -> dict[Element, int]:
    """Return the elements that say they are a note, and fill in the lists and side notes."""
    marked: dict[Element, int] = {}
    for number, page in enumerate(pages):
        for element, place in page.places.items():
            tag = local_name(element).lower()
            if not (element.attrib and place.length):
                continue
            types, classes = types_of(element), classes_of(element)
            if (
                types & _LIST_TYPES
                or (tag in BLOCKS and classes & _LIST_CLASSES)
                or (tag == "ol" and "references" in classes)
            ):
                notes.lists.add(element)
            elif types & _NOTE_TYPES or (tag in BLOCKS and classes & _NOTE_CLASSES):
                marked[element] = number
            elif (
                tag in ("span", "small")
                and classes & _SIDE_CLASSES
                and notes.side.keys().isdisjoint(_ancestors(element))
            ):
                notes.side[element] = f"{page.name}#side-{place.first}"
    for element in [*marked]:
        # What calls itself a footnote and holds several is a list of them.
        items = [item for item in _items(element) if item.get("id")]
        if len(items) > 1:
            notes.lists.add(element)
            del marked[element]
    for number, page in enumerate(pages):
        for element in (e for e in page.places if e in notes.lists):
            for item in _items(element):
                if page.places[item].length:
                    marked[item] = number
    # A note within a note is part of it.
    return {element: number for element, number in marked.items() if not any(e in marked for e in _ancestors(element))}


def _items(element: Element) -> list[Element]:
    """Return the items of the lists in an element, or what it holds that is told apart by ids; no items of items."""
    own = element if local_name(element).lower() in ("ol", "ul") else None
    lists = [own] if own is not None else [e for e in element.iter() if _tag(e) in ("ol", "ul")][:50]
    found: list[Element] = []
    for each in lists:
        if each is own or not any(_tag(above) == "li" for above in _ancestors(each, element)):
            found += [item for item in each if _tag(item) == "li"]
    return found


def _tag(element: Element) -> str:
    return local_name(element).lower() if isinstance(element.tag, str) else ""


def _ancestors(element: Element, top: Element | None = None) -> Iterator[Element]:
    above = element.getparent()
    while above is not None and above is not top:
        yield above
        above = above.getparent()


def _inner_links(pages: Sequence[Page], notes: Notes) -> Iterator[_Link]:
    numbers = {page.name: number for number, page in enumerate(pages)}
    for number, page in enumerate(pages):
        for element in page.links:
            address, fragment = address_of(element.get("href"))
            if not fragment:
                continue
            target_page: int | None = number
            if page.name:
                name = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), unquote(address)))
                target_page = numbers.get(name) if address else number
            elif address and (not _last_part(address) or _last_part(address) not in page.own_names):
                target_page = None
            if target_page is None:
                continue
            targets = pages[target_page].targets
            target = targets.get(fragment)
            if target is None:
                target = targets.get(unquote(fragment))
            text = visible_text(element) if pages[number].places[element].length < 200 else ""
            if target is not None and target is not element:
                yield _Link(element, number, target, target_page, text)
            elif target is None and types_of(element) & _CALL_TYPES:
                notes.lost.append(text or "*")
            elif target is None and not is_marker(text):
                # It may lead back to a marker without an id of its own; what is no note's is not asked for.
                notes.backs.add(element)


def _links_to(links: Iterable[_Link]) -> Mapping[Element, list[_Link]]:
    back: dict[Element, list[_Link]] = {}
    for link in links:
        back.setdefault(link.target, []).append(link)
    return back


def _is_call(
    link: _Link, pages: Sequence[Page], marked: Mapping[Element, int], to: Mapping[Element, list[_Link]]
) -> bool:
    element, page, target_page = link.element, pages[link.page], pages[link.target_page]
    types, classes = types_of(element), classes_of(element)
    if types & _BACK_TYPES or classes & _BACK_CLASSES:
        return False
    above = element.getparent()
    if types & _CALL_TYPES:
        return _tag(link.target) not in _WHOLES and target_page.places[link.target].length <= _LONGEST_NOTE
    if (
        "doc-biblioref" in types
        or _OTHER_ID.fullmatch(link.target.get("id") or "")
        or _is_no_note(link.target, target_page)
    ):
        return False
    at, there = page.places[element], target_page.places[link.target]
    inside = link.page == link.target_page and there.first <= at.first <= there.last
    if inside or (
        above is not None and any(classes_of(e) & _BACK_CLASSES for e in (above, above.getparent()) if e is not None)
    ):
        return False
    in_note = _holder(element, marked) is not None
    if classes & _CALL_CLASSES or (above is not None and "reference" in classes_of(above) and _tag(above) == "sup"):
        return not in_note or _is_raised(element)
    form = is_marker(link.text) or not link.text
    later = (link.page, at.first) < (link.target_page, there.first)
    if _holder(link.target, marked) is not None:
        return form and (later or not in_note) and (not in_note or _is_raised(element))
    if not (form and link.text and later and _begins_line(link.target, target_page)):
        return False
    bracketed = not _PLAIN_NUMBER.fullmatch(link.text) or _between_brackets(element)
    return _is_raised(element) or bracketed or _leads_back(link, target_page, to)


def _is_no_note(element: Element, page: Page) -> bool:
    """Tell whether an element is too large for a note, or holds or stands in a heading."""
    place = page.places[element]
    if _tag(element) in _REGIONS or place.length > _LONGEST_NOTE or place.headings:
        return True
    return any(_tag(above) in HEADINGS for above in _ancestors(element))


def _holder(element: Element, marked: Container[Element]) -> Element | None:
    return next((e for e in (element, *_ancestors(element)) if e in marked), None)


def _is_raised(element: Element) -> bool:
    near = [element, *element, *([] if element.getparent() is None else [element.getparent()])]
    styles = ("".join((e.get("style") or "").split()).lower() for e in near if isinstance(e.tag, str))
    return any(_tag(e) == "sup" for e in near) or any("vertical-align:super" in style for style in styles)


def _between_brackets(element: Element) -> bool:
    above = element.getparent()
    before = element.getprevious()
    text = (before.tail if before is not None else above.text if above is not None else "") or ""
    return text.rstrip()[-1:] in tuple("[［〔【") and (element.tail or "").lstrip()[:1] in tuple("]］〕】")


def _begins_line(element: Element, page: Page) -> bool:
    """Tell whether an element stands at the beginning of a block or after a line break, but for a label."""
    start = page.places[element].start
    for above in (element, *_ancestors(element)):
        before = above.getprevious()
        if before is not None and _tag(before) == "br" and (before.tail or "").strip() in ("", *"[［〔【(（"):
            return True
        if _tag(above) in BLOCKS:
            return start - page.places[above].start <= 4
    return True


def _leads_back(link: _Link, target_page: Page, to: Mapping[Element, list[_Link]]) -> bool:
    """Tell whether a link near the target leads to the link, or to what is right around it."""
    block = _block_of(link.target)
    definition = block.getnext() if _tag(block) == "dt" else None
    first = target_page.places[block].first
    last = target_page.places[block if definition is None else definition].last
    backs = (back for near in _near(link.element) for back in to.get(near, ()) if back.page == link.target_page)
    return any(first <= target_page.places[back.element].first <= last for back in backs)


def _near(element: Element) -> Iterator[Element]:
    """Yield an element, what is in it, the inline elements around it, and what stands right before it."""
    yield from (e for e in islice(element.iter(), 20) if isinstance(e.tag, str))
    before = element.getprevious()
    if before is not None and not (before.tail or "").strip():
        yield before
    for above, _ in zip(_ancestors(element), range(4), strict=False):
        if _tag(above) in BLOCKS:
            return
        yield above


def _block_of(element: Element) -> Element:
    return next((e for e in (element, *_ancestors(element)) if _tag(e) in BLOCKS), element)


def _body(target: Element, page: Page, marked: Mapping[Element, int], starts: Sequence[tuple[int, int]]) -> Element:
    """Return the element that is the note a link leads to: the target, or what it stands at the beginning of.

    `starts` tell where in the page's order and text all such targets stand.
    """
    holder = _holder(target, marked)
    if holder is not None:
        return holder
    start = page.places[target].start

    def is_free(element: Element) -> bool:
        place = page.places[element]
        inside = islice(starts, bisect_left(starts, (place.first, 0)), bisect_left(starts, (place.last + 1, 0)))
        return start - place.start <= 4 and place.length <= _LONGEST_NOTE and all(other == start for _, other in inside)

    body = target
    if _tag(target) not in BLOCKS:
        body = _block_of(target)
        if not is_free(body) or _tag(body) in _REGIONS:
            return target
    for above in _ancestors(body):
        tag = _tag(above)
        if tag in _REGIONS or tag in _LISTS or not is_free(above):
            break
        named = tag in ("div", "aside") and _NOTE_ID.fullmatch(above.get("id") or "")
        if not (named or tag in ("li", "tr", "dd") or page.places[above].length == page.places[body].length):
            break
        body = above
    return body


def _unmark_lists(
    called: Mapping[Element, int], marked: dict[Element, int], pages: Sequence[Page], notes: Notes
) -> None:
    """Take what calls itself a note for a list of notes where markers call several places in it."""
    starts: dict[Element, set[int]] = {}
    for target, number in called.items():
        holder = _holder(target, marked)
        if holder is not None:
            starts.setdefault(holder, set()).add(pages[number].places[target].start)
    for holder, places in starts.items():
        if len(places) > 1:
            del marked[holder]
            notes.lists.add(holder)


def _keys(
    bodies: Mapping[Element, int], body_of: Mapping[Element, Element], pages: Sequence[Page]
) -> dict[Element, str]:
    """Return a key for each note, unique over the pages: the page's name and the id that is linked to."""
    linked: dict[Element, str] = {}
    for target, body in body_of.items():
        linked.setdefault(body, target.get("id") or target.get("name") or "")
    keys: dict[Element, str] = {}
    taken: set[str] = set()
    for body, number in bodies.items():
        page = pages[number]
        fragment = linked.get(body) or body.get("id") or f"note-{page.places[body].first}"
        key = f"{page.name}#{fragment}" if page.name else fragment
        while key in taken:
            key = f"{page.name}#{fragment}-{page.places[body].first}-{len(taken)}"
        taken.add(key)
        keys[body] = key
    return keys


def _whole_marker(element: Element, page: Page, notes: Notes) -> Element:
    """Return the raised element around a link that holds nothing else, and remember one that holds more markers."""
    marker = element
    for above in _ancestors(element):
        if _tag(above) in BLOCKS or _tag(above) == "a":
            break
        if page.places[above].last - page.places[above].first > _MOST_MARKERS:
            break
        inner = [e for e in above.iter() if _tag(e) == "a" and e.get("href")]
        if len(inner) > 1:
            if _tag(above) == "sup":
                notes.raised.add(above)
            break
        if not is_marker(visible_text(above)):
            break
        marker = above
    return marker


def _continued(notes: Notes) -> None:
    """Give definitions to their terms, and to notes the paragraphs after them that are theirs.

    These are the paragraphs between the notes of a list, and those that say they are a note's and are not called.
    """
    called = {*notes.calls.values()}
    for body, key in [*notes.bodies.items()]:
        before = body.getprevious()
        if _tag(body) == "p" and key not in called and not body.get("id") and before in notes.bodies:
            notes.bodies[body] = notes.bodies[before]
            continue
        following = body.getnext()
        tag = _tag(body)
        if tag == "dt":
            while following is not None and _tag(following) == "dd":
                notes.bodies.setdefault(following, key)
                following = following.getnext()
        elif body.getparent() in notes.lists and tag in ("p", "div"):
            while (
                following is not None
                and following not in notes.bodies
                and _tag(following) in ("p", "div", "blockquote")
            ):
                notes.bodies[following] = key
                following = following.getnext()


def _find_backs(links: Iterable[_Link], notes: Notes) -> None:
    """Find the links in notes that lead back to markers, or say that they do."""
    anchors = {near for marker in notes.calls for near in _near(marker)} | {_block_of(m) for m in notes.calls}
    bodies = notes.bodies
    for link in links:
        if _holder(link.element, bodies) is None or link.element in notes.calls:
            continue
        said = types_of(link.element) & _BACK_TYPES or classes_of(link.element) & _BACK_CLASSES
        if said or link.target in anchors or (link.text and _ARROWS.fullmatch(link.text)):
            notes.backs.add(link.element)
