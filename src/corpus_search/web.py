"""The web search box: a small Flask application over a `Corpus`.

Pages work without JavaScript; all there is of it completes words in the search box. The interface is Chinese or English
by the browser's language.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template, request
from flask_babel import Babel, get_locale, gettext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter

from corpus_search.article_page import article_page
from corpus_search.corpus import Corpus
from corpus_search.display import language, visible
from corpus_search.errors import AddressError, CorpusSearchError, QueryError
from corpus_search.help import EXAMPLES
from corpus_search.query import MAX_LENGTH
from corpus_search.results_page import Asked, problem, results_page, shortened, start_page
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
        common = {"asked": asked, "text": asked.text[:MAX_LENGTH], "shown": visible(shortened(asked.text))}
        try:
            return render_template("search.html", **results_page(searcher, asked), **common)
        except QueryError as error:
            return render_template("search.html", problem=problem(error), **common), 400

    def _article(self, searcher: Searcher, doc_id: str) -> str | tuple[str, int]:
        asked = Asked.read(request.args)
        text = asked.text[:MAX_LENGTH]
        try:
            article = searcher.article(doc_id)
        except AddressError as error:
            heading = gettext("There is no such article")
            return render_template("error.html", heading=heading, message=visible(str(error)), text=text), 404
        page = article_page(searcher, article, text, exact_script=asked.exact_script)
        return render_template("article.html", **page, asked=asked, shown=visible(shortened(text)))
