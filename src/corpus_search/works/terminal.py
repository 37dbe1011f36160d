"""How are cited works shown in a terminal?"""

from __future__ import annotations

from collections.abc import Callable

from corpus_search.corpus import counted
from corpus_search.display import one_line
from corpus_search.styled import Text
from corpus_search.terminal import hanging_lines
from corpus_search.works.catalogue import CitedAuthor, CitedWork, CitingPlace, Listed
from corpus_search.works.model import Work

_NONE = Text()
SENTENCE = 300
"""How much of a citing sentence is shown, in characters: what is longer is a table that a conversion made a line."""


def print_works(found: Listed, offset: int) -> None:
    """Print works: title, what else is printed of them, and every sentence that cites them with its address."""
    out = hanging_lines()
    if not _begun(out, found, len(found.works), "work", offset):
        return
    for number, one in enumerate(found.works, offset + 1):
        out(_NONE, _NONE)
        margin = Text(f"{number}. ", style="bold")
        out(margin, Text(one_line(shortened(one.work.heading)), style="bold"))
        indent = Text(" " * len(margin))
        # An interview is printed as a name and a date, and would look like a work that the one wrote.
        kind = ["interview"] if one.work.type == "interview" else []
        out(indent, Text(one_line(" · ".join([*kind, *described(one.work), _count(one)])), style="cyan"))
        for place in one.places:
            if place.sentence:
                out(indent, Text(one_line(shortened(place.sentence))))
            out(indent, Text(one_line(_address(place)), style="green"))


def print_authors(found: Listed, offset: int) -> None:
    """Print names, each with how often and by how many articles works of theirs are cited."""
    out = hanging_lines()
    authors = found.authors or ()
    if not _begun(out, found, len(authors), "name", offset):
        return
    for number, one in enumerate(authors, offset + 1):
        out(Text(f"{number}. ", style="bold"), _named(one))


def described(work: Work) -> list[str]:
    """Return what is printed of a work beside its title: names, what it stands in, and when that came out."""
    names = "、".join(work.names) if work.language in ("zh", "ja") else "; ".join(work.names)
    if work.others:
        names += " 等" if work.language in ("zh", "ja") else " et al."
    where = work.get("container") or work.get("publisher") or ""
    when = work.get("date") or (str(work.year) if work.year else "")
    number, issue = work.get("volume") or "", work.get("issue")
    # 2010, 14(6)     2022(5)     2022年
    numbered = f"{number}({issue})" if issue else number
    joint = ", " if number and when else ""
    printed = (names if work.title else "", where, f"{when}{joint}{numbered}", work.get("url") or "")
    return [part for part in printed if part]


def shortened(sentence: str) -> str:
    """Return the beginning of a sentence that is too long to be one."""
    return sentence if len(sentence) <= SENTENCE else f"{sentence[:SENTENCE]}…"


def _count(one: CitedWork) -> str:
    return f"{counted(one.count, 'citation')} in {counted(one.articles, 'article')}"


def _address(place: CitingPlace) -> str:
    if place.address is None:
        return place.entry
    return f"{place.address}  {place.entry.rpartition('#')[2]}"


def _named(one: CitedAuthor) -> Text:
    return Text(
        f"{one_line(one.name)} · {counted(one.count, 'citation')} of {counted(one.works, 'work')} in "
        f"{counted(one.articles, 'article')}"
    )


def _begun(out: Callable[[Text, Text], None], found: Listed, shown: int, what: str, offset: int) -> bool:
    """Print how much there is, and tell whether there is something to show."""
    if not found.total:
        out(_NONE, Text("nothing is cited here"))
    elif not shown:
        out(_NONE, Text(f"only {found.total:,} found; --offset leaves out all of them"))
    else:
        out(_NONE, Text(f"{offset + 1:,}–{offset + shown:,} of {counted(found.total, what)}", style="dim"))
    return bool(shown)
