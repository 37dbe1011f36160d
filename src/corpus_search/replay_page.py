"""What does the page show that replays a receipt?

A receipt in, by a form or as the body of a request to ``/api/replay``; what differs out. What is brought is read and
forgotten: nothing of it is kept. ``/receipt`` gives the receipt of a page of results.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext, lazy_gettext

from corpus_search import api
from corpus_search.article import Address
from corpus_search.corpus import Corpus
from corpus_search.display import visible
from corpus_search.errors import QueryError, ReceiptError
from corpus_search.limits import MAX_RECEIPT_BYTES, Turns
from corpus_search.receipt import Receipt, read_receipt
from corpus_search.replay import Replay, Why, replay
from corpus_search.results_page import PAGE_SIZE, Asked, linking, problem
from corpus_search.search import Searcher

_WHY = {
    Why.NEW: lazy_gettext("in a new document"),
    Why.CHANGED: lazy_gettext("its document has changed"),
    Why.GONE: lazy_gettext("its document is gone"),
    Why.RANK: lazy_gettext("on another page"),
    Why.ANALYSIS: lazy_gettext("the question is read otherwise"),
    Why.UNKNOWN: "",
}

LISTED = 20
"""How many documents of a sort the page names."""


def blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the pages: a receipt to take away, and the form and the answer of one that is brought."""
    made = Blueprint("replay", __name__)

    def receipt() -> Response | tuple[str, int]:
        asked = Asked.read(request.args)

        def kept(searcher: Searcher) -> Receipt:
            offset = (asked.page - 1) * PAGE_SIZE
            results = searcher.search(asked.text, limit=PAGE_SIZE, offset=offset, sort=asked.sort, **asked.options)
            return results.receipt()

        try:
            text = corpus.ask(turns.taking(kept)).text()
        except QueryError as error:
            return render_template("search.html", asked=asked, text=asked.text, problem=problem(error)), 400
        response = Response(text.encode(), content_type="application/json")
        response.headers["Content-Disposition"] = 'attachment; filename="receipt.json"'
        return response

    def page() -> str:
        return render_template("replay.html")

    def answer() -> str | tuple[str, int]:
        file = request.files.get("receipt")
        if file is None or not file.filename:
            return render_template("replay.html", wrong=gettext("No file was chosen.")), 400
        try:
            found = _replayed(corpus, turns, file.read(MAX_RECEIPT_BYTES + 1))
        except ReceiptError as error:
            return render_template("replay.html", wrong=visible(str(error))), 400
        except QueryError as error:
            return render_template("replay.html", wrong=visible(gettext(error.template).format(**error.values))), 400
        return render_template("replay.html", **replay_answer(found))

    made.add_url_rule("/receipt", "receipt", receipt)
    made.add_url_rule("/replay", "page", page)
    made.add_url_rule("/replay", "answer", answer, methods=["POST"])
    return made


def api_blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the API's route: a receipt as the body, the JSON of ``replay --json`` as the answer."""
    made = Blueprint("api_replay", __name__)

    def replayed() -> Response:
        api.Parameters()  # There are none.
        return api.answer(_replayed(corpus, turns, request.get_data(cache=False)).record())

    made.add_url_rule("/api/replay", "replayed", replayed, methods=["POST"])
    api.answering_json(made)
    return made


def _replayed(corpus: Corpus, turns: Turns, brought: bytes) -> Replay:
    receipt = read_receipt(brought)
    return corpus.ask(turns.taking(lambda searcher: replay(searcher, receipt)))


def replay_answer(found: Replay) -> dict[str, Any]:
    """Return what the template `replay.html` shows of an answer."""
    question = found.before.question
    asked = Asked(question.text, question.filters, question.sort, question.group, question.exact_script)

    def documents(sort: str) -> list[str]:
        names = getattr(found.documents, sort) if found.documents else ()
        return [visible(" → ".join(name) if isinstance(name, tuple) else name) for name in names]

    return {
        "found": found,
        "why": _WHY,
        "question": visible(question.text),
        "again": asked.link(),
        "link": _linked(found, asked),
        "beyond": [visible(name) for name in found.beyond],
        "sorts": [
            (gettext("new"), documents("new")),
            (gettext("changed"), documents("changed")),
            (gettext("gone"), documents("gone")),
            (gettext("renamed"), documents("renamed")),
        ],
        "listed": LISTED,
    }


def _linked(found: Replay, asked: Asked) -> Any:
    """Return a function that gives the URL of a place that is there now; of one that is gone there is none."""
    link = linking(asked)
    there = found.now.documents

    def of(address: Address) -> str | None:
        name = address.rpartition("#")[0] or address
        return link(address) if name in there else None

    return of
