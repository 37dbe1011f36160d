"""Markdown that somebody wrote is taken at its word; what converters write is read as a scanned page is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus_search.article import Article
from corpus_search.errors import FileError
from corpus_search.formats import extract
from corpus_search.formats.markdown import front_matter
from corpus_search.parse import parse
from tests.conftest import squeezed


def _article(text: str) -> Article:
    found = extract(text.encode(), path="a.md")
    return parse(found.text, doc_id="a", layout=found.layout)


def test_headings_paragraphs_and_notes_are_what_the_author_marked() -> None:
    text = """---
title: 论同盟
author: [卢昊, 赵家敏 (Zhao Jiamin)]
tags: 日美同盟, 半导体
date: 2023-05-01
doi: 10.19498/j.cnki.dbyxk.2023.05.002
---

# 论同盟

## 摘要

本文论**同盟**。

**关键词：** 同盟；半导体

## 一、引言

这是*第一段*[^a]，有[链接](https://example.org)和 English **words** here.
换行的下一行[^b]。

### （一）小节

- 条目甲[^a]
- 条目乙

1. 第一
2. 第二

> 引文。

![](picture.png)

## 参考文献

1. 卢昊：《同盟》，北京：某社，2020年。
2. 赵家敏：《半导体》，上海：某社，2021年。

[^a]: 卢昊：《同盟》，第3页。
[^b]: 见 [^a]。

    第二段。
[^c]: 没有人用的注。
"""
    article = _article(text)
    meta = article.metadata
    assert (meta.title, meta.year) == ("论同盟", 2023)
    assert [author.name for author in meta.authors] == ["卢昊", "赵家敏"]
    assert meta.keywords == ("同盟", "半导体")
    assert meta.doi == "10.19498/j.cnki.dbyxk.2023.05.002"
    assert [(p.address, p.text) for p in article.matter] == [
        ("a#abstract", "本文论同盟。"),
        ("a#keywords", "同盟；半导体"),
    ]
    assert [(s.address, s.level, s.heading) for _, s in article.walk()] == [
        ("a#s1", 1, "一、引言"),
        ("a#s1.1", 2, "（一）小节"),
        ("a#s2", 1, "参考文献"),
    ]
    assert [p.text for p in article.paragraphs()] == [
        "这是第一段，有链接和 English words here.换行的下一行。",
        "条目甲",
        "条目乙",
        "1. 第一",
        "2. 第二",
        "引文。",
    ]
    first, second, third = article.notes
    assert (first.text, second.text, third.text) == ("卢昊：《同盟》，第3页。", "见 [^a]。\n第二段。", "没有人用的注。")
    assert first.anchor is not None
    assert (first.anchor.address, first.anchor.offset) == ("a#s1p1", 5)
    assert second.anchor is not None
    assert second.anchor.sentence.endswith("换行的下一行。")
    assert third.anchor is None
    assert [m.note for m in next(article.paragraphs()).markers] == ["a#fn1", "a#fn2"]
    assert [reference.text for reference in article.references] == [
        "卢昊：《同盟》，北京：某社，2020年。",
        "赵家敏：《半导体》，上海：某社，2021年。",
    ]
    assert [problem.message for problem in article.problems] == ["note c is tied to no sentence: no marker calls it"]


def test_every_text_is_what_stands_at_its_place_in_the_file() -> None:
    text = "# 题\n\n## 一、甲\n\n甲**乙**丙 `code` \\* &amp; [l](u)\n第二行[^1]。\n\n## 二、丁\n\n| a | b[^1] |\n|---|---|\n| c | d |\n\n[^1]: 注*文*。\n"
    article = _article(text)
    placed = [(p.text, p.source) for p in article.paragraphs()] + [(n.text, n.source) for n in article.notes]
    for shown, source in placed:
        assert squeezed(shown) == squeezed("".join(text[a:b] for a, b in source))
    assert [p.text for p in article.paragraphs()] == ["甲乙丙 code * & l第二行。", "a | b", "c | d"]


def test_a_line_of_dashes_under_a_paragraph_makes_no_heading_of_it() -> None:
    long = "论证完成。" * 20
    article = _article(f"# 题\n\n## 一、甲\n\n{long}\n---\n\n短题\n---\n\n正文。\n")
    assert [s.heading for _, s in article.walk()] == ["一、甲", "短题"]
    assert next(article.paragraphs()).text == long


def test_what_a_converter_made_has_no_layout() -> None:
    converted = b"# \xe9\xa2\x98\n\n# 1 \xe7\x94\xb2\n\n# 1.1 \xe4\xb9\x99\n\nA\\* * b_c_ $x_1$\n"
    assert extract(converted, path="a.md").layout is None


def test_front_matter_that_cannot_be_read_says_nothing() -> None:
    assert front_matter("title: [") == {}
    assert front_matter("- a") == {}
    assert front_matter("title: 题\nauthor:\n- name: 甲\n- family: 李\n  given: 四") == {
        "title": "题",
        "authors": "甲；李四",
    }


@given(st.text(alphabet="#-*_[]^:|>`\\&;!() \n\r\t1.a甲，。<!-->", max_size=200))
def test_nothing_is_lost_whatever_the_markup(text: str) -> None:
    try:
        found = extract(("---\ntitle: x\n---\n" + text).encode(), path="a.md")
    except FileError:
        return
    article = parse(found.text, doc_id="a", layout=found.layout)
    parts = (*article.front, *article.matter, *article.back, *article.furniture)
    texts = [one.text for one in parts] + [one.text for one in article.paragraphs()]
    texts += [one.text for one in article.notes] + [one.text for one in article.references]
    texts += [section.heading for _, section in article.walk()]
    assert found.text.count("甲") <= "".join(texts).count("甲")


def test_a_heading_too_long_to_be_one_is_a_paragraph() -> None:
    long = "同盟" * 600
    article = _article(f"---\ntitle: {long}\n---\n\n# {long}\n\n## 一、引言\n\n正文。\n")
    assert article.metadata.title is None
    assert [section.heading for _, section in article.walk() if section.heading] == ["一、引言"]
    texts = [part.text for part in article.front] + [paragraph.text for paragraph in article.paragraphs()]
    assert long in texts
