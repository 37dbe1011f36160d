"""Which of the works that entries print are one?

`Form`s in, groups of them out. Two works under one key is the worse mistake, so forms are put together only where
something proves it and nothing speaks against it:

- the same title (but for width, case, script, blanks and punctuation), and besides the same first author, or the same
  container and year, or volume and first page, or the same address; for a short title, which may be anyone's, two of
  these;
- or, where scanning spoilt a title, the same journal, year, volume and first page, and titles that are nearly the same.

What speaks against it: another year, day, address, first author, container, volume or sort of work. A form that fits
two groups, as one without a year fits two editions, stays alone. Pages do not tell works apart: a note cites its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from corpus_search.works.keys import container_key, name_key, same_container, same_name, title_key
from corpus_search.works.model import Work

_HAN = re.compile("[\u3400-\u9fff]")
_SHORT_HAN, _SHORT_LATIN = 7, 24
"""Titles with fewer characters or letters are short."""
_NEARLY = 88
"""How alike, of 100, titles are that scanning made differ; 绪论 and 结论 are not."""


@dataclass(frozen=True, slots=True)
class Form:
    """A work as one entry prints it, in one or several languages; `name` tells forms apart.

    Of a `listed` one the pages are its own; a note gives those it means, unless it gives a volume as lists do.
    """

    name: str
    works: tuple[Work, ...]
    listed: bool


class _Traits(NamedTuple):
    """What is known of a form or a group."""

    titles: frozenset[str]
    authors: frozenset[str]
    containers: frozenset[str]
    years: frozenset[int]
    days: frozenset[str]
    urls: frozenset[str]
    dois: frozenset[str]
    volumes: frozenset[str]
    issues: frozenset[str]
    first_pages: frozenset[str]
    types: frozenset[str]

    def with_(self, other: _Traits) -> _Traits:
        pairs: Any = zip(self, other, strict=True)
        return _Traits(*(a | b if b else a for a, b in pairs))

    @property
    def known(self) -> int:
        return sum(map(bool, self))


def _traits(form: Form) -> _Traits:
    works = form.works
    pages = [page for work in works if (form.listed or work.get("volume")) and (page := work.get("pages"))]
    return _Traits(
        frozenset(key for work in works if work.title and (key := title_key(work.title))),
        frozenset(name_key(work.names[0]) for work in works if work.authors),
        frozenset(container_key(container) for work in works if (container := work.get("container"))),
        frozenset(year for work in works if (year := work.year)),
        frozenset(_plain(day) for work in works if (day := work.get("date"))),
        frozenset(_ADDRESS_ENDS.sub("", url.lower()) for work in works if (url := work.get("url"))),
        frozenset(_plain(doi) for work in works if (doi := work.get("doi"))),
        frozenset(_number(volume) for work in works if (volume := work.get("volume"))),
        frozenset(_number(issue) for work in works if (issue := work.get("issue"))),
        frozenset(_number(_RANGE.split(page)[0]) for page in pages),
        frozenset(_SORTS[work.type] for work in works if work.type in _SORTS),
    )


_ADDRESS_ENDS = re.compile(r"^https?://(?:www\.)?|[/#]+$")
_RANGE = re.compile("[-–—~～－,，]")
_BLANKS = re.compile(r"\s")
_MISREAD = str.maketrans("oli|", "0111")
_SORTS = {
    "article-journal": "article", "book": "book", "thesis": "thesis", "chapter": "part", "paper-conference": "part",
    "interview": "interview", "patent": "patent", "standard": "standard",
}  # fmt: skip


def _plain(value: str) -> str:
    return _BLANKS.sub("", value).lower()


def _number(value: str) -> str:
    return _plain(value).translate(_MISREAD).lstrip("0")


def grouped(forms: Iterable[Form]) -> list[list[Form]]:
    """Return the groups of forms that are one work each, the fullest form of each first."""
    described = [(_traits(form), form) for form in forms]
    described.sort(key=lambda pair: (-pair[0].known, pair[1].name))
    groups: list[tuple[_Traits, list[Form]]] = []
    by_title: dict[str, list[int]] = defaultdict(list)
    by_place: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for traits, form in described:
        candidates = dict.fromkeys(number for title in sorted(traits.titles) for number in by_title[title])
        fitting = [number for number in candidates if _same_title(groups[number][0], traits)]
        if not candidates:
            near = dict.fromkeys(number for place in _places(traits) for number in by_place[place])
            fitting = [number for number in near if _nearly(groups[number][0], traits)]
        if len(fitting) == 1:
            number = fitting[0]
            known, members = groups[number]
            groups[number] = (known.with_(traits), members)
            members.append(form)
            news = traits.titles - known.titles
        else:
            number, news = len(groups), traits.titles
            groups.append((traits, [form]))
        for title in sorted(news):
            by_title[title].append(number)
        for place in _places(traits):
            if number not in by_place[place]:
                by_place[place].append(number)
    return [members for _, members in groups]


def _places(traits: _Traits) -> list[tuple[object, ...]]:
    return [
        (year, volume, page)
        for year in sorted(traits.years)
        for volume in sorted(traits.volumes or traits.issues)
        for page in sorted(traits.first_pages)
    ]


def _clash(one: _Traits, other: _Traits) -> bool:
    """Tell whether something speaks against two being one work."""
    for name in ("years", "days", "types", "dois"):
        a, b = getattr(one, name), getattr(other, name)
        if a and b and not a & b:
            return True
    if one.urls and other.urls and not one.urls & other.urls and not (one.authors and other.authors):
        return True
    if one.volumes and other.volumes and not one.volumes & other.volumes and not one.first_pages & other.first_pages:
        return True
    if _authors(one, other) is False:
        return True
    return bool(one.containers and other.containers) and not _containers(one, other)


def _authors(one: _Traits, other: _Traits) -> bool | None:
    answers = [same_name(a, b) for a in one.authors for b in other.authors]
    return True if True in answers else False if False in answers else None


def _containers(one: _Traits, other: _Traits) -> bool:
    return any(same_container(a, b) for a in one.containers for b in other.containers)


def _same_title(one: _Traits, other: _Traits) -> bool:
    if _clash(one, other):
        return False
    proofs = [
        _authors(one, other) is True,
        bool(one.years & other.years) and bool(one.containers and other.containers) and _containers(one, other),
        bool(one.urls & other.urls or one.dois & other.dois),
        bool(one.volumes & other.volumes) and bool(one.first_pages & other.first_pages),
    ]
    title = max(one.titles & other.titles, key=len)
    short = len(title) < (_SHORT_HAN if _HAN.search(title) else _SHORT_LATIN)
    both = bool(one.years & other.years) and proofs[0]
    return proofs[2] or (sum(proofs) > 1 or both if short else any(proofs))


def _nearly(one: _Traits, other: _Traits) -> bool:
    if _clash(one, other) or _authors(one, other) is False or not (one.containers and other.containers):
        return False
    from rapidfuzz.fuzz import ratio

    return any(ratio(a, b) >= _NEARLY for a in one.titles for b in other.titles)
