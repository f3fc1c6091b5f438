# Оценка из карточки.
rating-half-less = −½
rating-half-more = +½
rating-remove = Убрать
rating-remove-own = Убрать оценку
rating-back = Назад
rating-in-private = Точнее — в личном чате
rating-saved = ★ { $value } сохранено
rating-saved-goes-to-tmdb = ★ { $value } сохранено и уже на пути в TMDB
rating-removed = Оценка убрана
rating-removed-goes-to-tmdb = Оценка убрана, скоро её не будет и в TMDB
rating-already = Это уже сделано
rating-no-film = Этого фильма больше нет в каталоге
