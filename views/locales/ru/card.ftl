# Карточка фильма.
card-year = {" "}({ $year })
card-score = TMDB { $score } ({ $votes })
card-hours-minutes = { $hours } ч { $minutes } мин
card-hours = { $hours } ч
card-minutes = { $minutes } мин
card-directors = { $count ->
    [one] Режиссёр
   *[other] Режиссёры
}: { $names }
card-starring = В ролях: { $names }
card-own-rating = ★ { $value } — ваша оценка
card-own-rating-dated = ★ { $value } — ваша оценка, { $date }
card-push-late = в TMDB её пока нет
card-push-gone = в TMDB этого фильма больше нет
card-push-refused = TMDB её не принял
card-push-revoked = уйдёт в TMDB, когда вы снова его подключите
card-deleted = TMDB удалил этот фильм.
card-gone = В TMDB нет такого фильма.
card-away = TMDB сейчас не отвечает, а сведений об этом фильме здесь нет или они слишком стары. Попробуйте чуть позже: ничего не пропало.
card-how = Укажите номер фильма в TMDB, например <code>/movie 603</code>.
card-rate = ★ Оценить
card-trailer = ▶ Трейлер
card-tmdb = TMDB
card-watchlist = + В список
card-watchlist-on = ✓ В списке
card-watch = Где смотреть
card-cast = Актёры
card-crew = Создатели
card-similar = Похожие
card-more = Подробнее
card-share = Поделиться
card-open = Открыть
card-stub = Подробности появятся, когда вы откроете фильм.
card-adult = Этот фильм для взрослых. Такие фильмы показываются, если разрешить их в /settings.
card-adult-shared = Этот фильм для взрослых и здесь не показывается.
card-collection = Входит в коллекцию «{ $name }»
card-watching = Смотреть: { $providers } · JustWatch
card-days-ago = { $days ->
    [one] { $days } день назад
    [few] { $days } дня назад
   *[other] { $days } дней назад
}
card-again = Ещё раз

# Страны, которые в CLDR названы непривычно или которых в нём уже нет.
country-ae = ОАЭ
country-ba = Босния и Герцеговина
country-cd = ДР Конго
country-cf = ЦАР
country-cg = Конго
country-gb = Великобритания
country-hk = Гонконг
country-kr = Южная Корея
country-mm = Мьянма
country-mo = Макао
country-ps = Палестина
country-su = СССР
country-us = США
country-xc = Чехословакия
country-xg = ГДР
country-yu = Югославия
country-za = ЮАР
