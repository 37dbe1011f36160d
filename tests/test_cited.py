"""Who is cited, and for what: merged across notes, kept with the index, listed in terminal, pages and API."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from corpus_search.article import Article
from corpus_search.cite import bibtex, ris
from corpus_search.corpus import Corpus
from corpus_search.errors import AddressError, BusyError
from corpus_search.search import Searcher
from corpus_search.web import create_app
from corpus_search.works import read_entry
from corpus_search.works.catalogue import Catalogue, Selection, WorkSort
from corpus_search.works.collect import cited
from corpus_search.works.items import items
from corpus_search.works.keys import name_key, same_container, same_name, title_key
from corpus_search.works.making import FILE, Making
from corpus_search.works.merge import Form, grouped
from tests.conftest import SEED, MakeCorpus, run_command


def _forms(*texts: str) -> list[Form]:
    return [Form(f"DOC#ref{n}.0", read_entry(text).works, listed=True) for n, text in enumerate(texts)]


# --- which are one -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "[3] 宋琪玲，齐义涛，赵轶鹏，等．自由空气中臭氧浓度升高对稻米物性的影响[J]．中国生态农业学报,2013,21(5): 566-571",
            "宋琪玲,齐义涛,赵轶鹏,等.自由空气中臭氧浓度升高对稻米物性的影响 [J].中国生态农业学报, 2013, 21(5):566",
        ),
        (
            "Belay TA,Totland, Moe S R.Ecosystem responses to woody plant encroachment in a semiarid savanna[J]. Plant Ecology, 2013,214(10): 1211.",
            "BELAY TA, TOTLAND, MOE S R. Ecosystem responses to woody plant encroachment in a semiarid savanna [J]. Plant Ecol, 2013.",
        ),
        (
            "Seo, M. G., & Bartunek, J. M. (2004). The role of affective experience in work motivation. AMR, 29, 423-439.",
            "Seo, M. G. & Bartunek, J. M. (2004) The role of affective experience in work motivation. Academy of Management Review.",
        ),
        ("王明.论战略[J].日本学刊,2010,14(6):41-49.", "王 明．論戰略［J］．日本學刊，2010，14（6）：41－49．"),
        (
            "Insel, T. R. (2010). Rethinking schizophrenia. Nature, 468(7321), 187-193.",
            "INSEL T R.Rethinking schizophrenia[J].Nature,2010,468(7321):187-93.",
        ),
        (
            "WU L Y.Efect of a dried Bacillus subtilis culture on gosling growth[J].British Poultry Science,2008,49(4):418-422.",
            "WU L Y.Effect of a dried Bacillus subtilis culture on gosling growth[J].Brit Poult Sci,2008,49(4):418-422.",
        ),
        (
            "付士磊,周永斌.干旱胁迫对杨树光合生理指标的影响[J].应用生态学报,2006,17(11):2016-2019.",
            "FU SL, ZHOU YB, 2006. Effects of drought stress on poplar[J]. J Appl Ecol, 17(11):2016-2019."
            "[付士磊，周永斌，2006.干旱胁迫对杨树光合生理指标的影响[J].应用生态学报，17(11):2016-2019.]",
        ),
    ],
)  # fmt: skip
def test_differing_forms_of_a_work_are_one(one: str, other: str) -> None:
    assert [len(group) for group in grouped(_forms(one, other))] == [2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Editions, namesakes, a thesis and the article from it, parts, two places of one title.
        ("鲍士旦.土壤农化分析[M].北京:中国农业出版社,2000.", "鲍士旦.土壤农化分析[M].北京:中国农业出版社,2005."),
        ("王镜岩.生物化学[M].北京:高等教育出版社,2002.", "沈同.生物化学[M].北京:高等教育出版社,2002."),
        ("吕少卿.在线社交网络异常检测[D].西安:西安电子科技大学,2016.", "吕少卿.在线社交网络异常检测[J].计算机学报,2016,38(1):20-27."),
        ("沈永平.冰川对气候变化的响应Ⅰ[J].冰川冻土,2013,35(3):513-527.", "沈永平.冰川对气候变化的响应Ⅱ[J].冰川冻土,2013,35(6):1355-1370."),
        ("王若凡.黑河流域生态风险评价方法研究[J].安全,2013", "王若凡.黑河流域生态风险评价方法研究[J].安全,2014"),
        ("王若凡.黑河流域生态风险评价方法研究[J].安全,2013", "王若.黑河流域生态风险评价方法研究[J].安全,2013"),
        ("王若凡.黑河流域生态风险评价方法研究[J].安全,2013", "王若凡.黑河流域生态风险评价方法研究续[J].安全,2013"),
        ("Smith J. The history of everything[M]. Oxford, 2001.", "Jones J. The history of everything[M]. Oxford, 2001."),
        ("Breiman L.Random forests[J].Machine Learning,2001,45(1):5-32.", "Cutler A.Random forests[J].Machine Learning,2001,45(1):157-176."),
    ],
)  # fmt: skip
def test_works_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert [len(group) for group in grouped(_forms(one, other))] == [1, 1]


def test_what_fits_two_groups_stays_alone() -> None:
    editions = ("鲍士旦.土壤农化分析[M].北京:中国农业出版社,2000.", "鲍士旦.土壤农化分析[M].北京:中国农业出版社,2005.")
    assert sorted(len(group) for group in grouped(_forms(*editions, "鲍士旦.土壤农化分析[M]."))) == [1, 1, 1]


def test_keys_know_width_script_case_and_the_order_of_names() -> None:
    assert title_key("《戰略 能動》：Ａ Study") == title_key("战略能动:a study")
    assert name_key("Vapnik, V. N.") == name_key("VAPNIK V N") == name_key("Vapnik VN") == "vapnik v n"
    assert name_key("朱 鋒") == "朱锋"
    assert same_name("matthews e", "mathews e") is True
    assert same_name("zhang y", "wang y") is False
    assert same_name("朱锋", "zhu f") is None
    assert same_container("proc natl acad sci usa", "proceedings of the national academy of sciences")
    assert not same_container("nature", "science")


# --- in an article -------------------------------------------------------------------------------------------

ARTICLE = """# 论同盟

