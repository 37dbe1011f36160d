"""One article, many formats, one tree: what pandoc and LibreOffice make of `article.md` reads the same.

`article.html`, `article.epub` and `article.xml` (TEI) were made by pandoc with east_asian_line_breaks, `libreoffice.html`
and `libreoffice.xhtml` by LibreOffice from pandoc's DOCX. An EPUB of LibreOffice's has no headings of the second level.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus_search.formats import epub, html, tei
from corpus_search.formats.layout import BlockKind, Extract
from tests.markup_outline import assert_sound, layout_of, outline

ARTICLES = Path(__file__).parent / "formats"
READERS = {".html": html.extract, ".xhtml": html.extract, ".epub": epub.extract, ".xml": tei.extract}

TEXT = [
    "heading 1: 一、引言",
    "paragraph: 正文第一段{0}，有强调、Alliance Politics和链接。引文“说”{1}。",
    "heading 2: （一）背景",
    "paragraph: 第二段，日本の憲法について。{2} An English sentence{3} goes on.",
    "paragraph: 长引文一段{4}。",
    "paragraph: 甲项",
    "paragraph: 乙项",
    "table: 年 | 数",
    "table: 2020 | 1",
    "table: 2021 | 2",
    "heading 1: 二、结论",
    "paragraph: 末段。{5}",
]
NOTES = [
    "note 0: 张三：《书》，北京：出版社，2020年，第3页。",
    "note 0: 又见第二段注。",
    "note 1: 同上，第1945页。",
    "note 2: 1945年の「憲法」。",
    "note 3: Smith, Alliance Politics, 2007, p. 12.",
    "note 4: 同注①。",
    "note 5: 2022年数据。",
]


def read(name: str) -> Extract:
    path = ARTICLES / name
    found = READERS[path.suffix](path.read_bytes(), path=name)
    assert_sound(found)
    return found


def numbered(extract: Extract) -> list[str]:
    """Return the outline with notes numbered as they are called, keys being each format's own."""
    found = outline(extract)
    for number, call in enumerate(layout_of(extract).calls):
        found = [line.replace(f"{{{call.key}}}", f"{{{number}}}") for line in found]
        found = [line.replace(f"note {call.key}:", f"note {number}:") for line in found]
    return found


@pytest.mark.parametrize(
    "name", ["article.html", "article.epub", "article.xml", "libreoffice.html", "libreoffice.xhtml"]
)
def test_one_article_in_many_formats_reads_the_same(name: str) -> None:
    lines = numbered(read(name))
    body = lines[lines.index(TEXT[0]) :]
    # LibreOffice breaks its lines where it likes; after Han that is no blank, before English it was one.
    assert [line.replace("。{2}An", "。{2} An") for line in body if not line.startswith("note")] == TEXT
    assert [line for line in body if line.startswith("note")] == NOTES


@pytest.mark.parametrize("name", ["article.html", "article.epub", "libreoffice.html", "libreoffice.xhtml"])
def test_its_title_is_the_first_block(name: str) -> None:
    found = read(name)
    first = layout_of(found).blocks[0]
    assert (first.kind, found.text[first.start : first.end]) == (BlockKind.TITLE, "日美同盟研究")


@pytest.mark.parametrize("name", ["article.html", "article.epub", "article.xml"])
def test_its_authors_are_known(name: str) -> None:
    assert layout_of(read(name)).metadata["authors"] == "张三；李四"
