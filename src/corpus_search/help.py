"""How does one ask? Examples of the query language, for the help page and ``query --help``; a test runs them all."""

from __future__ import annotations

from flask_babel import lazy_gettext

EXAMPLES = (
    ("日美同盟 半导体", lazy_gettext("passages with both first, then those with one")),
    ("“现代化同盟”", lazy_gettext('exactly this run of characters; also "…" 「…」 『…』')),
    ("半导体 AND 人工智能", lazy_gettext("both")),
    ("半导体 OR 量子", lazy_gettext("either")),
    ("半导体 -巴统", lazy_gettext("without; also NOT 巴统")),
    ("+半导体 合作", lazy_gettext("with +, a word must be there")),
    ("(半导体 OR 量子) AND 人工智能", lazy_gettext("brackets group, full-width ones too")),
    ("战?能动", lazy_gettext("? is one character, * is some: 同盟*")),
    ("aliance~", lazy_gettext("near misspellings of alphabetic words")),
    ("日本 NEAR/10 半导体", lazy_gettext("both within 10 characters")),
    ("note:森本敏", lazy_gettext("in notes; also body: ref: 脚注： 正文： 文献：")),
    (
        "body:美国 note:森本敏",
        lazy_gettext("passages on the one that rest on a note with the other; ref: an entry that they cite"),
    ),
    ("title:日美同盟 半导体", lazy_gettext("in articles so titled; also author: keyword: 标题： 作者： 关键词：")),
    ("heading:结语 和平宪法", lazy_gettext("in sections with this heading; also 章节：")),
    ("year:2020..2023 巴统", lazy_gettext("in these years; also year:2023 年份：")),
    ("kind:note 同上", lazy_gettext("of a kind: front, abstract, keywords, body, note, reference, back; 类型：")),
    ("doc:000 巴统", lazy_gettext("in documents with this in their name; also 文档：")),
)  # fmt: skip
"""Queries, and what they ask."""
