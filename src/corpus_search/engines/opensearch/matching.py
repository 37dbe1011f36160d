"""Which chunks does a query match, as the cluster is asked?

What `engines.matching` says of masks is said here of queries: each node of a query's tree becomes a query for the
chunks that it matches or, where articles are asked for, for the articles that have such chunks. Runs are phrases of
pairs: every second pair of a run, and the last, in their places, leave no doubt of any of its characters. What a query
of the cluster's cannot tell alone is left to `checking`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from corpus_search.analysis import LATIN, fold, is_cjk, stem
from corpus_search.article import Kind
from corpus_search.engines.opensearch import schema
from corpus_search.engines.opensearch.schema import EDGE, HOLE
from corpus_search.engines.snapshot import NARROWING
from corpus_search.highlight import edge_words, has_pattern, near_places
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
from corpus_search.wildcards import WIDEST

Json = dict[str, Any]

NOTHING: Json = {"match_none": {}}
EVERYTHING: Json = {"match_all": {}}

Checking = Callable[[Json, Callable[[str], bool]], Json]
"""Told a query for chunks and what their texts have to pass, returns a query for those whose texts do."""

_LATIN = re.compile(f"[{LATIN}]")
_ACCENTED = [char for char in map(chr, range(0x80, 0x1F00)) if _LATIN.match(char)]
_PARTS = re.compile(r"([*＊]+|\?)")
_SEPARATORS = " ".join((schema.BLANK, schema.LINE_END, *",.:;!?，。、；：！？"))
"""The characters that no wildcard stands for, see `wildcards.GAP`."""


def every(queries: Iterable[Json]) -> Json:
    """Return a query for what all of some queries find."""
    found = [query for query in queries if query != EVERYTHING]
    if NOTHING in found:
        return NOTHING
    return found[0] if len(found) == 1 else {"bool": {"filter": found}} if found else EVERYTHING


def either(queries: Iterable[Json]) -> Json:
    """Return a query for what any of some queries finds."""
    found: list[Json] = []
    for query in queries:
        if query != NOTHING and query not in found:
            found.append(query)
    if EVERYTHING in found:
        return EVERYTHING
    return found[0] if len(found) == 1 else {"bool": {"should": found, "minimum_should_match": 1}} if found else NOTHING


def without(query: Json, *others: Json) -> Json:
    """Return a query for what one finds and none of some others do."""
    excluded = [other for other in others if other != NOTHING]
    if not excluded or query == NOTHING:
        return query
    return NOTHING if EVERYTHING in excluded else {"bool": {"filter": [query], "must_not": excluded}}


# --- runs ----------------------------------------------------------------------------------------------------


def phrase(field: str, units: Iterable[str]) -> Json:
    """Return a query for terms that follow each other; `HOLE` is a place that anything may take."""
    return {"match_phrase": {field: " ".join(units)}}


def standing(run: str, *, field: str = "", begins: bool = False, ends: bool = False) -> Json:
    """Return a query for the texts in which a folded run stands.

    If it begins or ends with Latin letters or digits, a word `begins` or `ends` there where that is asked for. `field`
    is ``plain_`` for texts that keep their script.
    """
    edged = schema.edged(run)
    if not begins:
        edged = edged.removeprefix(EDGE)
    if not ends:
        edged = edged.removesuffix(EDGE)
    if len(edged) == 1:
        return {"term": {f"{field}chars": schema.characters(edged)}}
    if len(run) == 2 and not field and schema.is_joint(run) and EDGE not in (edged[0], edged[-1]):
        return {"term": {"joints": schema.joints(run)}}
    found = schema.pairs_of(edged)
    if len(found) == 1:
        return {"term": {f"{field}pairs": found[0]}}
    # Two pairs that stand two places apart hold four characters.
    return phrase(f"{field}pairs", (p if n % 2 == 0 or n == len(found) - 1 else HOLE for n, p in enumerate(found)))


def standing_in(field: str, run: str) -> Json:
    """Return a query for what has a folded run in a field that narrows."""
    return phrase(field, schema.characters(run).split(" "))


# --- nodes ---------------------------------------------------------------------------------------------------


class Matching:
    """Makes the queries of a query's nodes, for chunks or, `by_article`, for articles.

    An article has what any of its chunks has: words joined by AND may stand in two of its sections.
    """

    def __init__(self, checking: Checking, *, exact_script: bool, by_article: bool = False) -> None:
        self._checking = checking
        self._exact_script = exact_script
        self._by_article = by_article
        self._narrowed_to: Json = EVERYTHING

    def match(self, asked: Query) -> Json:
        """Return the query for what `asked` matches."""
        narrowing = [self.narrowed(node) for node in asked.required if isinstance(node, Narrow)]
        if self._by_article and narrowing:
            # What narrows a search to passages does so for each word of it.
            self._narrowed_to = every(narrowing)
        some = either(self._item(item)[2] for item in asked.ranked)
        found = every(map(self.having, asked.required)) if asked.required else some
        if asked.required and not any(True for node in asked.required for _ in leaves(node)):
            found = every((found, some))
        if any(is_loose(node) for node in asked.required):
            # Every hit has something to show, even where OR lets in what only lacks or narrows.
            found = every((found, either(self._showing(leaf) for leaf in asked.leaves())))
        return without(found, *map(self.having, asked.excluded))

    def tiers(self, asked: Query) -> tuple[Json, Json]:
        """Return queries for where every ranked item stands as written, and for where all of its words do."""
        wholes, writtens = [], []
        for item in asked.ranked:
            there, all_words, _ = self._item(item)
            # What stands in a passage's headings need not stand in the passage again to count as there.
            wholes.append(either((all_words, self.narrowed(Narrow(Field.HEADING, run=item.run)))))
            writtens.append(there)
            if self._is_one_word(item):
                writtens.append({"term": {"latin": schema.term(item.run.text)}})
        whole = every(wholes)
        return every((*writtens, whole)), whole

    def passages(self, asked: Query) -> Json:
        """Return the query for the chunks in which something of a query stands that makes their article a hit."""
        found = [either(self._proving(node) for node in (*asked.required, *asked.ranked))]
        found += [self.having(node) for node in asked.required if isinstance(node, Narrow)]
        return without(every(found), *map(self.having, asked.excluded))

    def _proving(self, node: Node) -> Json:
        match node:
            case And(nodes) | Or(nodes):
                return either(map(self._proving, nodes))
            case Not() | Narrow():
                return NOTHING
            case Words():
                return self._item(node)[2]
            case _:
                return self.having(node)

    def having(self, node: Node) -> Json:
        """Return the query for where `node` stands."""
        check()
        match node:
            case And(nodes):
                return every(map(self.having, nodes))
            case Or(nodes):
                return either(map(self.having, nodes))
            case Not():
                return without(EVERYTHING, self.having(node.node))
            case Words():
                written, whole, _ = self._item(node)
                return either((written, whole))
            case Narrow():
                return self._lifted(self.narrowed(node))
            case Within():
                # Within a kind, what stands together stands together in one chunk.
                return self._lifted(self._chunks()._within(node))
            case Run():
                return self._lifted(self._run(node.text, node.plain))
            case Pattern() if node.is_run:
                return self._lifted(self._run(node.pieces[0], fold(node.written.strip("*＊"), scripts=False).text))
            case Pattern():
                return self._lifted(self._pattern(node))
            case Fuzzy():
                return self._lifted(
                    either(self._misspelt(word, node.distance) for word in (node.text, stem(node.text)))
                )
            case Near():
                return self._lifted(self._near(node))

    def _chunks(self) -> Matching:
        return Matching(self._checking, exact_script=self._exact_script) if self._by_article else self

    def _lifted(self, chunks: Json) -> Json:
        """Return the query for the articles of chunks, where articles are asked for."""
        return having_chunk(every((chunks, self._narrowed_to))) if self._by_article else chunks

    def _within(self, node: Within) -> Json:
        kinds: Json = {"terms": {"kind": sorted(kind.value for kind in node.kinds)}}
        heading = [{"term": {"is_heading": True}}] if node.headings else []
        return every((self.having(node.node), kinds, *heading))

    def _showing(self, leaf: Leaf) -> Json:
        return self._item(leaf)[2] if isinstance(leaf, Words) else self.having(leaf)

    def _item(self, item: Words) -> tuple[Json, Json, Json]:
        """Return queries for where the item stands as written, with all of its words, with any that counts alone."""
        clues = item.clues
        if self._is_one_word(item):
            found = self._word(item.words[0])
            return found, found, found
        written = self._lifted(self._written(item.run))
        if not clues:
            return written, written, written
        words = {word: self._lifted(self._word(word)) for word in {**dict.fromkeys(item.words), **dict.fromkeys(clues)}}
        whole = either((written, every(words[word] for word in item.words)))
        return written, whole, either((*(words[word] for word in clues), whole))

    def _is_one_word(self, item: Words) -> bool:
        """Tell whether an item is one word in letters: where it stands as written, its stem is a term."""
        return (
            not self._by_article
            and len(item.clues) == len(item.words) == 1
            and item.run.text.isalpha()
            and edge_words(item.run.text) == (item.run.text,)
            and item.words[0] == item.clues[0]
            and item.words[0].text == stem(item.run.text)
        )

    # --- what stands in a text -------------------------------------------------------------------------------

    def _run(self, run: str, plain: str, *, whole: bool = False) -> Json:
        """Return the query for the chunks in which a folded run of characters stands."""
        if not self._exact_script:
            return standing(run, begins=whole, ends=whole)
        has: Json = {"term": {"has_plain": True}}
        # Where no text is kept with its script, it is the same text.
        return either(
            (
                every((has, standing(plain, field="plain_", begins=whole, ends=whole))),
                without(standing(plain, begins=whole, ends=whole), has),
            )
        )

    def _written(self, run: Run) -> Json:
        """Return the query for the chunks in which an item stands as written, and not inside a longer Latin word."""
        if edge_words(run.text) == (run.text,):
            return {"term": {"latin": schema.term(run.text)}}
        return self._run(run.text, run.plain, whole=True)

    def _word(self, word: Word) -> Json:
        if word.inside:
            return self._run(word.text, word.plain)
        found: Json = {"term": {"words": schema.term(word.text)}}
        if self._exact_script and is_cjk(word.text):
            return every((found, self._run(word.text, word.plain)))
        return found

    def _misspelt(self, word: str, distance: int) -> Json:
        fuzzy = {"value": word, "fuzziness": distance, "transpositions": True, "rewrite": "constant_score"}
        return {"fuzzy": {"alphabetic": fuzzy}}

    def _pattern(self, node: Pattern) -> Json:
        """Return the query for the chunks in which a word with wildcards stands."""
        candidates = every(standing(piece) for piece in node.pieces)
        affix = self._affix(node)
        if affix:
            return affix
        segments = _segments(node.written)
        if segments is None or self._exact_script:
            return self._checking(
                candidates, lambda text: has_pattern(node, text, plain=self._exact_script)
            )  # Beside Latin a wildcard means more than characters.
        # One segment, or two at most so many characters apart, and nothing between that no wildcard stands for.
        parts = [_interval(segment) for segment in segments]
        gaps = WIDEST * (len(parts) - 1)
        rule = parts[0] if len(parts) == 1 else {"all_of": {"mode": "ordered", "max_gaps": gaps, "intervals": parts}}
        (kind, body), *_ = rule.items()
        separators = {"any_of": {"intervals": [_interval([one]) for one in _SEPARATORS.split(" ")]}}
        found: Json = {"intervals": {"chars": {kind: {**body, "filter": {"not_containing": separators}}}}}
        if len(parts) <= 2:
            return every((candidates, found))
        near = {"intervals": {"chars": rule}}
        return self._checking(every((candidates, near)), lambda text: has_pattern(node, text))

    def _affix(self, node: Pattern) -> Json | None:
        """Return the query for the beginning or the end of a Latin word, or for a part of one; None for all else."""
        before, *rest = _PARTS.split(node.written)
        if len(node.pieces) != 1 or "?" in rest or (self._exact_script and not node.pieces[0].isascii()):
            return None
        (run,) = node.pieces
        begins = bool(before) and run[0].isascii() and run[0].isalnum()
        ends = bool(rest[-1]) and run[-1].isascii() and run[-1].isalnum()
        definite = standing(run, begins=begins, ends=ends)
        inside = standing(run)
        if definite == inside:
            return definite
        # A wildcard's word ends at letters with accents, too: where one stands beside, the text is looked into.
        beside = [char + run[0] if begins else run[-1] + char for char in _ACCENTED]
        doubtful = without(every((inside, {"terms": {"pairs": beside}})), definite)
        return either(
            (definite, self._checking(doubtful, lambda text: has_pattern(node, text, plain=self._exact_script)))
        )

    def _near(self, node: Near) -> Json:
        """Return the query for the chunks in which two things stand near each other."""
        sides = [self._side(side) for side in (node.left, node.right)]
        candidates = every(sides)
        runs = [_plain_run(side) for side in (node.left, node.right)]
        if all(runs) and not self._exact_script:
            intervals = [_interval(list(run or "")) for run in runs]
            near = {"all_of": {"mode": "unordered", "max_gaps": node.distance, "intervals": intervals}}
            candidates = every((candidates, {"intervals": {"chars": near}}))
            if not set(runs[0] or "") & set(runs[1] or ""):
                return candidates  # They cannot overlap, nor be the same place.
        return self._checking(candidates, lambda text: bool(near_places(node, text, plain=self._exact_script)))

    def _side(self, node: Node) -> Json:
        chunks = self._chunks()
        return chunks._written(node.run) if isinstance(node, Words) else chunks.having(node)

    # --- what narrows --------------------------------------------------------------------------------------

    def narrowed(self, node: Narrow) -> Json:
        """Return the query for the chunks that a query is narrowed to."""
        if node.kinds:
            return {"terms": {"kind": sorted(kind.value for kind in node.kinds)}}
        if node.values:
            return {"terms": {node.field.value: values_of(node.field, node.values)}}
        if node.years:
            first, last = node.years
            return {"range": {"year": {"gte": max(first, 1), "lte": last}}}
        run = node.run.text if node.run else ""
        if node.field is Field.HEADING:
            return standing_in("in_headings", run)
        field = "in_doc" if node.field is Field.DOC else NARROWING[node.field]
        return {"has_parent": {"parent_type": schema.ARTICLE, "query": standing_in(field, run)}}


def having_chunk(query: Json) -> Json:
    """Return the query for the articles with a chunk that a query finds."""
    if query == NOTHING:
        return NOTHING
    return {"has_child": {"type": schema.CHUNK, "query": {"bool": {"filter": [query]}}}}


def values_of(field: Field, values: Iterable[str]) -> list[Any]:
    """Return values of a facet as the cluster keeps them."""
    match field:
        case Field.YEAR:
            return sorted(int(value) for value in values if value.isdecimal() and len(value) < 10)
        case Field.DOC:
            return sorted(map(schema.ordered, values))
        case _:
            return sorted(map(schema.value, values))


def of_kinds(kinds: Iterable[Kind]) -> Json:
    """Return the query for chunks of some kinds."""
    return {"terms": {"kind": sorted(kind.value for kind in kinds)}}


# --- wildcards -----------------------------------------------------------------------------------------------


def _segments(written: str) -> list[list[str]] | None:
    """Return what stands between the asterisks of a word with wildcards, character by character, or None.

    None where it begins or ends with a question mark, where anything in it is Latin, or a separator.
    """
    parts = _PARTS.split(written)
    segments: list[list[str]] = [[]]
    for n, part in enumerate(parts):
        if n % 2 == 0:
            segments[-1] += fold(part).text
        elif part == "?":
            segments[-1].append(HOLE)
        else:
            segments.append([])
    if segments and not segments[0]:
        segments.pop(0)
    if segments and not segments[-1]:
        segments.pop()
    separators = set(_SEPARATORS) | {" ", "\n"}
    for segment in segments:
        if not segment or HOLE in (segment[0], segment[-1]):
            return None
        if any(char != HOLE and (_LATIN.match(char) or char in separators) for char in segment):
            return None
    return segments


def _interval(units: list[str]) -> Json:
    """Return the rule for characters in their places."""
    query = " ".join(unit if unit == HOLE or len(unit) > 1 else schema.characters(unit) for unit in units)
    return {"match": {"query": query, "analyzer": "asked", "max_gaps": 0, "mode": "ordered"}}


def _plain_run(node: Node) -> str | None:
    """Return the run that a side of NEAR is, if it is one, and one that has no Latin edges."""
    run = node.run if isinstance(node, Words) else node if isinstance(node, Run) else None
    return run.text if run and not edge_words(run.text) else None
