"""One article, many formats, one tree: however it is written down, it is read the same.

``formats/one/article.md`` was written by hand; the files beside it were made of it by pandoc and, the PDF, by LibreOffice.
Where these programs are, the files are made anew and tried again.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from corpus_search.article import Article
from corpus_search.formats import extract
from corpus_search.parse import parse

ONE = Path(__file__).parent / "formats" / "one"
FORMATS = ("html", "docx", "epub", "xml", "pdf")


def _article(path: Path) -> Article:
    found = extract(path.read_bytes(), path=path.name)
    return parse(found.text, doc_id="one", layout=found.layout)


def _tree(article: Article) -> dict[str, Any]:
    """Return what must be the same: all but where it stands in the file, and the labels that each format prints."""
    meta = article.metadata
    return {
        "title": meta.title,
        "authors": [author.name for author in meta.authors],
        "keywords": meta.keywords,
        "matter": [(part.address, part.text) for part in article.matter],
        "headings": [(section.address, section.level, section.heading) for _, section in article.walk()],
        "paragraphs": [(p.address, p.text, [(m.note, m.offset) for m in p.markers]) for p in article.paragraphs()],
        "notes": [(note.address, note.text, note.anchor, note.resolves_to) for note in article.notes],
        "references": [(r.address, r.label, r.text, r.cited_in) for r in article.references],
    }


def test_the_article_is_read_as_it_was_written() -> None:
    tree = _tree(_article(ONE / "article.md"))
    assert tree["title"] == "乡村图书馆与读者服务"
    assert tree["authors"] == ["林晓", "赵明远"]
    assert [heading for _, _, heading in tree["headings"]] == [
        "一、引言", "（一）来源", "（二）方法", "二、结论", "参考文献",
    ]  # fmt: skip
    assert [level for _, level, _ in tree["headings"]] == [1, 2, 2, 1, 1]
    assert len(tree["paragraphs"]) == 6
    assert [(address, len(cited)) for address, _, _, cited in tree["references"]] == [
        ("one#ref1", 2), ("one#ref2", 2), ("one#ref3", 1),
    ]  # fmt: skip
    assert [(anchor.address, anchor.offset) for _, _, anchor, _ in tree["notes"]] == [
        ("one#s1p1", 13), ("one#s1p1", 71), ("one#s1p2", 19), ("one#s1p3", 38), ("one#s1.1p1", 15), ("one#s1.2p1", 23),
    ]  # fmt: skip
    assert tree["notes"][5][3] == "one#fn5"


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_the_same_tree(ending: str) -> None:
    assert _tree(_article(ONE / f"article.{ending}")) == _tree(_article(ONE / "article.md"))


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_made_anew_gives_the_same_tree(ending: str, tmp_path: Path) -> None:
    if not shutil.which("pandoc") or (ending == "pdf" and not shutil.which("soffice")):
        message = f"PANDOC OR LIBREOFFICE IS MISSING: the article was not made anew as {ending}, its sample was tried."
        pytest.skip(message)
    shutil.copy(ONE / "article.md", tmp_path)
    by_pandoc = "docx" if ending == "pdf" else ending
    command = [
        "pandoc",
        "article.md",
        "-s",
        "-t",
        "tei" if ending == "xml" else by_pandoc,
        "-o",
        f"article.{by_pandoc}",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    if ending == "pdf":
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "article.docx"]
        subprocess.run(convert, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    assert _tree(_article(tmp_path / f"article.{ending}")) == _tree(_article(ONE / "article.md"))
