"""Where does the article end, and whose abstracts follow it?

Journals print an editor's line after an article, and English abstracts after the last one on a page, often
several articles' together. Blocks in; out come the place where the back matter begins and the English abstract
that is this article's, known by its authors' romanised names or its page number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from corpus_search.article import Problem
from corpus_search.parse.blocks import Block, is_wider
from corpus_search.parse.fields import Field, segments
from corpus_search.parse.labels import is_endnotes_heading, is_latin, is_references_heading, note_label

_EDITOR = re.compile(
    r"[（(\[【〔]?\s*(?:本文)?(?:责任编辑|責任編輯|责任校对|责编|責編|本文责编|执行编辑|编辑|編輯|校对|技术编辑)\s*[:：|丨\s].{0,60}"
)
_ABSTRACTS = re.compile(
    r"(?:#+\s*)?(?:English\s+)?(?:Abstracts|Contents|Summaries|Summary)|(?:英文|外文)(?:摘要|提要|目录|目錄)",
    re.I,
)
_BYLINE_PAGE = re.compile(r"[/／|·….\s]+(?:\(?\s*(\d{1,4})\s*\)?)\s*$")


@dataclass(slots=True)
class EnglishMatter:
    """An English abstract with what stands around it: block indices, and the fields' blocks with the rest."""

    title: list[int] = field(default_factory=list)
    byline: list[int] = field(default_factory=list)
    fields: dict[int, Field] = field(default_factory=dict)


def back_start(blocks: Sequence[Block], body: Sequence[int]) -> int:
    """Return the place in `body` where the back matter begins, or its length."""
    for place, i in enumerate(body):
        text = blocks[i].text
        if place and (_EDITOR.fullmatch(text) or _ABSTRACTS.fullmatch(text)):
            return place
        found = segments(text)
        if place and found and found[0].field is Field.ABSTRACT_EN and not _goes_on(blocks, body, place):
            while place > 1 and _is_title_page(blocks[body[place - 1]].text):
                place -= 1
            return place
    return len(body)


_CONTINUED = re.compile(r"(?:#+\s*)?[（(〔\[]?\s*上接(?:第?\s?\d+\s?页?|本页).{0,12}")
_CONTINUES = re.compile(r"(?:#+\s*)?[（(〔\[]?\s*下转(?:第?\s?\d+\s?页?|本页).{0,12}")


def interludes(blocks: Sequence[Block], body: Sequence[int]) -> frozenset[int]:
    """Return the blocks of other articles that stand in the middle of a list that goes on on another page.

    A list breaks off (下转第1400页), and goes on where the page says so (上接第1389页): with the next number.
    """
    found: set[int] = set()
    for place, i in enumerate(body[:-1]):
        if not _CONTINUED.fullmatch(blocks[i].text):
            continue
        label = note_label(blocks[body[place + 1]].text)
        if label is None or not label.key.isdecimal():
            continue
        for before in range(place - 1, -1, -1):
            last = note_label(blocks[body[before]].text)
            after = blocks[body[before + 1]]
            if (
                last
                and last.form == label.form
                and last.key == str(int(label.key) - 1)
                and (_CONTINUES.fullmatch(after.text) or after.depth or before + 1 == place)
            ):
                found.update(body[before + 1 : place + 1])
                break
    return frozenset(found)


def list_behind(blocks: Sequence[Block], body: Sequence[int], back: Sequence[int]) -> tuple[list[int], list[int]]:
    """Part `back` where the article's own list of references begins in it; return what stands before, and the rest.

    Some journals print the English abstract between text and list. Where the text has a list of its own, the one that
    follows an abstract is another article's.
    """
    if any(is_references_heading(blocks[i].text) for i in body):
        return list(back), []
    for place, i in enumerate(back[:-1]):
        if is_references_heading(blocks[i].text):
            rest = back[place:]
            end = back_start(blocks, rest)
            return [*back[:place], *rest[end:]], list(rest[:end])
    return list(back), []


def _goes_on(blocks: Sequence[Block], body: Sequence[int], place: int) -> bool:
    """Tell whether most of the article's own text is still to come after an English abstract."""
    before, after = (
        sum(len(blocks[i].text) for i in part if not is_latin(blocks[i].text)) for part in (body[:place], body[place:])
    )
    return after > before


def _is_title_page(text: str) -> bool:
    return (
        is_latin(text)
        and not is_wider(text, 299)
        and not note_label(text)
        and not (is_references_heading(text) or is_endnotes_heading(text))
        and not re.search(r"\d+\s?[-–—]\s?\d+\.?$|https?://|\b(?:19|20)\d\d[a-z]?[).,:;]", text)
    )


