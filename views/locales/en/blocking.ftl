block-how = Whom? Write /block and the person’s numeric Telegram id, like /block 123456789.
unblock-how = Whom? Write /unblock and the person’s numeric Telegram id, like /unblock 123456789.
block-done-blocked = { $id } is shut out. What they had here is kept; /unblock lets them in again.
block-done-before = { $id } was shut out already.
block-done-admin = { $id } is an admin, so cannot be shut out. ADMIN_IDS says who the admins are.
unblock-done = { $id } may use the bot again.
unblock-not-blocked = { $id } was not shut out.
block-nobody = Nobody is shut out.
block-list = { $count ->
    [one] { $number } person is shut out:
   *[other] { $number } people are shut out:
}
block-line = { $id } · since { $date }
block-more = and { $number } more
