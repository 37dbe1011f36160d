"""Drafts: which quotations are found in them and where, and what the command, the page and the API say of them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_search.check import Form, Mark, check_draft, read_draft
from corpus_search.check.draft import LONGEST, Quoted, draft_of, quotations
from corpus_search.check.marks import find_marks
from corpus_search.check.report import html_report
from corpus_search.corpus import Corpus
from corpus_search.errors import FileError
from corpus_search.limits import MAX_DRAFT_BYTES, Limits
from corpus_search.search import Searcher
from corpus_search.web import create_app
from tests.conftest import MakeCorpus, run_command
from tests.test_formats_docx import call, document, paragraph, run

SENTENCE = "对此，日本表示全力支持美国的军事部署计划。"
ALTERED = "对此，日本表示大力支持美国的军事部署计划。"
ELSEWHERE = "春眠不觉晓，处处闻啼鸟，夜来风雨声。"


def quoted(text: str) -> list[str]:
    return [one.text for one in quotations(draft_of(text)).quotations]


# --- marks ---------------------------------------------------------------------------------------------------


def _pairs(text: str) -> list[str]:
    return [text[pair.start : pair.end] for pair in find_marks(text).pairs]


@pytest.mark.parametrize(
    ("text", "pairs", "single"),
    [
        ("他说“甲乙”，又说「丙『丁』」。", ["“甲乙”", "「丙『丁』」", "『丁』"], ""),
        ("“外‘内’外”", ["“外‘内’外”", "‘内’"], ""),
        ("“甲“乙”丙”", ["“甲“乙”丙”", "“乙”"], ""),
        ('他说"甲"和"乙"。', ['"甲"', '"乙"'], ""),
        ('他说"甲"和"乙。', [], '"""'),
        ("他说“甲乙。", [], "“"),
        ("甲乙”他说。", [], "”"),
        ("“甲「乙”丙」", ["“甲「乙”"], "「」"),
        ("“甲“", [], "““"),
        ("the author’s view", [], ""),
        ("‘the author’s view’", ["‘the author’s view’"], ""),
        ("the authors’ view", [], ""),
    ],
)
def test_marks_are_paired_by_their_form_and_the_others_told(text: str, pairs: list[str], single: str) -> None:
    assert _pairs(text) == pairs
    assert "".join(text[at] for at in find_marks(text).single) == single


@given(st.text(alphabet='“”「」『』‘’"甲a ', max_size=60))
def test_every_mark_is_in_one_pair_or_alone_and_pairs_are_nested(text: str) -> None:
    marks = find_marks(text)
    ends = [place for pair in marks.pairs for place in (pair.start, pair.end - 1)]
    assert len({*ends, *marks.single}) == len(ends) + len(marks.single)
    others = {at for at, char in enumerate(text) if char in '“”「」『』‘’"'} - {*ends, *marks.single}
    assert all(text[at] == "’" for at in others)
    for pair in marks.pairs:
        for other in marks.pairs:
            assert (
                pair.end <= other.start
                or other.end <= pair.start
                or (pair.start - other.start) * (pair.end - other.end) <= 0
            )
        if pair.outer is not None:
            assert marks.pairs[pair.outer].depth == pair.depth - 1


# --- drafts --------------------------------------------------------------------------------------------------


def test_a_quotation_has_the_line_that_it_begins_on() -> None:
    found = quotations(draft_of(f"第一段没有引文。\n\n第二段说：“{SENTENCE}”\n\n第三段说：「{ALTERED}」\n"))
    assert [(one.text, one.where.line) for one in found.quotations] == [(SENTENCE, 3), (ALTERED, 5)]


def test_short_ones_are_counted_and_a_title_alone_is_no_quotation() -> None:
    found = quotations(draft_of(f"所谓“战略自主”，见《乌克兰危机下的日美同盟形势与战略影响》，又说“{SENTENCE}”。"))
    assert [one.text for one in found.quotations] == [SENTENCE]
    assert found.short == 1


