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
import-failed-away = TMDB не дал прочитать ваши оценки. Здесь ничего не изменилось; /import попробует ещё раз.
import-failed-revoked = Перенос остановлен: TMDB больше не пускает меня в ваш аккаунт. Всё, что было здесь, сохранено; /link подключит его снова.
import-failed-unlinked = Перенос остановлен: аккаунт отключён.
