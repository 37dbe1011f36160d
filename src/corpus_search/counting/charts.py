"""Counts as a plot: SVG without script or style of its own, which CSS colours for light and dark.

Each has a title and a description for those who do not see it; a table beside it says the same in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from corpus_search.concordance import beginning
from corpus_search.display import one_line

WIDTH = 400
"""How wide a plot is, in its own units; a phone shows it as wide as a book's page."""

_LABEL_CELLS = 20
_LEFT, _RIGHT = 128, 62
_ROW = 22
_STRIP = 26


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its label, how long it is, and what stands at its end."""

    label: str
    value: float
    shown: str
    depth: int = 0


def bars(rows: Sequence[Bar], *, name: str, title: str, description: str) -> Markup:
    """Return horizontal bars, the longest as long as there is room; `name` makes its ids unlike others of the page."""
    most = max((row.value for row in rows), default=0) or 1
    room = WIDTH - _LEFT - _RIGHT
    drawn = []
    for i, row in enumerate(rows):
        y = i * _ROW
        drawn.append(
            Markup(
                '<text class="label" x="{}" y="{}">{}</text>'
                '<rect class="bar" x="{}" y="{}" width="{:.1f}" height="{}"/>'
                '<text class="value" x="{:.1f}" y="{}">{}</text>'
            ).format(
                4 + 8 * min(row.depth, 3), y + 15, _short(row.label, _LABEL_CELLS - 2 * min(row.depth, 3)),
                _LEFT, y + 4, room * row.value / most, _ROW - 8,
                _LEFT + room * row.value / most + 4, y + 15, row.shown,
            )
        )  # fmt: skip
    axis = Markup('<line class="axis" x1="{0}" y1="0" x2="{0}" y2="{1}"/>').format(_LEFT, len(rows) * _ROW)
    return _plot(Markup().join([*drawn, axis]), len(rows) * _ROW, name=name, title=title, description=description)


def strip(
    positions: Iterable[int], length: int, edges: Iterable[int], *, name: str, title: str, description: str
) -> Markup:
    """Return a dispersion plot: a text of `length` from left to right, a stroke at each position, a mark at each edge.

    Strokes that would stand on one another are drawn once.
    """
    scale = (WIDTH - 2) / (length or 1)
    strokes = sorted({round(1 + position * scale, 1) for position in positions})
    drawn = Markup().join(
        Markup('<line class="stroke" x1="{0}" y1="4" x2="{0}" y2="{1}"/>').format(x, _STRIP - 4) for x in strokes
    )
    marks = Markup().join(
        Markup('<line class="axis" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>').format(round(1 + edge * scale, 1), 0, _STRIP)
        for edge in edges
    )
    base = Markup('<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(_STRIP - 0.5, WIDTH)
    return _plot(marks + drawn + base, _STRIP, name=name, title=title, description=description)


def _plot(drawn: Markup, height: int, *, name: str, title: str, description: str) -> Markup:
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>'
    ).format(WIDTH, height, name, name, name, one_line(title), name, one_line(description), drawn)


def _short(text: str, cells: int) -> str:
    text = one_line(text)
    cut = beginning(text, cells)
    return text if cut == text else f"{beginning(text, cells - 1)}…"
