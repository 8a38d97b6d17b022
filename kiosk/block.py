"""Which numbers a kiosk should have in reserve, and what day it is while nobody can be asked.

Rule 1: pure: times are handed in. Rule 2: the hub's time wins; a clock that lags behind the last time the hub told
is wrong, for a small computer without a battery starts with an old one.
Rule 3: what was refused is not asked again at once, for the answer would be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

TOGETHER = 50
"""The contract gives so many numbers at once, at most."""
NEXT_DAY_HOUR = 15
"""From this hour on numbers are also kept for tomorrow: the hub may be off when the doors open."""
REFUSED_AGAIN_S = 600.0
SILENT_AGAIN_S = 10.0


class Calendar:
    """What time it is at the office. ``known`` is the last time that the hub ever told, of an earlier run."""

    def __init__(self, zone: tzinfo, known: datetime | None = None) -> None:
        self._zone = zone
        self._known = known
        self._anchor: tuple[datetime, float] | None = None

    def heard(self, at: datetime, now: float) -> None:
        """The hub told its time; ``now`` is monotonic, in seconds."""
        self._anchor, self._known = (at, now), at

    def time(self, now: float, wall: datetime) -> datetime:
        """Office time: the hub's, carried on by the monotonic clock; else the wall clock, if it is not behind."""
        if self._anchor is not None:
            at, then = self._anchor
            return (at + timedelta(seconds=now - then)).astimezone(self._zone)
        return max(wall, self._known or wall).astimezone(self._zone)

    @property
    def known(self) -> datetime | None:
        """The last time that the hub told, to be written down for the next run."""
        return self._known


def stamp(at: datetime) -> str:
    """A time as the wire writes it."""
    return at.isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Want:
    """Ask for ``count`` numbers of a service for ``day``: ``today`` or ``next``; ``date`` is that day."""

    service: str
    day: str
    date: date
    count: int


@dataclass(slots=True)
class Reserving:
    """What to ask the hub for next, one question at a time. ``keep`` numbers per service and day."""

    services: Sequence[str]
    keep: int
    _asked: Want | None = None
    _not_before: dict[tuple[str, date], float] = field(default_factory=dict)

    def next(self, now: float, office: datetime, free: Callable[[str, date], int]) -> Want | None:
        """The next question, if one is due and none is open; ``free(service, day)`` counts what is left."""
        if self._asked is not None:
            return None
        today = office.date()
        days = [("today", today)]
        if office.hour >= NEXT_DAY_HOUR:
            days.append(("next", today + timedelta(days=1)))
        for word, day in days:
            for service in self.services:
                lacking = self.keep - free(service, day)
                if lacking > 0 and now >= self._not_before.get((service, day), float("-inf")):
                    self._asked = Want(service, word, day, min(lacking, TOGETHER))
                    return self._asked
        return None

    def answered(self, now: float, *, refused: bool = False, silent: bool = False) -> None:
        """What became of the question."""
        want, self._asked = self._asked, None
        if want is not None and (refused or silent):
            self._not_before[(want.service, want.date)] = now + (REFUSED_AGAIN_S if refused else SILENT_AGAIN_S)

    def hub_came(self) -> None:
        """The hub is there anew: it may answer otherwise now."""
        self._asked = None
        self._not_before.clear()
