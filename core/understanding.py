"""Filters out of plain words: English, Russian and Chinese, in any mixture."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from babel import Locale

from core.filters import FIRST_YEAR, GENRES, Filters, Role, Sort, Understanding
from core.search import full_year


def understand(text: str) -> Understanding:
    """Reads filters out of plain words, of the three languages in any mixture.

    Nothing here knows titles: that a film is called "Comedy", "2012" or "Her" is for the search to find
    first (services.search tells the rule). Filters leave nothing out: a text that says what is not wanted
    ("not horror") is none, lest it finds just that.
    """
    text = unicodedata.normalize("NFKC", text).lower().replace("ё", "е").replace("’", "'")
    rest = _Rest(" ".join(text.split()))
    year_from, year_to = _years(rest)
    found = rest.take(_SCORE)
    min_score = float(found[found.lastindex or 0].replace(",", ".")) if found else None
    genres = [genre for pattern, genre in _genre_patterns() if rest.take(pattern)]
    language = _language(rest)
    if rest.take(_ANIME):
        genres.append(16)
        language = language or "ja"
    if rest.take(_ROMCOM):
        genres += [35, 10749]
    is_series = bool(rest.take(_SERIES))
    role = next((role for role, pattern in _ROLES.items() if rest.take(pattern)), None)
    order = next(((to, found[0]) for to, pattern in _SORTS.items() if (found := rest.take(pattern))), None)
    sort: Sort = order[0] if order else "popularity"
    is_new = bool(rest.take(_NEW))
    if is_new and (year_from or year_to):
        is_new, sort = False, sort if order else "date"
    # "Best" and "top" alone are how titles begin.
    is_beginning = order is not None and order[1] == text and text.isalpha() and sort != "popularity"
    is_list = bool(rest.take(_FILMS)) or (order is not None and not is_beginning)
    keyword = _keyword(rest)
    if rest.is_negated:
        return Understanding(names=(" ".join(_WORD.findall(text)),))
    is_dated = year_from is not None or year_to is not None
    if not is_dated and (genres or language or is_list) and (found := rest.take(_SHORT_YEAR)):
        year_from = year_to = full_year(int(found[1]))
    filters = Filters(
        sort=sort,
        is_new=is_new,
        genres=tuple(sorted(set(genres), key=GENRES.index)),
        year_from=year_from,
        year_to=year_to,
        min_score=min_score,
        language=language,
    )
    return Understanding(filters, rest.names(), keyword, role, is_series, is_list)


def subject(name: str) -> list[str]:
    """What TMDB's keyword for it may be called, in lower case."""
    known = [keyword for keyword, pattern in _SUBJECTS.items() if pattern.fullmatch(name)]
    return [*known, name, name.removesuffix("s")]


class _Rest:
    """What is left of a text; bars stand where something was taken out, so that names do not join over it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.is_negated = False  # something was taken out that is not wanted

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, every match being taken out."""
        matches = list(pattern.finditer(self._text))
        if not matches:
            return None
        self.is_negated |= any(_NOT.search(self._text, 0, found.start()) for found in matches)
        self._text = pattern.sub(" | ", self._text)
        return matches[0]

    def names(self) -> tuple[str, ...]:
        """The runs of words that mean something by themselves."""
        bare = _NOISE.sub(" | ", self._text)
        runs = (" ".join(_WORD.findall(run)) for run in bare.split("|"))
        return tuple(filter(None, runs))


_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*")
# What ends before a word that is not wanted.
_NOT = re.compile(
    r"(?:(?<!\w)(?:not|no|non|without|except|excluding|не|нет|без|кроме)"
    r"\s*(?:-|(?:an?|the|any|про|хочу|надо|нужны)\s)?\s*"
    r"|(?<!\S)-|不要|不想看|不是|没有|沒有|除了|非)\Z"
)


def _pattern(words: str, han: str = "") -> re.Pattern[str]:
    """Whole words of alphabets, or Chinese ones, which stand without spaces."""
    alternatives = [rf"(?<!\w)(?:{words})(?!\w)"] if words else []
    return re.compile("|".join([*alternatives, *([f"(?:{han})"] if han else [])]))


