"""Where does the front matter end, and what does it say?

Blocks in; out come the blocks that stand before the body (title, byline, labelled fields, an English title page)
and what each is. Without such evidence nothing is taken: a plain text has no front.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus_search.formats.layout import BlockKind
from corpus_search.parse.blocks import Block, is_finished, is_wider
from corpus_search.parse.fields import (
    Field,
    Segment,
    byline_segments,
    described_authors,
    is_administrative,
    is_affiliation,
    is_starred_note,
    names,
    segments,
    trailing_byline,
    unlabelled_abstract,
)
from corpus_search.parse.labels import (
    Rank,
    heading_label,
    is_caption,
    is_latin,
    is_unnumbered_heading,
    markers,
    markup_length,
    note_label,
)

_COLUMN = re.compile(
    r".{0,30}\d{4}\s*年\s*\d{1,2}\s*月.{0,60}|[【\[［·•●■◆※〔].*[】\]］·•●■◆※〕]$|.{0,30}第\s?\d+\s?[卷期].*|(?:Vol|No)\.\s?\d.*",
    re.I,
)
_PAGES = r"(?:\d+\s*)?[(（]\s*\d+\s*[)）]\s*[:：;；,，]?\s*\d+\s*[-–—~]+\s*\d+"
_OWN_CITATION = re.compile(
    rf"(?=.*(?:1[89]|20)\d\d).{{4,300}}(?:[,，]\s*{_PAGES}|[\[［【][JMDNCRPS](?:/OL)?[\]］】]).{{0,300}}", re.S
)
_CONTENTS = re.compile(r"(?:#+\s*)?(?:目\s*[录錄次]|Contents)", re.I)
_LEADERS = re.compile(r"(?:[.．…·\s]+\d{0,4}|\s)$")
_OPENED = {Field.ABSTRACT, Field.KEYWORDS, Field.ABSTRACT_EN, Field.KEYWORDS_EN, Field.AUTHOR_NOTE, Field.FUNDING}
_CHINESE_FIELDS = frozenset({Field.ABSTRACT, Field.KEYWORDS})
_LATIN_FIELDS = frozenset({Field.ABSTRACT_EN, Field.KEYWORDS_EN})
_SHORT = {Field.CLC, Field.DOCUMENT_CODE, Field.DOI, Field.ARTICLE_NUMBER}
_LONGEST_SHORT = 60
_LONGEST_HEAD = 16
"""How many blocks may stand above an abstract, at most, for all of them to be front matter."""
_LONGEST_ABSTRACT = 40
"""How many blocks an abstract may have, at most: in a numbered manuscript every line is one."""
_POSTCODE = re.compile(r"\D\d{6}[\s)）。；;]*$")
_COLUMN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}(?:[·与和]?[\u4e00-\u9fff]{2,4})?")
_WIDEST_COLUMN = 16
_SUBTITLE = re.compile(r"[—–―─-]{1,2}\s*\S")
# What scanning makes of a note's mark at a title's end: a plain 1, or a question mark after a blank. A 1 that ends a
# name (蛋白1) or counts (第1) is the title's own.
_TITLE_MARKS = re.compile(
    r"(?:\\?[*＊※†]|[\s　]|(?<=[\u3400-\u9fff)）])[\s　]+[?？]|(?<=[^\W\da-zA-Z素白酶体型期类号级组第之])[\s　]*1)+$"
)
_LINE_NUMBER = re.compile(r"^1[\s　]*(?=[\u3400-\u9fff])(?![例种个株起次年月日型类号级家名带区对维比代])")


@dataclass(slots=True)
class FrontMatter:
    """Which blocks are front matter, by index.

    `end` is the first block that is not; `title_end` tells where in the title's last block a byline begins, if one
    does; `fields` the labelled ones with their segments; `continued` maps blocks that go on with a field to the block
    with its label; `later` front blocks met after `end`.
    """

    end: int = 0
    title: tuple[int, ...] = ()
    title_end: int | None = None
    byline: tuple[int, ...] = ()
    fields: dict[int, tuple[Segment, ...]] = field(default_factory=dict)
    continued: dict[int, int] = field(default_factory=dict)
    latin: list[int] = field(default_factory=list)
    later: list[int] = field(default_factory=list)


def clean_title(text: str) -> str:
    """Return a title without heading sign, bold marks, a manuscript's line number, and the mark of a note."""
    marked = markup_length(text)
    text = text[marked:] if marked else _LINE_NUMBER.sub("", text)
    last = markers(text)[-1:]
    if last and last[0].end == len(text):
        text = text[: last[0].start]
    return _TITLE_MARKS.sub("", text).strip("*").strip()


