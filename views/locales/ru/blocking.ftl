block-how = Кого? Напишите /block и числовой id человека в Telegram, например /block 123456789.
unblock-how = Кого? Напишите /unblock и числовой id человека в Telegram, например /unblock 123456789.
block-done-blocked = { $id } заблокирован. Сохранённое осталось; /unblock вернёт доступ.
block-done-before = { $id } уже был заблокирован.
block-done-admin = { $id } — администратор, его нельзя заблокировать. Администраторов задаёт ADMIN_IDS.
unblock-done = { $id } снова может пользоваться ботом.
unblock-not-blocked = { $id } не был заблокирован.
block-nobody = Никто не заблокирован.
block-list = { $count ->
    [one] Заблокирован { $number } человек:
    [few] Заблокированы { $number } человека:
   *[many] Заблокировано { $number } человек:
}
block-line = { $id } · с { $date }
block-more = и ещё { $number }
