"""Why a run waits is said in three places: to programs, at the terminal, in the console. The causes of the model are the list."""

from __future__ import annotations

import re

import pytest

from headway.cli.messages import en, zh_cn
from headway.model.waiting import Cause, Waiting
from tests.house.repository import texts

FIELD = re.compile(r"\{(\w+)\}")
CONSOLE = "console/src/features/waiting/messages.ts"


def fields(sentence: str) -> set[str]:
    return set(FIELD.findall(sentence))


def console() -> dict[tuple[str, str], dict[str, str]]:
    """(language, form) → cause → words, of the console's own list."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    language = ""
    form = ""
    for line in texts()[CONSOLE].splitlines():
        if match := re.fullmatch(r"  '?([\w-]+)'?: \{", line):
            language = match[1]
        elif match := re.fullmatch(r"    (\w+): \{", line):
            form = match[1]
            found[language, form] = {}
        elif match := re.fullmatch(r"      (\w+): '(.*)',", line):
            found[language, form][match[1]] = match[2]
    return found


def test_a_cause_speaks_of_what_a_waiting_run_has() -> None:
    for cause in Cause:
        assert fields(cause.sentence) <= set(Waiting.__dataclass_fields__), cause


@pytest.mark.parametrize("messages", [en.MESSAGES, zh_cn.MESSAGES], ids=["en", "zh-CN"])
def test_the_terminal_says_each_cause_with_all_that_the_model_says(messages: dict[str, str]) -> None:
    said = {key.removeprefix("waiting."): text for key, text in messages.items() if key.startswith("waiting.")}
    assert set(said) == set(Cause)
    assert {cause: fields(said[cause]) for cause in Cause} == {cause: fields(cause.sentence) for cause in Cause}


def test_the_terminal_speaks_english_as_the_model_does() -> None:
    assert {cause: en.MESSAGES[f"waiting.{cause}"] for cause in Cause} == {cause: cause.sentence for cause in Cause}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("form", ["cause", "short"])
def test_the_console_says_each_cause(language: str, form: str) -> None:
    """Whom it waits behind and for how many stands beside the sentence there (`ahead`), so that it may be left out."""
    said = console()[language, form]
    assert list(said) == [cause.value for cause in Cause]
    for cause in Cause:
        left_out = fields(cause.sentence) - fields(said[cause])
        assert fields(said[cause]) <= fields(cause.sentence), cause
        if form == "cause":
            assert left_out <= {"ahead", "state"}, cause


def test_the_console_says_the_same_in_both_languages() -> None:
    said = console()
    for form in ("cause", "short"):
        english, chinese = said["en", form], said["zh-CN", form]
        assert {cause: fields(text) for cause, text in english.items()} == {cause: fields(text) for cause, text in chinese.items()}
