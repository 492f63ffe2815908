"""Numbers, times and states as people read them, in English and Chinese.

`conformance/formats.yaml` is the specification; the TypeScript console answers to the same cases. Rounding is half up on
``floor(x * 10^digits + 0.5)``, which gives the same digits in both languages. A missing value is an en dash, never "None".
"""

from __future__ import annotations

import math
from datetime import datetime, tzinfo
from typing import Any, Literal, cast

Language = Literal["en", "zh-CN"]
NOTHING = "–"

_UNITS: dict[Language, dict[str, str]] = {
    "en": {"ms": " ms", "s": " s", "m": "m", "h": "h", "d": "d", "gap": " "},
    "zh-CN": {"ms": " 毫秒", "s": " 秒", "m": " 分", "h": " 小时", "d": " 天", "gap": " "},
}
_STATES: dict[Language, dict[str, str]] = {
    "en": {
        "scheduled": "scheduled",
        "awaiting_approval": "awaiting approval",
        "queued": "queued",
        "running": "running",
        "pausing": "pausing",
        "paused": "paused",
        "cancelling": "cancelling",
        "retrying": "retrying",
        "succeeded": "succeeded",
        "failed": "failed",
        "cancelled": "cancelled",
        "timed_out": "timed out",
        "lost": "lost",
    },
    "zh-CN": {
        "scheduled": "已计划",
        "awaiting_approval": "等待批准",
        "queued": "排队中",
        "running": "运行中",
        "pausing": "正在暂停",
        "paused": "已暂停",
        "cancelling": "正在取消",
        "retrying": "等待重试",
        "succeeded": "成功",
        "failed": "失败",
        "cancelled": "已取消",
        "timed_out": "超时",
        "lost": "失联",
    },
}


def rounded(value: float, digits: int = 0) -> float:
    """Half up, away from zero for negative numbers."""
    scale = 10.0**digits
    return math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value)


def fixed(value: float, digits: int, language: Language = "en") -> str:
    """With exactly `digits` decimals and commas between thousands."""
    return f"{rounded(value, digits):,.{digits}f}"


