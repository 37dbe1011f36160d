"""Web pages give their main text, their notes tied to their markers, and what they say of themselves."""

from __future__ import annotations

import codecs
import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus_search.errors import FileError
from corpus_search.formats.html import extract
from corpus_search.formats.layout import Extract
from tests.markup_outline import assert_sound, layout_of, outline


def read(body: str, head: str = "") -> Extract:
    page = f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"
    found = extract(page.encode(), path="a.html")
    assert_sound(found)
    return found


def lines(body: str, head: str = "") -> list[str]:
    return outline(read(body, head))


# --- blocks ---------------------------------------------------------------------------------------------------


def test_a_first_heading_alone_at_the_top_is_the_title_and_the_others_count_from_one() -> None:
    assert lines("<h1>题目</h1><p>作者</p><h2>一、引言</h2><p>正文</p><h3>（一）背景</h3><p>又</p>") == [
        "title: 题目",
        "paragraph: 作者",
        "heading 1: 一、引言",
        "paragraph: 正文",
        "heading 2: （一）背景",
        "paragraph: 又",
    ]


def test_first_headings_that_are_sections_are_no_title() -> None:
    assert lines("<h1>一、引言</h1><p>甲</p><h1>二、结论</h1><p>乙</p>") == [
        "heading 1: 一、引言",
        "paragraph: 甲",
        "heading 1: 二、结论",
        "paragraph: 乙",
    ]


def test_the_block_that_says_what_the_files_title_says_is_the_title() -> None:
    assert lines("<p>日美同盟</p><h1>一</h1><h1>二</h1>", "<title>日美同盟</title>")[0] == "title: 日美同盟"


def test_markup_within_a_line_is_just_its_text_and_blanks_are_put_in_order() -> None:
    body = "<p>有<b>强调</b>和\n<a href='http://a.b'>链接</a>，\n  换行；a\nb&nbsp; c soft&shy;hyphen。</p>"
    assert lines(body) == ["paragraph: 有强调和链接，换行；a b c softhyphen。"]


def test_of_ruby_the_base_text_alone_is_kept() -> None:
    assert lines("<p><ruby>憲<rp>(</rp><rt>けん</rt><rp>)</rp>法<rt>ぽう</rt></ruby>は</p>") == ["paragraph: 憲法は"]


def test_lists_get_no_bullets_and_items_within_items_are_paragraphs_too() -> None:
    assert lines("<ul><li>甲</li><li>乙<ul><li>丙</li></ul></li></ul><dl><dt>丁</dt><dd>戊</dd></dl>") == [
        f"paragraph: {item}" for item in "甲乙丙丁戊"
    ]


def test_a_row_of_a_table_of_data_is_a_block_and_captions_are_captions() -> None:
    body = """<table><caption>表1</caption><tr><th>年</th><th>数</th></tr>
      <tr><td><p>2020</p></td>\n<td></td><td>3</td></tr><tr><td></td><td></td></tr></table>
      <figure><img src=x><figcaption>图1</figcaption></figure>"""
    assert lines(body) == ["caption: 表1", "table: 年 | 数", "table: 2020 | | 3", "caption: 图1"]


def test_a_table_that_lays_out_a_page_is_none() -> None:
    assert lines("<table><tr><td>左</td><td><h2>节</h2><p>正文</p></td></tr></table>") == [
        "paragraph: 左",
        "heading 1: 节",
        "paragraph: 正文",
    ]


def test_line_breaks_part_paragraphs_if_doubled_or_before_an_indent() -> None:
    assert lines("<div>　　甲段，<br>接着。<br>　　乙段。<br><br>丙段。<br>&nbsp;&nbsp;&nbsp;&nbsp;丁段。</div>") == [
        "paragraph: 甲段，接着。",
        "paragraph: 乙段。",
        "paragraph: 丙段。",
        "paragraph: 丁段。",
    ]


