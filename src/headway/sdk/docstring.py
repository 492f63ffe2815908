"""What a docstring says about a function and its parameters: Google, NumPy and reST sections."""

from __future__ import annotations

import inspect
import re

_SECTION = re.compile(
    r"(args|arguments|parameters|params|other parameters|keyword args|keyword arguments|returns?|yields?|raises|examples?|notes?|"
    r"attributes|see also|warnings?|references|todo)\s*:?",
    re.IGNORECASE,
)
_PARAMETER_SECTIONS = {"args", "arguments", "parameters", "params", "other parameters", "keyword args", "keyword arguments"}
_GOOGLE_ITEM = re.compile(r"\*{0,2}(?P<names>\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?:\((?P<type>[^)]*)\))?\s*:\s*(?P<text>.*)")
_NUMPY_ITEM = re.compile(r"\*{0,2}(?P<names>\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::\s*(?P<type>.*))?")
_REST_ITEM = re.compile(r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*\s)?\*{0,2}(?P<name>\w+)\s*:\s*(?P<text>.*)")
_REST_FIELD = re.compile(r":\w+[^:]*:")


def read_docstring(text: str | None) -> tuple[str, dict[str, str]]:
    """The description (everything before the first section), and what is said of each parameter."""
    lines = inspect.cleandoc(text).splitlines() if text else []
    description: list[str] = []
    parameters: dict[str, str] = {}
    section: str | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        heading = _heading(lines, index)
        if heading is not None:
            section, skip = heading
            end = _section_end(lines, index + skip)
            if section in _PARAMETER_SECTIONS:
                parameters.update(_read_items(lines[index + skip : end]))
            index = end
            continue
        if _REST_FIELD.match(line.strip()) and not line[:1].isspace():
            end = index + 1
            while end < len(lines) and (lines[end][:1].isspace() or not lines[end].strip()):
                end += 1
            item = _REST_ITEM.match(line.strip())
            if item:
                parameters[item["name"]] = _joined([item["text"], *lines[index + 1 : end]])
            section = "rest"
            index = end
            continue
        if section is None:
            description.append(line)
        index += 1
    return "\n".join(description).strip(), parameters


def _heading(lines: list[str], index: int) -> tuple[str, int] | None:
    """Name of the section that begins here, and how many lines its heading takes."""
    line = lines[index]
    if line[:1].isspace() or not _SECTION.fullmatch(line.strip()):
        return None
    name = line.strip().rstrip(":").strip().lower()
    if index + 1 < len(lines) and re.fullmatch(r"\s*-{3,}\s*", lines[index + 1]):
        return name, 2
    return (name, 1) if line.rstrip().endswith(":") else None


def _section_end(lines: list[str], start: int) -> int:
    index = start
    is_underlined = start >= 2 and set(lines[start - 1].strip()) == {"-"}
    while index < len(lines):
        line = lines[index]
        if _heading(lines, index) is not None or (line.startswith(":") and _REST_FIELD.match(line)):
            return index
        if not is_underlined and line.strip() and not line[:1].isspace():
            return index
        index += 1
    return index


def _read_items(lines: list[str]) -> dict[str, str]:
    filled = [line for line in lines if line.strip()]
    if not filled:
        return {}
    margin = len(filled[0]) - len(filled[0].lstrip())
    # Google indents the items below the heading and writes "name: text"; NumPy does not, and writes the text below.
    pattern = _GOOGLE_ITEM if margin else _NUMPY_ITEM
    items: dict[str, list[str]] = {}
    names: list[str] = []
    for line in lines:
        depth = len(line) - len(line.lstrip())
        item = pattern.fullmatch(line.strip()) if line.strip() and depth <= margin else None
        if item:
            names = [name.strip().lstrip("*") for name in item["names"].split(",")]
            first = item["text"] if margin else ""
            for name in names:
                items[name] = [first]
        else:
            for name in names:
                items[name].append(line)
    return {name: _joined(text) for name, text in items.items()}


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
