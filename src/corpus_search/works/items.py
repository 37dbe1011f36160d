"""How do reference managers read a work that is cited?

A `Work` in, its item in CSL-JSON out, which `cite.formats` writes as BibTeX and RIS. An item holds what is printed and
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from corpus_search.cite.items import clean, name
from corpus_search.records import Record
from corpus_search.works.catalogue import CitedWork
from corpus_search.works.model import Work

_DASHES = re.compile(r"\s*[-–—~～－]+\s*")
_DAY = re.compile(r"(\d{1,2})\s*[月./-]\s*(\d{1,2})")
_INITIALS = re.compile(r"([^\s,]+(?:-[^\s,]+)?)\s+((?:[A-Z]\.?[\s-]?){1,3})")


def work_item(work: Work, key: str) -> Record:
    """Return the CSL-JSON item of a work; `key` is its id."""
    pages = _DASHES.sub("-", clean(work.get("pages") or ""))
    meant = work.pinpoint or work.type in ("book", "thesis", "report")
    found = {
        "id": key,
        "type": work.type or "document",
        "title": clean(work.title or ""),
        "author": [] if work.type == "interview" else [_name(one) for one in map(clean, work.names) if one],
        "issued": _date(work),
        "container-title": clean(work.get("container") or ""),
        "publisher": clean(work.get("publisher") or ""),
        "publisher-place": clean(work.get("place") or ""),
        "volume": clean(work.get("volume") or ""),
        "issue": clean(work.get("issue") or ""),
        # The pages that a citation means are not the work's own.
        "page": "" if meant else pages,
        "note": f"p. {pages}" if pages and meant else "",
        "URL": clean(work.get("url") or ""),
        "DOI": "".join((work.get("doi") or "").split()),
        "accessed": _parts(work.get("accessed") or ""),
        "language": work.language,
    }
    if work.type == "interview":
        found["author"] = [_name(one) for one in map(clean, work.names)]
    return {key: value for key, value in found.items() if value}


def items(cited: Iterable[CitedWork]) -> list[Record]:
    """Return the items of works, each as it is printed first."""
    return [work_item(one.work, one.key) for one in cited]


def _name(printed: str) -> Record:
    """Return a name with its family name apart where a list prints it first: Vapnik V N, VAPNIK V N."""
    found = name(printed)
    initials = _INITIALS.fullmatch(printed)
    if "literal" in found and initials:
        family = initials[1].title() if initials[1].isupper() and len(initials[1]) > 1 else initials[1]
        return {"family": family, "given": initials[2].strip()}
    return found


def _date(work: Work) -> Record | None:
    if not work.year:
        return None
    day = _DAY.search(re.sub(r"^.*?年|^\d{4}[-./]", "", work.get("date") or ""))
    return {"date-parts": [[work.year, *([int(day[1]), int(day[2])] if day else [])]]}


def _parts(day: str) -> Record | None:
    numbers = [int(number) for number in re.findall(r"\d+", day)]
    return {"date-parts": [numbers[:3]]} if numbers and numbers[0] > 1000 else None
