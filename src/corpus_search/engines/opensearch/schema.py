"""What does a document of the index hold?

Sorts of documents, told apart by ``sort``; an article, its chunks and its record lie on one shard:

============ ==========================================================================================
``article``  what narrows its chunks, its terms as they count for it, what it is in a line
``chunk``    texts cut into what is looked for, columns, and what is given back
``record``   an article whole, which nothing but its reader needs
``state``    a piece of the state; ``words`` a piece of the words with their frequencies; see `store`
``head``     what is committed, see `store`; ``lock`` who is writing
============ ==========================================================================================

Texts come as terms parted by blanks, which is all that the cluster does to them:

================== ====================================================================================
``chars``          every character of the folded text in its place
``pairs``          every pair of neighbours in it in its place; where a Latin word begins or ends stands `EDGE`
``joints``         the pairs that have such an edge in their middle, as often as they count
``latin``          the words and numbers in Latin letters, not stemmed; ``alphabetic`` the stems of letters alone
``words`` …        the terms of the text, of the headings above it and of the title, as often as they count
``in_title`` …     every character of what narrows, in its place
``plain_chars`` …  as ``chars`` and ``pairs``, of the text with its script, where that is another text
================== ====================================================================================
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from itertools import chain, pairwise, repeat
from typing import Any

from corpus_search.analysis import LATIN
from corpus_search.article import DocId

MAPPING_VERSION = 1
"""Raised whenever mapping or settings change, so that old indexes are rebuilt."""

CHUNK, ARTICLE, RECORD, STATE, WORDS = "chunk", "article", "record", "state", "words"
LINK = "link"
"""The field that joins chunks to their article."""

EDGE, BLANK, LINE_END, HOLE = "W", "B", "N", "_"
"""What stands for the edge of a Latin word, a blank and the end of a line: letters that no folded text has.

`HOLE` is a place in a query that anything may take.
"""
_UNITS = str.maketrans({" ": BLANK, "\n": LINE_END})

_LONGEST_TERM = 5_000
"""How many characters a term may have; Lucene takes 32,766 bytes."""

_LATIN_WORD = re.compile(f"[{LATIN}]+")
_IS_LATIN = re.compile(f"[{LATIN}]")


def settings(*, shards: int, replicas: int) -> dict[str, Any]:
    """Return the settings of a new index."""
    return {
        "number_of_shards": shards,
        "number_of_replicas": replicas,
        "codec": "best_compression",
        # What is written is seen when it is committed, and a refresh now and then would only cost.
        "refresh_interval": "-1",
        "max_terms_count": 1_000_000,
        "analysis": {
            "tokenizer": {"parted": {"type": "whitespace", "max_token_length": 2 * _LONGEST_TERM}},
            "filter": {"hole": {"type": "stop", "stopwords": [HOLE]}},
            "analyzer": {
                "parted": {"type": "custom", "tokenizer": "parted"},
                "asked": {"type": "custom", "tokenizer": "parted", "filter": ["hole"]},
            },
        },
        # A term's score is how often it stands there; what that is worth, the query says.
        "similarity": {"count": {"type": "scripted", "script": {"source": "return doc.freq"}}},
    }


def mapping() -> dict[str, Any]:
    """Return the mapping of a new index."""
    text = {"type": "text", "analyzer": "parted", "search_analyzer": "asked", "norms": False, "similarity": "count"}
    placed = {**text, "index_options": "positions"}
    counted = {**text, "index_options": "freqs"}
    there = {**text, "index_options": "docs"}
    exact = {"type": "keyword", "doc_values": False}
    number = {"type": "integer"}
    column = {"type": "integer", "index": False}
    return {
        "dynamic": False,
        "_meta": {"corpus-search": MAPPING_VERSION},
        "_source": {"excludes": [*_CUT]},
        "properties": {
            "sort": exact,
            "born": {"type": "long"},
            "number": {"type": "long"},
            "version": exact,
            LINK: {"type": "join", "relations": {ARTICLE: CHUNK}, "eager_global_ordinals": True},
            "key": exact,
            "doc": {"type": "keyword"},
            "order": column,
            "kind": {"type": "keyword"},
            "is_heading": {"type": "boolean"},
            "year": number,
            "author": {"type": "keyword"},
            "keyword": {"type": "keyword"},
            **dict.fromkeys(("length", "heading_length", "title_length", "article_length"), column),
            **dict.fromkeys(("chars", "pairs", "plain_chars", "plain_pairs"), placed),
            **dict.fromkeys(("in_title", "in_authors", "in_keywords", "in_headings", "in_doc"), placed),
            **dict.fromkeys(("joints", "words", "heading", "article_words", "article_pairs"), counted),
            "title": counted,
            **dict.fromkeys(("latin", "alphabetic"), exact),
            "has_plain": {"type": "boolean"},
            "article_title": there,
        },
    }


_CUT = (
    "chars", "pairs", "plain_chars", "plain_pairs", "joints", "latin", "alphabetic",
    "in_title", "in_authors", "in_keywords", "in_headings", "in_doc",
    "article_words", "article_pairs", "article_title",
)  # fmt: skip
"""What is not kept as it came: it is made of what is kept, and many times as long."""


# --- what names things ---------------------------------------------------------------------------------------


def key(doc_id: DocId) -> str:
    """Return what names a document in ids, and which shard it lies on; a path may be too long for that itself."""
    return hashlib.sha256(doc_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def ordered(doc_id: str) -> str:
    """Return a string that sorts as a document's id does; a file's name may hold what is no Unicode."""
    return doc_id.encode("utf-8", "surrogatepass").hex()


def unordered(name: str) -> DocId:
    """Return the document's id of which this is the string that sorts."""
    return DocId(bytes.fromhex(name).decode("utf-8", "surrogatepass"))


