"""Secrets on their way to a run and in it: given by name, seen nowhere else."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from headway.access.principal import SYSTEM
from headway.access.vault import Vault
from headway.acts.secrets import delete_secret, set_secret
from headway.acts.start import StartRun, start
from headway.model.errors import SecretMissing
from headway.model.states import RunState
from tests.contract.material import link_of
from tests.unit.work.rig import Rig, rig

VALUE = 'sk-"Zq7\\w9\tKx4'
TOKEN = "tok-5fj2Lm8"
VAULT = Vault([bytes(range(32))])
SOURCE = """
import logging, json
from urllib.parse import quote

@headway.task(secrets=["API_KEY", "OTHER"], resumable=True)
def use():
    key, other = headway.secret("API_KEY"), headway.secret("OTHER")
    assert key == 'sk-"Zq7\\\\w9\\tKx4' and other == "tok-5fj2Lm8"
    headway.log(f"log {key}", key=key, deep={"k": [other]})
    logging.getLogger("x").warning("logging %s", key, extra={"secret": other})
    print("print", key, other)
    sys.stdout.write("half " + other[:5]); sys.stdout.write(other[5:] + " whole\\n")
    print(json.dumps({"key": key}), repr(key), quote(key, safe=""))
    os.write(1, b"raw " + other[:4].encode()); time.sleep(0.05); os.write(1, other[4:].encode() + b" end\\n")
    subprocess.run(["sh", "-c", "read line; echo child $line"], input=other.encode())
    os.write(2, b"  50%|#####     | 5/10 [" + other.encode() + b"]\\r")
    headway.status(f"status {key}")
    headway.progress(1, 2, message=other)
    headway.metric(f"m {other}", 1.0)
    with headway.step(f"step {other}"):
        pass
    headway.checkpoint({"key": key})
    return {"key": key, other: [other, 1]}

@headway.task(secrets=["API_KEY", "OTHER"])
def spill():
    # Where limits cut, and in pieces.
    key, other = headway.secret("API_KEY"), headway.secret("OTHER")
    import base64
    line = lambda: ("." * (16_384 - 5) + other) * 3
    headway.log(line())
    print(line())
    sys.stdout.write(line()[:20_000]); sys.stdout.write(line()[20_000:] + "\\n")
    logging.getLogger("x").error(line())
    child = "import os, sys\\nd = sys.stdin.buffer.read()\\nwhile d: d = d[os.write(1, d[:4_096]):]"
    subprocess.run([sys.executable, "-c", child], input=line().encode() + b"\\n", check=True)
    subprocess.run([sys.executable, "-c", "import sys,base64; print(base64.b64encode(b'ada:' + sys.stdin.buffer.read()).decode())"], input=other.encode(), check=True)
    headway.log("context", long="x" * 3_994 + other)
    raise ValueError("m" * 3_995 + other + "n" * 40_000 + other)

@headway.task(secrets=["API_KEY"])
def fail():
    raise ValueError("no: " + headway.secret("API_KEY"))

@headway.task(secrets=["API_KEY"])
def sneak():
    return {
        "environ": [open("/proc/self/environ", errors="replace").read(), open(f"/proc/{os.getppid()}/environ", errors="replace").read()],
        "argv": open("/proc/self/cmdline").read(), "size": len(headway.secret("API_KEY")), "parameters": headway.current_run().parameters,
    }

@headway.task
def without():
    return headway.secret("API_KEY")
