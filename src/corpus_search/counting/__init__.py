"""How often, beside what, and where more than elsewhere? Corpus statistics over an open index.

============ ==================================================================================
`frequency`  how often something stands in each section, article or year
`collocates` which words stand beside it
`keyness`    which words are typical of some texts against the rest
`measures`   the formulas: log-likelihood, mutual information, logDice, Log Ratio, dispersion
`streams`    the words of all texts in reading order, as arrays, kept beside the index
`functional` which words are counted but not listed
`charts`     plots as SVG
`tables`     the same as CSV
============ ==================================================================================

What counts as an occurrence is what the concordance lists: a number here is so many lines there. Words are those that
the analyzer cuts texts into, folded but not stemmed; signs are no words.
"""
