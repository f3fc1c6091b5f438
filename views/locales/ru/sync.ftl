sync-title = <b>Синхронизация</b>
sync-paused = <b>Пауза</b>, уже { $span }. Заполнение, устаревшие фильмы, дельта, списки и постеры впрок ждут; люди, импорт и отправка оценок на TMDB — нет.
sync-daily-limit = <b>Слишком медленно:</b> с таким BULK_DAILY_LIMIT первое заполнение займёт ещё { $days } дн., а хранить данные TMDB можно только { $kept } дней.
sync-alerts = { $count ->
    [one] { $count } открытое оповещение: /alerts
    [few] { $count } открытых оповещения: /alerts
   *[many] { $count } открытых оповещений: /alerts
}
sync-stopped = Это сообщение больше не обновляется само.

sync-running = Идёт
sync-waiting = Ждёт
sync-films = Фильмы
sync-posters = Постеры
sync-queue = Очередь
sync-parked = Отложено
sync-review = Проверка
sync-delta = Дельта
sync-oldest = Возраст
sync-next = Дальше

sync-nothing = ничего
sync-none = пока нет
sync-empty = пуста
sync-attempt = попытка { $number }
sync-checked = проверено
sync-new = новых
sync-updated = обновлено
sync-failed = ошибок
sync-of = { $part } из { $whole }
sync-per-second = { $rate }/с
sync-per-minute = { $rate }/мин
sync-left = ещё { $span }
sync-until = до { $day }
sync-behind = отстаёт на { $span }

sync-reason-person = люди
sync-reason-import = импорт
sync-reason-change = изменения
sync-reason-new = новые
sync-reason-missing = пропавшие
sync-reason-list = списки
sync-reason-stale = устаревшие
sync-reason-backfill = заполнение

sync-do-export = Загрузить выгрузку
sync-do-bulk = Начать заполнение
sync-do-delta = Дельта сейчас
sync-do-lists = Списки сейчас
sync-do-pause = Пауза
sync-do-resume = Продолжить
sync-do-retry = Повторить отложенные
sync-do-reset = Сбросить…
sync-do-refresh = Обновить
sync-do-runs = Запуски

sync-started = Запущено: { $run }.
sync-started-paused = Принято: { $run }. Начнётся, когда закончится пауза.
sync-already-runs = Второй раз не запущено: { $run } — уже идёт, { $span }.
sync-already-waits = Второй раз не запущено: { $run } — уже в очереди и скоро начнётся.
sync-told-health = Проверка идёт; если что-то не так, это будет в /alerts.
sync-told-pause = Пауза. Люди, импорт и отправка оценок продолжаются.
sync-told-resume = Продолжаем.
sync-retried = { $count ->
    [0] Отложенных больше нет.
    [one] Ещё одна попытка для { $number } фильма.
    [few] Ещё одна попытка для { $number } фильмов.
   *[many] Ещё одна попытка для { $number } фильмов.
}

sync-reset-ask =
    <b>Сбросить синхронизацию?</b>
    Каждый фильм снова будет считаться устаревшим, а изменения начнут читаться с этой минуты.
    Ни один фильм, ни одна оценка и ни один постер не удаляются.
sync-reset-sure-button = Сбросить
sync-reset-sure =
    <b>Точно?</b>
    { $count ->
        [one] Заново загрузится { $films } фильм
        [few] Заново загрузятся { $films } фильма
       *[many] Заново загрузятся { $films } фильмов
    }: около { $span } на полной скорости, после всего, о чём просят люди.
sync-reset-yes-button = Да, всё заново
sync-reset-no-button = Нет
sync-reset-done = Сброшено. Все фильмы снова ждут обновления; фильмы, оценки и постеры на месте. Ход виден в /sync.
sync-reset-not = Ничего не сброшено.
