"""Which labelled fields does a block hold?

Journals print what an article says of itself behind customary labels: 内容提要：, 关键词：, 作者简介：,
基金项目：, 中图分类号：, DOI：, 文章编号：, Abstract:, Keywords:. Here a block's text is cut at these labels, and
the values are read: names, keywords, numbers. Pure functions over text; offsets are into the text given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from corpus_search.article import Author


class Field(StrEnum):
    """What a labelled field tells."""

    ABSTRACT = "abstract"
    KEYWORDS = "keywords"
    ABSTRACT_EN = "abstract-en"
    KEYWORDS_EN = "keywords-en"
    AUTHOR_NOTE = "author-note"
    FUNDING = "funding"
    CLC = "clc"
    DOCUMENT_CODE = "document-code"
    DOI = "doi"
    ARTICLE_NUMBER = "article-number"
    OTHER = "other"
    BYLINE = "byline"
    """Authors and where they work: behind a label, or without one before the abstract on its own line."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A field in a block's text: its label is ``[start, value)``, what it says ``[value, end)``."""

    field: Field
    start: int
    value: int
    end: int


def _spaced(*words: str) -> str:
    return "|".join(r"[ \u3000]*".join(word) for word in words)


_WORDS: dict[Field, str] = {
    Field.ABSTRACT: _spaced("内容提要", "内容摘要", "中文摘要", "提要", "摘要", "文摘", "內容提要", "內容摘要"),
    Field.KEYWORDS: _spaced("关键词", "关键字", "主题词", "關鍵詞", "關鍵字", "中文关键词"),
    Field.ABSTRACT_EN: r"Abstracts?|ABSTRACT|Summary|SUMMARY",
    Field.KEYWORDS_EN: r"(?:[Kk]ey\s?-?[Ww]ords?|KEY\s?-?WORDS?)(?:\s+and\s+phrases)?|Index\s+Terms|INDEX\s+TERMS",
    Field.AUTHOR_NOTE: _spaced("作者简介", "作者介绍", "作者信息", "作者单位", "第一作者", "通讯作者", "通信作者", "作者簡介", "作者單位"),  # noqa: E501
    Field.FUNDING: _spaced("基金项目", "基金资助", "资助项目", "项目基金", "项目来源", "课题项目", "基金项目资助", "基金項目", "資助項目"),  # noqa: E501
    Field.CLC: _spaced("中图分类号", "中图法分类号", "分类号", "中圖分類號"),
    Field.DOCUMENT_CODE: _spaced("文献标识码", "文献标志码", "文獻標識碼"),
    Field.DOI: r"DOI|doi(?:号)?",
    Field.ARTICLE_NUMBER: _spaced("文章编号", "文章編號", "论文编号"),
    Field.BYLINE: _spaced("作者姓名", "作者", "著者"),
    Field.OTHER: _spaced(
        "收稿日期", "修回日期", "投稿日期", "接受日期", "录用日期", "出版日期", "网络首发", "引用格式", "引用本文", "本文引用格式",  # noqa: E501
        "论文引用格式", "日期", "版本", "邮箱",
    ) + r"|E-?mail|Corresponding authors?|Received|Citation",
}  # fmt: skip
_FIELDS = {f.name: f for f in _WORDS}
_OPEN = r"(?:#{1,6}[ \t]+)?(?:\*\*|__)?[【\[［〔(（]?[ \u3000]*"
_CLOSE = r"[ \u3000]*(?P<close>[】\]］〕)）])?(?:\*\*|__)?[ \u3000]*(?P<colon>[:：])?(?:\*\*|__)?[ \u3000]*"
_LABEL = re.compile(_OPEN + "(?:" + "|".join(f"(?P<{f.name}>{words})" for f, words in _WORDS.items()) + ")" + _CLOSE)
_HAN_STARTS = "".join(sorted({word[0] for words in _WORDS.values() for word in words.split("|") if word[0] > "\u3000"}))
_LABEL_STARTS = frozenset("#*_【[［〔(（ \u3000ACDEIKRSdk" + _HAN_STARTS)
"""What a label begins with, brackets and signs before it included: few blocks do."""
_LABEL_START = re.compile(f"{_OPEN}[ACDEIKRSdk{_HAN_STARTS}]")
# What may follow a label that lost its colon: a sentence, with or without a blank, a list, or what only it says.
_RUN_IN = {
    Field.ABSTRACT_EN: re.compile(r"[.—–-]|[A-Z“\[]"),
    Field.KEYWORDS_EN: re.compile(r"[.—–-]|[^.。]{2,60}[,;，；、]|.{3,240}(?<![.。])$"),
    Field.CLC: re.compile(r"[A-Z]\w?\d"),
    Field.ARTICLE_NUMBER: re.compile(r"\d{4}[-—–]"),
}
_ADMINISTRATIVE = frozenset(
    {
        Field.AUTHOR_NOTE,
        Field.FUNDING,
        Field.CLC,
        Field.DOCUMENT_CODE,
        Field.DOI,
        Field.ARTICLE_NUMBER,
        Field.OTHER,
    }
)


