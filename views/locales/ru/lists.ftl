# Фильмы строками, в каком бы списке они ни стояли.
list-page = Страница { $page } из { $pages }
list-popularity = Популярные фильмы
list-score = Лучшие фильмы
list-date = Сначала новые
list-new = Новинки
list-trending = В тренде на этой неделе
list-empty = Здесь пока пусто: список пополнится, когда загрузятся фильмы.
list-none = Таких фильмов здесь нет. Уберите какой-нибудь фильтр.
list-none-but-rated = Таких фильмов здесь нет, или вы оценили их все. Уберите фильтр или покажите оценённые.
list-rated = { $count ->
    [one] Скрыт { $number } фильм: вы его уже оценили (/settings).
    [few] Скрыты { $number } фильма: вы их уже оценили (/settings).
   *[other] Скрыто { $number } фильмов: вы их уже оценили (/settings).
}
list-withheld = { $count ->
    [one] Не показан { $number } фильм: он для взрослых, или его больше нет на TMDB.
    [few] Не показаны { $number } фильма: они для взрослых, или их больше нет на TMDB.
   *[other] Не показано { $number } фильмов: они для взрослых, или их больше нет на TMDB.
}

filters-button = Фильтры
filters-posters = Постерами
filters-hide-rated = Скрыть оценённые
filters-show-rated = Показать оценённые
filters-title = Фильтры
filters-none = Не заданы: подходят все фильмы.
filters-passing = { $count ->
    [one] Подходит { $count } фильм.
    [few] Подходят { $count } фильма.
    [many] Подходят { $count } фильмов.
   *[other] Подходят { $count } фильма.
}
filters-passing-many = Подходит больше { $count } фильмов.
filters-genres = Жанры
filters-years = Годы
filters-score = Оценка
filters-language = Язык
filters-by-popularity = По популярности
filters-by-score = По оценке
filters-by-date = По дате
filters-new = Новинки
filters-trending = В тренде
filters-from-score = от { $score }
filters-decade = { $decade }-е
filters-year = { $year }
filters-since = с { $year }
filters-until = до { $year }
filters-role-actor = в ролях { $people }
filters-role-director = режиссёр { $people }
filters-role-writer = сценарист { $people }
filters-reset = Сбросить
filters-back = ‹ Назад
filters-show = Показать
filters-rated-hidden = Теперь в списках нет того, что вы оценили.
filters-rated-shown = Оценённые фильмы снова в списках.
filters-titles = Искать в названиях
