from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headway.cli.complaints import UsageError
from headway.cli.messages import Words
from headway.cli.parameters import read_parameters, types_of

WORDS = Words("en")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "students": {"type": "integer", "minimum": 1, "maximum": 60},
        "title": {"type": "string"},
        "is_strict": {"type": "boolean"},
        "share": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "counts": {"type": "array", "items": {"type": "integer"}},
        "options": {"type": "object"},
        "size": {"enum": ["small", "full"]},
        "limit": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "key": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "mode": {"$ref": "#/$defs/Mode"},
        "any": {},
    },
    "required": [],
    "additionalProperties": False,
    "$defs": {"Mode": {"type": "string", "enum": ["fast", "exact"]}},
}


def read(*said: str, file: str | None = None, **schema: Any) -> dict[str, Any]:
    return read_parameters(said, file, {**SCHEMA, **schema}, WORDS)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("students=30", 30),
        ("title=30", "30"),
        ("title=", ""),
        ("title=a=b", "a=b"),
        ("title=@@home", "@home"),
        ("is_strict=true", True),
        ("is_strict=No", False),
        ("share=0.5", 0.5),
        ("share=1", 1),
        ("tags=red", ["red"]),
        ('tags=["a","b"]', ["a", "b"]),
        ("tags=7", ["7"]),
        ("counts=7", [7]),
        ('options={"a":1}', {"a": 1}),
        ("size=full", "full"),
        ("limit=null", None),
        ("limit=3", 3),
        ("key=12", 12),
        ("key=twelve", "twelve"),
        ("mode=exact", "exact"),
        ("any=[1]", [1]),
        ("any=text", "text"),
    ],
)
def test_a_value_is_what_the_schema_wants(said: str, value: Any) -> None:
    (got,) = read(said).values()
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("students=many", "students: must be a whole number, not many"),
        ("students=1.5", "students: must be a whole number, not 1.5"),
        ("students=true", "students: must be a whole number, not true"),
        ("students=0", "students: must be at least 1, not 0"),
        ("students=99", "students: must be at most 60, not 99"),
        ("is_strict=maybe", "is_strict: must be true or false, not maybe"),
        ("options=[]", "options: must be an object, not []"),
        ("size=smal", "size: must be one of small, full; did you mean small?"),
        ("mode=quick", "mode: must be one of fast, exact"),
        ("limit=x", "limit: must be a whole number or null, not x"),
        ("sudents=3", "sudents: there is no such parameter; did you mean students?"),
        ("zzz=3", "zzz: there is no such parameter"),
    ],
)
def test_what_does_not_fit_is_explained(said: str, complaint: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(said)
    assert complaint in raised.value.message


def test_all_complaints_come_at_once() -> None:
    with pytest.raises(UsageError) as raised:
        read("students=x", "zzz=1", required=["title"])
    assert raised.value.message.count("\n") == 3
    assert "title: is missing (text); give it with -p title=…" in raised.value.message


def test_a_task_without_parameters_says_so() -> None:
    with pytest.raises(UsageError, match="takes no parameters"):
        read_parameters(["a=1"], None, {"type": "object", "properties": {}, "additionalProperties": False}, WORDS)


def test_lists_are_given_one_by_one() -> None:
    assert read("tags=a", "tags=b") == {"tags": ["a", "b"]}
    assert read("students=1", "students=2") == {"students": 2}


def test_files(tmp_path: Path) -> None:
    whole, text = tmp_path / "all.json", tmp_path / "key.txt"
    whole.write_text(json.dumps({"students": 3, "title": "from the file"}))
    text.write_text("[1, 2]")
    assert read(f"counts=@{text}", "title=over it", file=str(whole)) == {"students": 3, "title": "over it", "counts": [1, 2]}
    assert read(f"title=@{text}") == {"title": "[1, 2]"}


@pytest.mark.parametrize(
    ("content", "complaint"), [(b"[1]", "JSON object"), (b"{", "is not JSON"), (b"\xff", "UTF-8"), (b" " * 2_000_000, "larger")]
)
def test_files_that_are_of_no_use(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "all.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=complaint):
        read(file=str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(f"title=@{tmp_path / 'nothing'}")


@pytest.mark.parametrize("said", ["students", "=3", ""])
def test_a_pair_without_a_sign(said: str) -> None:
    with pytest.raises(UsageError, match="KEY=VALUE"):
        read(said)


def test_a_reference_that_leads_nowhere_allows_anything() -> None:
    assert types_of({}, {}) == []
    assert read_parameters(["a=1"], None, {"properties": {"a": {"$ref": "#/$defs/no/where"}}}, WORDS) == {"a": 1}
    assert read_parameters(["a=1"], None, {"properties": {"a": {"$ref": "#/properties/a"}}}, WORDS) == {"a": 1}
