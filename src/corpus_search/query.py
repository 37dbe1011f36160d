"""What was asked?

A query string in, a `Query` out. The grammar so far::

    query  = { blank } , { item , { blank } } ;
    item   = run | words ;
    run    = '"' , text , '"' | '“' , text , '”' | '「' , text , '」' | '『' , text , '』' ;
    words  = one or more characters that are neither blank nor an opening quotation mark ;

A run is found where exactly its characters stand, after folding; every passage found has all the runs. Words
are ranked: passages with all of them come first, and of those the ones where each item stands as it was
written. Nothing is dropped from a query: an item in which no letter, digit or ideograph stands (``，``) is looked
for as a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus_search.analysis import Analyzer, fold, is_cjk
from corpus_search.article import Kind, Span
from corpus_search.errors import QueryError

MAX_LENGTH = 2_000
"""The longest query, in characters: some forty lines; more is a pasted text, not a question."""

_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』"}
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for, folded.

    `inside` words (Han and kana of two characters and more) are found inside longer words too; the others are
    terms of their own.
    """

    text: str
    inside: bool

    @property
    def telling(self) -> bool:
        """Whether a passage answers with this word alone; a single character of a longer item does not."""
        return self.inside or not is_cjk(self.text)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a query: what was written, where, its folded run, and its words unless it is quoted."""

    written: str
    span: Span
    run: str
    words: tuple[Word, ...] = ()

    @property
    def quoted(self) -> bool:
        """Whether only the run itself will do."""
        return not self.words


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart: its items in order, and the kinds of chunk it is limited to (all if empty)."""

    text: str
    items: tuple[Item, ...]
    kinds: frozenset[Kind] = frozenset()

    @property
    def required(self) -> tuple[Item, ...]:
        """The items that every hit has."""
        return tuple(item for item in self.items if item.quoted)

    @property
    def ranked(self) -> tuple[Item, ...]:
        """The items that hits are ranked by."""
        return tuple(item for item in self.items if not item.quoted)

    def __str__(self) -> str:
        shown = [
            f'"{item.run}"' if item.quoted else f"({' '.join(word.text for word in item.words)})" for item in self.items
        ]
        if self.kinds:
            shown.append(f"kind:{'|'.join(sorted(self.kinds))}")
        return " ".join(shown)


def parse(text: str, analyzer: Analyzer, *, kinds: Iterable[Kind] = ()) -> Query:
    """Take a query apart.

    Raises `QueryError`, with the place, when it is empty, too long, or a quotation mark is not closed.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            "the query is too long: {length:,} characters, where {limit:,} are allowed",
            text,
            MAX_LENGTH,
            len(text),
            length=len(text),
            limit=MAX_LENGTH,
        )
    items = []
    at = 0
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
            continue
        closing = _QUOTES.get(text[at])
        if closing:
            end = text.find(closing, at + 1)
            if end < 0:
                raise QueryError(
                    "the quotation mark {mark} is not closed: {closing} is expected",
                    text,
                    at,
                    at + 1,
                    mark=text[at],
                    closing=closing,
                )
            run = fold(text[at + 1 : end]).text
            if not run:
                raise QueryError("there is nothing between these quotation marks", text, at, end + 1)
            items.append(Item(text[at + 1 : end], Span(at, end + 1), run))
            at = end + 1
            continue
        end = at
        while end < len(text) and not text[end].isspace() and text[end] not in _QUOTES:
            end += 1
        item = _item(text[at:end], Span(at, end), analyzer)
        if item:
            items.append(item)
        at = end
    if not items:
        raise QueryError("the query is empty: write a word to look for", text, 0, len(text))
    return Query(text, tuple(items), frozenset(kinds))


def _item(written: str, span: Span, analyzer: Analyzer) -> Item | None:
    run = fold(written).text
    if not run:
        return None
    # A single character cannot be taken apart, and is asked for as it stands.
    terms = () if len(run) == 1 and is_cjk(run) else tuple(analyzer.words_of(run))
    words = dict.fromkeys(Word(term.text, len(term.text) > 1 and is_cjk(term.text)) for term in terms)
    return Item(written, span, run, tuple(words))
