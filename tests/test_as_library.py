"""The package as a Python user meets it: one class, typed options, plain dicts and tables, nothing loaded too early."""

from __future__ import annotations

import ast
import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import corpus_search
from corpus_search import AddressError, Corpus, CorpusError, Hit, OptionError, PackageError, QueryError
from corpus_search.article import Note
from corpus_search.cite import EXPORTS
from corpus_search.concordance import COLUMNS as LINE_COLUMNS
from corpus_search.records import article_record, note_record
from corpus_search.results import COLUMNS
from tests.conftest import ROOT, SEED

DOC = SEED.stem


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with `papers` in it."""
    (tmp_path / "papers").mkdir()
    shutil.copy(SEED, tmp_path / "papers")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "papers"


# --- one class -----------------------------------------------------------------------------------------------


def test_a_folder_named_by_a_string_is_indexed_when_first_asked_where_the_command_line_would(papers: Path) -> None:
    corpus = Corpus("papers")
    assert not (papers.parent / "index").exists()
    hits = corpus.search("战略能动", kind="note", limit=2).hits
    assert [hit.address for hit in hits] == [f"{DOC}#fn8", f"{DOC}#fn35"]
    assert (papers.parent / "index" / "CURRENT").exists()
    corpus.close()


def test_the_first_question_brings_the_index_up_to_date_and_refresh_a_later_one(papers: Path) -> None:
    with Corpus("papers") as corpus:
        assert corpus.search("海运").total == 0
        (papers / "b.txt").write_text("一、海运\n论海运的历史与现状。\n", "utf-8")
        assert corpus.search("海运").total == 0
        corpus.refresh()
        assert corpus.search("海运").total == 2
    with Corpus("papers") as again:
        (papers / "c.txt").write_text("一、海运\n海运的将来。\n", "utf-8")
        assert again.search("海运").total == 4


def test_what_cannot_be_read_is_logged_when_the_first_question_is_asked(
    papers: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (papers / "c.docx").write_bytes(b"no document")
    with Corpus("papers") as corpus, caplog.at_level(logging.WARNING):
        assert corpus.search("战略能动").total
    assert [record.message.partition(":")[0] for record in caplog.records] == ["c.docx"]


def test_an_index_that_cannot_be_renewed_still_answers_and_says_so(papers: Path) -> None:
    said: list[str] = []
    Corpus("papers").update()
    papers.rename(papers.with_name("elsewhere"))
    with Corpus("papers", say=said.append) as corpus:
        assert corpus.search("战略能动").total
    assert said[0].endswith("searching what was indexed before")
    with pytest.raises(CorpusError, match="there is no such folder"):
        Corpus("nowhere", "other").search("战略能动")


def test_a_closed_corpus_can_be_asked_again(papers: Path) -> None:
    with Corpus(papers) as corpus:
        first = corpus.search("战略能动")
    assert corpus.search("战略能动").hits == first.hits
    corpus.close()
    corpus.close()


# --- questions -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(SEED.parent, tmp_path_factory.mktemp("library") / "index")


def test_results_are_gone_through_and_limited_and_grouped(corpus: Corpus) -> None:
    hits: list[Hit] = list(corpus.search("战略能动", kind=["note", "abstract"], year=2023, author="卢昊", doc=DOC))
    assert {hit.chunk.kind for hit in hits} == {"note", "abstract"}
    everything = corpus.search("战略能动", limit=None)
    assert len(everything.hits) == everything.total > 10
    grouped = corpus.search("战略能动", group="article")
    assert (grouped.total, grouped.hits[0].passages) == (1, everything.total)
    assert [hit.rank for hit in corpus.search("战略能动", offset=4, limit=2)] == [5, 6]
    assert corpus.search("戰略", exact_script=True).total == 0 < corpus.search("戰略").total


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "notes"}, "kind: one of these is expected, not 'notes': 'front', 'abstract'"),
        ({"kind": []}, "kind: at least one value is expected"),
        ({"year": "2020..2023"}, "year: a year is expected, as 2023, not '2020..2023'; a range is year:2020..2023"),
        ({"sort": "date"}, "sort: one of these is expected, not 'date': 'relevance', 'year', 'position'"),
        ({"group": "author"}, "group: one of these is expected, not 'author': 'article'"),
        ({"limit": -1}, "limit: a whole number of 0 or more is expected, not -1"),
        ({"limit": True}, "limit: a whole number of 0 or more is expected, not True"),
        ({"offset": "3"}, "offset: a whole number of 0 or more is expected, not '3'"),
    ],
)
def test_an_option_that_there_is_not_is_named_with_those_there_are(
    corpus: Corpus, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError) as caught:
        corpus.search("同盟", **options)
    assert str(caught.value).startswith(message)
    assert isinstance(caught.value, ValueError)


def test_errors_are_those_of_the_command_line(corpus: Corpus) -> None:
    with pytest.raises(QueryError):
        corpus.search("“同盟")
    with pytest.raises(AddressError, match="no such document"):
        corpus.show("nothing#s1")
    with pytest.raises(OptionError, match="style: one of these"):
        corpus.cite(DOC, style="mla")
    with pytest.raises(OptionError, match="form: one of these"):
        corpus.export(corpus.search("同盟"), "xlsx")


def test_a_place_is_shown_with_its_text_and_page_and_record(corpus: Corpus) -> None:
    note = corpus.show(f"{DOC}#fn7")
    assert (note.text, note.page) == ("同上。", 16)
    assert isinstance(note.place, Note)
    assert note.record() == note_record(note.place)
    section = corpus.show(f"{DOC}#s1.1")
    assert section.blocks[0].text.startswith("（一）以应对乌克兰危机")
    assert [block.address for block in section.blocks] == [f"{DOC}#s1.1", f"{DOC}#s1.1p1", f"{DOC}#s1.1p2"]
    whole = corpus.show(DOC)
    assert whole.record() == {**article_record(whole.article), "paths": [SEED.name]}
    for paragraph in whole.article.paragraphs():
        assert paragraph.text in whole.text
    for one in whole.article.notes:
        assert one.text in whole.text
    assert len(repr(whole)) < 200


def test_an_outline_has_the_headings_with_their_places(corpus: Corpus) -> None:
    outline = corpus.outline(DOC)
    assert (outline.notes, outline.references, outline.pages) == (37, 0, (13, 29))
    found = {str(heading.address): heading for heading in outline.headings}
    assert (found[f"{DOC}#s1.2"].level, found[f"{DOC}#s1.2"].page, found[f"{DOC}#s1.2"].paragraphs) == (2, 16, 2)
    for heading in outline.headings:
        assert corpus.show(heading.address).article.doc_id == DOC
    for part in outline.parts:
        assert corpus.show(part).text


def test_citations_completions_exports_and_the_status_are_there(corpus: Corpus) -> None:
    assert corpus.cite(f"{DOC}#fn7").text == "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 2023(5): 16, 注③."
    assert corpus.complete("zhanl", limit=2) == ("战略", "战略性")
    results = corpus.search("林芳正")
    assert "TI  - 乌克兰危机下的日美同盟形势与战略影响" in corpus.export(results, "ris")
    assert all(corpus.export(results, form) for form in EXPORTS)
    assert corpus.status()["documents"] == 1


def test_the_quotations_of_a_draft_are_checked(corpus: Corpus) -> None:
    found = corpus.check("他说：“全力支持美国的军事部署计划”，又说：“全力支持美国的军事部署方案”。")
    assert [one.verdict.mark for one in found.quotations] == ["verbatim", "altered"]
    assert found.quotations[0].verdict.places[0].address == f"{DOC}#s1.2p1"


def test_everything_that_is_answered_is_plain_json(corpus: Corpus) -> None:
    results, address = corpus.search("战略能动", group="article"), f"{DOC}#fn7"
    answers = [
        results.record(explain=True), corpus.concordance("依托").record(), corpus.show(address).record(),
        corpus.show(DOC).record(), corpus.show(f"{DOC}#front").record(), corpus.outline(DOC).record(),
        corpus.cite(address).record(), corpus.status(), results.receipt().record(),
        corpus.replay(results.receipt()).record(), corpus.check("“全力支持美国的军事部署方案”").record(),
    ]  # fmt: skip
    for answer in answers:
        json.dumps(answer)


# --- tables --------------------------------------------------------------------------------------------------


def test_hits_become_a_table_with_whole_numbers_and_missing_values(corpus: Corpus) -> None:
    table = corpus.search("战略能动", limit=None).to_frame()
    assert tuple(table.columns) == COLUMNS
    assert {str(table[name].dtype) for name in ("rank", "year", "page", "passages")} == {"Int64"}
    assert table["passages"].isna().all()
    assert corpus.search("alliance").to_frame()["page"].isna().any()  # Of the English abstract it is not known.
    assert list(table["rank"]) == list(range(1, len(table) + 1))
    assert set(table["authors"]) == {"卢昊; 赵家敏"}
    assert {type(cell) for cell in table["kind"]} == {str}
    notes = table[table["kind"] == "note"]
    assert len(notes) == corpus.search("战略能动", kind="note").total
    assert list(corpus.search("战略能动", group="article").to_frame()["passages"]) == [len(table)]


def test_a_table_without_rows_has_the_same_columns_and_types(corpus: Corpus) -> None:
    full, empty = corpus.search("战略能动").to_frame(), corpus.search("阿司匹林").to_frame()
    assert len(empty) == 0
    assert list(empty.dtypes.items()) == list(full.dtypes.items())


def test_a_concordance_becomes_a_table_too(corpus: Corpus) -> None:
    table = corpus.concordance("依托", sort="right").to_frame()
    assert tuple(table.columns) == LINE_COLUMNS
    assert len(table) == 12
    assert set(table["match"]) == {"依托"}


def test_without_pandas_the_error_names_it_and_how_to_install_it(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(PackageError, match=r"package pandas; `pip install 'corpus-search\[pandas\]'`"):
        corpus.search("战略能动").to_frame()


# --- the package itself --------------------------------------------------------------------------------------


def test_importing_the_package_loads_no_other_module_of_it() -> None:
    code = "import sys, corpus_search; print([m for m in sys.modules if m.startswith('corpus_search.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_importing_the_class_loads_neither_engine_nor_parser_nor_pages() -> None:
    code = "import sys; from corpus_search import Corpus; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    heavy = {"numpy", "whoosh", "jieba", "flask", "lxml", "citeproc", "pandas", "mcp", "corpus_search.parse"}
    assert not heavy & set(done.stdout.split())


def test_every_public_name_is_loaded_and_is_what_a_type_checker_is_told() -> None:
    tree = ast.parse((ROOT / "src/corpus_search/__init__.py").read_text("utf-8"))
    told: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("corpus_search."):
            told |= {alias.name: node.module for alias in node.names}
    assert set(told) == set(corpus_search.__all__) - {"__version__"}
    for name, module in told.items():
        assert getattr(corpus_search, name) is getattr(sys.modules[module], name)
        assert corpus_search._HOMES[name] == module.removeprefix("corpus_search.")
    assert set(corpus_search.__all__) <= set(dir(corpus_search))
    with pytest.raises(AttributeError, match="has no attribute 'Corpse'"):
        _ = corpus_search.Corpse
    assert (ROOT / "src/corpus_search/py.typed").exists()