def test_blank_lines_part_the_paragraphs_of_preformatted_text() -> None:
    assert lines("<pre>甲段\n接着\n\n乙段</pre>") == ["paragraph: 甲段接着", "paragraph: 乙段"]


# --- furniture ------------------------------------------------------------------------------------------------


def test_what_is_of_the_site_and_not_of_the_text_is_left_out() -> None:
    body = """<header><a href="/">某网</a></header><nav><a href="/a">首页</a></nav>
      <div class="cookie-banner">We use cookies <button>OK</button></div>
      <ul><li><a href="/1">新闻</a></li><li><a href="/2">论坛</a></li><li><a href="/3">关于</a></li></ul>
      <h1>题目</h1><p>正文足够长，比别的都长，因为它是正文，是正文。</p>
      <div class="share-buttons">分享</div><p style="display: none">藏</p><p hidden>藏</p>
      <aside>相关文章</aside><footer>版权所有</footer><script>var a = 1</script><noscript>开启脚本</noscript>"""
    assert lines(body) == ["title: 题目", "paragraph: 正文足够长，比别的都长，因为它是正文，是正文。"]


def test_only_the_marked_main_part_is_read_with_the_heading_before_it() -> None:
    body = "<div>站名</div><h1>题目</h1><main><p>正文一。</p><p>正文二。</p></main><div>页脚</div>"
    assert lines(body) == ["title: 题目", "paragraph: 正文一。", "paragraph: 正文二。"]


def test_a_title_in_a_banner_and_a_page_that_hides_itself_are_read() -> None:
    page = b"""<body class="has-sidebar" style="visibility:hidden"><div class="page-banner"><h1>T</h1></div>
      <div class="share">share this</div><p>A text that is longer than what is around it.</p></body>"""
    assert outline(extract(page, path="a.html")) == [
        "title: T",
        "paragraph: A text that is longer than what is around it.",
    ]


def test_an_empty_main_part_is_not_believed() -> None:
    assert lines("<main></main><div><p>正文一。</p></div>") == ["paragraph: 正文一。"]


def test_sections_named_after_their_headings_are_no_furniture() -> None:
    body = "<div id='related' class='section level2'><h2>Related</h2><p>文</p></div><p>长长长长长长长长长长长长</p>"
    assert lines(body)[:2] == ["heading 1: Related", "paragraph: 文"]


def test_links_to_a_heading_itself_are_no_text_of_it() -> None:
    assert lines('<p>a</p><h2 id="x">节<a class="headerlink" href="#x">¶</a></h2><p>文</p>')[1] == "heading 1: 节"


# --- notes ----------------------------------------------------------------------------------------------------


def test_notes_of_pandoc() -> None:
    body = """<p>甲<a href="#fn1" class="footnote-ref" id="fnref1" role="doc-noteref"><sup>1</sup></a>。</p>
      <section class="footnotes" role="doc-endnotes"><hr><ol><li id="fn1"><p>《书》。</p>
      <p>又。<a href="#fnref1" class="footnote-back" role="doc-backlink">↩︎</a></p></li></ol></section>"""
    assert lines(body) == ["paragraph: 甲{fn1}。", "note fn1: 《书》。", "note fn1: 又。"]


def test_notes_in_an_aside_with_a_heading_of_their_own_that_is_no_section() -> None:
    body = """<p>甲<a href="#n1" role="doc-noteref">1</a></p>
      <aside role="doc-endnotes"><h2>Footnotes</h2><ol><li id="n1">书。</li><li>没人引。</li></ol></aside>"""
    assert lines(body) == ["paragraph: 甲{n1}", "furniture: Footnotes", "note n1: 书。", "note note-10: 没人引。"]


