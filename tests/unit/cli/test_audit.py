"""`headway audit`: the list, an export, and the two ways to verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headway.access.algorithms import Algorithms
from headway.access.anchors import Signer
from headway.cli.main import call
from headway.model.audit import AuditRow
from headway.model.audit_chain import GENESIS, SEAL, anchor_to_json, hash_json, row_to_json
from headway.model.ids import new_id
from headway.testing.clock import START
from tests.unit.cli.documents_server import DocumentsServer
from tests.unit.web.office import SECRET

SIGNER = Signer(SECRET)
VERDICT: dict[str, Any] = {
    "is_intact": False, "first": 1, "last": 9, "last_hash": "ab" * 32, "row_count": 8, "anchor_count": 2, "unsealed_count": 1, "fault_count": 22,
    "faults": [{"number": 4, "what": "row_missing"}, {"number": 5, "what": "row_changed"}], "keys": [SIGNER.key],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


def chain(count: int = 4, signer: Signer = SIGNER) -> list[dict[str, Any]]:
    """An export: the anchors, then the rows."""
    rows: list[dict[str, Any]] = []
    before = GENESIS
    for number in range(1, count + 1):
        plain = row_to_json(AuditRow(id=new_id(), at=START, by="li", action="queue.changed", target=f"q{number}", number=number))
        before = plain["hash"] = hash_json(before, plain, signer.algorithms.audit[0])
        rows.append({"type": "row", **plain})
    return [{"type": "anchor", **anchor_to_json(signer.anchor(SEAL, count, before, START))}, *rows]


def written(file: Path, lines: list[dict[str, Any]]) -> Path:
    file.write_text("".join(f"{json.dumps(each)}\n" for each in lines), encoding="utf-8")
    return file


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, answers: dict[str, Any]) -> tuple[int, str]:
    with DocumentsServer(answers) as server:
        code = call(["audit", *arguments, "--url", server.url])
        return code, "".join(capsys.readouterr())


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{name: value for name, value in each.items() if name != "type"} for each in chain(2)[1:]]
    rows[1] |= {"number": None, "by": "", "target": "=\x1b[31mred", "address": "10.0.0.7"}
    code, text = answered(capsys, answers={"GET /audit": {"items": rows, "next_cursor": None, "total": None}})
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["1", "–"]
    assert "queue.changed" in text
    assert "\x1b" not in text, "nobody draws on a terminal by what they are called"


def test_what_the_server_finds_is_told_and_the_exit_code_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = answered(capsys, "verify", answers={"GET /audit/verify": VERDICT})
    assert code == 1
    assert "Row 4 is missing." in text
    assert "Row 5 was changed." in text
    assert "20 more" in text
    code, text = answered(capsys, "verify", answers={"GET /audit/verify": {**VERDICT, "is_intact": True, "faults": [], "fault_count": 0}})
    assert code == 0
    assert f"9:{'ab' * 32}" in text


def test_a_file_is_verified_without_a_server(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = chain()
    file = written(tmp_path / "audit.ndjson", lines)
    assert call(["audit", "verify", "--file", str(file), "--key", SIGNER.key]) == 0
    assert "Intact: 4 rows, 1 to 4." in capsys.readouterr().out
    harms: dict[str, tuple[list[dict[str, Any]], str]] = {
        "changed": ([*lines[:2], {**lines[2], "by": "nobody"}, *lines[3:]], "Row 2 was changed."),
        "removed": ([*lines[:2], *lines[3:]], "Row 2 is missing."),
        "put in": ([*lines[:3], lines[2], *lines[3:]], "Row 2 stands where none can be."),
        "reordered": ([lines[0], lines[2], lines[1], *lines[3:]], "Row 1 stands where none can be."),
        "cut": (lines[:-1], "Row 4 is missing."),
        "without its anchor": (lines[1:], "Row 4 is under no signature"),
    }
    for name, (harmed, said) in harms.items():
        assert call(["audit", "verify", "--file", str(written(tmp_path / "harmed", harmed)), "--key", SIGNER.key]) == 1, name
        assert said in capsys.readouterr().out, name
    expected = f"{lines[-1]['number']}:{lines[-1]['hash']}"
    assert call(["audit", "verify", "--file", str(file), "--key", SIGNER.key, "--expect", expected]) == 0
    assert call(["audit", "verify", "--file", str(file), "--key", SIGNER.key, "--expect", f"9:{'ab' * 32}"]) == 1
    assert call(["audit", "verify", "--file", str(file), "--key", Signer("Z9x8c7v6b5n4m3q2w1e0r_tyuiop-more").key]) == 1


@pytest.mark.parametrize(("audit_by", "anchor_by"), [("SHA-512", "Ed448"), ("SHA3-256", "ML-DSA-65")])
def test_an_export_by_other_algorithms_says_by_which(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, audit_by: str, anchor_by: str
) -> None:
    signer = Signer(SECRET, Algorithms(audit=(audit_by,), anchors=(anchor_by,)))
    lines = chain(signer=signer)
    file = written(tmp_path / "audit.ndjson", lines)
    noted = f"4:{lines[-1]['hash']}"
    assert call(["audit", "verify", "--file", str(file), "--key", signer.key, "--expect", noted]) == 0
    said = capsys.readouterr().out
    assert noted in said.replace("\n", "")
    assert signer.key in said.replace("\n", "")
    assert call(["audit", "verify", "--file", str(file), "--key", signer.key, "--expect", f"4:{'ab' * 32}"]) == 1
    assert call(["audit", "verify", "--file", str(file), "--key", SIGNER.key]) == 1


def test_on_the_machine_of_the_server_the_key_is_known(capsys: pytest.CaptureFixture[str], tmp_path: Path, home: Path) -> None:
    file = written(tmp_path / "audit.ndjson", chain())
    assert call(["audit", "verify", "--file", str(file)]) == 2
    (home / "secret").write_text(SECRET, encoding="utf-8")
    (home / "secret").chmod(0o600)
    assert call(["audit", "verify", "--file", str(file)]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "--by", "li"], "--by"), (["list", "--key", "x"], "--key"), (["verify", "--expect", "7"], "--expect"),
        (["verify", "--expect", f"7:md5:{'ab' * 16}"], "--expect"), (["verify", "--expect", f"7:sha512:{'ab' * 32}"], "--expect"),
        (["verify", "--file", "none.ndjson", "--key", SIGNER.key], "none.ndjson"), (["verify", "--file", "none.ndjson", "--key", "x"], "--key"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert call(["audit", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for text in ("no json", "[]", '{"type": "row"}', '{"type":"row","number":"x","hash":null}', '{"type":"anchor"}'):
        (tmp_path / "x").write_text(text, encoding="utf-8")
        assert call(["audit", "verify", "--file", str(tmp_path / "x"), "--key", SIGNER.key]) == 2, text
        assert "line 1" in capsys.readouterr().err


def test_an_export_goes_to_the_terminal_or_into_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = {"who": "李四"}
    code, text = answered(capsys, "export", answers={"GET /audit/export": document})
    assert (code, json.loads(text)) == (0, document)
    file = tmp_path / "audit.ndjson"
    code, _ = answered(capsys, "export", "-o", str(file), answers={"GET /audit/export": document})
    assert (code, json.loads(file.read_text(encoding="utf-8"))) == (0, document)
    assert answered(capsys, "export", "-o", str(tmp_path / "none" / "x"), answers={"GET /audit/export": document})[0] == 2
