"""How do reference managers read an article?

Items in CSL-JSON in; BibTeX, RIS, CSL-JSON and the ``citation_*`` tags of a web page out. Every value stands on one
line (see `items.clean`), so no text can end its field and begin another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from corpus_search.article import Article
from corpus_search.cite.items import item
from corpus_search.records import Record

_LANGUAGES = {"zh": "chinese", "ja": "japanese", "en": "english"}

# For each of CSL's sorts biber's, with what it calls the container and the publisher, and RIS's.
_SORTS = {
    "article-journal": ("article", "journal", "publisher", "JOUR"),
    "article-newspaper": ("article", "journal", "publisher", "NEWS"),
    "book": ("book", "series", "publisher", "BOOK"),
    "chapter": ("incollection", "booktitle", "publisher", "CHAP"),
    "paper-conference": ("inproceedings", "booktitle", "publisher", "CPAPER"),
    "thesis": ("thesis", "series", "institution", "THES"),
    "report": ("report", "series", "institution", "RPRT"),
    "webpage": ("online", "organization", "publisher", "ELEC"),
    "dataset": ("dataset", "organization", "publisher", "DATA"),
    "software": ("software", "organization", "publisher", "COMP"),
    "patent": ("patent", "organization", "publisher", "PAT"),
    "standard": ("misc", "organization", "publisher", "STAND"),
    "interview": ("misc", "howpublished", "publisher", "PCOMM"),
    "document": ("misc", "howpublished", "publisher", "GEN"),
}


def csl_json(items: Sequence[Record]) -> str:
    """Return `items` as CSL-JSON: a list, as Zotero and pandoc read it."""
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


# --- BibTeX --------------------------------------------------------------------------------------------------

# Braces are named, not escaped: BibTeX counts them even after a backslash.
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", **{char: f"\\{char}" for char in "$&%#_"},
}  # fmt: skip


def bibtex(items: Sequence[Record]) -> str:
    """Return `items` as BibTeX, in UTF-8, for biber as for Zotero."""
    keys: set[str] = set()
    return "\n".join(_entry(one, _key(one, keys)) for one in items)


def _entry(one: Record, key: str) -> str:
    first, _, last = one.get("page", "").partition("-")
    sort, container, publisher, _ = _SORTS[one["type"]]
    fields = {
        "author": " and ".join(map(_bibtex_name, one.get("author", ()))),
        "title": _latex(one.get("title", "")),
        container: _latex(one.get("container-title", "")),
        publisher: _latex(one.get("publisher", "")),
        "location": _latex(one.get("publisher-place", "")),
        "year": str(_year(one) or ""),
        "volume": _latex(one.get("volume", "")),
        "number": _latex(one.get("issue", "")),
        "pages": f"{first}--{last}" if last else first,
        # Read verbatim, so what would end the field is written as in an address.
        "doi": re.sub(r"[\\{}%]", lambda m: f"%{ord(m[0]):02X}", one.get("DOI", "")),
        "url": re.sub(r"[\\{}]", lambda m: f"%{ord(m[0]):02X}", one.get("URL", "")),
        "urldate": _day(one.get("accessed"), "-"),
        "issn": one.get("ISSN", ""),
        "langid": _LANGUAGES.get(one.get("language", ""), ""),
        "keywords": _latex(one.get("keyword", "").replace("; ", ", ")),
        "abstract": _latex(one.get("abstract", "")),
        "note": _latex(one.get("note", "")),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@{sort}{{{key},\n{''.join(lines)}}}\n"


def _day(date: Record | None, joint: str) -> str:
    parts: list[int] = date["date-parts"][0] if date else []
    return joint.join(f"{part:02}" for part in parts) if len(parts) == 3 else ""


def _bibtex_name(name: Record) -> str:
    if "literal" in name:
        literal = _latex(name["literal"])
        # BibTeX would part it at its blanks and commas.
        return f"{{{literal}}}" if re.search(r"[\s,]", literal) else literal
    return ", ".join(_latex(name[part]) for part in ("family", "suffix", "given") if part in name)


def _latex(text: str) -> str:
    return re.sub(r"[\\{}~^$&%#_]", lambda m: _LATEX[m[0]], text)


def _key(one: Record, taken: set[str]) -> str:
    """Return a key of the first author and the year, in ASCII: luhao2023, luhao2023b; and remember it as taken."""
    from pypinyin import lazy_pinyin

    author: Record = next(iter(one.get("author", ())), {})
    written = author.get("family") or author.get("literal") or ""
    # How a name is read is not always known; a key only has to be there.
    stem = re.sub(r"[^a-z0-9]", "", "".join(lazy_pinyin(written)).lower()) or "article"
    base = f"{stem}{_year(one) or ''}"
    key, count = base, 1
    while key in taken:
        count += 1
        key = f"{base}{chr(ord('a') + count - 1)}" if count <= 26 else f"{base}-{count}"
    taken.add(key)
    return key


def _year(one: Record) -> int | None:
    year: int | None = one["issued"]["date-parts"][0][0] if "issued" in one else None
    return year


# --- RIS -----------------------------------------------------------------------------------------------------


def ris(items: Iterable[Record]) -> str:
    """Return `items` as RIS, in UTF-8."""
    return "\n".join("".join(f"{tag}  - {value}\n" for tag, value in _tags(one)) for one in items)


def _tags(one: Record) -> Iterator[tuple[str, str]]:
    first, _, last = one.get("page", "").partition("-")
    yield "TY", _SORTS[one["type"]][3]
    for name in one.get("author", ()):
        yield "AU", _inverted(name)
    single = (
        ("TI", one.get("title")), ("T2", one.get("container-title")), ("PY", _year(one)), ("VL", one.get("volume")),
        ("IS", one.get("issue")), ("SP", first), ("EP", last), ("PB", one.get("publisher")),
        ("CY", one.get("publisher-place")), ("DA", _day(one.get("issued"), "/")), ("UR", one.get("URL")),
        ("Y2", _day(one.get("accessed"), "/")), ("DO", one.get("DOI")), ("SN", one.get("ISSN")),
        ("LA", one.get("language")), ("AB", one.get("abstract")), ("N1", one.get("note")),
    )  # fmt: skip
    yield from ((tag, str(value)) for tag, value in single if value)
    for keyword in filter(None, one.get("keyword", "").split("; ")):
        yield "KW", keyword
    yield "ID", one["id"]
    yield "ER", ""


def _inverted(name: Record) -> str:
    """Return a name family first, as RIS and web pages have it."""
    parts = [name[part] for part in ("literal", "family", "given", "suffix") if part in name]
    return ", ".join(parts)


# --- a web page ----------------------------------------------------------------------------------------------


def citation_meta(article: Article, url: str) -> list[tuple[str, str]]:
    """Return the names and contents of the ``<meta>`` tags by which Zotero and Google Scholar know an article's page.

    They are Highwire Press's, as Google Scholar documents them; `url` is the page's own.
    """
    one = item(article)
    first, _, last = one.get("page", "").partition("-")
    keywords = filter(None, one.get("keyword", "").split("; "))
    found = [
        ("citation_title", one.get("title")),
        *(("citation_author", _on_page(name)) for name in one.get("author", ())),
        ("citation_publication_date", _year(one)),
        ("citation_journal_title", one.get("container-title")),
        ("citation_issn", one.get("ISSN")),
        ("citation_volume", one.get("volume")),
        ("citation_issue", one.get("issue")),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_doi", one.get("DOI")),
        ("citation_language", one["language"]),
        *(("citation_keywords", keyword) for keyword in keywords),
        ("citation_abstract", one.get("abstract")),
        ("citation_abstract_html_url", url),
    ]
    return [(name, str(content)) for name, content in found if content]


def _on_page(name: Record) -> str:
    """Return a name family first, unless Zotero would take it for two: with a blank on either side of its comma."""
    family, given = name.get("family", ""), name.get("given", "")
    return f"{given} {family}" if " " in family and " " in given else _inverted(name)
