"""Which paragraphs begin with a heading on their own line?

Conversions run a heading of a low level into the paragraph below it (1.3.3 原生质体融合方法 采用亲本灭活法获得融合子).
Blocks in; blocks out, such a heading parted from its text where that shows its end; and the lines where a heading is,
but nothing shows where it ends. A number proves nothing by itself: the one before it, or the section that
it is the first part of, must stand as a number as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus_search.article import Problem
from corpus_search.parse.blocks import Block, block_of, width

_NUMBER = re.compile(r"([1-9]\d?(?:\s?[.．]\s?[1-9]\d?){1,3})(?![\d.．%％])\s?(?=[\u4e00-\u9fffA-Z（(])")
# A heading's words, then a blank between Han, where running Chinese text has none; the same words once more, as a
# first sentence has them (地理探测器地理探测器的原理是); or a figure or table, which only sentences point to.
_HEADING = re.compile(
    r"[^。；：:;，,？！\s$]{1,28}[\u4e00-\u9fff）)](?=\s[\u4e00-\u9fff])"
    r"|(?P<said>[\u4e00-\u9fff]{3,20})(?=(?P=said))"
    r"|[^。；：:;，,？！\s$图圖表]{1,30}?[\u4e00-\u9fff）)]"
    r"(?=(?:根据|[由从如见据])[图圖表]\s?\d|[图圖表]\s?\d+\s?(?:给出|表明|显示|[为是]|列出|反映))"
)
_WIDEST = 90
"""What is no wider, in columns, may be a heading as it is."""


def part_headings(source: str, blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[Problem, ...]]:
    """Part headings from the paragraphs that they are run into."""
    labels = [_numbers(block.text) for block in blocks]
    known = {label for label in labels if label}
    parted: list[Block] = []
    problems: list[Problem] = []
    for block, label in zip(blocks, labels, strict=True):
        if not label or width(block.text) <= _WIDEST or not _expected(label, known):
            parted.append(block)
            continue
        number = _NUMBER.match(block.text)
        heading = _HEADING.match(block.text, number.end()) if number else None
        if heading and len(block.lines) == 1:
            line = block.lines[0]
            end = line.start + heading.end()
            rest = end + source[end].isspace()
            parted += [
                block_of(source, (replace(line, end=end),)),
                block_of(source, (replace(line, start=rest, after_blank=False, indented=True),)),
            ]
        else:
            parted.append(block)
            message = f"the heading {number[1] if number else ''} seems to run into its paragraph"
            problems.append(Problem(block.number, message))
    return tuple(parted), tuple(problems)


def _numbers(text: str) -> tuple[int, ...] | None:
    match = _NUMBER.match(text.lstrip("# "))
    if match:
        return tuple(int(part) for part in re.split(r"\s?[.．]\s?", match[1]))
    single = re.match(r"#+ (\d{1,2})(?![\d.．])", text)
    return (int(single[1]),) if single else None


def _expected(label: tuple[int, ...], known: set[tuple[int, ...]]) -> bool:
    """Tell whether a number comes after one that stands there, or begins a section that does."""
    before = (*label[:-1], label[-1] - 1) if label[-1] > 1 else label[:-1]
    return before in known
