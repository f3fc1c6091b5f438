# Свои списки: «Буду смотреть», оценки, то и другое файлами.
list-chosen = ✓ { $what }

watchlist-heading = <b>Буду смотреть</b> · { $count ->
    [one] { $number } фильм
    [few] { $number } фильма
   *[other] { $number } фильмов
}
watchlist-empty = { $linked ->
    [yes] Список пуст. Кнопка «+ В список» на карточке добавит фильм и сюда, и в ваш список на TMDB.
   *[no] Список пуст. Кнопка «+ В список» на карточке добавит фильм сюда; /link перенесёт ваш список с TMDB.
}
watchlist-by-added = Сначала новые
watchlist-by-score = По рейтингу
watchlist-by-popularity = По популярности
watchlist-by-release = По дате выхода
watchlist-unreleased = выйдет { $date }
watchlist-added = Добавлено в список
watchlist-added-goes-to-tmdb = Добавлено в список и уже на пути в TMDB
watchlist-removed = Убрано из списка
watchlist-removed-goes-to-tmdb = Убрано из списка, скоро и в TMDB

own-heading = <b>Мои оценки</b> · { $count ->
    [one] { $number } фильм
    [few] { $number } фильма
   *[other] { $number } фильмов
}
own-empty = { $linked ->
    [yes] Вы пока ничего не оценили. Откройте фильм и нажмите «Оценить»; /import перенесёт оценки с TMDB.
   *[no] Вы пока ничего не оценили. Откройте фильм и нажмите «Оценить» или перенесите оценки с TMDB: /link.
}
own-score = ★ { $score }
own-decade = { $decade }-е
own-withheld = { $count ->
    [one] Не показана { $number } оценка: фильм для взрослых, или его больше нет на TMDB.
    [few] Не показаны { $number } оценки: фильмы для взрослых, или их больше нет на TMDB.
   *[other] Не показано { $number } оценок: фильмы для взрослых, или их больше нет на TMDB.
}
own-by-rated = Сначала последние
own-by-mine = По моей оценке
own-by-tmdb = По рейтингу TMDB
own-by-title = По названию
own-by-year = По году
own-sort-button = Порядок
own-score-button = Оценка
own-decade-button = Годы
own-genre-button = Жанр
own-picture = График
own-pick-sort = <b>В каком порядке?</b>
own-pick-score = <b>С какой оценкой?</b>
own-pick-decade = <b>Какое десятилетие?</b>
own-pick-genre = <b>Какой жанр?</b>
own-any = Любые
own-back = Назад
own-picture-scores = Мои оценки
own-picture-decades = По десятилетиям
own-picture-genres = По жанрам
own-picture-none = пока неизвестно
own-picture-caption = { $count ->
    [one] { $number } ваша оценка: по баллам, десятилетиям и жанрам
    [few] { $number } ваши оценки: по баллам, десятилетиям и жанрам
   *[other] { $number } ваших оценок: по баллам, десятилетиям и жанрам
}
own-nothing-to-draw = Рисовать пока нечего: оценок нет

export-empty = Выгружать пока нечего: нет ни оценок, ни фильмов в списке «Буду смотреть».
export-caption = Оценок: { $ratings }, в списке «Буду смотреть»: { $watchlist }. Файлы letterboxd принимает импорт Letterboxd, файлы imdb — всё, что понимает выгрузку IMDb; в JSON всё в точности.
export-without-imdb = { $count ->
    [one] У { $number } фильма нет номера на IMDb, он есть только в остальных файлах.
   *[other] У { $number } фильмов нет номера на IMDb, они есть только в остальных файлах.
}
