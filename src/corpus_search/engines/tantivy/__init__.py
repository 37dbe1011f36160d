"""Who does it faster? tantivy: an index in Rust, of the extra ``fast``.

=========== =============================================================================================
`schema`    what a document of tantivy's index holds: texts, columns, what narrows
`postings`  how the posting lists beside it are stored, as arrays
`inverting` how texts and terms become posting lists, by sorting
`segments`  which files of posting lists there are, how they are merged, read together and asked for runs
`snapshot`  an open index as arrays
`writer`    how an index changes
`engine`    all of it behind the protocol of `corpus_search.engine`
=========== =============================================================================================

tantivy keeps the texts and columns, knows what was deleted, and finds what narrows. It does not rank: its BM25 has
other constants, fields and idf than ours, and hits have to be the same whichever engine finds them. Postings that rank
would come out of it as one object of Python each, which takes longer than all the rest of a question; so they are kept
beside it as arrays.
"""

from corpus_search.engines.tantivy.engine import TantivyEngine

__all__ = ["TantivyEngine"]