def test_nested_quotations_are_quotations_in_quotations() -> None:
    found = quotations(draft_of(f"他说：“甲乙丙丁戊己庚，‘{ALTERED}’，如此。”")).quotations
    assert [one.text for one in found] == [f"甲乙丙丁戊己庚，‘{ALTERED}’，如此。", ALTERED]
    assert [one.outer for one in found] == [None, 0]


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("卢昊在《某文》中指出：“甲乙丙丁戊己庚辛”。", "某文"),
        ("《前文》如此。卢昊指出：“甲乙丙丁戊己庚辛”。", ""),
        ("《前文》与《后文》都说“甲乙丙丁戊己庚辛”。", "后文"),
        ("他说“甲乙丙丁戊己庚辛”（卢昊：《某文》，第3页）。", "某文"),
        ("他说“甲乙丙丁戊己庚辛”。", ""),
    ],
)
def test_a_quotation_is_attributed_to_the_work_named_beside_it(text: str, work: str) -> None:
    assert [one.work for one in quotations(draft_of(text)).quotations] == [work]


def test_a_quotation_is_attributed_to_the_work_in_its_note() -> None:
    text = f"# 题\n\n他说：“{SENTENCE}”[^1]，又说：“{ALTERED}”[^2]\n\n[^1]: 卢昊：《某文》，《日本学刊》2023年第5期。\n[^2]: 同上。\n"
    assert [one.work for one in quotations(draft_of(text)).quotations] == ["某文", "某文"]


def test_what_names_a_work_in_a_note_is_no_quotation_and_what_a_note_quotes_is() -> None:
    text = (
        "# 题\n\n正文。[^1]正文。[^2]\n\n"
        "[^1]: 「日米安全保障協議委員会（2+2）共同発表（仮訳）」、防衛省、令和5年1月12日。\n"
        f"[^2]: 卢昊：《某文》，第3页。原文为：“{SENTENCE}”\n"
    )
    found = quotations(draft_of(text))
    assert [(one.text, one.where.note) for one in found.quotations] == [(SENTENCE, "[^2]")]
    assert found.titles == 1


def test_the_notes_of_the_seed_name_their_works_and_quote_nobody(seed_text: str) -> None:
    found = quotations(draft_of(seed_text))
    assert [one.text for one in found.quotations if one.where.note and "年" in one.text] == []
    assert found.titles > 10


def test_a_block_in_markdown_is_a_quotation_without_its_marks_and_its_source() -> None:
    text = f"# 题\n\n## 节\n\n正文。\n\n> {SENTENCE}\n> ——卢昊《某文》\n\n正文。\n\n> “{ALTERED}”\n"
    found = quotations(draft_of(text)).quotations
    assert [(one.text, one.form) for one in found] == [(SENTENCE, Form.BLOCK), (ALTERED, Form.BLOCK)]


def test_a_paragraph_indented_more_than_the_others_is_a_quotation() -> None:
    usual = "　　这一段的缩进与别的段落一样，没有引用任何人的话。\n"
    text = f"题目\n\n{usual}{usual}　　　　{SENTENCE}\n{usual}"
    assert [(one.text, one.form) for one in quotations(draft_of(text)).quotations] == [(SENTENCE, Form.BLOCK)]


def test_a_quotation_of_two_paragraphs_is_two() -> None:
    text = f"# 题\n\n他说：“{SENTENCE}\n\n“{ALTERED}”\n\n还有一个“没有闭合的引号。\n"
    found = quotations(draft_of(text))
    assert [one.text for one in found.quotations] == [SENTENCE, ALTERED]
    assert [(remark.mark, remark.where.line, remark.what) for remark in found.remarks] == [("“", 7, "unbalanced")]


