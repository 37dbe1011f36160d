"""The rules of the genre, each with the smallest text that shows it."""

from __future__ import annotations

import pytest

from corpus_search.article import Article
from corpus_search.parse import parse
from corpus_search.parse.back import is_romanised
from corpus_search.parse.fields import article_number, keywords, names
from corpus_search.parse.labels import chinese_number, roman_number
from tests.conftest import uncovered

LONG = "这一段正文写得足够长，为的是让它看起来像一个真正的段落，而不是一个标题或者清单里的一项，"


def _parse(text: str) -> Article:
    article = parse(text, doc_id="D")
    assert uncovered(text, article) == []
    return article


def _texts(article: Article) -> list[str]:
    return [paragraph.text for paragraph in article.paragraphs()]


def _headings(article: Article) -> list[str]:
    return [section.heading for _, section in article.walk() if section.heading]


@pytest.mark.parametrize(
    "second",
    [
        "3.5亿人，比上年增加不少。",
        "二、三线城市的读者为多，这是事实。",
        "（二）所述的理由也可以说明这一点。",
        "15 世纪以来的江南就是如此。",
        "其一生的著述，大抵如此。",
    ],
)
def test_a_cut_paragraph_goes_on_whatever_the_next_page_begins_with(second: str) -> None:
    article = _parse(
        f"一、引言\n\n{LONG}①全国的读者已经达到了\n\n① 《统计年鉴》，第3页。\n\n{second}\n\n二、结语\n\n完了。"
    )
    assert _texts(article) == [f"{LONG}全国的读者已经达到了{second}", "完了。"]
    assert len(article.notes) == 1


@pytest.mark.parametrize(
    "first",
    [
        "传统、现代与后现代：情感谱系的三种类型及其当代意义",
        "（四）魏晋、隋唐时期的情感谱系及其思想史意义",
        "2.推动传统文化、现代文化的阐释与应用",
        "资料来源：作者根据《统计年鉴》、《地方志》等文献整理而成，并参考了有关部门的报告和统计数据",
    ],
)
def test_a_short_line_without_an_end_is_not_run_into_the_next_paragraph(first: str) -> None:
    article = _parse(f"前面的一段正文到此为止。\n\n{first}\n\n后面的一段正文另起，也到此为止。")
    assert not any(first in text and text != first for text in _texts(article))


def test_a_paragraph_that_ends_with_its_page_is_left_alone() -> None:
    article = _parse(f"一、引言\n\n{LONG}到此为止。①\n\n① 《史记》，第3页。\n\n{LONG}另起一段。\n\n二、结语\n\n完了。")
    assert [text[-4:] for text in _texts(article)] == ["到此为止"[-3:] + "。", "另起一段。"[-4:], "完了。"]


def test_wrapped_lines_join_even_where_one_begins_with_a_number_or_a_marker() -> None:
    lines = [
        "　　近年来公共阅读空间的建设受到各方面的重视，各地政府积极出台相关的扶持政策",
        "①，推动公共阅读空间的建设与运营，使之真正成为市民日常生活的一个部分，用户已达",
        "5.3亿人，较上一年增长百分之二点五，增长最快的是县域的用户，其次是乡村的用户，其中",
        "一、二线城市的增长最慢，这是因为这些城市的起点本来就高，设施也比较完善的缘故吧。",
        "　　另外一段从这里开始，它也有好几行那么长，为的是让程序看得出这个文件是折行的文本，",
        "而不是每行一段的文本，所以还要再写上一行，这样才算是够长，够长了就可以结束这一段了。",
        "",
        "① 《中国阅读报告》，北京：商务印书馆，2020年，第3页。",
    ]
    article = _parse("\n".join(lines))
    assert len(_texts(article)) == 2
    (note,) = article.notes
    assert note.anchor is not None
    assert note.anchor.sentence.startswith("近年来公共阅读空间")


@pytest.mark.parametrize("label", ["* ", "*", "＊", "\\* ", "** "])
def test_an_authors_note_at_the_foot_of_the_first_page_is_front_matter(label: str) -> None:
    note = f"{label}本文系国家社会科学基金项目“情理研究”（20BZW001）的阶段性成果。"
    article = _parse(f"论情理*\n\n王 明\n\n摘要：略述其事。\n\n一、引言\n\n{LONG}二者相互\n\n{note}\n\n推动。")
    assert article.metadata.title == "论情理"
    assert _texts(article) == [f"{LONG}二者相互推动。"]
    assert note in [part.text for part in article.front]


