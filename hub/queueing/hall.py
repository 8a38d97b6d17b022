"""What is true of the office whatever the day: its services, counters and settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Service:
    """What people come for, with its own series of numbers."""

    id: str
    series: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A counter of the settings: where it stands and what it serves (empty: everything)."""

    n: int
    zone: str = ""
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hall:
    """The office as the rules see it.

    ``lanes`` go from the last called to the first; ``order`` names how the next is chosen;
    ``reserved`` are the numbers of a series that the hub itself never gives (kept for kiosks that
    lose the hub), ``call_guard_ms`` how soon a second blind ``call-next`` counts as a slip of the
    finger, ``rating_window_ms`` how long a visit can be rated.
    """

    services: tuple[Service, ...]
    desks: tuple[Desk, ...]
    lanes: tuple[str, ...] = ("normal", "priority")
    outcomes: frozenset[str] = frozenset({"not-stated"})
    pause_reasons: frozenset[str] = frozenset()
    order: str = "lane-then-time"
    reserved: tuple[int, int] = (900, 999)
    call_guard_ms: int = 2000
    rating_window_ms: int = 7 * 86_400_000
    utc_offset_min: int = 420
    open_at_start: bool = False
    by_service: dict[str, Service] = field(init=False, compare=False)
    by_desk: dict[int, Desk] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_service", {s.id: s for s in self.services})
        object.__setattr__(self, "by_desk", {d.n: d for d in self.desks})

    def day_of(self, at_ms: int) -> str:
        """The office's date at a moment, as ``2026-11-22``."""
        local = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(minutes=self.utc_offset_min)
        return local.date().isoformat()

    def number(self, service: str, n: int) -> str:
        """The ``n``-th number of a service as printed: at least three digits, running on past 999."""
        return f"{self.by_service[service].series}{n:03d}"

    def after(self, n: int) -> int:
        """The place in a series that follows ``n``, past the reserved block."""
        first, last = self.reserved
        return last + 1 if first <= n + 1 <= last else n + 1
