"""Facets count what choosing their values finds, and what is chosen limits the hits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from corpus_search.article import Kind
from corpus_search.corpus import Corpus
from corpus_search.query import FACETS, Field, Filters
from corpus_search.results import Group
from corpus_search.search import Searcher


def _article(title: str, authors: str, year: int, keywords: str, body: str, note: str) -> str:
    return (
        f"---\ntitle: {title}\nauthor: [{authors}]\ndate: {year}\n---\n\n摘要：论{title}。\n\n关键词：{keywords}\n\n"
        f"# 一、引言\n\n{body}[^1]\n\n# 二、结语\n\n同盟的结语。\n\n[^1]: {note}\n"
    )


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("facets")
    files = {
        "a.md": _article("同盟论", "王明, 李华", 2020, "同盟；战略", "同盟与战略。", "参见王明《同盟》，第3页。"),
        "b.md": _article("战略论", "王明", 2021, "战略", "战略，不谈别的。", "《战略》，第5页。"),
        "c.md": _article("经济论", "陈文", 2021, "经济；同盟", "经济与同盟，同盟与经济。", "《經濟同盟》，第7页。"),
        "d.md": "没有作者也没有年份的一篇，谈同盟。\n",
    }
    (folder / "corpus").mkdir()
    for name, text in files.items():
        (folder / "corpus" / name).write_text(text, "utf-8")
    corpus = Corpus(folder / "corpus", folder / "index")
    corpus.update()
    found = corpus.searcher()
    yield found
    found.close()


LIMITS: list[Filters] = [
    {},
    {Field.YEAR: frozenset({"2021"})},
    {Field.KIND: frozenset({"body", "note"})},
    {Field.AUTHOR: frozenset({"王明"}), Field.KIND: frozenset({"note"})},
    {Field.KEYWORD: frozenset({"战略", "经济"}), Field.YEAR: frozenset({"2020", "2021"})},
    {Field.DOC: frozenset({"c"})},
]


@pytest.mark.parametrize("group", Group)
@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("query", ["同盟", "同盟 战略", "“同盟”", "同盟 -经济", "战略 AND 同盟", "kind:note 同盟"])
def test_a_count_is_what_choosing_the_value_finds(
    searcher: Searcher, query: str, limits: Filters, group: Group
) -> None:
    facets = searcher.facets(query, filters=limits, group=group)
    assert [facet.field for facet in facets] == list(FACETS)
    for facet in facets:
        for value, count in facet.values:
            alone = {**limits, facet.field: frozenset({value})}
            assert searcher.search(query, filters=alone, group=group, limit=0).total == count, (facet.field, value)


def test_values_of_a_facet_add_up_and_facets_narrow_each_other(searcher: Searcher) -> None:
    def found(**chosen: str) -> set[str]:
        filters = {Field(name): frozenset(values.split()) for name, values in chosen.items()}
        return {hit.chunk.doc_id for hit in searcher.search("同盟", filters=filters, limit=100).hits}

    assert found() == {"a", "b", "c", "d"}
    assert found(year="2020") == {"a"}
    assert found(year="2020 2021") == {"a", "b", "c"}
    assert found(year="2020 2021", author="陈文") == {"c"}
    assert found(author="王") == set()  # A value is meant whole.


def test_years_come_from_the_latest_and_others_by_their_hits(searcher: Searcher) -> None:
    by_field = {facet.field: facet for facet in searcher.facets("同盟")}
    assert [value for value, _ in by_field[Field.YEAR].values] == ["2021", "2020"]
    counts = [count for _, count in by_field[Field.AUTHOR].values]
    assert counts == sorted(counts, reverse=True)
    assert {value for value, _ in by_field[Field.KIND].values} <= set(Kind)


def test_a_long_facet_keeps_what_is_chosen_and_says_how_many_it_leaves_out(searcher: Searcher) -> None:
    keywords = next(
        facet
        for facet in searcher.facets("同盟 战略 经济", filters={Field.KEYWORD: frozenset({"没有"})}, limit=1)
        if facet.field is Field.KEYWORD
    )
    assert [value for value, _ in keywords.values][-1] == "没有"
    assert len(keywords.values) == 2
    assert keywords.left_out == 2


@pytest.mark.parametrize(
    ("query", "looser"),
    [
        ("“同盟经济论”", "同盟经济论"),
        ("title:同盟论 AND 经济学", "同盟论 经济学"),
        ("军事同盟体系", '"同盟"'),
        ("量子", None),
    ],
)
def test_a_query_that_finds_nothing_is_loosened_until_it_does(
    searcher: Searcher, query: str, looser: str | None
) -> None:
    found = searcher.loosened(query)
    assert (found and found[0]) == looser
    if found:
        assert searcher.search(found[0]).total == found[1] > 0