def test_a_note_that_lost_its_label_does_not_spoil_its_page() -> None:
    article = _parse(
        f"一、引言\n\n{LONG}①又云。②又云，③二者相互\n\n① 汤显祖：《牡丹亭》，第1页。\n\n汤显祖：《紫钗记》，第2页。\n\n"
        "③ 汤显祖：《南柯记》，第3页。\n\n推动。"
    )
    assert [(n.label, n.anchor is not None) for n in article.notes] == [("①", True), ("", False), ("③", True)]
    assert _texts(article)[0].endswith("二者相互推动。")
    assert any("lost its label" in problem.message for problem in article.problems)


@pytest.mark.parametrize(("call", "label"), [("^1", "1 "), ("<sup>1</sup>", "1. "), ("¹", "¹ "), ("^{1}", "1、")])
def test_bare_numbers_are_notes_where_raised_ones_call_them(call: str, label: str) -> None:
    article = _parse(f"一、引言\n\n{LONG}一往而深”{call}，传播密不可\n\n{label}汤显祖：《牡丹亭》，第1153页。\n\n分。")
    assert len(article.notes) == 1
    assert article.notes[0].anchor is not None
    assert _texts(article)[0].endswith("密不可分。")


@pytest.mark.parametrize(
    "text",
    [
        "本文从①概念、②特征、③路径三个方面展开。\n\n① 概念方面，先看定义。\n\n② 特征方面，再看表现。\n\n③ 路径方面，后看对策。",
        "法律依据主要有以下三项：\n\n①《民法典》第一千零三十四条，\n\n②《网络安全法》第四十二条，\n\n③《刑法》第二百五十三条。",
        "核心价值如下：①格式冗长；②提示隐蔽；③默认勾选。\n\n① 格式冗长\n\n② 提示隐蔽",
    ],
)
def test_items_of_a_list_are_no_notes(text: str) -> None:
    article = _parse(text)
    assert article.notes == ()
    assert "①" in "".join(_texts(article))


def test_a_note_beside_an_enumeration_is_tied() -> None:
    article = _parse(
        f"{LONG}包括：①格式冗长；②提示隐蔽；③默认勾选。晚明亦然。④\n\n④ 汤显祖：《牡丹亭》，第3页。\n\n下一段另起，到此为止。"
    )
    assert [(n.label, n.anchor is not None) for n in article.notes] == [("④", True)]


def test_a_list_of_notes_ends_where_something_else_begins() -> None:
    article = _parse(
        f"一、引言\n\n{LONG}如此。①又如此。②\n\n注释\n\n① 《史记》，第1页。\n\n② 《汉书》，第2页。\n\n附表：明代情感类文献目录\n\n"
        "晚明士人对此颇有议论，不一而足。"
    )
    assert [n.text for n in article.notes] == ["《史记》，第1页。", "《汉书》，第2页。"]
    assert "晚明士人对此颇有议论，不一而足。" in _texts(article)


def test_notes_run_together_in_a_list_are_cut_apart() -> None:
    article = _parse(
        f"一、引言\n\n{LONG}如此〔1〕。又如此〔2〕。\n\n注释\n\n〔1〕《史记》，第1页。〔2〕《汉书》，第3页。"
    )
    assert [(n.label, n.text, n.anchor is not None) for n in article.notes] == [
        ("〔1〕", "《史记》，第1页。", True), ("〔2〕", "《汉书》，第3页。", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("同上。", 2),
        ("同上，第7页。", 2),
        ("同上书，第7页。", 2),
        ("Ibid., p. 7.", 2),
        ("同注①，第7页。", 1),
        ("同注1。", 1),
        ("同前注，第7页。", 2),
        ("同上述观点不同，此处从略。", 0),
    ],
)
def test_a_note_that_points_back_resolves(text: str, target: int) -> None:
    article = _parse(f"{LONG}甲。①乙。②丙。③\n\n① 《史记》，第1页。\n\n② 《汉书》，第2页。\n\n③ {text}\n\n完了。")
    assert article.notes[2].resolves_to == (f"D#fn{target}" if target else None)


@pytest.mark.parametrize(
    "heads", [("46　　史学月刊　2021年第7期", "论情理　　47", "48　　史学月刊　2021年第7期", "论情理　　49")]
)
def test_running_heads_with_page_numbers_are_no_text(heads: tuple[str, ...]) -> None:
    pages = [
        f"{LONG}这一页在句子中间就",
        f"结束了。{LONG}下一页又在句子中间",
        f"断开。{LONG}再下一页",
        f"终于写完。{LONG}完。",
    ]
    article = _parse("\n\n".join(part for pair in zip(heads, pages, strict=True) for part in pair))
    assert [part.text for part in article.furniture] == list(heads)
    assert len(_texts(article)) == 1


