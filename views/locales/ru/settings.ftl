settings = <b>Настройки</b>
settings-own-name = Русский
settings-chosen = ✓ { $name }
settings-back = Назад

settings-language = Язык
settings-language-about = На каком языке я с вами говорю.
settings-language-is = Язык: { $value }

settings-films = Названия фильмов
settings-films-about = На этом языке будут названия и описания фильмов, если есть перевод.
settings-films-is = Названия фильмов: { $value }
settings-films-auto = на языке бота

settings-posters = Постеры
settings-posters-about = Если такого постера у фильма нет, будет оригинальный, а затем английский.
settings-posters-is = Постеры: { $value }
settings-posters-auto = как названия
settings-posters-none = без текста

settings-region = Регион
settings-region-about = Возрастной рейтинг, даты выхода и «где смотреть» берутся для этой страны.
settings-region-is = Регион: { $value }
settings-region-auto = по языку
settings-region-from-language = { $region } (по языку)

settings-scale = Оценки
settings-scale-about = Как ставить и показывать оценки. Сами они не меняются; звёзды показывают их с точностью до половины.
settings-scale-is = Оценки: { $value }
settings-scale-10 = от 1 до 10
settings-scale-5 = пять звёзд с половинами

settings-rated = Оценённые фильмы
settings-rated-about = В списках можно не показывать фильмы, которым вы уже поставили оценку.
settings-rated-is = Оценённые фильмы: { $value }
settings-rated-off = есть в списках
settings-rated-on = скрыты из списков

settings-adult = Фильмы для взрослых
settings-adult-about = Фильмы для взрослых и эротика находятся, только если вы их включите.
settings-adult-private = Они видны только в этом чате, но не в группах и не в сообщениях через @имя бота.
settings-adult-groups = Тогда они видны всем в группах, где вы спрашиваете, и в сообщениях через @имя бота.
settings-adult-is = Фильмы для взрослых: { $value }
settings-adult-off = скрыты
settings-adult-on = показаны
settings-adult-show = Показывать…
settings-adult-hide = Скрыть
settings-adult-sure =
    <b>Фильмы для взрослых</b>
    В поиске и списках появятся фильмы для взрослых и эротика, вместе с постерами. Продолжайте, только если вы совершеннолетний по законам своей страны.
settings-adult-yes = Да, мне можно: показывать