def test_notes_of_wikipedia_called_twice() -> None:
    body = """<div id="mw-content-text"><p>甲<sup id="cite_ref-a_1-0" class="reference"><a href="#cite_note-a-1">[注 1]</a></sup>，
      乙<sup id="cite_ref-a_1-1" class="reference"><a href="#cite_note-a-1">[注 1]</a></sup>。m<sup>2</sup></p>
      <h2>注释<span class="mw-editsection">[<a href="/e">编辑</a>]</span></h2><ol class="references"><li id="cite_note-a-1">
      <span class="mw-cite-backlink">^ <a href="#cite_ref-a_1-0"><sup>1.0</sup></a> <a href="#cite_ref-a_1-1"><sup>1.1</sup></a></span>
      <span class="reference-text">《书》，<a href="http://x">链接</a>。</span></li></ol></div>"""
    assert lines(body) == [
        "paragraph: 甲{cite_note-a-1}，乙{cite_note-a-1}。m2",
        "heading 1: 注释",
        "note cite_note-a-1: 《书》，链接。",
    ]


def test_notes_of_word_saved_as_a_page() -> None:
    body = """<p class=MsoTitle>题目</p><p class=MsoNormal>甲<a style='mso-footnote-id:ftn1' href="#_ftn1" name="_ftnref1"
      title=""><span class=MsoFootnoteReference><![if !supportFootnotes]>[1]<![endif]></span></a>。<o:p></o:p></p>
      <div style='mso-element:footnote-list'><hr align=left><div style='mso-element:footnote' id=ftn1>
      <p class=MsoFootnoteText><a href="#_ftnref1" name="_ftn1"><span>[1]</span></a> 1945年。</p>
      <p class=MsoFootnoteText>又。</p></div></div>"""
    found = read(body)
    assert outline(found) == ["title: 题目", "paragraph: 甲{_ftn1}。", "note _ftn1: 1945年。", "note _ftn1: 又。"]
    assert [found.text[label.start : label.end] for label in layout_of(found).labels] == ["[1]"]


def test_notes_of_libreoffice() -> None:
    body = """<p>甲<a class="sdfootnoteanc" name="sdfootnote1anc" href="#sdfootnote1sym"><sup>1</sup></a>。</p>
      <div id="sdfootnote1"><p class="sdfootnote"><a class="sdfootnotesym" name="sdfootnote1sym"
      href="#sdfootnote1anc">1</a> 书。</p><p class="sdfootnote">又。</p></div>"""
    assert lines(body) == ["paragraph: 甲{sdfootnote1sym}。", "note sdfootnote1sym: 书。", "note sdfootnote1sym: 又。"]


def test_notes_of_libreoffice_as_xhtml_whose_later_paragraphs_only_say_they_are_notes() -> None:
    body = """<p>甲<sup><span><a href="#ftn1" id="body_ftn1"><span>1</span></a></span></sup></p>
      <p class="Footnote"><span><a id="ftn1" href="#body_ftn1">1</a></span>书。</p><p class="Footnote">又。</p>"""
    assert lines(body) == ["paragraph: 甲{ftn1}", "note ftn1: 书。", "note ftn1: 又。"]


def test_links_to_the_page_by_its_own_address_call_notes_too() -> None:
    head = '<link rel="canonical" href="https://zh.wikipedia.org/wiki/%E7%94%B2">'
    body = '<p>甲<sup class="reference"><a href="./甲#n">[1]</a></sup><sup><a href="乙#n">[2]</a></sup></p><p id="n">书</p>'
    assert lines(body, head) == ["paragraph: 甲{n}[2]", "note n: 书"]


def test_notes_of_sphinx_whose_label_is_an_element_of_its_own() -> None:
    body = """<main><p>甲<a class="footnote-reference brackets" href="#f1" id="id1" role="doc-noteref">[1]</a>。</p>
      <aside class="footnote brackets" id="f1" role="doc-footnote"><span class="label"><span>[</span><a role="doc-backlink"
      href="#id1">1</a><span>]</span></span><p>书。</p></aside></main>"""
    assert lines(body) == ["paragraph: 甲{f1}。", "note f1: 书。"]