# Years ----------------------------------------------------------------------------------------------

_Y = r"(?:18[7-9]\d|19\d\d|20\d\d)"
_YEARS_RANGE = re.compile(
    rf"(?:(?:from|between|с|между|从)\s*)?(?<!\d)(?P<first>{_Y})\s*(?:года?|гг?\.?|年)?\s*"
    rf"(?:-|–|—|\.\.|to|and|until|по|до|и|到|至)\s*(?P<last>{_Y}|\d\d)(?!\d)\s*(?:года?|гг?\.?|年)?(?!\w)"
)
_DECADE = re.compile(
    r"(?<!\d)(?P<century>18|19|20)?(?P<tens>\d)0\s*"
    r"(?:'?s|-?\s?(?:х|е|ых|ые|тых|тые)|-?\s?г(?:г|оды|одов)\.?|年代|世代)(?![^\W\d_a-z]*[а-я])"
    r"(?:\s*(?:годов|годы|гг?\.?))?(?!\w)|(?<!\d)(?P<century_zh>18|19|20)?(?P<tens_zh>\d)0\s*年代"
)
_DECADE_WORDS = {
    1920: _pattern("(?:nineteen )?twenties|двадцаты[ех]", "二十年代"),
    1930: _pattern("thirties|тридцаты[ех]", "三十年代"),
    1940: _pattern("forties|сороковы[ех]", "四十年代"),
    1950: _pattern("fifties|пятидесяты[ех]", "五十年代"),
    1960: _pattern("sixties|шестидесяты[ех]", "六十年代"),
    1970: _pattern("seventies|семидесяты[ех]", "七十年代"),
    1980: _pattern("eighties|восьмидесяты[ех]", "八十年代"),
    1990: _pattern("nineties|девяносты[ех]", "九十年代"),
    2000: _pattern("noughties|нулевы[ех]", "零零年代"),
    2010: _pattern("десяты[ех]", "一零年代"),
}
_UNIT = r"(?:\s*(?:года?|г\.?))?"
# The year itself belongs to "since" and "up to", not to "after" and "before".
_BOUNDS: tuple[tuple[re.Pattern[str], int, int], ...] = (
    (_pattern(rf"(?:not (?:before|older than)|не (?:раньше|ранее|старше))\s+(?P<year>{_Y}){_UNIT}"), 1, 0),
    (_pattern(rf"(?:not (?:after|newer than)|не (?:позже|новее))\s+(?P<year>{_Y}){_UNIT}"), -1, 0),
    (_pattern(rf"(?:before|older than|раньше|ранее|старше)\s+(?P<year>{_Y}){_UNIT}"), -1, -1),
    (re.compile(rf"(?<!\d)(?P<year>{_Y})\s*年?(?:以前|之前|前)"), -1, -1),
    (_pattern(rf"(?:until|till|up to|до|по|не позднее|<=?)\s*(?P<year>{_Y}){_UNIT}"), -1, 0),
    (_pattern(rf"(?:after|newer than|после|позже|новее)\s+(?P<year>{_Y}){_UNIT}"), 1, 1),
    (re.compile(rf"(?<!\d)(?P<year>{_Y})\s*年?(?:以后|以後|之后|之後|后|後|以来|以來|起)"), 1, 0),
    (_pattern(rf"(?:since|с|от|начиная с|>=?)\s*(?P<year>{_Y}){_UNIT}"), 1, 0),
    (_pattern(rf"(?P<year>{_Y})\s*(?:\+|and (?:up|later|newer))"), 1, 0),
    (_pattern(rf"from (?P<year>{_Y}) on(?:wards?)?"), 1, 0),
)
_SHORT_YEAR = re.compile(r"(?<!\S)(\d\d)\s*$", re.ASCII)
_SINGLE = re.compile(rf"(?<![\w.])(?P<year>{_Y})(?!\d)\s*(?:года?|г\.?|年)?(?![а-яa-z])")


