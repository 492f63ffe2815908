"""Times ahead as people read them: what is left with its range, schedules, days. The cases are those of `conformance/formats.yaml`."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from headway.cli.formats import NOTHING, Language, format_eta

FIRST_WORD_SECONDS = 3.0
"""Before this nothing is said about the time left: a rate of a moment is no rate."""

_SIZES = ((172_800, 86_400, "d", "天"), (7200, 3600, "h", "小时"), (120, 60, "min", "分钟"), (0, 1, "s", "秒"))
"""From how many seconds on, of the upper end, a range is counted in which unit."""

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_LONG_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
_CHINESE_DAYS = "日一二三四五六"
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_NUMBERS = re.compile(r"\d{1,2}(,\d{1,2})*")
_STEP = re.compile(r"\*/(\d{1,2})")


def format_eta_range(
    seconds: float | None,
    done: float | None = None,
    total: float | None = None,
    elapsed_seconds: float | None = None,
    language: Language = "en",
) -> str:
    """Time that is left, from the least to the most: ``5–9 min``. The rule stands in `conformance/formats.yaml`."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if done is None or total is None or total <= 0:
        return format_eta(seconds, language)
    if done <= 0 or (elapsed_seconds is not None and elapsed_seconds < FIRST_WORD_SECONDS):
        return NOTHING
    seconds = max(0.0, seconds)
    spread = (1 - min(1.0, done / total)) / 2
    if seconds * (1 + spread) < 1:
        return format_eta(0, language)
    return _range(seconds * (1 - spread), seconds * (1 + spread), language)


def format_spell(low: float | None, high: float | None, language: Language = "en") -> str:
    """A time that lies between two: ``3–4 min``. Both ends as in `format_eta_range`."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    return format_eta(0, language) if high < 1 else _range(max(0.0, low), high, language)


def format_about(seconds: float | None, language: Language = "en") -> str:
    """A time that is not known exactly, in one unit: ``about 3 min``."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if seconds < 1:
        return format_eta(0, language)
    size, english, chinese = next(unit[1:] for unit in _SIZES if seconds >= unit[0])
    step = _fives(size, seconds)
    amount = max(step, math.floor(seconds / size / step + 0.5) * step)
    return f"about {amount} {english}" if language == "en" else f"约 {amount} {chinese}"


def _fives(size: int, seconds: float) -> int:
    return 5 if size == 1 or (size == 60 and seconds > 1800) else 1


def _range(low: float, high: float, language: Language) -> str:
    size, english, chinese = next(unit[1:] for unit in _SIZES if high >= unit[0])
    step = _fives(size, high)
    first = math.floor(low / size / step) * step
    last = math.ceil(high / size / step) * step
    unit = english if language == "en" else chinese
    if first == 0:
        return f"< {last} {unit}" if language == "en" else f"不到 {last} {unit}"
    return f"{last} {unit}" if first == last else f"{first}–{last} {unit}"


def format_date(at: str | None, now: str | None = None, zone: str | None = None, language: Language = "en") -> str:
    """Day and time: ``Nov 22, 09:30``; with the year where it is not this one. `zone`: an IANA name, None: the machine's."""
    if at is None:
        return NOTHING
    try:
        place = _zone(zone)
        when = datetime.fromisoformat(at).astimezone(place)
        present = (datetime.fromisoformat(now) if now else datetime.now(UTC)).astimezone(place)
    except (ValueError, ZoneInfoNotFoundError):
        return at
    is_far = when.year != present.year
    clock = f"{when:%H:%M}"
    if language == "zh-CN":
        return f"{f'{when.year}年' if is_far else ''}{when.month}月{when.day}日 {clock}"
    return f"{_MONTHS[when.month - 1]} {when.day}, {f'{when.year}, ' if is_far else ''}{clock}"


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    return UTC if name == "UTC" else ZoneInfo(name)


def format_cron(expression: str | None, language: Language = "en") -> str:
    """A schedule as a sentence: ``every day at 02:30``; a pattern that has none stays as it is."""
    if expression is None:
        return NOTHING
    expression = expression.strip()
    fields = _MACROS.get(expression.lower(), expression).split()
    if len(fields) != 5:
        return expression
    return _often(fields, language) or _at_times(fields, language) or expression


