"""How is text put before a person's eyes?

Text with matches in, markup or safe terminal text out. Every slice of an author's text is escaped before anything
is marked, and bleach passes last over the markup made here, allowing nothing but what is made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from corpus_search.analysis import is_chinese, is_japanese
from corpus_search.article import Span

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_TAGS = frozenset({"a", "mark", "span", "sup"})
_ATTRIBUTES = {"mark": ["id"], "a": ["href", "id", "class", "title"], "span": ["class", "data-page", "lang"]}
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


def visible(text: str) -> str:
    """Return `text` with a picture for each control character, of the same length.

    Control and bidirectional override characters could steer a terminal or turn a page's text around, and
    HTML cannot hold most of them.
    """
    return _CONTROLS.sub(lambda m: chr(0x2400 + ord(m[0])) if ord(m[0]) < 0x20 else "\ufffd", text)


def one_line(text: str) -> str:
    """Return `text` for a line of its own: as `visible`, and with a picture for a line's end, too."""
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def markup(
    text: str,
    spans: Sequence[Span] = (),
    inserted: Iterable[tuple[int, Markup]] = (),
    *,
    number: int | None = None,
) -> Markup:
    """Return `text` as HTML, with ``<mark>`` around `spans` and markup `inserted` before the offsets given.

    `spans` are in order and do not overlap. A mark is closed around what is inserted inside it. With a `number`, marks
    have ids from it on (``m1``, ``m2``), of which the pieces of a mark that is closed and opened again share the first.
    Runs in another language than `language` says of the text are tagged with theirs.
    """
    text = visible(text)
    inserts = sorted(inserted, key=lambda pair: pair[0])
    runs = [*_foreign(text, language(text)), (len(text) + 1, len(text) + 1, "")]
    edges = (edge for start, end, _ in runs[:-1] for edge in (start, end))
    cuts = sorted({0, len(text), *(offset for span in spans for offset in span), *(at for at, _ in inserts), *edges})
    out: list[Markup] = []
    marked = iter([*spans, Span(len(text) + 1, len(text) + 1)])
    span = next(marked)
    named = -1
    foreign = iter(runs)
    run_start, run_end, tag = next(foreign)
    waiting = iter([*inserts, (len(text) + 1, Markup())])
    insert = next(waiting)
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        while insert[0] <= start:
            out.append(insert[1])
            insert = next(waiting)
        while span.end <= start < len(text):
            span = next(marked)
        while run_end <= start < len(text):
            run_start, run_end, tag = next(foreign)
        piece = escape(text[start:end])
        if piece and run_start <= start:
            piece = Markup('<span lang="{}">{}</span>').format(tag, piece)
        if piece and span.start <= start < span.end:
            if number is not None and named != span.start:
                out.append(Markup('<mark id="m{}">{}</mark>').format(number, piece))
                number, named = number + 1, span.start
            else:
                out.append(Markup("<mark>{}</mark>").format(piece))
        elif piece:
            out.append(piece)
    import bleach

    cleaned = bleach.clean(Markup().join(out), tags=_TAGS, attributes=_ATTRIBUTES, protocols=())
    return Markup(cleaned)  # noqa: S704 - escaped slice by slice above, and cleaned


# --- languages -----------------------------------------------------------------------------------------------

# Compiled, and kept, by `re` when a page first needs them, for a terminal never does.
_HAN_CHARACTER = f"[{_HAN}]"
_CJK_RUN = f"[ぁ-ヺー々〆{_HAN}]+"
_LATIN_RUN = r"(?a:[A-Za-z\u00c0-\u024f](?:[\w .,:;'’&/()+-]*[A-Za-z\u00c0-\u024f.])?)"


def language(text: str) -> str:
    """Return the BCP 47 tag of the language that `text` is mostly written in, as far as its script tells.

    What only one of Chinese and Japanese writes decides between them.
    """
    if sum(map(is_japanese, text)) > sum(map(is_chinese, text)):
        return "ja"
    return "zh" if re.search(_HAN_CHARACTER, text) else "en"


def _japanese(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a run of Han and kana that are Japanese, cut where a character is Chinese alone."""
    cuts = [i for i in range(start, end) if is_chinese(text[i])]
    for first, last in pairwise([start - 1, *cuts, end]):
        if any(map(is_japanese, text[first + 1 : last])):
            yield first + 1, last


def _foreign(text: str, base: str) -> Iterator[tuple[int, int, str]]:
    """Yield the runs of `text` that are in another language than most of it, in order: where, and which."""
    runs = []
    if base == "zh":
        runs += [(start, end, "ja") for m in re.finditer(_CJK_RUN, text) for start, end in _japanese(text, *m.span())]
    if base != "en":
        runs += [(*m.span(), "en") for m in re.finditer(_LATIN_RUN, text) if m.end() - m.start() > 1]
    yield from sorted(runs)


# What makes a spreadsheet compute a cell, or begin another; East Asian ones read the full-width signs, too.
_FORMULA = re.compile(r"[ \u3000]*[=+\-@\t\r\n＝＋－＠]")


def table_cell(text: str) -> str:
    """Return `text` for a cell of a table: as `visible`, and so that no spreadsheet takes it for a formula.

    An apostrophe goes before what could begin one, as OWASP advises (CSV Injection).
    """
    text = visible(text)
    return f"'{text}" if _FORMULA.match(text) else text
