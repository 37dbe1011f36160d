"""Which paragraphs begin with a heading on their own line, or end with the next one?

Conversions run a heading of a low level into the paragraph below it (1.3.3 原生质体融合方法 采用亲本灭活法获得融合子),
and a heading at a column's foot into the one above (…的坐标。3结果与分析). Blocks in; blocks out, such a heading parted
from its text where that shows its border; and the lines where a heading is, but nothing shows where it ends. A number
proves nothing by itself: the one before it, or the section that it is the first part of, must stand as one as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus_search.article import Problem
from corpus_search.parse.blocks import Block, block_of, is_wider
from corpus_search.parse.labels import note_label

_NUMBER = re.compile(
    r"([1-9]\d?(?:\s?[.．]\s?[1-9]\d?){1,3})(?![\d.．%％])\s?(?=[\u4e00-\u9fffA-Z（(])"
    r"|([1-9]\d?(?:[.．][1-9]){1,3})(?=(?:19|20)\d\d\s?年)"
)
_SINGLE = re.compile(r"#+ (\d{1,2})(?![\d.．])|([1-9])\s?[\u4e00-\u9fff]{2,12}$")
_NUMBER_STARTS = tuple("# 123456789")
"""What these two begin with, behind a heading's sign."""
# A heading's words, then a blank between Han, where running Chinese text has none; the same words once more, as a
# first sentence has them (地理探测器地理探测器的原理是); a figure or table, which only sentences point to; the first
# item of a list; or a word that begins sentences, has no subject before it, and stands in no heading but at its head.
_HEADING = re.compile(
    r"[^。；：:;，,？！\s$]{1,28}[\u4e00-\u9fff）)](?=\s[\u4e00-\u9fff])"
    r"|(?P<said>[\u4e00-\u9fff]{3,20})(?=(?P=said))"
    r"|[^。；：:;，,？！\s$图圖表]{1,30}?[\u4e00-\u9fff）)]"
    r"(?=(?:根据|[由从如见据])[图圖表]\s?\d|[图圖表]\s?\d+\s?(?:给出|表明|显示|[为是]|列出|反映))"
    r"|[^。；：:;，,？！\s$（()）]{1,26}[^\W\d_为有括是如及和与式程由照据](?=\s?[（(]1[）)]\s?(?![式，,（(和]))"
    r"|[^。；：:;，,？！\s$]{2,26}?(?<![的对与和在中及以被是从由不并而后于为将来本这该若如照据用])"
    r"(?=为了|本研究(?!的)|本试验(?!的)|本实验(?!的)|目前(?!的)|首先)"
)
_LIST = re.compile(r"(?<=[。．.）)！!])\s*(?:参\s?考\s?文\s?献|References)\s?[:：]?$")
_NEXT_SECTION = re.compile(r"(?<=[。！？])\s?([1-9]\d?)\s?[\u4e00-\u9fff][^。；，,：:！？\s]{1,20}$")
_NAMED = re.compile(r"(?:致\s?谢|作者贡献(?:声明|说明)?|利益冲突(?:声明|说明)?)(?=\s?[:：]\s?\S{8})")
_WIDEST = 90
"""What is no wider, in columns, may be a heading as it is."""
_FEWEST_SAID = 4
"""So many characters that head another section are no chance."""


def part_headings(source: str, blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[Problem, ...]]:
    """Part headings from the paragraphs that they are run into."""
    labels = [_numbers(block.text) for block in blocks]
    known = {label for label in labels if label}
    ends = [
        _end(block.text) if label and is_wider(block.text, _WIDEST) and _expected(label, known) else None
        for block, label in zip(blocks, labels, strict=True)
    ]
    headed = _headed(blocks, labels, ends)
    parted: list[Block] = []
    problems: list[Problem] = []
    for n, (block, label, end) in enumerate(zip(blocks, labels, ends, strict=True)):
        if len(block.lines) == 1 and (begins := _tail(blocks, labels, known, n)):
            parted += _cut(source, block, begins)
        elif len(block.lines) == 1 and (named := _NAMED.match(block.text)):
            parted += _cut(source, block, named.end())
        elif label is None or end is None:
            parted.append(block)
        elif (end := end or _said_elsewhere(block.text, label, headed)) and len(block.lines) == 1:
            parted += _cut(source, block, end)
        else:
            parted.append(block)
            number = _NUMBER.match(block.text)
            message = f"the heading {number[0].rstrip() if number else ''} seems to run into its paragraph"
            problems.append(Problem(block.number, message))
    return tuple(parted), tuple(problems)


