"""What is a query?

The frozen tree that reading a query makes, and engines and the highlighter walk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from corpus_search.analysis import is_cjk
from corpus_search.article import Kind
from corpus_search.frozen import dataclass

# From how many words on an item is read as a question.
_QUESTION = 4
# Characters that carry grammar, not matter: the commonest in any frequency list of modern Chinese.
_FUNCTION = frozenset(
    "的了是在有和与也就都而及或不这那我你他她它们个一上下中来去到说要会能可吗呢吧啊什么怎哪谁多少几很最"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for, folded.

    `inside` words (Han and kana of two characters and more) are found inside longer words too; the others are
    terms of their own. `plain` is the word folded in everything but its script.
    """

    text: str
    inside: bool
    plain: str


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that stand exactly so: as `written`, folded in `text`, and folded but for their script in `plain`."""

    text: str
    written: str
    plain: str

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Words:
    """An item without quotation marks: the run it makes, the words it is cut into, and the words inside these."""

    run: Run
    words: tuple[Word, ...] = ()
    parts: tuple[Word, ...] = ()

    @property
    def clues(self) -> tuple[Word, ...]:
        """The words that a passage may answer with alone, best first.

        A single character does so only in a question of some words: elsewhere it would be found everywhere, and mean
        nothing.
        """
        single = len(self.words) >= _QUESTION
        return tuple(
            word
            for word in (*self.words, *self.parts)
            if word.inside or not is_cjk(word.text) or (single and word.text not in _FUNCTION)
        )

    def __str__(self) -> str:
        return (
            " ".join(word.text for word in self.words)
            if len(self.words) == 1
            else (f"({' '.join(word.text for word in self.words)})" if self.words else str(self.run))
        )


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word with wildcards: `regex` matches its places in folded text, `pieces` are the runs it must have.

    `plain_regex` matches in text folded in everything but its script.
    """

    written: str
    regex: str
    plain_regex: str
    pieces: tuple[str, ...]

    @property
    def is_run(self) -> bool:
        """Whether it stands wherever its one piece does: beside Han, which has no word ends, ``*`` takes in nothing."""
        return len(self.pieces) == 1 and self.regex == re.escape(self.pieces[0])

    @property
    def is_latin_word(self) -> bool:
        """Whether it is a beginning or an end of words in ASCII, which every script writes alike."""
        return len(self.pieces) == 1 and bool(_LATIN_WORD.fullmatch(self.regex))

    def __str__(self) -> str:
        return self.written


_LATIN_WORD = re.compile(
    r"(?P<begun>[a-z0-9]+)\(\?<!\[a-z0-9\](?P=begun)\)\[a-z0-9'-\]\*|\[a-z0-9'-\]\*[a-z0-9]+\(\?!\[a-z0-9\]\)"
)
"""The expressions of such words, as `reader` makes them."""


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A Latin word and its misspellings within `distance` edits."""

    text: str
    distance: int

    def __str__(self) -> str:
        return f"{self.text}~{self.distance}"


@dataclass(frozen=True, slots=True)
class Near:
    """Two places at most `distance` characters apart."""

    left: Node
    right: Node
    distance: int

    def __str__(self) -> str:
        return f"({self.left} NEAR/{self.distance} {self.right})"


@dataclass(frozen=True, slots=True)
class And:
    """All of `nodes`."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' AND '.join(map(str, self.nodes))})"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of `nodes`."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' OR '.join(map(str, self.nodes))})"


@dataclass(frozen=True, slots=True)
class Not:
    """Whatever `node` does not match."""

    node: Node

    def __str__(self) -> str:
        return f"NOT {self.node}"


class Field(StrEnum):
    """What a query can be limited to."""

    TITLE = "title"
    AUTHOR = "author"
    KEYWORD = "keyword"
    HEADING = "heading"
    BODY = "body"
    NOTE = "note"
    REF = "ref"
    KIND = "kind"
    YEAR = "year"
    DOC = "doc"


FACETS = (Field.KIND, Field.YEAR, Field.AUTHOR, Field.KEYWORD, Field.DOC)
"""The fields whose values hits are counted by."""

Filters = Mapping[Field, frozenset[str]]
"""Values of facets that hits are limited to: one of each facet's, in all facets named."""


@dataclass(frozen=True, slots=True)
class Within:
    """`node` in chunks of `kinds`, or in headings alone."""

    field: Field
    kinds: frozenset[Kind]
    node: Node
    headings: bool = False

    def __str__(self) -> str:
        return f"{self.field}:{self.node}"


@dataclass(frozen=True, slots=True)
class Narrow:
    """Articles, sections or kinds: `run` stands in the field, or the year is one of `years`, or the kind of `kinds`.

    With `values`, the field is one of them, whole: an author's name, a keyword, a year, a document's id.
    """

    field: Field
    run: Run | None = None
    years: tuple[int, int] | None = None
    kinds: frozenset[Kind] = frozenset()
    values: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.years:
            return f"year:{self.years[0]}..{self.years[1]}"
        if self.values:
            return f"{self.field}:(" + " OR ".join(f'"{value}"' for value in sorted(self.values)) + ")"
        return f"{self.field}:{self.run if self.run else '|'.join(sorted(self.kinds))}"


def narrowing(filters: Filters) -> tuple[Narrow, ...]:
    """Return the nodes that limit a query to values of facets."""
    return tuple(
        Narrow(field, kinds=frozenset(map(Kind, values))) if field is Field.KIND else Narrow(field, values=values)
        for field, values in filters.items()
        if values
    )


Node = Run | Words | Pattern | Fuzzy | Near | And | Or | Not | Within | Narrow


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart; with `exact_script`, 戰略 is not 战略.

    Every hit has all of `required` and none of `excluded`; `ranked` items decide the order, and where nothing is
    required, which passages are hits.
    """

    text: str
    required: tuple[Node, ...] = ()
    excluded: tuple[Node, ...] = ()
    ranked: tuple[Words, ...] = ()
    exact_script: bool = False

    def __str__(self) -> str:
        return " ".join(
            [*(f"+{node}" for node in self.required), *(f"-{node}" for node in self.excluded), *map(str, self.ranked)]
        )

    def leaves(self) -> Iterator[Leaf]:
        """Yield what can stand in a text, and be shown there: everything but what is excluded."""
        for node in (*self.required, *self.ranked):
            yield from leaves(node)


Leaf = Run | Words | Pattern | Fuzzy | Near


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield the leaves of `node` that a match has, in order."""
    match node:
        case Run() | Words() | Pattern() | Fuzzy() | Near():
            yield node
        case And(nodes) | Or(nodes):
            for child in nodes:
                yield from leaves(child)
        case Within():
            yield from leaves(node.node)
        case Not() | Narrow():
            return


def is_loose(node: Node) -> bool:
    """Tell whether `node` can match a text in which nothing of it stands."""
    match node:
        case Or(nodes):
            return any(is_loose(child) or not any(True for _ in leaves(child)) for child in nodes)
        case And(nodes):
            return any(map(is_loose, nodes))
        case _:
            return False
