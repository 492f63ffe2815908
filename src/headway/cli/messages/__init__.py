"""What the commands say, in English and Chinese: the files of a language have the same keys and the same fields as those of the other."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from headway.cli.formats import Language

_FILES: dict[Language, tuple[str, ...]] = {
    "en": ("en", "en_audit", "en_database", "en_notices", "en_credentials", "en_operation", "en_people"),
    "zh-CN": ("zh_cn", "zh_cn_audit", "zh_cn_database", "zh_cn_notices", "zh_cn_credentials", "zh_cn_operation", "zh_cn_people"),
}


def catalogue(language: Language) -> dict[str, str]:
    """All sentences by key. Only the files of the language are imported."""
    found: dict[str, str] = {}
    for name in _FILES[language]:
        found |= import_module(f"headway.cli.messages.{name}").MESSAGES
    return found


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
