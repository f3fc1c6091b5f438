settings =
    <b>Настройки</b>
    Язык: { $language }
settings-own-name = Русский
settings-chosen = ✓ { $name }
settings-toast = Язык: { $language }
