"""tantivy keeps what Whoosh keeps: the same counts, runs, hits and scores, whatever was changed on the way."""

from __future__ import annotations

import contextlib
import gc
import random
import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tantivy

from corpus_search.corpus import Corpus
from corpus_search.doctor import examine
from corpus_search.engine import Sort
from corpus_search.engines.tantivy.writer import TantivyWriter, _failing_as_disk
from corpus_search.errors import IndexDamagedError, SearchIndexError
from corpus_search.results import Group
from corpus_search.search import Searcher
from tests.conftest import SEED, MakeCorpus

CHARACTERS = "战略同盟研究 的a1Ωé\n𠮷。"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Searcher]]:
    """The seed and made-up texts, in an index of each engine that has seen changes and deletions."""
    folder = tmp_path_factory.mktemp("both")
    rng = random.Random(11)
    names = [f"{n:02}.txt" for n in range(40)]

    def written(size: int) -> str:
        return (
            "一、题\n" + "".join(rng.choices(CHARACTERS, [9, 7, 5, 5, 3, 3, 4, 9, 2, 2, 1, 1, 1, 1, 3], k=size)) + "\n"
        )

    texts = {name: written(rng.choice((3, 30, 90, 900, 4000))) for name in names}
    texts[names[0]] = "的" * 9000  # More of one than any text has.
    changed = {name: written(200) for name in names[5:9]}
    found = {}
    for engine in ("whoosh", "tantivy"):
        corpus = Corpus(folder / f"corpus-{engine}", folder / engine, engine=engine)
        corpus.folder.mkdir()
        (corpus.folder / SEED.name).write_bytes(SEED.read_bytes())
        for name, text in texts.items():
            (corpus.folder / name).write_text(text, "utf-8")
        corpus.update()
        for name, text in changed.items():
            (corpus.folder / name).write_text(text, "utf-8")
        for name in names[10:13]:
            (corpus.folder / name).unlink()
        corpus.update()
        found[engine] = corpus.searcher()
    yield found
    for searcher in found.values():
        searcher.close()


def _snapshots(both: dict[str, Searcher]) -> tuple[Any, Any]:
    return tuple(searcher._engine._snapshot for searcher in both.values())  # type: ignore[attr-defined]


def test_what_a_text_has_is_counted_as_it_stands(both: dict[str, Searcher]) -> None:
    whoosh, tantivy = _snapshots(both)
    assert both["whoosh"]._engine.terms() == both["tantivy"]._engine.terms()
    for field in ("words", "heading", "title", "grams"):
        for term in whoosh.lexicon(field):
            # Documents are numbered otherwise where some were deleted.
            counts = [Counter(one.postings(field, term).counts.tolist()) for one in (whoosh, tantivy)]
            assert counts[0] == counts[1], (field, term)


def test_runs_stand_where_a_scan_finds_them(both: dict[str, Searcher]) -> None:
    verdict = both["tantivy"].verify(samples=400, seed=3)
    assert verdict.good, verdict.told
    assert verdict.runs == 400


