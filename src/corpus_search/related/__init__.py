"""What else is about this, and who cites the same? Passages and articles near a place of the corpus.

======== ======================================================================================
`works`  which works an article cites, as keys that are alike only for the same work
`citing` which articles cite which works, and where: for all articles at once
`alike`  what is like a passage or an article, and why
======== ======================================================================================
"""
