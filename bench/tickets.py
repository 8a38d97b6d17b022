"""How many tickets the office can give, and what one costs the machine it runs on."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from statistics import median

from bench.figures import Sizes
from bench.office import Box, Office, cpu_s, office


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """One office for both; each figure is the median over the repetitions."""
    with office() as running, Box(running, "kiosk-1") as box:
        _paced(running, box, sizes.tickets_paced // 4 + 1, sizes.pace_s)  # warm
        if "tickets.cpu_ms" in wanted:
            yield "tickets.cpu_ms", median(
                1000 * _paced(running, box, sizes.tickets_paced, sizes.pace_s) for _ in range(sizes.repeats))
        if "tickets.per_s_100_in_flight" in wanted:
            yield "tickets.per_s_100_in_flight", median(
                _at_once(box, sizes.tickets_at_once, sizes.tickets_in_flight) for _ in range(sizes.repeats))


def _paced(running: Office, box: Box, n: int, pace_s: float) -> float:
    """CPU seconds of hub and broker a ticket, presses coming one by one: each is a turn of its own with its own
    commit and its own states, which is the dearest way to give tickets."""
    pids = (running.hub_pid, running.broker_pid)
    before = sum(map(cpu_s, pids))
    due = time.perf_counter()
    for _ in range(n):
        due += pace_s
        time.sleep(max(0.0, due - time.perf_counter()))
        box.press(box.take())
    time.sleep(pace_s)  # what the hub says after the last reply is part of it
    return (sum(map(cpu_s, pids)) - before) / n


def _at_once(box: Box, n: int, in_flight: int) -> float:
    """Tickets a second with always as many commands on their way; replies are counted, not read."""
    commands = [box.take() for _ in range(n)]
    began = time.perf_counter()
    box.send(*commands[:in_flight])
    sent, heard = in_flight, 0
    while heard < n:
        more = box.line.hear_all()
        heard += more
        if following := commands[sent:sent + more]:
            box.send(*following)
            sent += len(following)
    return n / (time.perf_counter() - began)
