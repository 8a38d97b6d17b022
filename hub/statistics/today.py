"""The day so far, as the manager's page shows it: one row for all, one for each service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.statistics.counts import Counts, counts
from hub.statistics.ratings import Ratings, ratings
from hub.statistics.visits import Visit
from hub.statistics.waits import Waiting, Waits, waiting_now, waits


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one service, or of all (``service`` is empty)."""

    service: str
    counts: Counts
    waits: Waits
    ratings: Ratings


@dataclass(frozen=True, slots=True)
class Today:
    """The figures of a day; ``late`` are those who wait longer than the target at this moment."""

    day: str
    everyone: Row
    services: list[Row]
    late: list[Waiting]


def _row(service: str, visits: Sequence[Visit], target_s: float, first_lane: str) -> Row:
    return Row(service, counts(visits, first_lane=first_lane), waits(visits, target_s=target_s),
               ratings(visits))


def today(
    visits: Sequence[Visit], *, day: str, services: Sequence[str], now_ms: int, target_s: float,
    first_lane: str = "normal",
) -> Today:
    """The figures of these visits; a service of the settings that nobody came for has a row of zeros,
    and one that left the settings during the day keeps its row."""
    left = [s for s in dict.fromkeys(v.service for v in visits) if s not in services]
    return Today(
        day=day,
        everyone=_row("", visits, target_s, first_lane),
        services=[_row(s, [v for v in visits if v.service == s], target_s, first_lane)
                  for s in [*services, *left]],
        late=waiting_now(visits, now_ms=now_ms, at_least_s=target_s))
