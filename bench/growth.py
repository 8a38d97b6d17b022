"""Whether an office becomes slow with the years: the same visits on a new journal and on one of ten years.

Both offices run at once and are used in turn, so that the noise of the machine meets both alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from statistics import median

from bench.figures import Sizes
from bench.office import Box, Office, cpu_s, office
from bench.ten_years import ten_years


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """The median, over pairs of equal rounds, of the hub's CPU in the old office over that in the new."""
    journal = ten_years(sizes.visits, sizes.cache)
    with office() as new, office(journal) as old, Box(new, "bench-new") as at_new, Box(old, "bench-old") as at_old:
        pairs = [(new, at_new), (old, at_old)]
        for one, box in pairs:
            _cost_s(one, box, sizes.growth_visits)  # warm
        ratios: list[float] = []
        for _ in range(sizes.growth_pairs):
            cost = {one: _cost_s(one, box, sizes.growth_visits) for one, box in pairs}
            ratios.append(cost[old] / cost[new])
            pairs.reverse()
    yield "growth.cost_ratio", median(ratios)


def _cost_s(one: Office, box: Box, visits: int) -> float:
    """CPU seconds of the hub for whole visits, one command after the other."""
    before = cpu_s(one.hub_pid)
    for _ in range(visits):
        visit(box)
    return cpu_s(one.hub_pid) - before


def visit(box: Box, counter: int = 1) -> None:
    """A person takes a number, is called, served, and says how it was."""
    ticket = box.press(box.take())[1]["ticket"]["id"]
    box.ask("call-next", counter=counter, at_counter=None)
    box.ask("start-service", counter=counter)
    box.ask("finish", counter=counter, outcome="received")
    box.ask("rate", ticket=ticket, score=5)
