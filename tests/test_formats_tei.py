"""TEI documents give their divisions as headings, their notes tied to their places, their pages and their header."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_search.errors import FileError
from corpus_search.formats.layout import Extract
from corpus_search.formats.tei import extract
from tests.markup_outline import assert_sound, layout_of, outline


def read(text: str, header: str = "") -> Extract:
    page = f'<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader>{header}</teiHeader><text>{text}</text></TEI>'
    found = extract(page.encode(), path="a.xml")
    assert_sound(found)
    return found


def lines(text: str) -> list[str]:
    return outline(read(text))


def refused(data: bytes) -> str:
    with pytest.raises(FileError) as error:
        extract(data, path="a.xml")
    assert "\n" not in str(error.value)
    return error.value.reason


# --- blocks ---------------------------------------------------------------------------------------------------


def test_heads_of_divisions_are_headings_as_deep_as_the_divisions_with_heads() -> None:
    text = """<front><titlePage><docTitle><titlePart>题目</titlePart></docTitle><byline>张三</byline></titlePage></front>
      <body><div><div><head>一、引言</head><p>甲</p><div2><head>（一）背景</head><p>乙</p></div2></div></div></body>"""
    assert lines(text) == [
        "title: 题目",
        "paragraph: 张三",
        "heading 1: 一、引言",
        "paragraph: 甲",
        "heading 2: （一）背景",
        "paragraph: 乙",
    ]


def test_a_head_of_the_body_is_the_title() -> None:
    assert lines("<body><head>题目</head><div><head>一</head><p>甲</p></div></body>")[0] == "title: 题目"


def test_markup_within_a_line_is_just_its_text() -> None:
    text = """<body><p>有<hi rend="bold">强调</hi>，<quote>引</quote>，<title>书</title>，<ref target="#b0">[1]</ref>，
      换<lb/>行，com<lb break="no"/>pound，<ruby><rb>漢</rb><rt>かん</rt></ruby></p></body>"""
    assert lines(text) == ["paragraph: 有强调，引，书，[1]，换行，compound，漢"]


def test_of_two_readings_the_sources_stands() -> None:
    text = """<body><p><choice><sic>錯</sic><corr>正</corr></choice><choice><abbr>美</abbr><expan>美国</expan></choice>
      <app><lem>甲</lem><rdg>乙</rdg></app><corr>改</corr></p></body>"""
    assert lines(text) == ["paragraph: 錯美甲改"]


def test_quotations_lists_and_verses_of_several_paragraphs_stand_by_themselves() -> None:
    text = """<body><p>前<list><item>甲</item><item>乙</item></list>后</p><quote><p>丙</p><p>丁</p></quote>
      <lg><l>戊</l><l>己</l></lg></body>"""
    assert lines(text) == [f"paragraph: {word}" for word in "前甲乙后丙丁戊己"]


def test_rows_captions_and_running_heads() -> None:
    text = """<body><fw>学刊</fw><table><head>表1</head><row><cell>年</cell>
      <cell><p>数</p></cell></row><row><cell/><cell/></row></table><figure><head>图1</head><figDesc>照片</figDesc></figure></body>"""
    assert lines(text) == ["furniture: 学刊", "caption: 表1", "table: 年 | 数", "caption: 图1"]


def test_entries_of_a_bibliography_are_paragraphs_under_its_head() -> None:
    text = """<body><p>甲</p></body><back><div><listBibl><head>参考文献</head><bibl>张三：<title>书</title></bibl><biblStruct><analytic>
      <title>X</title></analytic><note type="raw_reference">Smith, X.</note></biblStruct></listBibl></div></back>"""
    assert lines(text) == ["paragraph: 甲", "heading 1: 参考文献", "paragraph: 张三：书", "paragraph: Smith, X."]


def test_page_breaks_begin_printed_pages() -> None:
    found = read('<body><pb n="12"/><p>甲<pb n="[p. 13]"/>乙<note n="1">书</note><pb n="xiv"/></p><p>丙</p></body>')
    assert outline(found) == ["paragraph: 甲乙{note-1}", "note note-1: 书", "paragraph: 丙"]
    assert [(start.offset, start.page) for start in layout_of(found).page_starts] == [(1, 13)]
    assert [block.page for block in layout_of(found).blocks] == [12, 13, 13]


# --- notes ----------------------------------------------------------------------------------------------------


def test_a_note_in_the_text_is_its_own_marker_and_follows_its_block() -> None:
    text = """<body><head>题目<note place="foot" n="*">致谢。</note></head>
      <p>甲<note place="foot" n="①"><p>① 书。</p><p>又。</p></note>，乙<note>刊<title>名</title>。</note></p></body>"""
    found = read(text)
    assert outline(found) == [
        "title: 题目{note-1}",
        "note note-1: 致谢。",
        "paragraph: 甲{note-2}，乙{note-3}",
        "note note-2: 书。",
        "note note-2: 又。",
        "note note-3: 刊名。",
    ]
    assert [found.text[call.start : call.end] for call in layout_of(found).calls] == ["*", "①", "*"]


def test_notes_gathered_at_the_end_are_called_by_pointers_or_point_themselves() -> None:
    text = """<body><p>甲<ref target="#n1">1</ref>，乙<ptr target="#n2"/>，丙<anchor xml:id="a3"/>。</p></body>
      <back><div type="notes"><head>注释</head><note xml:id="n1" n="1">1. 书。</note><note xml:id="n2">刊。</note>
      <note target="#a3" xml:id="n3">报。</note></div></back>"""
    assert lines(text) == [
        "paragraph: 甲{n1}，乙{n2}，丙{n3}。",
        "heading 1: 注释",
        "note n1: 书。",
        "note n2: 刊。",
        "note n3: 报。",
    ]


def test_a_note_within_the_line_is_text() -> None:
    assert lines('<body><p>甲<note place="inline">（夹注）</note>乙</p></body>') == ["paragraph: 甲（夹注）乙"]


# --- header ---------------------------------------------------------------------------------------------------


def test_metadata_comes_from_the_header_the_article_before_the_whole() -> None:
    header = """<fileDesc><titleStmt><title>电子版</title><author>录入者</author></titleStmt><publicationStmt><date when="2024"/>
      </publicationStmt><sourceDesc><biblStruct><analytic><title level="a" type="sub">副题</title><title level="a" type="main">题目</title>
      <author><persName><forename>三</forename><surname>张</surname></persName></author>
      <author><persName><forename>John</forename> <surname>Smith</surname></persName></author></analytic>
      <monogr><title level="j">日本学刊</title><imprint><date when="2023-04">四月</date></imprint></monogr>
      <idno type="DOI">10.1000/x</idno></biblStruct></sourceDesc></fileDesc><profileDesc><textClass><keywords><term>同盟</term>
      <term>日本</term></keywords></textClass><abstract><p>摘要。</p></abstract></profileDesc>"""
    assert dict(layout_of(read("<body><p>甲</p></body>", header)).metadata) == {
        "title": "题目",
        "authors": "张三；John Smith",
        "keywords": "同盟；日本",
        "abstract": "摘要。",
        "doi": "10.1000/x",
        "date": "2023-04",
        "journal": "日本学刊",
    }


# --- bytes ----------------------------------------------------------------------------------------------------


def test_xml_that_is_no_tei_is_refused() -> None:
    assert "no TEI (its root is <article>); convert it" in refused(b"<article><p>a</p></article>")


def test_what_is_not_well_formed_is_refused_with_the_line() -> None:
    assert "no well-formed XML" in refused(b"")
    assert "line 3" in refused(b"<TEI>\n<text>\n<p>a</text></TEI>")
    assert "has a header but no text" in refused(b"<TEI><teiHeader>x</teiHeader></TEI>")


def test_the_encoding_is_what_the_declaration_says() -> None:
    data = '<?xml version="1.0" encoding="GB2312"?><TEI><text><body><p>鎔基</p></body></text></TEI>'.encode("gb18030")
    found = extract(data, path="a.xml")
    assert (found.text.strip(), found.encoding) == ("鎔基", "gb18030")


def test_entities_bring_nothing_in_and_bombs_are_refused() -> None:
    text = "<TEI><text><body><p>x&a;&f;</p></body></text></TEI>"
    harmless = f'<!DOCTYPE TEI SYSTEM "tei.dtd" [<!ENTITY a "aa"><!ENTITY f SYSTEM "file:///etc/passwd">]>{text}'
    assert extract(harmless.encode(), path="a.xml").text.strip() == "x&a;&f;"
    names = "abcdefghij"
    defined = "".join(f'<!ENTITY {n} "{f"&{before};" * 30}">' for before, n in pairwise(names))
    bomb = f'<!DOCTYPE TEI [<!ENTITY a "{"a" * 50}">{defined}]><TEI n="&j;">{text[5:]}'
    assert "XML bomb" in refused(bomb.encode())
    assert "XML bomb" in refused(b"<TEI>" + b"<div>" * 5000)


def test_files_that_a_document_type_names_are_not_read(tmp_path: object) -> None:
    named = f'<!DOCTYPE TEI SYSTEM "file://{tmp_path}/a.dtd" [<!ENTITY % p SYSTEM "file://{tmp_path}/b.dtd">%p;]>'
    data = f"{named}<TEI><text><body><p>甲&nbsp;乙</p></body></text></TEI>"
    assert extract(data.encode(), path="a.xml").text.strip() == "甲 乙"


def _element(tag: str, content: list[str]) -> str:
    return f"<{tag}>{''.join(content)}</{tag.split()[0]}>"


_TAGS = [
    "p",
    "div",
    "head",
    "note n='1'",
    "note xml:id='n'",
    "note target='#a'",
    "ref target='#n'",
    "list",
    "item",
    "quote",
]
_TAGS += [
    "table",
    "row",
    "cell",
    "pb n='3'",
    "lb",
    "anchor xml:id='a'",
    "listBibl",
    "bibl",
    "choice",
    "corr",
    "fw",
    "hi",
]
_TREES = st.recursive(
    st.sampled_from(["字", " a\n", "1", ""]),
    lambda inner: st.builds(_element, st.sampled_from(_TAGS), st.lists(inner, max_size=4)),
    max_leaves=30,
)


@given(_TREES)
def test_whatever_the_markup_the_layout_is_sound(tree: str) -> None:
    assert is_sound_or_refused(f"<TEI><text><body>{tree}</body></text></TEI>".encode())


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    for before, after in ((b"", b""), (b"<TEI><text>", b"</text></TEI>")):
        assert is_sound_or_refused(before + data + after)


def is_sound_or_refused(data: bytes) -> bool:
    try:
        assert_sound(extract(data, path="a.xml"))
    except FileError as error:
        return "\n" not in str(error)
    return True
