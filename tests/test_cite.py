"""Citing: the seed and small articles in every style, with their places, as text one could print."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_search.article import Article, Author, DocId, Metadata, Note, PageBreak, Paragraph, Section, address
from corpus_search.cite import cite, item, pinpoint
from corpus_search.cite.items import clean
from corpus_search.errors import AddressError, CitationError
from corpus_search.parse import parse


def article(title: str | None = "论同盟", authors: tuple[str, ...] = ("王明",), **said: Any) -> Article:
    """An article that says no more of itself than this."""
    meta = Metadata(title=title, authors=tuple(Author(author) for author in authors), **said)
    return Article(DocId("d"), metadata=meta)


IN_PRINT: dict[str, Any] = {"year": 2020, "journal": "历史研究", "issue": "02", "pages": (3, 9)}
IN_ENGLISH: dict[str, Any] = {"year": 2021, "journal": "Asian Security", "volume": "12", "issue": "3", "pages": (101, 120)}  # fmt: skip
FOUR = ("Hao LU", "John A. Smith", "Jane Doe", "Rick Roe")

UNPAGED = parse(
    """论同盟

王 明

摘要：本文论同盟。

关键词：同盟 日本

引言的话在这里，说明本文的问题，以及材料的来源。

一、历史

同盟的历史很长，可以追溯到很早的时候。^①

二、现状

（一）日本

日本的情况如下，先从基本的方面说起。

第二段说的是别的事情，也有一条注释。^②

结语

同盟将继续存在下去，这是本文的结论。

① 《史记》，中华书局1959年版，第3页。

② 《汉书》，中华书局1962年版，第5页。

参考文献

[1] 王明. 论同盟[J]. 历史研究, 2001(2): 3-9.
""",
    doc_id="d",
    path="d.txt",
)
ENGLISH = parse(
    """The Alliance and Its Limits

Abstract: This article is about alliances.

1 Introduction

Alliances have a long history, and this article tells it from the beginning.

2 Power

2.1 States

States seek power, as everybody who has read history knows well.[1]

The second paragraph says something else about the states of the world.

Conclusion

Alliances will go on for as long as there are states in the world.

