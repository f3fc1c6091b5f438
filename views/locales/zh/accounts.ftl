link-approval =
    <b>关联 TMDB 账号</b>
    请在 TMDB 的页面上授权，完成后会直接回到这里。如果没有回来，请点“我已授权”。
    这个按钮仅供您本人使用，一小时内有效。
link-approve = 前往 TMDB 授权
link-have-approved = 我已授权
link-expired =
    授权已过期，或者结果在途中丢失了。目前没有关联任何账号。
    请用这个新按钮：
link-away = TMDB 现在没有响应，暂时无法关联。什么都没有丢失，请过几分钟再试。
link-try-again = 再试一次
link-not-approved = TMDB 还没有收到您的授权。请先在它的页面上授权，再回到这里。
link-away-on-return = TMDB 现在没有响应。您的授权没有丢失，请过一分钟再点一次。
link-already = 已关联 TMDB 账号 <b>{ $username }</b>。要换账号，请先用 /unlink 取消关联。
link-is-this-you =
    TMDB 显示该账号是 { $account }。是您吗？
    在您确认之前不会导入任何内容。
link-yes = 是我
link-no = 不是
link-linked = 已关联 TMDB 账号 <b>{ $username }</b>。今后您在这里的评分和想看片单也会同步到 TMDB。
link-declined = { $ended ->
    [yes] 没有关联任何账号，TMDB 上的授权也已撤销。
   *[no] 没有关联任何账号。TMDB 现在没有响应，恢复后会立即撤销授权。
}
link-voided-own = 有其他人打开了您的链接，它已作废，没有关联任何账号。请重新开始，不要把按钮转给别人。
link-voided-other =
    这个链接是为别人生成的，我已将它作废：您授权的内容没有落到对方手里。
    如果是有人让您打开的，请不要相信对方。
link-nothing-open = 目前没有等待中的授权。
link-needed = 这需要您的 TMDB 账号。
link-button = 关联 TMDB

offer = 关联之前，您在这里留下了{ $what }。要同步到 TMDB 吗？
offer-ratings = { $count } 个评分
offer-watchlist = { $count } 处想看片单的改动
offer-both = { $ratings }和{ $watchlist }
offer-send = 同步
offer-later = 暂不
offer-sent = 正在同步到 TMDB：{ $what }。
offer-kept = 这些都保留在这里，下次 /link 时会再次询问。

unlink =
    <b>要取消关联 { $username } 吗？</b>
    TMDB 上的评分和想看片单会留在那里。{ $count ->
        [0] 这里没有评分。
       *[other] 这里的 { $count } 条评分怎么处理？
    }
unlink-only = 取消关联
unlink-keep = 取消关联，保留这里的内容
unlink-remove = 取消关联，并在这里删除
unlink-stay = 保持关联
unlink-stayed = 账号仍处于关联状态，没有任何变化。
unlinked-kept = 已取消关联。您的评分和想看片单仍保留在这里。
unlinked-removed = 已取消关联。这里删除了 { $removed } 条评分，{ $kept ->
    [0] 没有剩下的。
   *[other] 保留了 TMDB 上没有的 { $kept } 条。
}想看片单也做了同样处理。
unlinked-session = { $ended ->
    [yes] TMDB 上的访问权限也已终止。
   *[no] TMDB 现在没有响应，恢复后会立即终止访问权限。
}

forget =
    <b>要删除您的全部信息吗？</b>
    以下内容将永久删除：语言、与 TMDB 的关联，以及{ $count ->
        [0] 尚未同步的评分。
       *[other] 保存在这里的 { $count } 条评分，无论是否已同步。
    }
    这里的想看片单也会一并删除。已在 TMDB 上的内容会留在那里。
forget-yes = 是的，全部删除
forget-no = 不，保留
forget-kept = 没有删除任何内容。
forgotten = 您的全部信息已删除。已在 TMDB 上的内容仍在那里。
