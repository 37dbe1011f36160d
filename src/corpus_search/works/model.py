"""What is a cited work?

What the parsers of this package return. Every field is a span of the entry it was read from: what a work says is what
is printed, character for character, and what is not printed, or cannot be read, is not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from corpus_search.article import Span

FIELDS = (
    "title", "container", "publisher", "place", "date", "volume", "issue", "pages", "url", "accessed", "doi",
)  # fmt: skip
"""The fields that are one run of characters; `authors` are several, and `year` is read as a number besides."""

_BLANKS = re.compile(r"\s+")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_ERA_YEAR = re.compile(rf"({'|'.join(_ERAS)})\s*(\d{{1,2}}|元)\s*年")
_MISREAD = str.maketrans("OoolI|", "000111")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


class Source(StrEnum):
    """What a note is: one thing or several."""

    WORK = "work"
    WEBPAGE = "webpage"
    INTERVIEW = "interview"
    EXPLANATION = "explanation"
    IBID = "ibid"


@dataclass(frozen=True, slots=True)
class Work:
    """A work as one entry prints it.

    `spans` maps fields to their places in the entry's text, `authors` are the places of the names in order, and
    `others` says that more are meant (et al., 等). `type` is CSL's word where the print decides it, `language` the
    title's. A `translation` says what the work before it in the entry says, in another language. `year_at` is where
    the year stands. With `pinpoint`, the pages are those that a note means, not the work's own.
    """

    text: str
    spans: Mapping[str, Span] = field(default_factory=dict)
    authors: tuple[Span, ...] = ()
    others: bool = False
    year_at: Span | None = None
    type: str | None = None
    language: str | None = None
    translation: bool = False
    pinpoint: bool = False

    def get(self, name: str) -> str | None:
        """Return a field as it is printed, without the line breaks and blanks around it."""
        span = self.spans.get(name)
        return self.text[span.start : span.end] if span else None

    @property
    def title(self) -> str | None:
        """The title as printed."""
        return self.get("title")

    @property
    def heading(self) -> str:
        """What it is called: its title, or its authors, or what is printed of it."""
        return self.title or "; ".join(self.names) or self.text

    @property
    def names(self) -> tuple[str, ...]:
        """The authors as printed."""
        return tuple(_BLANKS.sub(" ", self.text[span.start : span.end]) for span in self.authors)

    @property
    def year(self) -> int | None:
        """The year as a number: of 令和5年 2023, of 2O13 2013."""
        return year_of(self.text[self.year_at.start : self.year_at.end]) if self.year_at else None

    @property
    def extent(self) -> Span:
        """From where to where the work is printed."""
        places = [*self.spans.values(), *self.authors, *([self.year_at] if self.year_at else [])]
        return Span(min(p.start for p in places), max(p.end for p in places)) if places else Span(0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A note or an entry of a list, read: what it is, and the works that it cites in order."""

    sources: frozenset[Source]
    works: tuple[Work, ...] = ()


def year_of(printed: str) -> int | None:
    """Return the year that is printed: in Arabic figures, which scanning may have misread, or of a Japanese era."""
    era = _ERA_YEAR.search(printed.translate(_FULL_WIDTH))
    if era:
        return _ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
    found = re.search(r"[12][\dOolI|]{3}", printed.translate(_FULL_WIDTH))
    return int(found.group().translate(_MISREAD)) if found else None


_KANA = re.compile("[ぁ-ゖァ-ヺ]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff々〇]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def language_of(title: str) -> str | None:
    """Return the language of a title by its script: ``ja`` with kana, ``zh`` in Han, ``en`` in Latin, or None.

    Latin letters are English here, as nearly everywhere in such lists; a title of signs or figures is of no language.
    """
    han, latin = len(_HAN.findall(title)), len(_LATIN.findall(title))
    if _KANA.search(title):
        return "ja"
    if han and han * 4 >= latin:
        return "zh"
    return "en" if latin > 3 else None


# --- as a record ---------------------------------------------------------------------------------------------


def packed(works: Sequence[Work]) -> str:
    """Return works of one entry as JSON."""
    return json.dumps(
        [
            works[0].text,
            *(
                [
                    {name: list(span) for name, span in work.spans.items()}, [list(span) for span in work.authors],
                    work.others, list(work.year_at) if work.year_at else None, work.type, work.language,
                    work.translation, work.pinpoint,
                ]
                for work in works
            ),
        ]
    )  # fmt: skip


def unpacked(record: str) -> tuple[Work, ...]:
    """Return the works that JSON holds; the inverse of `packed`."""
    text, *works = json.loads(record)
    return tuple(
        Work(
            text, {name: Span(*span) for name, span in spans.items()}, tuple(Span(*span) for span in authors), others,
            Span(*year_at) if year_at else None, kind, language, translation, pinpoint,
        )
        for spans, authors, others, year_at, kind, language, translation, pinpoint in works
    )  # fmt: skip