def _often(fields: list[str], language: Language) -> str | None:
    """What comes every so many minutes or hours."""
    minute, hour, *days = fields
    if days != ["*", "*", "*"]:
        return None
    is_english = language == "en"
    if hour == "*" and (step := _step(minute, 60)):
        if step == 1:
            return "every minute" if is_english else "每分钟"
        return f"every {step} minutes" if is_english else f"每 {step} 分钟"
    step = _step(hour, 24)
    minutes = _numbers(minute, 0, 59)
    if step is None or minutes is None or len(minutes) != 1:
        return None
    often = ("every hour", "每小时") if step == 1 else (f"every {step} hours", f"每 {step} 小时")
    if minutes == [0]:
        return often[0] if is_english else often[1]
    return f"{often[0]} at :{minutes[0]:02}" if is_english else f"{often[1]}的第 {minutes[0]} 分"


def _step(field: str, size: int) -> int | None:
    """How far apart, where that is the same all day: ``*/7`` begins anew with each hour."""
    if field == "*":
        return 1
    found = _STEP.fullmatch(field)
    step = int(found[1]) if found else 0
    return step if step and step < size and size % step == 0 else None


def _at_times(fields: list[str], language: Language) -> str | None:
    """What comes on certain days at certain times."""
    minutes, hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
    days = _days(fields[2], fields[3], fields[4], language)
    if minutes is None or hours is None or days is None or len(minutes) != 1:
        return None
    times = [f"{hour:02}:{minutes[0]:02}" for hour in hours]
    return f"{days} at {_and(times)}" if language == "en" else f"{days} {'、'.join(times)}"


def _days(day: str, month: str, weekday: str, language: Language) -> str | None:
    is_english = language == "en"
    if (day, month, weekday) == ("*", "*", "*"):
        return "every day" if is_english else "每天"
    if (day, month) == ("*", "*"):
        return _weekdays(weekday, language)
    numbers, months = _numbers(day, 1, 31), _numbers(month, 1, 12)
    if weekday != "*" or numbers is None:
        return None
    if month == "*":
        if is_english:
            return f"on day{'s' if len(numbers) > 1 else ''} {_and([str(number) for number in numbers])} of every month"
        return "每月 " + "、".join(f"{number} 日" for number in numbers)
    if months is None or len(months) > 1 or len(numbers) > 1:
        return None
    return f"every year on {_LONG_MONTHS[months[0] - 1]} {numbers[0]}" if is_english else f"每年 {months[0]} 月 {numbers[0]} 日"


def _weekdays(field: str, language: Language) -> str | None:
    for number, name in enumerate(_DAYS):
        field = re.sub(name[:3], str(number), field, flags=re.IGNORECASE)
    first, dash, last = field.partition("-")
    ends = [_numbers(end, 0, 7) for end in (first, last)] if dash else []
    if dash:
        named = [end[0] for end in ends if end is not None and len(end) == 1]
        if len(named) != 2 or named[0] >= named[1]:
            return None
        if language == "en":
            return f"{_DAYS[named[0]]} to {_DAYS[named[1] % 7]}"
        return f"周{_CHINESE_DAYS[named[0]]}至周{_CHINESE_DAYS[named[1] % 7]}"
    numbers = _numbers(field, 0, 7)
    if numbers is None:
        return None
    # The week is told from Monday on, in both languages.
    numbers = sorted({number or 7 for number in numbers})
    if language == "en":
        return f"every {_and([_DAYS[number % 7] for number in numbers])}"
    return "每" + "、".join(f"周{_CHINESE_DAYS[number % 7]}" for number in numbers)


def _numbers(field: str, least: int, most: int) -> list[int] | None:
    """Numbers of a list, in order and once each; None for any other pattern."""
    if not _NUMBERS.fullmatch(field):
        return None
    numbers = sorted({int(part) for part in field.split(",")})
    return numbers if least <= numbers[0] and numbers[-1] <= most else None


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