@pytest.mark.parametrize(
    ("heading", "entries"),
    [("参考文献（References）：", 2), ("徵引書目", 2), ("引用文献", 2), ("【参考文献】", 2), ("References", 2)],
)
def test_reference_lists_are_known_by_their_headings(heading: str, entries: int) -> None:
    article = _parse(
        f"一、引言\n\n{LONG}如此[1]。\n\n{heading}\n\n[1] 王明. 论情理[J]. 学报, 2018（3）：\n\n31-35.\n\n[2] 李华. 论事理[M]. 北京, 2019."
    )
    assert len(article.references) == entries
    assert article.references[0].text.endswith("31-35.")
    assert "[1]" in _texts(article)[0]
    assert [c.address for c in article.references[0].cited_in] == ["D#s1p1"]


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        (
            [
                "王明．江南书院．史学月刊，2007（1）：67－69",
                "Li, W. Academies. 2010(3):1-9",
                "张三. 书院[M]. 北京, 2001",
            ],
            "references",
        ),
        (["参见王明：《江南书院》，第67页。", "同上。", "李华：《书院》，《史学月刊》2007年第1期，第3页。"], "notes"),
    ],
)
def test_numbered_works_below_a_heading_for_notes_are_references(entries: list[str], kind: str) -> None:
    listed = "\n\n".join(f"[{number}] {entry}" for number, entry in enumerate(entries, 1))
    article = _parse(f"# 一、引言\n\n{LONG}如此[1]。又如此[2]。再如此[3]。\n\n# 注释\n\n{listed}\n")
    assert (len(article.references), len(article.notes)) == ((3, 0) if kind == "references" else (0, 3))


@pytest.mark.parametrize(
    ("lines", "headings"),
    [
        ("壹、緒論|甲。|貳、本論|乙。|參、餘論|丙。", ["壹、緒論", "貳、本論", "參、餘論"]),
        ("0 引言|甲。|1 方法|乙。|2 结果|丙。", ["0 引言", "1 方法", "2 结果"]),
        ("一|甲。|二|乙。|三|丙。", ["一", "二", "三"]),
        ("Ⅰ. 引论|甲。|Ⅱ. 方法|乙。", ["Ⅰ. 引论", "Ⅱ. 方法"]),
        ("引 言|甲。|一、本论|乙。|结　语|丙。", ["引 言", "一、本论", "结　语"]),
        ("一、什么是情理？|甲。|二、情理何为|乙。", ["一、什么是情理？", "二、情理何为"]),
        ("一、甲一、乙二，皆是也。|二、丙。", []),
        ("二〇二三年的事情|正文。", []),
    ],
)
def test_headings_of_every_numbering(lines: str, headings: list[str]) -> None:
    assert _headings(_parse(lines.replace("|", "\n\n"))) == headings


def test_a_missing_heading_is_a_problem_not_an_invention() -> None:
    article = _parse("一、引言\n\n甲乙丙。\n\n三、结语\n\n丁戊己。")
    assert _headings(article) == ["一、引言", "三、结语"]
    assert [problem.line for problem in article.problems] == [5]


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("卢 昊 赵家敏", ("卢昊", "赵家敏")),
        ("欧阳修平　张　华", ("欧阳修平", "张华")),
        ("欧阳 修、司马光", ("欧阳修", "司马光")),
        ("朱晓东（同济大学 建筑学院，上海 200092）", ("朱晓东",)),
        ("王立1，李明2*", ("王立", "李明")),
        ("这不是署名而是正文", ()),
        ("研究综述", ()),
    ],
)
def test_names_of_a_byline(byline: str, expected: tuple[str, ...]) -> None:
    assert names(byline) == expected


@pytest.mark.parametrize(
    ("name", "written", "same"),
    [
        ("卢昊", "LU Hao", True), ("卢昊", "Hao Lu", True), ("赵家敏", "ZHAO Jiamin", True), ("吕思涵", "LYU Sihan", True),
        ("吕思涵", "LÜ Sihan", True), ("欧阳修平", "OUYANG Xiuping", True), ("单田芳", "SHAN Tianfang", True), ("卢昊", "LU Hua", False),
        ("卢昊", "XIANG Haoyu", False),
    ],
)  # fmt: skip
def test_names_in_pinyin(name: str, written: str, same: bool) -> None:
    assert is_romanised(name, written) is same


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("甲；乙； 丙", ("甲", "乙", "丙")),
        ("甲,乙,丙。", ("甲", "乙", "丙")),
        ("甲 乙　丙", ("甲", "乙", "丙")),
        ("甲", ("甲",)),
    ],
)
def test_keywords_whatever_parts_them(listed: str, expected: tuple[str, ...]) -> None:
    assert keywords(listed) == expected