def value(text: str) -> str:
    """Return an author's name or a keyword as the cluster takes it: all of it Unicode, and not too long."""
    kept = text.encode("utf-8", "replace").decode()
    return kept if len(kept) <= _LONGEST_TERM else _shortened(kept)


def as_json(record: Any) -> str:
    """Return a JSON object as a string; what is no Unicode in it is escaped."""
    made = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    try:
        made.encode()
    except UnicodeEncodeError:
        return json.dumps(record, separators=(",", ":"))
    return made


# --- cutting -------------------------------------------------------------------------------------------------


def units(run: str) -> str:
    """Return a run as it stands in a term."""
    return run.translate(_UNITS)


def characters(folded: str) -> str:
    """Return the characters of a folded text, parted."""
    return " ".join(folded.translate(_UNITS))


def edged(folded: str) -> str:
    """Return a folded text with `EDGE` where Latin words begin and end."""
    return _LATIN_WORD.sub(lambda match: f"{EDGE}{match[0]}{EDGE}", folded)


def pairs(folded: str) -> str:
    """Return the pairs of neighbours in a folded text, parted; edges of Latin words are neighbours, too."""
    return " ".join(pairs_of(edged(folded)))


def pairs_of(text: str) -> list[str]:
    """Return the pairs of neighbours in a text that is `edged` as may be."""
    return list(map("".join, pairwise(text.translate(_UNITS))))


def is_joint(pair: str) -> bool:
    """Tell whether an edge of a Latin word stands between two characters."""
    return bool(_IS_LATIN.match(pair[0])) != bool(_IS_LATIN.match(pair[1]))


def joints(folded: str) -> str:
    """Return the pairs that have an edge of a Latin word between them, parted."""
    found = []
    for match in _LATIN_WORD.finditer(folded):
        start, end = match.span()
        if start:
            found.append(folded[start - 1 : start + 1])
        if end < len(folded):
            found.append(folded[end - 1 : end + 1])
    return " ".join(pair.translate(_UNITS) for pair in found)


def latin_words(folded: str) -> list[str]:
    """Return the Latin words and numbers in a folded text, each once."""
    return list(dict.fromkeys(map(term, _LATIN_WORD.findall(folded))))


def alphabetic(terms: Iterable[str]) -> list[str]:
    """Return those of some terms that are Latin letters alone."""
    return [term(one) for one in terms if one.isalpha() and _LATIN_WORD.fullmatch(one)]


def term(text: str) -> str:
    """Return a term as the cluster takes it: one that is longer than a term may be is cut, and told from its like."""
    return text if len(text) <= _LONGEST_TERM else _shortened(text)


def joined(terms: Mapping[str, int]) -> str:
    """Return terms as often as they count, parted."""
    return " ".join(chain.from_iterable(repeat(term(one), count) for one, count in terms.items()))


def _shortened(text: str) -> str:
    return f"{text[:_LONGEST_TERM]}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
