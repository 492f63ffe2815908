"""简体中文：`headway notice`。"""

MESSAGES: dict[str, str] = {
    "command.notice": "向所有观看者或某一个人发布公告；显示现有公告，或撤回",
    "option.notice.title": "公告内容（一行）；不填则显示当前有效的公告",
    "option.notice.level": "级别：info（默认）、warning、error",
    "option.notice.user": "只告知此人（其令牌中的名称）",
    "option.notice.lasts": "显示多久：90s、30m、2h、3d（默认 1d，最长 30d）",
    "option.notice.withdraw": "撤回公告 ID",
    "notice.none": "当前没有公告。",
    "notice.id": "公告",
    "notice.level": "级别",
    "notice.for": "对象",
    "notice.left": "还显示",
    "notice.title": "内容",
    "notice.everybody": "所有人",
    "notice.told": "已告知{user}，显示 {duration}。撤回：headway notice --withdraw {id}",
    "notice.withdrawn": "已撤回：{id}。",
    "notice.one_thing": "发布或撤回，一次只能做一件。",
    "notice.bad_duration": "{text!r} 不是时长：请写 90s、30m、2h 或 3d。",
}
