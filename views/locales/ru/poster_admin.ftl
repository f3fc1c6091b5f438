poster-how = Какой фильм? Напишите /poster и его номер на TMDB или ссылку на него.
poster-none = Ни один постер этого фильма не сохранён и не ожидается.
poster-status-missing = на TMDB такой картинки нет
poster-status-wanted = ждёт загрузки
poster-status-on-disk = на диске, ждёт своего канала
poster-status-in-telegram = в своём канале
poster-has-file-id = file_id известен
poster-kilobytes = { $count } кБ
poster-post = Запись в канале
poster-error = { $attempts ->
    [one] после { $attempts } попытки: { $error }
    [few] после { $attempts } попыток: { $error }
   *[many] после { $attempts } попыток: { $error }
}
poster-delete = Удалить { $number }
poster-sure = Удалить <code>{ $path }</code> из канала, с диска и из памяти? Данные фильма останутся.
poster-yes = Удалить
poster-no = Назад
poster-deleted = Удалено. Данные фильма остались; для следующей карточки постер загрузится заново.
poster-not-there = Такого постера уже нет.
poster-not-deleted = Telegram не удалил запись, постер будет загружен и опубликован заново: { $reason }

posters-dead = Мёртвых file_id
posters-dead-month = за 30 дней
posters-rate = { $rate }/мин
posters-limit = Telegram не принял { $rate }/мин
posters-paused = пауза { $span }
posters-set-aside = не используется { $span }
posters-prewarm-rests = Загрузка впрок приостановлена вместе с синхронизацией.
posters-prewarm-rests-for-move = Загрузка впрок ждёт конца переноса.
posters-prewarming = Загрузка впрок: просмотрено { $seen } из { $total } фильмов.
posters-prewarming-all = Загрузка впрок всех фильмов: просмотрено { $seen }.
posters-prewarm = Загрузить впрок…
posters-prewarm-how-many = Постеры скольких фильмов загрузить впрок, начиная с самых популярных? Они пойдут после того, что нужно людям и импорту.
posters-prewarm-all = Все фильмы
posters-delete = Удалить один
posters-move = Перенести в новый канал или бот
posters-show-move = Показать перенос
