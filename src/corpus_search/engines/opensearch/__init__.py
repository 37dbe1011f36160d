"""Who does it beyond one machine? OpenSearch: an index in a cluster, of the extra ``cluster``.

============ ===========================================================================================
`connection` one request: retried where that helps, its failures told as errors of ours
`schema`     what a document of the index holds: mapping and settings, texts cut into what is looked for
`store`      where an index lies: its alias, and the commit that is in force
`lease`      who may write it
`writer`     how an index changes: unseen until it is committed
`bulk`       how documents get there: many in a request, no faster than they are taken
`matching`   which chunks a query's nodes match, as a query of the cluster's
`checking`   what the cluster cannot tell alone, looked up in the texts of the few that could match
`scoring`    how well: the cluster's order, and the scores in full
`facets`     how many hits have which values
`pages`      a window on hits that are read page by page
`engine`     all of it behind the protocol of `corpus_search.engine`
============ ===========================================================================================

The cluster finds, ranks and counts; no plugin is needed on it, for all texts come cut into terms, parted by blanks.
What it holds of an index is a few documents more: the head, which says what is committed, the state in pieces, and the
words with their frequencies. So every machine with the address and the name of an index sees the same one; the index
folder on this one keeps a pointer to it, no more.
"""

from corpus_search.engines.opensearch.engine import OpenSearchEngine

__all__ = ["OpenSearchEngine"]
