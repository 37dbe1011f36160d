"""Who does it? Whoosh.

The default engine: pure Python, nothing to run. Terms are indexed as they come, by their counts and without
positions; ranking is BM25 over words, headings, titles and pairs of characters; exact runs are found by their
characters, and verified on the stored folded text.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import log
from pathlib import Path
from typing import Any

from whoosh import fields, formats, query, scoring
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.system import pack_uint

from corpus_search.analysis import fold, grams, run_grams
from corpus_search.article import Article, DocId, Kind
from corpus_search.chunk import Chunk, chunk_from, chunk_record
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk, AnalyzedQuery, Page, Ranked, Sort
from corpus_search.errors import IndexDamagedError, SearchIndexError
from corpus_search.generations import Generations, write_state
from corpus_search.highlight import bounded_places, is_misspelling, near_places, needs_bounds, pattern_places
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
from corpus_search.records import article_from, article_record

HEADING_WEIGHT = 1.2
TITLE_WEIGHT = 1.0
GRAM_WEIGHT = 0.3
K1, B = 1.2, 0.6
"""The weights of fields, and BM25's parameters (Robertson and Zaragoza, 2009).

Chosen on samples of three collections with `corpus-search evaluate`. A word in a title or heading counts more than
one in a text even at equal weights, since these are short. The customary B of 0.75 is for whole documents: with it
a note of one line outranks the section that is about its subject.
"""
_SMALL = 20_000


def _postings(counts: Mapping[str, int]) -> Iterator[tuple[bytes, int, float, bytes]]:
    """Yield terms with their counts as Whoosh's writer takes them, in order."""
    for term, count in sorted((t.encode(errors="surrogatepass"), n) for t, n in counts.items()):
        yield term, count, float(count), pack_uint(count)


