"""Where do printed pages begin, and which number has each?

Blocks in; running heads and page numbers, page breaks, and page numbers out. A number is given only where two
independent signs agree: page numbers printed in sequence, or an article number whose count of pages fits the
breaks that the text shows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from corpus_search.parse.blocks import Block, is_finished, is_wider
from corpus_search.parse.fields import ArticleNumber
from corpus_search.parse.headings import MAX_WIDTH
from corpus_search.parse.labels import heading_label, is_caption, is_unnumbered_heading, markers, note_label

_PAGE_LINE = re.compile(
    r"(?P<explicit><!--\s*page[:\s]*(\d{1,4})\s*-->"
    r"|[-=—\[【\s]*(?:page\s*(\d{1,4})|第\s*(\d{1,4})\s*[页頁])(?:\s*[/of共,，]+\s*\d+\s*[页頁]?)?[-=—\]】\s]*)"
    r"|[—–\-·•.．|〔\[(（\s]*(\d{1,4})[—–\-·•.．|〕\])）\s]*",
    re.I,
)


_HEAD_AND_NUMBER = re.compile(
    r"(?P<left>\d{1,4})[\s　·•|]+(?P<head>\D.{1,60})|(?P<head2>.{1,60}\D)[\s　·•|]+(?P<right>\d{1,4})"
)


def _headed_page_line(text: str) -> tuple[int, str] | None:
    """Return number and running head of a line that seems to hold both (46　史学月刊　2021年第7期)."""
    match = _HEAD_AND_NUMBER.fullmatch(text) if len(text) < 66 and not is_finished(text) else None
    if not match or note_label(text):
        return None
    return int(match["left"] or match["right"]), _head_key(match["head"] or match["head2"])


def page_line(text: str) -> tuple[int, bool] | None:
    """Return the number on a line that holds nothing but a page number, and whether it says so in words."""
    match = _PAGE_LINE.fullmatch(text) if len(text) < 40 else None
    if not match:
        return None
    number = next(int(group) for group in match.groups()[1:] if group)
    return number, bool(match["explicit"])


@dataclass(frozen=True, slots=True)
class Furniture:
    """Blocks that belong to the page, not to the text; `numbers` maps those with a page number to it."""

    blocks: frozenset[int]
    numbers: dict[int, int]


def find_furniture(blocks: Sequence[Block]) -> Furniture:
    """Find page number lines and running heads."""
    lines = [(i, *number) for i, block in enumerate(blocks) if (number := page_line(block.text))]
    headed = {i: found for i, block in enumerate(blocks) if (found := _headed_page_line(block.text))}
    recurring = Counter(head for _, head in headed.values())
    lines += [(i, number, False) for i, (number, head) in headed.items() if recurring[head] >= 2]
    lines.sort()
    numbers: dict[int, int] = {}
    run: list[tuple[int, int, bool]] = []
    for line in [*lines, None]:
        if line and run and 0 < line[1] - run[-1][1] <= 2:
            run.append(line)
            continue
        if len(run) >= 3 or any(explicit for _, _, explicit in run):
            numbers.update({i: number for i, number, _ in run})
        run = [line] if line else []
    heads_alone = _recurring_heads(blocks)
    if not numbers:
        return Furniture(heads_alone, {})
    near = {i + step for i in numbers for step in (-2, -1, 1, 2)} - set(numbers)
    beside = {i + step for i in numbers for step in (-1, 1)}
    heads = Counter(_head_key(blocks[i].text) for i in near if 0 <= i < len(blocks))
    running = {
        i
        for i in near
        if 0 <= i < len(blocks)
        and heads[_head_key(blocks[i].text)] >= (2 if i in beside else 3)
        and not is_wider(blocks[i].text, 90)
        and not is_finished(blocks[i].text)
        and not note_label(blocks[i].text)
    }
    return Furniture(frozenset(numbers) | frozenset(running) | heads_alone, numbers)


_FEWEST_HEADS = 3
_WIDEST_HEAD, _SEEN = 60, 100
"""How wide a running head is, in columns, at most, and how much of a block is looked at to see that it is none."""


def _recurring_heads(blocks: Sequence[Block]) -> frozenset[int]:
    """Find running heads that conversions leave without page numbers: the same short line again and again, apart."""
    places: dict[str, list[int]] = {}
    for i, block in enumerate(blocks):
        text = block.text.lstrip("# ")
        if len("".join(text[:_SEEN].split())) > _WIDEST_HEAD:
            continue
        text = "".join(text.split())
        if (
            is_wider(text, 7)
            and not is_wider(text, _WIDEST_HEAD)
            and not (is_finished(text) or heading_label(block.text) or note_label(text))
        ):
            places.setdefault(text, []).append(i)
    found = set()
    for text, at in places.items():
        marked = any(blocks[i].depth for i in at)
        apart = all(after - before > 2 for before, after in pairwise(at))
        if (
            len(at) >= (2 if marked else _FEWEST_HEADS)
            and apart
            and not is_caption(text)
            and not is_unnumbered_heading(text)
        ):
            found.update(at)
    return frozenset(found)


def _head_key(text: str) -> str:
    return re.sub(r"[\d\s·•—–\-]+", "", text)


# --- paragraphs across pages ---------------------------------------------------------------------------------

_PROSE, _LATIN_PROSE = re.compile(r"[，。；、？！,;]"), re.compile(r"[a-z]{2} [a-z]{2}")
_NOT_PROSE = re.compile(r"\s*(?:<|!\[|\||\$\$|```|>)")
_LIST_ITEM = re.compile(r"(?:[-*+•●○◆■□]\s|第[一二三四五六七八九十]+[，,、：:]|其[一二三四五六七八九十][，,、：:])")
_SOURCE_LINE = re.compile(r"(?:资料|資料|数据)来源|注\s?[:：]")


def is_prose(text: str) -> bool:
    """Tell whether `text` is running text, rather than a table's row, a picture or a caption."""
    reads = _PROSE.search(text) or _LATIN_PROSE.search(text)
    return bool(reads) and not _NOT_PROSE.match(text) and not is_caption(text)


