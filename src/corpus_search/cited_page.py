"""What do the pages of cited works show, and what does the API answer of them?

A request's arguments in; the list of works or names that are cited, one work with every place that cites it, or the
works as a bibliography out. Everything that is asked stands in the URL: ``words`` and ``author`` limit the list,
``query`` and ``doc`` whose citations are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from corpus_search.api import ParameterError, Parameters, answer, answering_json
from corpus_search.article import Address, split_address
from corpus_search.cite import STYLES, WRITERS
from corpus_search.corpus import Corpus
from corpus_search.errors import AddressError, QueryError
from corpus_search.limits import MAX_HITS, MAX_WINDOW, Turns
from corpus_search.query import MAX_LENGTH
from corpus_search.replies import attachment, missing
from corpus_search.results_page import problem
from corpus_search.search import Searcher
from corpus_search.works.catalogue import Catalogue, Listed, Selection, WorkSort
from corpus_search.works.items import items
from corpus_search.works.keys import name_key
from corpus_search.works.model import Work
from corpus_search.works.terminal import described, shortened

PAGE_SIZE = 25
SHOWN = 3
"""How many of a work's citing places the list shows; the work's page shows them all."""
PLACES = 500
"""How many citing places a work's page, and a work in an answer of the API, has at most."""
EXPORTED = 5_000
WAIT_S = 5.0
"""How long a page waits for works that are being read; then it says so."""

_LAST_PAGE = MAX_WINDOW // PAGE_SIZE
_ENDINGS = {"ris": "ris", "bibtex": "bib", "csl-json": "json"}
_SORTS = {
    WorkSort.COUNT: lazy_gettext("citations"),
    WorkSort.ARTICLES: lazy_gettext("articles"),
    WorkSort.YEAR: lazy_gettext("year"),
    WorkSort.TITLE: lazy_gettext("title"),
}
_TYPES = {
    "article-journal": lazy_gettext("Journal article"),
    "article-newspaper": lazy_gettext("Newspaper article"),
    "book": lazy_gettext("Book"),
    "chapter": lazy_gettext("Chapter"),
    "paper-conference": lazy_gettext("Conference paper"),
    "thesis": lazy_gettext("Thesis"),
    "report": lazy_gettext("Report"),
    "webpage": lazy_gettext("Web page"),
    "interview": lazy_gettext("Interview"),
    "patent": lazy_gettext("Patent"),
    "standard": lazy_gettext("Standard"),
    "dataset": lazy_gettext("Data"),
    "software": lazy_gettext("Software"),
    "document": lazy_gettext("Document"),
}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of works is asked; `authors` lists names instead, `query` and `doc` say whose citations count."""

    words: str = ""
    authors: bool = False
    author: str = ""
    query: str = ""
    doc: str = ""
    sort: WorkSort = WorkSort.COUNT
    page: int = 1

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> Asked:
        """Read it from a URL's arguments; what cannot be meant is left out."""
        page = args.get("page", 1, type=int)
        return cls(
            args.get("words", "").strip()[:MAX_LENGTH],
            args.get("list") == "authors",
            args.get("author", "").strip()[:MAX_LENGTH],
            args.get("query", "").strip(),
            args.get("doc", ""),
            args.get("sort", WorkSort.COUNT, type=WorkSort),
            min(max(page, 1), _LAST_PAGE),
        )

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of its URL, without those that say nothing."""
        found: dict[str, Any] = {
            "words": self.words, "list": "authors" if self.authors else "", "author": self.author, "query": self.query,
            "doc": self.doc, "sort": self.sort.value if self.sort is not WorkSort.COUNT else "",
            "page": self.page if self.page > 1 else "",
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}

    def link(self, endpoint: str = "cited.works", **more: Any) -> str:
        """Return the URL of a page that is asked this."""
        return url_for(endpoint, **self.arguments(), **more)

    def but(self, **changes: Any) -> Asked:
        """Return it with changes, on its first page."""
        return replace(self, **{"page": 1, **changes})

    def selection(self, searcher: Searcher) -> Selection:
        """Return what it selects. Raises `QueryError`, `AddressError`."""
        return _selection(searcher, words=self.words, author=self.author, query=self.query, doc=self.doc)


def _selection(searcher: Searcher, *, words: str, author: str, query: str, doc: str) -> Selection:
    if doc:
        searcher.article(doc)
    places = searcher.cited_by(query) if query else None
    return Selection(doc or None, places, words, name_key(author) if author else None)


def blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the part of the application that shows what `corpus` cites, searching in `turns`."""
    made, pages = Blueprint("cited", __name__), _Pages(corpus, turns)
    made.add_url_rule("/cited", "works", pages.works)
    made.add_url_rule("/cited/<key>", "work", pages.work)
    made.add_url_rule("/cited/export", "export", pages.export)
    return made