def _match_label(text: str, at: int, *, strict: bool) -> tuple[Field, int] | None:
    """Return the field whose label stands in `text` at `at`, and where its value begins.

    `strict` wants a colon or brackets; without it a Chinese label may run straight into its value, as scanned
    pages have it, and any label may stand alone.
    """
    if text[at : at + 1] not in _LABEL_STARTS or not _LABEL_START.match(text, at):
        return None
    match = _LABEL.match(text, at)
    if match is None:
        return None
    found = next(f for name, f in _FIELDS.items() if match[name])
    framed = bool(match.group("colon") or match.group("close"))
    alone = match.end() == len(text)
    if strict:
        good = framed
    elif found in _RUN_IN:
        good = framed or alone or bool(_RUN_IN[found].match(text, match.end()))
    elif found in (Field.ABSTRACT, Field.KEYWORDS, Field.DOI):
        good = True
    else:
        good = framed or alone
    return (found, match.end()) if good else None


# Behind a sentence, or wherever it cannot be anything else. (It begins with a set, which is searched for quickly.)
_POSSIBLE_LABEL = re.compile(
    rf"[#*_【\[［〔(（DdAKICRE{_HAN_STARTS}]"
    r"(?:(?<=[\s。；;．.）)】\]*].)|(?<=中)(?=图分类号[:：])|(?<=文)(?=(?:献标[识志]码|章编号)[:：]))"
)
_ABSTRACT_INSIDE = re.compile(
    rf"[【\[［〔(（]?(?:{_WORDS[Field.ABSTRACT]})[】\]］〕)）]?[ \u3000]*[:：]"
    rf"|[【\[［](?:{_WORDS[Field.ABSTRACT]})[】\]］]"
    r"|(?<=[\da-z)）])['’”]?\s?摘\s?要(?=\s?[\u4e00-\u9fff])"
)
_LONGEST_BYLINE = 400


def byline_segments(text: str) -> tuple[Segment, ...]:
    """Cut a block that holds a byline and, behind it on the same line, the abstract; empty if it does not."""
    # The search is slow, and few texts have what the words for an abstract are made of.
    head = text[:_LONGEST_BYLINE]
    inside = _ABSTRACT_INSIDE.search(text, 1, _LONGEST_BYLINE) if "摘" in head or "提" in head else None
    if not inside or "。" in text[: inside.start()]:
        return ()
    if not (names(text[: inside.start()]) or _WORKPLACE.search(text[: inside.start()])):
        return ()
    end = len(text[: inside.start()].rstrip())
    rest = segments(text[inside.start() :])
    shift = inside.start()
    return (
        Segment(Field.BYLINE, 0, 0, end),
        *(Segment(s.field, s.start + shift, s.value + shift, s.end + shift) for s in rest),
    )


