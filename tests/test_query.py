"""The query language: how each form is read, what it finds, and what is said of what cannot be read."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_search.analysis import Analyzer
from corpus_search.corpus import Corpus
from corpus_search.errors import QueryError
from corpus_search.help import EXAMPLES
from corpus_search.query import MAX_LENGTH, Query, parse, plain
from corpus_search.search import Searcher
from tests.conftest import MakeCorpus

ANALYZER = Analyzer()

DOCUMENTS = {
    "甲": (
        "日美同盟的变迁\n\n卢 昊 赵家敏\n\n关键词：日美同盟；经济安全\n\n文章编号：1000-1234（2021）01-0001-09\n\n一、同盟的起源\n\n"
        "战后日美同盟几经波折，①终成今日之局面。\n\n二、半导体合作\n\n日本与美国在半导体领域合作，经济安全成为重点。\n\n三、结语\n\n和平宪法不可弃。\n\n"
        "注释\n\n① 森本敏「日米同盟の現在」、『外交』2020年，第3頁。\n\n参考文献\n\n[1] Smith J. Alliances in Asia. 2019.\n\n[2] 王明. 半导体与战略[J]. 2018."
    ),
    "乙": (
        "論戰略能動性\n\n王 明\n\n關鍵詞：戰略能動；國際秩序\n\n文章編號：1000-1234（2018）02-0011-09\n\n一、緒論\n\n"
        "戰略能動性者，主動塑造國際秩序之能力也。The alliance is not an alibi.\n\n二、餘論\n\n反擊能力另文再論。"
    ),
    "丙": "経済安全保障とは、ウクライナ危機以降、国際秩序の変化に対応する戦略である。Ｒapidus社の設立もその一環である。\n",
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder: Path = tmp_path_factory.mktemp("query")
    (folder / "corpus").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "corpus" / f"{name}.txt").write_text(text, "utf-8")
    corpus = Corpus(folder / "corpus", folder / "index")
    corpus.update()
    return corpus.searcher()


def _found(searcher: Searcher, query: str, *, exact_script: bool = False) -> list[str]:
    hits = searcher.search(query, limit=100, exact_script=exact_script).hits
    for hit in hits:
        assert hit.spans, hit.address
        assert hit.snippet.spans
    return [hit.address for hit in hits]


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("日美同盟 半导体", "(日美 同盟) 半导体"),
        ("“日美同盟”", '+"日美同盟"'),
        ("「日美同盟」 『半导体』", '+"日美同盟" +"半导体"'),
        ("日本 AND 半导体", "+(日本 AND 半导体)"),
        ("日本 OR 半导体 AND 合作", "+(日本 OR (半导体 AND 合作))"),
        ("(日本 OR 半导体) AND 合作", "+((日本 OR 半导体) AND 合作)"),
        ("（日本　OR　半导体） AND 合作", "+((日本 OR 半导体) AND 合作)"),
        ("NOT 日本 合作", "-日本 合作"),
        ("美国 -日本 OR 中国", "+(NOT 日本 OR 中国) 美国"),
        ("美国 NOT 日本 OR 中国", "+(NOT 日本 OR 中国) 美国"),
        ("alliance~1", "+alliance~1"),
        ("-日本 合作", "-日本 合作"),
        ("+日本 合作", "+日本 合作"),
        ("日本 AND NOT 合作", "+(日本 AND NOT 合作)"),
        ("日本 NEAR/10 合作", "+(日本 NEAR/10 合作)"),
        ("战?能动", "+战?能动"),
        ("同盟*", "+同盟*"),
        ("alliance~", "+alliance~2"),
        ("note:森本敏", "+note:森本敏"),
        ("脚注：森本敏", "+note:森本敏"),
        ("body:(日本 OR 美国)", "+body:(日本 OR 美国)"),
        ("title:“日美 同盟” 半导体", '+title:"日美同盟" 半导体'),
        ("year:2020..2023 日本", "+year:2020..2023 日本"),
        ("年份：2020 日本", "+year:2020..2020 日本"),
        ("year:..2019 日本", "+year:0..2019 日本"),
        ("kind:note,ref 日本", "+kind:note|reference 日本"),
        ("类型：脚注 日本", "+kind:note 日本"),
        ("https://a.b", "(https a b)"),
        ("and or not", "(and or not)".replace("(", "").replace(")", "")),
        ("什么是同盟？", "(什么 是 同盟)"),
        ("what is this?", "what is this"),
        ("U.S.-Japan", "(u s japan)"),
        ("，", '"," '.strip()),
    ],
)
def test_each_form_is_read(query: str, read: str) -> None:
    assert str(parse(query, ANALYZER)) == read


@pytest.mark.parametrize(
    ("query", "message", "start", "end"),
    [
        ("", "the query is empty: write a word to look for", 0, 0),
        ("日美 AND", "AND has nothing after it", 3, 6),
        ("OR 日美", "OR has nothing before it", 0, 2),
        ("NOT", "NOT has nothing after it", 0, 3),
        ("日美 NEAR/ 同盟", "NEAR wants how many characters apart: NEAR/10", 3, 8),
        ("(日美", "this bracket is not closed", 0, 1),
        ("日美）", "this bracket closes nothing: leave it out, or open one before it", 2, 3),
        ("()", "there is nothing between these brackets", 0, 2),
        ("“日美", "the quotation mark “ is not closed: ” is expected", 0, 1),
        ("“”", "there is nothing between these quotation marks", 0, 2),
        ("year:abc", "a year is expected here, as in year:2023 or year:2020..2023", 5, 8),
        ("year:..", "a year is expected here, as in year:2023 or year:2020..2023", 5, 7),
        ("kind:book 日", "a kind is expected here: front, abstract, keywords, body, note, reference, back", 5, 9),
        ("*", "a wildcard needs a character beside it", 0, 1),
        ("同盟~", "~ finds misspellings of alphabetic words only", 0, 3),
        ("a~", "~ wants a word of three letters or more", 0, 2),
        ("title: 日美", "title: wants something right after the colon", 0, 6),
        ("year:", "year: wants something right after the colon", 0, 5),
        ("标题：（日美）", "title: wants a word, or a run in quotation marks", 0, 3),
        ("author:卢*", "author: takes no wildcards", 7, 9),
        ("-日本", "this only narrows or excludes: add a word to look for", 0, 3),
        ("year:2023 kind:note", "this only narrows or excludes: add a word to look for", 0, 19),
        ("(" * 31 + "日" + ")" * 31, "brackets are nested too deep", 30, 31),
        ("长" * 1001, "the query is too long: 1,001 characters, where 1,000 are allowed", MAX_LENGTH, 1001),
    ],
)
def test_what_cannot_be_read_is_explained_at_its_place(query: str, message: str, start: int, end: int) -> None:
    with pytest.raises(QueryError) as error:
        parse(query, ANALYZER)
    assert (str(error.value), error.value.start, error.value.end) == (message, start, end)


@pytest.mark.parametrize(
    ("query", "addresses"),
    [
        ("“经济安全”", {"甲#keywords", "甲#s2p1", "丙#s0p1"}),
        ("經濟安全", {"甲#keywords", "甲#s2p1", "丙#s0p1"}),
        ("“戦略”", {"乙#front", "乙#keywords", "乙#s1p1", "丙#s0p1", "甲#ref2"}),
        ("国際秩序", {"乙#keywords", "乙#s1p1", "丙#s0p1"}),
        ("“反撃能力”", {"乙#s2p1"}),
        ("日本 AND 半导体", {"甲#s2p1"}),
        ("波折 OR 和平宪法", {"甲#s1p1", "甲#s3p1"}),
        ("半导体 -合作", {"甲#ref2"}),
        ("半导体 NOT 合作", {"甲#ref2"}),
        ("+半导体 +合作", {"甲#s2", "甲#s2p1"}),
        ("日本 NEAR/10 半导体", {"甲#s2p1"}),
        ("日本 NEAR/2 半导体", set()),
        ("战?能动", {"乙#front", "乙#keywords", "乙#s1p1"}),
        ("和平*弃", {"甲#s3p1"}),
        ("allian*", {"甲#ref1", "乙#s1p1"}),
        ("alliances", {"甲#ref1", "乙#s1p1"}),
        ("aliance~", {"甲#ref1", "乙#s1p1"}),
        ("ali", set()),
        ("rapidus", {"丙#s0p1"}),
        ("ウクライナ", {"丙#s0p1"}),
        ("“クライ”", {"丙#s0p1"}),
        ("note:森本敏", {"甲#fn1"}),
        ("ref:半导体", {"甲#ref2"}),
        ("body:半导体", {"甲#s2", "甲#s2p1"}),
        ("title:日美同盟 经济安全", {"甲#keywords", "甲#s2p1"}),
        ("title:战略能动", {"乙#front"}),
        ("author:卢昊", {"甲#front"}),
        ("author:王明 戰略", {"乙#front", "乙#keywords", "乙#s1p1"}),
        ("keyword:经济安全", {"甲#keywords"}),
        ("heading:结语 和平宪法", {"甲#s3p1"}),
        ("heading:合作", {"甲#s2"}),
        ("year:2020..2023 经济安全", {"甲#keywords", "甲#s2p1"}),
        ("year:2018 国际秩序", {"乙#keywords", "乙#s1p1"}),
        ("kind:keywords 国际秩序", {"乙#keywords"}),
        ("doc:丙 国际秩序", {"丙#s0p1"}),
        ("“，终成”", {"甲#s1p1"}),
        ("“波折，终成”", {"甲#s1p1"}),
        ("“没有的话”", set()),
    ],
)
def test_each_form_finds_what_it_means(searcher: Searcher, query: str, addresses: set[str]) -> None:
    assert set(_found(searcher, query)) == addresses


@pytest.mark.parametrize(
    "query",
    ["title:日美同盟 OR 半导体", "doc:甲 OR 半导体", "日本 OR -美国", "heading:同盟 OR note:森本敏", "半导体 OR NOT 日本",
     "(year:2021 OR kind:note) 同盟", "(-乌克兰) 日本", "日本 NOT 半导体 OR 国际"],
)  # fmt: skip
def test_every_hit_has_something_to_show_whatever_or_lets_in(searcher: Searcher, query: str) -> None:
    assert _found(searcher, query)


def test_words_beside_what_only_narrows_are_required(searcher: Searcher) -> None:
    assert set(_found(searcher, "(year:2021 OR year:1999) 半导体")) == set(_found(searcher, "year:2021 半导体"))


def test_wildcards_keep_the_scripts_apart_too(searcher: Searcher) -> None:
    assert set(_found(searcher, "戰略*", exact_script=True)) == {"乙#front", "乙#keywords", "乙#s1p1"}
    assert set(_found(searcher, "战略*", exact_script=True)) == {"甲#ref2"}
    assert searcher.search("战?能动").hits[0].match == "folded"
    assert searcher.search("戰?能動").hits[0].match == "exact"


def test_scripts_can_be_kept_apart(searcher: Searcher) -> None:
    assert set(_found(searcher, "“戰略”", exact_script=True)) == {"乙#front", "乙#keywords", "乙#s1p1"}
    assert set(_found(searcher, "“戦略”", exact_script=True)) == {"丙#s0p1"}
    assert set(_found(searcher, "“战略”", exact_script=True)) == {"甲#ref2"}
    assert _found(searcher, "“反擊能力”", exact_script=True) == ["乙#s2p1"]
    assert _found(searcher, "“反撃能力”", exact_script=True) == []


def test_a_script_kept_apart_leaves_latin_words_their_forms(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "見 the articles of 戰略 here。"})
    corpus.update()
    for query in ("article", "articles", "Article"):
        hits = corpus.searcher().search(query, exact_script=True).hits
        assert [[hit.chunk.text[slice(*span)] for span in hit.spans] for hit in hits] == [["articles"]]


def test_the_examples_of_the_help_find_something(seed_searcher: Searcher) -> None:
    for query, meaning in EXAMPLES:
        assert seed_searcher.search(query).total > 0, query
        assert meaning


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(["AND", "OR", "NOT", "NEAR/3", "(", ")", "（", "）", '"', "“", "”", "+", "-", "*", "?", "~", "year:", "note:",
                             "kind:", "title:", "：", ":", "同盟", "战略", "ally", "2020", "..", " ", "\u3000", "\ud800", "\u202e", "\0", "e\u0301"]),
            max_size=25,
        ).map("".join),
    )
)  # fmt: skip
def test_any_query_is_read_or_explained(text: str) -> None:
    query, error = _read(text)
    if error:
        assert 0 <= error.start <= error.end <= max(len(text), 1) + 1
        assert str(error)
    if query:
        assert any(True for _ in query.leaves())


def _read(text: str) -> tuple[Query | None, QueryError | None]:
    try:
        return parse(text, ANALYZER), None
    except QueryError as error:
        return None, error


def test_a_query_of_many_terms_takes_no_time_to_speak_of(searcher: Searcher) -> None:
    for text in (
        " ".join(["日"] * 999),
        "同盟" * 999,
        " OR ".join(["ab"] * 300),
        "-" * 1999 + "a",
        "(" * 1999,
        '"' * 1999,
        "*?" * 999,
    ):
        begun = time.monotonic()
        with contextlib.suppress(QueryError):
            searcher.search(text)
        assert time.monotonic() - begun < 20


def test_plain_text_has_no_operators() -> None:
    assert str(plain('日美 AND "同盟', ANALYZER)) == "日美 and 同盟"
