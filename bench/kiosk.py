"""What the kiosk's program costs its machine: how soon people can touch it, its memory, and its work while alone."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from statistics import median

import psutil

from bench.devices import GUARD_S, Kiosk, check_glass
from bench.figures import Sizes
from bench.office import cpu_s, office
from bench.printer import Printer

_PRESSES = 6


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """Broker and hub run already; the first start also makes the kiosk's files."""
    check_glass()
    with office() as running, Printer() as printer:
        kiosk = Kiosk(running, printer)
        started_s = [kiosk.first_frame_s()]
        for _ in range(sizes.kiosk_starts - 1):
            kiosk.stop()
            kiosk = Kiosk(running, printer)
            started_s.append(kiosk.first_frame_s())
        if "kiosk.first_frame_s" in wanted:
            yield "kiosk.first_frame_s", median(started_s)
        if {"kiosk.rss_mb", "kiosk.idle_cpu_pct"}.isdisjoint(wanted):
            return
        kiosk.settle()
        for n in range(min(_PRESSES, sizes.presses)):
            kiosk.press(n)
            time.sleep(GUARD_S)
        kiosk.rest()
        time.sleep(min(1.0, sizes.idle_s))
        idle_pct = median(_busy_pct(kiosk.pid, sizes.idle_s) for _ in range(sizes.idles))
        if "kiosk.rss_mb" in wanted:
            yield "kiosk.rss_mb", psutil.Process(kiosk.pid).memory_info().rss / 1e6
        if "kiosk.idle_cpu_pct" in wanted:
            yield "kiosk.idle_cpu_pct", idle_pct


def _busy_pct(pid: int, for_s: float) -> float:
    """The share of one core that a process uses, in percent."""
    before, began = cpu_s(pid), time.monotonic()
    time.sleep(for_s)
    return 100 * (cpu_s(pid) - before) / (time.monotonic() - began)
