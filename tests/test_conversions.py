"""What conversions from PDF make of an article, case by case: glued numbers, mangled marks, lines run together."""

from __future__ import annotations

import pytest

from corpus_search.article import Article
from corpus_search.parse import parse
from corpus_search.parse.citations import cited_numbers
from corpus_search.parse.fields import byline_segments, names, trailing_byline
from corpus_search.parse.works import work, works_cited
from tests.conftest import uncovered

LONG = "本研究以实测资料为依据，讨论其变化的规律与原因，并与前人的结果比较。"


def _headings(text: str) -> list[tuple[int, str]]:
    return [(section.level, section.heading) for _, section in parse(text, doc_id="a").walk() if section.heading]


def _parsed(text: str) -> Article:
    article = parse(text, doc_id="a")
    assert uncovered(text, article) == []
    return article


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("赵凤美1,²，戴聪明²\\*，魏合理1²(中国科学技术大学环境学院，合肥", ("赵凤美", "戴聪明", "魏合理")),
        (
            "高庆涛」张虎」　赵　峰1\\*王钰明」邓耀辉²（1.中国农业科学院）",
            ("高庆涛", "张虎", "赵峰", "王钰明", "邓耀辉"),
        ),
        ("高鹏骐’沈鸣’于欢欢’赵有1", ("高鹏骐", "沈鸣", "于欢欢", "赵有")),
        ("冷波ä，李建彬 b†", ("冷波", "李建彬")),
        ("张明,李雅莉,张洁西安交通大学第二附属医院呼吸内科，陕西 西安 710004", ("张明", "李雅莉", "张洁")),
        ("阿里木江·卡斯木}²，赵孟辰¹", ("阿里木江·卡斯木", "赵孟辰")),
        ("孙超 $^ { 2 , 3 }$ 李宁", ("孙超", "李宁")),
        ("本文是一段正文，没有名字。", ()),
        ("LIU Ya, ZENG Junbao", ()),
        ("赵" * 2000, ()),
        ("雒占福，张金，刘娅婷，朱立祥(西北某大学地理科学学院,甘肃兰州730070)", ("雒占福", "张金", "刘娅婷", "朱立祥")),
        ("李华，兀颖，赵勇，姜晓军", ("李华", "兀颖", "赵勇", "姜晓军")),
        ("采编：刘远颖、易飞、王铮", ()),
        ("王晋丽，陈韵岱,薛 浩,郜 玲某某总医院心血管内科", ("王晋丽", "陈韵岱", "薛浩", "郜玲")),
    ],
)
def test_names_are_read_whatever_scanning_made_of_their_marks(byline: str, expected: tuple[str, ...]) -> None:
    assert names(byline) == expected


def test_a_byline_on_the_titles_line_is_no_part_of_the_title() -> None:
    title = "饲粮处理对山羊泌乳性能及血清生化指标的影响刘培剑」朱风华」葛 蔚」程 明² 林英庭1\\*"
    assert trailing_byline(title) == title.index("刘培剑")
    assert trailing_byline("论马克思，恩格斯与列宁的方法") is None
    article = _parsed(f"{title}\n\n摘要：{LONG}\n\n关键词：山羊；饲粮\n\n1 引言\n\n{LONG}\n")
    assert article.metadata.title == "饲粮处理对山羊泌乳性能及血清生化指标的影响"
    assert [author.name for author in article.metadata.authors] == ["刘培剑", "朱风华", "葛蔚", "程明", "林英庭"]


def test_a_byline_and_an_abstract_on_one_line_are_parted() -> None:
    text = "李其玉，麦洁梅广东省佛山市医院口腔科，佛山528211摘要：目的 探讨疗效。关键词：牙周炎中图分类号：R78"
    assert [segment.field.value for segment in byline_segments(text)] == ["byline", "abstract", "keywords", "clc"]
    article = _parsed(
        f"临床研究\n\n# 茶多酚治疗牙周炎的疗效\n\n{text}\n\n# 1资料与方法\n\n{LONG}\n\n# 2结果\n\n{LONG}\n"
    )
    assert article.metadata.title == "茶多酚治疗牙周炎的疗效"
    assert [author.name for author in article.metadata.authors] == ["李其玉", "麦洁梅"]
    assert [part.text for part in article.matter] == ["目的 探讨疗效。", "牙周炎"]


