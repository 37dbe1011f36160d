"""What else is about this, and who cites the same? Passages and articles near a place of the corpus.

======== ======================================================================================
`citing` which articles and passages cite the same works, by the catalogue of `works`
`alike`  what is like a passage or an article, and why
======== ======================================================================================
"""
