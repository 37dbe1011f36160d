"""What is cited?

An `Article` in, its item in CSL-JSON out: what every style, every writer and Zotero itself understand. An item holds
what the article says of itself and nothing else: what is not known has no key.

A name in Han characters stays whole (``literal``), as CNKI and Zotero have it: which of its characters are the family
name is not always plain (欧阳修, 田中均), and no style asks for it. A Latin name is parted where the family name is
beyond doubt: ``Smith, John``, ``LU Hao``, ``John A. Smith``; in ``Li Ming`` either may be it, so it stays as printed.
"""

from __future__ import annotations

import re
from itertools import islice

from corpus_search.article import Article
from corpus_search.display import visible
from corpus_search.records import Record

_KANA = re.compile("[ぁ-ゖァ-ヺ]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_SAMPLE = 2_000
"""How many characters of the text tell its language: two printed pages."""

# Noncharacters, which no text holds on purpose: `styles` marks places with them.
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")
_ISSN = re.compile(r"\d{4}-\d{3}[\dX]")
_PARTICLES = frozenset(
    ("al", "bin", "da", "de", "del", "della", "der", "di", "dos", "du", "ibn", "la", "le", "van", "von", "zu")
)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")

# Every syllable of Hanyu Pinyin without its tone (GB/T 16159), by initial.
_SYLLABLES = (
    r"b(?:ai?|an|ang|ao|eng?|ei|i|ian|iao|ie|ing?|o|u)|p(?:ai?|an|ang|ao|eng?|ei|i|ian|iao|ie|ing?|ou?|u)"
    r"|m(?:ai?|an|ang|ao|eng?|ei?|i|ian|iao|ie|ing?|iu|ou?|u)|f(?:a|ang?|eng?|ei|ou?|u)"
    r"|[dt](?:ai?|an|ang|ao|eng?|ei?|i|ian|iao|ie|ing|iu|ong|ou|u|uan|ui|uo|un)"
    r"|[nl](?:ai?|an|ang|ao|eng?|ei?|i|ia|ian|iang|iao|ie|ing?|iu|ong|ou|u|uan|ue|uo|un|[üv]e?)"
    r"|[gkh](?:ai?|an|ang|ao|eng?|ei?|ong|ou|u|ua|uai|uan|uang|ui|uo|un)"
    r"|[jqx](?:i|ia|ian|iang|iao|ie|ing?|iong|iu|u|uan|ue|un)"
    r"|(?:zh|ch|sh|z|c|s)(?:ai?|an|ang|ao|eng?|ei?|i|ong|ou|u|ua|uai|uan|uang|ui|uo|un)"
    r"|r(?:an|ang|ao|eng?|e|i|ong|ou|u|ua|uan|ui|uo|un)|y(?:an?|ang|ao|e|ing?|i|ong?|ou|u|uan|ue|un)"
    r"|w(?:ai?|an|ang|eng?|ei|o|u)|ai?|an|ang|ao|en?|eng|er|ou?"
)
_PINYIN = re.compile(rf"(?:(?:{_SYLLABLES})['’-]?)+", re.IGNORECASE)


def language(article: Article) -> str:
    """Return the language that `article` is written in, ``zh``, ``ja`` or ``en``, as far as its script tells."""
    text = article.metadata.title or ""
    for paragraph in islice(article.paragraphs(), 20):
        if len(text) > _SAMPLE:
            break
        text += paragraph.text
    kana, han, latin = (len(letters.findall(text[:_SAMPLE])) for letters in (_KANA, _HAN, _LATIN))
    # A Chinese article quotes a Japanese title or an English term now and then; a Japanese sentence is a
    # third kana, and a word of three Han characters is nine letters long in English.
    if kana > han / 4:
        return "ja"
    return "zh" if han * 3 > latin else "en"


def item(article: Article) -> Record:
    """Return the CSL-JSON item of `article`."""
    meta = article.metadata
    abstract = article.part("abstract") or article.part("abstract-en")
    names = [author.name for author in meta.authors] or list(meta.authors_en)
    issn = _ISSN.match(meta.article_number or "")
    found = {
        "id": clean(article.doc_id),
        "type": "article-journal",
        "title": clean(meta.title or meta.title_en or ""),
        "author": [name(one) for one in map(clean, names) if one],
        "issued": {"date-parts": [[meta.year]]} if meta.year else None,
        "container-title": clean(meta.journal or ""),
        "volume": _unpadded(meta.volume),
        "issue": _unpadded(meta.issue),
        "page": pages(*meta.pages) if meta.pages else "",
        "DOI": clean(meta.doi or ""),
        "ISSN": issn[0] if issn else "",
        "language": language(article),
        "keyword": "; ".join(map(clean, meta.keywords or meta.keywords_en)),
        "abstract": clean(abstract.text) if abstract else "",
    }
    return {key: value for key, value in found.items() if value}


def pages(first: int, last: int) -> str:
    """Return a range of pages, or one page."""
    return f"{first}-{last}" if last > first else str(first)


def clean(text: str) -> str:
    """Return `text` on one line, with nothing in it that steers a terminal or ends a field."""
    return visible(" ".join(_NONCHARACTERS.sub("", text).split()))


def _unpadded(number: str | None) -> str:
    """Return the number of a volume or issue as citations have it: 5, where a journal prints 05."""
    return re.sub(r"^0+(?=\d)", "", clean(number or ""))


def name(printed: str) -> Record:
    """Return the CSL-JSON name for a name as printed."""
    if _HAN.search(printed) or _KANA.search(printed):
        return {"literal": printed}
    if printed.count(",") == 1:
        family, given = (part.strip() for part in printed.split(","))
        return {"family": family, "given": given} if family and given else {"literal": printed}
    tokens = printed.split()
    suffix = {"suffix": tokens.pop()} if len(tokens) > 2 and _SUFFIX.fullmatch(tokens[-1]) else {}
    if len(tokens) < 2:
        return {"literal": printed}
    pinyin = all(_PINYIN.fullmatch(token) for token in tokens)
    capitals = [n for n, token in enumerate(tokens) if len(token) > 1 and token.isupper() and "." not in token]
    # Of letters that few, JA Smith's are initials and LU Hao's a family name.
    if capitals in ([0], [len(tokens) - 1]) and (pinyin or len(tokens[capitals[0]]) > 3):
        family = tokens.pop(capitals[0]).title()
        return {"family": family, "given": " ".join(tokens), **suffix}
    if capitals or pinyin:
        return {"literal": printed}
    start = len(tokens) - 1
    while start > 1 and tokens[start - 1] in _PARTICLES:
        start -= 1
    return {"family": " ".join(tokens[start:]), "given": " ".join(tokens[:start]), **suffix}