def find_front(blocks: Sequence[Block], furniture: frozenset[int]) -> FrontMatter:
    """Find the front matter at the head of `blocks`, leaving out those in `furniture`."""
    front = FrontMatter()
    order = [i for i in range(len(blocks)) if i not in furniture]
    front.later = [
        i
        for i in order
        if blocks[i].is_kind(BlockKind.METADATA)
        or (is_starred_note(blocks[i].text) and not is_wider(blocks[i].text, 600))
    ]
    order = [i for i in order if i not in front.later]
    limit = _first_heading(blocks, order)
    open_field: Field | None = None
    owner = 0
    seen: set[Field] = set()
    head: list[int] = []
    cited = _own_citation(blocks, order[:limit])
    opening = _opening(blocks, order[:limit])
    end = 0
    contents = _contents(blocks, order)
    for place, i in enumerate(order[:limit]):
        text = blocks[i].text
        found = segments(text)
        if not found and not seen & _OPENED:
            found = byline_segments(text) or unlabelled_abstract(text)
        if found and not (
            found[0].field in (Field.ABSTRACT, Field.KEYWORDS) and found[0].field in seen and len(text) > 400
        ):
            front.fields[i] = found
            seen |= {segment.field for segment in found}
            last = found[-1]
            open_field = last.field
            owner = i
            end = place + 1
        elif i in contents or i in cited:
            end = place + 1
        elif open_field and _continues(blocks, order[:limit], place, open_field):
            front.continued[i] = owner
            end = place + 1
        elif not seen & _OPENED or not head:
            if place > opening and _ends_head(blocks, order[:limit], place, head):
                break
            head.append(i)
        elif _latin_field_follows(blocks, order[:limit], place):
            front.latin.append(i)
            open_field = None
        else:
            break
    if end:
        front.end = order[end - 1] + 1
        front.latin = [i for i in front.latin if i < front.end]
        _title_and_byline(blocks, front, [i for i in head if i < front.end])
    if not front.title:
        _bare_title(blocks, front, order[end:], limit - end)
    for place, i in enumerate(order):
        text = blocks[i].text
        if i < front.end or i in front.continued:
            continue
        if is_administrative(text) and not is_wider(text, 600):
            front.later.append(i)
            front.fields[i] = found = segments(text)
            if found[-1].field is Field.AUTHOR_NOTE and found[-1].value >= found[-1].end:
                for k in order[place + 1 :]:
                    if not described_authors(blocks[k].text):
                        break
                    front.continued[k] = i
    return front


def _opening(blocks: Sequence[Block], order: Sequence[int], wanted: frozenset[Field] = _CHINESE_FIELDS) -> int:
    """Return the place of the first block that says by its label that it is an abstract or keywords, or -1.

    Whatever stands above it, at the head of an article, is no body text.
    """
    for place, i in enumerate(order[:_LONGEST_HEAD]):
        found = segments(blocks[i].text, loose=False)
        if found and found[0].field in wanted:
            return place
    return -1


def _ends_head(blocks: Sequence[Block], order: Sequence[int], place: int, head: Sequence[int]) -> bool:
    """Tell whether the block at `place` is too long to go on the head, as title, byline or place of work."""
    block = blocks[order[place]]
    text = block.text
    if len(head) < 8 and not is_wider(text, 160) and not (is_wider(text, 60) and is_finished(text)):
        return False
    if trailing_byline(text):
        return False
    if head:
        if names(text) or is_affiliation(text):
            return False
    elif any(names(blocks[i].text) for i in order[place + 1 : place + 2]):
        return False
    elif text[-1] in "!！?？" and _abstract_follows(blocks, order, place):
        return False  # A superscript mark at a title's end is often read as one of these.
    # What stands between a title and a field that the format has before the first heading is front matter.
    return not (block.said and any(segments(blocks[i].text) for i in order[place:]))


def _contents(blocks: Sequence[Block], order: Sequence[int]) -> frozenset[int]:
    """Return the blocks of a table of contents: what stands under 目录 and comes again further on."""
    for place, i in enumerate(order[:40]):
        if _CONTENTS.fullmatch(blocks[i].text):
            later = [_LEADERS.sub("", blocks[k].text) for k in order[place + 1 :]]
            found = {i}
            for at, (k, entry) in enumerate(zip(order[place + 1 :], later, strict=True), 1):
                if entry not in later[at:]:
                    break
                found.add(k)
            return frozenset(found)
    return frozenset()


def _own_citation(blocks: Sequence[Block], order: Sequence[int]) -> frozenset[int]:
    """Return the blocks above a marked title that say how the article itself is to be cited, in each language."""
    title = next((place for place, i in enumerate(order[:8]) if blocks[i].depth and not segments(blocks[i].text)), 0)
    found: list[int] = []
    for i in order[:title]:
        text = blocks[i].text
        if _OWN_CITATION.fullmatch(text) or (found and is_latin(text)):
            found.append(i)
    return frozenset(found)