def _years(rest: _Rest) -> tuple[int | None, int | None]:
    if found := rest.take(_YEARS_RANGE):
        first, last = int(found["first"]), found["last"]
        last_year = int(last) if len(last) == 4 else first // 100 * 100 + int(last)
        return min(first, last_year), max(first, last_year)
    if found := rest.take(_DECADE):
        tens = int(found["tens"] or found["tens_zh"])
        # Two digits: of the twenties and before, this century's.
        century = int(found["century"] or found["century_zh"] or (20 if tens <= 2 else 19))
        first = century * 100 + tens * 10
        return (first, first + 9) if first >= FIRST_YEAR else (None, None)
    for first, pattern in _DECADE_WORDS.items():
        if rest.take(pattern):
            return first, first + 9
    year_from = year_to = None
    for pattern, direction, beyond in _BOUNDS:
        if found := rest.take(pattern):
            year = int(found["year"]) + beyond
            if direction > 0:
                year_from = year
            else:
                year_to = year
    if year_from and year_to and year_from > year_to:
        year_from, year_to = year_to, year_from
    if year_from or year_to:
        return year_from, year_to
    found = rest.take(_SINGLE)
    return (int(found["year"]), int(found["year"])) if found else (None, None)


# Scores ---------------------------------------------------------------------------------------------

_S = r"(?<![\d.,])(?:10|[1-9](?:[.,]\d)?)(?![\d.,]*\d)"
_SCORE_BEFORE = (
    r"(?:(?:rated|rating|score[ds]?|with|imdb|tmdb|оценк\w+|рейтинг\w*|балл\w*|с)\s+)*"
    r"(?:above|over|at least|more than|higher than|from|от|выше|больше|более|не ниже|не меньше|>=?)"
)
_SCORE_AFTER = r"(?:\s*(?:and (?:up|above|higher)|и выше|баллов|балла|stars?|points?|/\s*10))*"
_SCORE = re.compile(
    rf"(?<!\w){_SCORE_BEFORE}\s*({_S}){_SCORE_AFTER}(?!\w)"
    rf"|(?<!\w)(?:rated|rating|score|рейтинг\w*|оценк\w+)\s+({_S})\+?{_SCORE_AFTER}(?!\w)"
    rf"|(?<!\w)({_S})\s*(?:\+|(?:and|и) (?:up|above|higher|выше))(?!\w)"
    rf"|(?:评分|評分|得分)?\s*(?:高于|高於|大于|超过|超過|至少|不低于)\s*({_S})\s*分?"
    rf"|(?:评分|評分|得分)?\s*({_S})\s*分?\s*(?:以上|及以上)"
)


# Genres ---------------------------------------------------------------------------------------------

_GENRES: dict[int, tuple[str, str]] = {
    878: (
        r"sci[- ]?fi|science[- ]fiction|sf|(?:научн\w+ )?фантастик\w?|(?:научно-)?фантастическ\w+|сай-?фай",
        "科幻片?",
    ),
    10770: (r"tv[- ](?:movies?|films?)|телефильм\w*", "电视电影|電視電影"),
    10749: (
        r"romances?|romantic|мелодрам\w*|романтическ\w+|романтик\w|про любовь|любовн\w+",
        "爱情片?|愛情片?|浪漫",
    ),
    28: (r"action(?: (?:movies?|films?))?|actioners?|боевик\w{0,3}|эк?шн\w?|экшен\w?", "动作片?|動作片?"),
    12: (r"adventures?|приключени\w+|приключенческ\w+", "冒险片?|冒險片?"),
    16: (
        r"animat(?:ion|ed)|cartoons?|мультфильм\w*|мультик\w*|мульт(?:ы|ов)?|анимаци\w+|анимационн\w+",
        "动画片?|動畫片?|卡通",
    ),
    35: (r"comed(?:y|ies|ic)|комеди\w{1,3}|комедийн\w+|смешн\w+", "喜剧片?|喜劇片?"),
    80: (r"crime|gangsters?|криминал\w*|гангстерск\w+", "犯罪片?|黑帮"),
    99: (
        r"documentar(?:y|ies)|docs|документал\w+",
        "纪录片|紀錄片|记录片",
    ),
    18: (r"dramas?|драм\w{0,2}|драматическ\w+", "剧情片?|劇情片?"),
    10751: (r"family|kids|(?:for )?children(?:'s)?|семейн\w+|детск\w+|для детей", "家庭片?|儿童片?"),
    14: (r"fantasy|ф[эе]нтези", "奇幻片?|魔幻"),
    36: (r"histor(?:y|ical)|историческ\w+", "历史片?|歷史片?"),
    27: (r"horrors?|scary|ужас(?:ы|ов|ах|ами|а)?|ужастик\w*|хоррор\w*|страшн\w+", "恐怖片?|鬼片"),
    10402: (r"music|musicals?|мюзикл\w*|музыкальн\w+", "音乐片?|音樂片?|歌舞片?"),
    9648: (r"myster(?:y|ies)|детектив\w*|мистик\w", "悬疑片?|懸疑片?|推理片?"),
    53: (r"thrillers?|триллер\w*", "惊悚片?|驚悚片?"),
    10752: (r"war|военн\w+|(?:про|о) войн[уеы]", "战争片?|戰爭片?"),
    37: (r"westerns?|вестерн\w*", "西部片?"),
}
_ANIME = _pattern("animes?|аниме", "动漫|動漫|日漫")
_ROMCOM = _pattern("rom[- ]?coms?|ромком\\w*")


