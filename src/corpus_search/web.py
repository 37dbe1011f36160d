"""The web search box: a small Flask application over a `Corpus`.

Pages work without JavaScript; all there is of it completes words in the search box. The interface is Chinese or English
by the browser's language.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template, request, url_for
from flask_babel import Babel, get_locale, gettext, lazy_gettext
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter

from corpus_search import api, caching, gate
from corpus_search.article import (
    Address,
    Article,
    Kind,
    Note,
    Paragraph,
    Part,
    Reference,
    Section,
    Span,
    split_address,
)
from corpus_search.chunk import Chunk
from corpus_search.corpus import Corpus
from corpus_search.display import language, markup, visible
from corpus_search.errors import AddressError, CorpusSearchError, LimitError, QueryError, TooSlowError
from corpus_search.folder import shown
from corpus_search.help import EXAMPLES
from corpus_search.limits import Limits, Turns
from corpus_search.query import MAX_LENGTH
from corpus_search.search import Highlighter, Hit, Searcher

_log = logging.getLogger(__name__)

PAGE_SIZE = 10
_LISTED = 200
_LAST_PAGE = 1_000
_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_KINDS = {
    Kind.BODY: lazy_gettext("Text"),
    Kind.NOTE: lazy_gettext("Note"),
    Kind.REFERENCE: lazy_gettext("Reference"),
    Kind.ABSTRACT: lazy_gettext("Abstract"),
    Kind.KEYWORDS: lazy_gettext("Keywords"),
    Kind.FRONT: lazy_gettext("Front matter"),
    Kind.BACK: lazy_gettext("Back matter"),
}
_MATCHES = {
    "folded": lazy_gettext("in another writing"),
    "segmented": lazy_gettext("its words, apart"),
}


def templates() -> Path:
    """Return the folder of the templates: inside an installed package, or at the top of the project."""
    packaged = _HERE / "templates"
    return packaged if packaged.is_dir() else _HERE.parents[1] / "templates"


class _Document(PathConverter):
    """A document in a URL: a path, in which even a line's end may stand."""

    regex = r"[^/](?:.|\n)*?"


def create_app(
    corpus: Corpus,
    *,
    hosts: Iterable[str] = gate.LOOPBACK,
    proxy_hops: int = 0,
    prefixed: bool = False,
    limits: Limits | None = None,
) -> Flask:
    """Make the application that searches `corpus`, which must be indexed.

    It answers to `hosts` alone, see `gate`; what is asked is bounded by `limits`.
    """
    app = Flask(__name__, template_folder=str(templates()), static_folder=str(_HERE / "static"))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_HERE / "translations")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=_language)
    turns = Turns(limits or Limits())
    pages = _Pages(corpus, turns)
    app.add_url_rule("/", "home", pages.home)
    app.url_map.converters["document"] = _Document
    app.url_map.merge_slashes = False
    app.add_url_rule("/help", "help", pages.help)
    app.add_url_rule("/article/<document:doc_id>", "article", pages.article)
    app.register_blueprint(api.blueprint(corpus, turns))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CorpusSearchError, _error)
    app.after_request(_secure)
    app.jinja_env.filters.update(visible=visible, language=language)
    app.context_processor(_context)
    caching.install(app, corpus)
    gate.install(app, hosts=hosts, proxy_hops=proxy_hops, prefixed=prefixed)
    return app


def _language() -> str:
    return request.accept_languages.best_match(["en", "zh"]) or "en"


def _context() -> dict[str, Any]:
    return {"locale": str(get_locale() or "en"), "max_length": MAX_LENGTH}


