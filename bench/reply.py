"""How long a person at the kiosk waits: from the press to the hub's reply, the number being on disk.

The client is a raw socket. A block of presses, each as soon as the one before is answered, is followed by a block of
the bare work of `bench.floor` in the same rhythm; so both have warm caches, and neither meets the other's tail. (A
lone press after a quiet minute takes up to twice as long on either side: the processor has been elsewhere.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from functools import partial
from statistics import median, quantiles

from bench.figures import Sizes
from bench.floor import Floor
from bench.office import Box, office

PAUSE_S = 0.03
"""Between blocks: until the hub has also told the walls, and all is quiet."""


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """Both figures come from the same presses; the ratio is the median over the pairs of blocks."""
    ratios: list[float] = []
    replies_s: list[float] = []
    with office() as running, Box(running, "kiosk-1") as box, Floor(running) as floor:
        press = partial(_press, box)
        for done in (press, floor.once):
            _block(done, sizes.replies)  # warm
        for _ in range(sizes.blocks):
            pressed, bare = _block(press, sizes.replies), _block(floor.once, sizes.replies)
            ratios.append(median(pressed) / median(bare))
            replies_s += pressed
    if "reply.p50_over_floor" in wanted:
        yield "reply.p50_over_floor", median(ratios)
    if "reply.p99_ms" in wanted:
        yield "reply.p99_ms", 1000 * quantiles(replies_s, n=100, method="inclusive")[98]


def _press(box: Box) -> float:
    return box.press(box.take())[0]


def _block(done: Callable[[], float], n: int) -> list[float]:
    """The seconds that each of `n` took, one after the other."""
    time.sleep(PAUSE_S)
    return [done() for _ in range(n)]
