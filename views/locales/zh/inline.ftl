# 结果上方的一行：手机上只显示四十个字符左右，要短。
inline-open = 打开与机器人的聊天
inline-nothing = 这里没有找到，到聊天中搜索
inline-away = 暂时无法查询，请一分钟后再试
inline-not-allowed = 此机器人不公开，可联系其所有者开通
inline-blocked = 您已无法使用此机器人
