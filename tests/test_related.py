"""What is like a place, and who cites the same: with reasons, and never merged by mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus_search.analysis import folded_text
from corpus_search.errors import AddressError
from corpus_search.related.alike import distinctive, idf, like_article, related
from corpus_search.related.citing import citing
from corpus_search.related.works import read, work_keys
from tests.conftest import SEED, MakeCorpus, run_command


@pytest.mark.parametrize(
    "forms",
    [
        (
            "[3] 宋琪玲，齐义涛，赵轶鹏，等．自由空气中臭氧浓度升高对稻米物性的影响[J]．中国生态农业学报,2013,21(5): 566-571",
            "宋琪玲,齐义涛,赵轶鹏,等.自由空气中臭氧浓度升高对稻米物性的影响 [J].中国生态农业学报, 2013, 21(5):566",
        ),
        (
            "Belay TA,Totland, Moe S R.Ecosystem responses to woody plant encroachment in a semiarid savanna[J]. Plant Ecology, 2013,214(10): 1211.",
            "BELAY TA, TOTLAND, MOE S R. Ecosystem responses to woody plant encroachment in a semiarid savanna [J]. Plant Ecol, 2013.",
        ),
        (
            "Seo, M. G., & Bartunek, J. M. (2004). The role of affective experience in work motivation. AMR, 29, 423-439.",
            "Seo, M. G. & Bartunek, J. M. (2004) The role of affective experience in work motivation. Academy of Management Review.",
        ),
        ("Any words at all. doi:10.1016/j.cell.2010.01.001.", "Others, 2010. https://doi.org/10.1016/J.CELL.2010.01.001"),
        ("戰略能動與日美同盟之研究者. 日美同盟的戰略能動性研究[J]. 2020", "战略能动与日美同盟之研究者. 日美同盟的战略能动性研究[J]. 2020"),
    ],
)  # fmt: skip
def test_differing_forms_of_one_work_have_one_key(forms: tuple[str, str]) -> None:
    one, other = map(read, forms)
    assert one is not None
    assert other is not None
    assert one.key == other.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王若凡.黑河流域生态风险评价方法研究[J].安全,2013", "王若凡.黑河流域生态风险评价方法研究[J].安全,2014"),
        ("王若凡.黑河流域生态风险评价方法研究[J].安全,2013", "王若.黑河流域生态风险评价方法研究[J].安全,2013"),
        ("王若凡.黑河流域生态风险评价方法研究[J].安全,2013", "王若凡.黑河流域生态风险评价方法研究续[J].安全,2013"),
        (
            "Smith J. The history of everything that is known[M]. Oxford, 2001.",
            "Jones J. The history of everything that is known[M]. Oxford, 2001.",
        ),
        ("Any. doi:10.1016/j.cell.2010.01.001", "Any. doi:10.1016/j.cell.2010.01.002"),
    ],
)
def test_works_that_differ_in_anything_have_two_keys(one: str, other: str) -> None:
    first, second = read(one), read(other)
    assert first is not None
    assert second is not None
    assert first.key != second.key


@pytest.mark.parametrize(
    "text",
    ["", "同上。", "绪论[M]. 2001", "王某. 绪论[M]. 北京, 2001", "Smith J. Introduction[M]. 2001.", "见王某的书。",
     "王若凡.黑河流域生态风险评价方法研究[J].安全", "Yang, Y., Food-Specific Inhibition Training. Nutrients, 2022. 14(7).",
     "MaZJaXoCYtsfsieordgassoeseceofarshssidereaereitiieioBiology，2014,28(1）：150-158."],
)  # fmt: skip
def test_what_does_not_say_what_it_cites_has_no_key(text: str) -> None:
    assert read(text) is None


LIST = "\n\n参考文献\n\n[1] 王若凡.黑河流域生态风险评价方法研究[J].安全,2013.\n[2] 方创琳.天山北坡城市群发展战略思路{x}[J].地理,2019.\n"
FILES = {
    "a.txt": "海运简史\n\n一、头\n\n清代漕粮海运与沙船业，上海县的船商[1]。\n\n另有他事[2]。" + LIST.format(x="一"),
    "b.txt": "沙船业考\n\n一、头\n\n沙船业兴于漕粮海运，船商聚于上海县。" + LIST.format(x="二"),
    "c.txt": "铁路\n\n一、头\n\n机车与轨距，完全不同的事情[1]。" + LIST.format(x="三"),
    "d.txt": "钞本\n\n一、头\n\n清代漕粮海运与沙船业，上海县的船商[1]。\n",
    "e.txt": "园艺\n\n一、头\n\n牡丹与芍药。\n",
}


def test_each_passage_comes_with_its_reasons(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(dict(FILES))
    corpus.update()
    searcher = corpus.searcher()
    works = citing(searcher, corpus.index)
    found = related(searcher, works, "a#s1p1")
    by = {passage.address: passage for passage in found.passages}
    assert set(by) == {"b#s1p1", "c#s1p1"} or set(by) == {"b#s1p1", "c#s1p1", "b#s1"}
    alike, sharing = by["b#s1p1"], by["c#s1p1"]  # type: ignore[index]
    assert {"漕粮", "沙船业"} & set(alike.terms) or "海运" in alike.terms
    assert all(term in folded_text(FILES["b.txt"]) for term in alike.terms)
    assert sharing.terms == ()
    assert [work.title for work in sharing.works] == ["黑河流域生态风险评价方法研究"]
    assert sharing.works[0].articles == 3
    assert sharing.score == pytest.approx(idf(3, 5) ** 1.5)
    assert found.same == ("d#s1p1",)  # The same text is no news, and is said to stand there.
    assert not any(passage.about.doc_id == "a" for passage in found.passages)


def test_articles_are_coupled_by_the_works_that_both_cite(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(dict(FILES))
    corpus.update()
    searcher = corpus.searcher()
    works = citing(searcher, corpus.index)
    found = related(searcher, works, "a")
    assert {one.about.doc_id for one in found.coupled} == {"b", "c"}
    for one in found.coupled:
        shared = work_keys(searcher.article("a")) & work_keys(searcher.article(one.about.doc_id))
        assert {work.key for work in one.works} == shared
        assert one.score == pytest.approx(sum(idf(work.articles, 5) for work in one.works))
    assert [one.about.doc_id for one in found.articles][:2] in (["d", "b"], ["b", "d"])
    alike = next(one for one in found.articles if one.about.doc_id == "b")
    assert [work.title for work in alike.works] == ["黑河流域生态风险评价方法研究"]
    assert "e" not in {one.about.doc_id for one in found.articles}
    assert [one.about.doc_id for one in like_article(searcher, searcher.article("a"), limit=1)] == [
        found.articles[0].about.doc_id
    ]


def test_a_section_a_note_and_an_abstract_are_asked_for_by_their_words(seed_searcher: object, home: Path) -> None:
    for fragment in ("s1.2", "fn8", "abstract", "keywords"):
        done = run_command(home, "related", f"{SEED.stem}#{fragment}", "--json")
        assert done.returncode == 1, done.stderr  # There is no other article.
        answer = json.loads(done.stdout)
        assert answer["passages"] == answer["coupled"] == []
        assert answer["terms"]


def test_no_such_place_is_an_error(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "题目\n\n一、头\n\n正文，的的的。"})
    corpus.update()
    works = citing(corpus.searcher(), corpus.index)
    for address in ("nothing", "a#s9"):
        with pytest.raises(AddressError):
            related(corpus.searcher(), works, address)
    with pytest.raises(AddressError, match="no word stands there"):
        related(corpus.searcher(), works, "a#s1p1")


def test_what_is_cited_is_kept_until_the_index_changes(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(dict(FILES))
    corpus.update()
    first = citing(corpus.searcher(), corpus.index)
    kept = list(corpus.index.glob("citing-*.json"))
    assert len(kept) == 1
    assert citing(corpus.searcher(), corpus.index) == first
    kept[0].write_text("{", "utf-8")
    assert citing(corpus.searcher(), corpus.index) == first
    (corpus.folder / "c.txt").unlink()
    corpus.update()
    again = citing(corpus.searcher(), corpus.index)
    assert "c" not in again.of
    assert list(corpus.index.glob("citing-*.json")) != kept
    assert all("c" not in documents for documents in again.by.values())


def test_distinctive_words_are_rare_elsewhere_and_frequent_here(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {f"{i}.txt": f"题{i}\n\n一、头\n\n日本的事情。{'沙船业。' if i < 2 else ''}" for i in range(6)}
    )
    corpus.update()
    found = distinctive(corpus.searcher(), "日本的沙船业，沙船业 x4 2020 https://www.a.org 独此一处词", 5)
    assert next(iter(found)).startswith("沙船")
    assert not {"的", "x4", "2020", "www"} & set(found)
    assert list(found.values()) == sorted(found.values(), reverse=True)
