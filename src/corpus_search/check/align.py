"""Where in a text does a quotation fit best, and what was changed in it?

The cores of a quotation and of a text in; a window on the text with the fewest edits out (`window`), and the two laid
side by side, piece by piece (`side_by_side`): what is the same, what is only written otherwise, what was replaced,
added or dropped, and what the quoting author left out and said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from corpus_search.article import Span
from corpus_search.check.writing import Core, Difference, is_telling, letters_differ_in, signs_differ_in


class Change(StrEnum):
    """How a piece of a quotation stands to its source."""

    SAME = "same"
    WRITING = "writing"
    """Written otherwise, but the same words; `Piece.difference` says how."""
    REPLACED = "replaced"
    ADDED = "added"
    """In the quotation alone."""
    DROPPED = "dropped"
    """In the source alone."""
    CUT = "cut"
    """Left out, or put in, by the quoting author, who says so: …… or [ ]."""

    @property
    def is_edit(self) -> bool:
        """Whether it alters the words."""
        return self in (Change.REPLACED, Change.ADDED, Change.DROPPED)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a quotation beside what stands in the source; joined, the pieces are both texts as they stand."""

    change: Change
    quoted: str
    source: str
    difference: Difference | None = None

    @property
    def replaced(self) -> str:
        """What of the source stands no longer where this does; what an ellipsis leaves out is no part of that."""
        words = any(map(is_telling, self.quoted))
        return self.source if self.change.is_edit or (self.change is Change.CUT and words) else ""


@dataclass(frozen=True, slots=True)
class Window:
    """The part ``[start, end)`` of a text that is the fewest `edits` from a pattern."""

    edits: int
    start: int
    end: int


def window(pattern: str, text: str, start: int = 0) -> Window:
    """Return where in ``text[start:]`` `pattern` fits with the fewest edits (insertions, deletions, replacements).

    Of equal ones, the first, and of these the one nearest to the pattern's length. By Myers' bit vectors (A fast
    bit-vector algorithm for approximate string matching, JACM 46, 1999), with Python's integers for words: one step for
    each character of the text, whatever the pattern's length.
    """
    at = text.find(pattern, start)
    if at >= 0:
        return Window(0, at, at + len(pattern))
    edits, ends = _best(pattern, text[start:], anchored=False)
    # Ends one after the other belong to one place: the pattern's last characters, replaced there or added.
    first = [end for n, end in enumerate(ends[:_ENDS]) if end == ends[0] + n]
    found = []
    for end in first:
        _, lengths = _best(pattern[::-1], text[start : start + end][::-1][: 2 * len(pattern)], anchored=True)
        found += [(abs(length - len(pattern)), start + end - length, start + end) for length in lengths]
    _, low, high = min(found)
    return Window(edits, low, high)


_ENDS = 8
"""How many ends of one place are tried."""


def fewest_edits(patterns: Sequence[str], text: str) -> int:
    """Return with how many edits `patterns` stand in a text, one after the other; or more, where some overlap at best.

    Cheaper than `aligned`, and what it finds is where `aligned` looks.
    """
    edits = at = 0
    for pattern in patterns:
        if len(patterns) == 1:
            return 0 if pattern in text else _best(pattern, text, anchored=False)[0]
        found = window(pattern, text, at)
        edits, at = edits + found.edits, found.end
    return edits


def _best(pattern: str, text: str, *, anchored: bool) -> tuple[int, list[int]]:
    """Return the fewest edits from `pattern` to a part of `text`, and the ends of all such parts.

    A part begins anywhere, or `anchored`, at the text's beginning.
    """
    size = len(pattern)
    places: dict[str, int] = {}
    for i, char in enumerate(pattern):
        places[char] = places.get(char, 0) | 1 << i
    everywhere, last = (1 << size) - 1, 1 << (size - 1)
    up, down = everywhere, 0
    score = best = size
    ends = [0]
    carry = 1 if anchored else 0
    for end, char in enumerate(text, 1):
        equal = places.get(char, 0)
        vertical = equal | down
        horizontal = ((((equal & up) + up) ^ up) | equal) & everywhere
        more = down | (everywhere & ~(horizontal | up))
        less = up & horizontal
        if more & last:
            score += 1
        elif less & last:
            score -= 1
        more = (more << 1 | carry) & everywhere
        less = (less << 1) & everywhere
        up = less | (everywhere & ~(vertical | more))
        down = more & vertical
        if score < best:
            best, ends = score, [end]
        elif score == best:
            ends.append(end)
    return best, ends