@pytest.mark.parametrize(
    "marker",
    [
        '<a href="#fn1"><sup>1</sup></a>',
        '<sup><a href="#fn1">1</a></sup>',
        '<sup>[<a href="#fn1">1</a>]</sup>',
        '[<a href="#fn1">1</a>]',
        '<a href="#fn1">[1]</a>',
        '<a href="#fn1" style="vertical-align: super">1</a>',
        '<a href="#fn1">①</a>',
        '<a id="r1" href="#fn1">1</a>',
    ],
)
@pytest.mark.parametrize(
    "note",
    [
        '<p id="fn1">1. 书。</p>',
        '<p><a name="fn1"></a><sup>1</sup> 书。</p>',
        '<p><a id="fn1" href="#r1">[1]</a> 书。</p>',
        '<div><span id="fn1">1</span>　书。</div>',
        '<ol><li id="fn1">书。<a href="#r1">返回</a></li></ol>',
        '<table><tr id="fn1"><td>[1]</td><td>书。</td></tr></table>',
        '<dl><dt id="fn1">1</dt><dd>书。</dd></dl>',
    ],
)
def test_plain_links_call_notes_if_raised_or_bracketed_or_answered(marker: str, note: str) -> None:
    if "①" in marker:
        note = note.replace("[1]", "①").replace("1.", "①").replace(">1<", ">①<")
    if 'id="r1"' in marker and "#r1" not in note:
        note = note.replace("书。", '书。<a href="#r1">↩</a>')
    assert lines(f"<p>甲{marker}，乙。</p>{note}<p>后文。</p>") == [
        "paragraph: 甲{fn1}，乙。",
        "note fn1: 书。",
        "paragraph: 后文。",
    ]


def test_a_plain_number_that_links_somewhere_is_no_marker() -> None:
    body = '<p>见第<a href="#s2">2</a>节，<a href="#p">这里</a>。</p><h2 id="s2">2 节</h2><p id="p">文</p>'
    assert layout_of(read(body)).calls == ()


def test_raised_numbers_of_affiliations_and_numbers_of_equations_are_no_markers() -> None:
    body = """<p>张三<sup><a href="#aff1">1</a></sup></p><p id="aff1"><sup>1</sup>北京大学</p>
      <p>由式<a href="#x">(1)</a>可知</p><p id="x">a = b (1)</p>"""
    assert lines(body) == ["paragraph: 张三1", "paragraph: 1北京大学", "paragraph: 由式(1)可知", "paragraph: a = b (1)"]


def test_markers_side_by_side_lose_the_commas_between_them() -> None:
    body = '<p>甲<sup><a href="#a">1</a>, <a href="#b">2</a></sup>乙</p><p id="a">1 书。</p><p id="b">2 刊。</p>'
    assert lines(body) == ["paragraph: 甲{a}{b}乙", "note a: 书。", "note b: 刊。"]


def test_several_notes_in_one_paragraph_are_told_apart() -> None:
    body = """<p>甲<a href="#_1" name="a1">①</a>乙<a href="#_2" name="a2">②</a></p>
      <p>注释：<br><a name="_1" href="#a1">①</a>书。<br>[<a name="_2" href="#a2">②</a>] 刊。</p>"""
    assert lines(body) == ["paragraph: 甲{_1}乙{_2}", "paragraph: 注释：", "note _1: 书。", "note _2: 刊。"]


def test_a_note_beside_the_text_follows_its_paragraph() -> None:
    body = '<p>甲<span class="sidenote">旁注。</span>，乙。</p><p>丙</p>'
    found = lines(body)
    key = found[1].removeprefix("note ").partition(":")[0]
    assert found == [f"paragraph: 甲{{{key}}}，乙。", f"note {key}: 旁注。", "paragraph: 丙"]


def test_a_marker_after_a_line_of_han_takes_no_blank_with_it() -> None:
    assert lines('<p>甲，<a href="#n"><sup>1</sup></a>\n乙</p><p id="n">1 书。</p>')[0] == "paragraph: 甲，{n}乙"


