"""Which works does an article cite? Keys of the entries in its list of references, and of its notes.

An article in; out come its entries' keys. Two entries with one key cite one work: a key is made only of an entry that
says beyond doubt what it cites, and others have none. What is missed is a link the less; what is merged by mistake
would be a claim that nobody made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpus_search.analysis import folded_text
from corpus_search.article import Address, Article

_DOI = re.compile(r"(?:doi\s?[.:]?\s?|doi\.org/)(10\.\d{4,9}/[^\s,;\"'<>\[\]]+)")
# As GB/T 7714 has it: authors. title[J]. and then what it stands in.
_TYPED = re.compile(r"^(?P<before>.{2,400}?)\s?\[\s?(?:j|m|d|c|r|n|s|p|a|g|z|eb|db|cp|j/ol|eb/ol|m/ol|db/ol)\s?\]")
_AUTHORS = re.compile(r"[.．。:：]\s?(?!,)")
# As APA has it: authors (year). title. journal, volume
_DATED = re.compile(
    r"^(?P<authors>[^()]{2,200}?)\((?P<year>(?:19|20)\d\d)[a-z]?\)\s?[.,]?\s?(?P<title>[^.?!]{10,300})[.?!]"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_HAN = re.compile("[\u3400-\u9fff]")
_NUMBER = re.compile(r"^(?:\[\d{1,3}\]|\d{1,3}[.、](?!\d))?\W*")
_LEAST_HAN, _LEAST_LETTERS = 8, 25
"""How long a title must be to be no other's: Han, or letters. 绪论 and Introduction are many works' titles."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What an entry cites: the key of the work, and its title as this entry has it (folded), or its DOI."""

    key: str
    title: str


def cited(article: Article) -> Mapping[Address, Cited]:
    """Return what the entries and notes of an article cite, by their addresses; those that do not say it are left out.

    The same work has the same key wherever two of its entries agree in its DOI, or in its title, year and first author.
    """
    return {address: found for address, text in _entries(article) if (found := read(text))}


def work_keys(article: Article) -> frozenset[str]:
    """Return the keys of the works that an article cites.

    It promises no false merges: that a key of two articles is of a work which both cite. It promises nothing of the
    works that have no key.
    """
    return frozenset(one.key for one in cited(article).values())


def _entries(article: Article) -> Iterator[tuple[Address, str]]:
    for reference in article.references:
        yield reference.address, reference.text
    for note in article.notes:
        yield note.address, note.text


def read(text: str) -> Cited | None:
    """Return what an entry cites, or None where it does not say so beyond doubt."""
    folded = _NUMBER.sub("", folded_text(text))
    parts = _parts(folded)
    doi = _DOI.search(folded)
    if doi:
        name = doi[1].rstrip(".)")
        return Cited(f"doi:{name}", parts[1] if parts else name)
    if parts is None:
        return None
    author, title, year = parts
    letters = "".join(filter(str.isalnum, title))
    han = len(_HAN.findall(letters))
    if not (han >= _LEAST_HAN or (not han and len(letters) >= _LEAST_LETTERS)):
        return None
    return Cited(f"{author}|{letters}|{year}", title.strip())


def _parts(folded: str) -> tuple[str, str, str] | None:
    """Return the first author, the title and the year of an entry, or None where they cannot be told apart."""
    typed = _TYPED.match(folded)
    if typed:
        pieces = [piece.strip() for piece in _AUTHORS.split(typed["before"])]
        year = _YEAR.search(folded, typed.end())
        # Initials have full stops, too: who wrote it ends where the first long piece begins.
        at = next((i for i, piece in enumerate(pieces[1:], 1) if _is_long(piece)), 0)
        if at and year:
            return _first_author(pieces[0]), " ".join(pieces[at:]), year[0]
        return None
    dated = _DATED.match(folded)
    if dated and not _HAN.search(dated["title"]):
        return _first_author(dated["authors"]), dated["title"], dated["year"]
    return None


def _is_long(piece: str) -> bool:
    return len(_HAN.findall(piece)) >= _LEAST_HAN or len(re.findall("[a-z]", piece)) >= _LEAST_LETTERS


def _first_author(authors: str) -> str:
    """Return the first author: a Chinese name whole, of others the first word, which is the surname."""
    first = re.split(r"[,;&，；、]|等|\bet al", authors)[0].strip()
    if _HAN.search(first):
        return "".join(filter(str.isalnum, first))
    words = re.findall(r"[^\W\d_]+", first)
    return words[0] if words else ""
