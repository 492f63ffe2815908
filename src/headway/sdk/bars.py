"""A line that a program repaints, read as a progress bar.

One small function a form, tried in order from the particular to the general; each is pure and says None where the text is not its
own. What they know is what the tools print today (`tests/unit/sdk/bar_samples.py`); a form that nobody knows is told as status
text instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from headway.model.bounds import MESSAGE_TEXT, NAME_TEXT, UNIT_TEXT

LONGEST = 600
"""Characters of a line that may be a bar: terminals are not wider, and reading stays quick whatever is written."""
AGREEMENT = 2.0
"""Percent by which a percentage and a count beside it may differ, and still speak of the same thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a bar says: `done` of `total` in `unit` (bytes are ``B``), and the words around it."""

    done: float
    total: float | None = None
    unit: str | None = None
    name: str = ""
    message: str | None = None
    elapsed_seconds: float | None = None

    @property
    def is_complete(self) -> bool:
        return self.total is not None and self.done >= self.total


@lru_cache(maxsize=256)
def read_bar(text: str) -> Reading | None:
    """The bar that a repainted line shows, without its colours; None if it is none."""
    return _first(_REPAINTED, text.strip())


def read_line(text: str) -> Reading | None:
    """The same for programs that draw by writing whole lines, one for each look (wget to a file, ``pip --progress-bar raw``)."""
    if text[:9] != "Progress " and "K ....." not in text[:24]:
        return None  # asked of every line: nearly all of them end here
    return _first(_WRITTEN, text.strip())


def without_spinner(text: str) -> str:
    """A status line without the one glyph that turns, so that a turning wheel is not news."""
    return _SPINNER.sub("", text).strip()


def _first(forms: tuple[Callable[[str], Reading | None], ...], text: str) -> Reading | None:
    if len(text) > LONGEST or not _DIGIT.search(text):
        return None
    for form in forms:
        reading = form(text)
        if reading is not None:
            return reading
    return None


_DIGIT = re.compile("[0-9]")
_SPINNER = re.compile(r"^[⠀-⣿◐-◓◜-◟●○✶✸✹✺|/\\*-](?=\s)|(?<=\s)[⠀-⣿◐-◓◜-◟●○|/\\*-]$")
_FACTORS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}


def _number(text: str, scale: str = "", base: int = 1000) -> float:
    """``12.3`` and ``M`` as 12300000; whole where it is."""
    value = float(text.replace(",", "")) * base ** _FACTORS[scale.lower()]
    return int(value) if value == int(value) else round(value, 3)


def _seconds(text: str) -> float:
    """``01:02`` or ``1:02:03``."""
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds


# tqdm: "epoch:  45%|████▌     | 45/100 [00:01<00:01, 30.3it/s, loss=0.3]", and "45it [00:01, 30.3it/s]" without a total

_TQDM = re.compile(
    r"^(?P<name>.*?):? *\d+(?:\.\d+)?%\|[^|]*\| *(?P<done>[\d.]+[kMGTPE]?)/(?P<total>[\d.]+[kMGTPE]?) "
    r"\[(?P<elapsed>\d+(?::\d+)+)<[\d:?]+(?:, *(?P<rate>[^\],]*))?(?:, *(?P<message>.*))?\]$"
)
_TQDM_COUNTER = re.compile(
    r"^(?:(?P<name>.*?): *)?(?P<count>[\d.]+\S*) \[(?P<elapsed>\d+(?::\d+)+), *(?P<rate>[^\],]+)(?:, *(?P<message>.*))?\]$"
)
_TQDM_RATE = re.compile(r"^(?:\?|[\d.]+)(?P<fast>[^\d/]*)/s$|^(?:\?|[\d.]+)s/(?P<slow>.+)$")
_TQDM_NUMBER = re.compile(r"^([\d.]+)([kMGTPE]?)$")


def _tqdm(text: str) -> Reading | None:
    found = _TQDM.match(text)
    if found is None:
        return None
    done, total = (_TQDM_NUMBER.match(found[which]) for which in ("done", "total"))
    if done is None or total is None:
        return None
    is_scaled = bool(total[2]) or "." in total[1]
    return Reading(
        done=_number(done[1], done[2]), total=_number(total[1], total[2]) or None, unit=_tqdm_unit(found["rate"], is_scaled=is_scaled),
        name=_name(found["name"]), message=_short(found["message"]), elapsed_seconds=_seconds(found["elapsed"]),
    )  # fmt: skip


def _tqdm_counter(text: str) -> Reading | None:
    found = _TQDM_COUNTER.match(text)
    if found is None:
        return None
    for is_scaled in (True, False) if "." in found["count"] else (False, True):
        unit = _tqdm_unit(found["rate"], is_scaled=is_scaled)
        if unit is not None and (done := _TQDM_NUMBER.match(found["count"].removesuffix(unit))):
            return Reading(
                done=_number(done[1], done[2]), unit=unit, name=_name(found["name"] or ""), message=_short(found["message"]),
                elapsed_seconds=_seconds(found["elapsed"]),
            )  # fmt: skip
    return None


def _tqdm_unit(rate: str | None, *, is_scaled: bool) -> str | None:
    """``it`` of ``30.3it/s``, ``B`` of ``1.2MB/s`` when numbers are scaled (and so the rate is), ``it`` of ``1.20s/it``."""
    found = _TQDM_RATE.match((rate or "").strip())
    if found is None:
        return None
    unit = found["fast"] if found["slow"] is None else found["slow"]
    if is_scaled and found["slow"] is None and len(unit) > 1 and unit[0] in "kMGTPE":
        unit = unit[1:]
    return unit.strip()[:UNIT_TEXT] or None


# the meter of curl: % total, % received, % sent, speeds, times, speed

_CURL = re.compile(
    r"^\d+ +(?P<total>[\d.]+)(?P<ts>[kMGTP]?) +\d+ +(?P<done>[\d.]+)(?P<ds>[kMGTP]?) +\d+ +[\d.]+[kMGTP]? +[\d.]+[kMGTP]? +[\d.]+[kMGTP]?"
    r"(?: +(?:[\d:]+|--:--:--|\d+d \d+h)){3} +[\d.]+[kMGTP]?$"
)


def _curl(text: str) -> Reading | None:
    found = _CURL.match(text)
    if found is None:
        return None
    total = _number(found["total"], found["ts"], 1024)
    return Reading(done=_number(found["done"], found["ds"], 1024), total=total or None, unit="B")


# the counters of ffmpeg: frame, fps, q, size, time, bitrate, speed

_FFMPEG = re.compile(
    r"^(?:frame= *(?P<frames>\d+) .*?)?size= *\S+ time=(?P<time>(?P<h>\d+):(?P<m>\d+):(?P<s>[\d.]+)).*?(?P<speed>speed=\s*\S+)?$"
)


def _ffmpeg(text: str) -> Reading | None:
    found = _FFMPEG.match(text)
    if found is None:
        return None
    if found["frames"]:
        return Reading(done=int(found["frames"]), unit="frames", message=f"time {found['time']}")
    return Reading(done=round(int(found["h"]) * 3600 + int(found["m"]) * 60 + float(found["s"]), 3), unit="s")


# dd status=progress: "123456789 bytes (123 MB, 118 MiB) copied, 1 s, 123 MB/s"

_DD = re.compile(r"^(\d+) bytes? .*copied, ")


def _dd(text: str) -> Reading | None:
    found = _DD.match(text)
    return Reading(done=int(found[1]), unit="B", name="copied") if found else None


# apt, while it downloads: the share of all, then what is on its way with shares of their own

_APT = re.compile(r"^(\d{1,3})% \[(?P<what>.*?)(?:\]|$)")


def _apt(text: str) -> Reading | None:
    found = _APT.match(text)
    if found is None or int(found[1]) > 100 or not _WORD.search(found["what"]):
        return None
    return Reading(done=int(found[1]), total=100, unit="%", message=_short(found["what"]))


# everything else that has an amount of a total, or a percentage: rich, pip, docker, git, wget, apt, cargo, keras, click, "45/100" …

_BAR = re.compile(
    r"[━╸╺─]{3,}[━╸╺─ ]*"  # rich, pip, keras 3
    r"|\[[=#>.*\s~⠀-⣿█▓▒░-]{3,}\]"  # docker, wget, apt, cargo, keras
    r"|\|[█▉▊▋▌▍▎▏▓▒░#=>⚠\s-]{3,}\|"  # alive-progress, progressbar2
    r"|[█▉▊▋▌▍▎▏▓▒░■□▪▫◼◻]{3,}"
    r"|#{3,} +"  # curl -#
)
_SIZES = re.compile(
    r"(?<![\w.])(?P<done>\d[\d,.]*) ?(?P<from>[kKMGTP]?(?:i?B|bytes)?) ?(?:/|of) ?"
    r"(?P<total>\d[\d,.]*) ?(?P<to>[kKMGTP]?i?B|[kKMGTP]|bytes)(?!\w)"
)
_COUNTS = re.compile(r"(?<![\d.,/:\w-])(?P<done>\d[\d,]*) ?(?:/|of) ?(?P<total>\d[\d,]*)(?![\d/]|[:.,]\d)")
_PERCENT = re.compile(r"(?<![\d.])(?P<percent>\d{1,3}(?:\.\d+)?) ?%")
_UNIT_AFTER = re.compile(r" +([a-z]{2,}s)\b")
_DERIVED = re.compile(
    r"\belapsed(?: time)?:?|\b\d+s \d+m?s/step|\beta:? *[\d:smhd?-]+|\bin [\d.]+s\b|-:--:--|\d+:\d\d:\d\d|\b\d\d:\d\d\b"
    r"|[\d.,-]+ ?[kKMGTP]?i?[Bb]/s|\([\d.]+/s\)",
    re.IGNORECASE,
)
"""Speeds and times beside a bar: the view has its own, from the same numbers."""
_SECONDS = re.compile(r" [\d.]+m?s$")
_EMPTY = re.compile(r"[(\[]\s*[)\]]")
_COMMAS = re.compile(r"(?:\s*[|,;])+\s+")
_WORD = re.compile(r"[^\W\d_]{2,}")


def _measured(text: str) -> Reading | None:
    bar = _BAR.search(text)
    amount = _amount(text)
    shares = list(_PERCENT.finditer(text))
    share = float(shares[0]["percent"]) if shares else None
    if share is not None and share > 100:
        return None
    if amount is not None and share is not None and not _agree(amount[1], share):
        amount = None  # "epoch 3/10  45%": the percentage moves
    if amount is None and (share is None or (bar is None and len({found["percent"] for found in shares}) > 1)):
        return None  # "CPU 45 % GPU 30 %" is no bar
    found = [one for one in (bar, amount[0] if amount else None, *shares[:1]) if one is not None]
    start, end = min(one.start() for one in found), max(one.end() for one in found)
    name = _name(text[:start])
    if amount is not None:
        done, total, unit = amount[1]
        message = _message(text[end:], unit)
        return Reading(done=done, total=total, unit=unit, name=name, message=message)
    assert share is not None
    return Reading(done=int(share) if share == int(share) else share, total=100, unit="%", name=name, message=_message(text[end:], None))


def _amount(text: str) -> tuple[re.Match[str], tuple[float, float, str | None]] | None:
    """The first ``12.3/45.6 MB`` or ``45/100`` of which the second is not smaller."""
    for found in _SIZES.finditer(text):
        done, total = (_size(found, number, unit) for number, unit in (("done", "from"), ("total", "to")))
        if 0 < total >= done:
            return found, (done, total, "B")
    if text.startswith("=>"):
        return None  # BuildKit's "=> [3/7] RUN …" is the third step, not three of seven done
    for found in _COUNTS.finditer(text):
        done, total = _number(found["done"]), _number(found["total"])
        if 0 < total >= done:
            unit = _UNIT_AFTER.match(text, found.end())
            return found, (done, total, unit[1][:UNIT_TEXT] if unit else None)
    return None


def _size(found: re.Match[str], number: str, unit: str) -> float:
    said = found[unit] or found["to"]
    scale = said[0] if said[0] in "kKMGTP" else ""
    try:
        return _number(found[number], scale, 1024 if "i" in said else 1000)
    except ValueError:  # 1.2.3
        return -1.0


def _agree(amount: tuple[float, float, str | None], share: float) -> bool:
    return abs(amount[0] / amount[1] * 100 - share) <= AGREEMENT


def _name(text: str) -> str:
    """What stands before a bar, without the marks that lead to it and the time it took; nothing if it has no words."""
    text = _SECONDS.sub("", without_spinner(text).rstrip(" (")).rstrip(" :.…-|([").lstrip(" ([|+]")
    return text[:NAME_TEXT] if any(character.isalpha() for character in text) else ""


def _message(text: str, unit: str | None) -> str | None:
    """What stands after a bar and is not to be had from its numbers."""
    text = _EMPTY.sub(" ", _DERIVED.sub(" ", _BAR.sub(" ", text)))
    text = _COMMAS.sub(", ", text).lstrip(" \t)]},;:|<-•.…").rstrip(" \t,;:|<-•([")
    return _short(text.removeprefix(unit) if unit else text)


def _short(text: str | None) -> str | None:
    text = " ".join((text or "").split())[:MESSAGE_TEXT]
    return text if _WORD.search(text) or "=" in text else None


# programs that write a line for each look

_WGET_DOTS = re.compile(r"^(?P<done>\d+)K(?: [.,]{1,10})+ *(?:(?P<percent>\d+)% )?")
_PIP_RAW = re.compile(r"^Progress (\d+) of (\d+)$")


def _wget_dots(text: str) -> Reading | None:
    found = _WGET_DOTS.match(text)
    if found is None:
        return None
    if found["percent"]:
        return Reading(done=int(found["percent"]), total=100, unit="%")
    return Reading(done=int(found["done"]) * 1024, unit="B")


def _pip_raw(text: str) -> Reading | None:
    found = _PIP_RAW.match(text)
    return Reading(done=int(found[1]), total=int(found[2]) or None, unit="B") if found else None


_REPAINTED = (_tqdm, _tqdm_counter, _curl, _ffmpeg, _dd, _apt, _measured)
_WRITTEN = (_wget_dots, _pip_raw)
