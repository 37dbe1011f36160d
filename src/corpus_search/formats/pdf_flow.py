"""In which order is a PDF's page read, and what of it is text, note or running head?

In: pages of `Line`s in any order. Out: `Flow`s, the lines of each page column by column in the order they are read in,
with running heads and page numbers, the notes at the bottom, and the calls of the notes found. All of it is found by
place, size and recurrence, never by what the words mean.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from statistics import median

from corpus_search.formats.pdf_pages import Line, Page, Rule, is_wide, joined, same_row

_CIRCLED = "①-⑳㉑-㉟㊱-㊿❶-❿⓫-⓴"
_RAISED_DIGITS = "¹²³⁰⁴-⁹"
_LABEL = re.compile(
    rf"[{_CIRCLED}]|[\[［〔【(（]\d{{1,3}}[\]］〕】)）]|[{_RAISED_DIGITS}]{{1,3}}|\d{{1,3}}(?!\d)|[*＊]{{1,4}}|[†‡※§]"
)
_ONLY_NUMBER = re.compile(r"\W*(?:第|Page)?\W*(\d{1,5})\W*页?\W*")
_NUMBER = re.compile(r"\d{1,5}")
_BLANKS = re.compile(r"\s+")
_EDGE_ROWS = 3
_MAX_LINES = 2_000
_EDGE = 0.15


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A line in its column: its distance from the column's left edge, and the room that is left at its end."""

    line: Line
    indent: float
    room: float

    @property
    def centred(self) -> bool:
        """Whether it stands in the middle of the column."""
        return self.indent > self.line.size and abs(self.indent - self.room) < 1.5 * self.line.size

    def is_full(self, following: Line) -> bool:
        """Whether the line ends because `following` begins with what found no room in it."""
        # Words may be tied to their neighbours (p. 12), which no file says.
        slack = 0.5 if is_wide(following.text[0]) else 1.0
        return self.room < following.head + slack * self.line.size


@dataclass(frozen=True, slots=True)
class PageCall:
    """A marker in a line that calls a note."""

    start: int
    end: int
    key: str


@dataclass(slots=True)
class Note:
    """A note's lines, those at the bottom of a following page included; its label ends at `label` in the first."""

    key: str
    label: int
    last_page: int
    lines: list[FlowLine] = field(default_factory=list)


@dataclass(slots=True)
class Flow:
    """What stands on a page: running heads, columns, lines below the text that belong to no note, notes."""

    index: int
    heads: list[str] = field(default_factory=list)
    feet: list[str] = field(default_factory=list)
    columns: list[list[FlowLine]] = field(default_factory=list)
    below: list[FlowLine] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    calls: dict[Line, list[PageCall]] = field(default_factory=dict)
    printed: int | None = None


@dataclass(slots=True)
class _Notes:
    """What one page's notes leave open for the next's: the last one, and the raised markers that found no note."""

    last: Note | None = None
    unanswered: dict[str, tuple[dict[Line, list[PageCall]], Line, int, int]] = field(default_factory=dict)

    def goes_on(self, index: int, line: FlowLine) -> bool:
        """Whether the last note may go on with `line`, at the bottom of this page or column."""
        return self.last is not None and self.last.last_page >= index - 1 and self.last.lines[-1].is_full(line.line)


def flows(pages: Sequence[Page]) -> tuple[list[Flow], float]:
    """Return what stands on each page, and the size of the running text."""
    pages = [_evened(page) for page in pages]
    found, bodies = _without_furniture(pages)
    size = _body_size(line for lines in bodies for line in lines)
    columns = _columns(bodies, size)
    edges = _edges(columns)
    state = _Notes()
    for flow, page, runs in zip(found, pages, columns, strict=True):
        placed = [_in_column(run, edges) for run in runs]
        _part_notes(flow, placed, page.rules, size, state)
    return found, size


def _evened(page: Page) -> Page:
    """Give one size to the lines of a page read by OCR that all but have it: it measures each word anew."""
    if not page.hidden:
        return page
    size = median(line.size for line in page.lines for _ in line.text)
    near = 0.13 * size
    lines = (replace(line, size=size) if abs(line.size - size) < near else line for line in page.lines)
    return replace(page, lines=tuple(lines))


