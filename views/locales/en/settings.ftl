settings =
    <b>Settings</b>
    Language: { $language }
settings-own-name = English
settings-chosen = ✓ { $name }
settings-toast = Language: { $language }
