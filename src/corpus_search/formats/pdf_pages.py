"""What stands where on a PDF's pages?

A PDF says where each glyph goes and hardly more. In: the bytes. Out: pages of `Line`s, each a run of glyphs side by
side with its text, place, size and weight; and the horizontal rules, since a rule is what parts notes from the text.
What the lines are (paragraphs, notes, running heads) is for `pdf_flow` to find.

Places are in points, `base` grows upwards. Text that runs down the page or is turned by a quarter is turned so that it
runs from left to right; so nobody else needs to know of vertical writing: its columns from right to left are lines from
top to bottom.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from corpus_search.errors import FileError

MAX_BYTES = 200_000_000
"""Larger files are refused; scanned volumes are that large, articles are not."""

MAX_PAGES = 5_000
_MAX_GLYPHS = 60_000
_MAX_ALL_GLYPHS = 20_000_000
_MAX_OBJECTS = 20_000
_MAX_UNPACKED = 64_000_000
_CHUNK = 1 << 20
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_INCORRECT_PASSWORD, _UNKNOWN_SECURITY = 4, 5
_ZERO_WIDTH = frozenset("\ufeff\u200b\u200c\u200d\u2060")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003ffff]")
_BOLD_NAME = re.compile("bold|black|heavy|simhei|heiti|fzht|[-+,]hei", re.IGNORECASE)
_OPENING = frozenset("（《〈「『【〔［｛“‘([{")
_CLOSING = frozenset("，。、；：？！）》〉」』】〕］｝”’…—,.;:?!)]}")
# The library keeps state of its own between calls and is not safe to be called from two threads.
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Line:
    """Glyphs side by side: `raised` are the places in `text` that are smaller and higher than the rest.

    `bold` says that all is bold, `bold_ends` whether the first and the last glyph are.

    `ends_blank` says that the file has a blank after the last of them; not all programs write one at a line's end.
    `head` is the width of what cannot be parted from the beginning of the line: a word, or a character with its
    punctuation. If it had found room at the end of the line before, that line was ended on purpose.
    """

    page: int
    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    head: float
    raised: tuple[tuple[int, int], ...] = ()
    ends_blank: bool = False
    bold_ends: tuple[bool, bool] = (False, False)

    @property
    def top(self) -> float:
        """The upper edge of the line's characters."""
        return self.base + 0.88 * self.size

    @property
    def bottom(self) -> float:
        """The lower edge of the line's characters."""
        return self.base - 0.12 * self.size


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin horizontal line drawn on the page."""

    left: float
    right: float
    base: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `label` is the file's own name of it, `aside` text that runs in another direction than the rest.

    `hidden` text is what OCR puts behind a picture of the page.
    """

    index: int
    bottom: float
    top: float
    label: str
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]
    images: int
    unmapped: int
    aside: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool

    @property
    def wide(self) -> bool:
        return bool(_WIDE.match(self.text))


@dataclass(frozen=True, slots=True)
class _Font:
    """What the glyphs of one text object have in common: sizes across and upwards, weight, direction."""

    width: float
    size: float
    bold: bool
    quarter: int | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Placed:
    """A glyph as the file has it: its origin, the end of its advance, and its font."""

    text: str
    x: float
    y: float
    box: tuple[float, float, float, float]
    font: _Font


def read(data: bytes, *, path: str) -> tuple[list[Page], dict[str, str]]:
    """Return the pages and the file's own metadata; raise `FileError` for what cannot be read."""
    try:
        import pypdfium2 as pdfium
    except ImportError as error:
        raise FileError(path, "reading PDF needs more packages: pip install 'corpus-search[pdf]'") from error
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.1f} MB"
        raise FileError(path, f"{size} is too large for one article (at most {MAX_BYTES // 1_000_000} MB); split it")
    if _unpacks_too_large(data):
        raise FileError(path, f"unpacks to more than {_MAX_UNPACKED // 1_000_000} MB a page; export it again")
    with _LOCK:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            raise FileError(path, _refusal(data, getattr(error, "err_code", 0))) from error
        try:
            count = len(document)
            if count > MAX_PAGES:
                raise FileError(path, f"{count:,} pages are too many for one article (at most {MAX_PAGES:,}); split it")
            return list(_pages(document, pdfium, path)), dict(document.get_metadata_dict(skip_empty=True))
        except pdfium.PdfiumError as error:
            raise FileError(path, "is a broken PDF; download or export it again") from error
        finally:
            document.close()