class Asking:
    """Asks the catalogue in a turn, once it is read."""

    def __init__(self, corpus: Corpus, turns: Turns) -> None:
        self._corpus = corpus
        self._turns = turns

    def ask(self, question: Callable[[Searcher, Catalogue], _T]) -> _T:
        """Return what `question` makes of the index and its works. Raises `BusyError` while they are being read."""

        def asked(searcher: Searcher) -> _T:
            return self._turns.taking(question)(searcher, searcher.works(wait_s=WAIT_S))

        return self._corpus.ask(asked)


class _Pages(Asking):
    """The pages, each a function of the request."""

    def works(self) -> str | tuple[str, int]:
        """Show the works or the names that are cited."""
        asked = Asked.read(request.args)
        try:
            return self.ask(lambda searcher, catalogue: _list(searcher, catalogue, asked))
        except QueryError as error:
            return render_template("search.html", problem=problem(error), text=asked.query[:MAX_LENGTH]), 400
        except AddressError as error:
            return _missing(error)

    def work(self, key: str) -> str | tuple[str, int]:
        """Show a work with every place that cites it."""
        try:
            return self.ask(lambda searcher, catalogue: _work(searcher, catalogue, key))
        except AddressError as error:
            return _missing(error)

    def export(self) -> Response:
        """Give the works that are selected as a bibliography."""
        form, asked = request.args.get("format", ""), Asked.read(request.args)
        if form not in _ENDINGS:
            raise NotFound
        try:
            found = self.ask(
                lambda searcher, catalogue: catalogue.works(
                    asked.selection(searcher), sort=asked.sort, limit=EXPORTED, places=0
                )
            )
        except (QueryError, AddressError) as error:
            raise NotFound from error
        return attachment(WRITERS[form](items(found.works)), f"cited.{_ENDINGS[form]}", "text/plain")


def _missing(error: AddressError) -> tuple[str, int]:
    of_article = error.missing == "document"
    return missing(gettext("There is no such article") if of_article else gettext("There is no such work"), error)


