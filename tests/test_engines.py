"""Engines are found by name: ours, and those that others install; an index follows the engine that is asked for."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus_search import engines
from corpus_search.analysis import Analyzer
from corpus_search.analyzed import analyzed
from corpus_search.article import Article, DocId, Section, address
from corpus_search.cli import commands
from corpus_search.corpus import Corpus
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines import ENGINES, GROUP, LARGE, create_index, engine_names, missed, open_engine
from corpus_search.errors import CorpusSearchError, IndexDamagedError
from tests.conftest import ROOT, MakeCorpus

TEXT = "一、海运\n论海运的历史与现状，以及其他的事情。\n"


def test_the_package_declares_the_engines_that_it_knows() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][GROUP]
    assert declared == engines._OURS


def test_an_unknown_engine_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CorpusSearchError, match="there is no engine 'nutch'; there is whoosh, tantivy"):
        open_engine("nutch", tmp_path)


def test_an_engine_whose_extra_is_missing_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("corpus_search.engines.tantivy")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tantivy", None)
    with pytest.raises(CorpusSearchError, match=r"'tantivy' is not installed; pip install 'corpus-search\[fast\]'"):
        create_index("tantivy", tmp_path)


def test_an_engine_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines._OURS, "broken", "corpus_search.engines:Nothing")
    with pytest.raises(
        CorpusSearchError, match=r"the engine 'broken' \(corpus_search.engines:Nothing\) cannot be loaded"
    ):
        open_engine("broken", tmp_path)


def test_a_third_party_adds_an_engine_by_an_entry_point(
    tmp_path: Path, make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages"
    metadata = installed / "their_engine-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: their-engine\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\ntheirs = their_engine:TheirEngine\n")
    (installed / "their_engine.py").write_text(
        "from corpus_search.engines.whoosh import WhooshEngine\n\n\nclass TheirEngine(WhooshEngine):\n    name = 'theirs'\n"
    )
    monkeypatch.syspath_prepend(installed)
    assert engine_names() == (*ENGINES, "theirs")
    files = make_corpus({"a.txt": TEXT})
    corpus = Corpus(files.folder, tmp_path / "theirs", engine="theirs")
    corpus.update()
    results = corpus.searcher().search("海运")
    assert (results.engine, results.total) == ("theirs", 2)
    assert corpus.searcher().state.engine == "theirs"


def test_another_engine_makes_the_index_anew_from_the_corpus(make_corpus: MakeCorpus, said: list[str]) -> None:
    one = make_corpus({"a.txt": TEXT})
    one.update()
    for name, before in (("tantivy", "whoosh"), ("whoosh", "tantivy")):
        corpus = Corpus(one.folder, one.index, engine=name, say=said.append)
        with pytest.raises(IndexDamagedError, match=f"holds the index of another engine, {before}"):
            corpus.searcher()
        summary = corpus.update()
        assert summary.rebuilt == "another engine"
        assert f"made by {before}; rebuilding it with {name}" in said[-1]
        assert corpus.searcher().search("海运").engine == name
        assert corpus.update().rebuilt is None


def test_an_index_of_another_engine_is_rebuilt_when_it_is_asked(make_corpus: MakeCorpus, said: list[str]) -> None:
    one = make_corpus({"a.txt": TEXT})
    one.update()
    corpus = Corpus(one.folder, one.index, engine="tantivy", say=said.append)
    corpus.refresh()
    assert corpus.searcher().search("海运").total == 2
    assert "has an index of another engine" in said[-1]


def test_a_large_library_is_told_of_the_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missed(LARGE) is None  # It is installed for the tests.
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == "tantivy" else object())
    assert missed(LARGE - 1) is None
    told = missed(LARGE) or ""
    assert told.startswith("20,000 chunks are many: pip install 'corpus-search[fast]'")
    assert "\n" not in told


def test_indexing_a_large_library_says_what_it_would_gain(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus({"a.txt": TEXT})
    monkeypatch.setattr(engines, "LARGE", 2)
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    run = [CliRunner().invoke(commands, ["index", str(corpus.folder), "--index", str(corpus.index)]) for _ in range(2)]
    assert [one.exit_code for one in run] == [0, 0]
    assert ["corpus-search[fast]" in one.stderr for one in run] == [True, False]  # Where nothing changed, it is quiet.


def test_an_engine_that_prepares_nothing_gets_documents_as_they_were_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain_engine.py").write_text("class PlainEngine:\n    name = 'plain'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(engines._OURS, "plain", "plain_engine:PlainEngine")
    article = AnalyzedArticle(Article(DocId("a")), "", "", "")
    replaced: list[object] = []

    class Plain:
        def replace(self, analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> None:
            replaced.append((analyzed, chunks))

        def delete(self, doc_id: DocId) -> None: ...

        def set_state(self, state: Mapping[str, object]) -> None: ...

    engines.put(Plain(), engines.preparer("plain")(article, ()))
    assert replaced == [(article, ())]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_name_of_a_document_may_hold_any_sign(engine: str, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    ids = [DocId(name) for name in ("a\x1fb", "a b", "a", "b\x1e", "研究")]
    with create_index(engine, tmp_path / "index") as writer:
        for doc_id in ids:
            section = Section(address(doc_id, "s1"), 1, "海运")
            writer.replace(*analyzed(Article(doc_id, sections=(section,)), Analyzer()))
        writer.set_state({"engine": engine})
    with open_engine(engine, tmp_path / "index").writer() as writer:
        writer.delete(ids[0])
        writer.set_state({"engine": engine})
    index = open_engine(engine, tmp_path / "index")
    assert index.documents() == tuple(sorted(ids[1:]))
    assert index.holding(["海运"]) == set(ids[1:])
