"""Who does it? Whoosh: the default engine, pure Python, nothing to run.

========== ==========================================================================
`schema`   what a document of the index holds: terms with their counts, and columns
`codec`    how postings are stored: as arrays, without pickles
`bulk`     how postings are gathered and written
`snapshot` an open index as arrays
`writer`   how an index changes
`engine`   all of it behind the protocol of `corpus_search.engine`
========== ==========================================================================
"""

from corpus_search.engines.whoosh.engine import WhooshEngine

__all__ = ["WhooshEngine"]