def english_matter(blocks: Sequence[Block], back: Sequence[int]) -> list[EnglishMatter]:
    """Gather the English abstracts in `back`, each with its title, byline and keywords."""
    entries: list[EnglishMatter] = []
    head: list[int] = []
    current: EnglishMatter | None = None
    for i in back:
        text = blocks[i].text
        found = segments(text)
        if found and found[0].field is Field.ABSTRACT_EN:
            current = EnglishMatter(fields={i: Field.ABSTRACT_EN})
            current.title, current.byline = _title_page(blocks, head)
            entries.append(current)
            head = []
        elif found and found[0].field is Field.KEYWORDS_EN and current:
            current.fields[i] = Field.KEYWORDS_EN
            current = None
        elif current and is_latin(text) and _keywords_follow(blocks, back, i):
            current.fields[i] = Field.ABSTRACT_EN
        elif is_latin(text) and not _ABSTRACTS.fullmatch(text):
            head.append(i)
            current = None
        else:
            head = []
            current = None
    return entries


def _keywords_follow(blocks: Sequence[Block], back: Sequence[int], i: int) -> bool:
    for after in back[list(back).index(i) + 1 :][:4]:
        found = segments(blocks[after].text)
        if found:
            return found[0].field is Field.KEYWORDS_EN
    return False


def _title_page(blocks: Sequence[Block], head: Sequence[int]) -> tuple[list[int], list[int]]:
    """Tell the title from the byline among the blocks above an abstract: the last block with names is the byline."""
    head = head[-4:]
    for place in range(len(head) - 1, 0, -1):
        text = blocks[head[place]].text
        if _BYLINE_PAGE.search(text) or re.match(r"(?:[A-Z][A-Za-z’'-]+[\s,]+){1,3}(?:and\s|&|$|[A-Z])", text + " "):
            return list(head[:place]), list(head[place:])
    return list(head[:1]), list(head[1:])


def romanised_names(byline: str) -> tuple[str, ...]:
    """Return the names in an English byline (LU Hao and ZHAO Jiamin / 13)."""
    bare = re.sub(r"\([^()]*\)?", " ", _BYLINE_PAGE.sub("", byline))
    parts = re.split(r"\s*(?:[,，;；&/]|\band\b|\d)\s*", bare)
    return tuple(part.strip(" *^.") for part in parts if part.strip(" *^."))


def first_page(byline: str) -> int | None:
    """Return the page that an English byline ends with."""
    match = _BYLINE_PAGE.search(byline)
    return int(match.group(1)) if match else None


@lru_cache(maxsize=1_000)
def _readings(name: str) -> tuple[frozenset[str], ...]:
    """Return how each character of a Chinese name may be read, in pinyin."""
    from pypinyin import Style, pinyin  # It takes a while to load, for names that few articles have.

    return tuple(
        frozenset(reading.replace("ü", "v") for reading in syllable)
        for syllable in pinyin(name, style=Style.NORMAL, heteronym=True, v_to_u=False)
    )


def is_romanised(name: str, romanised: str) -> bool:
    """Tell whether `romanised` writes the Chinese `name` in pinyin, surname first or last, in any case."""
    written = re.sub(r"[^a-z]", "", romanised.lower().replace("ü", "v"))
    readings = _readings(name)
    if not readings or len(readings) > 6:
        return False
    for syllables in product(*readings):
        spelled = ["".join(syllables[cut:] + syllables[:cut]) for cut in (0, 1, 2) if cut < len(syllables)]
        if any(written in (s, s.replace("v", "u"), s.replace("v", "yu")) for s in spelled):
            return True
    return False


def choose(
    blocks: Sequence[Block], entries: Sequence[EnglishMatter], authors: Sequence[str], page: int | None
) -> tuple[EnglishMatter | None, Problem | None]:
    """Return the entry that is the article's own, if that is beyond doubt, or what is in doubt."""
    if not entries:
        return None, None
    line = blocks[next(iter(entries[0].fields))].number
    by_name, by_page, unsigned = [], [], []
    for entry in entries:
        byline = " ".join(blocks[i].text for i in entry.byline)
        printed = first_page(byline)
        people = romanised_names(byline)
        if (
            authors
            and len(people) >= len(authors)
            and all(any(is_romanised(author, person) for person in people) for author in authors)
        ):
            by_name.append(entry)
        elif page is not None and printed == page:
            by_page.append(entry)
        elif not people or not authors:
            unsigned.append(entry)
    for group in (by_name, by_page):
        if len(group) == 1:
            return group[0], None
    if not by_name and not by_page and len(entries) == 1 and unsigned:
        return unsigned[0], None
    return None, Problem(
        line, f"none of {len(entries)} English abstracts is surely this article's; they are back matter"
    )