def test_a_marker_without_its_note_is_text_and_is_remarked() -> None:
    found = read(
        '<p>甲<a role="doc-noteref" href="#gone">[3]</a>，<a role="doc-noteref" href="#e">[4]</a></p><p id="e"></p>'
    )
    assert outline(found) == ["paragraph: 甲[3]，[4]"]
    assert found.remarks == ("no note is there for marker [3], [4]; it stays in the text",)


def test_notes_outside_the_main_part_are_read_all_the_same() -> None:
    body = """<article><p>甲<a href="#n"><sup>1</sup></a>。</p></article><footer>版权<p id="n">1 书。</p></footer>"""
    assert lines(body) == ["paragraph: 甲{n}。", "note n: 书。"]


def test_page_numbers_are_printed_pages() -> None:
    found = read(
        '<p>甲<span role="doc-pagebreak" title="12"></span>乙</p><p>丙<span class="pagenum">[p. 13]</span></p>'
    )
    layout = layout_of(found)
    assert outline(found) == ["paragraph: 甲乙", "paragraph: 丙"]
    assert [(start.offset, start.page) for start in layout.page_starts] == [(1, 12), (4, 13)]
    assert [block.page for block in layout.blocks] == [None, 12]


# --- metadata -------------------------------------------------------------------------------------------------


def test_metadata_comes_from_what_is_made_for_articles() -> None:
    head = """<meta name="citation_title" content="题目"><meta name="citation_author" content="张三">
      <meta name="citation_author" content="李四"><meta name="citation_keywords" content="同盟; 日本">
      <meta name="citation_doi" content="https://doi.org/10.1000/x.1"><meta name="DC.date" content="2023-04">
      <meta name="citation_journal_title" content="日本学刊"><meta name="DCTERMS.abstract" content="摘要">"""
    assert dict(layout_of(read("<p>甲</p>", head)).metadata) == {
        "title": "题目",
        "authors": "张三；李四",
        "keywords": "同盟；日本",
        "doi": "10.1000/x.1",
        "date": "2023-04",
        "journal": "日本学刊",
        "abstract": "摘要",
    }


def test_metadata_of_json_ld() -> None:
    data = {
        "@graph": [
            {"@type": "WebSite", "name": "某网"},
            {
                "@type": "ScholarlyArticle",
                "headline": "题目",
                "author": [{"name": "张三"}, "李四"],
                "keywords": "同盟,日本",
                "isPartOf": {"@type": "PublicationIssue", "isPartOf": {"@type": "Periodical", "name": "日本学刊"}},
                "sameAs": "https://doi.org/10.1000/x",
                "datePublished": "2023",
            },
        ]
    }
    head = (
        f'<script type="application/ld+json">{json.dumps(data)}</script><script type="application/ld+json">{{</script>'
    )
    assert dict(layout_of(read("<p>甲</p>", head)).metadata) == {
        "title": "题目",
        "authors": "张三；李四",
        "keywords": "同盟；日本",
        "doi": "10.1000/x",
        "date": "2023",
        "journal": "日本学刊",
    }


def test_the_title_made_for_sharing_counts_only_without_another() -> None:
    head = '<meta property="og:title" content="题目 - 某网"><meta name="author" content="admin">'
    assert dict(layout_of(read("<p>甲</p>", head)).metadata) == {"title": "题目 - 某网"}
    assert dict(layout_of(read("<h1>题目</h1><p>甲</p>", head)).metadata) == {}


# --- bytes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("announced", "written", "found"),
    [
        ("gb2312", "gb18030", "gb18030"),
        ("big5", "big5hkscs", "big5hkscs"),
        ("Shift_JIS", "cp932", "cp932"),
        ("EUC-JP", "euc_jp", "euc_jp"),
        ("iso-2022-jp", "iso2022_jp", "iso2022_jp"),
        ("gb2312", "utf-8", "utf-8"),
        ("utf-8", "gb18030", "gb18030"),
        ("nonsense", "utf-8", "utf-8"),
    ],
)
def test_the_encoding_is_what_is_announced_unless_the_bytes_say_otherwise(
    announced: str, written: str, found: str
) -> None:
    text = (
        "中国的国家安全和日本的国会" if "jp" not in written and written != "cp932" else "日本の国会と中国のことである"
    )
    page = f'<meta http-equiv=Content-Type content="text/html; charset={announced}"><p>{text}</p>'
    decoded = extract(page.encode(written), path="a.html")
    assert (decoded.text.strip(), decoded.encoding) == (text, found)