def format_count(value: float | None, language: Language = "en") -> str:
    """A number of things: ``12,412``; a fraction keeps at most two decimals: ``3.5``."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if float(value).is_integer():
        return f"{int(value):,}"
    return fixed(value, 2).rstrip("0").rstrip(".")


def format_number(value: float | None, language: Language = "en") -> str:
    """A measured value, to four significant digits: ``0.9877``, ``12.35``, ``12,346``, ``1.2e-7``."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent >= 15:
        mantissa = fixed(value / 10.0**exponent, 2).rstrip("0").rstrip(".")
        return f"{mantissa}e{exponent}"
    digits = max(0, 3 - exponent)
    text = fixed(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_bytes(value: float | None, language: Language = "en") -> str:
    """Decimal units, as disks and networks count: ``999 B``, ``1.2 kB``, ``34 MB``."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if abs(value) < 1000:
        return f"{int(value)} B"
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if rounded(abs(value), 1) < 10:
            return f"{fixed(value, 1)} {unit}"
        if rounded(abs(value)) < 1000 or unit == "PB":
            return f"{fixed(value, 0)} {unit}"
    raise AssertionError("unreachable: PB ends the loop")


def format_duration(seconds: float | None, language: Language = "en") -> str:
    """How long something took: ``125 ms``, ``3.4 s``, ``42 s``, ``3m 12s``, ``2h 5m``, ``3d 4h``. Below zero (clocks differ) is 0."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    word = _UNITS[language]
    seconds = max(0.0, seconds)
    if seconds == 0:
        return f"0{word['s']}"
    if rounded(seconds, 3) < 1:
        return f"{int(max(1, rounded(seconds * 1000)))}{word['ms']}"
    if rounded(seconds, 1) < 10:
        return f"{fixed(seconds, 1)}{word['s']}"
    whole = int(rounded(seconds))
    if whole < 60:
        return f"{whole}{word['s']}"
    return _parts(whole, language)


def _parts(whole: int, language: Language) -> str:
    """Two units, largest first; a smaller unit of zero is left out."""
    word = _UNITS[language]
    if whole < 3600:
        large, small = (whole // 60, word["m"]), (whole % 60, word["s"].lstrip() if language == "en" else word["s"])
    elif whole < 86_400:
        large, small = (whole // 3600, word["h"]), (whole % 3600 // 60, word["m"])
    else:
        large, small = (whole // 86_400, word["d"]), (whole % 86_400 // 3600, word["h"])
    first = f"{large[0]}{large[1]}"
    return f"{first} {small[0]}{small[1]}" if small[0] else first


def format_elapsed(seconds: float | None, language: Language = "en") -> str:
    """A duration that goes on, as a clock that ticks whole seconds shows it: ``7 s``, ``1m 5s``."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    whole = int(max(0.0, seconds))
    return f"{whole}{_UNITS[language]['s']}" if whole < 60 else _parts(whole, language)


def format_eta(seconds: float | None, language: Language = "en") -> str:
    """Time that is left, no more exact than it can be known: whole seconds below a minute, then 5 s, then minutes."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    whole = int(rounded(max(0.0, seconds)))
    if whole < 1:
        return "< 1 s" if language == "en" else "不到 1 秒"
    if whole < 60:
        return f"{whole}{_UNITS[language]['s']}"
    return _parts(whole // 5 * 5 if whole < 3600 else whole // 60 * 60, language)


def format_ago(seconds: float | None, language: Language = "en") -> str:
    """How long ago, in one unit: ``now``, ``12 s ago``, ``3 min ago``, ``2 h ago``, ``5 d ago``."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    whole = int(max(0.0, seconds))
    if whole < 5:
        return "now" if language == "en" else "刚刚"
    for size, english, chinese in ((86_400, "d", "天"), (3600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒")):
        if whole >= size:
            return f"{whole // size} {english} ago" if language == "en" else f"{whole // size} {chinese}前"
    raise AssertionError("unreachable: whole is at least 5")


def format_rate(rate: float | None, unit: str | None = None, language: Language = "en") -> str:
    """Items a second; slow ones a minute or an hour: ``12.3 rows/s``, ``30/min``, ``4 files/h``."""
    if rate is None or not math.isfinite(rate) or rate < 0:
        return NOTHING
    words = ("s", "min", "h") if language == "en" else ("秒", "分", "小时")
    word = words[0]
    if 0 < rate < 1:
        rate, word = (rate * 60, words[1]) if rate * 60 >= 1 else (rate * 3600, words[2])
    if is_bytes(unit):
        return f"{format_bytes(rate)}/{word}"
    if rate >= 10_000:
        amount = _compact(rate)
    else:
        amount = fixed(rate, 1 if rounded(rate, 1) < 100 else 0)
        amount = amount.removesuffix(".0")
    return f"{amount} {unit}/{word}" if unit else f"{amount}/{word}"


def _compact(value: float) -> str:
    for unit in ("k", "M", "G", "T"):
        value /= 1000
        if rounded(value) < 1000 or unit == "T":
            return f"{fixed(value, 1 if rounded(value, 1) < 100 else 0)}{unit}"
    raise AssertionError("unreachable: T ends the loop")


def is_bytes(unit: str | None) -> bool:
    return unit in ("B", "byte", "bytes")


def format_percent(done: float | None, total: float | None, language: Language = "en") -> str:
    """Cut, never rounded up: 99.99 % is not 100 %. One decimal from 1,000 things on. Unknown total: an empty text."""
    if done is None or total is None:
        return ""
    if total <= 0:
        return "100%" if done >= total else "0%"
    if done >= total:
        return f"{math.floor(done * 100 / total)}%"
    scale = 10 if total >= 1000 else 1
    cut = min(math.floor(done * 100 * scale / total), 100 * scale - 1)
    return f"{cut // scale}.{cut % scale}%" if scale == 10 else f"{cut}%"


def format_progress(done: float | None, total: float | None, unit: str | None = None, language: Language = "en") -> str:
    """``1,204 / 30,000 rows``; without a total ``1,204 rows``; bytes as bytes."""
    if done is None:
        return ""
    if is_bytes(unit):
        return format_bytes(done) if total is None else f"{format_bytes(done)} / {format_bytes(total)}"
    amount = format_count(done) if total is None else f"{format_count(done)} / {format_count(total)}"
    return f"{amount} {unit}" if unit else amount


def format_state(state: str, language: Language = "en") -> str:
    """The word for a state; one that we do not know stays as it is."""
    return _STATES[language].get(state, state)


def format_outcome(outcome: str, language: Language = "en") -> str:
    """The word for how an attempt ended; one that we do not know stays as it is."""
    if outcome == "released":
        return "given back" if language == "en" else "已交还"
    return format_state(outcome, language)


def format_lines(count: int, language: Language = "en") -> str:
    if language == "zh-CN":
        return f"{count:,} 行"
    return f"{count:,} line" if count == 1 else f"{count:,} lines"


def format_lag(seconds: float | None, language: Language = "en") -> str:
    """Age of the newest news: whole milliseconds below a second."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    return format_duration(max(0.001, seconds), language)


def format_clock(at: str, zone: tzinfo | None = None, language: Language = "en") -> str:
    """Time of day of an ISO 8601 time, in `zone` (default: the machine's): ``09:30:00``."""
    try:
        return datetime.fromisoformat(at).astimezone(zone).strftime("%H:%M:%S")
    except ValueError:
        return at


def format_value(value: Any, language: Language = "en") -> str:
    """A JSON value in a cell of a table."""
    if isinstance(value, bool):
        words = {True: ("yes", "是"), False: ("no", "否")}[value]
        return words[0] if language == "en" else words[1]
    if isinstance(value, list):
        return ", ".join(format_value(item, language) for item in cast("list[Any]", value)) or NOTHING
    if value is None:
        return NOTHING
    if isinstance(value, int | float):
        return format_number(value, language)
    return str(value)
