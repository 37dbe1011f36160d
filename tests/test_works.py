"""Cited works are read as they are printed: against truth files made by hand, and custom by custom."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.works import SCORED, compare, total, truth
from corpus_search.article import Article, Kind
from corpus_search.works import Source, read_entry
from corpus_search.works.flat import flatten
from corpus_search.works.model import FIELDS, language_of, year_of
from corpus_search.works.names import begun_names


def test_the_seeds_notes_are_read_as_a_careful_reader_does(seed: Article) -> None:
    entries = truth("seed")
    assert [entry["text"] for entry in entries] == [note.text for note in seed.notes]
    misses: list[str] = []
    scores = compare(entries, misses)
    for name in SCORED:
        for measure in (scores[name].precision, scores[name].recall):
            assert measure is None or measure >= 0.98, (name, misses)
    assert scores["classes"].right == len(seed.notes) == 37


def test_entries_of_the_library_are_read_as_a_careful_reader_does() -> None:
    entries = truth("library")
    assert len({entry["address"].partition("#")[0] for entry in entries}) == len(entries) == 100
    for chosen in (entries, [entry for entry in entries if entry["held_out"]]):
        misses: list[str] = []
        score = total(compare(chosen, misses))
        assert (score.precision or 0) >= 0.95, misses
        assert (score.recall or 0) >= 0.95, misses
    scores = compare(entries, [])
    low = {name for name in SCORED if min(scores[name].precision or 1, scores[name].recall or 1) < 0.90}
    assert not low


def test_every_field_stands_in_the_print() -> None:
    for entry in (*truth("seed"), *truth("library")):
        for work in read_entry(entry["text"], Kind.NOTE if "#fn" in entry["address"] else Kind.REFERENCE).works:
            for span in (*work.spans.values(), *work.authors):
                assert 0 <= span.start < span.end <= len(entry["text"])
                assert entry["text"][span.start : span.end].strip()


CUSTOMS: list[tuple[str, dict[str, Any]]] = [
    (
        "费正清：《美国与中国》，张理京译，北京：世界知识出版社，1999年，第20—25页。",
        {"type": "book", "authors": ("费正清",), "title": "美国与中国", "place": "北京", "publisher": "世界知识出版社",
         "year": 1999, "pages": "20—25"},
    ),
    (
        "［美］亨利·基辛格著：《大外交》，顾淑馨、林添贵译，海口：海南出版社，1998年版，第10页。",
        {"type": "book", "authors": ("亨利·基辛格",), "title": "大外交", "publisher": "海南出版社", "year": 1998},
    ),
    (
        "中共中央文献研究室编：《建国以来重要文献选编》第5册，中央文献出版社1992年版，第164页。",
        {"type": "book", "authors": ("中共中央文献研究室",), "publisher": "中央文献出版社", "year": 1992, "pages": "164"},
    ),
    (
        "《习近平会见日本首相》，《人民日报》2022年11月18日，第1版。",
        {"type": "article-newspaper", "authors": (), "container": "人民日报", "date": "2022年11月18日", "year": 2022},
    ),
    (
        "《外交部发言人答记者问》，新华网，2022年3月5日，http://www.xinhuanet.com/c_1.htm［2022-05-01］。",
        {"type": "webpage", "container": "新华网", "url": "http://www.xinhuanet.com/c_1.htm", "accessed": "2022-05-01"},
    ),
    (
        "森本敏『国家安全保障論』東京：海竜社、2021年、25頁。",
        {"type": "book", "language": "ja", "authors": ("森本敏",), "place": "東京", "publisher": "海竜社"},
    ),
    (
        "五百旗頭真編『戦後日本外交史』有斐閣、2014年、100—110頁。",
        {"type": "book", "authors": ("五百旗頭真",), "publisher": "有斐閣", "year": 2014, "pages": "100—110"},
    ),
    (
        "「防衛白書」、防衛省、平成元年9月1日。",
        {"title": "防衛白書", "container": "防衛省", "year": 1989, "date": "平成元年9月1日", "language": "ja"},
    ),
    (
        "Michael Green, “The Case for Japan,” Foreign Affairs, Vol. 99, No. 2, 2020, pp. 10–20.",
        {"type": "article-journal", "authors": ("Michael Green",), "title": "The Case for Japan", "volume": "99",
         "container": "Foreign Affairs", "issue": "2", "year": 2020, "pages": "10–20"},
    ),
    (
        "See Michael Green and Jane Doe, “A Title,” Journal of Peace 12, no. 3 (2001): 34–56.",
        {"authors": ("Michael Green", "Jane Doe"), "container": "Journal of Peace", "volume": "12", "issue": "3"},
    ),
    (
        "Richard Samuels, Securing Japan: Tokyo's Grand Strategy (Ithaca: Cornell University Press, 2007), 45-47.",
        {"type": "book", "authors": ("Richard Samuels",), "title": "Securing Japan: Tokyo's Grand Strategy",
         "place": "Ithaca", "publisher": "Cornell University Press", "year": 2007, "pages": "45-47"},
    ),
]  # fmt: skip
LISTED: list[tuple[str, dict[str, Any]]] = [
    (
        "Perozzi B,Al-Rfou R.Deepwalk:online learning [C]//Proc of the 20th ACM SIGKDD.New York: ACM Press,2014: 701-710.",
        {"type": "paper-conference", "authors": ("Perozzi B", "Al-Rfou R"), "title": "Deepwalk:online learning",
         "container": "Proc of the 20th ACM SIGKDD", "place": "New York", "publisher": "ACM Press", "pages": "701-710"},
    ),
    (
        "张江，刘跃进，等．文化自信与文学发展[N]．人民日报，2016-10-4(008).",
        {"type": "article-newspaper", "authors": ("张江", "刘跃进"), "container": "人民日报", "year": 2016},
    ),
    (
        "XU DQ, 2002. Photosynthesis efficiency[M]. Shanghai: Shanghai Science and Technology Press:163-167.",
        {"type": "book", "year": 2002, "place": "Shanghai", "publisher": "Shanghai Science and Technology Press",
         "pages": "163-167"},
    ),
    (
        "刁其玉,屠焰.一种羔羊用代乳粉:中国,CN1494832A[P].2004-05-12.",
        {"type": "patent", "authors": ("刁其玉", "屠焰"), "year": 2004, "date": "2004-05-12"},
    ),
    (
        "Reddy KR,Prasad P V V. Effects of radiation[M]//Gao W, Slusser J R. UV Radiation. Berlin: Springer,2010:395-436",
        {"type": "chapter", "authors": ("Reddy KR", "Prasad P V V"), "container": "UV Radiation", "publisher": "Springer"},
    ),
    (
        "Rosenthal, D. (1963). A framework.In D. Rosenthal (Ed.), The genain quadruplets (pp. 505-516). New York: Basic.",
        {"type": "chapter", "authors": ("Rosenthal, D.",), "title": "A framework", "container": "The genain quadruplets",
         "year": 1963, "pages": "505-516"},
    ),
    (
        "谢平．从生态学透视生命系统[M]．北京：科学出版社，2013.",
        {"type": "book", "authors": ("谢平",), "place": "北京", "publisher": "科学出版社", "year": 2013},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected", "kind"),
    [(*case, Kind.NOTE) for case in CUSTOMS] + [(*case, Kind.REFERENCE) for case in LISTED],
)
def test_a_custom_is_read(text: str, expected: dict[str, Any], kind: Kind) -> None:
    works = read_entry(text, kind).works
    assert len(works) == 1
    work = works[0]
    found: dict[str, Any] = {name: work.get(name) for name in FIELDS}
    found |= {"authors": work.names, "type": work.type, "language": work.language, "year": work.year}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ross, J.V.,1984. Managing the public range-lands: 50 years since the Taylor Grazing Act. "
            "Rangelands Archives 6, 147-151.",
            {"title": "Managing the public range-lands: 50 years since the Taylor Grazing Act",
             "container": "Rangelands Archives", "volume": "6", "pages": "147-151"},
        ),
        (
            "Nickerson, C., Ebel, R., 2012. Major uses of land in the United States, 2007. BiblioGov.",
            {"title": "Major uses of land in the United States, 2007", "pages": None},
        ),
        (
            "杨浩，唐锋，谢海斌等.2006.二进制翻译中的库函数处理[J]．计算机研究与发展,2006,43(12): 2174-2179",
            {"container": "计算机研究与发展", "volume": "43", "issue": "12", "pages": "2174-2179"},
        ),
        (
            "Mathews, M., 2017. Intent communication between vehicles and pedestrians. ArXiv Preprint: 1708.07123.",
            {"volume": None, "pages": None},
        ),
    ],
)  # fmt: skip
def test_a_number_in_a_title_is_no_page(text: str, expected: dict[str, str | None]) -> None:
    (work,) = read_entry(text).works
    assert {name: work.get(name) for name in expected} == expected


def test_a_note_may_cite_several_works_and_say_something_besides() -> None:
    entry = read_entry(
        "参见朱锋：《地缘战略》，《日本学刊》2022年第1期，第17页；另见吴怀中：《同盟困境》，《外交评论》2020年第3期。"
        "两文对此的判断截然不同，本文从后者。",
        Kind.NOTE,
    )
    assert [work.names for work in entry.works] == [("朱锋",), ("吴怀中",)]
    assert entry.sources == {Source.WORK, Source.EXPLANATION}


@pytest.mark.parametrize(
    "text", ["同上，第5页。", "Ibid., p. 34.", "Samuels, op. cit., p. 12.", "前掲森本「教訓」、6頁。"]
)
def test_a_note_that_points_back_says_so(text: str) -> None:
    assert read_entry(text, Kind.NOTE).sources == {Source.IBID}


@pytest.mark.parametrize(
    "text",
    [
        "本文所说的“反击能力”见《国家安全保障战略》一文的相关论述，下文不再说明。",
        "日方认为，“中等强国”是虽无法成为“超大型国家”，但具备一定经济实力的国家。",
        "2022年4—5月，日本外相先后赴布鲁塞尔出席北约外长会议、参谋长级会议和首脑会议。",
    ],
)
def test_a_title_that_is_only_mentioned_is_no_citation(text: str) -> None:
    entry = read_entry(text, Kind.NOTE)
    assert not entry.works
    assert entry.sources == {Source.EXPLANATION}


def test_what_lost_its_letters_is_left_out() -> None:
    works = read_entry("FischerJeyerSldelaletabolicgieingofootpeesthsisineastiotecolingandmore,8(3):1883-1892.").works
    assert all(work.title is None and work.names == () for work in works)


@pytest.mark.parametrize(
    ("printed", "year"),
    [
        ("2022年", 2022),
        ("令和5年5月18日", 2023),
        ("平成元年", 1989),
        ("昭和20年", 1945),
        ("2O13", 2013),
        ("20l7", 2017),
    ],
)
def test_a_year_is_read_in_any_writing(printed: str, year: int) -> None:
    assert year_of(printed) == year


def test_the_language_is_the_titles() -> None:
    assert [language_of(t) for t in ("日米同盟の現在", "同盟困境", "The Case for Japan", "2+2")] == [
        "ja",
        "zh",
        "en",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("王晓华，赵建美．肺炎", ["王晓华", "赵建美"]),
        ("赵 震,杨 磊.大肠癌", ["赵 震", "杨 磊"]),
        ("BRONNER F,PANSU D,STEIN W D.An analysis", ["BRONNER F", "PANSU D", "STEIN W D"]),
        ("Jolley,D.,& Douglas, K. M. (2017). Prev", ["Jolley,D.", "Douglas, K. M."]),
        ("Saito Y.,Yatsuya S.,Formation of ultra", ["Saito Y.", "Yatsuya S."]),
        ("Inci L,Bowles R K,Heterogeneous Condensation of the", ["Inci L", "Bowles R K"]),
        ("FANG J,YAN F Y,KONG XFet al.Dietary", ["FANG J", "YAN F Y", "KONG XF"]),
    ],
)
def test_a_list_of_names_ends_where_no_name_stands(text: str, names: list[str]) -> None:
    plain = flatten(text).plain
    assert [text[span.start : span.end] for span in begun_names(plain, 0, len(plain)).places] == names


@given(
    st.text(
        alphabet=st.sampled_from("王晓华李，。.,:：[]J《》「」『』()（）0123456789年第期页頁 abcXYZ$/—-&\n"),
        max_size=120,
    )
)
def test_reading_never_crashes_and_never_invents(text: str) -> None:
    for kind in (Kind.NOTE, Kind.REFERENCE):
        for work in read_entry(text, kind).works:
            for span in (*work.spans.values(), *work.authors, *([work.year_at] if work.year_at else [])):
                assert 0 <= span.start <= span.end <= len(text)