class TermCounts(fields.FieldType):  # type: ignore[misc]
    """A field whose values are terms with their counts, analysed before they come here."""

    def __init__(self) -> None:
        super().__init__(formats.Frequency(), None, scorable=True)

    def index(self, value: Mapping[str, int], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield each term with its count."""
        return _postings(value)


class Grams(fields.FieldType):  # type: ignore[misc]
    """A field whose values are folded texts, indexed by their characters and pairs to narrow a search."""

    def __init__(self) -> None:
        super().__init__(formats.Frequency(), None, scorable=False)

    def index(self, value: str, **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield each gram with its count."""
        return _postings(grams(value))


# A document of the index is a chunk, or an article (its kind is "article"), which holds what narrows its chunks.
_NARROWING = {Field.TITLE: "in_title", Field.AUTHOR: "in_authors", Field.KEYWORD: "in_keywords"}
_SCHEMA = fields.Schema(
    doc_id=fields.ID(stored=True),
    kind=fields.ID(),
    year=fields.ID(),
    is_heading=fields.ID(),
    in_title=Grams(),
    in_authors=Grams(),
    in_keywords=Grams(),
    in_headings=Grams(),
    narrowing=fields.STORED(),
    words=TermCounts(),
    heading=TermCounts(),
    title=TermCounts(),
    grams=TermCounts(),
    folded=fields.STORED(),
    chunk=fields.STORED(),
    article=fields.STORED(),
)


class _Ranking(scoring.BM25F):  # type: ignore[misc]
    """BM25 by the average lengths of fields given.

    Whoosh keeps the length of a chunk to a byte, and its sum of lengths exactly until segments are merged; averages
    over the bytes are the same whichever way an index came about.
    """

    def __init__(self, chunks: int, averages: Mapping[str, float]) -> None:
        super().__init__(B=B, K1=K1)
        self._chunks = chunks
        self._averages = averages

    def scorer(self, searcher: Any, fieldname: str, text: Any, qf: int = 1) -> Any:
        """Return the scorer of a term."""
        made = super().scorer(searcher, fieldname, text, qf=qf)
        made.avgfl = self._averages.get(fieldname) or 1.0
        # Whoosh adds one to the logarithm, and would count articles among the chunks: either makes rare and common
        # terms more alike than BM25 has them.
        having = min(searcher.get_parent().doc_frequency(fieldname, text), self._chunks)
        made.idf = log(1 + (self._chunks - having + 0.5) / (having + 0.5))
        return made


def _opened(generation: Path, state: Mapping[str, Any]) -> Any:
    """Open a generation for searching; whatever Whoosh's reader stumbles over is raised as it comes."""
    if "statistics" not in state:
        raise IndexDamagedError(f"{generation}: was made by another version")
    index = FileIndex(FileStorage(str(generation)), schema=_SCHEMA)
    return index.searcher(weighting=_Ranking(**state["statistics"]))


class WhooshEngine:
    """The index in a folder, opened for searching.

    Raises `IndexMissingError`, `IndexDamagedError`. Safe to use from several threads.
    """

    name = "whoosh"

    def __init__(self, folder: Path) -> None:
        self._generations = Generations(folder)
        self._lock = threading.Lock()
        while True:
            self._generation = self._generations.current()
            try:
                self._state = self._generations.state(self._generation)
                self._searcher = _opened(self._generation, self._state)
                self._seen = self._generations.stamps(self._generation)
                break
            except Exception as error:
                if self._generation != self._generations.current():
                    continue  # It was swept away between two commits; there is a newer one.
                if isinstance(error, IndexDamagedError):
                    raise
                # A broken file makes Whoosh raise whatever its reader stumbles over.
                raise IndexDamagedError(f"{self._generation}: the index is damaged ({error!r})") from error

    @property
    def state(self) -> Mapping[str, Any]:
        """The JSON object that was kept with the last commit."""
        return self._state

    def is_current(self) -> bool:
        """Tell whether no later commit has been made, and nobody has touched the files."""
        if self._generation != self._generations.current():
            return False
        return self._seen == self._generations.stamps(self._generation)

    def close(self) -> None:
        """Release the files."""
        self._searcher.close()

    # --- reading -----------------------------------------------------------------------------------------

    def get(self, doc_id: DocId) -> Article | None:
        """Return a document, or None if there is none."""
        with self._lock, self._guarded():
            found = query.And([query.Term("doc_id", doc_id), query.Term("kind", "article")])
            for number in self._searcher.docs_for_query(found):
                return article_from(json.loads(self._searcher.stored_fields(number)["article"]))
        return None

    def documents(self) -> tuple[DocId, ...]:
        """Return all documents, in order."""
        with self._lock, self._guarded():
            numbers = self._searcher.docs_for_query(query.Term("kind", "article"))
            return tuple(sorted(DocId(self._searcher.stored_fields(n)["doc_id"]) for n in numbers))

    def stats(self) -> Mapping[str, Any]:
        """Return counts and sizes: ``documents``, ``chunks``, ``bytes``."""
        with self._lock, self._guarded():
            documents = sum(1 for _ in self._searcher.docs_for_query(query.Term("kind", "article")))
            size = sum(self._state["parts"].values())
            return {"documents": documents, "chunks": self._searcher.doc_count() - documents, "bytes": size}

    def holding(self, runs: Iterable[str]) -> frozenset[DocId]:
        """Return the documents with a chunk in which any of the folded `runs` stands."""
        with self._lock, self._guarded():
            numbers = {number for run in runs for number in self._run(run)}
            return frozenset(DocId(self._searcher.stored_fields(n)["doc_id"]) for n in numbers)

    def matching(self, asked: Query) -> set[int]:
        """Return the numbers of the chunks that a query matches."""
        with self._lock, self._guarded():
            return set(self._tiers(asked))

    def terms(self) -> list[str]:
        """Return the terms of the texts."""
        with self._lock, self._guarded():
            return [term.decode("utf-8", "surrogatepass") for term in self._searcher.reader().lexicon("words")]

    def frequency(self, term: str) -> int:
        """Return how many chunks have a term in their text."""
        with self._lock, self._guarded():
            return int(self._searcher.reader().doc_frequency("words", term))

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield each chunk's number and folded text."""
        with self._lock, self._guarded():
            for number in sorted(_Reading(self._searcher, exact_script=False).all()):
                yield number, self._searcher.stored_fields(number)["folded"]

    def chunk(self, number: int) -> Chunk:
        """Return the chunk with a number."""
        with self._lock, self._guarded():
            return self._chunk(number)

    def search(self, asked: AnalyzedQuery, *, limit: int, offset: int, sort: Sort = Sort.RELEVANCE) -> Page:
        """Return the hits `offset` to ``offset + limit``, best first."""
        with self._lock, self._guarded():
            tiers = self._tiers(asked.query)
            scores = self._scores(asked) if tiers else {}
            found = [(-tier, -round(scores.get(number, 0.0), 9), number) for number, tier in tiers.items()]
            if sort is Sort.RELEVANCE:
                found.sort()
                # Chunks with equal scores come in the order of their addresses: only as many are looked up as
                # could stand on this page.
                last = found[min(offset + limit, len(found)) - 1][:2] if found else None
                found = [entry for entry in found if last is not None and entry[:2] <= last]
            loaded = [(tier, score, self._chunk(number)) for tier, score, number in found]
            loaded.sort(key=lambda entry: _place(sort, *entry))
            hits = tuple(Ranked(chunk, -score) for _, score, chunk in loaded[offset : offset + limit])
            return Page(len(tiers), hits)

    def _tiers(self, asked: Query) -> dict[int, int]:
        """Return the matching chunks: 2 where every item stands as written, 1 with all words, else 0."""
        reading = _Reading(self._searcher, exact_script=asked.exact_script)
        required = [reading.having(node) for node in asked.required]
        ranked = [reading.item(item) for item in asked.ranked]
        only_narrowed = not any(True for node in asked.required for _ in leaves(node))
        found = set.intersection(*required) if required else set().union(*(some for _, _, some in ranked))
        if required and only_narrowed:
            found &= set().union(*(some for _, _, some in ranked))
        for node in asked.excluded:
            found -= reading.having(node)
        if any(is_loose(node) for node in asked.required):
            # Every hit has something to show, even where OR lets in what only lacks or narrows.
            found &= set().union(*(reading.showing(leaf) for leaf in asked.leaves()))
        # What stands in a passage's headings need not stand in the passage again to count as there.
        headed = [reading.headed(item) for item in asked.ranked]

        def tier(number: int) -> int:
            return min(
                (
                    2 if number in written else int(number in whole or number in above)
                    for (written, whole, _), above in zip(ranked, headed, strict=True)
                ),
                default=2,
            )

        return {number: tier(number) for number in found}

    def _run(self, run: str) -> set[int]:
        return _Reading(self._searcher, exact_script=False).run(run, run)

    def _scores(self, asked: AnalyzedQuery) -> dict[int, float]:
        terms = [
            query.Term(field, term, boost=weight * factor)
            for field, factor in (("words", 1.0), ("heading", HEADING_WEIGHT), ("title", TITLE_WEIGHT))
            for term, weight in asked.terms.items()
        ]
        terms += [query.Term("grams", gram, boost=weight * GRAM_WEIGHT) for gram, weight in asked.grams.items()]
        results = self._searcher.search(query.Or(terms), limit=None, optimize=False)
        return {number: score for score, number in results.top_n}

    def _chunk(self, number: int) -> Chunk:
        return chunk_from(json.loads(self._searcher.stored_fields(number)["chunk"]))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except SearchIndexError:
            raise
        except Exception as error:
            raise IndexDamagedError(f"{self._generation}: the index is damaged ({error!r})") from error

    # --- writing -----------------------------------------------------------------------------------------

    @contextmanager
    def writer(self) -> Iterator[WhooshWriter]:
        """Return a writer that goes on from what is indexed."""
        with _written(self._generations, empty=False) as writer:
            yield writer

    @staticmethod
    @contextmanager
    def create(folder: Path) -> Iterator[WhooshWriter]:
        """Return a writer that begins anew, whatever `folder` holds."""
        with _written(Generations(folder), empty=True) as writer:
            yield writer


class _Reading:
    """Finds the chunks that a query's nodes match: by their grams, and where these do not prove it, by their text."""

    def __init__(self, searcher: Any, *, exact_script: bool) -> None:
        self._searcher = searcher
        self._exact_script = exact_script
        self._texts: dict[int, str] = {}

    def having(self, node: Node) -> set[int]:
        """Return the chunks in which `node` stands."""
        match node:
            case Run():
                return self.run(node.text, node.plain)
            case Words():
                written, whole, _ = self.item(node)
                return written | whole
            case Pattern():
                candidates = self._with_grams("grams", [gram for piece in node.pieces for gram in run_grams(piece)])
                return {n for n in candidates if pattern_places(node, self._text(n), plain=self._exact_script)}
            case Fuzzy():
                return set().union(*(self._term("words", word) for word in self._misspellings(node)))
            case Near():
                both = self._side(node.left) & self._side(node.right)
                return {n for n in both if near_places(node, self._text(n), plain=self._exact_script)}
            case And(nodes):
                return set.intersection(*map(self.having, nodes))
            case Or(nodes):
                return set().union(*map(self.having, nodes))
            case Not():
                return self.all() - self.having(node.node)
            case Within():
                found = self.having(node.node) & self._kinds(node.kinds)
                return found & self._term("is_heading", "1") if node.headings else found
            case Narrow():
                return self._narrowed(node)

    def showing(self, leaf: Leaf) -> set[int]:
        """Return the chunks in which something of `leaf` can be shown."""
        return self.item(leaf)[2] if isinstance(leaf, Words) else self.having(leaf)

    def item(self, item: Words) -> tuple[set[int], set[int], set[int]]:
        """Return the chunks with the item as written, with all of its words, and with any that counts alone."""
        written = self._written(item.run)
        clues = item.clues
        if not clues:
            return written, written, written
        words = {word: self._word(word) for word in {*item.words, *clues}}
        whole = written | set.intersection(*(words[word] for word in item.words))
        return written, whole, whole.union(*(words[word] for word in clues))

    def headed(self, item: Words) -> set[int]:
        """Return the chunks with the item in their headings."""
        return self._narrowed(Narrow(Field.HEADING, run=item.run))

    def run(self, run: str, plain: str) -> set[int]:
        """Return the chunks in which a folded run of characters stands."""
        candidates = self._with_grams("grams", run_grams(run))
        if self._exact_script:
            return {n for n in candidates if plain in self._text(n)}
        return candidates if len(run) <= 2 else {n for n in candidates if run in self._text(n)}

    def _side(self, node: Node) -> set[int]:
        return self._written(node.run) if isinstance(node, Words) else self.having(node)

    def _written(self, run: Run) -> set[int]:
        """Return the chunks in which an item stands as written, and not inside a longer Latin word."""
        found = self.run(run.text, run.plain)
        if not needs_bounds(run.text):
            return found
        text = run.plain if self._exact_script else run.text
        return {n for n in found if any(True for _ in bounded_places(text, self._text(n)))}

    def _word(self, word: Word) -> set[int]:
        if word.inside:
            return self.run(word.text, word.plain)
        found = self._term("words", word.text)
        return {n for n in found if word.plain in self._text(n)} if self._exact_script else found

    def _term(self, field: str, term: str) -> set[int]:
        return set(self._searcher.docs_for_query(query.Term(field, term)))

    def _with_grams(self, field: str, wanted: Iterable[str]) -> set[int]:
        return set(self._searcher.docs_for_query(query.And([query.Term(field, gram) for gram in wanted])))

    def _kinds(self, kinds: Iterable[Kind]) -> set[int]:
        return set().union(*(self._term("kind", kind.value) for kind in kinds))

    def all(self) -> set[int]:
        """Return all chunks."""
        return self._kinds(Kind)

    def _text(self, number: int) -> str:
        """Return a chunk's folded text; scripts are folded unless they are kept apart."""
        if number not in self._texts:
            stored = self._searcher.stored_fields(number)
            self._texts[number] = (
                fold(json.loads(stored["chunk"])["text"], scripts=False).text
                if self._exact_script
                else stored["folded"]
            )
        return self._texts[number]

    def _misspellings(self, fuzzy: Fuzzy) -> list[str]:
        lexicon = (term.decode("utf-8", "surrogatepass") for term in self._searcher.reader().lexicon("words"))
        return [word for word in lexicon if is_misspelling(fuzzy, word)]

    def _narrowed(self, node: Narrow) -> set[int]:
        if node.kinds:
            return self._kinds(node.kinds)
        if node.years:
            first, last = node.years
            years = [y.decode() for y in self._searcher.reader().lexicon("year") if first <= int(y) <= last]
            return set().union(*(self._term("year", year) for year in years))
        run = node.run.text if node.run else ""
        if node.field is Field.HEADING:
            candidates = self._with_grams("in_headings", run_grams(run))
            return {n for n in candidates if run in self._searcher.stored_fields(n)["narrowing"]}
        if node.field is Field.DOC:
            documents = [doc.decode("utf-8", "surrogatepass") for doc in self._searcher.reader().lexicon("doc_id")]
            chosen = [doc for doc in documents if run in fold(doc).text]
        else:
            name = _NARROWING[node.field]
            stored = map(self._searcher.stored_fields, self._with_grams(name, run_grams(run)))
            chosen = [found["doc_id"] for found in stored if run in found["narrowing"][name]]
        return set().union(*(self._term("doc_id", doc) for doc in chosen)) & self.all()


@contextmanager
def _written(generations: Generations, *, empty: bool) -> Iterator[WhooshWriter]:
    with generations.next(empty=empty) as folder:
        storage = FileStorage(str(folder))
        index = FileIndex.create(storage, _SCHEMA) if empty else FileIndex(storage, schema=_SCHEMA)
        writer = WhooshWriter(index, folder)
        try:
            yield writer
        except BaseException:
            writer.cancel()
            raise
        writer.commit()


class WhooshWriter:
    """Changes one generation of an index, which nobody reads yet."""

    def __init__(self, index: FileIndex, folder: Path) -> None:
        self._index = index
        self._folder = folder
        self._writer = index.writer(limitmb=256)
        self._state: Mapping[str, Any] = {}
        self._changed = False

    def replace(self, analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> None:
        """Put a document in the place of the one with its `doc_id`, if there is one."""
        article = analyzed.article
        self.delete(article.doc_id)
        narrowing = {"in_title": analyzed.title, "in_authors": analyzed.authors, "in_keywords": analyzed.keywords}
        record = json.dumps(article_record(article), ensure_ascii=False)
        self._writer.add_document(
            doc_id=article.doc_id, kind="article", article=record, narrowing=narrowing, **narrowing
        )
        for one in chunks:
            chunk = one.chunk
            self._writer.add_document(
                doc_id=article.doc_id,
                kind=chunk.kind.value,
                year=str(chunk.year) if chunk.year else None,
                is_heading="1" if chunk.is_heading else None,
                in_headings=one.folded_headings,
                narrowing=one.folded_headings,
                words=one.terms,
                heading=one.heading_terms,
                title=one.title_terms,
                grams=one.grams,
                folded=one.folded,
                chunk=json.dumps(chunk_record(chunk), ensure_ascii=False),
            )

    def delete(self, doc_id: DocId) -> None:
        """Remove a document; does nothing if there is none."""
        self._changed = bool(self._writer.delete_by_term("doc_id", doc_id)) or self._changed

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Keep `state`, a JSON object, with what is committed."""
        self._state = state

    def commit(self) -> None:
        """Write everything down."""
        # What is deleted still counts in Whoosh's statistics until segments are merged; small indexes are
        # merged whole, so that their scores are those of an index made at once.
        self._writer.commit(optimize=self._changed and self._index.doc_count_all() < _SMALL)
        write_state(self._folder, {**self._state, "statistics": self._statistics()})

    def _statistics(self) -> dict[str, Any]:
        """Return how many chunks there are, and the average length of each ranked field over those that have it."""
        reader = self._index.reader()
        try:
            averages = {}
            for name in ("words", "heading", "title", "grams"):
                lengths = [length for n in reader.all_doc_ids() if (length := reader.doc_field_length(n, name))]
                averages[name] = sum(lengths) / len(lengths) if lengths else 0.0
                if name == "grams":
                    chunks = len(lengths)  # Every chunk has text, and so has grams.
            return {"chunks": chunks, "averages": averages}
        finally:
            reader.close()

    def cancel(self) -> None:
        """Write nothing."""
        self._writer.cancel()


def _place(sort: Sort, tier: int, score: float, chunk: Chunk) -> tuple[Any, ...]:
    address = (chunk.doc_id, chunk.order)
    if sort is Sort.POSITION:
        return address
    if sort is Sort.YEAR:
        return (-(chunk.year or 0), tier, score, address)
    return (tier, score, address)
