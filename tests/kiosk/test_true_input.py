"""The kiosk as people meet it: a real window on a display, a real mouse and keyboard, the real hub; nothing pretended.

The display is Xvfb's, whose picture lies in a file, so what the glass shows is read from there.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.pages import picture
from kiosk.stages import Choosing
from tests.e2e.office import Hub, environment, leave_out, soon
from tests.kiosk.pictures import HALL, LOOKS, PANELS, VIEWS, seen, sizes, taken
from tests.kiosk.program import KioskProgram

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto", "Xvfb", "xdotool"), pytest.mark.slow]

PANEL = PANELS["10in"]
PROGRAM = f'size = "{PANEL.width}x{PANEL.height}"\nfullscreen = true\n'
AWAY = ("Escape", "F1", "F5", "F10", "F11", "F12", "alt+F4", "alt+Tab", "ctrl+c", "ctrl+q", "ctrl+w", "ctrl+e", "super",
        "Menu", "Return", "space", "Tab", "BackSpace", "a")
"""Keys by which people leave other programs, and keys that would press what has the focus."""
CHOOSING, TAKEN = (LOOKS.sets["light"][picture(one, PANEL, sizes(PANEL)).ground].lower()
                   for one in (VIEWS["choose"], seen(taken())))
"""The colour in the corner of the glass, while there is to choose and while somebody has a number."""


class Display:
    """An X server of our own, with the only mouse and keyboard that it has."""

    def __init__(self, folder: Path) -> None:
        out, told = os.pipe()
        with (folder / "xvfb.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["Xvfb", "-displayfd", str(told), "-fbdir", str(folder), "-nolisten", "tcp",
                 "-screen", "0", f"{PANEL.width}x{PANEL.height}x24"], pass_fds=[told], stdout=log, stderr=log)
        os.close(told)
        with os.fdopen(out) as says:
            number = says.readline().strip()
        assert number, (folder / "xvfb.log").read_text()
        self.name = f":{number}"
        self._frame = folder / "Xvfb_screen0"

    def hands(self, *words: str) -> str:
        """Do this with mouse or keyboard; what xdotool says."""
        done = subprocess.run(["xdotool", *words], env=environment(DISPLAY=self.name), capture_output=True, text=True,
                              timeout=20, check=False)
        return done.stdout.strip()

    def windows(self) -> list[str]:
        """All that can be seen (xdotool of Debian 12 can not read their names)."""
        return self.hands("search", "--onlyvisible", "--class", ".").split()

    def colour(self, x: int, y: int) -> str:
        """The colour of a point of the display, as #rrggbb."""
        whole = self._frame.read_bytes()
        head = struct.unpack(">25I", whole[:100])       # XWD: its own size, ..., bytes of a row, ..., colours
        start = head[0] + 12 * head[19] + y * head[12] + 4 * x
        blue, green, red = whole[start:start + 3]
        return f"#{red:02x}{green:02x}{blue:02x}"

    def shows(self, colour: str, within_s: float = 20.0) -> bool:
        """Whether the corner of the glass gets that colour in time."""
        return soon(lambda: self.colour(3, PANEL.height - 4) == colour, within_s)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class TrueKiosk(KioskProgram):
    """`motcua kiosk` as an office starts it."""

    def begin(self, display: str) -> None:
        """Start it on that display."""
        self.launch([sys.executable, "-P", "-m", "kiosk", "--device", self.name, "--settings", str(self.settings),
                     "--data", str(self.data), "--mqtt", self.mqtt], environment(DISPLAY=display))
        self.await_ready()
        if "no screen" in self.said():
            leave_out(self.said().strip().splitlines()[-1])


@pytest.fixture
def display(tmp_path: Path) -> Iterator[Display]:
    opened = Display(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path).start()
    yield running
    running.end()


@pytest.fixture
def kiosk(tmp_path: Path, hub: Hub, display: Display) -> Iterator[TrueKiosk]:
    running = TrueKiosk(tmp_path / "k", hub.mqtt, program=PROGRAM)
    try:
        running.begin(display.name)
        assert soon(lambda: reserved(hub) == len(HALL.services), 20), running.said()   # it knows its hub
        yield running
    finally:
        running.end()


def place_of(service: str) -> tuple[int, int]:
    """Where the middle of a service's tile is on the glass."""
    area = next(touch.area for touch in picture(seen(Choosing(0.0)), PANEL, sizes(PANEL)).touches
                if touch.what == service)
    return round(area.x + area.w / 2), round(area.y + area.h / 2)


def reserved(hub: Hub) -> int:
    """For how many services the kiosk keeps numbers of today."""
    with sqlite3.connect(hub.data / "journal.db") as journal:
        return len(journal.execute("SELECT DISTINCT json_extract(payload, '$.service') FROM events "
                                   "WHERE event = 'numbers-reserved' AND device = 'kiosk-1'").fetchall())


def numbers(hub: Hub) -> list[tuple[str, str, str]]:
    """What the hub's journal has: number, service and device of every ticket."""
    with sqlite3.connect(hub.data / "journal.db") as journal:
        return journal.execute("SELECT number, service, device FROM visits ORDER BY seq").fetchall()


def test_a_click_takes_a_number_and_no_key_leads_out_of_the_kiosk(
        kiosk: TrueKiosk, hub: Hub, display: Display) -> None:
    assert display.shows(CHOOSING), kiosk.said()
    [window] = display.windows()
    display.hands("windowfocus", "--sync", window)
    display.hands("mousemove", *map(str, place_of("chung-thuc")), "click", "1")
    assert soon(lambda: numbers(hub) == [("A001", "chung-thuc", "kiosk-1")]), (numbers(hub), kiosk.said())
    assert display.shows(TAKEN, 5), kiosk.said()

    display.hands("mousemove", "1", "1")
    assert display.shows(CHOOSING, 30), kiosk.said()
    for key in AWAY:
        display.hands("key", key)
    time.sleep(1)
    assert display.windows() == [window], kiosk.said()
    assert display.shows(CHOOSING, 1)
    assert [number for number, *_ in numbers(hub)] == ["A001"]

    display.hands("mousemove", *map(str, place_of("ho-tich")), "click", "1")
    assert soon(lambda: ("B001", "ho-tich", "kiosk-1") in numbers(hub)), (numbers(hub), kiosk.said())
    assert display.shows(TAKEN, 5), kiosk.said()
    assert kiosk.end() == 0, kiosk.said()