def _list(searcher: Searcher, catalogue: Catalogue, asked: Asked) -> str:
    selected = asked.selection(searcher)
    window: Any = {"sort": asked.sort, "limit": PAGE_SIZE, "offset": (asked.page - 1) * PAGE_SIZE}
    found = _listed(catalogue, selected, SHOWN, authors=asked.authors, **window)
    about = searcher.about(asked.doc) if asked.doc else None
    sorts = {sort: name for sort, name in _SORTS.items() if not asked.authors or sort is not WorkSort.YEAR}
    return render_template(
        "cited.html",
        found=found,
        cited=asked,
        author=_author(catalogue, asked.author),
        article=about.title or about.doc_id if about else "",
        pages=min(-(-found.total // PAGE_SIZE), _LAST_PAGE),
        sorts=[(name, asked.but(sort=sort).link(), sort is asked.sort) for sort, name in sorts.items()],
        lists=[
            (gettext("Works"), asked.but(authors=False).link(), not asked.authors),
            (gettext("Names"), asked.but(authors=True, author="", sort=WorkSort.COUNT).link(), asked.authors),
        ],
        exports=[(STYLES[form], asked.link("cited.export", format=form)) for form in _ENDINGS],
        exported=EXPORTED,
        text=asked.query[:MAX_LENGTH],
        **_helpers(searcher),
    )


def _listed(catalogue: Catalogue, selected: Selection, places: int, *, authors: bool, **window: Any) -> Listed:
    if authors:
        return catalogue.authors(selected, **window)
    return catalogue.works(selected, **window, places=places)


def _author(catalogue: Catalogue, name: str) -> str:
    """Return how a name is written most often."""
    found = catalogue.authors(Selection(text=name_key(name)), limit=MAX_HITS).authors if name else None
    return next((one.name for one in found or () if one.key == name_key(name)), name)


def _work(searcher: Searcher, catalogue: Catalogue, key: str) -> str:
    found, forms = catalogue.work(key, places=PLACES)
    printed = dict.fromkeys(form[0].text for form in forms)
    return render_template(
        "work.html", found=found, forms=list(printed), type=_TYPES.get(found.work.type or ""),
        facts=_facts(found.work), **_helpers(searcher),
    )  # fmt: skip


def _facts(work: Work) -> list[tuple[str, str]]:
    """Return what is printed of a work, each with what it is."""
    found = [
        (gettext("In"), work.get("container")),
        (gettext("Publisher"), ": ".join(filter(None, (work.get("place"), work.get("publisher"))))),
        (gettext("Year"), work.get("date") or (str(work.year) if work.year else None)),
        (gettext("Volume"), work.get("volume")),
        (gettext("Issue"), work.get("issue")),
        (gettext("Pages meant") if work.pinpoint else gettext("Pages"), work.get("pages")),
        (gettext("Address"), work.get("url")),
        (gettext("Read on"), work.get("accessed")),
        ("DOI", work.get("doi")),
    ]
    return [(str(name), value) for name, value in found if value]


def _helpers(searcher: Searcher) -> dict[str, Any]:
    titles: dict[str, str] = {}

    def title(doc_id: str) -> str:
        if doc_id not in titles:
            about = searcher.about(doc_id)
            titles[doc_id] = about.title or doc_id if about else doc_id
        return titles[doc_id]

    return {
        "described": described, "shortened": shortened, "title_of": title, "place_link": _link, "name_key": name_key,
    }  # fmt: skip


def _link(address: Address) -> str:
    doc_id, fragment = split_address(address)
    return url_for("article", doc_id=doc_id, _anchor=fragment)


# --- the API -------------------------------------------------------------------------------------------------


def api_blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the routes of the API; errors are answered as those of `api.blueprint`."""
    made, api = Blueprint("cited_api", __name__), _Api(corpus, turns)
    made.add_url_rule("/api/cited", "works", api.works)
    made.add_url_rule("/api/cited/<key>", "work", api.work)
    answering_json(made)
    return made


class _List(StrEnum):
    WORKS = "works"
    AUTHORS = "authors"


class _Api(Asking):
    """The answers, each a function of the request."""

    def works(self) -> Response:
        """Return what ``cited --json`` prints."""
        asked = Parameters("words", "list", "author", "query", "doc", "sort", "limit", "offset")
        window: Any = {
            "sort": asked.choice(WorkSort, "sort") or WorkSort.COUNT,
            "limit": asked.number("limit", default=20, low=1, high=MAX_HITS),
            "offset": asked.number("offset", default=0, low=0, high=MAX_WINDOW - MAX_HITS),
        }
        limits = {name: asked.text(name) for name in ("words", "author", "query", "doc")}
        for name in ("words", "author"):
            if len(limits[name]) > MAX_LENGTH:
                raise ParameterError(f"{name}: {len(limits[name]):,} characters, where {MAX_LENGTH:,} are allowed")
        names = asked.choice(_List, "list") is _List.AUTHORS

        def found(searcher: Searcher, catalogue: Catalogue) -> Listed:
            return _listed(catalogue, _selection(searcher, **limits), PLACES, authors=names, **window)

        return answer(self.ask(found).record())

    def work(self, key: str) -> Response:
        """Return one work, with all that its entries print of it."""
        Parameters()

        def found(_: Searcher, catalogue: Catalogue) -> Response:
            work, forms = catalogue.work(key, places=PLACES)
            return answer({**work.record(), "forms": list(dict.fromkeys(form[0].text for form in forms))})

        return self.ask(found)
