"""Indexing takes as much memory for a large library as for a small one: what is held at once has a bound."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus_search.analysis import Analyzer, folded_text
from corpus_search.analyzed import analyzed
from corpus_search.article import Article, DocId, Metadata, Paragraph, Section, address
from corpus_search.engines import create_index, open_engine
from corpus_search.engines.arrays import SnapshotEngine
from corpus_search.engines.whoosh import bulk
from corpus_search.engines.whoosh import writer as writing
from corpus_search.engines.whoosh.bulk import BulkWriter, Pool
from corpus_search.engines.writing import Terms
from corpus_search.generations import Generations
from corpus_search.workers import results

ANALYZER = Analyzer()
SENTENCES = (
    "日美同盟与半导体的关系。", "战略能动性研究，第三章。", "𠮷野家 and alliances 2023", "海运的历史与现状", "的的的的的的",
)  # fmt: skip


def article(number: int) -> Article:
    doc_id = DocId(f"a{number:02}")
    texts = [SENTENCES[(number * step) % len(SENTENCES)] * (1 + number % 3) for step in range(1, 4)]
    paragraphs = tuple(Paragraph(address(doc_id, f"s1p{n}"), text, ()) for n, text in enumerate(texts, 1))
    section = Section(address(doc_id, "s1"), 1, texts[0], (), paragraphs=paragraphs)
    return Article(doc_id, metadata=Metadata(title=texts[1]), sections=(section,))


def indexed(folder: Path, numbers: range) -> None:
    folder.mkdir(exist_ok=True)
    fresh = not (folder / "CURRENT").exists()
    with create_index("whoosh", folder) if fresh else open_engine("whoosh", folder).writer() as writer:
        for number in numbers:
            writer.replace(*analyzed(article(number), ANALYZER))
        writer.set_state({"engine": "whoosh"})


def held(folder: Path) -> dict[tuple[str, str], list[tuple[DocId, int, int]]]:
    """Return all postings of an index, by field and term: document, place in it, and count."""
    engine = open_engine("whoosh", folder)
    assert isinstance(engine, SnapshotEngine)
    snapshot = engine._snapshot
    found = {}
    for field in ("words", "grams", "heading", "title", "in_title", "in_headings"):
        for term in snapshot.lexicon(field):
            numbers, counts = snapshot.postings(field, term)
            assert (np.diff(numbers) > 0).all()
            places = [(snapshot.doc_id(n), int(n - snapshot.article_of[n])) for n in numbers.tolist()]
            found[field, term] = sorted((*place, n) for place, n in zip(places, counts.tolist(), strict=True))
    return found


def segments(folder: Path) -> int:
    return len(list(Generations(folder).current().glob("*.seg")))


def test_a_writer_lets_go_of_its_postings_once_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed(tmp_path / "one", range(30))
    assert segments(tmp_path / "one") == 1
    most = 500
    seen: list[int] = []
    extend = Pool.extend

    def counted(pool: Pool, field: str, found: Terms, numbers: np.ndarray) -> None:
        extend(pool, field, found, numbers)
        seen.append(pool.postings)

    monkeypatch.setattr(writing, "_MOST_POSTINGS", most)
    monkeypatch.setattr(Pool, "extend", counted)
    indexed(tmp_path / "many", range(30))
    largest = max(len(analyzed(article(n), ANALYZER)[1]) for n in range(30)) * 400
    assert most < max(seen) < most + largest
    assert sum(before > after for before, after in pairwise(seen)) > 3
    assert held(tmp_path / "many") == held(tmp_path / "one")


def test_merging_takes_no_postings_into_memory_but_those_of_one_term(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed(tmp_path / "one", range(40))
    at_once: list[int] = []
    joined = bulk._joined

    def watched(terms: Iterator[Any]) -> Iterator[Any]:
        for term, posted in joined(terms):
            at_once.append(posted.size)
            yield term, posted

    monkeypatch.setattr(bulk, "_joined", watched)
    monkeypatch.setattr(bulk, "_MOST_SEGMENTS", 2)
    for start in range(0, 40, 8):
        indexed(tmp_path / "many", range(start, start + 8))
    assert segments(tmp_path / "many") <= 3
    assert held(tmp_path / "many") == held(tmp_path / "one")
    longest = max(len(numbers) for numbers in held(tmp_path / "one").values())
    assert 0 < max(at_once) <= longest


def test_what_is_merged_waits_in_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pools: list[int] = []
    flush = BulkWriter._flush_segment

    def watched(writer: BulkWriter) -> None:
        pools.append(writer.pool.postings)
        flush(writer)

    monkeypatch.setattr(BulkWriter, "_flush_segment", watched)
    indexed(tmp_path / "index", range(8))
    indexed(tmp_path / "index", range(8, 40))  # More than there was, which is merged into it.
    assert segments(tmp_path / "index") == 1
    indexed(tmp_path / "alone", range(8, 40))
    assert pools[1] == pools[2]


def test_a_deleted_document_is_left_out_of_a_merge(tmp_path: Path) -> None:
    indexed(tmp_path / "index", range(8))
    with open_engine("whoosh", tmp_path / "index").writer() as writer:
        writer.delete(DocId("a03"))
        for number in range(8, 30):
            writer.replace(*analyzed(article(number), ANALYZER))
        writer.set_state({"engine": "whoosh"})
    assert segments(tmp_path / "index") == 1
    (tmp_path / "other").mkdir()
    with create_index("whoosh", tmp_path / "other") as writer:
        for number in (0, 1, 2, *range(4, 30)):
            writer.replace(*analyzed(article(number), ANALYZER))
        writer.set_state({"engine": "whoosh"})
    assert held(tmp_path / "index") == held(tmp_path / "other")


def test_no_more_work_is_begun_than_is_waited_for() -> None:
    begun: list[int] = []

    class Pool:
        def submit(self, function: Any, piece: int) -> Future[int]:
            done: Future[int] = Future()
            done.set_result(function(piece))
            return done

    def work() -> Iterator[int]:
        for piece in range(20):
            begun.append(piece)
            yield piece

    found = results(Pool(), lambda piece: piece + 1, work(), ahead=4)  # type: ignore[arg-type]
    assert begun == []
    for taken, result in enumerate(found):
        assert result == taken + 1
        assert len(begun) <= taken + 4
    assert begun == list(range(20))


def test_a_long_text_has_its_length_counted_as_letters_are() -> None:
    text = folded_text("日美同盟, alliance_1 ½ ①。　“中”")
    one = analyzed(Article(DocId("d"), sections=(Section(address(DocId("d"), "s1"), 1, text, ()),)), ANALYZER)[1][0]
    assert one.length == sum(map(str.isalnum, one.folded))