[1] Thucydides, History, p. 3.
""",
    doc_id="d",
    path="d.txt",
)


# --- styles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "fragment", "text", "inline"),
    [
        ("gbt7714", "", "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 东北亚学刊, 2023(5): 13-29.", ""),
        ("gbt7714", "s1.1p1", "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 东北亚学刊, 2023(5): 14-15.", ""),
        ("gbt7714", "fn7", "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 东北亚学刊, 2023(5): 16, 注③.", ""),
        ("chicago", "", "卢昊 and 赵家敏, “乌克兰危机下的日美同盟形势与战略影响,” 东北亚学刊, no. 5 (2023): 13–29, https://doi.org/10.19498/j.cnki.dbyxk.2023.05.002.", ""),
        ("chicago", "fn7", "卢昊 and 赵家敏, “乌克兰危机下的日美同盟形势与战略影响,” 东北亚学刊, no. 5 (2023): 16, 注③, https://doi.org/10.19498/j.cnki.dbyxk.2023.05.002.", ""),
        ("apa", "", "卢昊, & 赵家敏. (2023). 乌克兰危机下的日美同盟形势与战略影响. 东北亚学刊, (5), 13–29. https://doi.org/10.19498/j.cnki.dbyxk.2023.05.002", "(卢昊 & 赵家敏, 2023)"),
        ("apa", "s1.2", "卢昊, & 赵家敏. (2023). 乌克兰危机下的日美同盟形势与战略影响. 东北亚学刊, (5), 13–29. https://doi.org/10.19498/j.cnki.dbyxk.2023.05.002", "(卢昊 & 赵家敏, 2023, pp. 16–17)"),
        ("apa", "fn7", "卢昊, & 赵家敏. (2023). 乌克兰危机下的日美同盟形势与战略影响. 东北亚学刊, (5), 13–29. https://doi.org/10.19498/j.cnki.dbyxk.2023.05.002", "(卢昊 & 赵家敏, 2023, p. 16, 注③)"),
    ],
)  # fmt: skip
def test_the_seed_is_cited_with_its_journal(seed: Article, style: str, fragment: str, text: str, inline: str) -> None:
    known = replace(seed, metadata=replace(seed.metadata, journal="东北亚学刊"))
    citation = cite(known, address(seed.doc_id, fragment), style=style)
    assert (citation.text, citation.inline) == (text, inline)


def test_a_journal_that_the_seed_does_not_name_is_left_out(seed: Article) -> None:
    assert cite(seed, seed.doc_id).text == "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 2023(5): 13-29."
    assert "container-title" not in item(seed)


@pytest.mark.parametrize(
    ("cited", "gbt7714", "chicago", "apa"),
    [
        (
            article("The alliance: A study of power", FOUR, **IN_ENGLISH),
            "LU H, SMITH J A, DOE J, et al. The alliance: A study of power[J]. Asian Security, 2021, 12(3): 101-120.",
            "Hao Lu et al., “The Alliance: A Study of Power,” Asian Security 12, no. 3 (2021): 101–20.",
            "Lu, H., Smith, J. A., Doe, J., & Roe, R. (2021). The alliance: A study of power. Asian Security, 12(3), 101–120.",
        ),
        (
            article(authors=("卢昊", "赵家敏", "欧阳修", "阿卜杜拉·买买提"), **IN_PRINT),
            "卢昊, 赵家敏, 欧阳修, 等. 论同盟[J]. 历史研究, 2020(2): 3-9.",
            "卢昊等, “论同盟,” 历史研究, no. 2 (2020): 3–9.",
            "卢昊, 赵家敏, 欧阳修, & 阿卜杜拉·买买提. (2020). 论同盟. 历史研究, (2), 3–9.",
        ),
        (
            article(authors=("Li Ming",), **IN_PRINT),
            "LI MING. 论同盟[J]. 历史研究, 2020(2): 3-9.",
            "Li Ming, “论同盟,” 历史研究, no. 2 (2020): 3–9.",
            "Li Ming. (2020). 论同盟. 历史研究, (2), 3–9.",
        ),
        (
            article(journal="历史研究"),
            "王明. 论同盟[J]. 历史研究.", "王明, “论同盟,” 历史研究, n.d.", "王明. (n.d.). 论同盟. 历史研究.",
        ),
        (
            article(authors=(), **IN_PRINT),
            "论同盟[J]. 历史研究, 2020(2): 3-9.",
            "“论同盟,” 历史研究, no. 2 (2020): 3–9.",
            "论同盟. (2020). 历史研究, (2), 3–9.",
        ),
        (article(authors=()), "论同盟[J].", "“论同盟,” n.d.", "论同盟. (n.d.)."),
        (
            article("What is the U.S.?", ("Jane Doe",), **IN_ENGLISH),
            "DOE J. What is the U.S.?[J]. Asian Security, 2021, 12(3): 101-120.",
            "Jane Doe, “What Is the U.S.?,” Asian Security 12, no. 3 (2021): 101–20.",
            "Doe, J. (2021). What is the U.S.? Asian Security, 12(3), 101–120.",
        ),
    ],
    ids=["four in English", "four in Chinese", "family or given", "no year", "no author", "a title", "a question"],
)  # fmt: skip
def test_what_is_known_is_cited_and_nothing_else(cited: Article, gbt7714: str, chicago: str, apa: str) -> None:
    assert cite(cited, "d").text == gbt7714
    assert cite(cited, "d", style="chicago").text == chicago
    assert cite(cited, "d", style="apa").text == apa


def test_apa_cuts_short_in_the_language_of_what_is_cited() -> None:
    chinese = article(authors=("卢昊", "赵家敏", "欧阳修"), **IN_PRINT)
    assert cite(chinese, "d", style="apa").inline == "(卢昊等, 2020)"
    assert cite(article("Power", FOUR, **IN_ENGLISH), "d", style="apa").inline == "(Lu et al., 2021)"


def test_html_has_the_styles_italics_and_an_authors_text_escaped() -> None:
    citation = cite(article("Power & <b>glory</b>", ("Jane Doe",), **IN_ENGLISH), "d", style="apa")
    assert citation.html == (
        "Doe, J. (2021). Power &amp; &lt;b&gt;glory&lt;/b&gt;. <i>Asian Security</i>, <i>12</i>(3), 101–120."
    )


@given(st.text(min_size=1), st.text(), st.text(), st.text(max_size=5))
def test_any_text_is_cited_whole_and_safely(title: str, author: str, journal: str, issue: str) -> None:
    cited = article(title, (author,), journal=journal, issue=issue, year=2020)
    if not clean(title):
        return
    for style in ("gbt7714", "chicago", "apa"):
        citation = cite(cited, "d", style=style)
        assert not set(re.findall("<[^>]*>", citation.html)) - {"<i>", "</i>"}
        assert unescape(re.sub("</?i>", "", citation.html)) == citation.text
        assert not re.search("[\ufdd0-\ufdef\n\x1b\u202e]", citation.text)
    assert clean(title).rstrip(".") in cite(cited, "d").text


def test_an_article_without_a_title_cannot_be_cited() -> None:
    with pytest.raises(CitationError, match=r"d#fn1: the article's title is not known; name it in d\.meta\.toml"):
        cite(article(None), "d#fn1")


# --- places --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fragment", "pages", "words", "text"),
    [
        ("", "", "", ""),
        ("front", "13", "", "第13页"),
        ("abstract", "13", "", "第13页"),
        ("abstract-en", "", "英文摘要", "英文摘要"),
        ("s0p1", "13-14", "", "第13—14页"),
        ("s1", "14-20", "", "第14—20页"),
        ("s1.2", "16-17", "", "第16—17页"),
        ("s1.1p1", "14-15", "", "第14—15页"),
        ("fn4", "15", "注④", "第15页，注④"),
        ("back", "", "文末", "文末"),
    ],
)
def test_a_place_is_its_printed_page(seed: Article, fragment: str, pages: str, words: str, text: str) -> None:
    found = pinpoint(seed, address(seed.doc_id, fragment))
    assert (found.pages, found.words, found.text) == (pages, words, text)


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("front", "题头"), ("abstract", "摘要"), ("keywords", "关键词"), ("s0", "篇首"), ("s0p1", "篇首，第1段"), ("s1", "第一部分"),
        ("s2.1", "第二部分（一）"), ("s2.1p2", "第二部分（一），第2段"), ("s3p1", "“结语”，第1段"), ("fn1", "第一部分，注①"),
        ("fn2", "第二部分（一），注②"), ("ref1", "参考文献[1]"),
    ],
)  # fmt: skip
def test_without_pages_a_place_is_its_section_and_paragraph(fragment: str, words: str) -> None:
    found = pinpoint(UNPAGED, f"d#{fragment}")
    assert (found.pages, found.words, found.text) == ("", words, words)


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("abstract-en", "abstract"), ("s1p1", "sec. 1, para. 1"), ("s2.1", "sec. 2.1"), ("s2.1p2", "sec. 2.1, para. 2"),
        ("s3p1", "sec. “Conclusion”, para. 1"), ("fn1", "sec. 2.1, n. 1"),
    ],
)  # fmt: skip
def test_a_place_in_an_english_article_is_named_in_english(fragment: str, words: str) -> None:
    assert pinpoint(ENGLISH, f"d#{fragment}").text == words


def test_a_place_without_a_page_is_cited_in_every_style() -> None:
    known = replace(UNPAGED, metadata=replace(UNPAGED.metadata, **IN_PRINT))
    assert cite(known, "d#s2.1p2").text == "王明. 论同盟[J]. 历史研究, 2020(2): 3-9, 第二部分（一），第2段."
    assert cite(known, "d#fn2", style="chicago").text == "王明, “论同盟,” 历史研究, no. 2 (2020): 第二部分（一），注②."
    assert cite(known, "d#fn2", style="apa").inline == "(王明, 2020, 第二部分（一），注②)"
    assert cite(UNPAGED, "d#s3").text == "王明. 论同盟[J]. “结语”."


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("第二章 现状", "第二章"), ("(三) 现状", "（三）"), ("2．现状", "第2节"), ("Ⅱ. 现状", "第Ⅱ部分"), ("一、现状", "第一部分"),
        ("3现状", "第3节"), ("21推广", "“21推广”"), ("2020年的现状", "“2020年的现状”"),
        ("现状与<b>展望", "“现状与<b>展望”"),
    ],
)  # fmt: skip
def test_a_section_is_named_by_the_label_of_its_heading(heading: str, words: str) -> None:
    section = Section(address(DocId("d"), "s1"), 1, heading)
    assert pinpoint(replace(article(), sections=(section,)), "d#s1").words == words


def test_a_decimal_number_says_by_itself_where_it_stands() -> None:
    inner = Section(address(DocId("d"), "s1.1"), 2, "3.2 日本")
    outer = Section(address(DocId("d"), "s1"), 1, "3现状", sections=(inner,))
    assert pinpoint(replace(article(), sections=(outer,)), "d#s1.1").words == "第3.2节"


@pytest.mark.parametrize(
    ("label", "chinese", "english"),
    [("③", "注③", "n. 3"), ("[4]", "注[4]", "n. 4"), ("[^5]", "注5", "n. 5"), ("*", "注*", "n. *"), ("", "第6条注释", "note 6 in order")],
)  # fmt: skip
def test_a_note_is_named_by_its_printed_label(label: str, chinese: str, english: str) -> None:
    note = Note(address(DocId("d"), "fn6"), label, "《史记》", ())
    assert pinpoint(replace(article(), notes=(note,)), "d#fn6").text == chinese
    assert pinpoint(replace(article("Power and glory"), notes=(note,)), "d#fn6").text == english


def test_a_range_that_begins_on_an_unknown_page_is_not_known() -> None:
    paragraph = Paragraph(address(DocId("d"), "s0p1"), "同盟的历史", (), None, (PageBreak(2, 7),))
    cited = replace(article(), sections=(Section(address(DocId("d"), "s0"), 0, "", paragraphs=(paragraph,)),))
    assert pinpoint(cited, "d#s0p1").text == "第1段"
    assert pinpoint(cited, "d#s0p1", page=7).text == "第7页"


def test_a_place_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AddressError, match="d#s9: d has no such place; `corpus-search show d` lists its parts"):
        cite(UNPAGED, "d#s9")
