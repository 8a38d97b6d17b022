"""How soon paper moves: from a button of the kiosk to the first byte of the slip at its printer.

Kiosk, broker and hub are the product's. The button is a pretend pin in the kiosk's process; the clock is read before it
is asked, over its socket, to go low, which is about half a millisecond earlier than it does. What lies between: 30 ms
until the contacts count as settled, the hub's number on its disk, the same on the kiosk's, the slip made, the printer
asked how it is. One person comes after another, since the kiosk takes no second press within 2 s.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterator
from statistics import median, quantiles

from bench.devices import GUARD_S, kiosk
from bench.figures import Sizes
from bench.office import office

_WARM = 6
"""The first press of each button: fonts and the words of each service are drawn for the first time."""


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """Both figures come from the same presses, at uneven times: nothing that comes round may meet each of them."""
    uneven = random.Random(1)  # noqa: S311 -- no secret
    pressed_s: list[float] = []
    warm = min(_WARM, sizes.presses)
    with office() as running, kiosk(running) as one:
        for n in range(warm + sizes.presses):
            pressed_s.append(one.press(n))
            time.sleep(GUARD_S + uneven.uniform(0, 0.5))
    presses_ms = [1000 * one_s for one_s in pressed_s[warm:]]
    if "press.first_byte_p50_ms" in wanted:
        yield "press.first_byte_p50_ms", median(presses_ms)
    if "press.first_byte_p99_ms" in wanted:
        yield "press.first_byte_p99_ms", quantiles(presses_ms, n=100, method="inclusive")[98]
