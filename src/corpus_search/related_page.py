"""What does the page of related articles and passages show, and what does its route answer?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext

from corpus_search import api
from corpus_search.article import Address, split_address
from corpus_search.article_page import permalink
from corpus_search.cited_page import Asking
from corpus_search.corpus import Corpus
from corpus_search.errors import AddressError
from corpus_search.limits import Turns
from corpus_search.related.alike import Related, related
from corpus_search.replies import missing
from corpus_search.results_page import KINDS

_SHOWN = 10
_WORKS = 3


def blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the part of the application that shows what is related, and the same for programs."""
    made, pages = Blueprint("related", __name__), _Pages(corpus, turns)
    made.add_url_rule("/related/<document:doc_id>", "page", pages.page)
    answers = Blueprint("api", __name__)
    answers.add_url_rule("/api/related", "related", pages.api)
    api.answering_json(answers)
    made.register_blueprint(answers)
    return made


class _Pages(Asking):
    """The page and the answer, each a function of the request."""

    def page(self, doc_id: str) -> Any:
        """Show what is related to a document, or to the place in it that the argument ``fragment`` names."""
        fragment = request.args.get("fragment", "")
        if "#" in doc_id and self._corpus.ask(lambda searcher: searcher.about(doc_id)) is None:
            # An address as it is written, DOC#s1.2p1.
            doc_id, fragment = split_address(Address(doc_id))
        address = Address(f"{doc_id}#{fragment}" if fragment else doc_id)
        try:
            found = self._related(address, _SHOWN)
        except AddressError as error:
            return missing(gettext("There is nothing related"), error)
        about = self._corpus.ask(lambda searcher: searcher.about(doc_id))
        return render_template(
            "related.html", found=found, about=about, fragment=fragment, permalink=permalink, kinds=KINDS, most=_WORKS
        )

    def api(self) -> Response:
        """Return what ``related --json`` prints."""
        asked = api.Parameters("address", "limit")
        address = asked.text("address", required=True)
        limit = asked.number("limit", default=5, low=1, high=100)
        return api.answer(self._related(address, limit).record())

    def _related(self, address: str, limit: int) -> Related:
        return self.ask(lambda searcher, works: related(searcher, works, address, limit=limit))
