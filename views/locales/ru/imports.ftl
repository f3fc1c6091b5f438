import-title = Переношу ваши оценки из TMDB
import-reading = Читаю список…
import-progress = { $handled } из { $total }
import-applying = почти готово
import-seconds-left = осталось около { $seconds } с
import-minutes-left = осталось около { $minutes } мин
import-waiting = TMDB сейчас не отвечает. Всё, что пришло, сохранено; продолжу сам, как только ответит.

import-total = { $count ->
    [one] { $number } оценка
    [few] { $number } оценки
   *[other] { $number } оценок
}
import-summary = { $total }: { $changes }.
import-added = { $count ->
    [one] { $number } новая
   *[other] { $number } новых
}
import-changed = { $count ->
    [one] { $number } изменена
   *[other] { $number } изменено
}
import-removed = { $count ->
    [one] { $number } удалена
   *[other] { $number } удалено
}
import-failed = { $count ->
    [one] { $number } не перенесена
   *[other] { $number } не перенесено
}
import-unchanged = ничего не изменилось
import-nothing = В вашем аккаунте TMDB пока нет оценок. Всё, что вы оцените там, перенесёт следующий /import.
import-gone = { $count ->
    [one] { $count } фильма больше нет на TMDB: { $titles }
   *[other] { $count } фильмов больше нет на TMDB: { $titles }
}
import-unfetched = { $count ->
    [one] TMDB не смог показать { $count } фильм: { $titles }. /import попробует ещё раз.
    [few] TMDB не смог показать { $count } фильма: { $titles }. /import попробует ещё раз.
   *[other] TMDB не смог показать { $count } фильмов: { $titles }. /import попробует ещё раз.
}
import-unread = { $count ->
    [one] TMDB не смог показать { $number } оценку. Остальные здесь; /import попробует ещё раз.
    [few] TMDB не смог показать { $number } оценки. Остальные здесь; /import попробует ещё раз.
   *[other] TMDB не смог показать { $number } оценок. Остальные здесь; /import попробует ещё раз.
}
import-withheld = { $count ->
    [one] На TMDB, похоже, нет { $number } оценки. Это больше пятой части ваших, поэтому здесь она оставлена. Если она не нужна, удалите её на карточке фильма.
   *[other] На TMDB, похоже, нет { $number } оценок. Это больше пятой части ваших, поэтому здесь все оставлены. Если они не нужны, отключитесь через /unlink с удалением оценок и подключитесь снова: /link.
}
import-list-separator = , {""}
import-more = и ещё { $count }
import-unnamed = названия неизвестны
import-watchlist-title = Переношу список «Буду смотреть» из TMDB
import-watchlist = «Буду смотреть», { $count ->
    [one] { $number } фильм
    [few] { $number } фильма
   *[other] { $number } фильмов
}: { $changes }.
import-watchlist-added = { $count ->
    [one] { $number } новый
   *[other] { $number } новых
}
import-watchlist-removed = { $count ->
    [one] { $number } убран
   *[other] { $number } убрано
}
import-watchlist-unread = { $count ->
    [one] TMDB не смог показать { $number } фильм из списка «Буду смотреть». Остальные здесь; /import попробует ещё раз.
    [few] TMDB не смог показать { $number } фильма из списка «Буду смотреть». Остальные здесь; /import попробует ещё раз.
   *[other] TMDB не смог показать { $number } фильмов из списка «Буду смотреть». Остальные здесь; /import попробует ещё раз.
}
import-watchlist-away = TMDB не дал прочитать список «Буду смотреть». Здесь он остался прежним; /import попробует ещё раз.
import-watchlist-withheld = { $count ->
    [one] Из вашего списка на TMDB, похоже, исчез { $number } фильм. Это больше пятой части списка, поэтому здесь он оставлен. Если он не нужен, уберите его на карточке.
    [few] Из вашего списка на TMDB, похоже, исчезли { $number } фильма. Это больше пятой части списка, поэтому здесь они оставлены. Если они не нужны, уберите их на карточках.
   *[other] Из вашего списка на TMDB, похоже, исчезло { $number } фильмов. Это больше пятой части списка, поэтому здесь они оставлены. Если они не нужны, уберите их на карточках.
}
import-failed-away = TMDB не дал прочитать ваши оценки. Здесь ничего не изменилось; /import попробует ещё раз.
import-failed-revoked = Перенос остановлен: TMDB больше не пускает меня в ваш аккаунт. Всё, что было здесь, сохранено; /link подключит его снова.
import-failed-unlinked = Перенос остановлен: аккаунт отключён.