def test_word_files_are_read_with_their_notes_and_their_quotations_set_off() -> None:
    body = (
        paragraph("一篇草稿", style="Title")
        + paragraph(f"他说：“{SENTENCE}”", call(2), "。")
        + paragraph(ALTERED, style="Quote")
        + paragraph("这一段整段缩进。" + ELSEWHERE, properties='<w:ind w:left="720"/>')
        + paragraph("首行缩进的段落不是引文，而是正文。", properties='<w:ind w:firstLine="480"/>')
    )
    styles = (
        '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/></w:style>'
    )
    notes = (
        f'<w:footnote w:id="2">{paragraph(run("卢昊：《某文》，第3页。原文说：“" + SENTENCE[3:] + "”"))}</w:footnote>'
    )
    draft = read_draft(document(body, styles=styles, footnotes=notes), name="草稿.docx")
    found = quotations(draft).quotations
    assert [(one.text, one.form.value) for one in found] == [
        (SENTENCE, "marks"),
        (ALTERED, "block"),
        ("这一段整段缩进。" + ELSEWHERE, "block"),
        (SENTENCE[3:], "marks"),
    ]
    assert found[0].work == "某文"
    assert [one.where.line for one in found] == [None] * 4
    assert [one.where.paragraph for one in found] == [2, 3, 4, 6]
    assert found[3].where.note


# --- hostile drafts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "name"), [(b"", "a.txt"), (b" \n", "a.md"), (bytes(range(32)) * 50, "a.txt"),
                                            (b"PK\3\4broken", "a.docx"), (b"x", "a.exe"), (b"x", "a")])  # fmt: skip
def test_what_is_no_draft_is_refused_with_its_name(data: bytes, name: str) -> None:
    with pytest.raises(FileError, match=re.escape(name)):
        read_draft(data, name=name)


def _read(text: str) -> Quoted:
    return quotations(draft_of(text))


def test_quotations_a_thousand_deep_are_checked_as_far_as_they_mean_something() -> None:
    found = _read("“外面的六个字" * 1000 + "”" * 1000)
    assert len(found.quotations) + found.deep + len(found.remarks) == 1000
    assert found.deep >= 990


def test_a_line_of_a_million_characters_is_read() -> None:
    found = _read(f"他说：“{'甲乙' * 500_000}，又说：“{SENTENCE}”。")
    assert [one.text for one in found.quotations] == [SENTENCE]
    far = _read("“" + "甲乙丙丁戊己庚辛" * LONGEST + "”")
    assert [remark.what for remark in far.remarks] == ["too far apart"]


@settings(max_examples=60)
@given(st.text(alphabet='“”「」‘’"《》>[]^1：。，…—（）\n 甲乙丙丁戊己a#', max_size=200))
def test_no_draft_is_too_strange(text: str) -> None:
    if not text.strip():
        return
    draft = draft_of(text)
    for one in quotations(draft).quotations:
        assert one.text in "\n".join((draft.text.replace("\n", ""), draft.text)) or " " in one.text


# --- what is said of them ------------------------------------------------------------------------------------


def test_a_draft_is_told_by_marks(seed_searcher: Searcher) -> None:
    text = f"他说：“{SENTENCE}”，又说：“{ALTERED}”，还说：“{ELSEWHERE}”。“{SENTENCE}”"
    found = check_draft(seed_searcher, text)
    assert found.counts == {Mark.VERBATIM: 2, Mark.ALTERED: 1, Mark.MISSING: 1}
    assert not found.good
    assert check_draft(seed_searcher, f"“{SENTENCE}”").good


def test_a_parsed_article_is_a_draft_too(seed_searcher: Searcher) -> None:
    article = read_draft(f"他说：“{ALTERED}”".encode(), name="a.txt").article
    assert check_draft(seed_searcher, article).counts[Mark.ALTERED] == 1


def test_what_a_bracket_stands_for_is_shown(seed_searcher: Searcher) -> None:
    found = check_draft(seed_searcher, "他说：“对此，[日方]表示全力支持……军事部署计划。”")
    assert found.good
    assert '<del>日本</del><span class="soft">[日方]</span>表示' in html_report(found, name="草稿")
    assert not found.quotations[0].verdict.places[0].exact