def test_an_article_number_tells_year_issue_and_pages() -> None:
    number = article_number("文章编号：2095-3453（2023）05-0013-17")
    assert number is not None
    assert (number.year, number.issue, number.first_page, number.page_count) == (2023, "05", 13, 17)


def test_numerals() -> None:
    assert [chinese_number(n) for n in ("一", "十", "十二", "二十", "一百零三", "二〇", "拾貳", "x")] == [
        1,
        10,
        12,
        20,
        103,
        20,
        12,
        None,
    ]
    assert [roman_number(n) for n in ("Ⅳ", "IX", "XII", "A")] == [4, 9, 12, None]


def test_no_page_is_guessed() -> None:
    text = f"论题\n\n王 明\n\n文章编号：1000-1234（2020）01-0101-{{}}\n\n一、引言\n\n{LONG}前半\n\n后半在此。"
    agreeing, disagreeing = _parse(text.format("02")), _parse(text.format("09"))
    assert agreeing.metadata.pages == (101, 102)
    assert [p.page for p in agreeing.paragraphs()] == [101]
    assert disagreeing.metadata.pages is None
    assert [p.page for p in disagreeing.paragraphs()] == [None]
    assert "9 pages" in disagreeing.problems[0].message


def test_an_english_abstract_of_others_stays_in_the_back() -> None:
    text = (
        "论题\n\n王 明\n\n关键词：甲；乙\n\n一、引言\n\n正文到此为止。\n\n（责任编辑：李华）\n\n"
        "A Study of Something\n\nCHEN Gang\n\nAbstract: It is about something else.\n\nKey words: a; b"
    )
    article = _parse(text)
    assert article.part("abstract-en") is None
    assert any("English abstract" in problem.message for problem in article.problems)
    own = _parse(text.replace("CHEN Gang", "WANG Ming"))
    assert own.part("abstract-en") is not None
    assert own.metadata.title_en == "A Study of Something"


@pytest.mark.parametrize(
    "text",
    [
        "论题\n\n王 明\n\n摘要：本文讨论同盟的历史，\n\n第 13 页\n\n本文还讨论它的将来。\n\n关键词：同盟；安全\n\n一、引言\n\n正文。",
        "论题*\n\n王 明\n\n摘要：本文讨论同盟，\n\n· 13 ·\n\n* 本文系基金项目成果。\n\n本文还讨论它的将来。\n\n关键词：同盟\n\n一、引言\n\n正文。",
        "摘要：\n\n本文讨论同盟的历史。\n\n本文还讨论它的将来。\n\n关键词：同盟；安全\n\n一、引言\n\n正文。",
        "关键词：\n\n同盟；安全；\n\n条约；将来\n\n一、引言\n\n正文。",
    ],
)
def test_a_field_goes_on_past_whatever_the_page_puts_between(text: str) -> None:
    article = _parse(text)
    field = article.part("abstract") or article.part("keywords")
    assert field is not None
    assert "将来" in field.text


TITLE_PAGE = "# 明清江南的书院与地方社会\n\n王明远 李文华\n\n（某某大学历史学院，南京 210000）\n\n"
ENGLISH = "# Academies in Jiangnan\n\nWANG Mingyuan, LI Wenhua\n\n"


def _matter(article: Article) -> dict[str, str]:
    return {part.address.split("#")[1]: part.text for part in article.matter}


def test_an_empty_label_does_not_take_the_first_paragraph() -> None:
    article = _parse(
        f"{TITLE_PAGE}摘要：书院盛衰。\n\n关键词：书院；江南 文章编号：\n\n{LONG}到此为止。\n\n# 一、引言\n\n正文。"
    )
    assert _texts(article) == [f"{LONG}到此为止。", "正文。"]


