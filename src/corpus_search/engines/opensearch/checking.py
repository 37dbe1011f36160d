"""What the cluster cannot tell alone: which of the texts that may match do.

A word with wildcards beside Latin letters, or things near each other that may be one in the other, are looked for by
what they must have, and then in the texts themselves, here. That is bounded: where more texts could match than are
looked at, the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable

from corpus_search.engines.opensearch.matching import NOTHING, Json
from corpus_search.engines.opensearch.view import Asking, View, chunks
from corpus_search.limits import check

MOST = 20_000
"""How many texts are looked at for one part of a query."""

_PAGE = 500


class TextChecker:
    """Looks into texts; `asking` is told where there were too many."""

    def __init__(self, view: View, asking: Asking, *, plain: bool) -> None:
        self._view = view
        self._asking = asking
        self._plain = plain
        self._known: dict[str, Json] = {}

    def __call__(self, candidates: Json, passes: Callable[[str], bool]) -> Json:
        """Return the query for the chunks that a query finds and whose texts pass."""
        name = f"{candidates}"
        if name not in self._known:
            self._known[name] = self._checked(candidates, passes)
        return self._known[name]

    def _checked(self, candidates: Json, passes: Callable[[str], bool]) -> Json:
        found = []
        query = chunks(self._view, candidates)
        source = ["folded", "plain", "number"]
        for looked_at, hit in enumerate(self._asking.walk(query, [{"number": "asc"}], source=source, page=_PAGE)):
            check()
            if looked_at == MOST:
                self._asking.missing.append(
                    f"more than {MOST:,} texts could match a part of this question that has to be looked for in the "
                    f"texts themselves, and only {MOST:,} were looked at; ask for something rarer"
                )
                break
            kept = hit["_source"]
            if passes(kept.get("plain") or kept["folded"] if self._plain else kept["folded"]):
                found.append(kept["number"])
        return {"terms": {"number": found}} if found else NOTHING