def _first_heading(blocks: Sequence[Block], order: Sequence[int]) -> int:
    """Return the place in `order` of the first heading: front matter cannot reach beyond it."""
    contents = _contents(blocks, order)
    opening, opening_en = _opening(blocks, order), _opening(blocks, order, _LATIN_FIELDS)
    for place, i in enumerate(order):
        text = blocks[i].text
        if i in contents or segments(text):
            continue
        if is_affiliation(text) and (place < opening or _POSTCODE.search(text)):
            continue
        if place < opening_en and is_latin(text) and not text.startswith("#"):
            continue
        if blocks[i].is_kind(BlockKind.HEADING):
            return place
        if place == 0:
            continue
        bare = text[markup_length(text) :]
        if is_wider(bare, 89) or is_finished(bare):
            continue
        label = heading_label(text)
        first = label is not None and set(label.numbers) == {1} and label.rank is not Rank.ARABIC_BRACKETED
        if first or is_unnumbered_heading(text):
            return place
    return len(order)


def _continues(blocks: Sequence[Block], order: Sequence[int], place: int, open_field: Field) -> bool:
    """Tell whether the block at `place` goes on with the field before it.

    It does when the label stood alone, or when an abstract's keywords are still to come.
    """
    before = segments(blocks[order[place - 1]].text)
    if before and before[-1].value >= before[-1].end:
        return open_field not in _SHORT or not is_wider(blocks[order[place]].text, _LONGEST_SHORT)
    if open_field in (Field.KEYWORDS, Field.KEYWORDS_EN):
        return blocks[order[place - 1]].text[-1] in "；;，,、" and not is_wider(blocks[order[place]].text, 99)
    if open_field not in (Field.ABSTRACT, Field.ABSTRACT_EN):
        return False
    wanted = Field.KEYWORDS if open_field is Field.ABSTRACT else Field.KEYWORDS_EN
    for i in order[place + 1 : place + _LONGEST_ABSTRACT]:
        found = segments(blocks[i].text)
        if found:
            return found[0].field is wanted
    return False


def _abstract_follows(blocks: Sequence[Block], order: Sequence[int], place: int) -> bool:
    return any(
        segment.field is Field.ABSTRACT for i in order[place + 1 : place + 4] for segment in segments(blocks[i].text)
    )


def _latin_field_follows(blocks: Sequence[Block], order: Sequence[int], place: int) -> bool:
    """Tell whether an English abstract or its keywords follow, with nothing before them that could be body text.

    A title page in English may be broken by pictures, dates and lines about authors.
    """
    for at in range(place, min(place + _LONGEST_HEAD, len(order))):
        text = blocks[order[at]].text
        found = segments(text)
        if found and found[0].field in _LATIN_FIELDS:
            return at > place
        if not (found or is_latin(text) or (at < place + 4 and not is_wider(text, 160))):
            return False
    return False


def _title_and_byline(blocks: Sequence[Block], front: FrontMatter, head: list[int]) -> None:
    """Tell title, subtitle and byline among the unlabelled blocks before the first field."""
    candidates = [i for i in head if not _COLUMN.fullmatch(blocks[i].text)] or head
    if not candidates:
        return
    marked = [i for i in candidates if blocks[i].depth or blocks[i].is_kind(BlockKind.TITLE)]
    first = marked[0] if marked else candidates[0]
    if len(marked) > 1 and _is_column(blocks, candidates, marked):
        first = marked[1]
    title = [first]
    for i in candidates[candidates.index(first) + 1 :]:
        if _SUBTITLE.match(blocks[i].text):
            title.append(i)
        break
    front.title = tuple(title)
    front.title_end = trailing_byline(blocks[title[-1]].text)
    front.byline = tuple(i for i in candidates if i > title[-1])


def _is_column(blocks: Sequence[Block], candidates: Sequence[int], marked: Sequence[int]) -> bool:
    """Tell whether the first of the `marked` blocks is the journal's column (# 临床研究) above the title."""
    column, title = (blocks[i].text[markup_length(blocks[i].text) :] for i in marked[:2])
    return (
        candidates.index(marked[1]) == candidates.index(marked[0]) + 1
        and bool(_COLUMN_NAME.fullmatch(column))
        and is_wider(title, _WIDEST_COLUMN)
        and not (is_latin(title) or names(title) or is_affiliation(title) or _SUBTITLE.match(title))
    )


def _bare_title(blocks: Sequence[Block], front: FrontMatter, order: Sequence[int], limit: int) -> None:
    """Take a title, and a byline under it, from a file that labels no field.

    Only where something else shows that it is one: Markdown's sign, a byline below, or headings further on.
    """
    if len(order) < 2:
        return
    first = blocks[order[0]].text
    titled = blocks[order[0]].is_kind(BlockKind.TITLE)
    if not titled and not _could_be_title(first):
        return
    end = 2 if _SUBTITLE.match(blocks[order[1]].text) and limit > 1 else 1
    byline = end < min(limit, len(order)) and bool(names(blocks[order[end]].text))
    if not (titled or markup_length(first) or byline or limit < len(order)):
        return
    front.title = tuple(order[:end])
    if byline:
        front.byline = (order[end],)
        end += 1
    front.end = order[end - 1] + 1


def _could_be_title(text: str) -> bool:
    return not (
        is_wider(text, 90)
        or is_finished(text)
        or note_label(text)
        or is_caption(text)
        or heading_label(text)
        or is_unnumbered_heading(text)
    )
