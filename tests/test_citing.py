"""What cites which entry, where scanning has spoilt marks, years or lists: the smallest case of each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from corpus_search.article import Article
from corpus_search.parse import parse
from corpus_search.parse.citations import numbers_cited
from corpus_search.parse.damaged import set_right
from corpus_search.parse.works import first_author, work, works_cited
from tests.conftest import uncovered

LONG = "本研究以实测资料为依据，讨论其变化的规律与原因，并与前人的结果比较。"


def _parsed(text: str) -> Article:
    article = parse(text, doc_id="a")
    assert uncovered(text, article) == []
    return article


def _cited(text: str, *, entries: int = 12, firsts: Mapping[int, tuple[str, ...]] | None = None) -> list[int]:
    known = frozenset(range(1, entries + 1))
    found = set_right([text], numbers_cited([text], known, raised=False), known, firsts or {})
    return [number for place in found[0] for number in place.numbers]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("甲[1]、乙[2。丙[3]、丁4]，戊[5-6研究", [1, 2, 3, 4, 5, 6]),
        ("甲[1]、乙［1，2]、丙[3]", [1, 1, 2, 3]),  # Half a bracket is no second mark beside the whole one.
        ("甲[1]，乙[1-21，丙", [1]),
        (r"取$\sqrt [ 2 ] { x }$，见[1]", [1]),
        ("![](images/a.jpg)见[1]", [1]),
    ],
)
def test_half_a_bracket_cites_where_its_number_is_due(text: str, numbers: list[int]) -> None:
    assert _cited(text) == numbers


@pytest.mark.parametrize(
    ("left", "numbers"),
    [
        ("已有报道[]。", [6]),
        ("已有报道[。", [6]),
        ("已有报道6。", [6]),
        ("分为6组，共计6。", []),
        ("已有报道[]，又有[]。", []),
        ("无人报道。", []),
    ],
)
def test_a_mark_without_digits_means_the_number_that_is_missing_between_its_neighbours(
    left: str, numbers: list[int]
) -> None:
    assert _cited(f"甲[1]乙[2]丙[3]丁[4]戊[5]，{left}己[7]庚[8]", entries=8) == [1, 2, 3, 4, 5, *numbers, 7, 8]


def test_a_number_that_has_lost_a_digit_is_set_right_by_its_neighbours() -> None:
    text = "甲[1]乙[2]丙[3]丁[4-9]戊[10]，己[1]、庚[12]，又见甲[1]"
    assert _cited(text) == [*range(1, 13), 1]
    assert _cited(text.replace("己[1]", "己[1]辛[1]")) == [*range(1, 11), 1, 1, 12, 1]  # One of two, but which?


def test_lists_out_of_order_leave_spoilt_marks_alone() -> None:
    assert _cited("甲[8]乙[2]丙[7]丁[1]戊[6]，己[]庚[4]", entries=8) == [8, 2, 7, 1, 6, 4]


def test_a_spoilt_mark_behind_a_name_means_the_only_entry_that_begins_with_it() -> None:
    firsts = {3: ("吴浩",), 5: ("田雪",), 11: ("zorrilla-rios",), 12: ("田雪",)}
    text = "甲[1]乙[2]丙[4]丁[6]戊[7]，吴浩等[]研究，田雪等[研究，Zorrilla-Rios 等[1]曾报道"
    assert _cited(text, firsts=firsts) == [1, 2, 4, 6, 7, 3, 11]


ENTRIES = [
    "Hockett C. 1955. A manual of phonology.",
    "Charles Fries. 1967a. Functional load. Language 43.",
    "Bettencourt, A., Dill, K. (2O04). Names. Journal 1, 2-3.",
    "Ozonoff,S.,Young,G.S.,(O15).Diagnostic stability. Journal 56(9),988-998.",
    "Miller,M.,Iosif,A.().Response to name. Journal 1(2),3-4.",
    "De Hooge, I. E., Zeelenberg, M. (2007). Moral sentiments.",
    "布龙菲尔德，袁家骅译．1980《语言论》，商务印书馆.",
    "瑞金市志编纂委员会.2006.瑞金市志．三秦出版社.",
    "高崎直道 (Takasaki, Jikidō），《解題》，中央公論社，1982。",
    "吴敏. 1949年以来的农书[J]. 农史, 2015, 3(2): 1-5.",
    "Li, W., Yang, Y. (2010). Prosody. Acta 42(11), 1021-1032.",
    "Li, X., Yang, Y., Lu, Y. (). Boundaries. Biology 83(3), 250-259.",
]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("（Hockett1955）", 1),
        ("（Fries 1967a,b）", 2),
        ("（Betencourt& Dill,2004）", 3),
        ("(Betencourt et al. 2003, 2004)", 3),
        ("(Wang, 2003; Betencourt, 2003; Wu 2004)", None),
        ("(Ozonoff et al.,2015)", 4),
        ("(Ozonoff et al.,2016)", None),
        ("(Milleret al.,2019)", 5),
        ("(De Hooge et al.,2007)", 6),
        ("（布龙菲尔德1980）", 7),
        ("《瑞金市志》（2006：1）", 8),
        ("（Takasaki 1982）", 9),
        ("吴敏（2015）", 10),
        ("吴敏（1949）", None),
        ("(Li,Yang,&Lu,2010)", 12),
    ],
)
def test_authors_and_years_are_recognised_as_scanning_leaves_them(text: str, number: int | None) -> None:
    works = {n: one for n, entry in enumerate(ENTRIES, 1) if (one := work(entry))}
    assert [n for place in works_cited([text], works)[0] for n in place.numbers] == ([number] if number else [])


def test_a_lost_year_is_tied_only_if_its_author_is_cited_with_one_such_year() -> None:
    works = {1: work("Miller,M.,Iosif,A.().Response to name. Journal 1(2),3-4.")}
    assert works[1] is not None
    found = works_cited(["(Miller, 2018)", "(Miller, 2019)"], {1: works[1]})
    assert found == [[], []]


def test_the_first_author_is_known_in_each_order_and_writing() -> None:
    assert first_author("Nikolai Trubetzkoy. 1939. Grundzüge") == ("nikolai", "trubetzkoy")
    assert first_author("YING JS, 2002. Petals [J]. [应俊生，2002．花瓣]") == ("ying", "应俊生")


def test_a_work_named_beside_its_number_is_cited_once() -> None:
    article = _parsed(
        f"# 题\n\n# 1引言\n\n{LONG}Vincent等人于2008年提出另一法[2]，见[1,3]。\n\n# 参考文献\n\n"
        "[1] Hinton G. A fast learning algorithm[J]. Computation, 2014, 18(7): 1527-1554.\n"
        "[2] Vincent P. Extracting features[C]. New York: ACM, 2008: 1096-1103.\n"
        "[3] Rifai S. Contractive encoders[M]. Berlin: Springer, 2011: 645-660.\n"
    )
    assert [len(reference.cited_in) for reference in article.references] == [1, 1, 1]


def test_a_list_behind_an_english_abstract_is_the_articles_own() -> None:
    article = _parsed(
        f"# 题\n\n李妍\n\n摘要 {LONG}\n\n关键词 记忆，老化\n\n# 1前言\n\n{LONG}见(Xue, 2018)。\n\n"
        f"{(LONG * 4 + chr(10) * 2) * 12}# 2小结\n\n{LONG}\n\n"
        f"# Aging Effect on Memory\n\nLI Yan\n\n# Abstract\n\nUpdating memories is an important ability of people.\n\n"
        "Key words: memory; aging\n\n# 参考文献\n\n"
        "Lee, J. L. C. (2009). Reconsolidation. Trends in Neurosciences, 32(8), 413-420. doi:10.1016/j.2009.05.x\n\n"
        "Stark, S. M., Yassa, M. (2013). The neural activity of pattern separation.\n\n"
        "Proceedings of the Academy, 117(47), 29346-29353.\n\n"
        "Xue, G. (2018). The neural representations. Trends in Cognitive Science, 22(6), 544-561.\n"
    )
    assert [reference.text[:5] for reference in article.references] == ["Lee, ", "Stark", "Xue, "]
    assert [len(reference.cited_in) for reference in article.references] == [0, 0, 1]
    assert article.metadata.authors_en == ("LI Yan",)


def test_a_list_that_goes_on_on_another_page_leaves_the_other_article_out() -> None:
    article = _parsed(
        f"# 题\n\n# 1引言\n\n{LONG}[1-3]\n\n# 参考文献：\n\n[1]王立.史[J].某刊,1995,1(2):3-4.\n[2]陈芳.论[J].某刊,2003,1(2):3-4.\n\n"
        "（下转1400页）\n\n[3]黄晓.别文[J].别刊,2011,1(2):3-4.\n[4]鲍杨.别文[J].别刊,2010,1(2):3-4.\n\n（编辑：吴锦雅）\n\n"
        "# （上接1389页）\n\n[3]赵明.记[J].某刊,2005,1(2):3-4.\n[4]周红.记[J].某刊,2006,1(2):3-4.\n"
    )
    assert [reference.text[:2] for reference in article.references] == ["王立", "陈芳", "赵明", "周红"]
    assert any("黄晓" in part.text for part in article.back)


@pytest.mark.parametrize("heading", ["# 5参考文献", "# 4参考文献（References）", "# 五、参考文献"])
def test_a_list_is_known_by_its_heading_however_numbered(heading: str) -> None:
    article = _parsed(f"# 题\n\n# 1引言\n\n{LONG}[1]\n\n{heading}\n\n[1]王立.史[J].某刊,1995,1(2):3-4.\n")
    assert len(article.references) == 1


def test_a_list_is_known_by_a_heading_that_ran_into_the_paragraph_above() -> None:
    article = _parsed(
        f"# 题\n\n# 1引言\n\n{LONG}[1]\n\n本文无利益冲突。 参考文献\n\n[1]王立.史[J].某刊,1995,1(2):3-4.\n"
    )
    assert [section.heading for _, section in article.walk()] == ["1引言", "参考文献"]
    assert len(article.references) == 1


def test_a_list_goes_on_over_entries_whose_numbers_lost_their_brackets_or_are_lost() -> None:
    article = _parsed(
        f"# 题\n\n# 1引言\n\n{LONG}[1-5]\n\n# 参考文献\n\n[1]王立.史[J].某刊,1995,1(2):3-4.\n\n2 陈芳.论[J].某刊,2003,1(2):3-4.\n\n"
        "[3]赵明.记[J].某刊,2005,1(2):3-4.\n\n周红.记[J].某刊,2006,1(2):3-4.\n\n[5]钱江.记[J].某刊,2007,1(2):3-4.\n"
    )
    assert [reference.label for reference in article.references] == ["[1]", "2", "[3]", "", "[5]"]
    assert [len(reference.cited_in) for reference in article.references] == [1, 1, 1, 1, 1]


def test_an_entry_of_two_numbers_is_cited_by_both() -> None:
    article = _parsed(
        f"# 题\n\n# 1引言\n\n{LONG}甲[1]，乙[2]。\n\n# 参考文献\n\n[1][2]王立.史[J].某刊,1995,1(2):3-4.\n"
    )
    assert [len(reference.cited_in) for reference in article.references] == [2]
