"""What is like a place, and who cites the same: with reasons, and never merged by mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus_search.analysis import folded_text
from corpus_search.errors import AddressError
from corpus_search.related.alike import distinctive, idf, like_article, related
from tests.conftest import SEED, MakeCorpus, run_command

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
    found = related(searcher, searcher.works(), "a#s1p1")
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
    found = related(searcher, searcher.works(), "a")
    assert {one.about.doc_id for one in found.coupled} == {"b", "c"}
    for one in found.coupled:
        for work in one.works:
            cited, _ = searcher.works().work(work.key)
            assert {"a", one.about.doc_id} <= {place.doc_id for place in cited.places}
            assert work.articles == len({place.doc_id for place in cited.places})
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
    searcher = corpus.searcher()
    for address in ("nothing", "a#s9"):
        with pytest.raises(AddressError):
            related(searcher, searcher.works(), address)
    with pytest.raises(AddressError, match="no word stands there"):
        related(searcher, searcher.works(), "a#s1p1")


def test_a_note_shares_its_work_where_it_stands_and_an_entry_where_it_is_called(make_corpus: MakeCorpus) -> None:
    work = "朱锋：《东亚安全秩序的未来》，《国际问题研究》2019年第3期，第12页。"
    entry = "[1] 朱锋.东亚安全秩序的未来[J].国际问题研究,2019(3).\n"
    corpus = make_corpus({
        "asked.txt": f"问\n\n一、头\n\n牡丹与芍药。\n\n半导体如何？①\n\n注释\n\n① {work}\n",
        "tied.txt": f"答\n\n一、头\n\n机车与轨距。\n\n众说纷纭。①\n\n注释\n\n① {work}\n",
        "called.txt": f"列\n\n一、头\n\n有人说过[1]。\n\n参考文献\n\n{entry}",
        "words.txt": "词\n\n一、头\n\n牡丹与半导体。\n",  # What stands nowhere else leads nowhere.
        "uncalled.txt": f"表\n\n一、头\n\n没人说过。\n\n参考文献\n\n{entry}",
    })  # fmt: skip
    corpus.update()
    searcher = corpus.searcher()
    found = related(searcher, searcher.works(), "asked#s1p2")
    assert {passage.address for passage in found.passages if passage.works} == {"tied#s1p2", "called#s1p1"}
    assert {one.about.doc_id for one in found.coupled} == {"tied", "called", "uncalled"}
    assert {work.articles for one in found.coupled for work in one.works} == {4}
    assert related(searcher, searcher.works(), "asked#fn1").coupled == found.coupled
    assert related(searcher, searcher.works(), "asked#s1p1").coupled == ()


def test_nobody_is_told_to_cite_the_same_once_it_is_gone(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(dict(FILES))
    corpus.update()
    assert [one.about.doc_id for one in corpus.related("a").coupled] == ["b", "c"]
    (corpus.folder / "c.txt").unlink()
    corpus.update()
    corpus.refresh()
    assert [one.about.doc_id for one in corpus.related("a").coupled] == ["b"]
    assert corpus.related("a").coupled[0].works[0].articles == 2


def test_distinctive_words_are_rare_elsewhere_and_frequent_here(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {f"{i}.txt": f"题{i}\n\n一、头\n\n日本的事情。{'沙船业。' if i < 2 else ''}" for i in range(6)}
    )
    corpus.update()
    found = distinctive(corpus.searcher(), "日本的沙船业，沙船业 x4 2020 https://www.a.org 独此一处词", 5)
    assert next(iter(found)).startswith("沙船")
    assert not {"的", "x4", "2020", "www"} & set(found)
    assert list(found.values()) == sorted(found.values(), reverse=True)
