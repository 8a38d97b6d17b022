"""How soon a wall shows a call: from the clerk's press to the new number in Chromium, on the page /board.

The page itself notes when: an observer waits until the number is among the text that is laid out, and then until the
frame that has it was drawn. The page's clock and ours are of one machine, but Chromium's goes its own way from the
moment of loading; so their difference is measured, as NTP does, before each press.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import NotMeasured, Sizes
from bench.office import Box, office

CHROMIUM = Path("/usr/bin/chromium")
PAUSE_S = 0.1
_LOOKS = 5

_NOW = "performance.timeOrigin + performance.now()"
_WATCH = """number => {
    const now = () => performance.timeOrigin + performance.now();
    // innerText is what is laid out: a number in a part of the page that is not shown does not count.
    const shown = () => document.body.innerText.includes(number);
    window.seen = new Promise((done, failed) => {
        setTimeout(() => failed(new Error(number + " was called and is not shown")), 10000);
        const watch = new MutationObserver(() => {
            if (!shown()) return;
            watch.disconnect();
            requestAnimationFrame(() => {
                // A message is delivered once the frame is done, as web.dev explains for "after paint".
                const after = new MessageChannel();
                after.port1.onmessage = () => done(now());
                after.port2.postMessage(0);
            });
        });
        watch.observe(document.documentElement,
                      {subtree: true, childList: true, characterData: true, attributes: true});
    });
}"""


def measure(sizes: Sizes, wanted: Collection[str]) -> Iterator[tuple[str, float]]:
    """The median over the presses; numbers are not shown as next in line, so that they appear by the call."""
    if "repaint.p50_ms" not in wanted:
        return
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NotMeasured("playwright is not installed; type: scripts/setup --test") from None
    if not CHROMIUM.exists():
        raise NotMeasured("chromium is not installed; type: sudo apt install chromium")
    with office(upcoming=0) as running, Box(running, "bench-box") as box, \
            sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"http://{running.http}/board")
        _repaint_ms(page, box)  # the first call also loads fonts, and shows that the page follows live
        repaints = [_repaint_ms(page, box) for _ in range(sizes.repaints)]
        browser.close()
    yield "repaint.p50_ms", median(repaints)


def _repaint_ms(page: Any, box: Box) -> float:
    """Take a number, let the page be ready for it, call it; ms from the press to the frame that shows it."""
    number = box.press(box.take())[1]["ticket"]["number"]
    page.evaluate(_WATCH, number)
    ahead_ms = _page_is_ahead_ms(page)
    time.sleep(PAUSE_S)
    sent_ms = time.time() * 1000
    called = box.ask("call-next", counter=1, at_counter=None)["ticket"]["number"]
    assert called == number, f"{called} was called, and the page waits for {number}"
    drawn_ms = page.evaluate("seen") - ahead_ms
    box.ask("finish", counter=1)
    return float(drawn_ms - sent_ms)


def _page_is_ahead_ms(page: Any) -> float:
    """By how much the page's clock is ahead of `time.time()`; of a few looks, the quickest is the truest."""
    looks = []
    for _ in range(_LOOKS):
        before = time.time()
        there_ms = page.evaluate(_NOW)
        after = time.time()
        looks.append((after - before, there_ms - 1000 * (before + after) / 2))
    return float(min(looks)[1])
