"""What does the page of results show?

A request's arguments in; what the template `search.html` shows out. Everything that is asked stands in the URL: the
query, what limits it, how hits are sorted and put together, and the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import g, url_for
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from corpus_search.article import Address, Article, Kind, Note, Reference, split_address
from corpus_search.chunk import Chunk
from corpus_search.cite import EXPORTS, export
from corpus_search.display import markup, visible
from corpus_search.engine import Sort
from corpus_search.errors import AddressError, ComparisonError, CorpusSearchError, EngineUnavailableError, QueryError
from corpus_search.query import FACETS, MAX_LENGTH, Field, Filters
from corpus_search.search import Facet, Group, Hit, Results, Searcher

PAGE_SIZE = 10
LAST_PAGE = 1_000
_LISTED = 200

KINDS = {
    Kind.BODY: lazy_gettext("Text"),
    Kind.NOTE: lazy_gettext("Note"),
    Kind.REFERENCE: lazy_gettext("Reference"),
    Kind.ABSTRACT: lazy_gettext("Abstract"),
    Kind.KEYWORDS: lazy_gettext("Keywords"),
    Kind.FRONT: lazy_gettext("Front matter"),
    Kind.BACK: lazy_gettext("Back matter"),
}
_FACETS = {
    Field.KIND: lazy_gettext("Kind"),
    Field.YEAR: lazy_gettext("Year"),
    Field.AUTHOR: lazy_gettext("Author"),
    Field.KEYWORD: lazy_gettext("Keyword"),
    Field.DOC: lazy_gettext("Article"),
}
_SORTS = {
    Sort.RELEVANCE: lazy_gettext("relevance"),
    Sort.YEAR: lazy_gettext("year"),
    Sort.POSITION: lazy_gettext("position"),
}
GROUPS = {Group.NONE: lazy_gettext("Passages"), Group.ARTICLE: lazy_gettext("Articles")}
_EXPORTS = {"ris": "RIS", "bibtex": "BibTeX", "csv": "CSV", "json": "JSON"}
_MATCHES = {
    "exact": lazy_gettext("as written"),
    "folded": lazy_gettext("in another writing"),
    "segmented": lazy_gettext("its words, apart"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of results is asked."""

    text: str = ""
    filters: Filters = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    group: Group = Group.NONE
    exact_script: bool = False
    page: int = 1

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> Asked:
        """Read it from a URL's arguments; what cannot be meant is left out."""
        filters = {}
        for name in FACETS:
            chosen = frozenset(value for value in args.getlist(name) if _may_be(name, value))
            if chosen:
                filters[name] = chosen
        page = args.get("page", 1, type=int)
        return cls(
            text=args.get("q", "").strip(),
            filters=filters,
            sort=args.get("sort", Sort.RELEVANCE, type=Sort),
            group=args.get("group", Group.NONE, type=Group),
            exact_script=args.get("exact_script") == "1",
            page=min(max(page, 1), LAST_PAGE),
        )

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of its URL, without those that say nothing."""
        found: dict[str, Any] = {"q": self.text}
        found |= {name.value: sorted(values) for name, values in self.filters.items()}
        found |= {"sort": self.sort.value} if self.sort is not Sort.RELEVANCE else {}
        found |= {"group": self.group.value} if self.group is not Group.NONE else {}
        found |= {"exact_script": "1"} if self.exact_script else {}
        found |= {"page": self.page} if self.page > 1 else {}
        return found

    def link(self, endpoint: str = "home", **more: Any) -> str:
        """Return the URL of a page that is asked this."""
        return url_for(endpoint, **self.arguments(), **more)

    def but(self, **changes: Any) -> Asked:
        """Return it with changes, on its first page."""
        return replace(self, **{"page": 1, **changes})

    def toggled(self, name: Field, value: str) -> Asked:
        """Return it with a value of a facet chosen or, if it was, let go."""
        chosen = self.filters.get(name, frozenset()) ^ {value}
        others = {other: values for other, values in self.filters.items() if other is not name}
        return self.but(filters={**others, name: chosen} if chosen else others)

    @property
    def options(self) -> dict[str, Any]:
        """What `Searcher.search` takes of it."""
        return {"filters": self.filters, "group": self.group, "exact_script": self.exact_script}


def _may_be(name: Field, value: str) -> bool:
    if name is Field.KIND:
        return value in set(Kind)
    return value.isdecimal() if name is Field.YEAR else bool(value)


def start_page(searcher: Searcher) -> dict[str, Any]:
    """Return what the page shows where nothing is asked yet."""
    listed, count = searcher.titles(_LISTED), searcher.stats()["documents"]
    return {"articles": listed, "count": count, "more": count - len(listed), "focus": True, "asked": Asked()}


def results_page(searcher: Searcher, asked: Asked) -> dict[str, Any]:
    """Return what the page shows of an answer. Raises `QueryError`."""
    results = searcher.search(
        asked.text, limit=PAGE_SIZE, offset=(asked.page - 1) * PAGE_SIZE, sort=asked.sort, **asked.options
    )
    g.incomplete = results.incomplete is not None
    # Where a part of the index does not answer, nothing is counted: the count would be wrong.
    facets = (
        ()
        if results.incomplete
        else searcher.facets(asked.text, filters=asked.filters, group=asked.group, exact_script=asked.exact_script)
    )
    names = _Names(searcher)
    articles = _Articles(searcher)
    return {
        "results": results,
        "pages": min(-(-results.total // PAGE_SIZE), LAST_PAGE),
        "facets": [_shown(facet, asked, names) for facet in facets if len(facet.values) > 1 or facet.chosen],
        "chips": [
            (_FACETS[name], names.of(name, value), asked.toggled(name, value).link())
            for name, values in asked.filters.items()
            for value in sorted(values)
        ],
        "sorts": [(name, asked.but(sort=sort).link(), sort is asked.sort) for sort, name in _SORTS.items()],
        "exports": [
            (name.upper() if name != "bibtex" else "BibTeX", asked.link("export", format=name)) for name in EXPORTS
        ],
        "receipt": asked.link("replay.receipt"),
        "concordance": asked.but(sort=Sort.RELEVANCE, group=Group.NONE).link("concordance"),
        "statistics": asked.but(sort=Sort.RELEVANCE, group=Group.NONE).link("statistics.page"),
        "groups": [(name, asked.but(group=group).link(), group is asked.group) for group, name in GROUPS.items()],
        "looser": None if results.incomplete else _looser(searcher, asked, results),
        "notes_of": articles.notes_of,
        "references_of": articles.references_of,
        "marked": lambda support: markup(support.text, support.spans),
        "kind_name": kind_name,
        "match_name": lambda label: _MATCHES[label],
        "link": linking(asked),
        "cite_link": cite_link,
        "snippet": _snippet,
    }


_EXPORTED = 1_000
ENDINGS = {"ris": "ris", "bibtex": "bib", "csv": "csv", "json": "json"}
"""What the names of exported files end in."""


def exported(searcher: Searcher, asked: Asked, form: str) -> str:
    """Return the first hits, a thousand at most, in one of `cite.EXPORTS`. Raises `QueryError`."""
    results = searcher.search(asked.text, limit=_EXPORTED, sort=asked.sort, **asked.options)
    if results.incomplete:
        # A file does not tell whoever opens it next month that it lacks something.
        raise EngineUnavailableError(f"not all of the index answers: {results.incomplete}; try again in a moment")
    return export(results, form, searcher.article)


class _Names:
    """What values of facets are called."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def of(self, name: Field, value: str) -> str:
        if name is Field.KIND:
            return str(KINDS[Kind(value)])
        about = self._searcher.about(value) if name is Field.DOC else None
        return visible(about.title or value if about else value)


