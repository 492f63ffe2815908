"""Passwords are hashed and compared by processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio
from pwdlib.hashers.argon2 import Argon2Hasher

from headway.access.password_cost import Cost
from headway.model.errors import Unavailable
from headway.web.passwords import AT_ONCE, Passwords
from tests.waiting import eventually_async

GOOD = "tulips under a cold moon"


CHEAP = Cost(memory_kib=1_024, rounds=1, lanes=1)


@pytest_asyncio.fixture
async def passwords() -> AsyncIterator[Passwords]:
    passwords = Passwords(CHEAP, waiting_limit=8)
    yield passwords
    await passwords.close()


def processes() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "headway.web.password_process" in each.cmdline()]


@pytest_asyncio.fixture
async def dear() -> AsyncIterator[Passwords]:
    """At the cost that there is without a word."""
    passwords = Passwords()
    yield passwords
    await passwords.close()


async def test_a_password_is_compared_with_its_hash(dear: Passwords) -> None:
    passwords = dear
    known = await passwords.hash(GOOD)
    assert known.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.hash(GOOD) != known, "each has a salt of its own"
    right, wrong = await passwords.compare(GOOD, known), await passwords.compare(GOOD + " ", known)
    assert (right.is_right, right.fresh_hash, wrong.is_right) == (True, None, False)


async def test_the_same_characters_are_the_same_password(passwords: Passwords) -> None:
    known = await passwords.hash("caf\u00e9 under a cold moon 你好")
    assert (await passwords.compare("cafe\u0301 under a cold moon 你好", known)).is_right


async def test_nobodys_hash_is_never_right(passwords: Passwords) -> None:
    for given in (GOOD, "", "nobody's password: compared with when there is no account"):
        assert not (await passwords.compare(given, None)).is_right
    for broken in ("", "plain", "$argon2id$v=19$m=65536", "$2b$12$" + "a" * 53):
        assert not (await passwords.compare(GOOD, broken)).is_right


async def test_a_hash_of_weaker_kind_is_made_anew(passwords: Passwords) -> None:
    old = Argon2Hasher(time_cost=1, memory_cost=512, parallelism=1).hash(GOOD)
    compared = await passwords.compare(GOOD, old)
    assert compared.is_right
    assert compared.fresh_hash is not None
    assert "m=1024,t=1,p=1" in compared.fresh_hash
    assert (await passwords.compare("wrong " + GOOD, old)).fresh_hash is None
    again = await passwords.compare(GOOD, compared.fresh_hash)
    assert (again.is_right, again.fresh_hash) == (True, None)


async def test_a_process_is_kept_and_there_are_few(passwords: Passwords) -> None:
    known = await passwords.hash(GOOD)
    for _ in range(3):
        await passwords.compare(GOOD, known)
    assert passwords.start_count == 1
    answers = await asyncio.gather(*(passwords.compare(GOOD if n % 2 else "other", known) for n in range(8)))
    assert [each.is_right for each in answers] == [n % 2 == 1 for n in range(8)], "each gets the answer to what it asked"
    assert passwords.start_count == AT_ONCE
    assert len(processes()) == AT_ONCE


async def test_who_is_one_too_many_is_told_to_come_again(passwords: Passwords) -> None:
    given = await asyncio.gather(*(passwords.hash(GOOD) for _ in range(8 + 5)), return_exceptions=True)
    refused = [each for each in given if isinstance(each, Unavailable)]
    assert len(refused) == 5
    assert refused[0].fields["retry_in_seconds"] >= 1
    assert (await passwords.hash(GOOD)).startswith("$argon2id$")


async def test_a_process_that_died_idle_is_replaced(passwords: Passwords) -> None:
    await passwords.hash(GOOD)
    (process,) = processes()
    os.kill(process.pid, signal.SIGKILL)
    await eventually_async(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert (await passwords.hash(GOOD)).startswith("$argon2id$")
    assert passwords.start_count == 2


async def test_a_process_whose_asker_left_is_not_asked_again(dear: Passwords) -> None:
    passwords = dear
    known = await passwords.hash(GOOD)
    (first,) = processes()
    asking = asyncio.create_task(passwords.compare("not it at all", known))
    await eventually_async(lambda: not passwords.idle_count)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await passwords.compare(GOOD, known)).is_right, "the answer to somebody else would be no"
    assert not first.is_running()


async def test_closing_ends_them_all(passwords: Passwords) -> None:
    await asyncio.gather(*(passwords.hash(GOOD) for _ in range(AT_ONCE)))
    assert processes()
    await passwords.close()
    assert not processes()


async def test_the_loop_goes_on_meanwhile(dear: Passwords) -> None:
    passwords = dear
    turns = 0
    hashing = asyncio.create_task(passwords.hash(GOOD))
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 50, "a hash in the loop would leave it one turn"
