"""The figures: what each is called, in which unit, and what it should be."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `goal` should be met, `bonus` is better still; `at_least` says that more is better."""

    name: str
    unit: str
    goal: float | None
    meaning: str
    bonus: float | None = None
    at_least: bool = False

    @property
    def bench(self) -> str:
        """The bench that measures it: the part before the dot."""
        return self.name.partition(".")[0]

    def reaches(self, value: float, mark: float) -> bool:
        """Whether `value` is as good as `mark`."""
        return value >= mark if self.at_least else value <= mark

    def line(self, value: float | None) -> str:
        """The figure as one line of JSON; `None` stands for what could not be measured."""
        return json.dumps({"bench": self.bench, "figure": self.name, "value": None if value is None else tidy(value),
                           "unit": self.unit, "goal": self.goal})

    def row(self, value: float | None) -> str:
        """The figure as one row of a table for people."""
        if value is None:
            return f"{self.name:<32} {'–':>9} {self.unit:<6} not measured"
        goal = "" if self.goal is None else f"{'≥' if self.at_least else '≤'} {self.goal:g}"
        met = "" if self.goal is None else "met" if self.reaches(value, self.goal) else "MISSED"
        if self.bonus is not None and self.reaches(value, self.bonus):
            met += f", and the bonus of {self.bonus:g}"
        return f"{self.name:<32} {tidy(value):>9g} {self.unit:<6} {goal:<8} {met}".rstrip()


def tidy(value: float) -> float:
    """Four digits that mean something, and no more."""
    return float(f"{value:.4g}")


FIGURES = {figure.name: figure for figure in (
    Figure("reply.p50_over_floor", "ratio", 6, "take-ticket sent to reply heard, over the bare work", bonus=3),
    Figure("reply.p99_ms", "ms", 50, "the same, the slowest of a hundred"),
    Figure("tickets.per_s_100_in_flight", "1/s", 500, "tickets a second with 100 commands in flight", bonus=2000,
           at_least=True),
    Figure("tickets.cpu_ms", "ms", 1.5, "CPU of hub and broker a ticket, at an unhurried pace", bonus=0.5),
    Figure("press.first_byte_p50_ms", "ms", None, "kiosk button pushed to first byte of the slip at its printer"),
    Figure("press.first_byte_p99_ms", "ms", None, "the same, the slowest of a hundred"),
    Figure("slip.bytes_native", "bytes", None, "a Vietnamese slip with QR, in the printer's own letters"),
    Figure("slip.bytes_mixed", "bytes", None, "the same slip, its Vietnamese drawn, the rest by the printer"),
    Figure("slip.render_ms", "ms", None, "ticket to bytes, all drawn, as the demo's printers need it"),
    Figure("slip.wire_ms_19200", "ms", None, "how long the native slip takes on a serial line (computed)"),
    Figure("repaint.p50_ms", "ms", 30, "call-next sent to number shown on /board in Chromium"),
    Figure("repaint.kivy_p50_ms", "ms", None, "call-next sent to the TV program's frame with the number drawn"),
    Figure("repaint.kivy_handed_p50_ms", "ms", None, "the same, until the TV program has handed that frame over"),
    Figure("kiosk.first_frame_s", "s", None, "process start to the kiosk's first frame with something to touch"),
    Figure("kiosk.rss_mb", "MB", None, "memory of the kiosk's process once it has printed"),
    Figure("kiosk.idle_cpu_pct", "%", None, "of one core, while nobody is at the kiosk"),
    Figure("hub.ready_s_ten_years", "s", 1.5, "process start to ready line with ten years in the journal"),
    Figure("hub.rss_mb_ten_years", "MB", 80, "memory of the hub with that journal, after a day's visits"),
    Figure("growth.cost_ratio", "ratio", 1.1, "CPU of the hub a visit, ten years in the journal over none"),
)}
BENCHES: dict[str, tuple[str, ...]] = {
    "reply": ("bench.reply",),
    "tickets": ("bench.tickets",),
    "press": ("bench.press",),
    "slip": ("bench.slip",),
    "repaint": ("bench.repaint", "bench.repaint_tv"),
    "kiosk": ("bench.kiosk",),
    "hub": ("bench.start",),
    "growth": ("bench.growth",),
}
"""Which modules measure the figures of a bench: each has `measure(sizes, wanted)`, which yields (name, value).

What one of them can not measure here, the next may."""


def chosen(names: list[str]) -> list[Figure]:
    """The figures meant by names of benches or figures; all for none. `LookupError` names what is neither."""
    for name in names:
        if name not in FIGURES and name not in BENCHES:
            raise LookupError(f"there is no bench or figure {name!r}; choose from "
                              f"{', '.join((*BENCHES, *FIGURES))}")
    return [f for f in FIGURES.values() if not names or f.name in names or f.bench in names]


class NotMeasured(RuntimeError):
    """This machine lacks something that a bench needs; the text says what, and the cure."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done for each figure; more steadies the medians and takes longer."""

    repeats: int = 7
    blocks: int = 25
    replies: int = 40
    tickets_in_flight: int = 100
    tickets_at_once: int = 2000
    tickets_paced: int = 200
    pace_s: float = 0.02
    presses: int = 60
    renders: int = 200
    repaints: int = 60
    calls: int = 20
    kiosk_starts: int = 5
    idles: int = 3
    idle_s: float = 10.0
    starts: int = 7
    growth_pairs: int = 12
    growth_visits: int = 40
    visits: int = 750_000
    cache: Path | None = None

    def tiny(self) -> Sizes:
        """So little that all benches together take seconds; the figures then mean nothing."""
        return replace(self, repeats=1, blocks=2, replies=5, tickets_in_flight=10, tickets_at_once=40, tickets_paced=5,
                       presses=2, renders=3, repaints=3, calls=2, kiosk_starts=1, idles=1, idle_s=1.0, starts=1,
                       growth_pairs=1, growth_visits=3, visits=min(self.visits, 600))