QUERIES = [
    "战略", "同盟 研究", "“战略同盟”", "战略同盟的研究", "战*盟", "a1", "战略 AND (同盟 OR 研究)", "同盟 -战略", "战略 NEAR/5 同盟",
    "日美同盟与经济战略", "title:经济", "heading:题 战略", "note:参见", "kind:note 同盟", "“𠮷。”", "é", "a", "1a", "“a 的”", "a1Ωé", "allies", "“US alliance”", "alliance~1", "战略能动 巴统",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_hits_scores_and_facets_are_the_same(both: dict[str, Searcher], query: str) -> None:
    for options in (
        {},
        {"group": Group.ARTICLE},
        {"exact_script": True},
        {"sort": Sort.YEAR},
        {"offset": 7, "limit": 5},
    ):
        one, other = (searcher.search(query, explain=True, **options) for searcher in both.values())
        assert one.total == other.total
        for mine, theirs in zip(one.hits, other.hits, strict=True):
            assert (mine.address, mine.tier, mine.passages) == (theirs.address, theirs.tier, theirs.passages)
            assert mine.score == pytest.approx(theirs.score, abs=1e-6)
            assert [(p.field, p.term) for p in mine.parts] == [(p.field, p.term) for p in theirs.parts]
    for group in Group:
        one_facets, other_facets = (searcher.facets(query, group=group) for searcher in both.values())
        assert one_facets == other_facets


def test_an_interrupted_change_leaves_the_index_as_it_was(
    make_corpus: MakeCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_corpus({"a.txt": "一、海运\n论海运。\n"})
    corpus = Corpus(made.folder, tmp_path / "fast", engine="tantivy")
    corpus.update()
    (corpus.folder / "b.txt").write_text("一、铁路\n论铁路。\n", "utf-8")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("corpus_search.engines.tantivy.writer.write_state", stop)
        with pytest.raises(KeyboardInterrupt):
            corpus.update()
    assert corpus.searcher().documents() == ("a",)
    corpus.update()
    assert corpus.searcher().documents() == ("a", "b")
    assert corpus.searcher().search("铁路").total == 2


def test_a_document_that_came_in_part_goes_when_a_first_run_is_stopped(
    make_corpus: MakeCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {f"{n}.txt": f"一、海运\n论海运。\n二、铁路\n论铁路{n}。\n" for n in range(6)}
    corpus = Corpus(make_corpus(texts).folder, tmp_path / "fast", engine="tantivy")
    made, document = 0, tantivy.Document

    def stopping() -> Any:
        nonlocal made
        made += 1
        if made == 12:  # Within a document, after some of its chunks.
            raise KeyboardInterrupt
        return document()

    with monkeypatch.context() as patch:
        patch.setattr("corpus_search.engines.tantivy.writer.tantivy.Document", stopping)
        assert corpus.update(workers=1).stopped
    searcher = corpus.searcher()
    assert 0 < len(searcher.documents()) < len(texts)
    assert searcher.verify(samples=30, seed=1).good
    corpus.update()
    assert len(corpus.searcher().documents()) == len(texts)


def test_a_doctor_sees_a_byte_that_changed(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    made = make_corpus({"a.txt": "一、海运\n论海运的历史与现状。\n"})
    corpus = Corpus(made.folder, tmp_path / "fast", engine="tantivy")
    corpus.update()
    assert not any(finding.broken for finding in examine(corpus))
    (path,) = corpus.index.glob("gen-*/*.postings")
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.unlink()
    path.write_bytes(data)
    assert [path.name in finding.message for finding in examine(corpus) if finding.broken] == [True]


def test_broken_files_are_a_damaged_index_and_no_panic(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    made = make_corpus({f"{n}.txt": "一、海运\n论海运的历史与现状，以及其他的事情。\n" * 9 for n in range(3)})
    corpus = Corpus(made.folder, tmp_path / "fast", engine="tantivy")
    corpus.update()
    rng = random.Random(1)
    for path in sorted(next(corpus.index.glob("gen-*")).iterdir()):
        data = path.read_bytes()
        if path.name == "state.json" or not data:
            continue
        for _ in range(6):
            broken = bytearray(data)
            for _ in range(3):
                broken[rng.randrange(len(broken))] ^= rng.randrange(1, 256)
            path.unlink()
            path.write_bytes(broken)
            # A byte that nothing depends on may go unnoticed.
            with contextlib.suppress(IndexDamagedError):
                searcher = Searcher(corpus.index, engine="tantivy")
                searcher.search("海运 “历史与现状”")
                searcher.verify(samples=3, seed=1)
        path.write_bytes(data)


def test_a_full_disk_is_told_as_one(make_corpus: MakeCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = Corpus(make_corpus({"a.txt": "甲。"}).folder, tmp_path / "fast", engine="tantivy")

    def fail(*_: object) -> None:
        raise ValueError("An IO error occurred: 'No space left on device'")

    monkeypatch.setattr(TantivyWriter, "commit", lambda self: _failing(fail))
    with pytest.raises(SearchIndexError, match=r"the index cannot be written .*No space left"):
        corpus.update()


def _failing(fail: Any) -> None:
    with _failing_as_disk():
        fail()


def test_an_index_that_nobody_reads_any_more_is_let_go_at_once(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    corpus = make_corpus({"a.txt": SEED.read_bytes()})
    other = Corpus(corpus.folder, tmp_path / "other", engine="tantivy")
    other.update()
    searcher = Searcher(other.index, engine="tantivy")
    searcher.warm_up()
    assert searcher.search("战略").hits
    left = weakref.ref(searcher._engine._snapshot)  # type: ignore[attr-defined]
    gc.disable()  # A server keeps what it has at first from being looked at for garbage.
    try:
        searcher.close()
        del searcher
        assert left() is None
    finally:
        gc.enable()
