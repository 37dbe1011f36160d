"""Word files: what is read from them, and what is left out.

Each test writes the smallest file that shows its case; `document` puts one together from WordprocessingML.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_search.errors import FileError
from corpus_search.formats.docx import extract
from corpus_search.formats.docx_numbers import printed
from corpus_search.formats.docx_symbols import symbol
from corpus_search.formats.layout import BlockKind, Extract, LayoutBlock

SAMPLES = Path(__file__).parent / "formats" / "docx"

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = (
    f'xmlns:w="{WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml"'
)


def packed(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def document(body: str, *, properties: str = "", **parts: str) -> bytes:
    """Put a Word file together; `parts` are the contents of styles, numbering, settings, footnotes and endnotes."""
    files = {
        "_rels/.rels": relationships({"officeDocument": "word/document.xml", "core-properties": "docProps/core.xml"}),
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relationships({name: f"{name}.xml" for name in parts}),
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="urn:cp" xmlns:dc="urn:dc">{properties}</cp:coreProperties>',
    }
    for name, content in parts.items():
        files[f"word/{name}.xml"] = f"<w:{name} {NAMESPACES}>{content}</w:{name}>"
    return packed(files)


def relationships(targets: Mapping[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONSHIPS}/{name}" Target="{target}"/>'
        for number, (name, target) in enumerate(targets.items())
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{each}</Relationships>'


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, style: str = "", properties: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    inner = "".join(one if one.startswith("<") else run(one) for one in runs)
    return f"<w:p><w:pPr>{named}{properties}</w:pPr>{inner}</w:p>"


def call(number: int, kind: str = "footnote") -> str:
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


def note(number: int, *texts: str, kind: str = "footnote") -> str:
    first = f"<w:r><w:{kind}Ref/></w:r>" + run(f" {texts[0]}")
    return f'<w:{kind} w:id="{number}">{paragraph(first)}{"".join(map(paragraph, texts[1:]))}</w:{kind}>'


def style(name: str, *, identifier: str = "", base: str = "", properties: str = "") -> str:
    based = f'<w:basedOn w:val="{base}"/>' if base else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{identifier or name}"><w:name w:val="{name}"/>{based}'
        f"<w:pPr>{properties}</w:pPr></w:style>"
    )


def in_list(number: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def level(number: int, number_format: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


def numbering(*levels: str, more: str = "") -> str:
    return (
        f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}'
    )


def field(instruction: str, result: str | None = None) -> str:
    separate = "" if result is None else f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{instruction}</w:instrText></w:r>'
        f'{separate}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def read(data: bytes) -> Extract:
    return extract(data, path="文.docx")


def blocks_of(extracted: Extract) -> tuple[LayoutBlock, ...]:
    assert extracted.layout is not None
    return extracted.layout.blocks


def shown(data: bytes) -> list[str]:
    """Return the blocks as lines: ``h1 一、引言``, ``note ⟨①⟩ 《书》``; calls stand in ``[ ]``, labels in ``⟨ ⟩``."""
    extracted = read(data)
    assert extracted.layout is not None
    marked = [(each.start, each.end, "[", "]") for each in extracted.layout.calls]
    marked += [(each.start, each.end, "⟨", "⟩") for each in extracted.layout.labels]
    lines = []
    for block in blocks_of(extracted):
        text = extracted.text[block.start : block.end]
        for start, end, opening, closing in sorted(marked, reverse=True):
            if block.start <= start < block.end:
                start, end = start - block.start, end - block.start
                text = f"{text[:start]}{opening}{text[start:end]}{closing}{text[end:]}"
        name = f"h{block.level}" if block.kind == BlockKind.HEADING else block.kind.value
        lines.append(text if block.kind == BlockKind.PARAGRAPH else f"{name} {text}")
    return lines


def reason(data: bytes) -> str:
    with pytest.raises(FileError) as caught:
        read(data)
    assert "\n" not in caught.value.reason
    return caught.value.reason


class TestSamples:
    def test_a_file_made_by_pandoc(self) -> None:
        """Made from Markdown, with ``east_asian_line_breaks``; `pandoc` writes the authors below the title."""
        data = (SAMPLES / "pandoc.docx").read_bytes()
        assert shown(data) == [
            "title 日美同盟的战略转向",
            "卢昊",
            "张三",
            "h1 一、引言",
            "日美同盟[1]是基石，而且“重要”[2]。See this link for more and more。",
            "h2 （一）背景",
            "1. 第一",
            "2. 第二",
            "无号",
            "caption 表1 援助",
            "table 年 | 额",
            "table 2020 | 5[3]",
            "同盟とは、「約束」である。",
            "note ⟨1⟩ 《书》，第3页。",
            "note 第二段。",
            "note ⟨2⟩ 「日米安全保障協議委員会」、2023年。",
            "note ⟨3⟩ See Table 2.",
        ]
        layout = read(data).layout
        assert layout is not None
        assert layout.metadata == {"title": "日美同盟的战略转向", "authors": "卢昊；张三", "keywords": "日美同盟；战略"}

    def test_a_file_made_by_libreoffice(self) -> None:
        """Made from OpenDocument, with numbered headings, changes, ruby, a text box, a comment and all kinds of notes."""
        data = (SAMPLES / "libreoffice.docx").read_bytes()
        assert shown(data) == [
            "title 测试题目[*]",
            "h1 一、引言",
            "日美插入的同盟[1]，漢字同盟。末[i] 又行coop link",
            "前段后段[2]再见注1。",
            "h2 （1）背景",
            "h2 （2）现状",
            "h1 二、结语",
            "[1]作者甲，书。",
            "[2]作者乙，文。",
            "框前框后",
            "caption 图1 框内",
            "table 合并",
            "table 甲 乙 | 丙",
            "note ⟨*⟩ 本文系项目成果。",
            "note ⟨1⟩ 《书》，第3页。",
            "note 第二段。",
            "note ⟨2⟩ Second.",
            "note ⟨i⟩ End note.",
        ]


class TestNotes:
    def test_a_footnote_is_called_and_follows_the_text(self) -> None:
        data = document(paragraph("同盟", call(2), "。"), footnotes=note(2, "《书》，第3页。"))
        assert shown(data) == ["同盟[1]。", "note ⟨1⟩ 《书》，第3页。"]

    def test_the_call_and_its_note_have_one_key(self) -> None:
        extracted = read(document(paragraph("甲", call(7)), footnotes=note(7, "注", "又一段")))
        assert extracted.layout is not None
        keys = {block.key for block in extracted.layout.blocks if block.kind == BlockKind.NOTE}
        assert keys == {each.key for each in extracted.layout.calls}
        assert len(extracted.layout.blocks) == 3

    def test_endnotes_come_after_footnotes_in_roman_numbers(self) -> None:
        data = document(
            paragraph("甲", call(1, "endnote"), "乙", call(1)),
            footnotes=note(1, "脚注"),
            endnotes=note(1, "尾注", kind="endnote"),
        )
        assert shown(data) == ["甲[i]乙[1]", "note ⟨1⟩ 脚注", "note ⟨i⟩ 尾注"]

    def test_notes_come_in_the_order_of_their_calls_and_those_not_called_not_at_all(self) -> None:
        data = document(
            paragraph("甲", call(5), "乙", call(3)), footnotes=note(3, "三") + note(4, "四") + note(5, "五")
        )
        assert shown(data)[1:] == ["note ⟨1⟩ 五", "note ⟨2⟩ 三"]

    def test_a_mark_of_the_authors_own_is_call_and_label_and_is_not_counted(self) -> None:
        custom = '<w:r><w:footnoteReference w:id="1" w:customMarkFollows="1"/><w:t>*</w:t></w:r>'
        own = f'<w:footnote w:id="1">{paragraph("* 基金项目。")}</w:footnote>'
        data = document(paragraph("题", custom) + paragraph("文", call(2)), footnotes=own + note(2, "注"))
        assert shown(data) == ["题[*]", "文[1]", "note ⟨*⟩ 基金项目。", "note ⟨1⟩ 注"]

    def test_a_mark_of_the_authors_own_may_be_a_symbol_or_stand_in_the_next_run(self) -> None:
        circled = '<w:sym w:font="Wingdings" w:char="F081"/>'
        custom = '<w:r><w:footnoteReference w:id="1" w:customMarkFollows="1"/></w:r>'
        own = f'<w:footnote w:id="1">{paragraph(f"<w:r>{circled}</w:r>", "注")}</w:footnote>'
        assert shown(document(paragraph("文", custom, f"<w:r>{circled}</w:r>", "续"), footnotes=own)) == [
            "文[①]续",
            "note ⟨①⟩注",
        ]

    def test_numbers_are_printed_as_the_settings_say(self) -> None:
        circles = '<w:footnotePr><w:numFmt w:val="decimalEnclosedCircleChinese"/><w:numStart w:val="3"/></w:footnotePr>'
        data = document(paragraph("甲", call(1)), footnotes=note(1, "注"), settings=circles)
        assert shown(data) == ["甲[③]", "note ⟨③⟩ 注"]

    def test_numbers_begin_anew_in_a_section_that_says_so(self) -> None:
        anew = '<w:sectPr><w:footnotePr><w:numRestart w:val="eachSect"/></w:footnotePr></w:sectPr>'
        data = document(
            paragraph("甲", call(1), "乙", call(2), properties=anew) + paragraph("丙", call(3)) + anew,
            footnotes=note(1, "一") + note(2, "二") + note(3, "三"),
        )
        assert shown(data)[:2] == ["甲[1]乙[2]", "丙[1]"]

    def test_numbers_that_begin_anew_on_each_page_run_on_as_pages_are_not_known(self) -> None:
        each_page = (
            '<w:footnotePr><w:numFmt w:val="decimalEnclosedCircle"/><w:numRestart w:val="eachPage"/></w:footnotePr>'
        )
        broken = '<w:r><w:lastRenderedPageBreak/><w:br w:type="page"/></w:r>'
        data = document(
            paragraph("甲", call(1), "，", broken, "乙", call(2)),
            footnotes=note(1, "一") + note(2, "二"),
            settings=each_page,
        )
        assert shown(data)[0] == "甲[①]，乙[②]"
        assert read(data).remarks == ()
        assert all(block.page is None for block in blocks_of(read(data)))

    @pytest.mark.parametrize("pair", ["[]", "〔〕", "（）", "【】"])
    def test_brackets_typed_round_the_number_belong_to_it(self, pair: str) -> None:
        opening, closing = pair[0], pair[1]
        own = f"<w:footnote w:id='1'>{paragraph(opening, '<w:r><w:footnoteRef/></w:r>', f'{closing} 注')}</w:footnote>"
        data = document(paragraph(f"文{opening}", call(1), f"{closing}续"), footnotes=own)
        assert shown(data) == [f"文[{opening}1{closing}]续", f"note ⟨{opening}1{closing}⟩ 注"]

    def test_a_note_called_again_by_a_field_is_one_note_with_two_calls(self) -> None:
        marked = f'<w:bookmarkStart w:id="0" w:name="_Ref1"/>{call(1)}<w:bookmarkEnd w:id="0"/>'
        again = field(r" NOTEREF _Ref1 \f \h ", run("1"))
        data = document(paragraph("甲", marked, "乙", again, "丙"), footnotes=note(1, "注"))
        assert shown(data) == ["甲[1]乙[1]丙", "note ⟨1⟩ 注"]

    def test_a_reference_to_a_note_in_running_text_is_text(self) -> None:
        marked = f'<w:bookmarkStart w:id="0" w:name="_Ref1"/>{call(1)}<w:bookmarkEnd w:id="0"/>'
        data = document(
            paragraph("甲", marked, "，参见注", field(r"NOTEREF _Ref1 \h", run("1"))), footnotes=note(1, "注")
        )
        assert shown(data)[0] == "甲[1]，参见注1"

    def test_a_missing_note_leaves_its_number_as_text_and_a_remark(self) -> None:
        extracted = read(document(paragraph("甲", call(9))))
        assert extracted.text.strip() == "甲1"
        assert extracted.remarks == ("notes are called that the file does not hold: 1; their marks are kept as text",)

    def test_a_note_in_a_table_or_a_heading_is_a_note(self) -> None:
        data = document(
            paragraph("引言", call(1), style="Heading1")
            + f"<w:tbl><w:tr><w:tc>{paragraph('甲', call(2))}</w:tc><w:tc>{paragraph('乙')}</w:tc></w:tr></w:tbl>",
            footnotes=note(1, "一") + note(2, "二"),
        )
        assert shown(data) == ["h1 引言[1]", "table 甲[2] | 乙", "note ⟨1⟩ 一", "note ⟨2⟩ 二"]


class TestHeadings:
    @pytest.mark.parametrize(
        "styles",
        [
            style("heading 2", identifier="x"),
            style("标题 2", identifier="x"),
            style("Überschrift 2", identifier="x"),
            style("节", identifier="x", properties='<w:outlineLvl w:val="1"/>'),
            style("heading 2", identifier="2") + style("我的", identifier="x", base="2"),
        ],
        ids=["built in", "Chinese", "German", "by outline level", "based on another"],
    )
    def test_a_style_makes_a_heading(self, styles: str) -> None:
        assert shown(document(paragraph("背景", style="x"), styles=styles)) == ["h2 背景"]

    def test_a_style_the_file_does_not_hold_goes_by_its_name(self) -> None:
        assert shown(document(paragraph("背景", style="Heading3"))) == ["h3 背景"]

    def test_a_paragraphs_own_outline_level_makes_a_heading_and_unmakes_one(self) -> None:
        data = document(
            paragraph("背景", properties='<w:outlineLvl w:val="2"/>')
            + paragraph("正文", style="Heading1", properties='<w:outlineLvl w:val="9"/>')
        )
        assert shown(data) == ["h3 背景", "正文"]

    def test_titles_and_subtitles_are_no_headings_even_with_the_levels_chinese_word_gives_them(self) -> None:
        styles = style("Title", identifier="a", properties='<w:outlineLvl w:val="0"/>')
        styles += style("Subtitle", identifier="b", properties='<w:outlineLvl w:val="1"/>')
        data = document(paragraph("题目", style="a") + paragraph("副题", style="b"), styles=styles)
        assert shown(data) == ["title 题目", "副题"]

    def test_a_caption_is_a_caption(self) -> None:
        styles = style("caption", identifier="a") + style("表题注", identifier="b", base="a")
        data = document(paragraph("表", field("SEQ 表", run("1")), " 援助", style="b"), styles=styles)
        assert shown(data) == ["caption 表1 援助"]

    def test_styles_based_on_each_other_end(self) -> None:
        styles = style("甲", base="乙") + style("乙", base="甲")
        assert shown(document(paragraph("文", style="甲"), styles=styles)) == ["文"]


class TestNumbers:
    LEVELS = (level(0, "chineseCounting", "%1、"), level(1, "decimal", "%1.%2", "<w:isLgl/>"))

    def test_word_prints_numbers_before_headings_by_their_styles(self) -> None:
        styles = style("heading 1", identifier="1", properties='<w:numPr><w:numId w:val="1"/></w:numPr>')
        styles += style("heading 2", identifier="2", properties=in_list(1, 0))
        levels = (
            level(0, "chineseCounting", "%1、", '<w:pStyle w:val="1"/>'),
            level(1, "decimal", "%1.%2", '<w:pStyle w:val="2"/><w:isLgl/>'),
        )
        data = document(
            "".join(paragraph(text, style=name) for text, name in zip("甲乙丙丁戊", "12212", strict=True)),
            styles=styles,
            numbering=numbering(*levels),
        )
        assert shown(data) == ["h1 一、甲", "h2 1.1 乙", "h2 1.2 丙", "h1 二、丁", "h2 2.1 戊"]

    def test_a_paragraph_can_say_another_level_than_its_style(self) -> None:
        styles = style("heading 1", identifier="1", properties=in_list(1))
        levels = (level(0, "decimal", "%1.", '<w:pStyle w:val="1"/>'), level(1, "lowerLetter", "%2)"))
        data = document(
            paragraph("甲", style="1")
            + paragraph("乙", style="1", properties='<w:numPr><w:ilvl w:val="1"/></w:numPr>'),
            styles=styles,
            numbering=numbering(*levels),
        )
        assert shown(data) == ["h1 1. 甲", "h1 a) 乙"]

    def test_numbers_of_lists_are_printed_and_bullets_are_not(self) -> None:
        bullets = '<w:abstractNum w:abstractNumId="1">' + level(0, "bullet", "•") + "</w:abstractNum>"
        bullets += '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
        data = document(
            paragraph("甲", properties=in_list(1))
            + paragraph("乙", properties=in_list(1))
            + paragraph("点", properties=in_list(2)),
            numbering=numbering(level(0, "decimal", "[%1]"), more=bullets),
        )
        assert shown(data) == ["[1] 甲", "[2] 乙", "点"]

    def test_a_deeper_level_begins_anew_unless_it_is_told_not_to(self) -> None:
        data = document(
            "".join(paragraph("文", properties=in_list(1, deep)) for deep in (0, 1, 2, 0, 1, 2)),
            numbering=numbering(
                level(0, "decimal", "%1."),
                level(1, "lowerLetter", "%2)"),
                level(2, "lowerRoman", "%3)", '<w:lvlRestart w:val="0"/>'),
            ),
        )
        assert shown(data) == ["1. 文", "a) 文", "i) 文", "2. 文", "a) 文", "ii) 文"]

    def test_lists_of_one_definition_go_on_unless_one_says_where_it_starts(self) -> None:
        more = '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="0"/>'
        more += '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="8"/></w:lvlOverride></w:num>'
        data = document(
            "".join(paragraph("文", properties=in_list(number)) for number in (1, 2, 3, 3)),
            numbering=numbering(level(0, "decimal", "%1."), more=more),
        )
        assert shown(data) == ["1. 文", "2. 文", "8. 文", "9. 文"]

    def test_a_paragraph_can_step_out_of_its_styles_list(self) -> None:
        styles = style("heading 1", identifier="1", properties=in_list(1))
        data = document(
            paragraph("甲", style="1")
            + paragraph("摘要", style="1", properties=in_list(0))
            + paragraph("乙", style="1"),
            styles=styles,
            numbering=numbering(level(0, "chineseCounting", "第%1章")),
        )
        assert shown(data) == ["h1 第一章 甲", "h1 摘要", "h1 第二章 乙"]

    def test_a_list_may_take_its_definition_from_a_style_of_lists(self) -> None:
        linked = '<w:abstractNum w:abstractNumId="5"><w:numStyleLink w:val="L"/></w:abstractNum>'
        linked += '<w:num w:numId="9"><w:abstractNumId w:val="5"/></w:num>'
        styles = (
            '<w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        )
        data = document(
            paragraph("甲", properties=in_list(9)),
            styles=styles,
            numbering=linked + numbering(level(0, "decimal", "(%1)")),
        )
        assert shown(data) == ["(1) 甲"]

    @pytest.mark.parametrize(
        ("number", "number_format", "expected"),
        [
            (3, "decimalEnclosedCircle", "③"),
            (11, "decimalEnclosedCircle", "⑪"),
            (11, "decimalEnclosedCircleChinese", "11"),
            (10, "chineseCounting", "十"),
            (21, "chineseCounting", "二十一"),
            (110, "chineseCountingThousand", "一百一十"),
            (1001, "chineseCountingThousand", "一千〇一"),
            (10, "ideographDigital", "一〇"),
            (111, "japaneseCounting", "百十一"),
            (12, "chineseLegalSimplified", "壹拾贰"),
            (11, "ideographTraditional", "11"),
            (12, "ideographZodiac", "亥"),
            (60, "ideographZodiacTraditional", "癸亥"),
            (28, "lowerLetter", "bb"),
            (1994, "upperRoman", "MCMXCIV"),
            (5, "chicago", "**"),
            (7, "decimalZero", "07"),
            (112, "ordinal", "112th"),
            (3, "decimalFullWidth", "３"),
            (0, "lowerRoman", "0"),
            (4, "of a later version", "4"),
        ],
    )
    def test_numbers_are_printed_in_the_formats_of_word(self, number: int, number_format: str, expected: str) -> None:
        assert printed(number, number_format) == expected

    def test_a_pattern_of_ones_own_says_how_many_digits(self) -> None:
        assert printed(7, "custom", custom="001, 002, 003, ...") == "007"


class TestText:
    def test_insertions_are_kept_and_deletions_left_out(self) -> None:
        inserted, deleted = f"<w:ins>{run('新')}</w:ins>", "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>"
        moved = f"<w:moveFrom>{run('去')}</w:moveFrom><w:moveTo>{run('来')}</w:moveTo>"
        assert shown(document(paragraph("甲", inserted, deleted, moved, "乙"))) == ["甲新来乙"]

    def test_a_paragraph_whose_end_was_deleted_goes_on(self) -> None:
        data = document(paragraph("前", properties="<w:rPr><w:del/></w:rPr>") + paragraph("后", style="Heading1"))
        assert shown(data) == ["h1 前后"]

    def test_results_of_fields_are_kept_and_their_codes_left_out(self) -> None:
        nested = field("IF " + "</w:instrText></w:r>" + field("X", run("隐")) + "<w:r><w:instrText>", run("见"))
        simple = f'<w:fldSimple w:instr="REF a">{run("表1")}</w:fldSimple>'
        assert shown(document(paragraph("甲", nested, simple, field("XE 词")))) == ["甲见表1"]

    def test_a_field_that_never_ends_hides_nothing(self) -> None:
        begun = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        assert shown(document(paragraph("甲", begun, "乙") + paragraph("丙"))) == ["甲乙", "丙"]

    def test_tables_of_contents_are_left_out(self) -> None:
        spread = (
            paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \\o </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>', "一、引言")
            + paragraph("二、结语", '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
        )  # fmt: skip
        gallery = (
            '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
            f"<w:sdtContent>{paragraph('目录')}</w:sdtContent></w:sdt>"
        )
        styled = paragraph("引言 1", style="TOC1") + paragraph("目录", style="TOCHeading")
        assert shown(document(spread + gallery + styled + paragraph("文"))) == ["文"]

    def test_a_text_box_is_read_once_after_its_paragraph(self) -> None:
        box = f"<w:txbxContent>{paragraph('框内')}{paragraph('图1', style='Caption')}</w:txbxContent>"
        both = (
            f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
            f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
        assert shown(document(paragraph("前", both, "后"))) == ["前后", "框内", "caption 图1"]

    def test_what_stands_in_for_an_unknown_extension_is_read(self) -> None:
        emoji = (
            '<w:r><mc:AlternateContent><mc:Choice Requires="w16se"/><mc:Fallback><w:t>☺</w:t></mc:Fallback>'
            "</mc:AlternateContent></w:r>"
        )
        assert shown(document(paragraph("甲", emoji))) == ["甲☺"]

    def test_tabs_and_breaks_are_blanks_and_soft_hyphens_nothing(self) -> None:
        parts = "<w:r><w:t>co</w:t><w:softHyphen/><w:t>op\xad</w:t><w:tab/><w:t>a</w:t><w:br/><w:t>b</w:t><w:br/><w:t>甲</w:t><w:br/><w:t>乙</w:t></w:r>"
        assert shown(document(paragraph(parts))) == ["coop a b 甲乙"]

    def test_of_ruby_the_base_is_read(self) -> None:
        ruby = f"<w:r><w:ruby><w:rt>{run('どうめい')}</w:rt><w:rubyBase>{run('同盟')}</w:rubyBase></w:ruby></w:r>"
        assert shown(document(paragraph("日米", ruby, "が"))) == ["日米同盟が"]

    @pytest.mark.parametrize(
        ("instruction", "expected"),
        [
            (r"eq \o\ac(○,21)", "㉑"),
            (r"eq \o\ac(○,密)", "密"),
            (r"EQ \* jc2 \* hps10 \o\ad(\s\up 9(どうめい),同盟)", "同盟"),
            (r"eq \f(1,2)", ""),
        ],
    )
    def test_characters_laid_over_one_another_are_read(self, instruction: str, expected: str) -> None:
        assert shown(document(paragraph("甲", field(instruction), "乙"))) == [f"甲{expected}乙"]

    def test_symbols_are_characters(self) -> None:
        assert shown(document(paragraph("甲", '<w:r><w:sym w:font="Symbol" w:char="F061"/></w:r>'))) == ["甲α"]
        assert (symbol("Arial", "2192"), symbol("Unknown", "F021"), symbol("Symbol", "zz")) == ("→", "", "")

    def test_hidden_text_comments_and_heads_of_pages_are_left_out(self) -> None:
        data = document(
            paragraph(
                "甲", run("密", "<w:vanish/>"), run("显", '<w:vanish w:val="0"/>'), "<w:r><w:commentReference/></w:r>"
            ),
            comments=f"<w:comment>{paragraph('批')}</w:comment>",
            header=paragraph("页眉"),
        )
        assert shown(data) == ["甲显"]

    def test_links_controls_and_formulas_are_their_text(self) -> None:
        link = f"<w:hyperlink>{run('链')}</w:hyperlink>"
        control = f"<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>{run('控')}</w:sdtContent></w:sdt>"
        formula = "<m:oMath><m:r><m:t>E=m</m:t></m:r></m:oMath>"
        assert shown(document(paragraph(link, control, formula))) == ["链控E=m"]

    def test_a_row_of_a_table_is_a_block(self) -> None:
        inner = f"<w:tbl><w:tr><w:tc>{paragraph('内')}</w:tc></w:tr></w:tbl>"
        rows = [["年", "额"], ["", ""], ["2020", "甲"]]
        table = "".join(
            "<w:tr>" + "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in row) + "</w:tr>" for row in rows
        )
        table += f"<w:tr><w:tc>{paragraph('上')}{paragraph('下')}</w:tc><w:tc>{inner}</w:tc></w:tr>"
        table += f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('删')}</w:tc><w:tc/></w:tr>"
        assert shown(document(f"<w:tbl>{table}</w:tbl>")) == ["table 年 | 额", "table 2020 | 甲", "table 上 下 | 内"]

    def test_a_table_of_one_cell_is_a_frame_round_paragraphs(self) -> None:
        cell = paragraph("甲", style="Heading1") + paragraph("乙")
        assert shown(document(f"<w:tbl><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>")) == ["h1 甲", "乙"]

    def test_a_part_in_another_format_is_remarked(self) -> None:
        (remark,) = read(document(paragraph("甲") + "<w:altChunk/>")).remarks
        assert "another format" in remark

    def test_the_strict_variant_reads_the_same(self) -> None:
        usual = document(paragraph("同盟", call(2), style="Heading1"), footnotes=note(2, "注"))
        with zipfile.ZipFile(io.BytesIO(usual)) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
        strict = {
            name: content.replace(WORD, "http://purl.oclc.org/ooxml/wordprocessingml/main").replace(
                RELATIONSHIPS, "http://purl.oclc.org/ooxml/officeDocument/relationships"
            )
            for name, content in parts.items()
        }
        assert shown(packed(strict)) == shown(usual)


class TestMetadata:
    def test_what_the_file_says_of_itself_is_metadata(self) -> None:
        said = (
            "<dc:title>日美同盟</dc:title><dc:creator>卢昊; 张三</dc:creator><cp:keywords>同盟，战略;安全</cp:keywords>"
        )
        layout = read(document(paragraph("文"), properties=said)).layout
        assert layout is not None
        assert layout.metadata == {"title": "日美同盟", "authors": "卢昊；张三", "keywords": "同盟；战略；安全"}

    def test_what_word_says_by_itself_is_not(self) -> None:
        said = "<dc:title>Word Document</dc:title><dc:creator>微软用户</dc:creator><cp:keywords/>"
        layout = read(document(paragraph("文"), properties=said)).layout
        assert layout is not None
        assert layout.metadata == {}

    def test_a_comma_stands_within_an_english_name(self) -> None:
        layout = read(document(paragraph("文"), properties="<dc:creator>Wang, Li; Doe, J.</dc:creator>")).layout
        assert layout is not None
        assert layout.metadata == {"authors": "Wang, Li；Doe, J."}


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save it as .docx"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
            (b"{\\rtf1 abc}", "RTF"),
            (b"", "empty"),
            (b"<html>", "no Word file"),
            (b"PK\x03\x04 and no more", "cut off or broken"),
            (document(paragraph("文"))[:-40], "cut off or broken"),
            (packed({"xl/workbook.xml": "<x/>"}), "no Word document"),
            (document(""), "no text"),
            (packed({"word/document.xml": "<w:document"}), "is broken"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_refused_with_what_to_do(self, data: bytes, says: str) -> None:
        assert says in reason(data)

    def test_entities_are_neither_resolved_nor_read(self) -> None:
        entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        body = f"<w:document {NAMESPACES}><w:body>{paragraph('&e;')}</w:body></w:document>"
        assert "document type" in reason(packed({"word/document.xml": entity + body}))

    def test_a_bomb_is_not_unpacked(self) -> None:
        body = f"<w:document {NAMESPACES}><w:body>{' ' * 51_000_000}</w:body></w:document>"
        assert "too large" in reason(packed({"word/document.xml": body}))

    def test_a_zip_file_with_a_password_is_refused(self) -> None:
        data = bytearray(packed({"word/document.xml": "<x/>"}))
        data[data.index(b"PK\x01\x02") + 8] |= 1
        assert "password" in reason(bytes(data))

    def test_without_its_package_it_says_how_to_get_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "lxml", None)
        assert "pip install 'corpus-search[docx]'" in reason(document(paragraph("文")))

    def test_tables_nested_without_end_are_refused(self) -> None:
        deep = paragraph("文")
        for _ in range(120):
            deep = f"<w:tbl><w:tr><w:tc>{deep}</w:tc></w:tr></w:tbl>"
        assert reason(document(deep))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]))
def test_any_bytes_are_read_or_refused(data: bytes, beginning: bytes) -> None:
    with pytest.raises(FileError):
        read(beginning + data)


RICH = document(
    paragraph("题", call(1), style="Title") + paragraph("甲", field("TOC", run("目")), properties=in_list(1))
    + f"<w:tbl><w:tr><w:tc>{paragraph('一')}</w:tc><w:tc>{paragraph('二')}</w:tc></w:tr></w:tbl>",
    footnotes=note(1, "注"), styles=style("Title"), numbering=numbering(level(0, "decimal", "%1.")),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_a_damaged_file_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(RICH)
    for place, byte in changes:
        data[place] = byte
    check(bytes(data))


ELEMENTS = st.sampled_from(
    """p r t tbl tr tc pPr rPr numPr ilvl numId outlineLvl pStyle fldChar instrText fldSimple footnoteReference footnoteRef
    endnoteReference sym ruby rubyBase rt ins del sdt sdtContent bookmarkStart bookmarkEnd sectPr footnotePr numFmt
    numStart numRestart txbxContent drawing vanish tab br style basedOn name abstractNum num lvl start lvlText
    abstractNumId footnote""".split()  # noqa: SIM905
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["val", "id", "fldCharType", "instr", "customMarkFollows", "char", "font", "numId", "ilvl", "name",
                     "styleId", "abstractNumId", "type", "default"]),
    st.sampled_from(["", "0", "1", "2", "-1", "9", "99999999999999999999", "begin", "separate", "end", "%1.%2", "TOC",
                     "eachSect", "decimal", "lowerLetter", "NOTEREF 1 \\f", "F061", "ſ", "²"]),
    max_size=3,
)  # fmt: skip


def element(name: str, attributes: Mapping[str, str], inner: list[str]) -> str:
    written = "".join(f' w:{attribute}="{setting}"' for attribute, setting in attributes.items())
    return f"<w:{name}{written}>{''.join(inner)}</w:{name}>"


TREES = st.recursive(
    st.sampled_from(["文", " a ", "\n"]),
    lambda inner: st.builds(element, ELEMENTS, ATTRIBUTES, st.lists(inner, max_size=5)),
    max_leaves=40,
)


@settings(max_examples=150, deadline=None)
@given(TREES, TREES, TREES, TREES)
def test_any_tree_of_elements_is_read_or_refused(body: str, notes: str, styles: str, numbers: str) -> None:
    check(document(f"{body}{paragraph(body)}", footnotes=notes + note(1, "注"), styles=styles, numbering=numbers))


def check(data: bytes) -> None:
    """Read a file that may be refused, and see that what is said of its text holds."""
    try:
        extracted = read(data)
    except FileError:
        return
    assert extracted.layout is not None
    end = 0
    for block in extracted.layout.blocks:
        assert end <= block.start < block.end <= len(extracted.text)
        end = block.end
    keys = {block.key for block in extracted.layout.blocks if block.kind == BlockKind.NOTE}
    for each in extracted.layout.calls:
        assert each.key in keys
        assert extracted.text[each.start : each.end].strip()
