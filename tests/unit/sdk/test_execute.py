"""`headway exec`: what any command does becomes a run, and the command notices nothing of it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from headway.model.events import TEXT_LIMIT
from headway.sdk.delivery import deliver_left_over
from headway.sdk.lines import Lines
from tests.unit.sdk.stage import Stage, ended, texts, the_run
from tests.waiting import eventually

PYTHON = sys.executable


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    stage = Stage(home)
    yield stage
    stage.stop()


def start(argv: Sequence[str], *, name: str = "command", more: str = "", **options: object) -> subprocess.Popen[bytes]:
    """`execute` in a process of its own, as the command line does it, and from a terminal: shells have what they start in the background
    ignore Ctrl-C, and tests may be run there."""
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heard}; import sys; from headway.sdk.execute import execute; sys.exit(execute(sys.argv[1:], name={name!r}{more}))"
    return subprocess.Popen([PYTHON, "-c", code, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload,no-any-return]


def test_output_goes_both_ways_and_the_exit_code_is_the_commands(stage: Stage) -> None:
    stage.start()
    script = "import sys; print('out'); print('err', file=sys.stderr); print(input()); sys.exit(3)"
    process = start([PYTHON, "-c", script], stdin=subprocess.PIPE)
    out, err = process.communicate(b"typed\n", timeout=60)
    assert process.returncode == 3
    assert out == b"out\ntyped\n"
    assert err == b"err\n"
    client = stage.client()
    run = ended(client, "command")
    assert (run.state, run.error_code) == ("failed", "exit_code")
    assert sorted(texts(client, run)) == ["err", "out", "typed"]
    streams = {entry["text"]: entry["stream"] for entry in client.entries(run) if entry["kind"] == "log.written"}
    assert streams == {"out": "stdout", "typed": "stdout", "err": "stderr"}


def test_bytes_pass_unchanged_and_lines_are_readable(stage: Stage) -> None:
    stage.start()
    raw = b"a\0b\n" + b"\xff\xfe bad\n" + b" 10%\r 50%\r100%\n" + b"windows\r\n" + b"no newline"
    process = start([PYTHON, "-c", f"import os; os.write(1, {raw!r})"])
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, raw)
    client = stage.client()
    run = ended(client, "command")
    assert run.state == "succeeded"
    assert client.result(run) == {"exit_code": 0}
    assert texts(client, run) == ["a␀b", "�� bad", "100%", "windows", "no newline"]


def test_a_huge_line_comes_in_parts_in_bounded_memory() -> None:
    lines = Lines()
    found: list[tuple[str, bool]] = []
    for _ in range(200):
        found += lines.feed(b"x" * 65_536)
    found += lines.feed(b"\nnext\n")
    found += lines.close()
    assert sum(len(text) for text, _ in found[:-1]) == 200 * 65_536
    assert all(len(text) <= TEXT_LIMIT for text, _ in found)
    assert [goes_on for _, goes_on in found] == [True] * (len(found) - 2) + [False, False]
    assert found[-1] == ("next", False)


def test_a_progress_bar_without_newlines_needs_no_memory() -> None:
    lines = Lines()
    found: list[tuple[str, bool]] = []
    for number in range(20_000):
        found += lines.feed(f"\rdone {number} of 20000".encode())
    assert found == []
    assert list(lines.close()) == [("done 19999 of 20000", False)]


def test_characters_that_are_split_between_reads() -> None:
    lines = Lines()
    found = [part for byte in "創é\n".encode() for part in lines.feed(bytes([byte]))]
    assert found == [("創é", False)]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_are_passed_on(stage: Stage, number: signal.Signals, code: int) -> None:
    stage.start()
    process = start(["sh", "-c", "echo ready; exec sleep 60"])
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert ended(stage.client(), "command").state == "cancelled"


def test_a_command_that_handles_the_signal_ends_as_it_likes(stage: Stage) -> None:
    stage.start()
    process = start(["sh", "-c", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"])
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.terminate()
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, b"bye\n")
    assert ended(stage.client(), "command").state == "succeeded"


def test_cancel_ends_the_group_and_what_ignores_sigterm_is_killed(stage: Stage) -> None:
    stage.start()
    client = stage.client()
    script = "trap '' TERM; echo ready; sleep 60 & wait; sleep 60"
    process = start(["sh", "-c", script], more=", grace_seconds=0.3")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    children = psutil.Process(process.pid).children(recursive=True)
    client.cancel(the_run(client, "command"))
    client.update_progress(the_run(client, "command"), 1)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGKILL
    assert ended(client, "command").state == "cancelled"
    assert psutil.wait_procs(children, timeout=5)[1] == []


@pytest.mark.parametrize(
    ("argv", "code", "kind"), [(["/no/such/command"], 127, "command_not_found"), (["/etc"], 126, "command_not_executable")]
)
def test_a_command_that_cannot_be_started(stage: Stage, argv: list[str], code: int, kind: str) -> None:
    stage.start()
    process = start(argv)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert argv[0].encode() in err
    assert ended(stage.client(), "command").error_code == kind


def test_without_a_server_it_is_delivered_later(stage: Stage) -> None:
    process = start(["sh", "-c", "for i in 1 2 3; do echo line $i; done; exit 7"])
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (7, b"line 1\nline 2\nline 3\n")
    assert err.count(b"\n") <= 1
    stage.start()
    deliver_left_over()
    client = stage.client()
    assert texts(client, ended(client, "command")) == ["line 1", "line 2", "line 3"]


def test_a_reader_that_goes_away_ends_the_command_as_it_would_without_us(stage: Stage) -> None:
    stage.start()
    process = start(["yes"])
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(60) == 128 + signal.SIGPIPE
    assert process.stderr is not None
    process.stderr.close()


def test_a_process_left_behind_is_not_waited_for_and_lives_on(stage: Stage, tmp_path: Path) -> None:
    stage.start()
    pid_file = tmp_path / "pid"
    process = start(["sh", "-c", f"sleep 30 & echo $! > {pid_file}; echo done"])
    assert process.stdout is not None
    out = process.stdout.read(5)
    process.wait(30)
    left = psutil.Process(int(pid_file.read_text()))
    assert out == b"done\n"
    assert left.is_running()
    left.kill()
    process.communicate()


def test_much_output_in_bounded_memory_and_none_of_it_is_lost(stage: Stage) -> None:
    stage.start()
    count = 60_000
    process = start([PYTHON, "-c", f"for i in range({count}): print('line', i, 'x' * 80)"], stdin=subprocess.DEVNULL)
    watched = psutil.Process(process.pid)
    largest = 0
    assert process.stdout is not None
    size = 0
    while data := process.stdout.read(1 << 20):
        size += len(data)
        largest = max(largest, watched.memory_info().rss)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert largest < 120 * 1024 * 1024
    client = stage.client()
    run = ended(client, "command")
    assert client.view(run)["counters"]["lines"] == count


def test_at_a_terminal_the_command_may_read_from_it(stage: Stage) -> None:
    stage.start()
    code = textwrap.dedent("""
        import sys
        from headway.sdk.execute import execute
        sys.exit(execute(["sh", "-c", "read answer; echo got $answer; test -t 0 && echo tty"], name="command"))
    """)
    pid, terminal = pty.fork()
    if not pid:
        os.execv(PYTHON, [PYTHON, "-c", code])
    os.write(terminal, b"yes\n")
    seen = b""

    def look() -> bool:
        nonlocal seen
        try:
            seen += os.read(terminal, 1000)
        except OSError:
            return True
        return b"tty" in seen

    eventually(look, timeout=30)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert b"got yes" in seen
    client = stage.client()
    assert texts(client, ended(client, "command")) == ["got yes", "tty"]


def test_a_resized_window_is_resized_for_the_command(stage: Stage) -> None:
    stage.start()
    watching = (
        "import os, signal\n"
        "show = lambda *about: print('size', os.get_terminal_size(1).columns, flush=True)\n"
        "signal.signal(signal.SIGWINCH, show)\nshow()\nwhile os.get_terminal_size(1).columns != 99: signal.sigtimedwait([], 0.05)\nprint('seen', flush=True)"
    )
    code = f"import sys; from headway.sdk.execute import execute; sys.exit(execute([sys.executable, '-c', {watching!r}], name='command'))"
    pid, terminal = pty.fork()
    if not pid:
        os.execv(PYTHON, [PYTHON, "-c", code])
    termios.tcsetwinsize(terminal, (20, 77))
    seen = b""

    def look(wanted: bytes) -> bool:
        nonlocal seen
        try:
            seen += os.read(terminal, 1000)
        except OSError:
            return True
        return wanted in seen

    eventually(lambda: look(b"size 77"), timeout=30)
    termios.tcsetwinsize(terminal, (30, 99))
    eventually(lambda: look(b"seen"), timeout=30)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert b"seen" in seen
