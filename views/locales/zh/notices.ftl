notice-session-revoked =
    TMDB 不再允许访问您的账号 <b>{ $username }</b>。您的评分都保留在这里，尚未发送的会等待。
    可用 /link 重新连接。
notice-link-voided =
    有别人使用了我给您的链接，因此它已作废：没有通过它连接任何账号。
    如要连接您的账号，请用 /link 获取新链接，并不要转发给他人。
notice-film = <b>{ $title }</b>
notice-a-film = 一部影片
notice-push-gone = TMDB 上已没有{ $film }，您的评分无法发送过去，已保留在这里。
notice-push-gone-watchlist = TMDB 上已没有{ $film }，那里的想看片单无法改动。这里保持您的选择。
notice-push-refused = TMDB 不接受您对{ $film }的评分，已保留在这里；重新评分即可再试一次。
notice-push-refused-watchlist = TMDB 不接受您对{ $film }在想看片单中的改动。这里保持您的选择；再点一次按钮即可重试。
