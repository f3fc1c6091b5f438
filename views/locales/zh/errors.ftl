# 纯文本，不超过 200 个字符：也可能显示在弹窗里。
error-database = 我暂时读不到自己的数据库。之前保存的内容都在，请过一分钟再试。
error-tmdb = TMDB 现在没有响应。您的数据没有丢失，请过几分钟再试。
error-gone = TMDB 上已经没有这部电影了。
error-revoked = TMDB 已断开与您账号的关联。评分仍保存在这里，发送 /link 即可重新关联。
error-not-linked = 您还没有关联 TMDB 账号，发送 /link 即可关联。
error-message-gone = 那条消息已无法更改，请重新打开一次。
error-telegram = 我的回复在发往 Telegram 的途中丢失了。您所做的更改已保存；如果缺少内容，请再问一次。
error-unexpected = 我这边出了点问题，机器人的管理者会看到。之前保存的内容都在，请再试一次。
error-not-allowed = 这是私人机器人，我无法在这里为您服务。需要由它的主人为您开通。
error-blocked = 您已无法使用此机器人。您保存的内容仍然保留，机器人的所有者可以恢复您的使用权限。
error-stale-button = 这个按钮已失效，请重新打开该页面。
error-unknown-command = 我不认识这个命令。请直接输入片名，或查看 /help。
error-not-understood = 我只看得懂文字，请输入片名。
error-slow-down = 有点太快了，请稍等片刻再继续。
error-chat = 我无权在本群发送这类内容。群管理员可以放行，也可以在私聊中使用。