@cache
def _genre_patterns() -> tuple[tuple[re.Pattern[str], int], ...]:
    return tuple((_pattern(*words), genre) for genre, words in _GENRES.items())


# Languages ------------------------------------------------------------------------------------------

# What films are made in, with the countries whose films are nearly all in one language.
_LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("af", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "el", "eo", "et"), ""),
    **dict.fromkeys(("eu", "gl", "he", "hr", "hu", "hy", "id", "is", "ka", "kk", "km", "kn", "ky"), ""),
    **dict.fromkeys(("la", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "nl", "no", "pa", "pl"), ""),
    **dict.fromkeys(("ro", "sk", "sl", "sq", "sr", "ta", "te", "tl", "uk", "ur", "uz", "vi", "zu"), ""),
    "da": "丹麦|丹麥",
    "de": "german|austrian|австрийск|德国|德國",
    "en": "american|british|hollywood|американск|британск|голливудск|美国|美國|英国|英國|好莱坞",
    "es": "mexican|argentin(?:e|ian)|мексиканск|аргентинск|西班牙",
    "fa": "iranian|иранск|伊朗",
    "fi": "芬兰|芬蘭",
    "fr": "法国|法國",
    "ga": "",
    "hi": "indian|bollywood|индийск|болливудск|印度|宝莱坞",
    "it": "意大利|義大利",
    "ja": "日本",
    "ko": "south korean|южнокорейск|韩国|韓國",
    "pt": "brazilian|бразильск|巴西|葡萄牙",
    "ru": "soviet|советск|俄罗斯|俄羅斯|苏联|蘇聯|俄国",
    "sv": "瑞典",
    "th": "泰国|泰國",
    "tr": "土耳其",
    "cn": "cantonese|hong ?kong|гонконгск|кантонск|粤语|粵語|香港|港片",
    "zh": "chinese|китайск|taiwanese|тайваньск|mandarin|中国|中國|华语|華語|国产|國產|中文|台湾|台灣",
}
_ENDING = "(?:ий|ие|ая|ое|ого|их|им|ими|ом|ому|ой|ую|и)"


def _language(rest: _Rest) -> str | None:
    found = [code for pattern, code in _language_patterns() if rest.take(pattern)]
    return found[0] if found else None