_STRUCTURED = re.compile(r"[\[［【〔（(](?:研究)?(?:目的|背景|问题)(?:\s?[/／与和]\s?\w{2})?[\]］】〕）)]")


def unlabelled_abstract(text: str) -> tuple[Segment, ...]:
    """Take a block for an abstract that begins as structured ones do, ［目的/意义］…［方法］…, without saying so."""
    return (Segment(Field.ABSTRACT, 0, 0, len(text)),) if _STRUCTURED.match(text) and len(text) > 100 else ()


@lru_cache(maxsize=2_000)  # A labelled block is asked for again and again.
def segments(text: str, *, loose: bool = True) -> tuple[Segment, ...]:
    """Cut `text` at the labels in it; empty if it does not begin with one.

    `loose` reads scanned labels without their colon.
    """
    first = _match_label(text, 0, strict=not loose)
    if first is None:
        return ()
    cuts = [(first[0], 0, first[1])]
    for match in _POSSIBLE_LABEL.finditer(text):
        if match.start() <= cuts[-1][2]:
            continue
        found = _match_label(text, match.start(), strict=True)
        if found and (
            found[0] not in (Field.OTHER, Field.ABSTRACT, Field.ABSTRACT_EN) or cuts[-1][0] in _ADMINISTRATIVE
        ):
            cuts.append((found[0], match.start(), found[1]))
    ends = [start for _, start, _ in cuts[1:]] + [len(text)]
    return tuple(
        Segment(f, start, value, len(text[:end].rstrip())) for (f, start, value), end in zip(cuts, ends, strict=True)
    )


def is_administrative(text: str) -> bool:
    """Tell whether `text` begins with a label that no running text begins with (基金项目：, 收稿日期：)."""
    found = _match_label(text, 0, strict=True)
    return (found is not None and found[0] in _ADMINISTRATIVE and found[0] is not Field.OTHER) or bool(
        found and found[0] is Field.OTHER and re.match(r"[\W_]*(?:收|修|投|接|录|出|网|引|本|论)", text)
    )


_STARRED = re.compile(r"\\?[*＊※†‡]{1,3}\s*(?=本文|本研究|本论文|作者|感谢|基金|[\u4e00-\u9fff]{2,4}[，,：:（(])")


def is_starred_note(text: str) -> bool:
    """Tell whether `text` is an author's note at the foot of the first page (* 本文系…阶段性成果)."""
    return bool(_STARRED.match(text))


# --- values --------------------------------------------------------------------------------------------------

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NAME = re.compile(rf"[{_HAN}]{{2,4}}|[{_HAN}]{{1,6}}(?:[·•・][{_HAN}]{{1,8}})+")
_FORMULA = re.compile(r"\$[^$]*\$")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]{3,}")
_NAME_TOKEN = re.compile(rf"[{_HAN}·•・]+")
# What a place of work begins with, where a name runs into it without a blank: the country, its provinces and the cities
# of most universities (Ministry of Civil Affairs, list of administrative divisions).
_PLACES = (
    "中国|国家|国务院|教育部|中华|中共|全国|北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南"
    "|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|石家庄|太原|沈阳|大连|长春|哈尔滨|南京|苏州|杭州|宁波|合肥|福州|厦门|南昌|济南|青岛"
    "|郑州|武汉|长沙|广州|深圳|南宁|海口|成都|贵阳|昆明|拉萨|西安|兰州|西宁|银川|乌鲁木齐|清华|复旦|同济|浙大|中山|中央|首都|华东|华南|华北|华中"
    "|东北|西北|西南|东南|解放军|第[一二三四]军医"
)
_RUN_INTO_PLACE = re.compile(rf"([{_HAN}]{{2,3}}?)(?:{_PLACES})")
_LONGEST_NAMES = 1_500
"""A block longer than this, in characters, is no byline, whatever it begins with."""
_WORKPLACE = re.compile(r"大学|学院|研究|医院|公司|中心|实验室|图书馆|学校|局|厅|部$|所$|院$|馆$|系$|站$|社$|省|市|县")
# Surnames, the frequent ones first (Ministry of Public Security's yearly report on names, and the rarer ones of the
# Hundred Family Surnames), without those that are mostly other words (能, 从, 后).
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付"
    "方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞"
    "左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤时阳阎穆农司卓古吉缪简车项连芦麦"
    "褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀胥南"
    "班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿"
    "薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
    "傅洪萧赖骆代郁丘习昌诸贝凤竺糜台扬木畅僧位雒招酆贲钮滑荀羿汲邴牧隗宓蓬郗仰秋钭韶蓟鄂咸莘贡逄堵郦郤璩濮寿郏宦鱼慎庾终暨步禄殳蔚夔厍訾毋巢蒯桓"
    "張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭蔣葉蘇魏呂盧鍾譚陸範賈韋鄒鄔賀顧龔萬錢嚴湯樊齊喬龐顏聶魯關蘭單畢塗藍項連蘆婁黨費釋"
)
_COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "司徒",
    "夏侯",
    "端木",
    "长孙",
    "宇文",
    "歐陽",
    "司馬",
    "諸葛",
)


