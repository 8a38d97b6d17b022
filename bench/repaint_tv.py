"""How soon the TV shows a call: from the clerk's press to the frame of the TV program that has the new number.

The TV itself says when (`bench.watched`): the clock is read after the first frame that has the number was handed over
and the graphics were done with it. The number then stands at the left of its place and slides for 180 ms more.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterator
from statistics import median

from bench.devices import check_glass, start_tv
from bench.figures import Sizes
from bench.office import Box, Program, office

STANDS_S = 3.1
"""A call stands alone for 3 s before the next takes its place (`counter_display.wall.SHOWN_AT_LEAST_S`)."""
_PATIENCE_S = 20.0


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """The median over the calls, at uneven times, so that they meet the TV anywhere between two frames."""
    if {"repaint.kivy_p50_ms", "repaint.kivy_handed_p50_ms"}.isdisjoint(wanted):
        return
    check_glass()
    uneven = random.Random(1)  # noqa: S311 -- no secret
    handed_s, shown_s = list[float](), list[float]()
    with office() as running, Box(running, "bench-box") as box:
        tv = start_tv(running)
        for _ in range(sizes.calls + 1):                # the first one also loads fonts
            time.sleep(STANDS_S + uneven.uniform(0, 0.5))
            handed, shown = _shown_s(tv, box)
            handed_s.append(handed)
            shown_s.append(shown)
    if "repaint.kivy_p50_ms" in wanted:
        yield "repaint.kivy_p50_ms", 1000 * median(shown_s[1:])
    if "repaint.kivy_handed_p50_ms" in wanted:
        yield "repaint.kivy_handed_p50_ms", 1000 * median(handed_s[1:])


def _shown_s(tv: Program, box: Box) -> tuple[float, float]:
    """Take a number, call it; seconds from the press until the frame was handed over, and until it was drawn."""
    number = box.press(box.take())[1]["ticket"]["number"]
    time.sleep(0.2)                                     # the TV has drawn that one more waits
    sent_s = time.monotonic()
    called = box.ask("call-next", counter=1, at_counter=None)["ticket"]["number"]
    assert called == number, f"{called} was called, and {number} is waited for"
    while (drawn := tv.hear("drawn", _PATIENCE_S)[1])["what"] != number:
        pass
    box.ask("finish", counter=1)
    return drawn["handed_s"] - sent_s, drawn["at_s"] - sent_s
