# 影人：卡片、作品与搜索
person-how = 请给出演员、导演或其他影人的姓名，例如 <code>/person 周润发</code>。
