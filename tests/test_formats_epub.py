"""Electronic books are read in the order of their spine, with notes tied to their markers over all their documents."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_search.errors import FileError
from corpus_search.formats.epub import extract
from corpus_search.formats.layout import Extract
from tests.markup_outline import assert_sound, layout_of, outline

CONTAINER = '<container><rootfiles><rootfile full-path="EPUB/content.opf"/></rootfiles></container>'
XHTML = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>x</title></head>'
)


def packed(files: Mapping[str, str | bytes]) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("mimetype", "application/epub+zip")
        for name, content in files.items():
            box.writestr(name, content)
    return data.getvalue()


def book(
    documents: Mapping[str, str],
    *,
    metadata: str = "",
    extra: Mapping[str, str | bytes] | None = None,
    nav: str = "",
    guide: str = "",
    missing: tuple[str, ...] = (),
    items: str = "",
) -> bytes:
    """Pack a book of these documents, each the content of a body or a whole body, in this order."""
    items += "".join(
        f'<item id="i{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(documents)
    )
    spine = "".join(f'<itemref idref="i{number}"/>' for number in range(len(documents)))
    if nav:
        items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        spine = '<itemref idref="nav"/>' + spine
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{metadata}</metadata><manifest>{items}</manifest><spine>{spine}</spine><guide>{guide}</guide></package>"
    )
    files: dict[str, str | bytes] = {"META-INF/container.xml": CONTAINER, "EPUB/content.opf": package}
    for name, body in {**documents, **({"nav.xhtml": nav} if nav else {})}.items():
        if name not in missing:
            files[f"EPUB/{unquote(name)}"] = (
                f"{XHTML}{body if body.startswith('<body') else f'<body>{body}</body>'}</html>"
            )
    return packed({**files, **(extra or {})})


def read(data: bytes) -> Extract:
    found = extract(data, path="a.epub")
    assert_sound(found)
    return found


def refused(data: bytes) -> str:
    with pytest.raises(FileError) as error:
        extract(data, path="a.epub")
    assert "\n" not in str(error.value)
    return error.value.reason


def test_documents_are_read_in_the_order_of_the_spine() -> None:
    files = {
        "text/2.xhtml": "<h1>二、前</h1><p>甲</p>",
        "text/1.xhtml": "<h1>一、后</h1><p>乙<a id='x'/>丙&nbsp;丁</p>",
    }
    assert outline(read(book(files))) == [
        "heading 1: 二、前",
        "paragraph: 甲",
        "heading 1: 一、后",
        "paragraph: 乙丙 丁",
    ]


def test_numbers_that_begin_anew_in_each_document_are_told_apart() -> None:
    chapter = """<p>{}<a epub:type="noteref" href="#fn1" id="r1">1</a></p>
      <aside epub:type="footnote" id="fn1"><p>{}。<a href="#r1">↩</a></p></aside>"""
    found = read(book({"a.xhtml": chapter.format("甲", "书"), "b.xhtml": chapter.format("乙", "刊")}))
    assert outline(found) == [
        "paragraph: 甲{EPUB/a.xhtml#fn1}",
        "note EPUB/a.xhtml#fn1: 书。",
        "paragraph: 乙{EPUB/b.xhtml#fn1}",
        "note EPUB/b.xhtml#fn1: 刊。",
    ]


def test_notes_in_another_document_are_tied_both_ways() -> None:
    found = read(
        book(
            {
                "text/a.xhtml": '<p>甲<a href="../notes.xhtml#note-1" id="noteref-1" epub:type="noteref">1</a>。</p>',
                "text/b%20c.xhtml": '<p>乙<sup><a href="../notes.xhtml#n2" id="q">[2]</a></sup>。</p>',
                "notes.xhtml": """<section epub:type="endnotes"><h2>Endnotes</h2><ol>
                  <li id="note-1" epub:type="endnote"><p>书。<a href="text/a.xhtml#noteref-1" epub:type="backlink">↩</a></p></li>
                  <li id="n2"><p>刊。<cite>a</cite> <a href="text/b%20c.xhtml#q">↩</a></p></li></ol></section>""",
            }
        )
    )
    assert outline(found) == [
        "paragraph: 甲{EPUB/notes.xhtml#note-1}。",
        "paragraph: 乙{EPUB/notes.xhtml#n2}。",
        "furniture: Endnotes",
        "note EPUB/notes.xhtml#note-1: 书。",
        "note EPUB/notes.xhtml#n2: 刊。a",
    ]


def test_notes_of_chinese_readers() -> None:
    body = """<p>甲<sup><a class="duokan-footnote" href="#d1" id="r1"><img alt="" src="note.png"/></a></sup>，
      乙<img class="qqreader-footnote" alt="腾讯注" src="n.png"/>。</p>
      <ol class="duokan-footnote-content"><li class="duokan-footnote-item" id="d1"><a href="#r1">①</a>多看注。</li></ol>"""
    found = outline(read(book({"a.xhtml": body})))
    image = found[1].removeprefix("note ").partition(": ")[0]
    assert found == [
        f"paragraph: 甲{{EPUB/a.xhtml#d1}}，乙{{{image}}}。",
        f"note {image}: 腾讯注",
        "note EPUB/a.xhtml#d1: 多看注。",
    ]


def test_a_note_in_the_middle_of_a_paragraph_follows_it() -> None:
    body = '<p>甲<a epub:type="noteref" href="#n">1</a><aside epub:type="footnote" id="n">1. 书。</aside>，乙。</p>'
    assert outline(read(book({"a.xhtml": body}))) == [
        "paragraph: 甲{EPUB/a.xhtml#n}，乙。",
        "note EPUB/a.xhtml#n: 书。",
    ]


def test_cover_contents_and_navigation_are_left_out() -> None:
    documents = {
        "cover.xhtml": "<body epub:type='cover'><p>封面</p></body>",
        "guided.xhtml": "<p>目录</p>",
        "toc.xhtml": "".join(f'<p><a href="a.xhtml#c{n}">第{n}章</a></p>' for n in range(6)),
        "a.xhtml": "<p>正文</p>",
    }
    data = book(
        documents,
        nav="<nav epub:type='toc'><ol><li><a href='a.xhtml'>一</a></li></ol></nav>",
        guide='<reference type="toc" href="guided.xhtml"/>',
    )
    assert outline(read(data)) == ["paragraph: 正文"]


def test_where_nothing_is_marked_a_heading_the_contents_tell() -> None:
    nav = """<nav epub:type="toc"><ol><li><a href="a.xhtml">一、引言</a><ol><li><a href="a.xhtml#b">（一）背景</a></li></ol></li></ol></nav>"""
    documents = {"a.xhtml": "<p class='t'>一、引言</p><p>甲</p><p id='b'>（一）背景</p><p>乙</p>"}
    assert outline(read(book(documents, nav=nav, metadata="<dc:title>日美同盟</dc:title>"))) == [
        "heading 1: 一、引言",
        "paragraph: 甲",
        "heading 2: （一）背景",
        "paragraph: 乙",
    ]


def test_printed_pages_come_from_page_breaks_and_from_the_page_list() -> None:
    nav = """<nav epub:type="page-list"><ol><li><a href="a.xhtml#p7">7</a></li><li><a href="a.xhtml#pi">iv</a></li></ol></nav>"""
    body = '<p>甲<span epub:type="pagebreak" id="p6" title="6"/>乙</p><p id="pi">丙<b id="p7">丁</b></p>'
    found = read(book({"a.xhtml": body}, nav=nav))
    assert outline(found) == ["paragraph: 甲乙", "paragraph: 丙丁"]
    assert [(start.offset, start.page) for start in layout_of(found).page_starts] == [(1, 6), (4, 7)]


def test_an_older_book_has_its_contents_and_pages_in_a_file_of_its_own_and_a_broken_one_is_no_loss() -> None:
    ncx = """<ncx><navMap><navPoint><navLabel><text>一、引言</text></navLabel><content src="a.xhtml"/></navPoint></navMap>
      <pageList><pageTarget><navLabel><text>9</text></navLabel><content src="a.xhtml#q"/></pageTarget></pageList></ncx>"""
    documents = {"a.xhtml": "<p>一、引言</p><div>甲<p id='q'>乙</p></div>"}
    title = "<dc:title>日美同盟</dc:title>"
    item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    found = read(book(documents, metadata=title, items=item, extra={"EPUB/toc.ncx": ncx}))
    assert outline(found) == ["heading 1: 一、引言", "paragraph: 甲", "paragraph: 乙"]
    assert [block.page for block in layout_of(found).blocks] == [None, None, 9]
    broken = read(book(documents, metadata=title, items=item, extra={"EPUB/toc.ncx": ncx[:90]}))
    assert outline(broken) == ["paragraph: 一、引言", "paragraph: 甲", "paragraph: 乙"]


def test_metadata_comes_from_the_package() -> None:
    metadata = """<dc:title>题目</dc:title><dc:creator id="c1">张三</dc:creator><dc:creator id="c2">王五</dc:creator>
      <meta refines="#c2" property="role">trl</meta><dc:creator opf:role="edt">赵六</dc:creator><dc:creator>李四</dc:creator>
      <dc:subject>同盟</dc:subject><dc:subject>日本</dc:subject><dc:description>摘要</dc:description>
      <dc:date>2023-04</dc:date><dc:identifier>urn:doi:10.1000/x</dc:identifier>"""
    assert dict(layout_of(read(book({"a.xhtml": "<p>题目</p><p>甲</p>"}, metadata=metadata))).metadata) == {
        "title": "题目",
        "authors": "张三；李四",
        "keywords": "同盟；日本",
        "abstract": "摘要",
        "doi": "10.1000/x",
        "date": "2023-04",
    }


def test_a_chapters_own_title_is_no_title_of_the_book() -> None:
    data = book({"a.xhtml": "<h1 class='title'>一</h1><p>甲</p>", "b.xhtml": "<h1 class='title'>二</h1><p>乙</p>"})
    assert outline(read(data)) == ["heading 1: 一", "paragraph: 甲", "heading 1: 二", "paragraph: 乙"]


def test_an_encrypted_book_is_refused_and_scrambled_fonts_are_not() -> None:
    def encrypted(algorithm: str) -> dict[str, str | bytes]:
        xml = f"""<encryption><EncryptedData><EncryptionMethod Algorithm="{algorithm}"/><CipherData>
          <CipherReference URI="EPUB/a.xhtml"/></CipherData></EncryptedData></encryption>"""
        return {"META-INF/encryption.xml": xml}

    page = {"a.xhtml": "<p>甲</p>"}
    assert "encrypted (DRM)" in refused(book(page, extra=encrypted("http://www.w3.org/2001/04/xmlenc#aes128-cbc")))
    assert "encrypted (DRM)" in refused(book(page, extra={"META-INF/license.lcpl": "{}"}))
    assert outline(read(book(page, extra=encrypted("http://www.idpf.org/2008/embedding")))) == ["paragraph: 甲"]


def test_a_box_that_is_locked_is_refused() -> None:
    data = bytearray(book({"a.xhtml": "<p>甲</p>"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(signature, place + 4)
    assert "encrypted (DRM)" in refused(bytes(data))


def test_what_is_no_book_is_refused_with_what_to_do() -> None:
    whole = book({"a.xhtml": "<p>甲</p>"})
    assert "this is no EPUB, or a broken one" in refused(b"")
    assert "this is no EPUB, or a broken one" in refused(b"PK\x03\x04 nothing")
    assert "this is no EPUB, or a broken one" in refused(whole[: len(whole) // 2])
    assert "its container names no package document" in refused(packed({"a.txt": "x"}))
    assert "EPUB/content.opf is missing" in refused(packed({"META-INF/container.xml": CONTAINER}))
    assert "no documents to read in its spine" in refused(book({}))
    assert "holds no text" in refused(book({"a.xhtml": "<p><img src='x.png'/></p>"}))


def test_a_document_that_is_missing_is_remarked() -> None:
    found = read(book({"a.xhtml": "<p>甲</p>", "b%20c.xhtml": "<p>乙</p>"}, missing=("b%20c.xhtml",)))
    assert found.remarks == ("documents of the book are missing: EPUB/b c.xhtml",)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert "too much for one article" in refused(book({"a.xhtml": "<p>甲</p>", "b.xhtml": "0" * 30_000_000}))


@given(st.binary(max_size=200), st.integers(0, 2000), st.integers(0, 50))
def test_a_book_with_other_bytes_in_it_is_read_or_refused(other: bytes, place: int, removed: int) -> None:
    whole = book({"a.xhtml": "<p>甲<a epub:type='noteref' href='b.xhtml#n'>1</a></p>", "b.xhtml": "<p id='n'>书</p>"})
    assert is_sound_or_refused(whole[:place] + other + whole[place + removed :])


@given(
    st.binary(max_size=300),
    st.sampled_from(["META-INF/container.xml", "EPUB/content.opf", "EPUB/a.xhtml", "META-INF/encryption.xml"]),
)
def test_a_book_of_arbitrary_files_is_read_or_refused(other: bytes, name: str) -> None:
    assert is_sound_or_refused(book({"a.xhtml": "<p>甲</p>", "b.xhtml": "<p>乙</p>"}, extra={name: other}))


def is_sound_or_refused(data: bytes) -> bool:
    try:
        assert_sound(extract(data, path="a.epub"))
    except FileError as error:
        return "\n" not in str(error)
    return True
