"""What the commands say, in English and Chinese: two catalogue files a language, with the same keys and the same fields."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from headway.cli.formats import Language

_FILES: dict[Language, str] = {"en": "headway.cli.messages.en", "zh-CN": "headway.cli.messages.zh_cn"}


def catalogue(language: Language) -> dict[str, str]:
    """All sentences by key. Only the files of the language are imported."""
    name = _FILES[language]
    return {**import_module(name).MESSAGES, **import_module(f"{name}_operation").MESSAGES}


class Words:
    """Look a sentence up: ``words("ps.none")``."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._messages = catalogue(language)

    def __call__(self, key: str, /, **fields: Any) -> str:
        """`fields` fill the sentence. ``{s}`` in an English one is the plural of its ``{count}``."""
        sentence = self._messages[key]
        if not fields:
            return sentence
        return sentence.format_map({"s": "" if str(fields.get("count")) == "1" else "s", **fields})

    def find(self, key: str) -> str | None:
        return self._messages.get(key)