@pytest.mark.parametrize(
    "above",
    [
        "李华,王芳.山羊的饲养.生态学报,2017,37(7)：2147-2157.  \nLiH,WngFThfeedgofgoatsctaca,)4.",
        "李华, 王芳. 2015. 山羊的饲养. 某某学报,58（10):3449-3456,doi:10.6038/cjg20151001.",
        "李华，王芳．山羊的饲养[J]．某某学报，2017，DOI：10.13930/j.cjea.170451 Li H, Wang F. The feeding of goats[J].",
    ],
)
def test_how_an_article_is_to_be_cited_may_stand_above_its_title(above: str) -> None:
    article = _parsed(
        f"# DOI: 10.5846/stxb201511182333\n\n{above}\n\n# 山羊的饲养\n\n李华¹,王芳²\n\n1 某大学生命科学学院，南昌330031  \n"
        f"2 某某研究所，南昌330032\n\n摘要：{LONG}\n\n关键词：山羊；饲养\n\n{LONG}\n\n# 1材料\n\n{LONG}\n\n# 2结果\n\n{LONG}\n"
    )
    assert article.metadata.title == "山羊的饲养"
    assert [author.name for author in article.metadata.authors] == ["李华", "王芳"]
    assert article.metadata.keywords == ("山羊", "饲养")
    assert [section.heading for _, section in article.walk() if section.heading] == ["1材料", "2结果"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (
            "不同饲料添加剂对杜寒杂交肉羊体脂脂肪酸组成和氧化稳定性的影响以及其机理！",
            "不同饲料添加剂对杜寒杂交肉羊体脂脂肪酸组成和氧化稳定性的影响以及其机理",
        ),
        ("1木薯粉对罗非鱼的影响1", "木薯粉对罗非鱼的影响"),
        ("# 检索平台构建研究 1", "检索平台构建研究"),
        ("# 水生植物的光合特性 ?", "水生植物的光合特性"),
        ("# 启动会使人更加道德吗？", "启动会使人更加道德吗？"),
        ("# 沉默调节蛋白1", "沉默调节蛋白1"),
        ("1例罕见病的报告", "1例罕见病的报告"),
        ("1949年以来的铁路", "1949年以来的铁路"),
    ],
)
def test_a_title_is_read_without_line_numbers_and_misread_note_marks(title: str, expected: str) -> None:
    article = _parsed(f"{title}\n\n李华 王芳（某大学，北京100018）\n\n摘要：{LONG}\n\n关键词：山羊\n\n{LONG}\n")
    assert article.metadata.title == expected
    assert [author.name for author in article.metadata.authors] == ["李华", "王芳"]


def test_an_english_abstract_before_the_text_does_not_make_the_text_back_matter() -> None:
    article = _parsed(
        f"# 论山羊\n\n# On Goats\n\nLIU Ya (Some University, Beijing)\n\nAbstract: Goats are discussed.\n\n"
        f"Key words: goats\n\n{LONG}\n\n# 1引言\n\n{LONG}\n\n# 2结论\n\n{LONG}\n"
    )
    assert [section.heading for _, section in article.walk() if section.heading] == ["1引言", "2结论"]
    assert article.back == ()


@pytest.mark.parametrize(
    ("headings", "levels"),
    [
        (["# 1研究背景", "# 2研究进展", "# 3案例", "# 3.1按照需求", "# 3.2.1编目"], [1, 1, 1, 2, 3]),
        (["# 1沿革", "# 1.11949年的体制", "# 1.21954年的批示", "# 2现状"], [1, 2, 2, 1]),
        (["# 2研究", "# 21推广读者", "# 22热点课题", "# 3讨论"], [1, 2, 2, 1]),
        (["# 3案例", "# 3.1需求", "# $3 . 2$ 资源", "# 3.3. 1 支持"], [1, 2, 2, 3]),
        (["# 一、 引言", "# 直线加速器的设计", "# 三、讨论"], [1, 1, 1]),
        (["# 1引言", "# 2结论", "# 致谢", "# 作者贡献声明"], [1, 1, 1, 1]),
        (["1材料与方法", "1.1试验动物", "2结果"], [1, 2, 1]),
    ],
)
def test_headings_glued_to_their_numbers_have_their_levels(headings: list[str], levels: list[int]) -> None:
    found = _headings("# 论题\n\n" + "".join(f"{heading}\n\n{LONG}\n\n" for heading in headings))
    assert [(level, heading.lstrip("# ")) for level, heading in zip(levels, headings, strict=True)] == found


def test_a_journals_column_above_the_title_is_not_the_title() -> None:
    text = f"# 临床研究\n\n# 剖宫产瘢痕部位妊娠的四种治疗方法的临床效果\n\n赵凤美，戴聪明\n\n摘要：{LONG}\n\n关键词：瘢痕；妊娠\n\n# 1引言\n\n{LONG}"
    assert _parsed(text).metadata.title == "剖宫产瘢痕部位妊娠的四种治疗方法的临床效果"
    assert (
        _parsed(text.replace("剖宫产瘢痕部位妊娠的四种治疗方法的临床效果", "赵凤美 戴聪明")).metadata.title
        == "临床研究"
    )


