"""What does the page say on which one checks a draft?

A draft, pasted or as a file, in; what is said of its quotations out, as a page or as the JSON of ``check --json``. A
draft is sent with POST for its size alone: nothing of it is kept, and nothing here changes, so that there is nothing
to be forged by another site; what it costs is bounded by `limits`, and each quotation is checked in a turn of its own.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import HTTPException

from corpus_search import api
from corpus_search.article_page import permalink
from corpus_search.check import MIN_LENGTH, Difference, Draft, DraftCheck, Mark, Place, Where, check_draft, read_draft
from corpus_search.check.draft import draft_of
from corpus_search.check.report import piece_markup
from corpus_search.corpus import Corpus
from corpus_search.display import visible
from corpus_search.errors import CorpusSearchError, FileError
from corpus_search.limits import DRAFT_S, MAX_DRAFT_BYTES, MAX_URL_BYTES, Turns, limited

_TYPES = {
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
"""The media types of a draft that the API takes."""

_ECHOED = 200_000
"""A pasted draft no longer than this, in characters, is shown again to be mended."""

MARKS = {
    Mark.VERBATIM: lazy_gettext("verbatim"),
    Mark.ALTERED: lazy_gettext("altered"),
    Mark.MISSING: lazy_gettext("not found"),
}
_DIFFERENCES = {
    Difference.WIDTH: lazy_gettext("width"),
    Difference.CASE: lazy_gettext("case"),
    Difference.SCRIPT: lazy_gettext("script"),
    Difference.BLANKS: lazy_gettext("blanks"),
    Difference.QUOTATION_MARKS: lazy_gettext("quotation marks"),
    Difference.REFERENCE_NUMBERS: lazy_gettext("reference numbers"),
    Difference.PUNCTUATION: lazy_gettext("punctuation"),
    Difference.EDGE: lazy_gettext("a word or number cut in two"),
}


def blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the part of the application that checks drafts against `corpus`, in `turns`."""
    made, views = Blueprint("check", __name__), _Views(corpus, turns)
    made.add_url_rule("/check", "page", views.page, methods=["GET", "POST"])
    made.add_url_rule("/api/check", "answer", views.answer, methods=["POST"])
    return made


class _Views:
    def __init__(self, corpus: Corpus, turns: Turns) -> None:
        self._corpus = corpus
        self._turns = turns

    def page(self) -> Response | tuple[str, int] | str:
        """Show the form, and what is said of the draft that was sent with it."""
        shown: dict[str, Any] = {"most": MAX_DRAFT_BYTES >> 20, "draft": "", "min_length": MIN_LENGTH}
        if request.method != "POST":
            return render_template("check.html", **shown)
        pasted, file = request.form.get("draft", ""), request.files.get("file")
        if len(pasted) <= _ECHOED:
            shown["draft"] = pasted
        try:
            if file and file.filename:
                shown["name"] = visible(file.filename)
                draft = read_draft(file.read(), name=file.filename)
            else:
                draft = draft_of(pasted)
        except FileError as error:
            return render_template(
                "check.html", problem=_reason(error, pasted=not (file and file.filename)), **shown
            ), 400
        found = self._checked(draft, MIN_LENGTH)
        page = render_template(
            "check.html",
            found=found,
            marks=MARKS,
            said=_said,
            where=_where,
            link=permalink,
            markup=piece_markup,
            **shown,
        )
        response = Response(page)
        response.headers["Cache-Control"] = "no-store"  # It is the sender's draft.
        return response

    def answer(self) -> Response:
        """Return what ``check --json`` prints."""
        try:
            return self._answer()
        except api.ParameterError as error:
            return api.error_answer(str(error), 400)
        except HTTPException as error:
            return api.http_failure(error)
        except CorpusSearchError as error:
            return api.failure(error)

    def _answer(self) -> Response:
        if len(request.query_string) > MAX_URL_BYTES:
            return api.error_answer(f"the address is longer than {MAX_URL_BYTES:,} bytes", 414)
        asked = api.Parameters("min_length")
        min_length = asked.number("min_length", default=MIN_LENGTH, low=2, high=1000)
        ending = _TYPES.get(request.mimetype)
        if ending is None:
            return api.error_answer(f"a draft is sent as one of {', '.join(_TYPES)}", 415)
        try:
            draft = read_draft(request.get_data(), name=f"draft{ending}")
        except FileError as error:
            return api.error_answer(error.reason, 400)
        response = api.answer(self._checked(draft, min_length).record())
        response.headers["Cache-Control"] = "no-store"
        return response

    def _checked(self, draft: Draft, min_length: int) -> DraftCheck:
        with limited(DRAFT_S):
            return self._corpus.ask(
                lambda searcher: check_draft(searcher, draft, min_length=min_length, turn=self._turns.turn)
            )


def _reason(error: FileError, *, pasted: bool) -> str:
    if pasted:
        return str(gettext("There is nothing to check: paste a draft, or choose a file."))
    return visible(str(error))


def _said(mark: Mark, place: Place | None) -> str:
    """Return what is said of a quotation, in a few words."""
    if place is None:
        return str(MARKS[mark])
    named = gettext(", ").join(str(_DIFFERENCES[difference]) for difference in place.differences)
    if mark is Mark.ALTERED:
        said = gettext("altered in %(num)d letters", num=place.edits)
        said += gettext(", and in %(what)s", what=named) if named else ""
    else:
        said = gettext("verbatim but for %(what)s", what=named) if named else gettext("verbatim")
    return str(said + (gettext(", with omissions") if place.has_cuts else ""))


def _where(where: Where) -> str:
    """Return the words for a place in a draft."""
    parts = [
        gettext("line %(num)d", num=where.line)
        if where.line is not None
        else gettext("paragraph %(num)d", num=where.paragraph),
        gettext("note %(label)s", label=visible(where.note)) if where.note else "",
        gettext("p. %(page)d", page=where.page) if where.page is not None else "",
    ]
    return " · ".join(filter(None, parts))
