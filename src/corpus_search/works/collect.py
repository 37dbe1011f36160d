"""Which works does an article cite, where, and in which sentences?

An `Article` in, its `Cited` works out, one for each work of each note and entry of its list, with every place that
cites it: the sentence a note stands on, the sentences that cite an entry, and those of the notes that point back to it
(同上, 同前注, 前掲, ibid., op. cit.). What such a note points to is taken only where it can be no other work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from corpus_search.article import Address, Article, Kind, Note
from corpus_search.evidence import Evidence
from corpus_search.works.keys import name_key, title_key
from corpus_search.works.model import Entry, Source, Work
from corpus_search.works.reading import read_entry


@dataclass(frozen=True, slots=True)
class CitedAt:
    """A place that cites a work: the note or entry that says so, and the sentence, where it is known.

    `entry` is the note or entry itself, or one that points back to it; `address` and `offset` are where the citation
    stands, `before` is the sentence before its `sentence`.
    """

    entry: Address
    address: Address | None = None
    offset: int = 0
    sentence: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A work as one entry prints it, its number in the entry, and the places that cite it by this entry.

    `renderings` are what the entry says of it in other languages.
    """

    entry: Address
    number: int
    work: Work
    renderings: tuple[Work, ...] = ()
    places: tuple[CitedAt, ...] = ()


def cited(article: Article) -> tuple[Cited, ...]:
    """Return the works that `article` cites, in the order of its notes and its list."""
    texts = Evidence(article)
    read = {note.address: read_entry(note.text, Kind.NOTE) for note in article.notes}
    found: dict[Address, list[Cited]] = {}
    for note in article.notes:
        entry = read[note.address]
        place = _noted(note, note.address, texts)
        if Source.IBID in entry.sources:
            earlier = _meant(note, found, article)
            if earlier:
                target = found[earlier.entry]
                at = next(n for n, one in enumerate(target) if one.number == earlier.number)
                target[at] = replace(target[at], places=(*target[at].places, place))
            continue
        found[note.address] = list(_works(note.address, entry, (place,)))
    for reference in article.references:
        places = tuple(
            CitedAt(reference.address, c.address, c.offset, *texts.around(c.address, c.offset))
            for c in reference.cited_in
        )
        entry = read_entry(reference.text, Kind.REFERENCE)
        found[reference.address] = list(_works(reference.address, entry, places or (CitedAt(reference.address),)))
    return tuple(one for works in found.values() for one in works)


def _noted(note: Note, entry: Address, texts: Evidence) -> CitedAt:
    anchor = note.anchor
    if anchor is None:
        return CitedAt(entry)
    return CitedAt(entry, anchor.address, anchor.offset, anchor.sentence, texts.before(anchor))


def _works(address: Address, entry: Entry, places: tuple[CitedAt, ...]) -> Iterator[Cited]:
    """Yield the works of an entry, each with what the entry says of it in other languages."""
    made: list[Cited] = []
    for number, work in enumerate(entry.works):
        if work.translation and made:
            made[-1] = replace(made[-1], renderings=(*made[-1].renderings, work))
        else:
            made.append(Cited(address, number, work, places=places))
    yield from made


# --- what a note points back to ------------------------------------------------------------------------------

_SHORT_TITLE = re.compile(r"[《「『“\"]([^》」』”\"]{2,})[》」』”\"]")
_POINTS_TO_NAME = re.compile(
    r"^\s*(?:参见|见|[Ss]ee)?\s?(?:前掲(?:注\S{0,4})?|前揭|前引)?\s?(?P<name>[A-Z][\w'’-]+(?:\s[A-Z][\w'’.-]+){0,3}|[\u3400-\u9fff々·]{1,8}?)"
    r"(?=\s?[,，:：、「『《“\"]|\s?前掲|\s?前引|\s?前揭)"
)


def _meant(note: Note, found: Mapping[Address, list[Cited]], article: Article) -> Cited | None:
    """Return the work that a note points back to, if it can be no other."""
    if note.resolves_to and note.resolves_to in found:
        works = found[note.resolves_to]
        return works[0] if len(works) == 1 else None
    earlier = [one for works in found.values() for one in works]
    named = _POINTS_TO_NAME.match(note.text)
    if not named or not earlier:
        return None
    wanted = name_key(named["name"])
    fitting = [one for one in earlier if any(_is_named(wanted, name_key(name)) for name in one.work.names)]
    title = _SHORT_TITLE.search(note.text)
    if title:
        begun = title_key(title[1])
        fitting = [one for one in fitting if one.work.title and title_key(one.work.title).startswith(begun)]
    if len({title_key(one.work.title or "") for one in fitting}) != 1:
        return None
    return fitting[-1]


def _is_named(short: str, name: str) -> bool:
    """Tell whether a name is meant by a short form of it: 森本 by its family name, Samuels by the last word."""
    if not short or not name:
        return False
    return (
        name == short
        or (name.startswith(short) and len(short) > 1)
        or name.split()[-1:] == [short]
        or name.split()[:1] == [short]
    )