# --- side by side --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alignment:
    """A quotation beside its source: `span` is where it stands in the source's text, `edits` how many there are."""

    pieces: tuple[Piece, ...]
    span: Span
    edits: int

    @property
    def differences(self) -> tuple[Difference, ...]:
        """In what the writing differs, each once, in the order of `Difference`."""
        found = {piece.difference for piece in self.pieces}
        return tuple(difference for difference in Difference if difference in found)


@dataclass(frozen=True, slots=True)
class Part:
    """A part ``[start, end)`` of a quotation's core that is to stand as one run in the source."""

    start: int
    end: int


def aligned(quoted: Core, parts: Sequence[Part], source: Core) -> Alignment | None:
    """Lay a quotation beside the place of a source where its parts fit best, in order; None if they cannot.

    What stands between two parts in the quotation says that something is left out there.
    """
    windows: list[Window] = []
    at = 0
    for part in parts:
        if at >= len(source):
            return None
        found = window(quoted.text[part.start : part.end], source.text, at)
        if found.start == found.end:
            return None
        found = _trimmed(quoted, part, source, found)
        windows.append(found)
        at = found.end
    return laid_out(quoted, parts, source, windows)


def laid_out(quoted: Core, parts: Sequence[Part], source: Core, windows: Sequence[Window]) -> Alignment:
    """Lay the parts of a quotation beside their windows."""
    first, last = windows[0].start, windows[-1].end - 1
    low, high = source.starts[first], source.ends[last]
    lead = _edge(
        quoted.raw[: quoted.starts[parts[0].start]],
        source.raw[source.ends[first - 1] if first else 0 : low],
        before=True,
    )
    trail = _edge(
        quoted.raw[quoted.ends[parts[-1].end - 1] :],
        source.raw[high : source.starts[last + 1] if last + 1 < len(source) else len(source.raw)],
        before=False,
    )
    low -= len(lead.source) if lead else 0
    high += len(trail.source) if trail else 0
    inside = _pieces(quoted, parts, source, windows)
    pieces = tuple(_merged([*([lead] if lead else []), *inside, *([trail] if trail else [])]))
    return Alignment(pieces, Span(low, high), sum(one.edits for one in windows))


def _trimmed(quoted: Core, part: Part, source: Core, found: Window) -> Window:
    """Return a window that ends where a clause of the source does, if it costs no edit.

    A word added at the end of a quotation replaces nothing, least of all the first of the sentence after.
    """
    pattern = quoted.text[part.start : part.end]

    def kept(start: int, end: int) -> bool:
        return Levenshtein.distance(pattern, source.text[start:end], score_cutoff=found.edits) <= found.edits

    start, end = found.start, found.end
    if not found.edits or end - start < 3:
        return found
    if source.text[end - 1] != pattern[-1] and _parted(source, end - 1) and not _parted(quoted, part.end - 1):
        end -= kept(start, end - 1)
    if source.text[start] != pattern[0] and _parted(source, start + 1) and not _parted(quoted, part.start + 1):
        start += kept(start + 1, end)
    return Window(found.edits, start, end)


def _parted(text: Core, at: int) -> bool:
    """Tell whether a sign stands before the letter `at` of a text."""
    return 0 < at < len(text) and bool(text.raw[text.ends[at - 1] : text.starts[at]].strip())


