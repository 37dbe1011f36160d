"""Who does it faster? tantivy: an index in Rust, of the extra ``fast``.

========== =============================================================================================
`schema`   what a document of the index holds: characters in their places, pairs, words, columns
`counts`   how often a document has a term, taken from tantivy's score for it
`snapshot` an open index as arrays; quoted runs are tantivy's phrase queries over characters
`writer`   how an index changes
`engine`   all of it behind the protocol of `corpus_search.engine`
========== =============================================================================================

tantivy cuts texts into characters and pairs, keeps the postings and the texts, and finds runs. It does not rank: its
BM25 has other constants, fields and idf than ours, and hits have to be the same whichever engine finds them.
"""

from corpus_search.engines.tantivy.engine import TantivyEngine

__all__ = ["TantivyEngine"]
