"""How is an entry made plain enough to be read?

A text in, the same text out, character for character, with punctuation in one width, so that what is found in the one
is at the same place in the other. What only looks like punctuation (formulas, addresses) is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus_search.article import Span

_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_FLAT = str.maketrans({
    **{chr(code): char for code, char in _WIDTH.items()},
    "〔": "[", "〕": "]", "【": "[", "】": "]", "．": ".", "。": ".", "·": "·", "　": " ", "\u00a0": " ", "\n": " ",
    "\t": " ", "–": "-", "—": "-", "―": "-", "－": "-", "‐": "-", "‑": "-", "−": "-", "～": "~", "∶": ":", "﹒": ".",
    "“": '"', "”": '"', "‘": "'", "’": "'",
})  # fmt: skip
MASK = "\x00"
"""Stands for a character that is no text."""
LETTER = "\u03c7"
"""Stands for a character of a formula."""

_FORMULA = re.compile(r"\$[^$]{1,400}\$")
_MARKED = re.compile(r"\\mathrm\s*\{\s*[A-Z]\s*\}\s*\]")
_URL = re.compile(r"(?:https?|ftp)://[^\s<>\[\]［］〔〕\"“”，。；、（）》」]+")
_GOES_ON = re.compile(r"\s+[\w%~-]*(?:[./?=&#][\w%~-]+)+")
_DOI = re.compile(r"(?<![\d.])10\.\d{4,9}/ ?[^\s,，;；\[\]）<>]+")
_DOI_LEAD = re.compile(
    r"(?:\bdoi\s?[.:：]?|\bDOI\s?[.:：]?|(?:https?|htps?|htp)\s?:?\s?//(?:dx\.)?do[i1]\.[o0]rg/)\s*$", re.I
)
_DAY = r"\d{4}\s?[-－—–./年]\s?\d{1,2}\s?[-－—–./月]\s?\d{1,2}日?"
_ACCESSED = (
    re.compile(rf"[\[［〔]\s*({_DAY})\s*[\]］〕]"),
    re.compile(
        rf"(?:访问|登录|登陆|浏览|检索|查阅|上网|引用|下载|閲覧|アクセス)(?:时间|日期|日)?(?:为|是|于)?[:：]?\s*({_DAY})"
    ),
    re.compile(rf"({_DAY})\s*(?:访问|登录|浏览|检索|閲覧|アクセス)"),
    re.compile(
        r"(?:[Aa]ccessed|[Rr]etrieved|[Vv]isited)\s+(?:on\s+)?"
        r"(\d{1,2}\s+[A-Z][a-z]{2,8}\.?,?\s+\d{4}|[A-Z][a-z]{2,8}\.?\s+\d{1,2},?\s+\d{4}|" + _DAY + ")"
    ),
)
_NUMBERED = re.compile(r"^\s*(?:\]|\[\s*\d{1,3}\s*\]|\(\s*\d{1,3}\s*\)|\d{1,3}\s*[.、)](?=\s*\D)|[.,;:、]\s)\s*")


_LONGEST_LEAD = 30


def dois(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the DOIs in ``text[start:end]``."""
    for doi in _DOI.finditer(text, start, end):
        yield Span(doi.start(), doi.start() + len(doi.group().rstrip(".)*")))


@dataclass(frozen=True, slots=True)
class Flat:
    """A text made plain; `spans` are the address, the DOI and the day of access, which are masked in it."""

    text: str
    plain: str
    spans: dict[str, Span]
    start: int = 0


def flatten(text: str) -> Flat:
    """Make a text plain."""
    plain = list(text.translate(_FLAT))
    spans: dict[str, Span] = {}

    def mask(start: int, end: int, char: str = MASK) -> None:
        plain[start:end] = char * (end - start)

    for doi in dois(text, 0, len(text)):
        lead = _DOI_LEAD.search(text, max(0, doi.start - _LONGEST_LEAD), doi.start)
        spans.setdefault("doi", doi)
        mask(lead.start() if lead else doi.start, doi.end)
    for url in _URL.finditer("".join(plain).replace(MASK, " ")):
        found = re.sub(r",\d{4}-.*$", "", url.group()).rstrip(".,;:)")
        whole = "." in found.split("/")[2] and not _GOES_ON.match(text, url.start() + len(found))
        if whole:
            # What goes on behind a blank was one address once; where it ends is not known.
            spans.setdefault("url", Span(url.start(), url.start() + len(found)))
        mask(url.start(), url.end())
    for pattern in _ACCESSED:
        for day in pattern.finditer(text):
            spans.setdefault("accessed", Span(*day.span(1)))
            mask(*day.span())
    for formula in _FORMULA.finditer("".join(plain)):
        if not _MARKED.search(formula.group()):
            mask(*formula.span(), LETTER)
    numbered = _NUMBERED.match(text)
    return Flat(text, "".join(plain), spans, numbered.end() if numbered else 0)