# Running heads and page numbers


def _rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Group lines of one height, from top to bottom, each from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: -each.base):
        if rows and any(same_row(line, other) for other in rows[-1][-3:]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def _text(row: Sequence[Line]) -> str:
    return joined(row).text


def _without_furniture(pages: Sequence[Page]) -> tuple[list[Flow], list[list[Line]]]:
    rows = [_rows(page.lines) for page in pages]
    size = _body_size(line for page in pages for line in page.lines)
    edges = [_EDGE * (page.top - page.bottom) for page in pages]
    heads = _recurring(
        [
            [row for row in page_rows if row[0].base > page.top - edge]
            for page, page_rows, edge in zip(pages, rows, edges, strict=True)
        ],
        rows,
        size,
    )
    feet = _recurring(
        [
            [row for row in page_rows[::-1] if row[0].base < page.bottom + edge]
            for page, page_rows, edge in zip(pages, rows, edges, strict=True)
        ],
        [page_rows[::-1] for page_rows in rows],
        size,
    )
    furniture = [
        [*map(_text, above), *map(_text, below), page.aside]
        for above, below, page in zip(heads, feet, pages, strict=True)
    ]
    offset = _page_offset(furniture)
    labels = _page_labels(pages)
    flows, bodies = [], []
    for index, page in enumerate(pages):
        printed = index + offset if offset is not None and index + offset > 0 else labels.get(index)
        if rest := rows[index][len(heads[index]) : len(rows[index]) - len(feet[index])]:
            # The number of an article's first page often stands elsewhere than on the others.
            for row, taken in ((rest[0], heads[index]), (rest[-1], feet[index])):
                number = _ONLY_NUMBER.fullmatch(_text(row))
                alone = len(pages) == 1 and row is rest[-1] and _stands_apart(rest, page)
                if number and (int(number[1]) == printed or alone) and row not in heads[index]:
                    taken.append(row)
        gone = {id(line) for row in (*heads[index], *feet[index]) for line in row}
        flow = Flow(index, [_text(row) for row in heads[index]], [_text(row) for row in reversed(feet[index])])
        flow.printed = printed
        if page.aside:
            flow.feet.append(page.aside)
        flows.append(flow)
        bodies.append(_without_ruby([line for line in page.lines if id(line) not in gone]))
    return flows, bodies


def _recurring(
    margins: Sequence[Sequence[list[Line]]], pages: Sequence[Sequence[list[Line]]], size: float
) -> list[list[list[Line]]]:
    """Return the rows in each page's margin, from its edge inwards, that stand in the same place on other pages.

    Numbers may differ. What is more than a number must be parted from the text by more than the distance of lines on
    most pages: the last lines of notes may be alike by chance (同上。), but they follow upon others.
    """
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for index, rows in enumerate(margins):
        for row in rows[:_EDGE_ROWS]:
            places[_pattern(row)].append((index, row[0].base))
    found: list[list[list[Line]]] = []
    votes = Counter[str]()
    for index, rows in enumerate(margins):
        taken: list[list[Line]] = []
        for row in rows[:_EDGE_ROWS]:
            near = (abs(base - row[0].base) < 4 for other, base in places[_pattern(row)] if other != index)
            heading = row[0].size >= 1.08 * size and not _ONLY_NUMBER.fullmatch(_text(row))
            if heading or _is_note(row) or not any(near):
                break
            taken.append(row)
        found.append(taken)
        outer = max(count for count in range(len(taken) + 1) if _is_parted(pages[index], count))
        for place, row in enumerate(taken):
            votes[_pattern(row)] += 1 if place < outer else -1
    return [
        list(takewhile(lambda row: votes[_pattern(row)] >= 0 or _ONLY_NUMBER.fullmatch(_text(row)), taken))
        for taken in found
    ]


def _is_parted(rows: Sequence[list[Line]], count: int) -> bool:
    """Whether the first `count` rows are further from the rest than its rows are from each other."""
    if count in (0, len(rows)):
        return True
    gap = abs(rows[count - 1][0].base - rows[count][0].base)
    usual = 1.5 * rows[count][0].size
    if count + 1 < len(rows):
        usual = abs(rows[count][0].base - rows[count + 1][0].base)
    return gap > 1.25 * usual


def _pattern(row: Sequence[Line]) -> str:
    return _NUMBER.sub("#", _BLANKS.sub("", _text(row)))


def _is_note(row: Sequence[Line]) -> bool:
    """Whether a row has a note's label and text: 同上 may end page after page and is none the less a note."""
    text = _text(row)
    label = _LABEL.match(text)
    bare = label and label[0].isdecimal() and not any(start == 0 for start, _ in row[0].raised)
    return bool(label and not bare and any(char.isalnum() for char in text[label.end() :]))


def _stands_apart(rows: Sequence[list[Line]], page: Page) -> bool:
    """Whether the last row lies in the margin, well below the text."""
    if len(rows) < 2:
        return False
    last, before = rows[-1][0], rows[-2][0]
    return before.base - last.base > 2 * before.size and last.base < page.bottom + 0.1 * (page.top - page.bottom)


def _page_offset(furniture: Sequence[Sequence[str]]) -> int | None:
    """Return what is added to a page's index to get its printed number, if the furniture agrees on it."""
    offsets = Counter[int]()
    numbered = 0
    for index, texts in enumerate(furniture):
        numbers = {int(number) for text in texts if "/" not in text for number in _NUMBER.findall(text)}
        numbered += bool(numbers)
        offsets.update(number - index for number in numbers)
    if not offsets:
        return None
    offset, pages = offsets.most_common(1)[0]
    return offset if pages >= 2 and pages * 2 >= numbered else None


def _page_labels(pages: Sequence[Page]) -> dict[int, int]:
    """Return the printed pages by the file's own labels, unless they but count the pages."""
    labels = {page.index: int(page.label) for page in pages if re.fullmatch(r"[0-9]{1,5}", page.label)}
    if all(label == index + 1 for index, label in labels.items()):
        return {}
    return labels


def _without_ruby(lines: Sequence[Line]) -> list[Line]:
    """Leave out readings that stand in small type right above what they read."""
    if len(lines) > _MAX_LINES:
        return list(lines)  # A map or a diagram; each line is compared with those near it, which would take long.
    by_place: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_place[int(line.base // 20)].append(line)

    def is_ruby(small: Line) -> bool:
        place = int(small.base // 20)
        return any(
            small.size <= 0.6 * line.size
            and 0.4 * line.size < small.bottom - line.base < line.size
            and line.left - line.size < small.left
            and small.right < line.right + line.size
            for near in (place, place - 1)
            for line in by_place[near]
        )

    return [line for line in lines if not is_ruby(line)]


# Columns


def _body_size(lines: Iterable[Line]) -> float:
    """Return the size of the running text: notes may be longer than the text, but they are smaller."""
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    if not sizes:
        return 10.0
    most = max(sizes.values())
    return max(size for size, count in sizes.items() if count >= 0.35 * most)


def _columns(bodies: Sequence[Sequence[Line]], size: float) -> list[list[list[Line]]]:
    gutters = [_gutter(lines, size) for lines in bodies]
    usual = Counter(round(gutter / 8) for gutter in gutters if gutter is not None).most_common(1)
    hint = median(g for g in gutters if g is not None and round(g / 8) == usual[0][0]) if usual else None
    return [
        _in_order(lines, size, hint if gutter is None and _fills_left(lines, hint) else gutter, depth=0)
        for lines, gutter in zip(bodies, gutters, strict=True)
    ]


def _fills_left(lines: Sequence[Line], gutter: float | None) -> bool:
    """Whether lines go up to a gutter that other pages have: on the last page, say, with nothing at its right."""
    if gutter is None:
        return False
    left = [line for line in lines if line.left < gutter - 2 and not _crosses(line, gutter)]
    return 2 * sum(line.right > gutter - 4 * line.size for line in left) > len(left)


def _gaps(lines: Sequence[Line], size: float) -> list[tuple[float, float]]:
    """Return the gaps between neighbours in a row, where a gutter may be."""
    gaps = []
    for row in _rows(lines):
        for left, right in pairwise(row):
            if right.left - left.right > 0.7 * size:
                gaps.append((left.right, right.left))
    return gaps


def _gutter(lines: Sequence[Line], size: float) -> float | None:
    """Return the left edge of the right one of two columns, if there are two."""
    gaps = _gaps(lines, size)
    if len(gaps) < 4:
        return None
    middles = sorted({round((left + right) / 2) for left, right in gaps})[:200]
    best, count = None, 0
    for middle in middles:
        covering = sum(left <= middle <= right for left, right in gaps)
        if covering > count:
            best, count = float(middle), covering
    if best is None or count < 4:
        return None
    inside = [(left, right) for left, right in gaps if left <= best <= right]
    # The left edge of the right column; some of its lines are indented.
    best = sorted(right for _, right in inside)[len(inside) // 10]
    crossing = sum(_crosses(line, best) for line in lines)
    sides = [line for line in lines if line.right <= best], [line for line in lines if line.left >= best - 2]
    # Cells of a table leave blank strips as well, but do not fill their columns.
    if crossing > 1.5 * count or not all(_is_filled(side) for side in sides):
        return None
    return best


def _crosses(line: Line, gutter: float) -> bool:
    return line.left < gutter - 2 and line.right > gutter + 2


def _is_centred(row: Sequence[Line], left: float, right: float) -> bool:
    size = row[0].size
    indent, room = row[0].left - left, right - max(line.right for line in row)
    return indent > 3 * size and abs(indent - room) < 2 * size


def _is_filled(lines: Sequence[Line]) -> bool:
    if len(lines) < 4:
        return False
    width = max(line.right for line in lines) - min(line.left for line in lines)
    return median(sum(line.right - line.left for line in row) for row in _rows(lines)) >= 0.55 * width


def _in_order(lines: Sequence[Line], size: float, gutter: float | None, depth: int) -> list[list[Line]]:
    """Return the lines of a page or a column as runs in the order they are read in."""
    if gutter is None or depth > 2:
        return [run] if (run := _whole_rows(lines)) else []
    runs: list[list[Line]] = []
    across: list[Line] = []
    band: list[list[Line]] = []

    def end_band() -> None:
        edges = min(line.left for line in lines), max(line.right for line in lines)
        # Authors' names, say, side by side below the title, one on each side of the gutter.
        centred = list(takewhile(lambda row: _is_centred(row, *edges), band))
        across.extend(line for row in centred for line in row)
        rows = band[len(centred) :]
        left = [line for row in rows for line in row if line.left < gutter - 2]
        right = [line for row in rows for line in row if line.left >= gutter - 2]
        if len(rows) > (1 if left and right else 2):
            if across:
                runs.append(_whole_rows(across))
            for side in filter(None, (left, right)):
                runs.extend(_in_order(side, size, _gutter(side, size), depth + 1))
            across.clear()
        else:
            across.extend(left + right)
        band.clear()

    for row in _rows(lines):
        if any(_crosses(line, gutter) for line in row):
            end_band()
            across.extend(row)
        else:
            band.append(row)
    end_band()
    if across:
        runs.append(_whole_rows(across))
    return runs


def _whole_rows(lines: Sequence[Line]) -> list[Line]:
    return [joined(row) for row in _rows(lines)]


def _edges(columns: Sequence[Sequence[Sequence[Line]]]) -> list[tuple[float, float]]:
    """Return the left and right edges of all columns whose lines show them, the narrowest first."""
    edges = {_extent(run) for runs in columns for run in runs if _shows_edge(run)}
    return sorted(edges, key=lambda edge: edge[1] - edge[0])[:400]


def _extent(run: Sequence[Line]) -> tuple[float, float]:
    # Punctuation at the end of a line may hang in the margin.
    rights = [line.right for line in run if line.text[-1].isalnum()] or [line.right for line in run]
    return min(line.left for line in run), max(rights)


def _shows_edge(run: Sequence[Line]) -> bool:
    """Whether some lines end at one place, so that the column ends there."""
    _, right = _extent(run)
    return sum(right - line.right < line.size for line in run) > 2


def _in_column(run: Sequence[Line], edges: Sequence[tuple[float, float]]) -> list[FlowLine]:
    left, right = _extent(run)
    if len(run) < 8 or not _shows_edge(run):
        # A few lines do not show how wide their column is; others at the same place do.
        near = 6 * run[0].size
        around = [edge for edge in edges if left - near < edge[0] <= left + 1 and right <= edge[1] + 1]
        if around:
            left, right = around[0]
            right = max(edge[1] for edge in around if abs(edge[0] - left) < near / 6 and edge[1] - right < 40)
    rights = [right] * len(run)
    for group in _quotations(run, left, right):
        rights[group.start : group.stop] = [max(run[place].right for place in group)] * len(group)
    return [FlowLine(line, line.left - left, edge - line.right) for line, edge in zip(run, rights, strict=True)]


def _quotations(run: Sequence[Line], left: float, right: float) -> Iterator[range]:
    """Find lines that are set in on both sides, so that they have a right edge of their own."""
    start = 0
    while start < len(run):
        size, indent = run[start].size, run[start].left - left
        end = start + 1
        limit = right - indent + size
        while end < len(run) and abs(run[end].left - left - indent) < 0.3 * size and run[end].right < limit:
            end += 1
        edge = max(line.right for line in run[start:end])
        filled = sum(edge - line.right < size for line in run[start:end])
        wide = edge - left - indent > 0.6 * (right - left)
        if indent > size and filled > 1 and end - start > 2 and wide and abs(right - edge - indent) < 1.5 * size:
            yield range(start, end)
        start = end


# Notes at the bottom of a page


def _part_notes(
    flow: Flow, columns: Sequence[list[FlowLine]], rules: Sequence[Rule], size: float, state: _Notes
) -> None:
    """Part each column into text and notes, and tie the calls to the notes."""
    starts = [_zone_start(column, rules, size) for column in columns]
    text = [each.line for column, (start, _) in zip(columns, starts, strict=True) for each in column[:start]]
    called = {value for line in text for _, _, value in _markers(line)} | set(state.unanswered)
    for column, (start, ruled) in zip(columns, starts, strict=True):
        zone = column[start:]
        labels = _labels(zone, called, ruled=ruled)
        answering = sum(_value(zone[place].line.text[:end]) in called for place, end in labels.items())
        goes_on = bool(zone) and state.goes_on(flow.index, zone[0])
        small = bool(zone) and zone[0].line.size <= 0.93 * size
        # A rule may part sections, and what follows be a list; small type below a heading, or with labels that are
        # not called here, is a list of references.
        ruled = ruled and (small or goes_on or answering > 0)
        above = column[start - 1].line if start else None
        headed = above is not None and (above.bold or above.size >= 1.08 * size)
        if not ruled and (headed or 2 * answering < len(labels)):
            labels = {}
        first = min(labels, default=len(zone))
        if not ruled and not (goes_on and labels):
            # Small type above the first label, or without any, is a caption or a quotation.
            start += first
            zone, labels, first = zone[first:], {place - first: end for place, end in labels.items()}, 0
        if column[:start]:
            flow.columns.append(column[:start])
        if goes_on and state.last:
            state.last.lines.extend(zone[:first])
            state.last.last_page = flow.index
        else:
            flow.below.extend(zone[:first])
        for place, each in enumerate(zone[first:], first):
            if place in labels:
                key = f"p{flow.index + 1}-{len(flow.notes) + 1}"
                state.last = Note(key, labels[place], flow.index)
                flow.notes.append(state.last)
            flow.notes[-1].lines.append(each)
    _tie(flow, state)


def _tie(flow: Flow, state: _Notes) -> None:
    """Tie each marker in the text to the note on its page, or the next page's if a note found no room on its own."""
    values: dict[str, str] = {}
    for note in flow.notes:
        values.setdefault(_value(note.lines[0].line.text[: note.label]), note.key)
    markers = [(each.line, marker) for column in flow.columns for each in column for marker in _markers(each.line)]
    here = {value for line, (start, _, value) in markers if _is_raised(line, start)}
    listed = {value for _, (_, _, value) in markers}
    for value, (calls, line, start, end) in state.unanswered.items():
        if value in values and value not in listed:
            calls.setdefault(line, []).append(PageCall(start, end, values[value]))
            calls[line].sort(key=lambda call: call.start)
    state.unanswered.clear()
    seen: set[str] = set()
    for line, (start, end, value) in markers:
        raised = _is_raised(line, start)
        if value not in values:
            if raised:
                state.unanswered[value] = flow.calls, line, start, end
        # Where a label is raised in one place, its others in the text are numbers of a list (①…，②…).
        elif raised or (value not in here and value not in seen):
            seen.add(value)
            flow.calls.setdefault(line, []).append(PageCall(start, end, values[value]))


def _zone_start(column: Sequence[FlowLine], rules: Sequence[Rule], size: float) -> tuple[int, bool]:
    """Return where the lines below the text may begin, and whether a rule parts them from it."""
    left, right = min(each.line.left for each in column), max(each.line.right for each in column)
    small = len(column)
    while small and column[small - 1].line.size <= 0.93 * size:
        small -= 1
    # The lowest rule first: above it there may be those of tables.
    for rule in sorted(rules, key=lambda each: each.base):
        if rule.right < left or right < rule.left or abs(rule.left - left) > 0.5 * (right - left):
            continue
        short = rule.right - rule.left < 0.6 * (right - left)
        below = next((place for place, each in enumerate(column) if each.line.top <= rule.base + 2), len(column))
        labelled = any(_LABEL.match(each.line.text) for each in column[below:])
        if 0 < below < len(column) and (below >= small or (short and labelled)):
            return below, True
        # A column may hold nothing but the rest of a long note; a long rule would be a running head's.
        if below == 0 and rule.base - column[0].line.top < 2 * size and short:
            return 0, True
    # Small type from top to bottom is a list of references, or a page of an appendix.
    return (small or len(column)), False


def _markers(line: Line) -> Iterator[tuple[int, int, str]]:
    """The places in a line that may call a note: raised labels and circled numbers."""
    for found in _LABEL.finditer(line.text):
        if _is_raised(line, found.start()) or not (found[0].isascii() or found[0][0] in "［〔【（＊※"):
            yield found.start(), found.end(), _value(found[0])


def _is_raised(line: Line, place: int) -> bool:
    return any(start <= place < end for start, end in line.raised)


def _labels(zone: Sequence[FlowLine], called: set[str], *, ruled: bool) -> dict[int, int]:
    """Return the lines that begin with a note's label, and where the label ends."""
    labels: dict[int, int] = {}
    last: int | None = None
    for place, each in enumerate(zone):
        found = _LABEL.match(each.line.text)
        if not found or found.end() == len(each.line.text):
            continue
        value = _value(found[0])
        number = int(value) if value.isdecimal() else None
        end = found.end()
        if found[0].isdecimal() and found[0].isascii():
            # A bare number is a label if it is raised or parted from the text, and if it is the next one.
            raised = any(start == 0 and stop >= end for start, stop in each.line.raised)
            dotted = re.match(r"\s*[.、．)）]?\s+|[.、．)）](?!\d)", each.line.text[end:])
            next_one = last is None or number == last + 1
            if value not in called and not (ruled and next_one and (raised or dotted)):
                continue
            if not raised and not next_one:
                continue
            if not raised and dotted:
                end += len(dotted[0].rstrip())
        elif last is not None and number is not None and number != last + 1 and value not in called:
            continue
        labels[place] = end
        last = number if number is not None else last
    return labels


def _value(label: str) -> str:
    """Return what a label says, however it is dressed: ①, [1], 1. and ¹ are 1."""
    label = label.strip()
    if digits := re.search(r"\d+", label):
        return str(int(digits[0]))
    code = ord(label[0])
    for first, last, number in _CIRCLED_RUNS:
        if first <= code <= last:
            return str(code - first + number)
    if all(char in _SUPERSCRIPTS for char in label):
        return label.translate(_SUPERSCRIPT_TABLE)
    return label.replace("＊", "*")


_CIRCLED_RUNS = (
    (0x2460, 0x2473, 1),
    (0x3251, 0x325F, 21),
    (0x32B1, 0x32BF, 36),
    (0x2776, 0x277F, 1),
    (0x24EB, 0x24F4, 11),
)
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUPERSCRIPT_TABLE = str.maketrans(_SUPERSCRIPTS, "0123456789")