def _pieces(quoted: Core, parts: Sequence[Part], source: Core, windows: Sequence[Window]) -> Iterator[Piece]:
    """Yield the pieces from the first character of the first part to the last of the last."""
    for n, (part, place) in enumerate(zip(parts, windows, strict=True)):
        at = quoted.starts[part.start]
        by = source.starts[place.start]
        if n:
            yield from _cut(
                quoted.raw[quoted.ends[parts[n - 1].end - 1] : at],
                source.raw[source.ends[windows[n - 1].end - 1] : by],
            )
        pattern, text = quoted.text[part.start : part.end], source.text[place.start : place.end]
        for step in Levenshtein.opcodes(pattern, text):
            i = range(part.start + step.src_start, part.start + step.src_end)
            j = range(place.start + step.dest_start, place.start + step.dest_end)
            if step.tag == "equal":
                for a, b in zip(i, j, strict=True):
                    yield from _signs(quoted.raw[at : quoted.starts[a]], source.raw[by : source.starts[b]])
                    at, by = max(at, quoted.starts[a]), max(by, source.starts[b])
                    yield _letters(quoted.raw[at : quoted.ends[a]], source.raw[by : source.ends[b]])
                    at, by = quoted.ends[a], source.ends[b]
                continue
            if step.tag == "replace":
                yield from _signs(quoted.raw[at : quoted.starts[i[0]]], source.raw[by : source.starts[j[0]]])
                at, by = max(at, quoted.starts[i[0]]), max(by, source.starts[j[0]])
            ends = quoted.ends[i[-1]] if i else at, source.ends[j[-1]] if j else by
            change = {"replace": Change.REPLACED, "insert": Change.DROPPED, "delete": Change.ADDED}[step.tag]
            yield Piece(change, quoted.raw[at : ends[0]], source.raw[by : ends[1]])
            at, by = ends


def _cut(quoted: str, source: str) -> Iterator[Piece]:
    """Yield what stands between two parts, without the signs that both have at its ends."""
    low = high = 0
    most = min(len(quoted), len(source))
    while low < most and quoted[low] == source[low] and not is_telling(quoted[low]):
        low += 1
    while high < most - low and quoted[-high - 1] == source[-high - 1] and not is_telling(quoted[-high - 1]):
        high += 1
    yield Piece(Change.SAME, quoted[:low], source[:low])
    inside = quoted[low : len(quoted) - high], source[low : len(source) - high]
    yield Piece(Change.SAME if inside[0] == inside[1] else Change.CUT, *inside)
    yield Piece(Change.SAME, quoted[len(quoted) - high :], source[len(source) - high :])


def _signs(quoted: str, source: str) -> Iterator[Piece]:
    if quoted or source:
        difference = signs_differ_in(quoted, source)
        yield Piece(Change.WRITING if difference else Change.SAME, quoted, source, difference)


def _letters(quoted: str, source: str) -> Piece:
    # One sign may stand for two letters (ﬁ), and the second of them has nothing left.
    difference = letters_differ_in(quoted, source) if quoted and source else None
    if quoted != source and not difference:
        difference = Difference.WIDTH
    return Piece(Change.WRITING if difference else Change.SAME, quoted, source, difference)


def _edge(quoted: str, gap: str, *, before: bool) -> Piece | None:
    """Return the signs at an end of a quotation beside those of the `gap` in the source that answer to them best."""
    if not quoted:
        return None
    ranks = [None, *Difference]
    sides = [gap[len(gap) - n :] if before else gap[:n] for n in range(len(gap) + 1)]
    best = min(sides, key=lambda side: (ranks.index(signs_differ_in(quoted, side)), abs(len(side) - len(quoted))))
    difference = signs_differ_in(quoted, best)
    if difference is Difference.PUNCTUATION:
        if _is_cut(quoted):
            return Piece(Change.CUT, quoted, "")
        best = ""
    return Piece(Change.WRITING if difference else Change.SAME, quoted, best, difference)


def _is_cut(signs: str) -> bool:
    return any(char in "…⋯" or is_telling(char) for char in signs) or "..." in signs


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join neighbours of one kind."""
    last: Piece | None = None
    for piece in pieces:
        if not (piece.quoted or piece.source):
            continue
        if last and (last.change, last.difference) == (piece.change, piece.difference):
            last = Piece(piece.change, last.quoted + piece.quoted, last.source + piece.source, piece.difference)
        else:
            if last:
                yield last
            last = piece
    if last:
        yield last
