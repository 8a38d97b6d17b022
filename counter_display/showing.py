"""What the wall shows at one moment: the whole screen as plain values, ready to be drawn or told as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Called:
    """One call: ``where`` is the counter in words, ``again`` "Gọi lần 2" from the second call on, ``marked`` says
    that it is fresh, ``priority`` that the star stands beside it."""

    call: int
    number: str
    counter: int
    where: str
    again: str
    priority: bool
    marked: bool


@dataclass(frozen=True, slots=True)
class CounterSign:
    """One counter: ``word`` is its stage ("Đang phục vụ"), ``number`` is empty where nobody is."""

    counter: int
    name: str
    number: str
    word: str
    priority: bool
    closed: bool
    marked: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """Who comes next of one service, and how many wait; never a call."""

    service: str
    name: str
    numbers: tuple[str, ...]
    people: str


@dataclass(frozen=True, slots=True)
class Showing:
    """The whole screen. ``stale``: the hub is lost. ``band`` is the line across the top, ``notice`` that at the
    bottom, each empty where there is none; ``clock`` is empty until the hub has told the time; ``empty`` are the two
    lines that stand in the place of the called number while there is none."""

    office: str
    clock: str
    stale: bool
    band: str
    notice: str
    called: Called | None
    empty: tuple[str, str] | None
    last: tuple[Called, ...]
    counters: tuple[CounterSign, ...]
    counters_page: int
    counters_pages: int
    upcoming: tuple[Coming, ...]
    upcoming_page: int
    upcoming_pages: int
    waiting: int

    def as_json(self) -> dict[str, Any]:
        """The same as plain dicts and lists."""
        return asdict(self)
