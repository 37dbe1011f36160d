"""Which chunks does a query match? By their grams, and where these do not prove it, by their text."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial, reduce
from typing import NamedTuple

from corpus_search.analysis import fold, is_cjk, run_grams, stem
from corpus_search.engines.snapshot import HEADINGS, NARROWING, NUMBER, Mask, Numbers, Snapshot, each
from corpus_search.frozen import dataclass
from corpus_search.highlight import edge_words, has_pattern, is_bounded, misspellings, near_places
from corpus_search.limits import check
from corpus_search.query import (
    And,
    Field,
    Fuzzy,
    Leaf,
    Narrow,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Query,
    Run,
    Within,
    Word,
    Words,
    is_loose,
    leaves,
)


@dataclass(frozen=True, slots=True)
class Matched:
    """What a query matches: a mask, and for each document in it a tier.

    A tier is 2 where every ranked item stands as written, 1 where all of its words do, and 0 where some do.
    """

    mask: Mask
    tiers: Numbers


class _Standing(NamedTuple):
    """Where an item stands as written, and each of its words does, and each that counts alone.

    Does one of its words count alone, `is_answered` wherever all of them are.
    """

    written: Numbers
    words: tuple[Numbers, ...] = ()
    clues: tuple[Numbers, ...] = ()
    is_answered: bool = True

    @property
    def most(self) -> int:
        """In how many it can stand, as written or by all of its words."""
        return len(self.written) + min(map(len, self.words), default=0)


def _intersection(masks: list[Mask]) -> Mask:
    return reduce(operator.and_, masks)


def _union(masks: list[Mask], none: Mask) -> Mask:
    return reduce(operator.or_, masks, none)


class Matching:
    """Finds what the nodes of a query match among chunks or, `by_article`, among articles.

    An article has what any of its chunks has: words joined by AND may stand in two of its sections.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        exact_script: bool,
        by_article: bool = False,
        known: dict[Run | Word, Numbers] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._exact_script = exact_script
        self._by_article = by_article
        self._narrowed_to: Mask | None = None
        self._texts: dict[int, str] = {}
        # Where runs and words stand, for whoever asks next.
        self._known: dict[Run | Word, Numbers] = {} if known is None else known

    def match(self, asked: Query) -> Matched:
        """Return what `asked` matches."""
        narrowing = [self.narrowed(node) for node in asked.required if isinstance(node, Narrow)]
        if self._by_article and narrowing:
            # What narrows a search to passages does so for each word of it.
            self._narrowed_to = _intersection(narrowing)
        required = [self.having(node) for node in asked.required]
        ranked = [self._item(item) for item in asked.ranked]
        some = _union([self._some(standing) for standing in ranked], self._snapshot.none())
        found = _intersection(required) if required else some
        if required and not any(True for node in asked.required for _ in leaves(node)):
            found = found & some
        for node in asked.excluded:
            found = found & ~self.having(node)
        if any(is_loose(node) for node in asked.required):
            # Every hit has something to show, even where OR lets in what only lacks or narrows.
            found = found & self.showing(asked)
        return Matched(found, self._tiers(asked, ranked))

    def _tiers(self, asked: Query, ranked: list[_Standing]) -> Numbers:
        """Return the tier of each document, were it found, by where the ranked items stand."""
        tiers: Numbers = self._snapshot.np.zeros(self._snapshot.size, dtype="int8")
        whole: Numbers | None = None
        # What stands in few leaves few to look at.
        for item, standing in sorted(zip(asked.ranked, ranked, strict=True), key=lambda one: one[1].most):
            # What stands in a passage's headings need not stand in the passage again to count as there.
            headed = self._numbers(self._snapshot.having_run(HEADINGS, item.run.text))
            here = self._whole(standing, whole) | self._snapshot.mask(headed)
            whole = self._masked(here) if whole is None else whole[here[whole]]
            if not len(whole):
                return tiers
        if whole is None:
            return tiers + 2
        tiers[whole] = 1
        written = whole
        for standing in ranked:
            written = written[self._snapshot.are_among(written, standing.written)]
        for item in asked.ranked:
            # Such words are looked for in the texts at last, when few are left that could stand out by having them.
            if self._is_one_word(item):
                written = self._verified(written, self._bounded(item.run))
        tiers[written] = 2
        return tiers

    def showing(self, asked: Query) -> Mask:
        """Return where something of a query can be shown."""
        return _union([self._showing(leaf) for leaf in asked.leaves()], self._snapshot.none())

    def passages(self, asked: Query) -> Mask:
        """Return the chunks in which something of a query stands that makes their article a hit."""
        found = _union([self._proving(node) for node in (*asked.required, *asked.ranked)], self._snapshot.none())
        for node in asked.required:
            if isinstance(node, Narrow):
                found = found & self.having(node)
        for node in asked.excluded:
            found = found & ~self.having(node)
        return found

    def _proving(self, node: Node) -> Mask:
        """Return the chunks in which something of `node` stands."""
        match node:
            case And(nodes) | Or(nodes):
                return _union([self._proving(one) for one in nodes], self._snapshot.none())
            case Not() | Narrow():
                return self._snapshot.none()
            case Words():
                return self._some(self._item(node))
            case _:
                return self.having(node)

    def having(self, node: Node) -> Mask:
        """Return where `node` stands."""
        check()
        match node:
            case And(nodes):
                return _intersection([self.having(one) for one in nodes])
            case Or(nodes):
                return _union([self.having(one) for one in nodes], self._snapshot.none())
            case Not():
                everything = self._snapshot.is_article if self._by_article else self._snapshot.is_chunk
                return everything & ~self.having(node.node)
            case Words():
                return self._whole(self._item(node))
            case Narrow():
                return self._lifted(self.narrowed(node))
            case Within():
                # Within a kind, what stands together stands together in one chunk.
                return self._lifted(self._chunks()._within(node))
            case Run():
                return self._mask(self._run(node.text, node.plain))
            case Pattern() if node.is_run:
                return self._mask(self._run(node.pieces[0], fold(node.written.strip("*＊"), scripts=False).text))
            case Pattern() if node.is_latin_word:
                return self._mask(self._snapshot.with_word(node.regex, run_grams(node.pieces[0])))
            case Pattern():
                grams = [gram for piece in node.pieces for gram in run_grams(piece)]
                return self._mask(
                    self._verified(
                        self._snapshot.candidates("grams", grams),
                        lambda text: has_pattern(node, text, plain=self._exact_script),
                    )
                )
            case Fuzzy():
                words = misspellings(node, self._snapshot.latin(), stemmed=True)
                having = [self._snapshot.postings("words", word).numbers for word in words]
                return self._mask(*having)
            case Near():
                sides = [self._side(side) for side in (node.left, node.right)]
                return self._mask(
                    self._verified(
                        self._masked(_intersection(sides)),
                        lambda text: bool(near_places(node, text, plain=self._exact_script)),
                    )
                )

    def _chunks(self) -> Matching:
        if not self._by_article:
            return self
        return Matching(self._snapshot, exact_script=self._exact_script, known=self._known)

    def _lifted(self, chunks: Mask) -> Mask:
        """Return the articles of chunks, where articles are asked for."""
        if not self._by_article:
            return chunks
        if self._narrowed_to is not None:
            chunks = chunks & self._narrowed_to
        return self._snapshot.mask(self._snapshot.article_of[chunks])

    def _mask(self, *chunks: Numbers) -> Mask:
        """Return the mask of chunks, or of their articles, where articles are asked for."""
        return self._lifted(self._snapshot.mask(*chunks))

    def _within(self, node: Within) -> Mask:
        found = self.having(node.node) & self._snapshot.of_kinds(node.kinds)
        return found & self._snapshot.is_heading if node.headings else found

    def _showing(self, leaf: Leaf) -> Mask:
        return self._some(self._item(leaf)) if isinstance(leaf, Words) else self.having(leaf)

    def _item(self, item: Words) -> _Standing:
        check()
        if self._is_one_word(item):
            return _Standing(self._standing(item.words[0]))
        written = self._numbers(self._standing(item.run))
        if not item.clues:
            return _Standing(written)
        words, clues = {*item.words}, {*item.clues}
        found = {word: self._numbers(self._standing(word)) for word in words | clues}
        return _Standing(
            written,
            tuple(found[word] for word in words),
            tuple(found[word] for word in clues),
            not words.isdisjoint(clues),
        )

    def _numbers(self, chunks: Numbers) -> Numbers:
        """Return the numbers of chunks, or of their articles, where articles are asked for, in order."""
        if not self._by_article:
            return chunks
        return self._masked(self._mask(chunks))

    def _whole(self, item: _Standing, among: Numbers | None = None) -> Mask:
        """Return where an item stands as written, or all of its words do; `among` which it is asked for."""
        if not item.words:
            return self._snapshot.mask(item.written)
        first, *others = sorted(item.words if among is None else (among, *item.words), key=len)
        for other in others:
            first = first[self._snapshot.are_among(first, other)]
        return self._snapshot.mask(item.written, first)

    def _some(self, item: _Standing) -> Mask:
        """Return where an item stands as written, or all of its words do, or any that counts alone."""
        found = self._snapshot.mask(item.written, *item.clues)
        return found if item.is_answered else found | self._whole(item)

    def _is_one_word(self, item: Words) -> bool:
        """Tell whether an item is one word in letters: where it stands as written, its stem is a term.

        That holds of chunks; an article's words may stand here and its forms there.
        """
        return (
            not self._by_article
            and len(item.clues) == len(item.words) == 1
            and item.run.text.isalpha()
            and edge_words(item.run.text) == (item.run.text,)
            and item.words[0] == item.clues[0]
            and item.words[0].text == stem(item.run.text)
        )

    def _bounded(self, run: Run) -> Callable[[str], bool]:
        return partial(is_bounded, run.plain if self._exact_script else run.text)

    def _run(self, run: str, plain: str) -> Numbers:
        """Return the chunks in which a folded run of characters stands."""
        if self._exact_script:
            return self._verified(self._snapshot.candidates("grams", run_grams(run)), lambda text: plain in text)
        return self._snapshot.having_run("grams", run)

    def _side(self, node: Node) -> Mask:
        chunks = self._chunks()
        if isinstance(node, Words):
            return self._snapshot.mask(chunks._standing(node.run))
        return chunks.having(node)

    def _standing(self, what: Run | Word) -> Numbers:
        """Return the chunks in which an item stands as written, or a word."""
        if what not in self._known:
            self._known[what] = self._written(what) if isinstance(what, Run) else self._word(what)
        return self._known[what]

    def _written(self, run: Run) -> Numbers:
        """Return the chunks in which an item stands as written, and not inside a longer Latin word."""
        edges = edge_words(run.text)
        if not edges:
            return self._run(run.text, run.plain)
        whole = self._whole_words(edges)
        found = _intersection([self._snapshot.with_term("words", stem(word)) for word in edges])
        if edges == (run.text,):
            if whole is not None:
                return self._masked(whole)
            if not run.text.isalpha():
                return self._masked(found)  # Such a word is its own stem, and no other's.
        elif whole is not None:
            found = whole & self._snapshot.mask(self._snapshot.having_run("grams", run.text))
        else:
            found = found & self._snapshot.mask(self._snapshot.candidates("grams", run_grams(run.text)))
        return self._verified(self._masked(found), self._bounded(run))

    def _whole_words(self, words: tuple[str, ...]) -> Mask | None:
        """Return the chunks in which all of some Latin words stand by themselves, or None where it is not known."""
        known = [self._snapshot.with_whole_word(word) for word in words]
        masks = [self._snapshot.mask(numbers) for numbers in known if numbers is not None]
        return _intersection(masks) if len(masks) == len(known) else None

    def _word(self, word: Word) -> Numbers:
        if word.inside:
            return self._run(word.text, word.plain)
        found = self._snapshot.postings("words", word.text).numbers
        if self._exact_script and is_cjk(word.text):
            return self._verified(found, lambda text: word.plain in text)
        return found

    def _verified(self, numbers: Numbers, stands: Callable[[str], bool]) -> Numbers:
        """Return those of some chunks in whose folded texts something stands."""
        found: Numbers = self._snapshot.np.array([n for n in each(numbers) if stands(self._text(n))], dtype=NUMBER)
        return found

    def _masked(self, mask: Mask) -> Numbers:
        found: Numbers = self._snapshot.np.flatnonzero(mask)
        return found

    def _text(self, number: int) -> str:
        """Return a chunk's folded text; scripts are folded unless they are kept apart."""
        if number not in self._texts:
            text = self._snapshot.plain(number) if self._exact_script else self._snapshot.text(number)
            self._texts[number] = text.decode("utf-8", "surrogatepass")
        return self._texts[number]

    def narrowed(self, node: Narrow) -> Mask:
        """Return the chunks that a query is narrowed to."""
        if node.kinds:
            return self._snapshot.of_kinds(node.kinds)
        if node.values:
            names, value, article = self._snapshot.values(node.field)
            chosen = self._snapshot.np.array([name in node.values for name in names], dtype=bool)
            return self._snapshot.chunks_of(article[chosen[value]])
        if node.years:
            return self._snapshot.of_years(*node.years)
        run = node.run.text if node.run else ""
        if node.field is Field.HEADING:
            return self._snapshot.mask(self._snapshot.having_run(HEADINGS, run))
        if node.field is Field.DOC:
            named = [n for n in self._snapshot.articles() if run in fold(self._snapshot.doc_id(n)).text]
            return self._snapshot.chunks_of(self._snapshot.np.array(named, dtype=NUMBER))
        return self._snapshot.chunks_of(self._snapshot.having_run(NARROWING[node.field], run))