def test_an_xml_declaration_and_a_mark_announce_too() -> None:
    page = '<?xml version="1.0" encoding="GB2312"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>鎔<a id="x"/>基</p></body></html>'
    assert extract(page.encode("gb18030"), path="a.xhtml").text.strip() == "鎔基"
    assert extract(codecs.BOM_UTF16_LE + page.encode("utf-16-le"), path="a.xhtml").encoding == "utf-16"


def test_a_few_broken_bytes_are_remarked_and_do_no_harm() -> None:
    data = ("<meta charset=utf-8><p>" + "文" * 300).encode() + b"\xff</p>"
    found = extract(data, path="a.html")
    assert found.text.startswith("文" * 300)
    assert found.remarks == ("1 characters are not valid utf-8; they are read as \ufffd",)


@pytest.mark.parametrize(
    "data", [b"", b" ", b"<html><body><nav>x</nav></body></html>", b"\0" * 99, bytes(range(256)) * 9]
)
def test_a_page_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(FileError, match=r"^a\.html: [^\n]+$"):
        extract(data, path="a.html")


def test_nesting_beyond_reason_is_refused_and_deep_nesting_is_read() -> None:
    assert extract(b"<font>" * 1500 + b"x", path="a.html").text.strip() == "x"
    with pytest.raises(FileError, match="nested thousands deep"):
        extract(b"<div>a" * 20000, path="a.html")


def test_entities_bring_nothing_in() -> None:
    page = """<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
      <html xmlns="http://www.w3.org/1999/xhtml"><body><p>x&nbsp;&b;&f;&mdash;</p></body></html>"""
    assert extract(page.encode(), path="a.xhtml").text.strip() == "x &b;&f;—"


def test_without_its_parser_a_page_is_refused_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    with pytest.raises(FileError, match=r"reading HTML needs more packages: pip install 'corpus-search\[html\]'"):
        extract(b"<p>a", path="a.html")


_BITS = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<div>", "</div>", "<h1>", "</h1>", "<h2>", "<li id=n1>", "</li>", "<ol class=references>", "</ol>",
         "<table>", "<tr>", "<td>", "</table>", "<br>", "<pre>", "<sup>", "</sup>", '<a href="#n1">', '<a id=n2 href="#n1">',
         "</a>", '<p id="n2">', '<aside role="doc-footnote" id=n3>', "</aside>", '<a role="doc-noteref" href="#n3">2</a>',
         '<span class="sidenote">', "</span>", "<section class=footnotes>", "</section>", "1", "[", "]", "①", "字", "　　",
         "\n", " a ", "&nbsp;", "<main>", "</main>", '<span class=pagenum>3</span>', '<img zy-footnote="注">', "<!--", "\x00"]
    ),
    max_size=60,
)  # fmt: skip


@given(_BITS)
@example(['<span class="sidenote">', '<span class="sidenote">', "<span class=pagenum>3</span>"])
@example(['<span class="sidenote">', '<span class="sidenote">', "字"])
def test_whatever_the_markup_the_layout_is_sound(bits: list[str]) -> None:
    assert is_sound_or_refused("".join(bits).encode())


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    for before in (b"", b"<p>", codecs.BOM_UTF8, b"<?xml version='1.0'?>"):
        assert is_sound_or_refused(before + data)


def is_sound_or_refused(data: bytes) -> bool:
    try:
        assert_sound(extract(data, path="a.html"))
    except FileError as error:
        return "\n" not in str(error)
    return True
