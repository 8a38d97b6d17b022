"""How many numbers were given, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hub.statistics.visits import Visit


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers given; the rest are parts of them that add up to ``issued``.

    ``at_counter`` are called or being served, ``held`` set aside by a clerk.
    """

    issued: int
    waiting: int
    at_counter: int
    held: int
    served: int
    missed: int
    cancelled: int
    expired: int
    priority: int
    """How many of ``issued`` are in any lane but the first; no part of the sum."""


def counts(visits: Sequence[Visit], *, first_lane: str = "normal") -> Counts:
    """The counts of these visits; ``first_lane`` is everybody's."""
    by = Counter(v.state for v in visits)
    return Counts(
        issued=len(visits), waiting=by["waiting"], at_counter=by["called"] + by["serving"], held=by["held"],
        served=by["finished"], missed=by["missed"], cancelled=by["cancelled"], expired=by["expired"],
        priority=sum(v.lane != first_lane for v in visits))
