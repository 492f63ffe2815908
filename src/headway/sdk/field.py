"""What a parameter may be, beyond its type: ``Annotated[int, headway.Field(minimum=1, description="pupils in the class")]``."""

from __future__ import annotations

from typing import Any

_KEYWORDS = {
    "title": "title", "description": "description", "examples": "examples", "minimum": "minimum", "maximum": "maximum",
    "exclusive_minimum": "exclusiveMinimum", "exclusive_maximum": "exclusiveMaximum", "multiple_of": "multipleOf",
    "min_length": "minLength", "max_length": "maxLength", "pattern": "pattern", "min_items": "minItems", "max_items": "maxItems",
    "format": "format", "is_secret": "writeOnly",
}  # fmt: skip


class Field:
    """Wording and limits of a parameter, by the words of JSON Schema.

    Args:
        title: Short label of the form field.
        description: A sentence; by default what the docstring says.
        examples: Values that make sense.
        minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of: For numbers.
        min_length, max_length, pattern: For text; the pattern (a regular expression) may match anywhere.
        min_items, max_items: For lists and sets.
        format: A hint for forms, such as ``email`` or ``textarea``.
        is_secret: Shown as a password field.
    """

    __slots__ = ("limits",)

    def __init__(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        examples: list[Any] | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        exclusive_minimum: float | None = None,
        exclusive_maximum: float | None = None,
        multiple_of: float | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        pattern: str | None = None,
        min_items: int | None = None,
        max_items: int | None = None,
        format: str | None = None,
        is_secret: bool | None = None,
    ) -> None:
        given = locals()
        self.limits: dict[str, Any] = {word: given[name] for name, word in _KEYWORDS.items() if given[name] is not None}

    def __repr__(self) -> str:
        return f"Field({', '.join(f'{word}={value!r}' for word, value in self.limits.items())})"