def _cut(source: str, block: Block, end: int) -> list[Block]:
    """Cut a block of one line in two, `end` being the length of the first part."""
    line = block.lines[0]
    first = line.start + len(block.text[:end].rstrip())
    rest = line.start + end + len(block.text[end:]) - len(block.text[end:].lstrip())
    return [
        block_of(source, (replace(line, end=first),)),
        block_of(source, (replace(line, start=rest, after_blank=False, indented=True),)),
    ]


def _end(text: str) -> int:
    """Return where the heading ends that a paragraph begins with, or 0 if nothing shows it."""
    number = _NUMBER.match(text)
    heading = _HEADING.match(text, number.end()) if number else None
    return heading.end() if heading else 0


def _headed(
    blocks: Sequence[Block], labels: Sequence[tuple[int, ...] | None], ends: Sequence[int | None]
) -> dict[str, set[int]]:
    """Return the words of the headings whose ends are known, with the last numbers before them."""
    headed: dict[str, set[int]] = {}
    for block, label, end in zip(blocks, labels, ends, strict=True):
        number = _NUMBER.match(block.text.lstrip("# ")) if label else None
        if label and number and (end or not is_wider(block.text, _WIDEST)):
            words = block.text.lstrip("# ")[number.end() :] if end is None else block.text[number.end() : end]
            headed.setdefault(words.strip(), set()).add(label[-1])
    return headed


def _said_elsewhere(text: str, label: tuple[int, ...], headed: dict[str, set[int]]) -> int:
    """Return where a heading ends whose words head the section with the same last number elsewhere, or 0."""
    number = _NUMBER.match(text)
    start = number.end() if number else 0
    said = [
        len(words)
        for words, last in headed.items()
        if len(words) >= _FEWEST_SAID
        and label[-1] in last
        and text.startswith(words, start)
        and text[start + len(words)] not in "及和与、的之或分"
    ]
    return start + max(said) if said else 0


def _tail(
    blocks: Sequence[Block], labels: Sequence[tuple[int, ...] | None], known: set[tuple[int, ...]], n: int
) -> int:
    """Return where a heading begins that a paragraph ends with, or 0: of the list that follows, or the next section."""
    if n + 1 == len(blocks) or blocks[n].depth:
        return 0
    text, after = blocks[n].text, blocks[n + 1].text
    # Most paragraphs end otherwise, and the whole of each would be searched.
    ends_so = "献" in text[-4:] or "References" in text[-14:]
    if ends_so and (match := _LIST.search(text)) and (label := note_label(after, plain=True)) and label.key == "1":
        return match.start()
    following = labels[n + 1]
    if not following or following[1:] != (1,):
        return 0
    match = _NEXT_SECTION.search(text)
    if match and following[0] == int(match[1]):
        section = following[0]
        if (section,) not in known and any(one[0] == section - 1 for one in known):
            return match.start()
    return 0


def _numbers(text: str) -> tuple[int, ...] | None:
    if not text.startswith(_NUMBER_STARTS):
        return None
    match = _NUMBER.match(text.lstrip("# "))
    if match:
        return tuple(int(part) for part in re.split(r"\s?[.．]\s?", match[1] or match[2]))
    single = _SINGLE.match(text)
    return (int(single[1] or single[2]),) if single else None


def _expected(label: tuple[int, ...], known: set[tuple[int, ...]]) -> bool:
    """Tell whether a number comes after one that stands there, or begins a section that does."""
    before = (*label[:-1], label[-1] - 1) if label[-1] > 1 else label[:-1]
    return before in known
