"""The bench `hub`: how soon an office is open again after ten years, and how much memory that takes.

The broker is up already, the journal is in the kernel's cache as after a restart of the service, not of the machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from statistics import median

from bench.figures import Sizes
from bench.growth import visit
from bench.office import Box, office
from bench.ten_years import VISITS_A_DAY, ten_years


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """The first of the starts also opens the new day; the last hub then serves a day's visits."""
    journal = ten_years(sizes.visits, sizes.cache)
    with office(journal, hub=False) as running:
        started_s = [running.start_hub()]
        for _ in range(sizes.starts - 1):
            running.stop_hub()
            started_s.append(running.start_hub())
        if "hub.ready_s_ten_years" in wanted:
            yield "hub.ready_s_ten_years", median(started_s)
        if "hub.rss_mb_ten_years" in wanted:
            with Box(running, "bench-box") as box:
                for _ in range(min(VISITS_A_DAY, sizes.visits // 2)):
                    visit(box)
            yield "hub.rss_mb_ten_years", running.hub_rss_mb()
