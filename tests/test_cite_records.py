"""The records of an article for reference managers, each read back by what others read it with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from corpus_search.article import Article
from corpus_search.cite import STYLES, bibtex, citation_meta, csl_json, item, ris
from corpus_search.cite.items import name
from tests.test_cite import IN_ENGLISH, UNPAGED, article

HOSTILE = 'A <b>{x}</b> \\input{y} $1_2^3 & "q"\n@article{z,\rER  - \x1b[2J 100% #~\u202e'


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("欧阳修", {"literal": "欧阳修"}),
        ("阿卜杜拉·买买提", {"literal": "阿卜杜拉·买买提"}),
        ("LU Hao", {"family": "Lu", "given": "Hao"}),
        ("Hao LU", {"family": "Lu", "given": "Hao"}),
        ("Li Ming", {"literal": "Li Ming"}),
        ("John A. Smith", {"family": "Smith", "given": "John A."}),
        ("Smith, John", {"family": "Smith", "given": "John"}),
        ("Vincent van Gogh", {"family": "van Gogh", "given": "Vincent"}),
        ("Martin Luther King Jr.", {"family": "King", "given": "Martin Luther", "suffix": "Jr."}),
        ("SMITH John A.", {"family": "Smith", "given": "John A."}),
        ("JA Smith", {"literal": "JA Smith"}),
        ("J. S. Mill", {"family": "Mill", "given": "J. S."}),
        ("ZOU Yi LIU Songbo", {"literal": "ZOU Yi LIU Songbo"}),
        ("UNESCO", {"literal": "UNESCO"}),
    ],
)
def test_a_name_is_parted_only_where_the_family_name_is_beyond_doubt(printed: str, expected: dict[str, str]) -> None:
    assert name(printed) == expected


def test_the_seeds_item_holds_what_it_says_of_itself(seed: Article) -> None:
    found = item(seed)
    assert found.pop("abstract").startswith("乌克兰危机背景下，")
    assert found == {
        "id": seed.doc_id,
        "type": "article-journal",
        "title": "乌克兰危机下的日美同盟形势与战略影响",
        "author": [{"literal": "卢昊"}, {"literal": "赵家敏"}],
        "issued": {"date-parts": [[2023]]},
        "issue": "5",
        "page": "13-29",
        "DOI": "10.19498/j.cnki.dbyxk.2023.05.002",
        "ISSN": "2095-3453",
        "language": "zh",
        "keyword": "日美关系; 同盟; 乌克兰危机; 日本; 中日关系",
    }
    assert json.loads(csl_json([item(seed)])) == [item(seed)]
    assert set(STYLES) == {"gbt7714", "chicago", "apa", "bibtex", "ris", "csl-json"}


def test_a_language_is_the_texts_not_a_quotations() -> None:
    titled = replace(UNPAGED, metadata=replace(UNPAGED.metadata, title="论“ものづくり”"))
    assert item(titled)["language"] == "zh"
    assert item(article("日本の安全保障について"))["language"] == "ja"
    assert item(article("On Guanxi 关系"))["language"] == "en"


def _bibtex(items: list[dict[str, Any]]) -> Any:
    from pybtex.database import parse_string

    return parse_string(bibtex(items), "bibtex").entries


def test_bibtex_is_read_back(seed: Article) -> None:
    entries = _bibtex([item(seed), item(seed), item(article("Power", ("Martin King Jr.", "Li Ming"), **IN_ENGLISH))])
    assert list(entries) == ["luhao2023", "luhao2023b", "king2021"]
    fields = entries["luhao2023"].fields
    assert (fields["title"], fields["year"], fields["number"], fields["pages"]) == (
        "乌克兰危机下的日美同盟形势与战略影响", "2023", "5", "13--29",
    )  # fmt: skip
    assert (fields["doi"], fields["langid"]) == ("10.19498/j.cnki.dbyxk.2023.05.002", "chinese")
    assert "journal" not in fields
    assert list(map(str, entries["luhao2023"].persons["author"])) == ["卢昊", "赵家敏"]
    assert list(map(str, entries["king2021"].persons["author"])) == ["King, Jr., Martin", "{Li Ming}"]


def test_ris_is_read_back(seed: Article) -> None:
    import rispy

    one, other = rispy.loads(ris([item(seed), item(article("Power", ("John A. Smith",), **IN_ENGLISH))]))
    assert one["authors"] == ["卢昊", "赵家敏"]
    assert (one["type_of_reference"], one["year"], one["number"]) == ("JOUR", "2023", "5")
    assert (one["start_page"], one["end_page"], one["doi"]) == ("13", "29", "10.19498/j.cnki.dbyxk.2023.05.002")
    assert one["keywords"] == ["日美关系", "同盟", "乌克兰危机", "日本", "中日关系"]
    assert (other["authors"], other["secondary_title"]) == (["Smith, John A."], "Asian Security")


def test_no_title_ends_its_field_and_begins_another() -> None:
    import rispy

    hostile = [item(article(HOSTILE, ("Eve}, x = {Mallory", "王明 and 李四\nAU  - x"), doi="10.1/{a}\\b%c"))]
    (entry,) = _bibtex(hostile).values()
    assert set(entry.fields) == {"title", "doi", "langid"}
    assert entry.fields["title"] == (
        r"A <b>\textbraceleft{}x\textbraceright{}</b> \textbackslash{}input\textbraceleft{}y\textbraceright{} "
        r'\$1\_2\textasciicircum{}3 \& "q" @article\textbraceleft{}z, ER - ␛[2J 100\% \#\textasciitilde{}'
        "\ufffd"
    )
    assert entry.fields["doi"] == "10.1/%7Ba%7D%5Cb%25c"
    assert len(entry.persons["author"]) == 2
    (record,) = rispy.loads(ris(hostile))
    assert record["title"] == 'A <b>{x}</b> \\input{y} $1_2^3 & "q" @article{z, ER - ␛[2J 100% #~\ufffd'
    assert len(record["authors"]) == 2


def test_a_page_tells_zotero_what_it_shows(seed: Article) -> None:
    tags = citation_meta(seed, "https://example.org/article/a")
    assert [tag for tag in tags if tag[0] != "citation_abstract"] == [
        ("citation_title", "乌克兰危机下的日美同盟形势与战略影响"),
        ("citation_author", "卢昊"),
        ("citation_author", "赵家敏"),
        ("citation_publication_date", "2023"),
        ("citation_issn", "2095-3453"),
        ("citation_issue", "5"),
        ("citation_firstpage", "13"),
        ("citation_lastpage", "29"),
        ("citation_doi", "10.19498/j.cnki.dbyxk.2023.05.002"),
        ("citation_language", "zh"),
        *(("citation_keywords", keyword) for keyword in ("日美关系", "同盟", "乌克兰危机", "日本", "中日关系")),
        ("citation_abstract_html_url", "https://example.org/article/a"),
    ]
    bare = citation_meta(article(None, ()), "https://example.org/article/d")
    assert [key for key, _ in bare] == ["citation_language", "citation_abstract_html_url"]


def test_zotero_does_not_take_one_author_for_two() -> None:
    tags = citation_meta(
        article(authors=("John A. Smith", "Vincent van Gogh", "Vincent Willem van Gogh")), "/article/d"
    )
    assert [content for key, content in tags if key == "citation_author"] == [
        "Smith, John A.",
        "van Gogh, Vincent",
        "Vincent Willem van Gogh",
    ]