def _secure(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _http_error(error: HTTPException) -> tuple[str, int, dict[str, str]] | Response:
    if request.path.startswith("/api/"):
        return api.http_failure(error)
    code = error.code or 500
    if code == 404:
        message = gettext("There is no such page.")
    elif code >= 500:
        message = gettext("Something went wrong here; the server's log says what.")
    else:
        message = error.description or ""
    allowed = {name: value for name, value in error.get_headers() if name == "Allow"}
    return render_template("error.html", heading=str(code), message=message), code, allowed


def _error(error: CorpusSearchError) -> tuple[str, int, dict[str, str]]:
    if not isinstance(error, LimitError):
        _log.error("%s", error)
    heading = gettext("The corpus cannot be searched just now")
    page = render_template("error.html", heading=heading, message=visible(str(error)))
    if isinstance(error, TooSlowError):
        return page, 422, {}
    return page, 503, {"Retry-After": str(api.RETRY_AFTER_S)}


class _Pages:
    """The pages, each a function of the request."""

    def __init__(self, corpus: Corpus, turns: Turns) -> None:
        self._corpus = corpus
        self._turns = turns

    def home(self) -> str | tuple[str, int]:
        """Show the search box, and the results if something is asked."""
        return self._corpus.ask(self._home)

    def article(self, doc_id: str) -> str | tuple[str, int]:
        """Show an article, with the matches of a search marked in it."""

        def answer(searcher: Searcher) -> str | tuple[str, int]:
            try:
                with self._turns.timed():
                    return self._article(searcher, doc_id, marked=True)
            except TooSlowError:
                return self._article(searcher, doc_id, marked=False)  # To read, one needs no marks.

        return self._corpus.ask(answer)

    def help(self) -> str:
        """Show how to ask."""
        return render_template("help.html", examples=EXAMPLES)

    def _home(self, searcher: Searcher) -> str | tuple[str, int]:
        text = request.args.get("q", "").strip()
        chosen = [kind for kind in request.args.getlist("kind") if kind in _KINDS]
        if not text:
            listed, count = searcher.titles(_LISTED), searcher.stats()["documents"]
            return render_template("search.html", articles=listed, more=count - len(listed), focus=True)
        page = min(max(request.args.get("page", 1, type=int), 1), _LAST_PAGE)
        common: dict[str, Any] = {
            "text": text[:MAX_LENGTH],
            "shown": visible(_shortened(text)),
            "chosen": chosen,
        }
        try:
            with self._turns.turn():
                results = searcher.search(
                    text, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE, kinds=[Kind(kind) for kind in chosen]
                )
        except QueryError as error:
            return render_template("search.html", problem=_problem(error), **common), 400
        return render_template(
            "search.html",
            results=results,
            page=page,
            pages=min(-(-results.total // PAGE_SIZE), _LAST_PAGE),
            kinds=list(_KINDS.items()),
            kind_name=_kind_name,
            match_name=lambda label: _MATCHES[label],
            link=_link,
            snippet=_snippet,
            **common,
        )

    def _article(self, searcher: Searcher, doc_id: str, *, marked: bool) -> str | tuple[str, int]:
        text = request.args.get("q", "").strip()[:MAX_LENGTH]
        try:
            article = searcher.article(doc_id)
        except AddressError as error:
            heading = gettext("There is no such article")
            return render_template("error.html", heading=heading, message=visible(str(error)), text=text), 404
        try:
            marks = searcher.highlighter(text) if text and marked else None
        except QueryError:
            marks = None
        reading = _Reading(article, marks)
        front = any(marks(part.text) for part in article.front) if marks else False
        return render_template(
            "article.html",
            article=article,
            meta=article.metadata,
            facts=_facts(article),
            copies=[visible(shown(path)) for path in searcher.paths(doc_id) if shown(path) != article.path],
            headings=any(section.heading for section in article.sections),
            open_front=front,
            text=text,
            shown=visible(_shortened(text)),
            text_of=reading.text_of,
            fragment=_fragment,
        )


class _Reading:
    """How an article's texts are set: matches marked, notes called, pages begun."""

    def __init__(self, article: Article, marks: Highlighter | None) -> None:
        self._marks = marks
        self._labels = {note.address: note.label for note in article.notes}

    def text_of(self, one: Section | Paragraph | Part | Note | Reference) -> Markup:
        """Return the text of a part of the article as markup."""
        text = one.heading if isinstance(one, Section) else one.text
        spans: Sequence[Span] = self._marks(text) if self._marks else ()
        inserted = (
            []
            if isinstance(one, Note | Reference)
            else [(marker.offset, self._marker(marker.note)) for marker in one.markers]
        )
        if isinstance(one, Paragraph):
            inserted += [
                (start.offset, Markup('<span class="page-break" data-page="{}"></span>').format(start.page))
                for start in one.page_breaks
            ]
        return markup(text, spans, inserted)

    def _marker(self, note: Address) -> Markup:
        name = _fragment(note)
        label = visible(self._labels[note]) or "*"
        return Markup('<sup><a class="marker" id="to-{0}" href="#{0}">{1}</a></sup>').format(name, label)


def _fragment(address: Address) -> str:
    return split_address(address)[1]


def _link(address: Address, *, q: str) -> str:
    doc_id, fragment = split_address(address)
    return url_for("article", doc_id=doc_id, _anchor=fragment, q=q)


def _snippet(hit: Hit) -> Markup:
    return markup(hit.snippet.text, hit.snippet.spans)


def _kind_name(chunk: Chunk) -> str:
    if chunk.is_heading:
        return str(gettext("Heading"))
    name = str(_KINDS[chunk.kind])
    return f"{name} {visible(chunk.label)}" if chunk.kind in (Kind.NOTE, Kind.REFERENCE) else name


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _facts(article: Article) -> list[str]:
    meta = article.metadata
    facts = []
    if meta.year:
        facts.append(
            gettext("%(year)d no. %(issue)s", year=meta.year, issue=meta.issue) if meta.issue else str(meta.year)
        )
    if meta.pages:
        facts.append(gettext("pp. %(first)d–%(last)d", first=meta.pages[0], last=meta.pages[1]))
    if meta.doi:
        facts.append(f"DOI {visible(meta.doi)}")
    return facts


def _problem(error: QueryError) -> dict[str, str]:
    message = visible(gettext(error.template).format(**error.values))
    if not error.query or len(error.query) > 200:
        return {"message": message}
    start, end = error.start, max(error.end, error.start + 1)
    text = visible(error.query)
    return {"message": message, "before": text[:start], "caret": text[start:end] or " ", "after": text[end:]}
