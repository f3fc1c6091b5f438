# Люди кино: карточки, фильмы, поиск. Запрос выделен жирным и читается оттуда обратно.
person-how = Укажите имя актёра, режиссёра или любого, кто делает кино, например <code>/person Роберт Де Ниро</code>.
person-query = Люди: <b>{ $query }</b>
person-none = Никого так не зовут ни здесь, ни в TMDB. Попробуйте одну фамилию или имя, как оно стоит в титрах.
person-none-here = Здесь никого так не зовут, а TMDB сейчас не отвечает. Попробуйте чуть позже.
person-incomplete = TMDB сейчас не отвечает, поэтому найдены могут быть не все.
person-nearest = Ровно с такими словами никого нет. Самые похожие имена:
person-old = Эти результаты уже нельзя листать. Пришлите имя ещё раз.
person-gone = В TMDB нет такого человека, или его там больше нет.
person-away = TMDB сейчас не отвечает, а здесь об этом человеке пока ничего нет. Попробуйте чуть позже.
person-stub = TMDB сейчас не отвечает. Это известно из титров; даты и биография появятся, когда вы попробуете ещё раз.
person-adult = Фильмы этого человека для взрослых. Такие фильмы показываются, если разрешить их в /settings.
person-adult-shared = Фильмы этого человека для взрослых и здесь не показываются.
person-born = Дата рождения: { $date }
person-born-in = { $year } г. р.
person-died = Дата смерти: { $date }
person-age = { $age ->
    [one] { $age } год
    [few] { $age } года
   *[other] { $age } лет
}
person-known-for = Известные фильмы: { $films }
person-films = Все фильмы
person-to-film = ‹ К фильму
person-back = ‹ К карточке человека
person-total = { $films ->
    [one] { $films } фильм
    [few] { $films } фильма
   *[other] { $films } фильмов
}
person-no-films = Фильмов здесь пока нет.
person-as = роль: { $character }
person-newest-first = Сначала новые
person-oldest-first = Сначала старые
person-role = { $role } · { $films }
person-role-all = Все фильмы
person-role-acting = Роли
person-role-directing = Режиссура
person-role-writing = Сценарий
person-role-production = Продюсирование
person-role-editing = Монтаж
person-role-camera = Съёмка
person-role-sound = Звук и музыка
person-role-art = Художники
person-role-costume = Костюмы
person-role-effects = Эффекты
person-role-lighting = Свет
person-role-crew = Другое
person-is-acting = { $gender ->
    [female] актриса
   *[other] актёр
}
person-is-directing = режиссёр
person-is-writing = сценарист
person-is-production = продюсер
person-is-editing = режиссёр монтажа
person-is-camera = оператор
person-is-sound = звук и музыка
person-is-art = художник
person-is-costume = костюмы и грим
person-is-effects = визуальные эффекты
person-is-lighting = постановка света
person-is-crew = съёмочная группа
