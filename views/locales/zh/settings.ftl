settings =
    <b>设置</b>
    语言：{ $language }
settings-own-name = 中文
settings-chosen = ✓ { $name }
settings-toast = 语言：{ $language }
