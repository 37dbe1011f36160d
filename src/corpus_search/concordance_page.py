"""What does the page of a concordance show?

What is asked and an order in; what the template `concordance.html` shows, or a table for spreadsheets, out.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from corpus_search.concordance import Concordance, Order, as_csv
from corpus_search.results_page import GROUPS, LAST_PAGE, Asked, linking
from corpus_search.search import Searcher

PAGE_SIZE = 50
_TABLE = 10_000
_ORDERS = {
    Order.POSITION: lazy_gettext("position"),
    Order.LEFT: lazy_gettext("what stands before"),
    Order.RIGHT: lazy_gettext("what stands after"),
}


def _order(name: str) -> Order:
    return Order(name) if name in set(Order) else Order.POSITION


def _lines(searcher: Searcher, asked: Asked, order: Order, limit: int, offset: int) -> Concordance:
    return searcher.concordance(
        asked.text, limit=limit, offset=offset, sort=order, filters=asked.filters, exact_script=asked.exact_script
    )


def concordance_page(searcher: Searcher, asked: Asked, order: str) -> dict[str, Any]:
    """Return what the page shows. Raises `QueryError`."""
    chosen = _order(order)
    found = _lines(searcher, asked, chosen, PAGE_SIZE, (asked.page - 1) * PAGE_SIZE)
    named = {"order": chosen.value} if chosen is not Order.POSITION else {}
    page = asked.page
    return {
        "found": found,
        "pages": min(-(-found.total // PAGE_SIZE), LAST_PAGE),
        "orders": [
            (name, asked.but().link("concordance", order=order.value), order is chosen)
            for order, name in _ORDERS.items()
        ],
        "groups": [(name, asked.but(group=group).link()) for group, name in GROUPS.items()],
        "previous": asked.but(page=page - 1).link("concordance", **named),
        "following": asked.but(page=page + 1).link("concordance", **named),
        "table": asked.but().link("concordance_table", **named),
        "cut": found.total > _TABLE,
        "most": _TABLE,
        "link": linking(asked),
    }


def concordance_table(searcher: Searcher, asked: Asked, order: str) -> str:
    """Return the lines as CSV, the first ten thousand. Raises `QueryError`."""
    return "".join(as_csv(_lines(searcher, asked, _order(order), _TABLE, 0).lines))