def continues(before: str, after: str, *, page_ends: bool, indents: bool, indented: bool) -> bool:
    """Tell whether the block `after` goes on with the paragraph of the block `before`.

    `page_ends` says that notes or a page number stand between them; `indents` that the file indents its
    paragraphs, `indented` that `after` is.
    """
    last = markers(before)[-1:]
    body = before[: last[0].start] if last and last[0].end == len(before) else before
    if indented and indents:
        return False
    if not body or _SOURCE_LINE.match(before):
        return False
    if not is_prose(before) or not (is_prose(after) or (is_finished(after) and not _NOT_PROSE.match(after))):
        return False
    if not is_finished(body):
        # A cut sentence goes on whatever the next page begins with, be it 3.5亿 or 二、三线城市; but a short
        # line may be a heading or a list's item that no rule knew.
        long = is_wider(before, 119) or bool(re.search(r"[。！？]", body))
        item = heading_label(after) or note_label(after) or _LIST_ITEM.match(after)
        if not page_ends and not is_wider(before, MAX_WIDTH - 1) and heading_label(before):
            return False
        return long or (is_wider(before, 79) and (page_ends or not item)) or (page_ends and not item)
    if heading_label(after) or note_label(after) or _LIST_ITEM.match(after):
        return False
    if body.rstrip()[-1] in "；;":
        return page_ends
    return indents and page_ends and not indented and body.rstrip()[-1] not in "：:"


# --- numbers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pages:
    """The printed page of each block that has one, the article's first and last, and a doubt if there is one.

    `inside` lists the pages that begin inside a block, with their offsets in its text.
    """

    of_block: dict[int, int]
    extent: tuple[int, int] | None
    doubt: str | None = None
    inside: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


def number_pages(
    order: Sequence[int],
    breaks: frozenset[int],
    furniture: Furniture,
    number: ArticleNumber | None,
) -> Pages:
    """Number the pages of the blocks `order`, of which those in `breaks` begin a new page."""
    if furniture.numbers:
        return _by_printed_numbers(order, furniture, number)
    if number is None:
        return Pages({}, None)
    count = len(breaks) + 1
    if count != number.page_count:
        return Pages(
            {},
            None,
            f"the article number says {number.page_count} pages, the text shows {count}: pages are left out",
        )
    page = number.first_page
    of_block = {}
    for i in order:
        page += i in breaks
        of_block[i] = page
    return Pages(of_block, (number.first_page, page))


def _by_printed_numbers(order: Sequence[int], furniture: Furniture, number: ArticleNumber | None) -> Pages:
    """Number by the page numbers in the file: each stands at the head or at the foot of its page."""
    places = sorted(furniture.numbers)
    if not order:
        return Pages({}, None)
    at_head, at_foot = places[0] < order[0], places[-1] > order[-1]
    first = number.first_page if number else None
    if at_head == at_foot and first is not None:
        at_head = furniture.numbers[places[0]] == first + (0 if places[0] < order[0] else 1)
        at_foot = furniture.numbers[places[0]] == first and places[0] > order[0]
    if at_head == at_foot:
        return Pages({}, None, "page numbers stand neither all at heads nor all at feet: pages are left out")
    of_block: dict[int, int] = {}
    for i in order:
        if at_head:
            before = [p for p in places if p < i]
            page = furniture.numbers[before[-1]] if before else furniture.numbers[places[0]] - 1
            printed = bool(before)
        else:
            after = [p for p in places if p > i]
            page = furniture.numbers[after[0]] if after else furniture.numbers[places[-1]] + 1
            printed = bool(after)
        # The first page often goes without a number; it has one here if the article number says so.
        if printed or page == first:
            of_block[i] = page
    if not of_block:
        return Pages({}, None)
    known = list(of_block.values())
    extent = (known[0], known[-1])
    if first is not None and extent[0] != first:
        return Pages(
            {},
            None,
            f"the article number begins at page {first}, the printed ones at {extent[0]}: pages are left out",
        )
    return Pages(of_block, extent)