@pytest.mark.parametrize(
    ("abstract", "keywords"),
    [
        ("Abstract: Academies rose and fell.", "Key words: academy; Jiangnan"),
        ("Abstract Academies rose and fell.", "Key Words: academy; Jiangnan"),
        ("AbstractAcademies rose and fell.", "Keywordsacademy; Jiangnan"),
        ("[ABSTRACT] Academies rose and fell.", "KEY WORDS academy; Jiangnan"),
    ],
)
@pytest.mark.parametrize("between", ["", "![](images/a.jpg)\n\n", "收稿日期2014-11-25，2015-09-23收修定稿\n\n"])
def test_an_english_title_page_is_front_matter(abstract: str, keywords: str, between: str) -> None:
    article = _parse(
        f"{TITLE_PAGE}摘要：书院盛衰。\n\n关键词：书院；江南\n\n{between}{ENGLISH}{abstract}\n\n{keywords}\n\n{LONG}完。"
    )
    matter = _matter(article)
    assert (matter["abstract-en"], matter["keywords-en"]) == ("Academies rose and fell.", "academy; Jiangnan")
    assert _texts(article) == [f"{LONG}完。"]


@pytest.mark.parametrize(
    "head",
    [
        "# 明清江南的书院\n\n1.某某大学历史学院，南京\n\n2.某某研究院，上海\n\n摘要：",
        f"# 明清江南的书院\n\n王明远 李文华\n\n{LONG}这是一段编者按。\n\n摘要：",
        "# 明清江南的书院\n\n王明远 李文华某某大学历史学院，南京210000摘要",
        "# 明清江南的书院\n\n某某大学历史学院，南京210000摘要：",
    ],
)
def test_whatever_stands_above_an_abstract_is_front_matter(head: str) -> None:
    article = _parse(f"{head}书院盛衰。\n\n关键词：书院；江南\n\n# 一、引言\n\n{LONG}完。")
    assert _matter(article) == {"abstract": "书院盛衰。", "keywords": "书院；江南"}
    assert _texts(article) == [f"{LONG}完。"]


def test_an_abstract_of_many_lines_goes_on_to_its_keywords() -> None:
    lines = "\n\n".join(f"{number} 书院在这一时期的盛衰与地方社会的变迁相互影响" for number in range(5, 20))
    article = _parse(f"{TITLE_PAGE}摘要：{lines}\n\n关键词：书院；江南\n\n# 一、引言\n\n{LONG}完。")
    assert _matter(article)["keywords"] == "书院；江南"
    assert _texts(article) == [f"{LONG}完。"]


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("1.2 原生质体融合方法", " 采用亲本灭活法获得融合子，"),
        ("1.2地理探测器", "地理探测器的原理是比较，"),
        ("1.2木薯粉对罗非鱼的影响", "由表2可知，各组之间并无差异，"),
        ("1.2特征", "根据图3，各组之间并无差异，"),
    ],
)
def test_a_heading_run_into_its_paragraph_is_parted_where_its_end_shows(heading: str, text: str) -> None:
    article = _parse(f"# 1 方法\n\n# 1.1 材料\n\n{LONG}完。\n\n{heading}{text}{LONG}完。\n")
    assert _headings(article) == ["1 方法", "1.1 材料", heading]
    assert _texts(article)[1] == f"{text.strip()}{LONG}完。"
    assert article.problems == ()


def test_where_its_end_does_not_show_a_run_in_heading_is_a_problem() -> None:
    article = _parse(f"# 1 方法\n\n# 1.1 材料\n\n{LONG}完。\n\n1.2培养条件的优化在三十度下进行，{LONG}完。\n")
    assert _headings(article) == ["1 方法", "1.1 材料"]
    assert [problem.message for problem in article.problems] == ["the heading 1.2 seems to run into its paragraph"]


def test_a_number_that_nothing_leads_up_to_heads_nothing() -> None:
    article = _parse(f"# 1 方法\n\n2.5 千克的样品 取自不同的地点，{LONG}完。\n")
    assert _headings(article) == ["1 方法"]
    assert article.problems == ()


def test_labels_of_notes_run_together_are_counted_once() -> None:
    for heading in ("", "注释\n\n", "参考文献\n\n"):
        article = _parse(
            f"一、引言\n\n{LONG}足够长。①又如此说。②又如此说。③\n\n{heading}①同上。②同上。③同上。\n\n二、结语\n\n完了。"
        )
        assert len(article.notes) + len(article.references) >= 1
    _parse(f"一、引言\n\n{LONG}[1]又云[2]。\n\n参考文献\n\n[1]甲书。[2]乙书。")


def test_rules_never_mention_what_one_article_says() -> None:
    from tests.conftest import ROOT

    code = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "corpus_search" / "parse").glob("*.py"))
    for word in ("乌克兰", "日美", "同盟", "战略", "c7225275"):
        assert word not in code