@cache
def _language_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    english, russian, chinese = (Locale.parse(name).languages for name in ("en", "ru", "zh_Hans"))
    patterns = []
    for code, more in _LANGUAGES.items():
        others = [word for word in more.split("|") if word]
        han = [word for word in others if not word[0].isascii() and not re.match("[а-я]", word)]
        cyrillic = [word for word in others if re.match("[а-я]", word)]
        latin = [word for word in others if word[0].isascii()]
        if name := english.get(code, ""):
            latin.append(re.escape(name.lower()))
        adjective = russian.get(code, "").replace("ё", "е")
        if adjective.endswith(("ский", "цкий")):
            cyrillic.append(adjective.removesuffix("ий"))
        if name := chinese.get(code, ""):
            han += [name, name.removesuffix("语") + "文"] if name.endswith("语") else [name]
        words = [
            rf"(?:in |на )?(?:{'|'.join(latin)})(?: language)?",
            *([rf"(?:на |по-)?(?:{'|'.join(cyrillic)}){_ENDING}(?: языке?)?"] if cyrillic else []),
        ]
        patterns.append((_pattern("|".join(words), "|".join(f"{word}片?" for word in han)), code))
    return tuple(patterns)


# Series, roles, order, subjects ---------------------------------------------------------------------

_SERIES = _pattern(
    r"(?:tv[- ])?(?:mini[- ]?)?series|tv[- ]?shows?|(?:мини-?\s?)?сериал\w{0,3}",
    "电视剧|電視劇|连续剧|連續劇|剧集|劇集",
)
_ROLES: dict[Role, re.Pattern[str]] = {
    "director": _pattern(r"direct(?:ors?|ed(?: by)?)|режиссер\w*|реж\.?|снял", "导演|導演|执导|執導"),
    "writer": _pattern(r"writers?|written by|screenwriter|сценари\w+|по сценарию", "编剧|編劇"),
    "actor": _pattern(
        r"actors?|actress(?:es)?|starring|with|актер\w*|актрис\w*|с участием|в главн\w+ рол\w+|со?",
        "主演|演员|演員",
    ),
}
_NEW = _pattern(
    r"new|newest|latest|recent|(?:самы[ех] )?(?:новы[ейх]|свежи[ех])|новинк\w|новейши[ех]|последни[ех]",
    "最新|新片|新上映|新(?=电影|的)",
)
_BY = "(?:(?:sort(?:ed)? |order(?:ed)? )?by |(?:отсортиру\\w+ |сортировк\\w+ )?по )"
_SORTS: dict[Sort, re.Pattern[str]] = {
    "trending": _pattern(r"trending|в тренде|тренд\w*|обсуждаем\w+", "趋势|趨勢|热议"),
    "score": _pattern(
        r"(?:(?:highest|top|best|highly)[- ]rated|best|greatest|top(?: ?\d+)?|самы[ех] лучш\w+|лучш\w+"
        rf"|топ(?:[ -]?\d+)?|{_BY}(?:score|rating|рейтингу|оценк[еа]м?)|с высоким рейтингом)",
        "按?评分最高|按?評分最高|按评分|按評分|最好|最佳|高分",
    ),
    "popularity": _pattern(
        rf"(?:most )?popular|{_BY}(?:popularity|популярности)|(?:самы[ех] )?(?:популярн\w+|известн\w+)",
        "按热度|按熱度|热门|熱門|流行",
    ),
    "date": _pattern(
        rf"{_BY}(?:(?:release )?date|year|дате(?: выхода)?|году(?: выхода)?)|newest first|сначала нов\w+",
        "按日期|按年份|按时间|按時間",
    ),
}
_ABOUT = re.compile(
    r"#(?P<tag>[^\W_]+(?:[-_][^\W_]+)*)"
    r"|(?<!\w)(?:about|про|о|об|обо)\s+(?P<subject>[^|#]+)"
    r"|(?:关于|關於)\s*(?P<subject_zh>[^|#]+?)(?=的|电影|電影|片|$)"
)
# Subjects by the names TMDB's keywords have, which are English only.
_SUBJECTS: dict[str, re.Pattern[str]] = {
    "zombie": _pattern(r"zombies?|зомби", "僵尸|殭屍|丧尸"),
    "vampire": _pattern(r"vampires?|вампир\w*", "吸血鬼"),
    "time travel": _pattern(r"time[- ]travels?|путешестви\w+ во времени", "时间旅行|時間旅行|穿越"),
    "space": _pattern(r"(?:outer )?space|космос\w?", "太空|宇宙"),
    "alien": _pattern(r"aliens?|пришельц\w+|инопланетян\w*", "外星人"),
    "heist": _pattern(r"heists?|ограблени\w+", "抢劫|盗窃"),
    "revenge": _pattern(r"revenge|мест[ьи]", "复仇|復仇"),
    "serial killer": _pattern(r"serial killers?|маньяк\w*|серийн\w+ убийц\w*", "连环杀手"),
    "superhero": _pattern(r"superheroe?s?|супергеро\w+", "超级英雄|超級英雄"),
    "robot": _pattern(r"robots?|робот\w*", "机器人|機器人"),
    "artificial intelligence (a.i.)": _pattern(
        r"a\.?i\.?|artificial intelligence|искусственн\w+ интеллект\w*", "人工智能|人工智慧"
    ),
    "world war ii": _pattern(
        r"world war (?:ii|2|two)|ww2|втор\w+ миров\w+(?: войн\w)?", "二战|二戰|第二次世界大战"
    ),
    "prison": _pattern(r"prisons?|тюрьм\w+", "监狱|監獄"),
    "school": _pattern(r"schools?|школ\w+", "校园|學校|学校"),
    "love": _pattern(r"love|любовь|любви", "爱|愛"),
    "dystopia": _pattern(r"dystopias?|антиутопи\w+", "反乌托邦"),
    "post-apocalyptic future": _pattern(r"post-?apocaly\w+|постапокалипс\w*", "末日|后末日"),
    "spy": _pattern(r"sp(?:y|ies)|шпион\w*", "间谍|間諜"),
    "dinosaur": _pattern(r"dinosaurs?|динозавр\w*", "恐龙|恐龍"),
    "shark": _pattern(r"sharks?|акул\w*", "鲨鱼|鯊魚"),
    "ghost": _pattern(r"ghosts?|привидени\w+|призрак\w*", "鬼魂|幽灵"),
    "witch": _pattern(r"witch(?:es)?|ведьм\w*", "女巫"),
    "dragon": _pattern(r"dragons?|дракон\w*", "龙|龍"),
    "pirate": _pattern(r"pirates?|пират\w*", "海盗|海盜"),
    "sports": _pattern(r"sports?|спорт\w?", "体育|體育"),
    "boxing": _pattern(r"boxing|бокс\w?", "拳击|拳擊"),
    "football (soccer)": _pattern(r"football|soccer|футбол\w?", "足球"),
    "chess": _pattern(r"chess|шахмат\w*", "国际象棋"),
    "christmas": _pattern(r"christmas|рождеств\w+", "圣诞|聖誕"),
    "new year's eve": _pattern(r"new year(?:'s)?(?: eve)?|нов\w+ год\w?|новогодн\w+", "新年"),
    "film noir": _pattern(r"(?:film )?noirs?|нуар\w*", "黑色电影|黑色電影"),
    "marvel cinematic universe (mcu)": _pattern("marvel|mcu|марвел\\w?", "漫威"),
}
_FILMS = _pattern("films|movies|flicks|фильмы|фильмов|кинофильмы|кинокартины", "电影|電影|影片|片子")
# Words that say no more than that films are meant.
_NOISE = _pattern(
    r"films?|movies?|flicks?|cinema|pictures?|фильм\w*|кино\w{0,5}|картин[ыаук]?\w?|лент[ыа]?|год(?:а|ов|ы)?|лет"
    r"|by|starring|from|in|of|and|the|a|an|от|в|и|на|по|с|за|для|или|or|for|some|me|show|find|good|найди|покажи|хочу|хорош\w+"
    r"|языке?|language|made|years?|set|imdb|tmdb",
    "电影|電影|影片|片子|好看|的|部|年|演|拍",
)


def _keyword(rest: _Rest) -> str | None:
    if not (found := rest.take(_ABOUT)):
        return None
    about = next(filter(None, found.groups())).replace("_", " ").strip(" .,!?")
    return subject(about)[0] if about else None