class _Articles:
    """The articles of a page's hits, each looked up once."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._notes: dict[str, Mapping[Address, Note | Reference]] = {}

    def notes_of(self, chunk: Chunk) -> list[Note | Reference]:
        """Return the notes whose markers stand in a chunk."""
        return self._of(chunk, chunk.notes)

    def references_of(self, chunk: Chunk) -> list[Note | Reference]:
        """Return the entries of the list that a chunk cites."""
        return self._of(chunk, chunk.references)

    def _of(self, chunk: Chunk, wanted: Sequence[Address]) -> list[Note | Reference]:
        if not wanted:
            return []
        if chunk.doc_id not in self._notes:
            self._notes[chunk.doc_id] = _notes(self._searcher, chunk)
        known = self._notes[chunk.doc_id]
        return [known[address] for address in wanted if address in known]


def _notes(searcher: Searcher, chunk: Chunk) -> Mapping[Address, Note | Reference]:
    try:
        article: Article = searcher.article(chunk.doc_id)
    except AddressError:
        return {}
    known: dict[Address, Note | Reference] = {note.address: note for note in article.notes}
    return known | {reference.address: reference for reference in article.references}


def _shown(facet: Facet, asked: Asked, names: _Names) -> dict[str, Any]:
    values = [
        (names.of(facet.field, value), count, asked.toggled(facet.field, value).link(), value in facet.chosen)
        for value, count in facet.values
    ]
    return {"name": _FACETS[facet.field], "values": values, "left_out": facet.left_out, "chosen": bool(facet.chosen)}


def _looser(searcher: Searcher, asked: Asked, results: Results) -> tuple[str, int, str] | None:
    """Return the nearest looser question that finds something, how much it finds, and its URL."""
    if results.total:
        return None
    if asked.filters:
        free = asked.but(filters={})
        total = searcher.search(asked.text, limit=0, **free.options).total
        if total:
            return asked.text, total, free.link()
    try:
        found = searcher.loosened(asked.text, **asked.but(filters={}).options)
    except QueryError:
        return None
    return (*found, asked.but(text=found[0], filters={}).link()) if found else None


def linking(asked: Asked) -> Callable[[Address], str]:
    """Return a function that gives the URL of a place, with what is asked marked there."""
    exact: dict[str, Any] = {"exact_script": "1"} if asked.exact_script else {}

    def link(address: Address) -> str:
        doc_id, fragment = split_address(address)
        return url_for("article", doc_id=doc_id, _anchor=fragment, q=asked.text, **exact)

    return link


def cite_link(address: Address) -> str:
    """Return the URL of the page that cites a place."""
    doc_id, fragment = split_address(address)
    return url_for("article", doc_id=doc_id, cite=fragment)


def _snippet(hit: Hit) -> Markup:
    return markup(hit.snippet.text, hit.snippet.spans)


def kind_name(chunk: Chunk) -> str:
    """Return what a reader calls a chunk."""
    if chunk.is_heading:
        return str(gettext("Heading"))
    name = str(KINDS[chunk.kind])
    return f"{name} {visible(chunk.label)}" if chunk.kind in (Kind.NOTE, Kind.REFERENCE) else name


def shortened(text: str) -> str:
    """Return a query short enough for a title or a sentence."""
    return text if len(text) <= 60 else f"{text[:60]}…"


def missing(error: CorpusSearchError) -> str:
    """Return what a page says where what is asked for is not there."""
    match error:
        case AddressError(missing="document"):
            message = gettext("No article here is called %(name)s.", name=error.name)
        case AddressError(missing="place"):
            message = gettext("The article has no place %(name)s.", name=error.name)
        case AddressError(missing="work"):
            message = gettext("No article here cites a work with the number %(name)s.", name=error.name)
        case ComparisonError(alone=True):
            message = gettext("There is nothing to compare it with: the corpus has no other texts of these kinds.")
        case ComparisonError():
            message = gettext("There is nothing to look at: the corpus has no such texts of these kinds.")
        case _:
            message = str(error)
    return visible(message)


def problem(error: QueryError) -> dict[str, str]:
    """Return a query's error as the page shows it: the message, and the query with a caret."""
    message = visible(gettext(error.template).format(**error.values))
    if not error.query or len(error.query) > MAX_LENGTH:
        return {"message": message}
    start, end = error.start, max(error.end, error.start + 1)
    text = visible(error.query)
    return {"message": message, "before": text[:start], "caret": text[start:end] or " ", "after": text[end:]}