def test_what_stands_in_a_verbatim_quotation_is_covered(seed_searcher: Searcher) -> None:
    found = check_draft(seed_searcher, "“通过磋商，日本与北约明确表示将构建‘特殊战略伙伴关系’。”")
    assert (len(found.quotations), found.covered) == (1, 1)


def test_the_seed_as_a_draft_is_read_whole_and_quotes_itself(seed_searcher: Searcher, seed_text: str) -> None:
    found = check_draft(seed_searcher, seed_text)
    assert len(found.quotations) > 20
    assert found.counts[Mark.VERBATIM] == len(found.quotations)


def test_the_attributed_article_comes_first_and_is_told_where_it_has_it_not(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({
        "a.md": f"---\ntitle: 甲论集\n---\n\n# 甲论集\n\n## 一\n\n{SENTENCE}\n",
        "b.md": f"---\ntitle: 乙论集\n---\n\n# 乙论集\n\n## 一\n\n{SENTENCE}\n",
        "c.md": "---\ntitle: 丙论集\n---\n\n# 丙论集\n\n## 一\n\n别的话。\n",
    })  # fmt: skip
    corpus.update()
    told = {}
    for work in ("甲论集", "乙论集", "丙论集", "丁论集"):
        verdict = check_draft(corpus.searcher(), f"《{work}》指出：“{SENTENCE}”").quotations[0].verdict
        told[work] = ([place.doc_id for place in verdict.places], verdict.found_work)
    assert told == {
        "甲论集": (["a", "b"], "a"),
        "乙论集": (["b", "a"], "b"),
        "丙论集": (["a", "b"], "c"),
        "丁论集": (["a", "b"], None),
    }


# --- the command ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drafts(home: Path) -> Path:
    (home / "good.txt").write_text(f"他说：“{SENTENCE}”\n", "utf-8")
    (home / "bad.md").write_text(f"# 题\n\n他说：“{ALTERED}”\n\n他说：“{ELSEWHERE}”和“半句。\n", "utf-8")
    (home / "binary.txt").write_bytes(bytes(range(32)) * 50)
    return home


def test_the_command_exits_as_scripts_want_it(drafts: Path) -> None:
    good = run_command(drafts, "check", "good.txt")
    assert (good.returncode, good.stdout.splitlines()[0]) == (0, "1 quotation: 1 verbatim, 0 altered, 0 not found")
    bad = run_command(drafts, "check", "bad.md")
    assert bad.returncode == 1
    assert "altered in 1 letter · line 3" in bad.stdout
    assert "日本表示[-全-]{+大+}力支持" in bad.stdout
    assert "not found · line 5" in bad.stdout
    assert "“ has no partner · line 5" in bad.stdout
    for wrong in (["binary.txt"], ["nothing.txt"], ["good.txt", "--only", "x"]):
        assert run_command(drafts, "check", *wrong).returncode == 2


def test_the_command_lists_only_what_is_asked_for(drafts: Path) -> None:
    found = run_command(drafts, "check", "bad.md", "--only", "missing", "--json")
    record = json.loads(found.stdout)
    assert found.returncode == 1
    assert record["counts"] == {"verbatim": 0, "altered": 1, "missing": 1}
    assert [one["mark"] for one in record["quotations"]] == ["missing"]


def test_the_command_writes_a_report(drafts: Path) -> None:
    run_command(drafts, "check", "bad.md", "--html", "report.html", "--base-url", "https://papers.example.org/x/")
    page = (drafts / "report.html").read_text("utf-8")
    assert 'href="https://papers.example.org/x/article/000_c7225275e9add5be#s1.2p1"' in page
    assert "<del>全</del><ins>大</ins>" in page


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_report_has_no_script_and_a_policy_that_allows_its_own_style_alone(seed_searcher: Searcher) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    text = f"他说：“{hostile}甲乙丙丁戊己”，“{SENTENCE[:8]}{hostile}{SENTENCE[8:]}”，“半句{hostile}"
    page = html_report(check_draft(seed_searcher, text), name=hostile, base_url="javascript:alert(3)//")
    tags = _Tags()
    tags.feed(page)
    names = {name for name, _ in tags.tags}
    assert not names & {"script", "img", "link", "iframe", "a"}
    assert not [name for _, attributes in tags.tags for name in attributes if name.startswith("on") or name == "style"]
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(attributes["content"] for name, attributes in tags.tags if "http-equiv" in attributes)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


# --- the page and the API ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app(seed_corpus: Corpus) -> Flask:
    return create_app(seed_corpus)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_page_checks_what_is_pasted(client: FlaskClient) -> None:
    assert 'name="draft"' in client.get("/check").text
    response = client.post("/check", data={"draft": f"他说：“{ALTERED}”和“半句。"})
    assert response.status_code == 200
    assert "<del>全</del><ins>大</ins>" in response.text
    assert 'href="/article/000_c7225275e9add5be#s1.2p1"' in response.text
    assert "no partner" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


def test_the_page_checks_a_file(client: FlaskClient) -> None:
    data = document(paragraph(f"他说：“{SENTENCE}”"))
    response = client.post("/check", data={"file": (io.BytesIO(data), "草稿.docx")})
    assert response.status_code == 200
    assert "1 verbatim" in re.sub(r"\s+", " ", re.sub("<[^>]+>", "", response.text))


def test_the_page_says_what_is_wrong(client: FlaskClient) -> None:
    assert client.post("/check", data={"draft": " "}).status_code == 400
    assert client.post("/check", data={"file": (io.BytesIO(b"x"), "a.exe")}).status_code == 400
    hostile = client.post("/check", data={"draft": "</textarea><script>alert(1)</script>“<b>甲乙丙丁戊己庚辛</b>”"})
    assert "<script>alert" not in hostile.text
    assert "<b>" not in hostile.text


def test_a_draft_that_is_too_large_is_refused(client: FlaskClient) -> None:
    for path, type_ in (("/check", "multipart/form-data; boundary=x"), ("/api/check", "text/plain")):
        response = client.post(path, data=b"x" * (MAX_DRAFT_BYTES + 1), content_type=type_)
        assert response.status_code == 413, path
    assert client.get("/check", data=b"x").status_code == 413


def test_the_api_answers_as_the_command_does(client: FlaskClient, drafts: Path) -> None:
    text = (drafts / "bad.md").read_bytes()
    response = client.post("/api/check", data=text, content_type="text/markdown; charset=utf-8")
    assert response.status_code == 200
    assert json.loads(response.data) == json.loads(run_command(drafts, "check", "bad.md", "--json").stdout)


@pytest.mark.parametrize(("path", "type_", "data", "status"), [
    ("/api/check", "text/plain", b"", 400), ("/api/check", "text/plain", bytes(range(32)) * 50, 400),
    ("/api/check?x=1", "text/plain", b"x", 400), ("/api/check?min_length=1", "text/plain", b"x", 400),
    ("/api/check", "application/json", b"{}", 415), ("/api/check", "", b"x", 415),
])  # fmt: skip
def test_the_api_says_what_is_wrong(client: FlaskClient, path: str, type_: str, data: bytes, status: int) -> None:
    response = client.post(path, data=data, content_type=type_ or None)
    assert response.status_code == status
    assert json.loads(response.data)["error"]["message"]


def test_what_there_is_no_time_for_is_left_unchecked_and_counted(seed_corpus: Corpus) -> None:
    client = create_app(seed_corpus, limits=Limits(search_s=0.0)).test_client()
    response = client.post("/api/check", data=f"“{ELSEWHERE}”“{ALTERED}”".encode(), content_type="text/plain")
    record = json.loads(response.data)
    assert (response.status_code, record["unchecked"], record["quotations"]) == (200, 2, [])
