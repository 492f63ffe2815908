"""Show a run until it ends: a thread listens, this thread draws and hears Ctrl-C."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from headway.cli.ahead import Ahead
from headway.cli.exits import Exit, exit_of_state
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.entries import EntryStyle
from headway.cli.screen.pictures import JsonPicture, Picture, PlainPicture, QuietPicture, TerminalPicture
from headway.cli.screen.watched import Watched
from headway.model.errors import HeadwayError, RunNotFound, Unavailable
from headway.sdk.news import News

FRAME_SECONDS = 1 / 12
"""A picture at most this often; the eye sees no more in text, and the task wants the processor."""
WAITING_NEWS = 5_000
"""News that wait to be drawn; then the listener waits, and the server keeps the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How a run is to be shown."""

    style: EntryStyle
    is_quiet: bool = False
    hint: str = ""
    on_interrupt: Callable[[], str] | None = None
    """Called at the first Ctrl-C; what it returns is told, and the run shown on. None: Ctrl-C ends it, as the second always does."""


class _Listener:
    """Reads the news in a thread of its own: the live client blocks, and a picture must move also when nothing comes."""

    def __init__(self, news: Callable[[], Iterator[News]]) -> None:
        self._news = news
        self._waiting: queue.Queue[News | BaseException | None] = queue.Queue(WAITING_NEWS)
        threading.Thread(target=self._listen, name="headway-listen", daemon=True).start()

    def _listen(self) -> None:
        try:
            for news in self._news():
                self._waiting.put(news)
            self._waiting.put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody can read it
            self._waiting.put(error)

    def gather(self, seconds: float) -> tuple[list[News], bool]:
        """What has come within `seconds`, and whether that is all. Raises what the listener raised."""
        gathered: list[News] = []
        try:
            item = self._waiting.get(timeout=seconds)
            while True:
                if item is None:
                    return gathered, True
                if isinstance(item, BaseException):
                    raise item
                gathered.append(item)
                if len(gathered) >= WAITING_NEWS:
                    break
                item = self._waiting.get_nowait()
        except queue.Empty:
            pass
        return gathered, False


def show(remote: Remote, run: str, output: Output, showing: Showing) -> Exit:
    """Show `run` from its first line to its end; the exit code for how it ended, or `Exit.INTERRUPTED`."""
    watched = Watched(run)
    picture = choose_picture(watched, output, showing)
    ahead = Ahead(remote, run) if isinstance(picture, TerminalPicture | PlainPicture) else None
    code = watch_news(lambda: remote.follow(run), watched, picture, showing, before_end=lambda: complete(watched, remote), ahead=ahead)
    if watched.unsubscribed is not None:
        raise RunNotFound(run=run) if "not_found" in watched.unsubscribed.code else Unavailable(watched.unsubscribed.why)
    return code


def choose_picture(watched: Watched, output: Output, showing: Showing) -> Picture:
    if output.is_json:
        return JsonPicture(watched, output)
    if showing.is_quiet:
        return QuietPicture(watched, output)
    if output.is_terminal:
        return TerminalPicture(watched, output, replace(showing.style, has_colour=output.has_colour), hint=showing.hint)
    return PlainPicture(watched, output, showing.style)


def watch_news(
    news: Callable[[], Iterator[News]],
    watched: Watched,
    picture: Picture,
    showing: Showing,
    *,
    before_end: Callable[[], None],
    ahead: Ahead | None = None,
) -> Exit:
    """The loop: gather, note, draw, until the run has ended or Ctrl-C."""
    listener = _Listener(news)
    interrupts, is_all = 0, False
    has_ended = False
    try:
        while not (is_all or watched.is_over):
            try:
                gathered, is_all = listener.gather(FRAME_SECONDS)
                for one in gathered:
                    picture.take(one, watched.take(one, datetime.now(UTC)))
                if ahead is not None:
                    look_ahead(watched, ahead, datetime.now(UTC))
                watched.rest(datetime.now(UTC))
                picture.rest(datetime.now(UTC))
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts > 1 or showing.on_interrupt is None:
                    return Exit.INTERRUPTED
                picture.tell(showing.on_interrupt())
        has_ended = watched.finished is not None
        if has_ended:
            before_end()
    finally:
        picture.close(datetime.now(UTC) if has_ended else None)
    return exit_of_state(watched.finished.state) if watched.finished else Exit.FAILED


def look_ahead(watched: Watched, ahead: Ahead, now: datetime) -> None:
    """Why it waits and when it will end, as far as that is known now."""
    state = str(watched.view.get("state", ""))
    ahead.rest(state, now)
    told = ahead.told(state)
    watched.waiting = told.waiting if told else None
    watched.left = None
    if told is not None and told.left is not None:
        passed = (now - told.at).total_seconds()
        watched.left = {name: max(0.0, seconds - passed) for name, seconds in told.left.items()}


def complete(watched: Watched, remote: Remote) -> None:
    """Fetch what `finished` only names: a result too large for it."""
    finished = watched.finished
    if finished is not None and finished.result is None and (finished.result_url or watched.view.get("has_result")):
        try:
            watched.finished = replace(finished, result=remote.result(watched.run))
        except HeadwayError:
            return