"""


async def fill(made: Rig) -> None:
    for name, value in (("API_KEY", VALUE), ("OTHER", TOKEN)):
        await made.store.write(lambda tx, name=name, value=value: set_secret(tx, SYSTEM, VAULT, name=name, value=value))


def kept(store: Any, made: Rig) -> Any:
    """Every value of every row of every table, as it is stored."""

    def act(tx: Any) -> list[Any]:
        cursor = link_of(tx).cursor
        tables = [row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
        return [value for table in tables for row in cursor.execute(f"SELECT * FROM {table}").fetchall() for value in row]

    return store.write(act)


def shows(text: str) -> list[str]:
    return [form for form in (VALUE, TOKEN, json.dumps(VALUE)[1:-1], repr(VALUE)[1:-1], "Zq7", "5fj2Lm8", "2Lm8") if form in text]


async def test_a_run_is_given_its_secrets_and_shows_them_nowhere(tmp_path: Path) -> None:
    async with rig(tmp_path, SOURCE, vault=VAULT) as made:
        await made.task("use")
        await fill(made)
        run = await made.do("use")
        assert run.state is RunState.SUCCEEDED, await made.error(run.id)
        texts = await made.texts(run.id)
        for said in ("log ***", "logging ***", "print *** ***", "half *** whole", "raw *** end", "child ***"):
            assert said in texts, (said, texts)
        assert await made.result(run.id) == {"key": "***", "***": ["***", 1]}
        everything = json.dumps([await made.events(run.id), await made.result(run.id)], ensure_ascii=False)
        assert not shows(everything)
        for value in await kept(made.store, made):
            assert not shows(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
        assert run.options.secrets == ("API_KEY", "OTHER")


async def test_an_error_shows_none(tmp_path: Path) -> None:
    async with rig(tmp_path, SOURCE, vault=VAULT) as made:
        await made.task("fail")
        await fill(made)
        run = await made.do("fail")
        error = await made.error(run.id)
        assert (run.state, error["message"]) == (RunState.FAILED, "no: ***")
        assert not shows(json.dumps([error, await made.events(run.id)], ensure_ascii=False))


async def test_neither_environment_nor_arguments_nor_parameters_have_it(tmp_path: Path) -> None:
    async with rig(tmp_path, SOURCE, vault=VAULT) as made:
        await made.task("sneak")
        await fill(made)
        run = await made.do("sneak")
        result = await made.result(run.id)
        assert result["size"] == len(VALUE)
        # Masked it would read so, were it there.
        assert "***" not in json.dumps(result)
        assert result["parameters"] == {}


async def test_who_did_not_ask_is_not_given_it(tmp_path: Path) -> None:
    async with rig(tmp_path, SOURCE, vault=VAULT) as made:
        await made.task("without")
        await fill(made)
        error = await made.error((await made.do("without")).id)
        assert 'secrets=["API_KEY"]' in error["message"]


async def test_a_start_without_them_is_refused_and_one_that_went_meanwhile_fails_clearly(tmp_path: Path) -> None:
    async with rig(tmp_path, SOURCE, vault=VAULT) as made:
        await made.task("fail")
        with pytest.raises(SecretMissing, match="headway secret set API_KEY"):
            await made.start("fail")
        await fill(made)

        def start_and_delete(tx: Any) -> str:
            (run,) = start(tx, [StartRun(task="fail")], SYSTEM)
            delete_secret(tx, SYSTEM, name="API_KEY")
            return run.id

        run = await made.ended(await made.store.write(start_and_delete))
        assert "was not given the secret API_KEY" in (await made.error(run.id))["message"]


@pytest.mark.parametrize("vault", [None, Vault([bytes(32)])])
async def test_a_worker_without_the_key_gives_none(tmp_path: Path, vault: Vault | None, caplog: pytest.LogCaptureFixture) -> None:
    async with rig(tmp_path, SOURCE, vault=vault) as made:
        await made.task("fail")
        await fill(made)
        run = await made.do("fail")
        assert "was not given the secret API_KEY" in (await made.error(run.id))["message"]
        assert not shows(caplog.text)
        assert run.id in caplog.text


async def test_where_a_limit_cuts_nothing_of_a_value_is_left(tmp_path: Path) -> None:
    """Of the log, of what a subprocess writes in pieces, of context, message and traceback."""
    async with rig(tmp_path, SOURCE, vault=VAULT) as made:
        await made.task("spill")
        await fill(made)
        run = await made.do("spill")
        error = await made.error(run.id)
        assert (run.state, error["type"]) == (RunState.FAILED, "ValueError"), error
        everything = json.dumps([error, await made.events(run.id)], ensure_ascii=False)
        assert not shows(everything)
        for size in range(4, len(TOKEN)):
            assert TOKEN[:size] not in everything
        texts = await made.texts(run.id)
        assert sum(text.count("***") for text in texts) >= 5 * 3
        assert "".join(texts).count("." * 16_379 + "***") >= 5 * 3, "parts are cut after they are masked"
        assert base64.b64encode(b"ada:" + TOKEN.encode()).decode()[8:20] not in everything
