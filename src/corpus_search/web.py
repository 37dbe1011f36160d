"""The web search box: a small Flask application over a `Corpus`.

Pages work without JavaScript; all there is of it completes words in the search box. The interface is Chinese or English
by the browser's language.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, render_template, request, url_for
from flask_babel import Babel, get_locale, gettext
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import PathConverter

from corpus_search.article import Address, Article
from corpus_search.article_page import article_page, permalink
from corpus_search.cite import EXPORTS, STYLES, cite
from corpus_search.concordance_page import concordance_page, concordance_table
from corpus_search.corpus import Corpus
from corpus_search.display import language, visible
from corpus_search.errors import AddressError, CitationError, CorpusSearchError, QueryError
from corpus_search.help import EXAMPLES
from corpus_search.query import MAX_LENGTH
from corpus_search.results_page import ENDINGS, Asked, exported, problem, results_page, shortened, start_page
from corpus_search.search import Searcher

_log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def templates() -> Path:
    """Return the folder of the templates: inside an installed package, or at the top of the project."""
    packaged = _HERE / "templates"
    return packaged if packaged.is_dir() else _HERE.parents[1] / "templates"


class _Document(PathConverter):
    """A document in a URL: a path, in which even a line's end may stand."""

    regex = r"[^/](?:.|\n)*?"


def create_app(corpus: Corpus) -> Flask:
    """Make the application that searches `corpus`, which must be indexed."""
    app = Flask(__name__, template_folder=str(templates()), static_folder=str(_HERE / "static"))
    app.config["MAX_CONTENT_LENGTH"] = 0
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_HERE / "translations")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=_language)
    pages = _Pages(corpus)
    app.add_url_rule("/", "home", pages.home)
    app.url_map.converters["document"] = _Document
    app.add_url_rule("/help", "help", pages.help)
    app.add_url_rule("/concordance", "concordance", pages.concordance)
    app.add_url_rule("/concordance.csv", "concordance_table", pages.concordance_table)
    app.add_url_rule("/export", "export", pages.export)
    app.add_url_rule("/api/complete", "complete", pages.complete)
    app.add_url_rule("/article/<document:doc_id>", "article", pages.article)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CorpusSearchError, _error)
    app.after_request(_secure)
    app.jinja_env.filters.update(visible=visible, language=language)
    app.context_processor(_context)
    return app


def _language() -> str:
    return request.accept_languages.best_match(["en", "zh"]) or "en"


def _context() -> dict[str, Any]:
    return {"locale": str(get_locale() or "en"), "max_length": MAX_LENGTH}


def _secure(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Vary"] = "Accept-Language"
    return response


def _http_error(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    if code == 404:
        message = gettext("There is no such page.")
    elif code >= 500:
        message = gettext("Something went wrong here; the server's log says what.")
    else:
        message = error.description or ""
    return render_template("error.html", heading=str(code), message=message), code


def _error(error: CorpusSearchError) -> tuple[str, int]:
    _log.error("%s", error)
    heading = gettext("The corpus cannot be searched just now")
    return render_template("error.html", heading=heading, message=visible(str(error))), 503


class _Pages:
    """The pages, each a function of the request."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def home(self) -> str | tuple[str, int]:
        """Show the search box, and the results if something is asked."""
        return self._corpus.ask(self._home)

    def article(self, doc_id: str) -> str | tuple[str, int]:
        """Show an article, with the matches of a search marked in it."""
        return self._corpus.ask(lambda searcher: self._article(searcher, doc_id))

    def concordance(self) -> str | tuple[str, int] | Response:
        """Show every occurrence in a line."""
        asked = Asked.read(request.args)
        if not asked.text:
            return redirect(url_for("home"))  # type: ignore[return-value]
        return self._corpus.ask(
            lambda searcher: self._answered(
                "concordance.html", asked, lambda: concordance_page(searcher, asked, request.args.get("order", ""))
            )
        )

    def concordance_table(self) -> Response | tuple[str, int]:
        """Give the concordance as CSV."""
        asked = Asked.read(request.args)
        try:
            rows = self._corpus.ask(lambda searcher: concordance_table(searcher, asked, request.args.get("order", "")))
        except QueryError as error:
            return render_template("search.html", problem=problem(error), **_common(asked)), 400
        return _file(rows, "concordance.csv", "text/csv")

    def export(self) -> Response | tuple[str, int]:
        """Give the hits as a file for reference managers or spreadsheets."""
        asked = Asked.read(request.args)
        form = request.args.get("format", "")
        if form not in EXPORTS:
            raise NotFound
        try:
            made = self._corpus.ask(lambda searcher: exported(searcher, asked, form))
        except QueryError as error:
            return render_template("search.html", problem=problem(error), **_common(asked)), 400
        return _file(made, f"corpus-search.{ENDINGS[form]}", EXPORTS[form])

    def complete(self) -> dict[str, Any]:
        """Return what the beginning of a query may become, as JSON."""
        prefix = request.args.get("q", "")[:MAX_LENGTH]
        return {"prefix": prefix, "completions": self._corpus.ask(lambda searcher: searcher.complete(prefix))}

    def help(self) -> str:
        """Show how to ask."""
        return render_template("help.html", examples=EXAMPLES)

    def _home(self, searcher: Searcher) -> str | tuple[str, int]:
        asked = Asked.read(request.args)
        if not asked.text:
            return render_template("search.html", **start_page(searcher))
        return self._answered("search.html", asked, lambda: results_page(searcher, asked))

    @staticmethod
    def _answered(template: str, asked: Asked, answer: Callable[[], dict[str, Any]]) -> str | tuple[str, int]:
        try:
            return render_template(template, **answer(), **_common(asked))
        except QueryError as error:
            return render_template("search.html", problem=problem(error), **_common(asked)), 400

    def _article(self, searcher: Searcher, doc_id: str) -> str | tuple[str, int]:
        asked = Asked.read(request.args)
        text = asked.text[:MAX_LENGTH]
        try:
            article = searcher.article(doc_id)
        except AddressError as error:
            heading = gettext("There is no such article")
            return render_template("error.html", heading=heading, message=visible(str(error)), text=text), 404
        if "cite" in request.args:
            return _cited(article, request.args["cite"])
        page = article_page(searcher, article, text, exact_script=asked.exact_script)
        return render_template("article.html", **page, asked=asked, shown=visible(shortened(text)))


def _common(asked: Asked) -> dict[str, Any]:
    return {"asked": asked, "text": asked.text[:MAX_LENGTH], "shown": visible(shortened(asked.text))}


def _cited(article: Article, fragment: str) -> str | tuple[str, int]:
    """Show how a place in an article is cited."""
    address = Address(f"{article.doc_id}#{fragment}" if fragment else article.doc_id)
    try:
        citations = [(name, cite(article, address, style=style)) for style, name in STYLES.items()]
    except (AddressError, CitationError) as error:
        heading = gettext("This cannot be cited")
        return render_template("error.html", heading=heading, message=visible(str(error))), 404
    return render_template(
        "cite.html", article=article, citations=citations, fragment=fragment, permalink=permalink(address)
    )


def _file(content: str, name: str, media_type: str) -> Response:
    response = Response(content.encode("utf-8", "replace"), content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
