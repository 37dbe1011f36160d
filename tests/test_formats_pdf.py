"""A PDF's glyphs become headings, paragraphs, notes and running heads, and what is no readable PDF is refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_search.errors import FileError
from corpus_search.formats import pdf_pages
from corpus_search.formats.layout import BlockKind, Extract
from corpus_search.formats.pdf import extract
from tests.pdf_maker import Image, Item, Rule, Text, lines, make_pdf

SAMPLES = Path(__file__).parent / "formats"
FULL = "日美同盟在战略目标军事部署经济安全等领域的一体化发展"  # 25 characters fill a line of these pages.
BODY = (f"\u3000\u3000{FULL[:23]}", FULL[:25], "此段至此为止。")
PARAGRAPH = f"{FULL[:23]}{FULL[:25]}此段至此为止。"


def read(*pages: Sequence[Item], labels: str = "", information: str = "") -> Extract:
    return extract(make_pdf(pages, labels=labels, information=information), path="a.pdf")


def blocks(found: Extract, *kinds: BlockKind) -> list[str]:
    """The texts of the blocks of these kinds; of all of them if none is named."""
    assert found.layout
    return [found.text[each.start : each.end] for each in found.layout.blocks if not kinds or each.kind in kinds]


def kinds(found: Extract) -> list[tuple[str, int]]:
    assert found.layout
    return [(each.kind.value, each.level) for each in found.layout.blocks]


def notes(found: Extract) -> list[tuple[str, str, str]]:
    """Key, label and text of each note."""
    assert found.layout
    labels = {label.start: label.end for label in found.layout.labels}
    return [
        (each.key, found.text[each.start : labels[each.start]], found.text[labels[each.start] : each.end].strip())
        for each in found.layout.blocks
        if each.kind is BlockKind.NOTE and each.start in labels
    ]


def calls(found: Extract) -> list[tuple[str, str, str]]:
    """What stands before each call, what is printed, and the key it calls."""
    assert found.layout
    return [
        (found.text[call.start - 2 : call.start], found.text[call.start : call.end], call.key)
        for call in found.layout.calls
    ]


def called(label: str, *, y: float = 500, raised: bool = True) -> list[Item]:
    """A line with a marker after its fifth character, and a last line."""
    size, lift = (6, 4) if raised else (10, 0)
    return [
        Text(50, y, FULL[:5]),
        Text(100, y + lift, label, size),
        Text(100 + size * (len(label) / 2 if label.isascii() else 1), y, FULL[5:24]),
        Text(50, y - 16, "此段至此为止。"),
    ]


# One article, many layouts, one tree. The first two are LibreOffice's, with notes set by it; the others Chromium's.

POST = "战后日美同盟的战略合作在安全领域不断加强，其影响值得各国关注与研究。"
PUSH = "日本与美国在军事部署、经济安全等领域推动同盟一体化发展，并以维护国际秩序稳定为名。"
PLAIN = "The alliance of Japan and the United States has well-known effects on office work and finance."


@pytest.mark.parametrize("name", ["one-column.pdf", "two-columns.pdf"])
def test_an_article_is_the_same_in_one_column_and_in_two(name: str) -> None:
    found = extract((SAMPLES / name).read_bytes(), path=name)
    assert found.layout
    body = blocks(found, BlockKind.TITLE, BlockKind.HEADING, BlockKind.PARAGRAPH)
    assert [re.sub("[①②③]", "^", text) for text in body] == [
        "日美同盟的战略合作与影响",
        "王研究",
        "一、同盟的战略",
        f"{POST}{PUSH}{POST}日本研究^，{PUSH}",
        f"{PLAIN}^ {PLAIN}",
        f"{PUSH}{PUSH}{POST}",
        "（一）经济安全",
        f"{PUSH * 4}安全领域^。{POST}",
        POST,
        "二、影响与关注：日美同盟在军事与经济安全领域的战略合作",
        f"{POST}{PUSH}影响^。{POST * 3}",
        f"{PUSH}{POST * 2}国际秩序^。",
    ]
    assert [level for kind, level in kinds(found) if kind == "heading"] == [1, 2, 1]
    assert [text for _, _, text in notes(found)] == [
        "《日美同盟的战略合作》，2023年，第3页。",
        "同上。",
        f"《经济安全研究》，2021年，第5—7页。{POST * 5}",
        "See The Alliance, 2019, https://www.mod.go.jp/j/approach/anpo/alliance/2023/effects/index.html。",
        "同上，第9页。",
    ]
    assert [before for before, _, _ in calls(found)] == ["研究", "e.", "领域", "影响", "秩序"]
    assert [key for _, _, key in calls(found)] == [key for key, _, _ in notes(found)]
    assert {each.page for each in found.layout.blocks} == {21, 22, 23}


@pytest.mark.parametrize("name", ["browser-columns.pdf", "browser-vertical.pdf"])
def test_a_browsers_columns_and_its_vertical_lines_are_one_text(name: str) -> None:
    found = extract((SAMPLES / name).read_bytes(), path=name)
    assert list(zip(kinds(found), blocks(found), strict=True)) == [
        (("title", 0), "日美同盟的战略合作与影响"),
        (("paragraph", 0), "战后"),
        (("heading", 1), "一、同盟的战略"),
        (("paragraph", 0), POST * 7),
        (("paragraph", 0), POST * 9),
        (("heading", 2), "（一）安全领域"),
        (("paragraph", 0), POST * 20),
    ]
    assert found.layout
    assert found.layout.metadata == {"title": "日美同盟的战略合作与影响"}


# Paragraphs


def test_a_paragraph_ends_where_the_next_line_is_indented_or_a_line_ends_short() -> None:
    found = read(lines(*BODY, f"\u3000\u3000{FULL[:23]}", FULL[:25], f"\u3000\u3000{FULL[:23]}", "完。"))
    assert blocks(found) == [PARAGRAPH, FULL[:23] + FULL[:25], f"{FULL[:23]}完。"]


def test_paragraphs_without_indent_are_parted_by_a_wider_gap() -> None:
    found = read(lines(FULL[:25], FULL[:25], FULL[:25]) + lines(FULL[:25], "完。", y=500 - 3 * 16 - 10))
    assert blocks(found) == [FULL[:25] * 3, f"{FULL[:25]}完。"]


def test_a_paragraph_goes_on_over_a_page_with_the_place_of_the_new_page() -> None:
    found = read(lines(*BODY[:2]), lines(FULL[:25], "完。"), labels="0 << /S /D /St 15 >>")
    assert blocks(found) == [f"{FULL[:23]}{FULL[:25]}{FULL[:25]}完。"]
    assert found.layout
    assert [(start.offset, start.page) for start in found.layout.page_starts] == [(48, 16)]
    assert found.layout.blocks[0].page == 15


def test_a_quotation_set_in_is_one_paragraph() -> None:
    quoted = [f"\u3000\u3000{FULL[:21]}", f"\u3000\u3000{FULL[:21]}", "\u3000\u3000引文完。"]
    assert blocks(read(lines(FULL[:25], "上文完。", *quoted, *BODY))) == [
        f"{FULL[:25]}上文完。",
        f"{FULL[:21]}{FULL[:21]}引文完。",
        PARAGRAPH,
    ]


def test_a_hanging_indent_keeps_an_entry_together() -> None:
    found = read(lines(FULL[:25], f"\u3000\u3000{FULL[:23]}", "\u3000\u3000完。", FULL[:25], "\u3000\u3000完。"))
    assert blocks(found) == [f"{FULL[:25]}{FULL[:23]}完。", f"{FULL[:25]}完。"]


def test_columns_are_read_one_after_the_other_below_a_title_across_both() -> None:
    title = [Text(120, 550, "一个很长的论文的题目", 16)]
    left = lines(*[FULL[:14]] * 8, x=50)
    right = lines(*[FULL[10:24]] * 7, "完。", x=210)
    columns = [line for pair in zip(left, right, strict=True) for line in pair]
    assert blocks(read([*title, *columns])) == ["一个很长的论文的题目", FULL[:14] * 8 + FULL[10:24] * 7 + "完。"]


def test_a_table_is_not_taken_for_columns() -> None:
    cells = [
        Text(x, 500 - 16 * row, text)
        for row, text in enumerate(("一九", "二八", "三七", "四六", "五五"))
        for x in (50, 250)
    ]
    assert blocks(read([*lines(*BODY, y=580), *cells])) == [
        PARAGRAPH,
        *(f"{text} {text}" for text in ("一九", "二八", "三七", "四六", "五五")),
    ]


def test_vertical_text_is_read_from_right_to_left() -> None:
    columns = [
        Text(350 - 16 * column, 550 - 10 * row, char)
        for column, text in enumerate((FULL[:20], FULL[:20], "完。"))
        for row, char in enumerate(text)
    ]
    assert blocks(read(columns)) == [f"{FULL[:20]}{FULL[:20]}完。"]


def test_readings_above_the_text_are_left_out() -> None:
    assert blocks(read([*lines(*BODY), Text(50, 400, "日本語文法"), Text(50, 409, "にほんご", 5)])) == [
        PARAGRAPH,
        "日本語文法",
    ]


def test_sizes_that_ocr_measures_anew_for_each_line_part_no_paragraph() -> None:
    sizes = {FULL[:25]: 10, FULL[:24]: 10.5, FULL[1:26]: 9.5, "完。": 10.5}
    hidden = [Text(50, 500 - 16 * place, text, sizes[text], hidden=True) for place, text in enumerate(sizes)]
    assert blocks(read([Image(), *hidden])) == [f"{FULL[:25]}{FULL[:24]}{FULL[1:26]}完。"]


def test_short_lines_alone_on_a_page_are_not_joined() -> None:
    items = [f"第{number}项。" for number in "一二三四五六七八九"]
    assert blocks(read(lines(*[FULL[:25]] * 5, "完。"), lines("稍长的一项。", *items)))[1:] == ["稍长的一项。", *items]


# Blanks and line ends


def test_letter_spacing_is_no_blank_but_the_blank_of_a_name_is() -> None:
    spaced = [Text(120 + 24 * place, 550, char, 16) for place, char in enumerate("研究方法")]
    assert blocks(read([*spaced, Text(150, 525, "王 力"), *lines(*BODY)])) == ["研究方法", "王 力", PARAGRAPH]


def test_words_are_parted_where_there_is_a_gap_and_han_beside_them_are_not() -> None:
    words = [
        Text(50, 500, "The"),
        Text(68, 500, "alliance"),
        Text(110.5, 500, "同盟"),
        Text(133, 500, "2023"),
        Text(155.5, 500, "年"),
    ]
    assert blocks(read([*words, Text(50, 484, "尾。")]))[0].startswith("The alliance同盟2023年")


def test_a_hyphen_at_a_line_end_stays() -> None:
    found = read(lines("It is a well-", "known fact and", "an English one."))
    assert blocks(found) == ["It is a well-known fact and an English one."]


@pytest.mark.parametrize("parts", [("j/a/", "anpo/2023/0112a_usa-j.html。"), ("j/a", "/anpo/2023/0112a_usa-j.html。")])
def test_an_address_is_not_parted_at_a_line_end(parts: tuple[str, str]) -> None:
    found = read(lines(f"{FULL[:6]}https://www.mod.go.jp/{parts[0]}", parts[1]))
    assert blocks(found) == [f"{FULL[:6]}https://www.mod.go.jp/j/a/anpo/2023/0112a_usa-j.html。"]


def test_no_character_is_replaced() -> None:
    assert blocks(read(lines("⼀⼆人Ａ①㈱", *BODY)))[0] == "⼀⼆人Ａ①㈱"


# Headings


def test_headings_are_ranked_by_size_then_weight_and_the_largest_on_the_first_page_is_the_title() -> None:
    page = [
        Text(80, 570, "日美同盟的形势与影响", 18),
        Text(50, 540, "一、引言", 14),
        Text(50, 520, "（一）背景", 10, bold=True),
        *lines(*BODY),
        Text(50, 440, "二、结论", 14),
        *lines(*BODY, y=420),
    ]
    assert kinds(read(page)) == [
        ("title", 0),
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
        ("heading", 1),
        ("paragraph", 0),
    ]


def test_a_heading_of_two_lines_is_one() -> None:
    page = [
        Text(130, 570, "日美同盟的形势", 16),
        Text(140, 546, "与战略影响", 16),
        Text(163, 525, "卢昊", 12),
        *lines(*BODY),
    ]
    found = read(page)
    assert blocks(found) == ["日美同盟的形势与战略影响", "卢昊", PARAGRAPH]
    assert kinds(found) == [("title", 0), ("paragraph", 0), ("paragraph", 0)]


def test_bold_words_in_a_paragraph_make_no_heading() -> None:
    page = [Text(70, 500, "摘要：", bold=True), Text(100, 500, FULL[:20]), *lines(FULL[:25], "完。", y=484)]
    assert kinds(read(page)) == [("paragraph", 0)]


def test_a_bold_sentence_that_goes_on_in_the_next_line_makes_no_heading() -> None:
    page: list[Item] = [
        Text(70, 500, FULL[:23], bold=True),
        Text(50, 484, "完。", bold=True),
        Text(70, 484, FULL[:23]),
        *lines("此段至此为止。", y=468),
    ]
    assert kinds(read(page)) == [("paragraph", 0)]


# Notes


@pytest.mark.parametrize(("label", "printed"), [("①", "①"), ("[1]", "[1]"), ("1", "1"), ("*", "*")])
def test_a_note_at_the_bottom_is_tied_to_its_raised_marker(label: str, printed: str) -> None:
    found = read([*called(label), Rule(50, 100, 80), Text(60, 85, f"{printed} 《书》，第3页。", 8)])
    assert notes(found) == [("p1-1", printed, "《书》，第3页。")]
    assert calls(found) == [(FULL[3:5], label, "p1-1")]


def test_a_note_needs_no_rule_if_it_is_smaller() -> None:
    found = read([*called("①", raised=False), Text(50, 85, "① 同上。", 8)])
    assert notes(found) == [("p1-1", "①", "同上。")]


def test_labels_begin_anew_on_each_page_and_keys_do_not() -> None:
    page: list[Item] = [*called("①"), Rule(50, 100, 80), Text(50, 85, "① 同上。", 8)]
    found = read(page, page)
    assert [key for key, _, _ in notes(found)] == ["p1-1", "p2-1"]
    assert [key for _, _, key in calls(found)] == ["p1-1", "p2-1"]


def test_a_note_goes_on_at_the_bottom_of_the_next_page_after_the_paragraph_that_runs_over() -> None:
    first = [*lines(FULL[:25], y=516), *called("①")[:3], Rule(50, 100, 80), Text(50, 85, f"① {FULL[:25]}非常长的", 8)]
    second = [*lines(FULL[:25], "完。"), Rule(50, 100, 80), Text(50, 85, "注释完。", 8), Text(50, 72, "① 同上。", 8)]
    found = read(first, [*second, *called("①", y=400)])
    assert notes(found) == [("p1-1", "①", f"{FULL[:25]}非常长的注释完。"), ("p2-1", "①", "同上。")]
    assert blocks(found, BlockKind.PARAGRAPH)[0].endswith(f"{FULL[:25]}完。")


def test_numbers_of_a_list_call_no_note_and_a_list_is_none() -> None:
    found = read(
        [
            *lines(*BODY, "\u3000\u3000① 第一点。", "\u3000\u3000② 第二点。", y=580),
            *called("①", y=480),
            Text(50, 85, "① 同上。", 8),
        ]
    )
    assert [key for _, _, key in calls(found)] == ["p1-1"]
    assert blocks(found, BlockKind.PARAGRAPH)[1:3] == ["① 第一点。", "② 第二点。"]


def test_raised_references_stay_in_the_text_if_no_note_has_their_number() -> None:
    found = read([*called("[3]"), *lines("[1] 甲书。", "[2] 乙书。", y=400, size=8)])
    assert calls(found) == []
    assert blocks(found) == [f"{FULL[:5]}[3]{FULL[5:24]}此段至此为止。", "[1] 甲书。", "[2] 乙书。"]


def test_a_list_of_references_below_its_heading_is_no_note() -> None:
    found = read([*called("[1]"), Text(50, 440, "参考文献", 12), *lines("[1] 甲书。", "[2] 乙书。", y=420, size=8)])
    assert notes(found) == []
    assert blocks(found)[-2:] == ["[1] 甲书。", "[2] 乙书。"]


def test_the_rules_of_a_table_part_no_notes() -> None:
    table = [Rule(50, 420, 250), *lines("1 甲", "2 乙", y=405), Rule(50, 380, 250)]
    found = read([*called("1"), *table, *lines(*BODY, y=360), Rule(50, 100, 80), Text(50, 85, "1 同上。", 8)])
    assert notes(found) == [("p1-1", "1", "同上。")]
    assert blocks(found, BlockKind.PARAGRAPH)[-1] == PARAGRAPH


def test_what_stands_below_the_rule_without_a_label_comes_after_the_paragraph() -> None:
    first = [*lines(*BODY[:2]), Rule(50, 100, 80), Text(50, 85, "收稿日期：2023年1月。", 8)]
    assert blocks(read(first, lines(FULL[:25], "完。"))) == [
        f"{FULL[:23]}{FULL[:25]}{FULL[:25]}完。",
        "收稿日期：2023年1月。",
    ]


# Running heads and printed pages


def with_furniture(number: int, place: int) -> list[Item]:
    head = "日本学刊" if place % 2 else "日美同盟的形势"
    return [
        Text(50, 570, f"{number}"),
        Text(150, 570, head),
        *lines(*BODY, y=530 - place),
        Text(120, 30, "中国学术期刊电子版"),
    ]


def test_running_heads_and_feet_are_known_by_their_recurrence() -> None:
    found = read(*(with_furniture(21 + place, place) for place in range(4)))
    assert blocks(found, BlockKind.PARAGRAPH) == [PARAGRAPH] * 4
    assert blocks(found, BlockKind.FURNITURE)[:3] == ["21 日美同盟的形势", "中国学术期刊电子版", "22 日本学刊"]


def test_printed_pages_come_from_running_heads_that_agree() -> None:
    found = read([*lines(*BODY), Text(200, 20, "20")], *(with_furniture(21 + place, place) for place in range(4)))
    assert found.layout
    assert [each.page for each in found.layout.blocks if each.kind is BlockKind.PARAGRAPH] == [20, 21, 22, 23, 24]
    assert blocks(found, BlockKind.FURNITURE)[0] == "20"


def test_running_heads_across_a_vertical_page_are_no_part_of_its_lines() -> None:
    def page(number: int) -> list[Item]:
        column = [Text(300, 500 - 10 * row, char) for row, char in enumerate(FULL[:20])]
        return [Text(100, 570, f"日本学刊 2023年 {number}"), *column, Text(284, 500, "完"), Text(284, 490, "。")]

    found = read(page(21), page(22))
    assert found.layout
    assert blocks(found, BlockKind.PARAGRAPH) == [f"{FULL[:20]}完。"] * 2
    assert {each.page for each in found.layout.blocks} == {21, 22}


def test_numbers_that_do_not_agree_are_no_pages() -> None:
    found = read(*(with_furniture(number, place) for place, number in enumerate((21, 45, 7, 90))))
    assert found.layout
    assert {each.page for each in found.layout.blocks} == {None}


@pytest.mark.parametrize(
    ("labels", "pages"),
    [
        ("0 << /S /D /St 15 >>", [15, 16, 17]),
        ("0 << /S /r >> 1 << /S /D /St 1 >>", [None, 1, 2]),
        ("0 << /S /D >>", [None, None, None]),
    ],
)
def test_page_labels_are_printed_pages_unless_they_but_count(labels: str, pages: list[int | None]) -> None:
    found = read(*(lines(*BODY, y=500 - place) for place in range(3)), labels=labels)
    assert found.layout
    assert [each.page for each in found.layout.blocks] == pages


def test_notes_alike_at_the_end_of_each_page_are_no_furniture() -> None:
    page: list[Item] = [*called("①"), *lines("① 甲书，第3页。", "同上。", y=85, size=8, pitch=12)]
    found = read(page, page, page)
    assert blocks(found, BlockKind.FURNITURE) == []
    assert [key for key, _, _ in notes(found)] == ["p1-1", "p2-1", "p3-1"]


# The file's own word


def test_the_files_own_title_is_believed_if_the_first_page_shows_it() -> None:
    page = [Text(150, 550, "论文题目", 16), *lines(*BODY)]
    found = read(page, information="/Title <FEFF8BBA6587989876EE> /Author (Administrator)")
    assert found.layout
    assert found.layout.metadata == {"title": "论文题目"}


# What is refused


def refusal(data: bytes) -> str:
    with pytest.raises(FileError) as caught:
        extract(data, path="a.pdf")
    assert caught.value.path == "a.pdf"
    return caught.value.reason


def test_scans_are_sent_to_ocr() -> None:
    assert refusal(make_pdf([[Image()], [Image()]])) == "has no text layer: 2 pages of images; run it through OCR first"


def test_a_scan_with_nothing_but_a_stamp_on_each_page_has_no_text_layer() -> None:
    stamped: list[Item] = [Image(), Text(100, 20, "中国学术期刊电子版")]
    assert refusal(make_pdf([stamped] * 3)) == "has no text layer: 3 pages of images; run it through OCR first"


def test_pages_without_text_are_named() -> None:
    found = read(lines(*BODY), [Image()], [])
    assert found.remarks == ("no text is on page 2, 3 of the file; if it is scanned, run it through OCR",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"Just a text, called .pdf", "is not a PDF, whatever its name says; give it the right ending"),
        (b"%PDF-1.7\nrubbish", "is a broken PDF; download or export it again"),
        (
            make_pdf([[]]),
            "has no text: 1 page without characters; if something is drawn on them, run it through OCR first",
        ),
        (make_pdf([]), "is a broken PDF; download or export it again"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


def test_a_password_is_named_as_the_obstacle() -> None:
    assert refusal((SAMPLES / "password.pdf").read_bytes()) == "is protected by a password; save it without one"


def test_a_few_bytes_that_stand_for_gigabytes_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "_MAX_UNPACKED", 1_000_000)
    assert "unpacks to more than" in refusal(make_pdf([lines(" " * 600_000)]))


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    assert refusal(make_pdf([lines(*BODY)])) == "reading PDF needs more packages: pip install 'corpus-search[pdf]'"


WHOLE = make_pdf([[*called("①"), Rule(50, 100, 80), Text(50, 85, "① 同上。", 8)]] * 2)


def reads_or_refuses(data: bytes) -> None:
    try:
        found = extract(data, path="a.pdf")
    except FileError:
        return
    assert found.text.strip()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    reads_or_refuses(data)
    reads_or_refuses(b"%PDF-1.7\n" + data)


@given(st.integers(0, len(WHOLE)), st.binary(max_size=20), st.integers(0, 40))
def test_a_damaged_file_is_read_or_refused(place: int, inserted: bytes, lost: int) -> None:
    reads_or_refuses(WHOLE[:place] + inserted + WHOLE[place + lost :])
    reads_or_refuses(WHOLE[:place])