def test_line_numbers_of_a_list_and_before_a_heading_are_no_text() -> None:
    entries = "".join(
        f"{200 + n} {f'[{1 + n // 2}]王立.史[J].某刊,1995,1(2):3-4.' if n % 2 == 0 else '续论其事,2013,49(11):64-67.'}  \n"
        for n in range(8)
    )
    article = _parsed(f"# 题\n\n# 1引言\n\n{LONG}[1-4]\n\n198 2讨论\n\n{LONG}\n\n# 参考文献\n\n{entries}")
    assert [reference.label for reference in article.references] == ["[1]", "[2]", "[3]", "[4]"]
    assert not any("20" in reference.text[-4:] for reference in article.references)
    assert [section.heading for _, section in article.walk()] == ["1引言", "2讨论", "参考文献"]


def test_what_only_a_sign_marks_and_no_number_or_three_digits_begin_stands_below_the_section() -> None:
    heads = ["# 3结果", "# 3.2 ERP结果", "# 0至300 ms时间窗：", "# 300\\~600ms时间窗：", "# 4讨论"]
    found = _headings("# 论题\n\n# 1引言\n\n# 2材料\n\n" + "".join(f"{heading}\n\n{LONG}\n\n" for heading in heads))
    assert [level for level, _ in found[2:]] == [1, 2, 3, 3, 1]


def test_the_end_of_a_sentence_is_no_heading_whatever_sign_it_has() -> None:
    found = _headings(
        f"# 论题\n\n# 1引言\n\n{LONG}其中干度和热度起着负相关的作用，绿\n\n# 度和湿度起着正相关的作用，但总的水平较低。\n\n# 2材料\n\n{LONG}"
    )
    assert [heading for _, heading in found] == ["1引言", "2材料"]


REST = "各处理之间的差异都达到了显著水平，其原因在于原料的来源、粒度和水分并不相同，而且取样的时间也有先后之分。"


@pytest.mark.parametrize(
    ("paragraph", "heading"),
    [
        ("1.1供试土壤根据表1可知，", "1.1供试土壤"),
        ("1.1实时定量扩增（1）按照说明提取总量，", "1.1实时定量扩增"),
        ("1.1数据库检索本研究以双人独立检索，", "1.1数据库检索"),
        ("1.1病史资料所有患者采用常规的检查，", None),
        ("1.12017年8月8—9日降水如图3所示，", "1.12017年8月8—9日降水"),
        ("1.1对本研究的启示在于", None),
        ("1.1综合强度根据式（1）计算得到，", None),
        ("1.1样品的制备参照本实验室的方法，", None),
        ("1.1葡萄糖转移酶早在上个世纪", None),
    ],
)
def test_a_heading_run_into_its_paragraph_is_parted_where_its_end_shows(paragraph: str, heading: str | None) -> None:
    found = _headings(f"# 论题\n\n# 1材料\n\n{LONG}\n\n{paragraph}{REST}\n\n# 2结果\n\n{LONG}")
    assert [text for _, text in found] == ["1材料", *([heading] if heading else []), "2结果"]


def test_the_words_that_head_a_parallel_section_show_where_a_heading_ends() -> None:
    text = f"# 论题\n\n# 1甲地\n\n1.1降水过程\n\n{LONG}\n\n# 2乙地\n\n2.1降水过程按回波的发展可以分为三个阶段，{LONG}{LONG}\n"
    assert [heading for _, heading in _headings(text)] == ["1甲地", "1.1降水过程", "2乙地", "2.1降水过程"]


def test_a_heading_at_a_paragraphs_end_is_the_next_sections() -> None:
    text = f"# 论题\n\n# 1引言\n\n{LONG}\n\n# 2材料\n\n{LONG}其中为中心坐标。3结果与分析\n\n# 3.1主成分\n\n{LONG}\n\n# 4结论\n\n{LONG}"
    assert _headings(text)[2:4] == [(1, "3结果与分析"), (2, "3.1主成分")]


def test_thanks_before_a_colon_head_their_paragraph() -> None:
    assert _headings(f"# 论题\n\n# 1引言\n\n{LONG}\n\n致谢：在此感谢提供观测数据的各观测站。\n")[-1] == (1, "致谢")


