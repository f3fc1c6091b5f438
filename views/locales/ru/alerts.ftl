alert-severity-info = К сведению
alert-severity-warning = Внимание
alert-severity-error = Ошибка
alert-raised = { $severity }: <b>{ $title }</b>
alert-over = Закончилось: длилось { $duration }.
alert-seen = Принято к сведению: { $who }
alert-acknowledge = Принять к сведению
alert-acknowledged-already = Это уже принял к сведению кто-то другой.
alert-ended = Это уже позади.
alert-accept = Принять эту выгрузку
alert-accepted = Принято: выгрузка загружается.
alert-accepted-later = Принято. Сейчас уже загружается выгрузка; когда закончится, запустите ещё раз командой /sync export.
alert-accepted-not = Принимать больше нечего.
alert-open-run = Открыть запуск
alert-none = Всё в порядке.
alert-list = Что сейчас не так:
alert-list-seen = принято к сведению
alert-back = Назад
alert-days = { $count } д
alert-hours = { $count } ч
alert-minutes = { $count } мин
alert-moment = меньше минуты
alert-no-answer = без ответа

alert-no-daily-run-title = { $run_type ->
    [export] Ежедневная выгрузка запаздывает
    [delta] Изменения TMDB запаздывают
   *[bulk] Заполнение стоит на месте
}
alert-no-daily-run = Уже { $hours } ч ни один запуск не завершился успешно. Следующий начнётся сам в своё время; в последнем видно, что помешало. Ничего из того, что здесь есть, не потеряно, но оно устаревает.
alert-error-rate-title = Много неудачных запросов к TMDB
alert-error-rate = За последний час не удалось { $percent } % из { $calls } запросов задания «{ $job }» ({ $statuses }); допустимо { $threshold } %. Всё неудавшееся запрашивается снова само, со всё более долгими паузами. Если больше всего ответов 429, уменьшите TMDB_REQUESTS_PER_SECOND; если ответа нет, проверьте сеть и страницу состояния TMDB.
alert-slow-job-title = { $run_type ->
    [export] Ежедневная выгрузка загружается медленно
    [delta] Изменения TMDB приходят медленно
    [lists] Списки TMDB приходят медленно
    [stale] Устаревшие фильмы обновляются медленно
   *[bulk] Заполнение идёт медленно
}
alert-slow-job = Фильмов в секунду: { $rate }, а за последние 7 дней было { $average } в среднем. Ничего не потеряно, и делать ничего не нужно, пока это не затянется: тогда посмотрите, чем ещё заняты эта машина, её диск или TMDB.
alert-parked-title = Много отложенных фильмов
alert-parked = Фильмов, которые не удалось получить за много попыток: { $films }; допустимо { $threshold }. Они ждут вместе со своими ошибками, а всё известное о них остаётся. Кнопка в /sync запросит их все заново.
alert-export-suspicious-title = Выгрузка выглядит неправильно
alert-export-suspicious = Выгрузка TMDB за { $day } ({ $kind ->
    [adult_movie] фильмы для взрослых
   *[movie] фильмы
}) { $reason }. Она ничего не изменила: каталог остался прежним. Если вы знаете, в чём дело, примите её; если нет, дождитесь следующей.
alert-export-cut = обрывается на середине; фильмов в ней: { $lines }
alert-export-empty = не содержит ни одного фильма
alert-export-bad-lines = содержит слишком много нечитаемых строк; фильмов в ней: { $lines }
alert-export-shrunk = меньше прежнего: фильмов { $lines }, а было { $before }
alert-poster-disk-full-title = Место для постеров закончилось
alert-poster-disk-full = Постеры в пути занимают { $used } из { $budget } МБ на { $host }, уже { $hours } ч. Загрузки ждут; карточки по-прежнему получают свои постеры. Посмотрите в /posters, принимают ли их каналы, или увеличьте POSTER_DISK_BUDGET_MB.
alert-database-disk-low-title = Диск базы данных почти полон
alert-database-disk-low = Свободно { $free } МБ, а нужно { $threshold }. Пока ничего не потеряно, но без места PostgreSQL остановится, а с ним и всё остальное: пожалуйста, освободите его.
alert-channel-unusable-title = Канал не принимает постеры
alert-channel-unusable = Бот не может писать в канал { $channel }: { $error }. Сделайте его администратором, который может публиковать и удалять сообщения; он пробует снова каждые несколько минут. Постеры ждут, остальные каналы работают.
alert-oldest-row-title = Часть фильмов слишком устарела
alert-oldest-row = Самому старому ответу TMDB здесь { $days } дн. После 180 его фильм опустеет: таковы условия TMDB; оценки останутся. Посмотрите в /sync, что мешает обновить его: пауза, запоздавший запуск, отложенные фильмы.
alert-tmdb-key-refused-title = TMDB не принимает ключ
alert-tmdb-key-refused = Пока TMDB не примет ключ, ничего нового оттуда не придёт. Проверьте TMDB_ACCESS_TOKEN или TMDB_API_KEY на странице API вашего аккаунта TMDB, исправьте и перезапустите. Всё, что здесь есть, показывается, а оценки ждут отправки.