def joined(row: Sequence[Line]) -> Line:
    """Return one line for those that stand side by side, from left to right."""
    if len(row) == 1:
        return row[0]
    parts: list[str] = []
    raised: list[tuple[int, int]] = []
    length = 0
    for place, line in enumerate(row):
        if place:
            before = row[place - 1]
            size = max(before.size, line.size)
            gap = (line.left - before.right) / size
            if _needs_blank(gap, before.text[-1], line.text[0], printed=gap > 0.8):
                parts.append(" ")
                length += 1
        raised.extend((start + length, end + length) for start, end in line.raised)
        parts.append(line.text)
        length += len(line.text)
    longest = max(row, key=lambda line: len(line.text))
    return replace(
        row[0],
        text="".join(parts),
        right=max(line.right for line in row),
        base=longest.base,
        size=longest.size,
        bold=all(line.bold for line in row),
        raised=tuple(raised),
        ends_blank=row[-1].ends_blank,
        bold_ends=(row[0].bold_ends[0], row[-1].bold_ends[1]),
    )


def same_row(first: Line | _Glyph, second: Line | _Glyph) -> bool:
    """Whether two stand at one height, superscripts included."""
    overlap = min(first.base + 0.88 * first.size, second.base + 0.88 * second.size) - max(
        first.base - 0.12 * first.size, second.base - 0.12 * second.size
    )
    return overlap > 0.4 * min(first.size, second.size)


def _refusal(data: bytes, code: int) -> str:
    if code == _INCORRECT_PASSWORD:
        return "is protected by a password; save it without one"
    if code == _UNKNOWN_SECURITY:
        return "is encrypted in a way that cannot be read; save it without protection"
    if not data.strip(b"\0\t\n\f\r "):
        return "is empty"
    if b"%PDF-" not in data[:1024]:
        return "is not a PDF, whatever its name says; give it the right ending"
    return "is a broken PDF; download or export it again"


class _TooLargeError(Exception):
    """Raised when a stream unpacks to more than is right."""


def _unpacks_too_large(data: bytes) -> bool:
    """Whether a few bytes stand for gigabytes: the library would unpack them all."""
    view = memoryview(data)
    for found in _STREAM.finditer(data):
        head = data[max(0, found.start() - 2_000) : found.start()]
        head = head[head.rfind(b"obj") + 1 :]
        if b"/Image" in head:
            continue  # Pictures may be large, and nobody unpacks them here.
        chunks: Iterable[bytes | memoryview] = (
            view[place : place + _CHUNK] for place in range(found.end(), len(data), _CHUNK)
        )
        for _ in range(min(head.count(b"/Fl"), 4)):
            chunks = _inflated(chunks)
        try:
            if b"/Fl" in head:
                for _ in chunks:
                    pass
        except _TooLargeError:
            return True
        except zlib.error:
            continue
    return False