def test_a_line_that_comes_again_and_again_is_a_running_head() -> None:
    article = _parsed("# 论题\n\n" + "".join(f"# {n}节目\n\n{LONG}\n\n# 干旱区地理\n\n{LONG}\n\n" for n in (1, 2, 3)))
    assert [section.heading for _, section in article.walk()] == ["1节目", "2节目", "3节目"]
    assert [part.text for part in article.furniture] == ["干旱区地理"] * 3


def test_the_line_numbers_of_a_manuscript_are_no_text() -> None:
    lines = [
        "摘 要：本试验旨在研究尿素处理麦秸对山羊泌乳性能的影响，选用体重相近的山羊二",
        "十四只，采用单因素随机分组设计，随机分成四组，每组六个重复，试验期为七十五天，",
    ] * 6
    text = "".join(f"{n} {line}  \n" for n, line in enumerate(lines, 4)) + "\n1 引言\n\n" + LONG
    article = _parsed(f"尿素处理麦秸的影响\n\n刘培剑，朱风华\n\n{text}")
    assert not any(char.isdigit() for part in article.matter for char in part.text)
    assert [part.text for part in article.furniture] == [str(n) for n in range(4, 16)]


def test_entries_run_into_one_line_are_parted_and_lists_go_on_after_pictures() -> None:
    article = _parsed(
        f"# 题\n\n# 1引言\n\n{LONG[:-1]}[1-3]，又见[5]。{LONG}\n\n# 参考文献：\n\n"
        "[1］王立. 史[M]. 北京: 某社, 1995.  \n[2] 陈芳. 论[J]. 某刊, 2003(4): 1-8. [3] Smith J. Goats[M]. London: X, 1988.  \n"
        "[4] 赵明. 一个很长的题目，在此断开，下一行接着写完它的出处\n\n![](a.jpg)\n\n# 某某学报\n\n[5] 孙立. 论[J]. 某刊, 2004(1): 1.\n"
    )
    assert [reference.label for reference in article.references] == ["[1］", "[2]", "[3]", "[4]", "[5]"]
    assert [len(reference.cited_in) for reference in article.references] == [1, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("前人[3]与[1-2,5]、［4，6］及【7】已述", [(3,), (1, 2, 5), (4, 6), (7,)]),
        ("见$^ { [ 1 2 ] }$与[ 1 1 - 12 ]", [(12,), (11, 12)]),
        ("误读的[Il]与[2O]", [(11,), (20,)]),
        ("失去分隔的[1719]与[59]，而[25]可能是缺失的条目", [(17, 19), (5, 9)]),
        ("图[a]、[2023]、[99]、面积12 km²", []),
    ],
)
def test_what_cites_by_number_in_every_form(text: str, cited: list[tuple[int, ...]]) -> None:
    assert [place.numbers for place in cited_numbers(text, frozenset(range(1, 21)), raised=False)] == cited


def test_raised_numbers_cite_where_none_stand_in_brackets() -> None:
    found = list(cited_numbers("前人已述¹，又述²⁻³；面积十km²。", frozenset((1, 2, 3)), raised=True))
    assert [place.numbers for place in found] == [(1,), (2, 3)]


WORKS = [
    "刘泽民.2007．方言研究[M]．北京：某社.",
    "谢留文，黄雪贞.2007.客家方言的分区[J].方言，（3)，238-249.",
    "Li, J., Wang, K., 2020. On goats. Goat Science 3, 1-9.",
    "Li, M., 2020. On sheep. Sheep Science 1, 2-3.",
    "DAVIS PH, HEYWOOD VH, 2OO6. Principles [M]. London: X.",
    "YING JS, 2002. Petal evolution of Epimedium [J]. [应俊生，2002．花瓣的演化 [J]．植物学报]",
    "没有年份的条目，某社。",
]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("刘泽民（2007）认为", 1),
        ("（刘泽民 2007：12）", 1),
        ("谢留文，黄雪贞（2007）", 2),
        ("（Li and Wang, 2020）", 3),
        ("as Davis & Heywood (2006) say", 5),
        ("（应俊生，2002）", 6),
        ("（Li, 2020）", None),
        ("2007年刘泽民去世", None),
        ("刘泽民的话在当时没有人相信，直到2007年", None),
    ],
)
def test_what_cites_by_author_and_year_is_tied_where_it_fits_one_entry(text: str, number: int | None) -> None:
    works = {n: one for n, entry in enumerate(WORKS, 1) if (one := work(entry))}
    assert set(works) == {1, 2, 3, 4, 5, 6}
    assert [place.numbers for place in works_cited([text], works)[0]] == ([(number,)] if number else [])
