"""What somebody should look at now; a list that is empty on a good day.

Rule 1: an alarm is a code and the names it is about; the words are the page's.
Rule 2: the worst comes first: the hub's own word, then people, then machines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.statistics.waits import Waiting

STORAGE_FAILED_SHOWN_S = 900.0
"""A write that failed is shown for so long after it; the next may have worked."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """``code`` names the sentence; ``about`` fills it; ``grave`` is for what stops the office."""

    code: str
    grave: bool = False
    about: tuple[str, ...] = ()
    n: int = 0


@dataclass(frozen=True, slots=True)
class Machines:
    """How the machines are. ``expected`` are the devices of the settings, ``online`` and ``paper`` what
    they said last; ``storage_failed_s`` how long ago the last failed write was."""

    broker: bool
    free_bytes: int
    low_bytes: int
    storage_failed_s: float | None
    expected: Sequence[str]
    online: Mapping[str, bool]
    paper: Mapping[str, str]
    clock_steps_s: Sequence[float] = ()


def alarms(machines: Machines, late: Sequence[Waiting]) -> list[Alarm]:
    """All alarms of this moment, the worst first."""
    found: list[Alarm] = []
    failed_s = machines.storage_failed_s
    if failed_s is not None and failed_s <= STORAGE_FAILED_SHOWN_S:
        found.append(Alarm("storage-failed", grave=True, n=int(failed_s)))
    if machines.free_bytes < machines.low_bytes:
        found.append(Alarm("disk-low", grave=True, n=machines.free_bytes // 2**20))
    if not machines.broker:
        found.append(Alarm("broker-lost", grave=True))
    if late:
        found.append(Alarm("waiting-late", about=tuple(w.number for w in late[:5]), n=len(late)))
    for code, paper in (("paper-out", "out"), ("paper-low", "low")):
        names = tuple(d for d in sorted(machines.paper) if machines.paper[d] == paper)
        if names:
            found.append(Alarm(code, grave=paper == "out", about=names, n=len(names)))
    lost = tuple(d for d in machines.expected if machines.online.get(d) is False)
    never = tuple(d for d in machines.expected if d not in machines.online)
    if lost:
        found.append(Alarm("device-lost", about=lost, n=len(lost)))
    if never:
        found.append(Alarm("device-never", about=never, n=len(never)))
    if machines.clock_steps_s:
        found.append(Alarm("clock-adjusted", about=tuple(f"{s:+.0f}" for s in machines.clock_steps_s),
                           n=len(machines.clock_steps_s)))
    return found