def names(text: str, *, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names in a byline (卢 昊 赵家敏), or nothing if `text` is no byline.

    Between names there may be blanks, commas, and the marks that lead to affiliations, whatever scanning made of them
    (王志敬」陈瑶惜¹, 李建彬 b†); a place of work may follow. A name of two characters may have a blank between them.
    Every name, but for one among several, must begin with a Chinese surname or be among `known`, which other parts of
    the article name as authors.
    """
    if len(text) > _LONGEST_NAMES:
        return ()
    bare = re.sub(r"[（(][^（）()]*[）)]", " ", _FORMULA.sub(" ", text))
    bare = re.split(r"[（(]", bare)[0].strip("*#_ \u3000")
    if _WORD.search(re.sub(r"\band\b", "", bare)):
        return ()
    tokens = _NAME_TOKEN.findall(bare)
    spaced_out = any(len(token) == 1 for token in tokens)
    found: list[str] = []
    waiting = ""
    for n, token in enumerate(tokens):
        if waiting:
            runs_in = len(token) > 4 and _WORKPLACE.search(token)
            found.append(waiting + (token[0] if runs_in else token))
            waiting = ""
            if runs_in:
                break
        elif len(token) == 1 or (token in _COMPOUND and len(tokens) > 1):
            waiting = token
        elif _NAME.fullmatch(token) and not (found and _WORKPLACE.search(token)):
            found.append(token)
        else:
            run_in = _RUN_INTO_PLACE.match(token)
            if run_in:
                found.append(run_in[1])
            elif not (found and _WORKPLACE.search("".join(tokens[n:]))):
                return ()
            break
    if waiting or not found or len(found) > 30:
        return ()
    if not all(_NAME.fullmatch(name) or name in known for name in found):
        return ()
    surnamed = sum(name in known or name[:2] in _COMPOUND or name[0] in _SURNAMES or "·" in name for name in found)
    # Among several names one may have a surname that no list has; what stands before a colon is no name.
    enough = surnamed == len(found) or (surnamed >= max(3, len(found) - 1) and not re.search("[:：]", bare))
    return tuple(found) if spaced_out or enough else ()


_FRAMED = re.compile(r"[\s\d]*[（(]|\s*(?:\d\s?[.．、]?\s*){1,2}[\u4e00-\u9fff]")


def is_affiliation(text: str) -> bool:
    """Tell whether `text` says where authors work: in brackets or numbered, with a place of work and no sentence."""
    framed = _FRAMED.match(text) if len(text) < 600 else None
    return bool(framed and _WORKPLACE.search(text) and "。" not in text)


_MARKED_NAME = re.compile(
    rf"(?<=[{_HAN}）)！!\s])\s*([{_HAN}]\s?[{_HAN}]{{1,2}})(?=\s?(?:[」』’'‘“”¹²³⁴⁵\d*†‡,，\\]|\$[^$]*\$)+\s*[{_HAN}]\s?[{_HAN}])"
)


def trailing_byline(title: str) -> int | None:
    """Return where a byline begins that stands on a title's own line, or None: names with marks, and nothing else."""
    if len(title) > _LONGEST_NAMES:
        return None
    for match in _MARKED_NAME.finditer(title):
        for start in (match.start(1), match.start(1) + 1):
            if start > 8 and title[start] in _SURNAMES and len(names(title[start:])) > 1:
                return start
    return None


def described_authors(text: str) -> tuple[Author, ...]:
    """Return the authors that an author note describes (卢昊，中国社会科学院…；赵家敏，…)."""
    found = []
    for piece in re.split(r"[；;。\n]+", text):
        match = re.match(
            rf"\s*(?:\d[.．]?\s*)?((?:[{_HAN}]\s?){{2,4}}?)\s*([，,：:]|[（(](?=\s*\d{{4}}))\s*(?=\S)", piece
        )
        if match:
            name = re.sub(r"\s", "", match.group(1))
            if name[0] in _SURNAMES or name[:2] in _COMPOUND:
                rest = piece[match.start(2) :] if match.group(2) in "（(" else piece[match.end() :]
                found.append(Author(name, rest.strip()))
    return tuple(found)


def keywords(text: str) -> tuple[str, ...]:
    """Return the keywords of a list, whatever separates them."""
    text = re.sub(r"\*\*|__", "", text).strip().rstrip("。.")
    for separator in (r"[；;]", r"[，,、]", r"[\s　]{1,}"):
        parts = [part.strip(" \u3000；;，,、") for part in re.split(separator, text)]
        if len(parts) > 1:
            break
    return tuple(part for part in parts if part)


def keywords_en(text: str) -> tuple[str, ...]:
    """Return the keywords of an English list."""
    parts = re.split(r"[;；]" if re.search("[;；]", text) else r"[,，]", text.strip().rstrip("."))
    return tuple(part.strip() for part in parts if part.strip())


_DOI_VALUE = re.compile(r"10\.\d{4,9}/[^\s，。；<>\"“”]+")
_ARTICLE_NUMBER = re.compile(
    r"(?P<issn>\d{4}[-—–]\d{3}[\dXx])\s*[（(]\s?(?P<year>\d{4})\s?[）)]\s*(?P<issue>\d{1,2}|[SZ]\d|增刊\d?)\s*[-—–]"
    r"\s*(?P<first>\d{3,5})\s*[-—–]\s*(?P<count>\d{1,3})"
)
_DOI_ISSUE = re.compile(r"[./](?P<year>(?:19|20)\d\d)\.(?P<issue>\d{1,2})\.\d{2,4}$")


def doi(text: str) -> str | None:
    """Return the DOI in `text`."""
    match = _DOI_VALUE.search(text)
    return match.group().rstrip(".,;)）】]*") if match else None


@dataclass(frozen=True, slots=True)
class ArticleNumber:
    """A Chinese journal's article number (文章编号): ISSN（year）issue-first page-number of pages."""

    printed: str
    year: int
    issue: str
    first_page: int
    page_count: int


def article_number(text: str) -> ArticleNumber | None:
    """Return the article number in `text`."""
    match = _ARTICLE_NUMBER.search(text)
    if not match:
        return None
    return ArticleNumber(match.group(), int(match["year"]), match["issue"], int(match["first"]), int(match["count"]))


def issue_of_doi(value: str) -> tuple[int, str] | None:
    """Return year and issue, where a DOI spells them out as CNKI's do (….2023.05.002)."""
    match = _DOI_ISSUE.search(value)
    return (int(match["year"]), match["issue"]) if match else None


def classes(text: str) -> tuple[str, ...]:
    """Return the class marks of the Chinese Library Classification in `text` (D831.3；D871.2)."""
    return tuple(re.findall(r"[A-Z]{1,2}[A-Z0-9]*(?:[./—–\-:+=()\d][A-Z0-9.]*)*\d*", text.replace("*", "")))