def _inflated(chunks: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    total = 0
    for chunk in chunks:
        rest: bytes | memoryview = chunk
        while rest and not inflater.eof:
            unpacked = inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
            total += len(unpacked)
            if total > _MAX_UNPACKED:
                raise _TooLargeError
            yield unpacked
        if inflater.eof:
            return


def _pages(document: Any, pdfium: Any, path: str) -> Iterator[Page]:
    total = 0
    for index in range(len(document)):
        try:
            page = document[index]
        except pdfium.PdfiumError:
            # One broken page does not spoil the others; it counts as a page without text.
            yield Page(index, 0, 0, "", (), (), 0, 0)
            continue
        try:
            left, bottom, right, top = page.get_bbox()
            placed, unmapped = _placed(page, pdfium.raw, (left, bottom, right, top))
            total += len(placed)
            if total > _MAX_ALL_GLYPHS:
                raise FileError(path, f"has more than {_MAX_ALL_GLYPHS:,} characters; split it")
            rules, images = _drawn(page, pdfium.raw)
            glyphs, aside, turned = _turned(placed)
            lines = tuple(_lines(glyphs, index))
            if turned:
                rules = []
                bottom = min((line.bottom for line in lines), default=0)
                top = max((line.top for line in lines), default=0)
            hidden = 2 * sum(glyph.font.hidden for glyph in placed) > len(placed)
            label = document.get_page_label(index)
            yield Page(index, bottom, top, label, lines, tuple(rules), images, unmapped, aside, hidden)
        finally:
            page.close()


def _placed(page: Any, raw: Any, box: tuple[float, float, float, float]) -> tuple[list[_Placed], int]:
    """Return the page's glyphs, in the order they are drawn in, and how many have no character."""
    text_page = page.get_textpage()
    try:
        count = min(text_page.count_chars(), _MAX_GLYPHS)
        unicode_at, object_at = raw.FPDFText_GetUnicode, raw.FPDFText_GetTextObject
        origin_at, box_at = raw.FPDFText_GetCharOrigin, raw.FPDFText_GetLooseCharBox
        x, y, rectangle = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
        x_pointer, y_pointer, box_pointer = ctypes.byref(x), ctypes.byref(y), ctypes.byref(rectangle)
        fonts: dict[int | None, _Font | None] = {}
        glyphs: list[_Placed] = []
        unmapped = 0
        for place in range(count):
            drawn = object_at(text_page, place)
            address = ctypes.cast(drawn, ctypes.c_void_p).value
            if address is None:
                continue  # The library's own guess of a blank or a line end; ours is made from the gaps.
            if address not in fonts:
                fonts[address] = _font(text_page, place, drawn, raw)
            font = fonts[address]
            code = unicode_at(text_page, place)
            if font is None or code in (0, 0xFFFD) or 0xE000 <= code < 0xF000:
                unmapped += 1
            if font is None or code == 0:
                continue
            if code in (2, 0xFFFE):
                code = 0x2D  # So the library marks a hyphen at a line end.
            if code < 32 or 0xD800 <= code < 0xE000 or chr(code) in _ZERO_WIDTH:
                code = 32
            origin_at(text_page, place, x_pointer, y_pointer)
            box_at(text_page, place, box_pointer)
            if not (box[0] - 5 < x.value < box[2] + 5 and box[1] - 5 < y.value < box[3] + 5):
                continue  # Printer's marks, or what was cropped away.
            edges = (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
            glyph = _Placed(chr(code), x.value, y.value, edges, font)
            if glyphs and code > 32 and glyphs[-1].box == edges and glyphs[-1].font is font:
                # The library gives the letters of a ligature one by one, each at the place of the whole.
                glyph = replace(glyph, text=glyphs.pop().text + glyph.text)
            glyphs.append(glyph)
        return glyphs, unmapped
    finally:
        text_page.close()


def _font(text_page: Any, place: int, drawn: Any, raw: Any) -> _Font | None:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(text_page, place, matrix):
        return None
    nominal = raw.FPDFText_GetFontSize(text_page, place)
    width, size = nominal * math.hypot(matrix.a, matrix.b), nominal * math.hypot(matrix.c, matrix.d)
    if not (0.5 < width < 2_000 and 0.5 < size < 2_000):
        return None
    turns = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
    quarter = round(turns) % 4 if abs(turns - round(turns)) < 0.1 else None
    buffer = ctypes.create_string_buffer(128)
    name = ""
    if font := raw.FPDFTextObj_GetFont(drawn):
        length = raw.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
        name = buffer.raw[: max(0, min(length, len(buffer)) - 1)].decode("utf-8", "replace")
    # Word processors without a bold face draw the outline as well (mode 2).
    bold = bool(_BOLD_NAME.search(name)) or raw.FPDFText_GetFontWeight(text_page, place) >= 600
    mode = raw.FPDFTextObj_GetTextRenderMode(drawn)
    return _Font(width, size, bold or mode == 2, quarter, mode == 3)


def _drawn(page: Any, raw: Any) -> tuple[list[Rule], int]:
    """Return the horizontal rules and the number of images on a page."""
    rules, images = [], 0
    edges = [ctypes.c_float() for _ in range(4)]
    for place in range(min(raw.FPDFPage_CountObjects(page), _MAX_OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page, place)
        kind = raw.FPDFPageObj_GetType(drawn)
        images += kind == raw.FPDF_PAGEOBJ_IMAGE
        if kind == raw.FPDF_PAGEOBJ_PATH and raw.FPDFPageObj_GetBounds(drawn, *edges):
            left, bottom, right, top = (edge.value for edge in edges)
            if top - bottom < 3 and right - left > 30:
                rules.append(Rule(left, right, (top + bottom) / 2))
    return rules, images


def _turned(placed: Sequence[_Placed]) -> tuple[list[_Glyph], str, bool]:
    """Return the glyphs, turned if need be; the text that runs in another direction; and whether all was turned."""
    if not placed:
        return [], "", False
    if _runs_down(placed):
        across, rest = _runs_across(placed)
        return [_downwards(glyph) for glyph in rest], " ".join("".join(glyph.text for glyph in across).split()), True
    quarter = Counter(glyph.font.quarter for glyph in placed).most_common(1)[0][0] or 0
    turned, aside = [], []
    for glyph in placed:
        if glyph.font.quarter != quarter:
            aside.append(glyph.text)
            continue
        left, bottom, right, top = glyph.box
        start, end, base = (
            (glyph.x, right, glyph.y),
            (glyph.y, top, -glyph.x),
            (-glyph.x, -left, -glyph.y),
            (-glyph.y, -bottom, glyph.x),
        )[quarter]
        if _is_full(glyph.text):
            # Some fonts give the ink's box for the character's; a Han character fills its square.
            end = max(end, start + glyph.font.width)
        turned.append(_Glyph(glyph.text, start, max(start, end), base, glyph.font.size, glyph.font.bold))
    return turned, " ".join("".join(aside).split()), quarter != 0


def is_wide(text: str) -> bool:
    """Whether a character is Han, kana, hangul or full-width, so that no blank parts it from the next."""
    return bool(_WIDE.match(text))


def _is_full(text: str) -> bool:
    return "\u3040" <= text < "\ufb00" or text > "\U00020000"


def _runs_down(placed: Sequence[_Placed]) -> bool:
    """Whether the text is vertical: upright characters, each below the one before."""
    down = across = 0
    previous = placed[0]
    for glyph in placed[1:]:
        size = glyph.font.size
        right, below = glyph.x - previous.x, previous.y - glyph.y
        if glyph.font.quarter == 0 and _WIDE.match(glyph.text):
            down += abs(right) < 0.3 * size and 0.4 * size < below < 2 * size
            across += abs(below) < 0.3 * size and 0.4 * size < right < 2 * size
        previous = glyph
    return down > across


def _runs_across(placed: Sequence[_Placed]) -> tuple[list[_Placed], list[_Placed]]:
    """Part the running heads of a vertical page, set horizontally, from its text; two or three digits are text."""
    across: list[_Placed] = []
    rest: list[_Placed] = []
    run: list[_Placed] = []
    for glyph in placed:
        last = run[-1] if run else glyph
        beside = abs(glyph.y - last.y) < 0.1 * glyph.font.size and 0 < glyph.x - last.x < 3 * glyph.font.size
        if run and not (beside and glyph.font.quarter == last.font.quarter == 0):
            (across if len(run) > 3 else rest).extend(run)
            run = []
        run.append(glyph)
    (across if len(run) > 3 else rest).extend(run)
    return across, rest


def _downwards(glyph: _Placed) -> _Glyph:
    left, bottom, right, top = glyph.box
    size = glyph.font.size
    if glyph.font.quarter == 0:
        middle, start, end = glyph.x + size / 2, -(glyph.y + 0.88 * size), -(glyph.y - 0.12 * size)
    else:
        middle, start, end = (left + right) / 2, -top, -bottom
    return _Glyph(glyph.text, start, end, middle - 0.38 * size, size, glyph.font.bold)


def _lines(glyphs: Sequence[_Glyph], page: int) -> Iterator[Line]:
    """Part the glyphs, in the order they are drawn in, where the next is not beside the one before."""
    run: list[_Glyph] = []
    blanks: list[str] = []
    blank = ""
    for glyph in glyphs:
        if glyph.text.isspace():
            blank = glyph.text
            continue
        if run:
            last = run[-1]
            gap = glyph.left - last.right
            beside = -0.6 * max(last.size, glyph.size) < gap < 0.8 * max(last.size, glyph.size)
            if not beside or not same_row(last, glyph):
                yield _line(run, blanks, page, ends_blank=bool(blank))
                run, blanks, blank = [], [], ""
        run.append(glyph)
        blanks.append(blank if len(run) > 1 else "")
        blank = ""
    if run:
        yield _line(run, blanks, page, ends_blank=bool(blank))


def _line(run: Sequence[_Glyph], blanks: Sequence[str], page: int, *, ends_blank: bool) -> Line:
    sizes = Counter[float]()
    for glyph in run:
        sizes[glyph.size] += 1
    size = max(sizes, key=lambda each: (sizes[each], each))
    bases = Counter(glyph.base for glyph in run if glyph.size == size)
    base = bases.most_common(1)[0][0]
    spaced = _letter_spaced(run, blanks)
    text = ""
    raised: list[tuple[int, int]] = []
    for place, glyph in enumerate(run):
        if place:
            last = run[place - 1]
            gap = (glyph.left - last.right) / max(last.size, glyph.size)
            han = last.wide and glyph.wide
            if not (han and spaced) and _needs_blank(gap, last.text, glyph.text, printed=bool(blanks[place])):
                text += " "
        if glyph.size < 0.85 * size and glyph.base > base + 0.1 * size:
            start = len(text)
            if raised and raised[-1][1] == start:
                start = raised.pop()[0]
            raised.append((start, len(text) + len(glyph.text)))
        text += glyph.text
    bold = sum(glyph.bold for glyph in run) >= 0.9 * len(run)
    ends = run[0].bold, run[-1].bold
    head = _head(run, blanks)
    return Line(page, text, run[0].left, run[-1].right, base, size, bold, head, tuple(raised), ends_blank, ends)


def _letter_spaced(run: Sequence[_Glyph], blanks: Sequence[str]) -> bool:
    """Whether the gaps between Han are all alike, so that they are for looks (研 究 方 法)."""
    pairs = [
        bool(blanks[place]) or (glyph.left - run[place - 1].right) > 0.25 * glyph.size
        for place, glyph in enumerate(run)
        if place and glyph.wide and run[place - 1].wide
    ]
    return len(pairs) >= 3 and sum(pairs) >= 0.9 * len(pairs)


def _needs_blank(gap: float, before: str, after: str, *, printed: bool) -> bool:
    """Whether a gap, in the size of the characters, is a blank; `printed` says that the file has a blank there."""
    wide = bool(_WIDE.match(before)) + bool(_WIDE.match(after))
    if wide == 2:
        return (printed and gap > 0.1) or gap > 0.75
    if wide == 1:
        # Han beside Latin get a thin gap for looks.
        return printed or gap > 0.5
    return printed or gap > 0.18


def _head(run: Sequence[_Glyph], blanks: Sequence[str]) -> float:
    end = 1
    while end < len(run):
        last, glyph = run[end - 1], run[end]
        kept = last.text in _OPENING or glyph.text in _CLOSING
        gap = (glyph.left - last.right) / max(last.size, glyph.size)
        parted = blanks[end] != "\xa0" and _needs_blank(gap, last.text, glyph.text, printed=bool(blanks[end]))
        if not kept and (last.wide or glyph.wide or parted):
            break
        end += 1
    return run[end - 1].right - run[0].left