## 一、起源

同盟已有百年。[^1] 其后屡变。[^2] 学者论之甚详。[^3] 亦有异说。[^4] 今从其说。[^5]

[^1]: 森本敏「同盟の歴史」、『外交』2020年1月号、3—9頁。
[^2]: 同上，第5页。
[^3]: Richard Samuels, Securing Japan: A Grand Strategy (Ithaca: Cornell University Press, 2007), 45.
[^4]: Samuels, op. cit., p. 12.
[^5]: 前掲森本「同盟の歴史」、6頁。
"""


def test_a_note_that_points_back_is_counted_with_what_it_points_to(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"DOC.md": ARTICLE})
    corpus.update()
    found = {one.work.title: [place.entry for place in one.places] for one in cited(corpus.searcher().article("DOC"))}
    assert found == {
        "同盟の歴史": ["DOC#fn1", "DOC#fn2", "DOC#fn5"],
        "Securing Japan: A Grand Strategy": ["DOC#fn3", "DOC#fn4"],
    }


def test_the_seeds_works_are_counted_with_their_sentences(seed_searcher: Searcher) -> None:
    catalogue = seed_searcher.works()
    assert catalogue.totals() == (31, 34, 1)
    top = catalogue.works(limit=3)
    assert (top.total, [one.count for one in top.works]) == (31, [2, 2, 2])
    joint = next(one for one in top.works if "共同発表" in (one.work.title or ""))
    assert [place.entry.rpartition("#")[2] for place in joint.places] == ["fn6", "fn7"]
    assert joint.places[1].sentence == "对此，日本表示全力支持美国的军事部署计划。"
    names = catalogue.authors(limit=3).authors or ()
    assert [(one.name, one.works, one.count) for one in names] == [
        ("森本敏", 4, 4),
        ("吴怀中", 1, 2),
        ("神谷万丈", 2, 2),
    ]


def test_works_are_limited_to_words_names_an_article_and_passages(seed_searcher: Searcher) -> None:
    catalogue = seed_searcher.works()
    assert catalogue.works(Selection(text="外交 2022")).total == 1
    assert catalogue.works(Selection(author=name_key("森本敏"))).total == 4
    assert catalogue.works(Selection(doc_id=SEED.stem)).total == 31
    assert catalogue.works(Selection(doc_id="none")).total == 0
    places = seed_searcher.cited_by("body:战略 note:森本敏")
    named = {one.work.names for one in catalogue.works(Selection(places=places), limit=None).works}
    assert ("森本敏",) in named
    assert catalogue.works(Selection(places=seed_searcher.cited_by("note:朱锋"))).total == 1
    by_year = catalogue.works(sort=WorkSort.YEAR, limit=None).works
    assert [one.work.year for one in by_year] == sorted((one.work.year or 0 for one in by_year), reverse=True)
    with pytest.raises(AddressError, match="no such work"):
        catalogue.work("0" * 12)


def test_any_form_of_a_work_leads_to_it(seed_corpus: Corpus, seed_searcher: Searcher) -> None:
    catalogue = seed_searcher.works()
    (kept,) = seed_corpus.index.rglob(FILE)
    with contextlib.closing(sqlite3.connect(kept)) as database:
        keys = [key for (key,) in database.execute("SELECT DISTINCT key FROM form")]
    found = {catalogue.work(key)[0].key for key in keys}
    assert (len(keys), len(found)) == (33, 31)


def test_a_bibliography_holds_what_is_printed_and_no_page_that_a_note_only_means(seed_searcher: Searcher) -> None:
    records = items(seed_searcher.works().works(Selection(text="同盟困境")).works)
    assert records == [
        {"id": records[0]["id"], "type": "article-journal", "title": "“同盟困境”管理与日本对华关系变迁",
         "author": [{"literal": "吴怀中"}], "issued": {"date-parts": [[2022]]}, "container-title": "日本学刊", "issue": "5",
         "note": "p. 16-17", "language": "zh"},
    ]  # fmt: skip
    assert "journal = {日本学刊}" in bibtex(records)
    assert "TY  - JOUR" in ris(records)
    web = items(seed_searcher.works().works(Selection(text="共同声明")).works)
    assert web[0]["URL"] == "https://www.mofa.go.jp/mofaj/files/100347254.pdf"
    assert web[0]["accessed"] == {"date-parts": [[2023, 5, 28]]}
    assert "@online{" in bibtex(web)


# --- kept with the index -------------------------------------------------------------------------------------


def test_the_catalogue_follows_the_corpus_and_reads_only_what_changed(make_corpus: MakeCorpus) -> None:
    entry = "[1] 王明. 论战略[J]. 日本学刊, 2010, 14(6): 41-49.\n"
    text = "# 甲\n\n战略之说甚多[1]。\n\n## 参考文献\n\n"
    corpus = make_corpus({"甲.md": text + entry})
    corpus.update()
    read: list[int] = []
    assert corpus.searcher().works(progress=lambda _, of: read.append(of)).totals() == (1, 1, 1)
    assert read[-1] == 1
    (corpus.folder / "乙.md").write_text((text + entry).replace("甲", "乙"), "utf-8")
    corpus.update()
    assert corpus.searcher().works(progress=lambda _, of: read.append(of)).totals() == (1, 2, 2)
    assert read[-1] == 1
    (corpus.folder / "甲.md").unlink()
    corpus.update()
    assert corpus.searcher().works().totals() == (1, 1, 1)
    assert Searcher(corpus.index).works(progress=lambda *_: pytest.fail("read again")).totals() == (1, 1, 1)


def test_a_broken_or_unwritable_catalogue_is_made_anew(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus({"甲.txt": SEED.read_bytes()})
    corpus.update()
    (corpus.index / FILE).write_bytes(b"not a database" * 100)
    assert Searcher(corpus.index).works().totals() == (31, 34, 1)
    (corpus.index / FILE).unlink()

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    assert Searcher(corpus.index).works().totals() == (31, 34, 1)
    assert not [path for path in corpus.index.iterdir() if FILE in path.name]


def test_who_does_not_wait_is_told_to_come_back(seed_searcher: Searcher, tmp_path: Path) -> None:
    import threading

    go = threading.Event()

    def article(doc_id: str) -> Article:
        go.wait(10)
        return seed_searcher.article(doc_id)

    making = Making(tmp_path, version="1", stamps={SEED.stem: ""}, article=article, keep=lambda: False)
    with pytest.raises(BusyError, match="0 of 1 articles"):
        making.result(wait_s=0.01)
    go.set()
    assert isinstance(making.result(wait_s=30), Catalogue)


# --- where users meet it -------------------------------------------------------------------------------------


def test_the_command_lists_works_names_and_bibliographies(home: Path) -> None:
    listed = run_command(home, "cited", "--limit", "2")
    assert listed.returncode == 0
    assert listed.stdout.startswith("1–2 of 31 works\n\n1. ")
    assert "2 citations in 1 article" in listed.stdout
    assert f"{SEED.stem}#s1.2p1  fn6" in listed.stdout
    assert "1. 森本敏 · 4 citations of 4 works in 1 article" in run_command(home, "cited", "--authors").stdout
    works = json.loads(run_command(home, "cited", "--author", "森本敏", "--json").stdout)
    assert (works["total"], works["works"][0]["authors"]) == (4, ["森本敏"])
    assert run_command(home, "cited", "--query", "note:朱锋", "--export", "bibtex").stdout.startswith(
        "@article{zhufeng2022"
    )
    assert run_command(home, "cited", "--doc", SEED.stem, "--export", "ris").stdout.count("TY  - ") == 31
    assert run_command(home, "cited", "一万年也没有").returncode == 1
    assert run_command(home, "cited", "--doc", "none").returncode == 2


@pytest.fixture(scope="module")
def client(seed_corpus: Corpus) -> FlaskClient:
    return create_app(seed_corpus).test_client()


def test_the_pages_list_works_and_lead_to_every_place(client: FlaskClient) -> None:
    page = client.get("/cited").text
    assert "31 works are cited" in page
    assert f'href="/article/{SEED.stem}#s1.2p1"' in page
    names = client.get("/cited?list=authors").text
    assert "18 names are cited" in names
    assert "author=%E6%A3%AE%E6%9C%AC%E6%95%8F" in names
    limited = client.get("/cited?query=note:朱锋&sort=year").text
    assert "1 work is cited" in limited
    key = limited.partition('href="/cited/')[2].partition('"')[0]
    work = client.get(f"/cited/{key}").text
    assert "日本学刊" in work
    assert "Cited at 1 place" in work
    assert client.get("/cited/none").status_code == 404
    assert client.get("/cited?doc=none").status_code == 404
    assert client.get("/cited?query=(").status_code == 400
    assert client.get("/cited/export?format=ris&author=森本敏").text.count("TY  - JOUR") == 4
    assert client.get("/cited/export?format=zip").status_code == 404


def test_an_interview_is_not_taken_for_a_work_that_its_person_wrote(client: FlaskClient, home: Path) -> None:
    assert "   interview · 2023年2月 · " in run_command(home, "cited", "江藤名保子").stdout
    assert "<span>Interview</span>" in client.get("/cited?words=江藤名保子").text
    assert "interview" not in run_command(home, "cited", "朱锋").stdout


def test_the_api_answers_as_the_command_does(client: FlaskClient, seed_searcher: Searcher) -> None:
    found: Any = client.get("/api/cited?limit=2&sort=year").json
    assert found == json.loads(
        json.dumps(seed_searcher.works().works(limit=2, sort=WorkSort.YEAR, places=500).record())
    )
    names = client.get("/api/cited?list=authors&words=森本").json
    assert names == {
        "total": 1,
        "authors": [{"key": "森本敏", "name": "森本敏", "works": 4, "count": 4, "articles": 1}],
    }
    work: Any = client.get(f"/api/cited/{found['works'][0]['key']}").json
    assert work["places"] == found["works"][0]["places"]
    assert client.get("/api/cited/none").status_code == 404
    assert client.get("/api/cited?list=all").status_code == 400
    assert client.get(f"/api/cited?words={'字' * 1001}").status_code == 400


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "\x1b[2J\u202e"])
def test_what_is_printed_is_escaped(make_corpus: MakeCorpus, hostile: str) -> None:
    corpus = make_corpus(
        {"甲.txt": f"题\n\n正文[1]。\n\n参考文献\n\n[1] 王明. 论{hostile}战略[J]. 日本学刊, 2010, 14(6): 41-49.\n"}
    )
    corpus.update()
    client = create_app(corpus).test_client()
    page = client.get("/cited").text
    key = page.partition('href="/cited/')[2].partition('"')[0]
    for text in (page, client.get(f"/cited/{key}").text):
        assert "日本学刊" in text
        assert "<script>alert" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
