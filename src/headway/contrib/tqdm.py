"""tqdm with one import changed: in a run a bar is progress of that run, everywhere else it is tqdm's own.

    from headway.contrib.tqdm import tqdm, trange

Bars of the real tqdm are read off the output that they draw (docs/howto/bars-you-already-have.md). This module is for what does not
reach an output, or only rounded: ``disable=None`` without a terminal, ``file=`` elsewhere, `tqdm.notebook`, ``unit_scale=True``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, overload

from headway.sdk.context import current_or_none
from headway.sdk.track import Track

T = TypeVar("T")

_NO_UNIT = "it"
"""tqdm's default, which says nothing."""


class tqdm(Generic[T]):  # noqa: N801 - the name is the point
    """A bar of the run that this code is in; outside of any, an instance of the real tqdm, or, where that is not installed, of this class.

    Takes what tqdm takes. How often and how wide to draw is none of a run's affairs, so those arguments have no effect there.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        real = _real() if current_or_none() is None else None
        return super().__new__(cls) if real is None else real.tqdm(*args, **kwargs)

    def __init__(
        self,
        iterable: Iterable[T] | None = None,
        desc: str | None = None,
        total: float | None = None,
        leave: bool | None = True,
        *_drawing: Any,
        unit: str = _NO_UNIT,
        disable: bool | None = False,
        initial: float = 0,
        postfix: Mapping[str, Any] | str | None = None,
        **_more: Any,
    ) -> None:
        """`disable`: True shows nothing; None, which is tqdm's "only at a terminal", shows it: a run has somebody to show it to."""
        self.iterable = iterable
        self.desc = desc or ""
        self.disable = bool(disable)
        self._initial = initial
        self._unit = None if unit == _NO_UNIT else unit
        self._total = total if total is not None else (len(iterable) if hasattr(iterable, "__len__") else None)  # pyright: ignore[reportArgumentType]
        self._postfix = ""
        self._done = initial
        self._bar: Track[T] | None = None
        self._is_iterated = False
        if postfix:
            self.set_postfix_str(postfix) if isinstance(postfix, str) else self.set_postfix(postfix)
        self._key = _place()
        if iterable is None and not self.disable:
            self._open()

    # --- counting ----------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[T]:
        iterable: Iterable[T] = () if self.iterable is None else self.iterable
        if self.disable:
            yield from iterable
            return
        self._is_iterated = True
        self._bar = made = self._made(iterable)
        items = iter(made)
        for item in items:
            if self._postfix and self._done == self._initial:
                made.describe(self._postfix)
            self._done += 1
            yield item

    def update(self, n: float | None = 1) -> bool | None:
        """`n` more are done; less than none takes some back."""
        self._done += n or 0
        if not self.disable and not self._is_iterated:
            self._open().advance(n or 0)
        return None

    @property
    def n(self) -> float:
        """How many are done. May be set, as with tqdm: the bar follows at the next `update` or `refresh`."""
        return self._done

    @n.setter
    def n(self, done: float) -> None:
        behind = done - self._done
        self._done = done
        if not self.disable and not self._is_iterated:
            self._open().advance(behind)

    @property
    def total(self) -> float | None:
        return self._total

    @total.setter
    def total(self, total: float | None) -> None:
        self._total = total
        self._show(total=total)

    def reset(self, total: float | None = None) -> None:
        """Begin anew, perhaps with another total."""
        if total is not None:
            self.total = total
        self.n = self._initial

    def close(self) -> None:
        """End the bar; leaving ``with`` or the loop does that too."""
        if self._bar is not None:
            self._bar.close()

    # --- what stands beside it ---------------------------------------------------------------------------------------

    def set_description(self, desc: str | None = None, refresh: bool | None = True) -> None:
        self.desc = (desc or "").removesuffix(": ")
        self._show(name=self.desc or None)

    def set_description_str(self, desc: str | None = None, refresh: bool | None = True) -> None:
        self.set_description(desc)

    def set_postfix(self, ordered_dict: Mapping[str, Any] | None = None, refresh: bool | None = True, **kwargs: Any) -> None:
        """``set_postfix(loss=0.3)`` shows ``loss=0.3`` beside the bar."""
        values = {**(ordered_dict or {}), **kwargs}
        self.set_postfix_str(", ".join(f"{key}={_shown(value)}" for key, value in values.items()))

    def set_postfix_str(self, s: str = "", refresh: bool | None = True) -> None:
        self._postfix = str(s)
        if self._bar is not None:
            self._bar.describe(self._postfix)

    @classmethod
    def write(cls, s: str, file: Any = None, end: str = "\n", nolock: bool = False) -> None:
        """A line: of the run's log in a run, else above the bars, as tqdm writes it."""
        real = _real() if current_or_none() is None else None
        if real is not None:
            real.tqdm.write(s, file=file, end=end, nolock=nolock)
        else:
            (file or sys.stdout).write(f"{s}{end}")

    def refresh(self, *_: Any, **__: Any) -> None:
        """Nothing waits to be drawn."""

    clear = display = unpause = refresh

    def __len__(self) -> int:
        if self._total is None:
            raise TypeError("the total of this bar is not known")
        return int(self._total)

    def __bool__(self) -> bool:
        return self._total is None or self._total > 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _open(self) -> Track[T]:
        if self._bar is None:
            self._bar = made = self._made(None)
            if self._initial:
                made.advance(self._initial)
            if self._postfix:
                made.describe(self._postfix)
        return self._bar

    def _made(self, iterable: Iterable[T] | None) -> Track[T]:
        return Track(iterable, self._total, self.desc or None, self._unit, None, None, self._key)

    def _show(self, **fields: Any) -> None:
        if self._bar is not None and not self.disable:
            self._bar.change(**fields)


@overload
def trange(stop: int, /, **kwargs: Any) -> tqdm[int]: ...
@overload
def trange(start: int, stop: int, step: int = 1, /, **kwargs: Any) -> tqdm[int]: ...
def trange(*args: int, **kwargs: Any) -> tqdm[int]:
    """``tqdm(range(…))``."""
    return tqdm(range(*args), **kwargs)


def _place() -> tuple[object, int]:
    """Where the bar stands in the user's code: a loop that runs again and again reuses its bar."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame.f_globals is globals() and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code, frame.f_lineno


def _real() -> Any:
    """The module tqdm, which is not ours to require."""
    try:
        return importlib.import_module("tqdm.auto")
    except ImportError:
        return None


def _shown(value: Any) -> str:
    """A number as tqdm writes it in a postfix: three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value).strip()
