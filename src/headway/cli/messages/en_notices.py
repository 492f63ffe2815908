"""English, of `headway notice`."""

MESSAGES: dict[str, str] = {
    "command.notice": "Tell everybody who looks on something, or one person; show what is told, take it back",
    "option.notice.title": "what to say, in one line; without it the notices that are valid are shown",
    "option.notice.level": "how grave it is: info (default), warning, error",
    "option.notice.user": "tell this person alone, by the name in their token",
    "option.notice.lasts": "show it for so long: 90s, 30m, 2h, 3d (default: 1d, at most 30d)",
    "option.notice.withdraw": "take the notice ID back",
    "notice.none": "Nothing is told.",
    "notice.id": "NOTICE",
    "notice.level": "LEVEL",
    "notice.for": "FOR",
    "notice.left": "FOR ANOTHER",
    "notice.title": "SAYS",
    "notice.everybody": "everybody",
    "notice.told": "Told {user}, for {duration}. Take it back with: headway notice --withdraw {id}",
    "notice.withdrawn": "Taken back: {id}.",
    "notice.one_thing": "Say something, or take something back; not both.",
    "notice.bad_duration": "{text!r} is not a duration: write 90s, 30m, 2h or 3d.",
}
