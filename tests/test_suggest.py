"""What else might have been meant: offered where nothing was found, and never in place of what was asked."""

from __future__ import annotations

import pytest

from corpus_search.search import Searcher
from corpus_search.suggest import reading, typed
from tests.conftest import MakeCorpus


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("zhanlüe nengdong", "战略能动"),
        ("zhanlve", "战略"),
        ("zhanlue", "战略"),
        ("rimei tongmeng", "日美同盟"),
        ("rimeitongmeng", "日美同盟"),
        ("bandaoti", "半导体"),
        ("站略", "战略"),
        ("合坐", "合作"),
        ("aliance", "Alliance"),
        ("Rapidis", "Rapidus"),
        ("R\u0430pidus", "Rapidus"),
        ("一万", None),
        ("xyzzyq", None),
    ],
)
def test_a_query_that_finds_nothing_has_another_worth_trying(
    seed_searcher: Searcher, query: str, suggestion: str | None
) -> None:
    results = seed_searcher.search(query)
    assert results.total == 0
    assert results.suggestion == suggestion
    if suggestion:
        assert seed_searcher.search(suggestion).total > 0


@pytest.mark.parametrize("query", ["战略", "林芳正", "日本", "alliance"])
def test_a_query_that_finds_enough_is_left_alone(seed_searcher: Searcher, query: str) -> None:
    assert seed_searcher.search(query).suggestion is None


def test_what_looks_alike_is_suggested(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "一、土地制度\n论土地与人口。"})
    corpus.update()
    assert corpus.searcher().search("士地").suggestion == "土地"


@pytest.mark.parametrize(
    ("prefix", "first"),
    [
        ("战", "战略"),
        ("戰", "战略"),
        ("日美同盟 半导", "日美同盟 半导体"),
        ("note:森", "note:森本敏"),
        ("“半导", "“半导体"),
        ("alli", "Alliance"),
        ("zhanl", "战略"),
        ("zhànlü", "战略"),
        ("rimei tongm", "日美同盟"),
        ("rimei tongmeng", "日美同盟"),
    ],
)
def test_a_word_is_completed_to_words_of_the_corpus(seed_searcher: Searcher, prefix: str, first: str) -> None:
    found = seed_searcher.complete(prefix)
    assert found[0] == first
    assert all(
        seed_searcher.search(completion.removesuffix("“")).total for completion in found if "“" not in completion
    )


@pytest.mark.parametrize("prefix", ["", " ", "战略 ", "一万年也没有", "xyzzy", "(", "\ud800"])
def test_what_no_word_begins_with_is_not_completed(seed_searcher: Searcher, prefix: str) -> None:
    assert seed_searcher.complete(prefix) == ()


def test_words_that_are_gone_are_not_offered(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "一、土地制度\n论土地与人口。", "b.txt": "一、港口\n论港口与海运。"})
    corpus.update()
    assert corpus.searcher().complete("港") == ("港口",)
    (corpus.folder / "b.txt").unlink()
    corpus.update()
    assert corpus.searcher().complete("港") == ()


def test_pinyin_in_every_spelling_is_one() -> None:
    assert {typed(text) for text in ("lüe", "lve", "lue", "lu:e", "LÜE")} == {"lve"}
    assert typed("xi'an") == "xian"
    assert reading("战略") == "zhanlve"
